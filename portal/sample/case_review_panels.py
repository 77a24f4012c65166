"""Two of the sample case reviews have a panel: one waits for its meeting, one was told what is to be done."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.case_review import (
    panel_meeting,
    panel_members,
    panel_minutes,
    panel_recommendations,
    panel_statements,
)
from portal.case_review.applying import USE, Application, store_application
from portal.case_review.deciding import Decision, Verdict, decide
from portal.case_review.models import CaseReview
from portal.case_review.panel_access import keys_of_staff
from portal.case_review.panel_members import Account
from portal.case_review.panel_models import Acceptance, Attendance, Panel, Progress
from portal.case_review.panel_recommendations import Owner
from portal.case_review.panel_sealing import PanelKeys
from portal.case_review.records import keys_of_staff as keys_of_review
from portal.case_review.threshold import Complaint
from portal.db import random_id, today
from portal.sample.told import MARK
from portal.staff.models import StaffMember
from portal.vault import receipts
from portal.vault.keyholders import Keyring

WHO = "Amina K."


def add_panels(db: Session, held: Keyring) -> list[str]:
    """Inside the caller's transaction; the numbers of the one that waits and of the one that was told."""
    staff = {one.name: one for one in db.scalars(select(StaffMember))}
    waiting, told = receipts.draw(), receipts.draw()
    _wait(db, held, staff, _accepted(db, held, staff, waiting, age=20))
    _tell(db, held, staff, _accepted(db, held, staff, told, age=70))
    return [waiting, told]


def _accepted(db: Session, held: Keyring, staff: dict[str, StaffMember], digits: str, age: int) -> CaseReview:
    came = today() - timedelta(days=age)
    complaints = [
        Complaint(
            "", came - timedelta(days=days), came - timedelta(days=days - 1), is_asb=True, is_hate=False, told="council"
        )
        for days in (90, 60, 30)
    ]
    told = {
        "for_whom": "me",
        "agreed": "",
        "happened": f"{MARK} A group meets in our stairwell every night. Doors are kicked in.",
        "not_done": f"{MARK} I phoned eleven times. Nobody came to look.",
        "language": "en",
    }
    named = dict.fromkeys(("victim", "relation", "email", "address", "safe", "needs_more"), "")
    contact = {"name": f"{MARK} Zofia", "phone": "01632 960000", "needs": []} | named
    application = Application(told, contact, complaints)
    review = store_application(db, application, [], receipts.derive(digits, USE), "en", came, token=random_id())
    keys = keys_of_review(review.id, held)
    if keys is None:
        raise LookupError("the recovery key holds every team's")
    decision = Decision(Verdict.MET, f"{MARK} Three complaints count.", "en", "", {})
    decide(db, review.id, keys, decision, by=WHO, by_id=staff["amina"].id)
    review.acknowledged_on, review.decided_on = came + timedelta(days=1), came + timedelta(days=9)
    return review


def _convene(
    db: Session, held: Keyring, staff: dict[str, StaffMember], review: CaseReview, on: date, *, online: bool
) -> PanelKeys:
    """A chair from the police, the landlord's account, and one who stepped aside."""
    keys = keys_of_staff(review.id, held)
    if keys is None:
        raise LookupError("the recovery key holds every team's")
    place = f"{MARK} Civic Offices, room 2"
    panel_meeting.arrange(db, review.id, keys, on=on, time="14:00", is_online=online, place=place)
    panel_meeting.write_summary(
        db, review.id, keys, f"{MARK} For five months a group has met in the stairwell at night. Doors are kicked in."
    )
    chair, aside = random_id(), random_id()
    landlord = Account(staff["harriet"].id, staff["harriet"].member_id)
    for row_id, name, agency, role, account in (
        (chair, f"{MARK} Petra Vale", "police", "Inspector", None),
        (random_id(), staff["harriet"].display_name, "housing", "Housing officer", landlord),
        (aside, f"{MARK} Colin Reed", "council", "Officer for noise", None),
    ):
        panel_members.add_member(db, review.id, keys, name=name, agency=agency, role=role, account=account, once=row_id)
        db.flush()
    panel_members.name_chair(db, review.id, chair)
    why = f"{MARK} He decided on the first complaint."
    panel_members.step_aside(db, review.id, keys, aside, why=why, by=WHO)
    panel_meeting.invite(db, review.id)
    return keys


def _wait(db: Session, held: Keyring, staff: dict[str, StaffMember], review: CaseReview) -> None:
    _convene(db, held, staff, review, today() + timedelta(days=9), online=False)


def _tell(db: Session, held: Keyring, staff: dict[str, StaffMember], review: CaseReview) -> None:
    met = today() - timedelta(days=40)
    keys = _convene(db, held, staff, review, met, online=True)
    needs = f"{MARK} An interpreter for Polish"
    panel_meeting.answer_invitation(db, review.id, keys, Attendance.ONLINE, with_supporter=True, needs=needs)
    words = f"{MARK} I have phoned eleven times. Nobody has ever come to look."
    panel_statements.add_statement(db, review.id, keys, words, "en", random_id())
    members = panel_members.members_of(review.id, keys)
    panel_meeting.hold(db, review.id, {one.id for one in members if one.sits})
    soon, over = today() + timedelta(days=12), today() - timedelta(days=3)
    amina, outside = staff["amina"], Owner(None, f"{MARK} Joe Moss")
    ids = [random_id() for _each in range(3)]
    for row_id, text, body, owner, due_on in (
        (ids[0], "Fit a door that closes by itself.", "housing", Owner(amina.id, amina.display_name), over),
        (ids[1], "Walk through the stairwell every Friday night.", "police", outside, soon),
        (ids[2], "Phone the person who applied every two weeks.", "council", Owner(amina.id, amina.display_name), over),
    ):
        panel_recommendations.add_recommendation(
            db, review.id, keys, text=f"{MARK} {text}", body=body, owner=owner, due_on=due_on, once=row_id
        )
        db.flush()
        panel_recommendations.note_acceptance(db, review.id, keys, row_id, Acceptance.ACCEPTED, "")
    done = f"{MARK} The new door is in."
    panel_recommendations.settle(db, review.id, keys, ids[0], Progress.DONE, done)
    minutes = f"{MARK} All were there but one. Each body said what it had done, and what it had not."
    panel_minutes.write_minutes(db, review.id, keys, text=minutes, by=WHO, seen=panel_minutes.NEW)
    db.flush()
    newest = panel_minutes.minutes_of(review.id, keys)[0]
    panel_minutes.agree_minutes(db, review.id, keys, by=WHO, seen=newest.seen)
    outcome = f"{MARK} You were right to ask. We did too little. This is what is done now."
    panel_meeting.tell_outcome(db, review.id, keys, text=outcome, language="en", by=WHO)
    panel = db.get_one(Panel, review.id)
    panel.invited_on, panel.answered_on, panel.told_on = (met - timedelta(days=days) for days in (14, 10, -2))
