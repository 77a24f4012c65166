"""Meetings: their day, who is at the table, who was there, and the agenda of cases."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.db import existing, random_id, session
from portal.marac.models import (
    CaseState,
    MaracAction,
    MaracCase,
    MaracItem,
    MaracKnowledge,
    MaracMeeting,
    MaracMember,
    MaracMinutes,
)
from portal.vault import keyholders, meetings, sealing
from portal.vault.keyholders import Keyring

USUAL_MINUTES = 15
# As pages know them.
Meeting = MaracMeeting
Member = MaracMember


@dataclass(frozen=True)
class Seat:
    """Somebody for the table: their account, what they open with in the vault, and the agency they speak for."""

    staff_id: uuid.UUID
    member_id: uuid.UUID
    agency: str


class Over(Exception):
    """The minutes of this meeting are agreed, or it was cancelled: nothing of it is changed any more."""


class NotPossible(Exception):
    """This cannot be done to this meeting any more, or not by this person."""


def create(
    db: Session,
    held_on: date,
    begins: str,
    chair_id: uuid.UUID,
    coordinator_id: uuid.UUID,
    seats: Collection[Seat],
    held: Keyring,
    once: uuid.UUID,
) -> uuid.UUID:
    """A meeting with its key, inside the caller's transaction; cases whose review is due stand on its agenda.

    The same `once` makes one meeting. Raises VaultError.
    """
    if db.get(MaracMeeting, once) is not None:
        return once
    meetings.open_meeting(db, once, [seat.member_id for seat in seats])
    db.add(MaracMeeting(id=once, held_on=held_on, begins=begins, chair_id=chair_id, coordinator_id=coordinator_id))
    db.flush()
    for seat in seats:
        db.add(MaracMember(meeting_id=once, staff_id=seat.staff_id, agency=seat.agency, was_there=False))
    db.flush()
    take_due(db, once, held_on, held)
    return once


def take_due(db: Session, meeting_id: uuid.UUID, held_on: date, held: Keyring) -> None:
    """Cases whose review is due by the meeting's day stand on its agenda, inside the caller's transaction. Raises Over."""
    due = select(MaracCase).where(MaracCase.state == CaseState.WAITING, MaracCase.review_on <= held_on)
    for case in db.scalars(due.order_by(MaracCase.review_on, MaracCase.id)).all():
        # One that cannot be opened, or that another meeting takes in this moment, does not keep this one from being planned.
        with suppress(NotPossible):
            put_on_agenda(db, meeting_id, case.id, USUAL_MINUTES, held)


def lock_open(db: Session, meeting_id: uuid.UUID) -> MaracMeeting:
    """The meeting while nobody has agreed its minutes or cancelled it. Raises Over, NotThere."""
    meeting = existing(db, MaracMeeting, meeting_id, with_for_update=True)
    if meeting.is_over:
        raise Over
    return meeting


def add_member(db: Session, meeting_id: uuid.UUID, seat: Seat, held: Keyring) -> None:
    """Inside the caller's transaction, by someone who holds the meeting's key. Raises Over, VaultError, NotThere."""
    meetings.admit(db, meeting_id, seat.member_id, held)
    lock_open(db, meeting_id)
    row = db.get(MaracMember, (meeting_id, seat.staff_id))
    if row is None:
        db.add(MaracMember(meeting_id=meeting_id, staff_id=seat.staff_id, agency=seat.agency, was_there=False))


def remove_member(db: Session, meeting_id: uuid.UUID, seat: Seat, held: Keyring) -> None:
    """They open nothing of it any more and its key is another. Raises Over, NotPossible, VaultError, NotThere.

    The chair and the coordinator stay: the minutes could not be agreed, and nobody could hand the key on.
    """
    meetings.dismiss(db, meeting_id, seat.member_id, held)
    meeting = lock_open(db, meeting_id)
    if seat.staff_id in (meeting.chair_id, meeting.coordinator_id):
        raise NotPossible
    if meeting.deputy_id == seat.staff_id:
        meeting.deputy_id = None
    their_seat = MaracMember.meeting_id == meeting_id, MaracMember.staff_id == seat.staff_id
    db.execute(delete(MaracMember).where(*their_seat))


def set_present(
    db: Session, meeting_id: uuid.UUID, present: Collection[uuid.UUID], deputy_id: uuid.UUID | None
) -> None:
    """Who was there, and who agrees in the chair's stead. Raises Over, NotPossible where the deputy was not there."""
    meeting = lock_open(db, meeting_id)
    seats = db.scalars(select(MaracMember).where(MaracMember.meeting_id == meeting_id)).all()
    for seat in seats:
        seat.was_there = seat.staff_id in present
    if deputy_id is not None and deputy_id not in {seat.staff_id for seat in seats if seat.was_there}:
        raise NotPossible
    meeting.deputy_id = deputy_id


