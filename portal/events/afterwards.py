"""After a date of an event: staff or its group say how many came and what came of it.

A group's words lie sealed, as its proposal does, until an editor lets them through. Whoever writes second is told.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import secrets
from portal.db import existing, session, today, utcnow
from portal.events.afterwards_models import EventOutcome
from portal.events.models import Event, EventState, Occurrence
from portal.events.occurrences import occurrences_of
from portal.events.services import ChangedMeanwhile
from portal.small_counts import is_small, rounded
from portal.vault import sealing
from portal.web import caching

OUTCOME = "event.outcome/1"
PAD = 2048
MAX_TEXT = 400


class NotYet(Exception):
    """The date is not over: nobody knows what came of it."""


class DidNotTakePlace(Exception):
    """The date was called off, or its event was never public."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What somebody says of a date; `came` None: they do not say."""

    came: int | None
    is_about: bool
    text: str
    language: str


class Stand(enum.Enum):
    """How far a date is."""

    NOT_YET = "not_yet"
    CALLED_OFF = "called_off"
    HELD = "held"


def stand_of(event: Event, occurrences: Iterable[Occurrence], one: Occurrence) -> Stand:
    """Whoever cancels an event that comes again does not undo the dates that were over."""
    comes_again = any(other.planned_on != one.planned_on for other in occurrences)
    was_over = comes_again and one.ends_at < event.changed_at
    if one.is_cancelled or event.state is EventState.DRAFT or (event.state is EventState.CANCELLED and not was_over):
        return Stand.CALLED_OFF
    return Stand.HELD if one.ends_at < utcnow() else Stand.NOT_YET


def held_dates(event: Event, occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """The newest first."""
    there = list(occurrences)
    return [one for one in reversed(there) if stand_of(event, there, one) is Stand.HELD]


def outcomes_of(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[date, EventOutcome]]:
    """What is known of these events' dates, in one question."""
    found: dict[uuid.UUID, dict[date, EventOutcome]] = {}
    for row in session.scalars(select(EventOutcome).where(EventOutcome.event_id.in_(list(ids)))):
        found.setdefault(row.event_id, {})[row.planned_on] = row
    return found


def stored(row: EventOutcome | None) -> Told | None:
    """What an editor wrote or let through."""
    if row is None or (row.came is None and not row.text):
        return None
    return Told(came=row.came, is_about=row.is_about, text=row.text, language=row.language)


def from_group(row: EventOutcome | None) -> Told | None:
    """What the group told and no editor has looked at."""
    if row is None or row.sealed is None:
        return None
    said = sealing.unseal(row.sealed, _key(row.event_id), OUTCOME, row.event_id)
    return Told(came=said["came"], is_about=said["is_about"], text=said["text"], language=said["language"])


def _key(event_id: uuid.UUID) -> bytes:
    return sealing.derive(secrets().pepper, "event outcome", event_id.bytes)


def number_for_all(row: EventOutcome) -> int | None:
    """How many came as everyone may read it: to the nearest 5, and not of fewer than ten."""
    return None if row.came is None or is_small(row.came) else rounded(row.came)


def record(db: Session, event_id: uuid.UUID, planned_on: date, seen: int, told: Told, *, is_public: bool) -> bool:
    """An editor's word on it, with which what the group told is looked at; False where just that is stored.

    Raises ChangedMeanwhile, NotYet, DidNotTakePlace.
    """
    row = _locked(db, event_id, planned_on)
    if row.sealed is None and stored(row) == told and row.is_public == is_public:
        return False  # the same page sent twice
    if row.sequence != seen:
        raise ChangedMeanwhile
    row.came, row.is_about, row.text, row.language = told.came, told.is_about, told.text, told.language
    row.is_public, row.sealed = is_public, None
    _changed(row)
    caching.publish(db)
    return True


def leave_out(db: Session, event_id: uuid.UUID, planned_on: date, seen: int) -> bool:
    """What the group told is deleted unused; False where nothing waits. Raises as `record`."""
    row = _locked(db, event_id, planned_on)
    if row.sealed is None:
        return False
    if row.sequence != seen:
        raise ChangedMeanwhile
    row.sealed = None
    _changed(row)
    return True


def tell(db: Session, event_id: uuid.UUID, planned_on: date, seen: int, told: Told) -> bool:
    """The group's word on it, which waits for an editor; False where just that waits. Raises as `record`."""
    row = _locked(db, event_id, planned_on)
    if from_group(row) == told:
        return False
    if row.sequence != seen:
        raise ChangedMeanwhile
    row.sealed = sealing.seal(asdict(told), _key(event_id), event_id, OUTCOME, event_id, PAD)
    _changed(row)
    return True


def _changed(row: EventOutcome) -> None:
    row.sequence += 1
    row.changed_on = today()


def _locked(db: Session, event_id: uuid.UUID, planned_on: date) -> EventOutcome:
    """The row of a date that was held, made where there is none, with everyone else who writes it put in line."""
    event = existing(db, Event, event_id, with_for_update=True)
    there = occurrences_of([event_id]).get(event_id, [])
    one = next((one for one in there if one.planned_on == planned_on), None)
    stand = stand_of(event, there, one) if one is not None else Stand.CALLED_OFF
    if stand is Stand.NOT_YET:
        raise NotYet
    if stand is Stand.CALLED_OFF:
        raise DidNotTakePlace
    row = db.get(EventOutcome, (event_id, planned_on), with_for_update=True)
    if row is None:
        row = EventOutcome(
            event_id=event_id, planned_on=planned_on, is_about=False, text="", language="", is_public=False, sequence=0
        )
        db.add(row)
        db.flush()
    return row
