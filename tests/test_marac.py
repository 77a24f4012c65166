"""The Community Risk MARAC as its people use it: referring, the table and its key, minutes, actions, and the figures."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.db import session, today, transaction
from portal.marac import figures, scheduled_ends
from portal.marac.criteria import Known, is_enough, looks_met
from portal.marac.models import ActionState, CaseState, MaracAction, MaracCase, MaracItem, MaracMeeting
from portal.partnership.file import EXAMPLE, load
from portal.small_counts import month_after
from portal.staff.models import Role, StaffMember
from portal.vault import meetings
from portal.vault.keyholders import Keyholder, Membership
from tests.support.people import Officer, Resident
from tests.support.referring import open_agency
from tests.support.sending import send_report
from tests.test_account_changes import Operator, operator

__all__ = ["operator"]

Hire = Callable[..., Officer]
REASON, KNOWN, SAID, TO_DO = "He is followed home each week.", "Three calls.", "They will visit.", "Visit on Monday."
COORDINATES = ("hate_team", "asb_team", meetings.RECORD_TEAM)

CRITERIA = load(EXAMPLE).marac.criteria


@pytest.fixture
def chair(app: Flask, hire: Hire) -> Officer:
    """Who coordinates, and sits in the chair unless a test says otherwise."""
    with app.app_context(), transaction() as db:
        meetings.ensure_record_team(db)
    one = hire("cora", teams=COORDINATES)
    one.come_to_work()
    return one


@pytest.fixture
def landlord(app: Flask, hire: Hire) -> Officer:
    return open_agency(app, hire)


def works(hire: Hire, name: str, role: Role = Role.OFFICER, teams: tuple[str, ...] = ("asb_team",)) -> Officer:
    one = hire(name, teams=teams, roles=(role,))
    one.come_to_work()
    return one


def presses(officer: Officer, page: str, to: str, **fields: object) -> TestResponse:
    """Open the page and send a form of it."""
    officer.get(page)
    return officer.post(to, fields)


def gives(officer: Officer, at: str, to: str) -> None:
    officer.get(at)
    officer.post(at, act="give_on", to=to)


def refers(officer: Officer, at: str = "/staff/marac/refer", **more: object) -> None:
    officer.get(at)
    fields = {
        "written_title": "Case A", "criteria": ["high"], "written_reason": REASON, "risk": "high", "consent": "agreed",
    }  # fmt: skip
    officer.post(at, fields | more)


def case_of(coordinator: Officer, title: str = "Case A") -> str:
    coordinator.get("/staff/marac")
    found = re.search(rf'(/staff/marac/cases/[0-9a-f-]+)"><bdi>{title}', coordinator.page)
    assert found, coordinator.text
    return found[1]


def plans(app: Flask, coordinator: Officer, day: date, chair: str = "cora") -> str:
    coordinator.get("/staff/marac/new")
    coordinator.post("/staff/marac/new", held_on=str(day), begins="14:30", chair=id_of(app, chair).hex)
    assert coordinator.response
    assert coordinator.response.status_code == 303, coordinator.text
    coordinator.follow()
    return coordinator.path


def id_of(app: Flask, name: str) -> uuid.UUID:
    with app.app_context():
        return session.scalars(select(StaffMember.id).where(StaffMember.name == name)).one()


def seats(app: Flask, coordinator: Officer, meeting: str, name: str, agency: str = "") -> None:
    coordinator.get(meeting)
    coordinator.post(f"{meeting}/members", person=id_of(app, name).hex, agency=agency)


def puts_on(coordinator: Officer, meeting: str, title: str = "Case A") -> str:
    at = case_of(coordinator, title)
    coordinator.get(at)
    coordinator.post(at, meeting=meeting.rsplit("/", 1)[1].replace("-", ""), minutes="20", put="yes")
    coordinator.follow()
    found = re.search(rf'(/staff/marac/items/[0-9a-f-]+)"><bdi>{title}', coordinator.page)
    assert found, coordinator.text
    return found[1]


def writes(coordinator: Officer, item: str, **more: object) -> None:
    coordinator.get(item)
    coordinator.post(f"{item}/minutes", {"written_discussion": SAID, "risk_before": "high", "risk_after": "low"} | more)


def hears(app: Flask, chair: Officer, day: date, hire: Hire, landlord: Officer) -> tuple[str, str]:
    """A meeting of three agencies, with one case that has minutes: its address, and the case's."""
    refers(chair)
    meeting = plans(app, chair, day)
    works(hire, "polly")
    seats(app, chair, meeting, "at-landlord")
    seats(app, chair, meeting, "polly", "police")
    item = puts_on(chair, meeting)
    writes(chair, item)
    return meeting, item


