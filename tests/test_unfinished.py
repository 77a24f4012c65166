"""What is not finished when a report is closed: tasks end and say so, and of each partner an officer chooses what becomes of its part."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from portal import outbox
from portal.db import session, today, transaction
from portal.reporting.case_models import CaseTask
from portal.reporting.deleted_list import listed_as_deleted
from portal.reporting.models import Report, State
from portal.reporting.referral_models import Referral, ReferralState
from portal.staff.models import StaffMember
from portal.vault import agencies
from tests.support.closing import SAID, agree, close_report
from tests.support.people import Officer, Resident
from tests.support.referring import FOR_LAW, given_id, open_agency, refer
from tests.support.sending import send_report
from tests.test_closing import at_report, come_back

POLICE = "Thames Valley Police"
AGREED = {"consent": {"partner_police": "what", "partner_landlord": "what"}}


def add_task(app: Flask, officer: Officer, at: str, task: str = "Ring the caretaker") -> None:
    with app.app_context():
        owner = session.scalars(select(StaffMember.id).where(StaffMember.name == officer.name)).one()
    officer.get(at)
    officer.post(f"{at}/tasks", task=task, task_owner=owner.hex, task_due=str(today()))


def part(referral: str, chosen: str) -> dict[str, object]:
    return {f"part_{uuid.UUID(given_id(referral)).hex}": chosen}


def the_report(app: Flask) -> Report:
    with app.app_context():
        return session.scalars(select(Report)).one()


def states(app: Flask) -> list[ReferralState]:
    with app.app_context():
        return sorted(session.scalars(select(Referral.state)))


def task_days(app: Flask) -> list[object]:
    with app.app_context():
        return list(session.scalars(select(CaseTask.done_on)))


def test_closing_ends_the_open_tasks_and_the_timeline_says_by_whom(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    send_report(resident)
    at = at_report(officer)
    add_task(app, officer, at)
    officer.get("/staff/tasks")
    officer.see("Ring the caretaker")
    officer.get(f"{at}/close")
    officer.see("This task is not done. Closing ends it: Ring the caretaker")
    close_report(officer, at)
    assert the_report(app).state is State.CLOSED
    assert task_days(app) == [today()]
    officer.get("/staff/tasks")
    officer.not_see("Ring the caretaker")
    officer.get(at)
    officer.see("Ended by closing the report, not done", "Task ended by closing the report, not done · Sam")
    officer.not_see("Task done", "1 task done", "Take it up again")


def test_after_reopening_an_ended_task_is_taken_up_again(app: Flask, resident: Resident, officer: Officer) -> None:
    send_report(resident)
    at = at_report(officer)
    add_task(app, officer, at)
    close_report(officer, at)
    officer.get(at)
    officer.post(f"{at}/reopen", written_why="They came back.")
    officer.get(at)
    officer.see("Ended by closing the report, not done", "Take it up again")
    task = re.search(rf"{at}/tasks/[0-9a-f-]{{36}}", officer.page)
    assert task
    officer.post(task[0], act="undo")
    officer.get("/staff/tasks")
    officer.see("Ring the caretaker")
    officer.get(at)
    officer.not_see("Ended by closing the report", "Task ended by closing")


def test_a_task_that_was_added_meanwhile_is_not_ended_unseen(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    send_report(resident)
    at = at_report(officer)
    other = hire("fatima")
    other.sign_in()
    other.unlock()
    officer.get(f"{at}/close")
    add_task(app, other, at, "Look at the garages")
    officer.post(f"{at}/close", outcome="spoke", message=SAID, language="en")
    officer.see("A task was added meanwhile. Read it below: closing ends it too.", "Look at the garages", SAID)
    assert the_report(app).state is not State.CLOSED
    assert task_days(app) == [None]
    officer.post(f"{at}/close", outcome="spoke", message=SAID, language="en")
    assert the_report(app).state is State.CLOSED


def test_of_each_partner_that_has_it_an_officer_must_choose_and_both_choices_hold(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    digits = send_report(resident, more=AGREED)
    at = at_report(officer)
    police, landlord = open_agency(app, hire, "police"), open_agency(app, hire, "landlord")
    ends, goes_on = refer(officer, at, "police", "portal"), refer(officer, at, "landlord", "portal")
    close_report(officer, at)
    officer.see("There is a problem", "Choose if their part goes on or ends.", SAID)
    close_report(officer, at, part(ends, "ends") | part(goes_on, "nonsense"))
    officer.see("Choose if their part goes on or ends.")
    assert the_report(app).state is not State.CLOSED
    close_report(officer, at, part(ends, "ends") | part(goes_on, "goes_on"))
    assert the_report(app).state is State.CLOSED
    assert states(app) == [ReferralState.CLOSED, ReferralState.SENT]
    with app.app_context():
        ended = session.get_one(Referral, uuid.UUID(given_id(ends)))
        assert ended.ended_on == today()
        assert ended.id in listed_as_deleted(), "nor does a backup that is put back open it"
        assert agencies.holders_of([ended.id]) == set()
        assert agencies.holders_of([uuid.UUID(given_id(goes_on))]) == {"landlord"}
    officer.get(at)
    officer.see("Ended with the report", f"Part of a partner ended by closing the report: {POLICE} · Sam")
    officer.get(ends)
    officer.see("Ended when the report was closed: the partner cannot open it here any more.")

    theirs = f"/staff/referred/{given_id(ends)}"
    police.get(theirs)
    police.see("We closed the report on", "your part ended with it.", "It cannot be opened here any more.")
    police.not_see("Anti-social behaviour", "Answer us")
    police.get("/staff/referred")
    police.see("Ended with the report")
    police.post(theirs, act="answered", message="We went there.")
    assert states(app) == [ReferralState.CLOSED, ReferralState.SENT]

    still = f"/staff/referred/{given_id(goes_on)}"
    landlord.get(still)
    landlord.see("Anti-social behaviour", "Answer us")
    landlord.post(still, act="accepted")
    officer.get("/staff/referrals")
    officer.see("Accepted", "News")
    come_back(resident, digits)
    resident.see(
        "Their part has ended", "we closed your report, and their part ended. They cannot open it here any more."
    )
    resident.see("Closed", "They have it")


def test_a_referral_that_goes_on_is_watched_and_reopening_finds_it_with_a_partner(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    send_report(resident)
    at = at_report(officer)
    where = refer(officer, at, "police", **FOR_LAW)
    officer.get(f"{at}/close")
    officer.see("It ends: you tell them that the report was closed")
    officer.not_see("they read that the report was closed")
    close_report(officer, at, part(where, "goes_on"))
    officer.get(where)
    officer.post(where, act="accepted", reference="TVP-1")
    assert states(app) == [ReferralState.ACCEPTED]
    assert the_report(app).state is State.CLOSED
    officer.get(at)
    officer.post(f"{at}/reopen", written_why="They came back.")
    assert the_report(app).state is State.REFERRED
    close_report(officer, at, part(where, "ends"))
    officer.get(at)
    officer.post(f"{at}/reopen", written_why="Once more.")
    assert the_report(app).state is State.LOOKED_AT


def test_a_partner_that_was_told_meanwhile_is_asked_about(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    send_report(resident)
    at = at_report(officer)
    other = hire("fatima")
    other.sign_in()
    other.unlock()
    officer.get(f"{at}/close")
    where = refer(other, at, "police", **FOR_LAW)
    officer.post(f"{at}/close", outcome="spoke", message=SAID, language="en")
    officer.see("Choose if their part goes on or ends.", f"{POLICE}: what happens to their part?", SAID)
    assert the_report(app).state is not State.CLOSED
    officer.post(f"{at}/close", {"outcome": "spoke", "message": SAID, "language": "en"} | part(where, "ends"))
    assert the_report(app).state is State.CLOSED


def test_a_second_look_shows_what_ends_and_does_it_only_once_it_is_agreed(
    app: Flask, resident: Resident, officer: Officer, supervisor: Officer
) -> None:
    send_report(resident, kind="hate", more=AGREED)
    at = at_report(officer)
    looks = at.replace("/reports/", "/second-looks/")
    add_task(app, officer, at)
    where = refer(officer, at, "police")
    close_report(officer, at, part(where, "ends"))
    assert states(app) == [ReferralState.SENT]
    assert task_days(app) == [None]
    supervisor.get(looks)
    supervisor.see(
        "Closing ends it: Ring the caretaker", f"The part of this partner ends: {POLICE}. An officer tells them."
    )
    supervisor.post(looks, send_back="1", why="Let the police go on.")
    officer.get(f"{at}/close")
    assert re.search(r'value="ends"[^>]* checked', officer.page), "what was chosen is in the form again"
    close_report(officer, at, part(where, "ends"))
    supervisor.get(looks)
    add_task(app, officer, at, "Look at the garages")
    supervisor.post(looks)
    supervisor.see("A task was added meanwhile.", "Look at the garages")
    assert the_report(app).state is not State.CLOSED
    agree(supervisor, at)
    assert the_report(app).state is State.CLOSED
    assert states(app) == [ReferralState.CLOSED]
    assert task_days(app) == [today()] * 2
    officer.get(at)
    officer.see("Task ended by closing the report, not done · Sam")


def test_a_partner_that_was_told_while_a_closing_waits_keeps_it_open_until_somebody_chooses(
    app: Flask, resident: Resident, officer: Officer, supervisor: Officer
) -> None:
    send_report(resident, kind="hate", more=AGREED)
    at = at_report(officer)
    close_report(officer, at)
    refer(officer, at, "police")
    agree(supervisor, at)
    supervisor.see("A partner has this report, and nobody has chosen what happens to their part. Nothing was done.")
    supervisor.see(f"Nobody has chosen what happens to the part of this partner: {POLICE}.")
    assert the_report(app).state is not State.CLOSED


def test_a_report_with_a_task_is_no_joke(app: Flask, resident: Resident, officer: Officer) -> None:
    from portal.reporting.bulk import Why
    from portal.reporting.jokes import check_jokes
    from portal.vault import keyholders

    send_report(resident, narrative="My cat is the mayor.")
    at = at_report(officer)

    def why_not() -> Why | None:
        with app.app_context():
            member = session.scalars(select(StaffMember).where(StaffMember.name == "sam")).one()
            held = keyholders.keyring(
                member.member_id, keyholders.open_member(member.member_id, officer.passphrase) or b""
            )
            return check_jokes(held, [uuid.UUID(at[-36:])])[0].why_not

    assert why_not() is None
    add_task(app, officer, at)
    assert why_not() is Why.AT_WORK


def test_a_supervisor_alone_does_not_silence_an_alert_and_reads_who_does(
    app: Flask, resident: Resident, officer: Officer, supervisor: Officer
) -> None:
    """Whoever answers it says that they will act, and a supervisor works on no report."""
    digits = send_report(resident, risk="yes", kind="hate")
    at = at_report(officer)
    officer.get(at)
    officer.post(f"{at}/alert")
    close_report(officer, at)
    with app.app_context(), transaction() as db:
        outbox.alert(db, outbox.Letter.IMMEDIATE_RISK, uuid.UUID(at[-36:]))
    looks = at.replace("/reports/", "/second-looks/")
    supervisor.get(looks)
    supervisor.see("An officer must say on the page of the report that they have seen it, before it can be closed.")
    assert supervisor.post(f"{at}/alert").status_code == 403
    agree(supervisor, at)
    with app.app_context():
        assert outbox.waiting_alert(uuid.UUID(at[-36:]))
    assert the_report(app).state is not State.CLOSED
    come_back(resident, digits)
    resident.not_see("Closed")
