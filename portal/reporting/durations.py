"""How long reporters waited, in working days, and whether what they were promised was kept."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select

from portal.db import session, today
from portal.partnership.file import current_partnership
from portal.reporting.models import INCIDENTS, Clock, Promise, Report
from portal.rounded_tables import MIN_CELL
from portal.small_counts import is_small, rounded

MEASURED = (Promise.READ, Promise.TELL, Promise.ANSWER)
SATURDAY = 5
LEAST_OUTSIDE = 30
"""So many a figure needs that leaves the house, on the public page or in the board's report; at work it is seen from ten on."""
CLOSED = "closed"
"""From the day a report came to the day it was closed; no promise says by when."""


@dataclass(frozen=True)
class Waited:
    """Working days: half waited `median` or less, nine in ten `nine_in_ten` or less. `base` is rounded to 5."""

    base: int
    median: int
    nine_in_ten: int


@dataclass(frozen=True)
class Kept:
    """Of the promises that fell due, how many in a hundred were not met in time; `base` is rounded to 5."""

    base: int
    missed: int


def nearest_rank(days: Mapping[int, int], hundredths: int) -> int:
    """The smallest number of days that at least so many in a hundred did not exceed: the nearest-rank percentile.

    `days` says how often each number of days came; it is not empty.
    """
    wanted = -(-sum(days.values()) * hundredths // 100)
    reached = 0
    for number in sorted(days):
        reached += days[number]
        if reached >= wanted:
            return number
    raise ValueError("no days are given")


def waited(days: Mapping[int, int], *, outside: bool = False) -> Waited | None:
    """None where fewer than ten waited: the figure could be one person's. `outside`: it leaves the house."""
    base = sum(days.values())
    if is_small(base) or (outside and base < LEAST_OUTSIDE):
        return None
    return Waited(rounded(base), nearest_rank(days, 50), nearest_rank(days, 90))


def kept(base: int, missed: int, *, outside: bool = False) -> Kept | None:
    """None where fewer than ten fell due; outside the house as of a survey's share, also where 1 to 4 are on one side."""
    if is_small(base):
        return None
    if outside and (base < LEAST_OUTSIDE or any(0 < side < MIN_CELL for side in (missed, base - missed))):
        return None
    return Kept(rounded(base), round(100 * missed / base))


def waiting_times(first: date, last: date, *, outside: bool = False) -> dict[str, Waited | None]:
    """By promise, for those met from the first day to the last; and CLOSED for the reports closed then."""
    return {name: waited(days, outside=outside) for name, days in days_waited(first, last).items()}


def days_waited(first: date, last: date) -> dict[str, Counter[int]]:
    """By promise, and CLOSED, how often each number of working days came, exactly."""
    between = working_days(current_partnership().bank_holidays)
    keys = (Clock.promise, Clock.started_on, Clock.met_on, Clock.days_paused)
    met = select(*keys, func.count()).where(Clock.promise.in_(MEASURED), Clock.met_on.between(first, last))
    found: dict[str, Counter[int]] = {name: Counter() for name in (*MEASURED, CLOSED)}
    for promise, started_on, met_on, paused, times in session.execute(met.group_by(*keys)):
        assert met_on is not None, "it was asked for between two days"
        found[promise][max(0, between(started_on, met_on) - paused)] += times
    closed = select(Report.received_on, Report.closed_on, func.count()).where(
        Report.kind.in_(INCIDENTS), Report.closed_on.between(first, last)
    )
    for received_on, closed_on, times in session.execute(closed.group_by(Report.received_on, Report.closed_on)):
        assert closed_on is not None, "it was asked for between two days"
        found[CLOSED][between(received_on, closed_on)] += times
    return found


def kept_promises(first: date, last: date, *, outside: bool = False) -> dict[str, Kept | None]:
    """By promise, for those that fell due from the first day to the last."""
    return {promise: kept(*counts, outside=outside) for promise, counts in fallen_due(first, last).items()}


def fallen_due(first: date, last: date) -> dict[str, tuple[int, int]]:
    """By promise, how many fell due in these days and how many were missed, exactly. One that ended before, or waits, fell not due."""
    missed = _is_missed()
    fell_due = and_(
        Clock.promise.in_(MEASURED),
        Clock.due_on.between(first, last),
        or_(Clock.met_on.is_not(None), and_(Clock.paused_on.is_(None), Clock.due_on < today())),
        or_(Clock.ended_on.is_(None), Clock.ended_on > Clock.due_on),
    )
    counts = select(Clock.promise, missed, func.count()).where(fell_due).group_by(Clock.promise, missed)
    base, late = Counter[str](), Counter[str]()
    for promise, is_missed, times in session.execute(counts):
        base[promise] += times
        late[promise] += times if is_missed else 0
    return {promise: (base[promise], late[promise]) for promise in MEASURED}


def _is_missed() -> ColumnElement[bool]:
    return or_(Clock.met_on.is_(None), Clock.met_on > Clock.due_on)


def working_days(holidays: Collection[date]) -> Callable[[date, date], int]:
    """How many working days lie after one day, up to another and with it; reckoned, for ten thousand pairs of days."""
    closed = sorted(day for day in holidays if day.weekday() < SATURDAY)

    def up_to(day: date) -> int:
        weeks, rest = divmod(day.toordinal(), 7)  # the first day of the calendar was a Monday
        return SATURDAY * weeks + min(rest, SATURDAY) - bisect_right(closed, day)

    return lambda first, last: max(0, up_to(last) - up_to(first))
