"""One date of an event that comes again: cancelled, moved to another time or place, moved back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.db import utcnow
from portal.events.kept_back import is_told
from portal.events.models import Event, EventState, Occurrence
from portal.events.occurrences import occurrences_of
from portal.events.recurrence import moments_on
from portal.events.services import changed, locked
from portal.events.times import local


class CannotMove(Exception):
    """It is the only date, or cancelled, or over, or of an event that is not public."""


class IsInThePast(Exception):
    """A date is not moved to where nobody can come any more."""


class IsBeforeTheFirst(Exception):
    """No date is moved to before the day on which its event begins."""


class IsOnAnotherDate(Exception):
    """The event has another date on that day, or one that is still on at that time."""


class IsToldToEveryone(Exception):
    """The place is for those who ask, and the event's words say it."""


@dataclass(frozen=True, kw_only=True)
class Moved:
    """When and where one date is; venue and address are empty where they are the event's."""

    starts_at: datetime
    ends_at: datetime
    venue: str = ""
    address: str = ""


def cancel_occurrence(db: Session, event_id: uuid.UUID, planned_on: date) -> bool:
    """One time of a public event does not take place; False where it is so already, is over or is the only one.

    Raises IsCancelled.
    """
    event = locked(db, event_id)
    one = _one_to_come(event, planned_on)
    if one is None:
        return False
    one.is_cancelled = True
    changed(db, event)
    return True


def move_occurrence(db: Session, event_id: uuid.UUID, seen: int, planned_on: date, to: Moved) -> bool:
    """Have one date at another time or place; False where it is so already.

    Raises ChangedMeanwhile, IsCancelled, CannotMove, IsInThePast, IsBeforeTheFirst, IsOnAnotherDate,
    IsToldToEveryone.
    """
    event = locked(db, event_id, seen)
    one = _one_to_come(event, planned_on)
    if one is None:
        raise CannotMove
    if to == Moved(starts_at=one.starts_at, ends_at=one.ends_at, venue=one.venue, address=one.address):
        return False
    _check(event, one, to)
    start, end = planned(event, planned_on)
    one.moved_from = None if (to.starts_at, to.ends_at) == (start, end) else start
    one.starts_at, one.ends_at, one.venue, one.address = to.starts_at, to.ends_at, to.venue, to.address
    changed(db, event)
    return True


def move_occurrence_back(db: Session, event_id: uuid.UUID, seen: int, planned_on: date) -> bool:
    """Have one date when and where its rule has it; False where it is so. Raises as `move_occurrence`."""
    start, end = planned(locked(db, event_id, seen), planned_on)
    return move_occurrence(db, event_id, seen, planned_on, Moved(starts_at=start, ends_at=end))


def planned(event: Event, planned_on: date) -> tuple[datetime, datetime]:
    """When the rule has the date of this day start and end."""
    return moments_on(planned_on, event.starts_at, event.ends_at)


def may_change(event: Event, one: Occurrence, dates: int) -> bool:
    """Whether this one alone, of so many, can still be cancelled or moved."""
    is_open = not one.is_cancelled and one.ends_at >= utcnow()
    return dates > 1 and is_open and event.state is EventState.PUBLISHED


def _one_to_come(event: Event, planned_on: date) -> Occurrence | None:
    there = occurrences_of([event.id])[event.id]
    return next((one for one in there if one.planned_on == planned_on and may_change(event, one, len(there))), None)


def _check(event: Event, one: Occurrence, to: Moved) -> None:
    if to.starts_at < utcnow() and to.starts_at != one.starts_at:
        raise IsInThePast
    day = local(to.starts_at).date()
    if day < local(event.starts_at).date():
        raise IsBeforeTheFirst
    for other in occurrences_of([event.id])[event.id]:
        is_at_once = to.starts_at < other.ends_at and other.starts_at < to.ends_at
        if other is not one and (is_at_once or day in {local(other.starts_at).date(), other.planned_on}):
            raise IsOnAnotherDate
    if is_told(event, (to.venue, to.address)):
        raise IsToldToEveryone
