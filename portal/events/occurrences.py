"""Each time at which an event is: as its rule spreads them, without rewriting those that are over."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Set
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.db import session, utcnow
from portal.events.afterwards_models import EventOutcome
from portal.events.models import Event, Occurrence
from portal.events.recurrence import moments
from portal.events.times import local

# Events that one question to the database names at most, and as many as a feed gives out.
AT_ONCE = 1000


def at_a_time(ids: Iterable[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    """So many as one question to the database may name: it refuses tens of thousands."""
    named = list(ids)
    return (named[first : first + AT_ONCE] for first in range(0, len(named), AT_ONCE))


def occurrences_of(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Occurrence]]:
    """Every time of these events, in order, in one question for as many as a page shows."""
    found: dict[uuid.UUID, list[Occurrence]] = {}
    for some in at_a_time(ids):
        asked = select(Occurrence).where(Occurrence.event_id.in_(some))
        for one in session.scalars(asked.order_by(Occurrence.starts_at)):
            found.setdefault(one.event_id, []).append(one)
    return found


def of_the_rule(event: Event, occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """The dates that the event's rule gives, without a gap to its end; those before may be of an earlier rule."""
    planned = {one.planned_at: one for one in occurrences}
    found: list[Occurrence] = []
    for start, _end in reversed(moments(event.rule, event.last_date, event.starts_at, event.ends_at)):
        if start not in planned:
            break
        found.insert(0, planned[start])
    return found


def spread(db: Session, event: Event, *, is_running: bool = False) -> None:
    """Store each time at which the event is.

    Of one that is running, what is over stays as it was. A day that was cancelled stays so, at whatever time it would
    be now; one that was moved stays where it is, unless the rule now gives that day to another.
    """
    before = {one.planned_on: one for one in db.scalars(select(Occurrence).where(Occurrence.event_id == event.id))}
    over = {day for day, one in before.items() if is_running and one.ends_at < utcnow()}
    planned = {
        local(start).date(): (start, end)
        for start, end in moments(event.rule, event.last_date, event.starts_at, event.ends_at)
    }
    if over:
        is_ahead = {day for day, (_start, end) in planned.items() if end >= utcnow()} | before.keys()
        planned = {day: times for day, times in planned.items() if day in is_ahead - over}
    gone = before.keys() - planned.keys() - over
    for day in gone:
        db.delete(before[day])
    _take_outcomes_along(db, event, gone, planned.keys() - before.keys())
    for day, (start, end) in planned.items():
        if day not in before:
            db.add(Occurrence(event_id=event.id, planned_on=day, starts_at=start, ends_at=end))
            continue
        one = before[day]
        if not event.rule and not is_running:
            one.is_cancelled, one.moved_from, one.venue, one.address = False, None, "", ""
        now_on = local(one.starts_at).date()
        if one.moved_from is not None and (now_on == day or now_on not in planned.keys() | over):
            one.moved_from = start
            continue
        if one.moved_from is not None:
            one.venue, one.address = "", ""
        one.starts_at, one.ends_at, one.moved_from = start, end, None


def _take_outcomes_along(db: Session, event: Event, gone: Set[date], new: Set[date]) -> None:
    """Whoever mends the day of an event that is over does not lose what came of it."""
    if len(gone) == 1 and new:
        of_the_day = EventOutcome.planned_on == min(gone)
        db.execute(
            update(EventOutcome).where(EventOutcome.event_id == event.id, of_the_day).values(planned_on=min(new))
        )