def was_there(app: Flask, coordinator: Officer, meeting: str, *names: str, deputy: str = "") -> None:
    coordinator.get(meeting)
    present = [id_of(app, name).hex for name in names]
    coordinator.post(f"{meeting}/presence", present=present, deputy=id_of(app, deputy).hex if deputy else "")


@given(st.sets(st.sampled_from([each.code for each in CRITERIA])))
def test_one_criterion_that_counts_alone_is_enough_or_all_three_together(ticked: set[str]) -> None:
    three = {"vulnerable", "significant-risk", "several-agencies"}
    assert is_enough(CRITERIA, ticked) == (three <= ticked or bool(ticked & {"high", "second-referral"}))
    assert is_enough(CRITERIA, ticked | {"high"})


@pytest.mark.same_on_both
def test_what_looks_met_follows_the_signs() -> None:
    criteria = load(EXAMPLE).marac.criteria
    assert looks_met(criteria, Known()) == []
    known = Known(is_vulnerable=True, partners=2, was_referred=True)
    assert [each.code for each in looks_met(criteria, known)] == ["vulnerable", "several-agencies", "second-referral"]
    assert [each.code for each in looks_met(criteria, Known(partners=1))] == []


@pytest.mark.same_on_both
def test_an_officer_refers_a_report_and_a_second_referral_is_a_repeat(
    app: Flask, resident: Resident, chair: Officer, hire: Hire
) -> None:
    send_report(resident, kind="asb", risk="yes")
    dev = works(hire, "dev")
    dev.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", dev.page)
    assert found
    dev.get(found[0])
    dev.see("Refer to the MARAC")
    at = f"{found[0]}/marac/refer"
    dev.get(at)
    dev.see("These criteria look met", "someone is in danger", "By this alone the case belongs at the MARAC")
    refers(dev, at, domestic="y")
    dev.see("DASH", "999")
    refers(dev, at, consent="without", ground="", written_title="x\u202e\u200b")
    dev.see("Choose the reason of law", "Write why it goes without their consent.")
    dev.get("/staff/marac")
    dev.not_see("Cases that wait")
    refers(dev, at, consent="without", ground="badly-hurt", written_why="A knife was seen.")
    dev.get(found[0])
    dev.see("MARAC, referred on", "Waits for a meeting", "Referred to the MARAC without consent")
    dev.get(at)
    dev.see("It was referred before, within the months of a repeat.")
    refers(dev, at, written_title="Case B")
    chair.get("/staff/marac")
    chair.see("Case A", "Case B", "Referred before")
    chair.get(case_of(chair))
    chair.see(REASON, "A knife was seen.", "Without consent")
    chair.post(chair.path, leave_out="yes", written_not_taken="")
    chair.see("Write why, and where it goes instead.")
    chair.post(chair.path, leave_out="yes", written_not_taken="It goes to the landlord.")
    chair.get("/staff/marac")
    chair.not_see("Case A")
    chair.see("Case B")