def put_on_agenda(db: Session, meeting_id: uuid.UUID, case_id: uuid.UUID, minutes: int, held: Keyring) -> None:
    """A case that waits, by a coordinator, inside the caller's transaction. Raises Over, NotPossible, NotThere.

    What agencies said of it for a meeting that was cancelled comes with it.
    """
    lock_open(db, meeting_id)
    case = existing(db, MaracCase, case_id, with_for_update=True)
    key = keyholders.content_keys(held, [case_id]).get(case_id)
    if case.state is not CaseState.WAITING or key is None:
        raise NotPossible
    meetings.share(db, case_id, key, meeting_id)
    position = next_place(db, meeting_id)
    item, its_key = _left_by_cancelled(db, case_id, held)
    if item is None:
        item = MaracItem(id=random_id(), case_id=case_id, is_heard=False, risk_before=case.risk_before, risk_after="")
        db.add(item)
    else:
        keyholders.drop_grants(db, [item.id])
    item.meeting_id, item.position, item.minutes = meeting_id, position, minutes
    keyholders.grant(db, item.id, its_key, [meetings.team_of(meeting_id)])
    case.state = CaseState.ON_AGENDA
    db.flush()


def next_place(db: Session, meeting_id: uuid.UUID) -> int:
    """The place after the last on its agenda."""
    return 1 + (db.scalar(select(func.max(MaracItem.position)).where(MaracItem.meeting_id == meeting_id)) or 0)


def _left_by_cancelled(db: Session, case_id: uuid.UUID, held: Keyring) -> tuple[MaracItem | None, bytes]:
    """What a cancelled meeting left of the case, with its key; else nothing, with a new one."""
    left = select(MaracItem).join(MaracMeeting, MaracMeeting.id == MaracItem.meeting_id)
    left = left.where(MaracItem.case_id == case_id, MaracMeeting.cancelled_on.is_not(None))
    for item in db.scalars(left):
        if (key := keyholders.content_keys(held, [item.id]).get(item.id)) is not None:
            return item, key
    return None, sealing.new_key()


def order_agenda(db: Session, meeting_id: uuid.UUID, places: Mapping[uuid.UUID, tuple[int, int]]) -> None:
    """Each item's place and its minutes, inside the caller's transaction; equal places keep their order. Raises Over."""
    lock_open(db, meeting_id)
    items = agenda(meeting_id)
    items.sort(key=lambda item: (places.get(item.id, (item.position, 0))[0], item.position))
    for position, item in enumerate(items, 1):
        item.position = position
        if item.id in places:
            item.minutes = places[item.id][1]


def take_off(db: Session, item_id: uuid.UUID) -> None:
    """A case nobody has written about waits again, inside the caller's transaction. Raises Over, NotPossible, NotThere."""
    item = existing(db, MaracItem, item_id)
    lock_open(db, item.meeting_id)
    tables = (MaracKnowledge, MaracMinutes, MaracAction)
    if any(db.scalar(select(func.count()).where(table.item_id == item_id)) for table in tables):
        raise NotPossible
    meetings.unshare(db, item.case_id, item.meeting_id)
    keyholders.drop_grants(db, [item_id])
    existing(db, MaracCase, item.case_id, with_for_update=True).state = CaseState.WAITING
    db.delete(item)


def find_meeting(meeting_id: uuid.UUID) -> MaracMeeting | None:
    return session.get(MaracMeeting, meeting_id)


def seats_of(meeting_id: uuid.UUID) -> list[MaracMember]:
    return list(session.scalars(select(MaracMember).where(MaracMember.meeting_id == meeting_id)))


def agenda(meeting_id: uuid.UUID) -> list[MaracItem]:
    """In its order."""
    items = select(MaracItem).where(MaracItem.meeting_id == meeting_id)
    return list(session.scalars(items.order_by(MaracItem.position, MaracItem.id)))


def case_rows(case_ids: Collection[uuid.UUID]) -> list[MaracCase]:
    return list(session.scalars(select(MaracCase).where(MaracCase.id.in_(list(case_ids)))))


def meetings_seen(staff_id: uuid.UUID, *, is_coordinator: bool) -> list[MaracMeeting]:
    """Those at whose table someone sits; of a coordinator all. The newest first."""
    found = select(MaracMeeting).order_by(MaracMeeting.held_on.desc(), MaracMeeting.id)
    if not is_coordinator:
        theirs = select(MaracMember.meeting_id).where(MaracMember.staff_id == staff_id)
        found = found.where(MaracMeeting.id.in_(theirs))
    return list(session.scalars(found))


def coming_meetings() -> list[MaracMeeting]:
    """Those whose minutes nobody has agreed and that nobody cancelled, the earliest first."""
    found = select(MaracMeeting).where(MaracMeeting.agreed_on.is_(None), MaracMeeting.cancelled_on.is_(None))
    return list(session.scalars(found.order_by(MaracMeeting.held_on, MaracMeeting.id)))


def opens(meeting: MaracMeeting, staff_id: uuid.UUID, held: Keyring) -> bool:
    """Whether someone opens its cases now: at the table while it is open, as a coordinator once it is over."""
    if meeting.is_over:
        return meetings.opens_record(held)
    theirs = {keyholder.id for keyholder in keyholders.keyholders_of(session, meetings.team_of(meeting.id))}
    return session.get(MaracMember, (meeting.id, staff_id)) is not None and bool(theirs & held.keys.keys())
