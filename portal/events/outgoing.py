"""Which events leave the calendar: those that feeds keep, those of a month on paper, those shown on another site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select

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
    found = _found(wanted, since)
    return Kept(shown_events(found[:MAX_FEED_EVENTS], language), len(found) > MAX_FEED_EVENTS)


def embedded_events(wanted: Wanted, language: str) -> Kept:
    """What is to come, the next first."""
    shown = [one for one in shown_events(_found(wanted, utcnow()), language) if not one.is_over]
    shown.sort(key=lambda one: (one.next.starts_at, str(one.event.id)))
    return Kept(shown[:MAX_EMBEDDED], len(shown) > MAX_EMBEDDED)


def times_in(wanted: Wanted, language: str) -> Times:
    """Every time in the month that is looked for; of this month what is over by today is left out."""
    since, until = wanted.since, wanted.until
    if until is None or until > utcnow():
        since = max(since, midnight(today()))
    dates = sorted(
        (
            (one, shown)
            for shown in shown_events(_found(wanted, since), language)
            for one in shown.occurrences
            if one.ends_at > since and (until is None or one.starts_at < until)
        ),
        key=lambda pair: (pair[0].starts_at, str(pair[1].event.id)),
    )
    return Times(dates[:MAX_ON_PAPER], len(dates) > MAX_ON_PAPER)


def _found(wanted: Wanted, since: datetime) -> list[Event]:
    is_then = exists().where(Occurrence.event_id == Event.id, Occurrence.ends_at > since)
    if wanted.until is not None:
        is_then = is_then.where(Occurrence.starts_at < wanted.until)
    there = select(Event).where(Event.state.in_(PUBLIC), is_then).order_by(Event.starts_at, Event.id)
    if at_any_time(wanted) == Wanted():
        return list(session.scalars(there))
    return events_in_order(choose(read_listed(there), wanted).ids)