def test_a_member_opens_their_meetings_cases_and_no_other_until_the_minutes_are_agreed(
    app: Flask, chair: Officer, landlord: Officer, hire: Hire
) -> None:
    meeting, item = hears(app, chair, today(), hire, landlord)
    refers(chair, written_title="Case B")
    other = plans(app, chair, today() + timedelta(days=30))
    other_item = puts_on(chair, other, "Case B")
    landlord.get("/staff/marac")
    landlord.not_see("Case B")
    landlord.get(item)
    landlord.see(REASON)
    presses(landlord, item, f"{item}/knowledge", written_known=KNOWN)
    landlord.get(item)
    landlord.see("landlord", KNOWN)
    assert presses(landlord, item, f"{item}/minutes", written_discussion="no").status_code == 404
    assert presses(landlord, meeting, f"{meeting}/presence", deputy="").status_code == 404
    assert landlord.get("/staff/referred").status_code == 200, "a meeting's key makes it no other agency"
    for closed in (other, other_item):
        assert landlord.get(closed).status_code == 404
    for role in Role:
        person = works(hire, f"x{role.value}", role, ())
        for path in (meeting, item, other_item, f"{item}/knowledge", f"{meeting}/agree"):
            may_look = path in (meeting, item, other_item)
            answer = person.get(path) if may_look else presses(person, "/staff/unlock", path, written_known="x")
            assert answer.status_code in {403, 404}, (role, path)
    was_there(app, chair, meeting, "cora", "polly", "at-landlord")
    presses(chair, meeting, f"{meeting}/agree")
    chair.follow()
    chair.see("The minutes were agreed on")
    assert landlord.get(item).status_code == 404
    chair.get(item)
    chair.see(REASON, KNOWN, SAID)
    with app.app_context():
        assert (
            session.scalar(select(Keyholder).where(Keyholder.code.startswith(meetings.PREFIX + meeting[-36:][:8])))
            is None
        )


def test_whoever_leaves_the_table_loses_its_key_and_a_kept_copy_opens_nothing(
    app: Flask, chair: Officer, landlord: Officer, hire: Hire
) -> None:
    meeting, item = hears(app, chair, today(), hire, landlord)
    with app.app_context():
        code = meetings.team_of(uuid.UUID(meeting[-36:]))
        before = session.scalars(select(Keyholder).where(Keyholder.code == code)).one().public_key
    assert landlord.get(item).status_code == 200
    chair.get(meeting)
    chair.post(f"{meeting}/members/{id_of(app, 'at-landlord')}")
    assert landlord.get(item).status_code == 404
    assert chair.get(item).status_code == 200
    chair.see(SAID)
    chair.get(meeting)
    chair.post(f"{meeting}/members/{id_of(app, 'cora')}")
    chair.see("The chair and the coordinator stay at the table.")
    with app.app_context():
        kept = session.scalars(select(Keyholder).where(Keyholder.code == code)).one()
        assert kept.public_key != before
        held = session.scalars(select(Membership).where(Membership.keyholder_id == kept.id)).all()
        assert len(held) == 3, "the recovery key, the coordinator and the one who stayed"
    seats(app, chair, meeting, "at-landlord")
    assert landlord.get(item).status_code == 200


@pytest.mark.same_on_both
def test_a_meeting_that_nobody_opens_any_more_says_what_recovers_it(
    app: Flask, chair: Officer, recovery_key: str, operator: Operator
) -> None:
    refers(chair)
    meeting = plans(app, chair, today())
    item = puts_on(chair, meeting)
    with app.app_context(), transaction() as db:
        keyholder = db.scalars(
            select(Keyholder).where(Keyholder.code == meetings.team_of(uuid.UUID(meeting[-36:])))
        ).one()
        member_id = db.scalars(select(StaffMember.member_id).where(StaffMember.name == "cora")).one()
        db.delete(db.get_one(Membership, (keyholder.id, member_id)))
        code = keyholder.code
    assert chair.get(item).status_code == 404
    chair.get(meeting)
    chair.see("Nothing is lost: the recovery key opens it.", f"add-to-team NAME {code}")
    assert presses(chair, meeting, f"{meeting}/agree").status_code == 404
    chair.get(meeting)
    chair.post(f"{meeting}/members", person=id_of(app, "cora").hex, agency="")
    chair.see("Your key does not open this meeting.")
    assert "is not one of" in operator("add-to-team", "cora", f"{code}x", typed=(recovery_key,))
    assert "as soon as they sign in again" in operator("add-to-team", "cora", code, typed=(recovery_key,))
    chair.come_to_work()
    chair.get(item)
    chair.see(REASON)


