"""The chair agrees the minutes: the meeting's key is deleted, its record stays with the coordinators, and cases go on."""

from __future__ import annotations

import enum
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import today
from portal.marac.models import CaseState, MaracAction, MaracItem, MaracMeeting
from portal.marac.tables import agenda, case_rows, lock_open, seats_of
from portal.partnership.file import current_partnership
from portal.vault import keyholders, meetings
from portal.vault.keyholders import Keyring


class NotYet(enum.StrEnum):
    """Why the minutes cannot be agreed."""

    NO_CHAIR = "no_chair"
    """The chair was not there, and no deputy is named."""
    NOT_YOURS = "not_yours"
    """Another one agrees them."""
    NO_QUORUM = "no_quorum"
    NOT_OVER = "not_over"
    """The day of the meeting is still to come."""
    NOTHING_HEARD = "nothing_heard"


class CannotAgree(Exception):
    def __init__(self, why: NotYet) -> None:
        super().__init__(why.value)
        self.why = why


def who_agrees(meeting: MaracMeeting, working: set[uuid.UUID]) -> uuid.UUID | None:
    """The chair, where they were there and still work here; else the deputy, likewise; None where nobody is named."""
    there = {seat.staff_id for seat in seats_of(meeting.id) if seat.was_there} & working
    return next((one for one in (meeting.chair_id, meeting.deputy_id) if one in there), None)


def not_yet(meeting: MaracMeeting, staff_id: uuid.UUID, working: set[uuid.UUID]) -> NotYet | None:
    """What stands in the way of this person's agreeing the minutes now; `working` are who still sits at such tables."""
    if meeting.held_on > today():
        return NotYet.NOT_OVER
    its_voice = who_agrees(meeting, working)
    if its_voice is None:
        return NotYet.NO_CHAIR
    if its_voice != staff_id:
        return NotYet.NOT_YOURS
    present = {seat.agency for seat in seats_of(meeting.id) if seat.was_there}
    if len(present) < current_partnership().marac.quorum:
        return NotYet.NO_QUORUM
    return None if any(item.is_heard for item in agenda(meeting.id)) else NotYet.NOTHING_HEARD


def agree(db: Session, meeting_id: uuid.UUID, staff_id: uuid.UUID, held: Keyring, working: set[uuid.UUID]) -> None:
    """Inside the caller's transaction: from now on only the coordinators open what was said, for the record.

    A case that was not heard, or is to be looked at again, waits for another meeting. Raises Over, CannotAgree,
    VaultError where something could not be opened, NotThere.
    """
    keyholders.lock_vault(db)
    meeting = lock_open(db, meeting_id)
    if (why := not_yet(meeting, staff_id, working)) is not None:
        raise CannotAgree(why)
    items = agenda(meeting_id)
    contents = {item.id for item in items} | {item.case_id for item in items} | _actions(db, items)
    meetings.end_meeting(db, meeting_id, contents, held)
    cases = {case.id: case for case in case_rows([item.case_id for item in items])}
    for item in items:
        case = cases[item.case_id]
        case.state = CaseState.HEARD if item.is_heard and item.review_on is None else CaseState.WAITING
        case.review_on = item.review_on if item.is_heard else meeting.held_on
        case.risk_before = item.risk_after or case.risk_before
    meeting.agreed_on, meeting.agreed_by = today(), staff_id


def _actions(db: Session, items: list[MaracItem]) -> set[uuid.UUID]:
    return set(db.scalars(select(MaracAction.id).where(MaracAction.item_id.in_([item.id for item in items]))))
