"""Which events leave the calendar: those that feeds keep, those of a month on paper, those shown on another site."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import exists, func, select

from portal.db import session, today, utcnow
from portal.events.filters import Wanted, at_any_time, first_day
from portal.events.finding import choose, read_listed
from portal.events.listing import PUBLIC, ShownEvent, events_in_order, shown_events
from portal.events.models import Event, Occurrence
from portal.events.times import midnight

# A calendar asks again for weeks before it drops an event: long enough to be told that it was cancelled.
KEPT_IN_FEEDS = timedelta(days=30)
MAX_FEED_EVENTS = 1000
# Two sheets of A4, printed on both sides.
MAX_ON_PAPER = 120
# Another site's page gives it a small frame.
MAX_EMBEDDED = 30


@dataclass(frozen=True)
class Kept:
    """The events that someone looks for, in the order in which they first begin."""

    events: list[ShownEvent]
    is_cut: bool
    """There are more than are given out."""


@dataclass(frozen=True)
class Times:
    """The times of a month, in order, each with its event."""

    dates: list[tuple[Occurrence, ShownEvent]]
    is_cut: bool
    """There are more than the paper holds."""


def kept_events(wanted: Wanted, language: str) -> Kept:
    """What someone looks for, and for some weeks what is over or was cancelled."""
    since = wanted.since if first_day(wanted.when) else midnight(today() - KEPT_IN_FEEDS)
    found = _found(wanted, since, by_next=False)
    return Kept(_shown(found[:MAX_FEED_EVENTS], language), len(found) > MAX_FEED_EVENTS)


def embedded_events(wanted: Wanted, language: str) -> Kept:
    """What is to come, the next first."""
    found = _found(wanted, utcnow(), by_next=True)
    # One may have ended while it was read.
    shown = [one for one in _shown(found[:MAX_EMBEDDED], language) if not one.is_over]
    return Kept(shown, len(found) > MAX_EMBEDDED)


def times_in(wanted: Wanted, language: str) -> Times:
    """Every time in the month that is looked for; of this month what is over by today is left out."""
    since, until = wanted.since, wanted.until
    if until is None or until > utcnow():
        since = max(since, midnight(today()))
    found = set(_found(wanted, since, by_next=False))
    in_order = select(Occurrence).join(Event).where(Event.state.in_(PUBLIC), Occurrence.ends_at > since)
    if until is not None:
        in_order = in_order.where(Occurrence.starts_at < until)
    rows = session.scalars(in_order.order_by(Occurrence.starts_at, Event.id))
    times = list(islice((one for one in rows if one.event_id in found), MAX_ON_PAPER + 1))
    events = {one.event.id: one for one in _shown({one.event_id for one in times}, language)}
    dates = [(one, events[one.event_id]) for one in times[:MAX_ON_PAPER] if one.event_id in events]
    return Times(dates, len(times) > MAX_ON_PAPER)


def _shown(ids: Iterable[uuid.UUID], language: str) -> list[ShownEvent]:
    return shown_events(events_in_order(list(ids)), language)


def _found(wanted: Wanted, since: datetime, *, by_next: bool) -> list[uuid.UUID]:
    """In the order of what begins first from then on, or of what began first of all.

    Only ids: of thousands of events a few are given out, and only those are read whole.
    """
    there = select(Event).where(Event.state.in_(PUBLIC))
    is_then = [Occurrence.ends_at > since]
    if wanted.until is not None:
        is_then.append(Occurrence.starts_at < wanted.until)
    if by_next:
        # What still is, or comes next, whether or not it begins before the end of what is looked for.
        begins = select(func.min(Occurrence.starts_at)).where(
            Occurrence.event_id == Event.id, Occurrence.ends_at > since
        )
        order: Any = begins.correlate(Event).scalar_subquery()
    else:
        order = Event.starts_at
    there = there.where(exists().where(Occurrence.event_id == Event.id, *is_then)).order_by(order, Event.id)
    if at_any_time(wanted) == Wanted():
        return list(session.scalars(there.with_only_columns(Event.id)))
    return choose(read_listed(there), wanted).ids