@pytest.mark.same_on_both
def test_minutes_need_their_chair_or_a_deputy_a_quorum_and_a_day_that_has_come(
    app: Flask, chair: Officer, landlord: Officer, hire: Hire
) -> None:
    meeting, _item = hears(app, chair, today() + timedelta(days=1), hire, landlord)
    chair.get(meeting)
    chair.see("The meeting is still to come.")
    with app.app_context(), transaction() as db:
        db.get_one(MaracMeeting, uuid.UUID(meeting[-36:])).held_on = today()
    was_there(app, chair, meeting, "polly", "at-landlord")
    chair.get(meeting)
    presses(chair, meeting, f"{meeting}/agree")
    chair.see("The chair was not there, so the minutes cannot be agreed. Name a deputy who was there.")
    was_there(app, chair, meeting, "polly", deputy="at-landlord")
    chair.see("The deputy must have been there.")
    was_there(app, chair, meeting, "polly", "at-landlord", deputy="at-landlord")
    presses(chair, meeting, f"{meeting}/agree")
    chair.see("The chair agrees the minutes, or the deputy if the chair was not there.")
    landlord.get(meeting)
    presses(landlord, meeting, f"{meeting}/agree")
    landlord.see("Too few agencies were there. 3 are needed")
    was_there(app, chair, meeting, "cora", "polly", "at-landlord")
    presses(chair, meeting, f"{meeting}/agree")
    chair.follow()
    chair.see("The minutes were agreed on")
    presses(chair, meeting, f"{meeting}/presence", deputy="")
    chair.see("nothing of it is changed any more")


@pytest.mark.same_on_both
def test_agreed_minutes_change_only_by_a_new_version_with_its_reason(
    app: Flask, chair: Officer, landlord: Officer, hire: Hire
) -> None:
    meeting, item = hears(app, chair, today(), hire, landlord)
    writes(chair, item, written_discussion="Written over.", seen="0")
    chair.see("Somebody else has written these minutes in the meantime.", "Written over.")
    was_there(app, chair, meeting, "cora", "polly", "at-landlord")
    presses(chair, meeting, f"{meeting}/agree")
    writes(chair, item, written_discussion="They visited.")
    chair.see("The minutes are agreed. A change makes a new version: write why it is needed.", "They visited.")
    writes(chair, item, written_discussion="They visited.", risk_after="medium", written_correction="A word was wrong.")
    chair.get(item)
    chair.see(SAID, "They visited.", "A word was wrong.", "Risk after: Medium.")
    me = id_of(app, "cora").hex
    presses(chair, item, f"{item}/actions", written_action=TO_DO, owner=me, due_on=str(today()))
    chair.see("nothing of it is changed any more")


@pytest.mark.same_on_both
def test_an_action_is_done_given_on_late_or_without_owner(
    app: Flask, chair: Officer, landlord: Officer, hire: Hire
) -> None:
    meeting, item = hears(app, chair, today(), hire, landlord)
    chair.get(item)
    chair.post(f"{item}/actions", written_action="", owner="x", due_on="2000-01-01")
    chair.see("Write what is to be done.", "This day is over or too far away.")
    presses(chair, item, f"{item}/actions", written_action=TO_DO, owner="", due_on=str(today()))
    chair.see("Choose who does it.")
    chair.get(item)
    chair.post(f"{item}/actions", written_action=TO_DO, owner=id_of(app, "at-landlord").hex, due_on=str(today()))
    was_there(app, chair, meeting, "cora", "polly", "at-landlord")
    presses(chair, meeting, f"{meeting}/agree")
    with app.app_context(), transaction() as db:
        action = db.scalars(select(MaracAction)).one()
        action.due_on, action_id = today() - timedelta(days=1), action.id
    at = f"/staff/marac/actions/{action_id}"
    landlord.get("/staff/marac")
    landlord.see("What you have to do", TO_DO, "Late:")
    landlord.get(at)
    presses(landlord, at, at, act="not_done")
    landlord.see("Write why, in a few words.")
    gives(landlord, at, "")
    landlord.see("Choose who does it from now on.")
    gives(landlord, at, id_of(app, "polly").hex)
    assert landlord.get(at).status_code == 404
    with app.app_context(), transaction() as db:
        db.scalars(select(StaffMember).where(StaffMember.name == "polly")).one().active = False
    chair.get("/staff/marac")
    chair.see("Actions without an owner", TO_DO)
    chair.get(at)
    chair.see("Without an owner: whoever had it left", "Given on to: Polly")
    gives(chair, at, id_of(app, "cora").hex)
    chair.get(at)
    presses(chair, at, at, act="done", written_note="They listened.")
    chair.get("/staff/marac")
    chair.not_see(TO_DO)
    with app.app_context():
        stored = session.scalars(select(MaracAction)).one()
        assert (stored.state, stored.settled_on) == (ActionState.DONE, today())
        assert TO_DO.encode() not in stored.sealed


