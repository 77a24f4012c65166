"""A month of the calendar day by day: every time at which something takes place, or would have."""

from __future__ import annotations

from calendar import Calendar
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from portal.db import session, today
from portal.events.filters import Wanted
from portal.events.finding import Found, choose, read_listed
from portal.events.listing import PUBLIC, events_in_order
from portal.events.models import Event, EventState, EventWords, Occurrence
from portal.events.services import words_of
from portal.events.times import local

# More on one day is one link to the list of that day.
MAX_TITLES = 3
A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class OnDay:
    """One time of an event, as it stands in a month; in one language."""

    event: Event
    words: EventWords
    occurrence: Occurrence

    @property
    def is_cancelled(self) -> bool:
        return self.occurrence.is_cancelled or self.event.state is EventState.CANCELLED


@dataclass(frozen=True)
class Day:
    date: date
    shown: list[OnDay]
    more: int
    """How many further ones the list of that day has."""

    @property
    def is_today(self) -> bool:
        return self.date == today()


@dataclass(frozen=True)
class Month:
    weeks: list[list[Day | None]]
    """From Monday; none: the day is another month's."""
    found: Found
    count: int
    """How many times something takes place, or would have."""


def months_with_events() -> tuple[date, date]:
    """The first day of the earliest and of the last month of the calendar; this month is always in it."""
    this = today().replace(day=1)
    public = select(Occurrence).join(Event).where(Event.state.in_(PUBLIC)).limit(1)
    earliest = session.scalar(public.order_by(Occurrence.starts_at))
    last = session.scalar(public.order_by(Occurrence.ends_at.desc()))
    if earliest is None or last is None:
        return this, this
    return min(this, _month_of(earliest.starts_at)), max(this, _month_of(last.ends_at - A_MOMENT))


def _month_of(at: datetime) -> date:
    return local(at).date().replace(day=1)


def next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def look_at(first: date, wanted: Wanted, language: str) -> Month:
    """The month that begins on this day, with what is wanted of it."""
    wanted = replace(wanted, when=f"{first:%Y-%m}")
    is_then = (Event.state.in_(PUBLIC), Occurrence.ends_at > wanted.since, Occurrence.starts_at < wanted.until)
    found = choose(read_listed(select(Event).join(Occurrence).where(*is_then).group_by(Event.id)), wanted)
    are_found = set(found.ids)
    in_order = select(Occurrence).join(Event).where(*is_then).order_by(Occurrence.starts_at, Event.id)
    times = [one for one in session.scalars(in_order) if one.event_id in are_found]
    by_day: defaultdict[date, list[Occurrence]] = defaultdict(list)
    for one in times:
        for day in _days(one):
            by_day[day].append(one)
    titled = list({one.event_id for on_day in by_day.values() for one in on_day[:MAX_TITLES]})
    events, words = {event.id: event for event in events_in_order(titled)}, words_of(titled)

    def day_of(day: date) -> Day:
        on_day = by_day[day]
        shown = [
            OnDay(events[one.event_id], words[one.event_id].in_(language), one)
            for one in on_day[:MAX_TITLES]
            if one.event_id in events
        ]
        return Day(day, shown, len(on_day) - len(shown))

    weeks = [
        [day_of(day) if day.month == first.month else None for day in week]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]
    return Month(weeks, found, len(times))


def any_week(first: date) -> list[date]:
    """Seven days from a Monday."""
    return Calendar().monthdatescalendar(first.year, first.month)[0]


def _days(one: Occurrence) -> list[date]:
    """Each day on which it is; what ends at midnight is not on the next."""
    begins, ends = local(one.starts_at).date(), local(one.ends_at - A_MOMENT).date()
    return [begins + timedelta(days=number) for number in range(max(0, (ends - begins).days) + 1)]
