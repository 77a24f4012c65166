"""The awareness year beside the calendar: what is coming, which events serve it, and where nothing is planned."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import session, today, utcnow
from portal.events.awareness_models import AwarenessDate
from portal.events.models import Event, EventKind, EventState, Occurrence
from portal.events.services import ChangedMeanwhile, words_of
from portal.events.times import local, midnight
from portal.partnership.awareness import AwarenessDay, Span, current_awareness
from portal.partnership.file import current_partnership
from portal.web import caching

# More times of events than any calendar of this kind has in 18 months; what is beyond is not matched.
MOST_TIMES = 5_000
DAY = timedelta(days=1)
# An event that names an awareness week belongs to it when it is about then, not the year before.
ABOUT_THEN = timedelta(days=31)
GAP = timedelta(days=182)


@dataclass(frozen=True, kw_only=True)
class Coming:
    """One awareness day, week or festival in one year; without a span, its dates are not known yet."""

    day: AwarenessDay
    year: int
    span: Span | None
    number: int = 0
    """Which one in its year: a lunar year may begin twice in ours."""
    confirmed: AwarenessDate | None = None

    @property
    def is_open(self) -> bool:
        """An editor has still to confirm its dates."""
        return self.day.is_confirmed_by_staff and self.confirmed is None

    @property
    def usual_month(self) -> date | None:
        """The first day of the month in which it most often is."""
        months = self.day.rule.numbers
        return date(self.year, months[0], 1) if self.day.rule.is_manual and months else None

    @property
    def begins(self) -> date:
        return self.span[0] if self.span else self.usual_month or date(self.year, 12, 31)

    @property
    def priorities(self) -> list[str]:
        """Those that this partnership has."""
        return [code for code in self.day.priorities if current_partnership().find_priority(code)]

    def is_on(self, first: date, last: date, margin: timedelta = timedelta()) -> bool:
        return self.span is not None and self.span[0] - margin <= last and self.span[1] + margin >= first


def coming(first: date, last: date, priority: str = "") -> list[Coming]:
    """All that touches these days, the earliest first; what has no dates yet stands at its usual month, or at the end."""
    rows = select(AwarenessDate).where(AwarenessDate.year.between(first.year - 1, last.year + 1))
    confirmed = {(row.code, row.year): row for row in session.scalars(rows)}
    found = [
        one
        for day in current_awareness().days
        if not priority or priority in day.priorities
        # What is of a year may begin in the one before, and end in the one after.
        for year in range(first.year - 1, last.year + 2)
        for one in _of_year(day, year, confirmed.get((day.code, year)))
        if _touches(one, first, last)
    ]
    return sorted(found, key=lambda one: (one.begins, one.span[1] if one.span else date.max, one.day.code))


def _of_year(day: AwarenessDay, year: int, row: AwarenessDate | None) -> list[Coming]:
    if row is not None and day.is_confirmed_by_staff:
        return [Coming(day=day, year=year, span=(row.first, row.last), confirmed=row)]
    spans = day.spans(year)
    if not spans and day.rule.is_manual:
        return [Coming(day=day, year=year, span=None)]
    return [Coming(day=day, year=year, span=span, number=number) for number, span in enumerate(spans)]


def _touches(one: Coming, first: date, last: date) -> bool:
    if one.span is not None:
        return one.is_on(first, last)
    month = one.usual_month
    if month is None:
        return first.year <= one.year <= last.year
    return first.replace(day=1) <= month <= last


def public_coming(first: date, last: date, priority: str = "") -> list[Coming]:
    """What the public may rely on: nothing that an editor has still to confirm."""
    return [one for one in coming(first, last, priority) if one.span is not None and not one.is_open]


def on_days(spans: Sequence[Span]) -> list[Coming]:
    """What else is on these days: also the evening before, and a day sooner or later where it may differ by one."""
    if not spans:
        return []
    near = [
        one for one in coming(min(span[0] for span in spans) - DAY, max(span[1] for span in spans) + DAY) if one.span
    ]
    hit = [one for one in near if any(_falls_on(one, *span) for span in spans)]
    return sorted(hit, key=lambda one: (one.day.kind != "festival", one.begins))


def _falls_on(one: Coming, first: date, last: date) -> bool:
    after = DAY if one.day.evening_before else timedelta()
    return one.is_on(first, last + after, DAY if one.day.may_differ else timedelta())


@dataclass(frozen=True)
class PlannedTime:
    """One time of an event that is public or a draft."""

    event_id: uuid.UUID
    is_draft: bool
    priorities: frozenset[str]
    awareness: frozenset[str]
    first: date
    last: date
    title: str = ""
    language: str = ""


def planned_times(first: date, last: date) -> list[PlannedTime]:
    """Every time from the first day to the last, soonest first, in one question and without its words."""
    asked = (
        select(Event.id, Event.state, Event.priorities, Event.awareness, Occurrence.starts_at, Occurrence.ends_at)
        .join(Occurrence)
        .where(*_goes_ahead(), Occurrence.starts_at < midnight(last + DAY), Occurrence.ends_at >= midnight(first))
        .order_by(Occurrence.starts_at, Event.id)
        .limit(MOST_TIMES)
    )
    return [
        PlannedTime(
            row.id,
            row.state is EventState.DRAFT,
            frozenset(row.priorities),
            frozenset(row.awareness),
            local(row.starts_at).date(),
            local(row.ends_at).date(),
        )
        for row in session.execute(asked)
    ]


def _goes_ahead() -> tuple[Any, ...]:
    return Event.state != EventState.CANCELLED, ~Occurrence.is_cancelled


@dataclass(frozen=True)
class Served:
    """What is coming, and the events that serve it: each once, with its first time then."""

    coming: Coming
    events: Sequence[PlannedTime]


def served(found: Iterable[Coming], times: Sequence[PlannedTime], most: int) -> list[Served]:
    """At most so many events each have their titles."""
    matched = [(one, _serving(one, times)) for one in found]
    titles = words_of({time.event_id for _one, events in matched for time in events[:most]})
    return [
        Served(
            one,
            [
                PlannedTime(**vars(time) | {"title": words.original.title, "language": words.original.language})
                if (words := titles.get(time.event_id))
                else time
                for time in events
            ],
        )
        for one, events in matched
    ]


def _serving(one: Coming, times: Sequence[PlannedTime]) -> list[PlannedTime]:
    """Those that name it, and those on its days that serve a priority of its."""
    aims = set(one.day.priorities) if one.day.kind == "awareness" else set()
    first: dict[uuid.UUID, PlannedTime] = {}
    for time in times:
        is_named = one.day.code in time.awareness and (
            one.is_on(time.first, time.last, ABOUT_THEN) if one.span else time.first.year == one.year
        )
        if is_named or (aims & time.priorities and one.is_on(time.first, time.last)):
            first.setdefault(time.event_id, time)
    return list(first.values())


@dataclass
class Count:
    """Events of one priority in the coming half year."""

    code: str
    title: str
    events: set[uuid.UUID] = field(default_factory=set)
    next_on: date | None = None


def by_priority(times: Iterable[PlannedTime], since: date, language: str) -> list[Count]:
    counts = {one.code: Count(one.code, one.title.in_(language)) for one in current_partnership().priorities}
    for time in times:
        for code in time.priorities & counts.keys():
            if time.first <= since + GAP and time.last >= since:
                counts[code].events.add(time.event_id)
                counts[code].next_on = counts[code].next_on or time.first
    return list(counts.values())


def public_meeting(year: int) -> tuple[uuid.UUID, datetime] | None:
    """The one public engagement event that the strategy promises each year: a draft is not yet one."""
    found = session.execute(
        select(Event.id, func.min(Occurrence.starts_at))
        .join(Occurrence)
        .where(
            *_goes_ahead(),
            Event.state == EventState.PUBLISHED,
            Event.kind == EventKind.MEETING,
            Occurrence.starts_at >= midnight(date(year, 1, 1)),
            Occurrence.starts_at < midnight(date(year + 1, 1, 1)),
        )
        .group_by(Event.id)
        .order_by(func.min(Occurrence.starts_at))
        .limit(1)
    ).first()
    return (found[0], found[1]) if found else None


def find_date(code: str, year: int) -> AwarenessDate | None:
    return session.get(AwarenessDate, (code, year))


def confirm_dates(db: Session, code: str, span: Span, by: str, seen: int) -> bool:
    """Store when it is in the year of its first day; False where just that is stored. `seen`: its sequence, -1 for none.

    Raises ChangedMeanwhile.
    """
    first, last = span
    row = db.get(AwarenessDate, (code, first.year), with_for_update=True)
    if row is not None and (row.first, row.last) == span:
        return False
    if (row.sequence if row else -1) != seen:
        raise ChangedMeanwhile
    if row is None:
        row = AwarenessDate(code=code, year=first.year, sequence=-1)
        db.add(row)
    row.first, row.last, row.sequence = first, last, row.sequence + 1
    row.confirmed_by, row.confirmed_on, row.changed_at = by, today(), utcnow()
    db.flush()
    caching.publish(db)
    return True
