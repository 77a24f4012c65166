"""What of the MARAC ends and what stays: with a report, with a passphrase, with an account, and after its years."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select

from portal.db import session, today, transaction
from portal.marac import figures, scheduled_ends
from portal.marac.models import CaseState, MaracAction, MaracCase, MaracItem, MaracMeeting
from portal.reporting import deletions
from portal.reporting.models import Report
from portal.staff import account_changes
from portal.staff.models import Role, StaffMember, StaffRole
from portal.vault import keyholders, meetings
from portal.vault.keyholders import Grant, Keyholder, VaultError
from tests.support.people import Officer, Resident
from tests.support.sending import send_report
from tests.test_account_changes import Operator, operator
from tests.test_marac import (
    KNOWN,
    TO_DO,
    Hire,
    chair,
    gives,
    hears,
    id_of,
    landlord,
    plans,
    presses,
    puts_on,
    refers,
    seats,
    was_there,
    works,
    writes,
)

__all__ = ["chair", "landlord", "operator"]


def refers_report(resident: Resident, officer: Officer) -> None:
    send_report(resident, kind="asb", risk="yes")
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert found
    refers(officer, f"{found[0]}/marac/refer")


def deletes_report(app: Flask) -> None:
    with app.app_context():
        assert deletions.delete_report(session.scalars(select(Report.id)).one())


def row_count(app: Flask, table: type) -> int:
    with app.app_context():
        return len(session.scalars(select(table)).all())


def test_what_no_meeting_has_heard_is_deleted_with_its_report(app: Flask, resident: Resident, chair: Officer) -> None:
    with app.app_context():
        grants = row_count(app, Grant)
    refers_report(resident, chair)
    meeting = plans(app, chair, today())
    item = puts_on(chair, meeting)
    presses(chair, item, f"{item}/knowledge", written_known=KNOWN)
    deletes_report(app)
    assert chair.get(item).status_code == 404
    chair.get(meeting)
    chair.see("No case is on the agenda.")
    assert [row_count(app, table) for table in (MaracCase, MaracItem)] == [0, 0]
    assert row_count(app, Grant) == grants, "a key of it is left"


@pytest.mark.same_on_both
def test_what_was_heard_stays_without_its_link_and_residents_are_told(
    app: Flask, resident: Resident, chair: Officer
) -> None:
    refers_report(resident, chair)
    with app.app_context():
        reference = session.scalars(select(Report)).one().reference
    chair.get(f"/staff/reports/{_report(app)}/marac/refer")
    assert f'value="{reference}' not in chair.page, "its name would lead back to the report"
    item = puts_on(chair, plans(app, chair, today()))
    writes(chair, item)
    with app.app_context():
        deletions.withdraw_report(_report(app))
    chair.get(item)
    chair.see("Go on with this case only if somebody may be badly hurt.")
    deletes_report(app)
    with app.app_context():
        assert session.scalars(select(MaracCase)).one().report_id is None
    assert chair.get(item).status_code == 200
    chair.not_see("Go on with this case only")
    resident.get("/if-stolen")
    resident.see("we keep what they wrote for up to 7 years after", "We cut the link to your report.")


def _report(app: Flask) -> uuid.UUID:
    with app.app_context():
        return session.scalars(select(Report.id)).one()


@pytest.mark.same_on_both
def test_a_case_with_an_action_stays_on_the_agenda(app: Flask, chair: Officer) -> None:
    refers(chair)
    meeting = plans(app, chair, today())
    item = puts_on(chair, meeting)
    me = id_of(app, "cora").hex
    presses(chair, item, f"{item}/actions", written_action=TO_DO, owner=me, due_on=str(today()))
    places = {f"{name}-{item[-36:].replace('-', '')}": "1" for name in ("place", "minutes")}
    presses(chair, meeting, f"{meeting}/agenda", off=item[-36:].replace("-", ""), **places)
    chair.see("Somebody has written about this case already, so it stays on the agenda.")
    chair.get("/staff/marac")
    chair.see(TO_DO)


@pytest.mark.same_on_both
def test_two_of_one_agency_do_not_write_over_each_other(app: Flask, chair: Officer, hire: Hire) -> None:
    refers(chair)
    meeting = plans(app, chair, today())
    item = puts_on(chair, meeting)
    dev = works(hire, "dev")
    seats(app, chair, meeting, "dev")
    dev.get(item)
    presses(chair, item, f"{item}/knowledge", written_known=KNOWN)
    dev.post(f"{item}/knowledge", written_known="Mine.")
    dev.see("Somebody of your agency has written here in the meantime.", "Mine.", KNOWN)
    presses(dev, item, f"{item}/knowledge", written_known="Both.")
    dev.get(item)
    dev.see("Both.")
    dev.not_see(KNOWN)


def test_an_action_whose_key_was_lost_with_a_passphrase_is_given_to_its_owner_again(
    app: Flask, chair: Officer, landlord: Officer, hire: Hire, recovery_key: str
) -> None:
    meeting, item = hears(app, chair, today(), hire, landlord)
    mine = id_of(app, "at-landlord").hex
    presses(chair, item, f"{item}/actions", written_action=TO_DO, owner=mine, due_on=str(today()))
    was_there(app, chair, meeting, "cora", "polly", "at-landlord")
    presses(chair, meeting, f"{meeting}/agree")
    with app.app_context():
        account_changes.reset_passphrase(
            "at-landlord", "another-long-passphrase", keyholders.open_recovery(recovery_key)
        )
        action = session.scalars(select(MaracAction.id)).one()
    landlord.passphrase = "another-long-passphrase"
    landlord.sign_in()
    landlord.unlock()
    landlord.get("/staff/marac")
    landlord.not_see(TO_DO)
    landlord.see("does not open with your new passphrase")
    at = f"/staff/marac/actions/{action}"
    gives(chair, at, mine)
    landlord.get("/staff/marac")
    landlord.see(TO_DO)
    landlord.not_see("does not open with your new passphrase")


@pytest.mark.same_on_both
def test_whoever_does_other_work_now_keeps_no_meeting_and_no_action_waiting(
    app: Flask, chair: Officer, landlord: Officer, hire: Hire
) -> None:
    uma = works(hire, "uma")
    refers(chair)
    meeting = plans(app, chair, today(), chair="uma")
    item = puts_on(chair, meeting)
    presses(chair, item, f"{item}/actions", written_action=TO_DO, owner=id_of(app, "uma").hex, due_on=str(today()))
    writes(chair, item)
    works(hire, "polly")
    seats(app, chair, meeting, "at-landlord")
    seats(app, chair, meeting, "polly", "police")
    was_there(app, chair, meeting, "cora", "uma", "polly", "at-landlord", deputy="cora")
    presses(chair, meeting, f"{meeting}/agree")
    chair.see("The chair agrees the minutes")
    with app.app_context(), transaction() as db:
        db.execute(delete(StaffRole).where(StaffRole.staff_id == id_of(app, "uma")))
        db.add(StaffRole(staff_id=id_of(app, "uma"), role=Role.CALENDAR_EDITOR))
    assert uma.get(meeting).status_code in {302, 303, 403}
    chair.get("/staff/marac")
    chair.see("Actions without an owner", TO_DO)
    presses(chair, meeting, f"{meeting}/agree")
    chair.follow()
    chair.see("The minutes were agreed on")


def test_a_key_that_was_changed_meanwhile_is_not_handed_on(
    app: Flask, chair: Officer, hire: Hire, recovery_key: str
) -> None:
    """Two members act at once: one takes somebody from the table, the other still has the key of before."""
    refers(chair)
    meeting = plans(app, chair, today())
    for name in ("dev", "polly", "sara"):
        works(hire, name)
    for name in ("dev", "polly"):
        seats(app, chair, meeting, name)
    with app.app_context():
        people = {one.name: one.member_id for one in session.scalars(select(StaffMember))}
        meeting_id, before = uuid.UUID(meeting[-36:]), keyholders.open_recovery(recovery_key)
        with transaction() as db:
            meetings.dismiss(db, meeting_id, people["dev"], before)
        for act, name in ((meetings.admit, "sara"), (meetings.dismiss, "polly")):
            with pytest.raises(VaultError), transaction() as db:
                act(db, meeting_id, people[name], before)
        now = keyholders.open_recovery(recovery_key)
        with transaction() as db:
            meetings.admit(db, meeting_id, people["sara"], now)


def test_a_case_that_was_forgotten_ends_with_its_meeting_and_the_key(app: Flask, chair: Officer) -> None:
    refers(chair)
    puts_on(chair, plans(app, chair, today()))
    refers(chair, written_title="Case B")
    long_ago = today() - timedelta(days=366 * 8)
    with app.app_context():
        partnership = app.extensions["partnership"]
        agreed = replace(partnership.retention, agreed_by="Jo, DPO")
        app.extensions["partnership"] = replace(partnership, retention=agreed)
        with transaction() as db:
            for case in db.scalars(select(MaracCase)):
                case.referred_on = long_ago
        assert scheduled_ends.end_due_cases() == 1, "the meeting of the other was today"
        with transaction() as db:
            db.scalars(select(MaracMeeting)).one().held_on = long_ago
        assert scheduled_ends.end_due_cases() == 1
        assert session.scalars(select(MaracMeeting)).all() == []
        assert session.scalars(select(Keyholder).where(Keyholder.code.startswith(meetings.PREFIX))).all() == []


def test_the_operator_makes_the_first_coordinator(hire: Hire, operator: Operator, recovery_key: str) -> None:
    """Nobody has referred anything: the coordinators' key is made with the first of them."""
    cora = hire("cora", teams=("asb_team",))
    assert "as soon as they sign in again" in operator("add-to-team", "cora", "marac_team", typed=(recovery_key,))
    cora.come_to_work()
    cora.get("/staff/marac")
    cora.see("Plan a meeting")


@pytest.mark.same_on_both
def test_the_board_reads_the_figures_of_its_quarter(app: Flask, hire: Hire) -> None:
    this = date(today().year, (today().month - 1) // 3 * 3 + 1, 1)
    day = (this - timedelta(days=1)).replace(day=1)
    with app.app_context():
        with transaction() as db:
            for number in range(25):
                row = MaracCase(
                    state=CaseState.LEFT_OUT, referred_on=day, is_repeat=number < 3, risk_before="low", sealed=b""
                )
                db.add(row)
        told = figures.told_in(date(day.year, day.month - 2, 1))
        assert told["referred"].number == 25
        assert not told["repeat"].is_known
    omar = hire("omar", teams=(), roles=(Role.ANALYST,))
    omar.sign_in()
    omar.get("/staff/figures/board-reports")
    found = re.search(rf"/staff/figures/board-reports/{day.year}-{(day.month + 2) // 3}", omar.page)
    assert found, omar.page
    omar.get(found[0])
    omar.see("The MARAC in numbers", "Cases referred", "25", "of them referred before")
