"""A meeting that is planned is moved to another day or cancelled, with a reason; its cases are never lost with it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import session, today
from portal.marac.models import (
    CaseState,
    ChangeReason,
    MaracAction,
    MaracCase,
    MaracItem,
    MaracKnowledge,
    MaracMeeting,
    MaracMeetingChange,
    MaracMember,
    MaracMinutes,
)
from portal.marac.tables import NotPossible, Over, agenda, lock_open, next_place, take_due
from portal.vault import keyholders, meetings
from portal.vault.keyholders import Keyring, VaultError

# As pages know it.
Change = MaracMeetingChange


class HasBegun(Exception):
    """It has minutes or actions, so it took place: it can be moved and goes on, and is not cancelled."""


class Moved(Exception):
    """Somebody else moved it in the meantime: what is wanted now was thought of for another day."""


def planned_for(meeting: MaracMeeting) -> str:
    """The day and time that a page shows of it, as the page sends them back."""
    return f"{meeting.held_on} {meeting.begins}"


def move(
    db: Session,
    meeting_id: uuid.UUID,
    to: tuple[date, str],
    reason: ChangeReason,
    by: uuid.UUID,
    held: Keyring,
    seen: str,
) -> bool:
    """To another day or time, inside the caller's transaction; its table, its agenda and its key stay. Whether it was on another one.

    Whoever was there on the day before may be missing on the next, so that is asked again. The same change by the same
    person is made once. `seen` is for when they saw it planned. Raises Over, NotPossible where it is then already, Moved,
    NotThere.
    """
    meeting = lock_open(db, meeting_id)
    if (meeting.held_on, meeting.begins) == to:
        last = db.get(MaracMeetingChange, (meeting_id, _last_number(db, meeting_id)))
        if last is None or (last.reason, last.changed_by, last.changed_on) != (reason, by, today()):
            raise NotPossible
        return False
    _must_be_as_seen(meeting, seen)
    _note(db, meeting, reason, by)
    meeting.held_on, meeting.begins = to
    meeting.deputy_id = None
    for seat in db.scalars(select(MaracMember).where(MaracMember.meeting_id == meeting_id)):
        seat.was_there = False
    db.flush()
    take_due(db, meeting_id, to[0], held)
    return True


def cancel(
    db: Session,
    meeting_id: uuid.UUID,
    reason: ChangeReason,
    by: uuid.UUID,
    held: Keyring,
    seen: str,
    to: uuid.UUID | None = None,
) -> None:
    """Its cases go to the meeting `to`, or wait again, inside the caller's transaction; its key is deleted.

    What agencies have said goes with the case: sealed to the key of that meeting, else to the coordinators until another
    meeting takes the case. `seen` is for when they saw it planned. Raises HasBegun, Over, Moved, NotPossible where the meeting
    `to` takes none any more, VaultError where something could not be opened, NotThere.
    """
    keyholders.lock_vault(db)
    meeting = lock_open(db, meeting_id)
    _must_be_as_seen(meeting, seen)
    if to is not None:
        _lock_other(db, to, meeting_id)
    on_it = select(MaracItem.case_id).where(MaracItem.meeting_id == meeting_id)
    # Held still in the order in which a report that is deleted just now holds them: first the case, then what stands on agendas.
    cases = db.scalars(select(MaracCase).where(MaracCase.id.in_(on_it)).order_by(MaracCase.id).with_for_update()).all()
    items = agenda(meeting_id)
    if has_begun(items):
        raise HasBegun
    if to is not None:
        _hand_to(db, items, to, held)
        meetings.delete_key(db, meeting_id)
    else:
        _let_wait(db, items, cases, meeting_id, held)
    _note(db, meeting, reason, by)
    meeting.cancelled_on = today()


def _must_be_as_seen(meeting: MaracMeeting, seen: str) -> None:
    if planned_for(meeting) != seen:
        raise Moved


def _lock_other(db: Session, to: uuid.UUID, meeting_id: uuid.UUID) -> None:
    try:
        lock_open(db, to)
    except Over as over:
        raise NotPossible from over
    if to == meeting_id:
        raise NotPossible


def has_begun(items: list[MaracItem]) -> bool:
    """Whether one of them has minutes, or something is to be done about it."""
    return bool(_written(items, MaracMinutes) or _written(items, MaracAction))


def changes_of(meeting_id: uuid.UUID) -> list[Change]:
    """The oldest first."""
    theirs = select(MaracMeetingChange).where(MaracMeetingChange.meeting_id == meeting_id)
    return list(session.scalars(theirs.order_by(MaracMeetingChange.number)))


def moved_among(meeting_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these meetings that are on another day than they were first planned for, or are cancelled."""
    changed = select(MaracMeetingChange.meeting_id).where(MaracMeetingChange.meeting_id.in_(list(meeting_ids)))
    return set(session.scalars(changed))


def _hand_to(db: Session, items: list[MaracItem], to: uuid.UUID, held: Keyring) -> None:
    wanted = {item.id for item in items} | {item.case_id for item in items}
    keys = keyholders.content_keys(held, wanted)
    if keys.keys() != wanted:
        raise VaultError("Some of what was written for this meeting cannot be opened.")
    place = next_place(db, to)
    for position, item in enumerate(items, place):
        meetings.share(db, item.id, keys[item.id], to)
        meetings.share(db, item.case_id, keys[item.case_id], to)
        item.meeting_id, item.position = to, position
    db.flush()


def _let_wait(
    db: Session, items: list[MaracItem], cases: Collection[MaracCase], meeting_id: uuid.UUID, held: Keyring
) -> None:
    said = _written(items, MaracKnowledge)
    bare = [item for item in items if item.id not in said]
    keyholders.drop_grants(db, [item.id for item in bare])
    for item in bare:
        db.delete(item)
    db.flush()
    meetings.end_meeting(db, meeting_id, {case.id for case in cases} | said, held)
    for case in cases:
        # The next meeting that is planned takes it.
        case.state, case.review_on = CaseState.WAITING, today()


def _written(items: list[MaracItem], table: type[MaracKnowledge | MaracMinutes | MaracAction]) -> set[uuid.UUID]:
    """Those of which something stands in this table."""
    return set(session.scalars(select(table.item_id).where(table.item_id.in_([item.id for item in items]))))


def _note(db: Session, meeting: MaracMeeting, reason: ChangeReason, by: uuid.UUID) -> None:
    db.add(
        MaracMeetingChange(
            meeting_id=meeting.id,
            number=_last_number(db, meeting.id) + 1,
            was_on=meeting.held_on,
            was_at=meeting.begins,
            reason=reason,
            changed_on=today(),
            changed_by=by,
        )
    )


def _last_number(db: Session, meeting_id: uuid.UUID) -> int:
    theirs = select(func.max(MaracMeetingChange.number)).where(MaracMeetingChange.meeting_id == meeting_id)
    return db.scalar(theirs) or 0