@pytest.mark.same_on_both
def test_a_review_day_brings_the_case_onto_the_next_agenda_and_one_not_heard_waits(
    app: Flask, chair: Officer, landlord: Officer, hire: Hire
) -> None:
    meeting, item = hears(app, chair, today(), hire, landlord)
    refers(chair, written_title="Case B")
    puts_on(chair, meeting, "Case B")
    writes(chair, item, review_on=str(today() + timedelta(days=20)))
    was_there(app, chair, meeting, "cora", "polly", "at-landlord")
    presses(chair, meeting, f"{meeting}/agree")
    sooner = plans(app, chair, today() + timedelta(days=10))
    chair.see("Case B")
    chair.not_see("Case A")
    later = plans(app, chair, today() + timedelta(days=30))
    chair.see("Case A")
    chair.not_see("Case B")
    assert sooner != later
    chair.post(f"{later}/agenda", {"off": "x"})
    chair.see("Write places and minutes as numbers.")


@pytest.mark.same_on_both
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(app: Flask, chair: Officer) -> None:
    chair.get("/staff/marac/new")
    for day, begins in (("0001-01-01", "25:00"), ("soon", "٣"), ("9999-12-31", "x" * 5000)):
        chair.post("/staff/marac/new", held_on=day, begins=begins, chair="nobody")
        chair.see("Write the time like 14:30.", "Choose who is in the chair.")
    refers(chair, criteria=["none"], risk="no", consent="", written_title="", written_reason="w" * 4001)
    chair.see(
        "Choose from the answers",
        "Choose how high the risk is.",
        "Say whether",
        "Give the case a short name.",
        "1 letter too long",
    )
    chair.see("www")
    refers(chair)
    at = case_of(chair)
    chair.get(at)
    chair.post(at, meeting=uuid.uuid4().hex, minutes="1000000000000")
    chair.see("Choose a meeting from the list.")
    meeting = plans(app, chair, today())
    chair.post(f"{meeting}/members", person="nobody")
    chair.see("Choose somebody who has an account and a passphrase.")
    assert chair.get(f"/staff/marac/items/{uuid.uuid4()}").status_code == 404


def test_figures_show_no_small_count_and_cases_end_after_their_years_unless_kept(app: Flask, chair: Officer) -> None:
    ended = month_after(today().replace(day=1), -1)
    quarter = date(ended.year, (ended.month - 1) // 3 * 3 + 1, 1)
    day = quarter if month_after(quarter, 2) <= ended else month_after(quarter, -3)
    with app.app_context():
        with transaction() as db:
            for number in range(25):
                row = MaracCase(
                    state=CaseState.HEARD, referred_on=day, is_repeat=number < 3, risk_before="low", sealed=b""
                )
                db.add(row)
        told = figures.quarterly()[0].told
        assert told["referred"].number == 25
        assert not told["repeat"].is_known
        assert not told["first"].is_known, "it would give the three away"
        assert not told["heard"].is_known
        assert session.scalar(select(MaracItem.id)) is None
        years = timedelta(days=366 * 8)
        assert scheduled_ends.count_ending([today(), today() + years]) == [0, 25]
        with transaction() as db:
            for case in db.scalars(select(MaracCase)):
                case.referred_on = today() - years
        assert scheduled_ends.end_due_cases() == 0, "nobody has agreed the years"
        app.extensions["partnership"] = _agreed(app)
        assert scheduled_ends.end_due_cases() == 25
    chair.get("/staff/marac/figures")
    chair.see("The MARAC in numbers")


def _agreed(app: Flask) -> object:
    from dataclasses import replace

    partnership = app.extensions["partnership"]
    return replace(partnership, retention=replace(partnership.retention, agreed_by="Jo, DPO"))
