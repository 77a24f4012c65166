"""An event that comes again: its rule in the words of RFC 5545, and the days on which it then is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from portal.db import LOCAL_TIME
from portal.events.times import local

MAX_OCCURRENCES = 500
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEKLY, BY_DAY, BY_WEEKDAY = "FREQ=WEEKLY", "FREQ=MONTHLY;BYMONTHDAY", "FREQ=MONTHLY;BYDAY"
LAST = -1
_BY_WEEKDAY = re.compile(rf"{BY_WEEKDAY}=(-1|[1-4])(MO|TU|WE|TH|FR|SA|SU)")


class TooMany(Exception):
    """More than MAX_OCCURRENCES days."""


def weekly(every: int) -> str:
    """Every so many weeks, on the weekday of the first day."""
    return f"{WEEKLY};INTERVAL={every}"


def monthly_by_day(first: date) -> str:
    """Each month on the same day; a month that has no such day is left out, as RFC 5545 asks."""
    return f"{BY_DAY}={first.day}"


def monthly_by_weekday(first: date, *, last: bool = False) -> str:
    """Each month on the same weekday, counted from the month's beginning; the fifth one counts as the last."""
    nth = (first.day - 1) // 7 + 1
    return f"{BY_WEEKDAY}={LAST if last or nth > 4 else nth}{WEEKDAYS[first.weekday()]}"


def is_last_of_its_month(day: date) -> bool:
    """Whether the month has no later day of this weekday."""
    return (day + timedelta(weeks=1)).month != day.month


def weeks_of(rule: str) -> int | None:
    """Every how many weeks; none where the rule is monthly."""
    return int(rule.rpartition("=")[2]) if rule.startswith(WEEKLY) else None


def nth_of(rule: str) -> int | None:
    """Which of a month's weekdays, LAST for the last; none where the rule goes by something else."""
    found = _BY_WEEKDAY.fullmatch(rule)
    return int(found[1]) if found else None


def days(rule: str, first: date, last: date) -> list[date]:
    """Every day from the first to the last. Raises TooMany."""
    found = [first]
    for day in _after(rule, first):
        if day > last:
            return found
        if len(found) == MAX_OCCURRENCES:
            raise TooMany
        found.append(day)
    return found


def _after(rule: str, first: date) -> Iterator[date]:
    """The days after the first one, without end."""
    weeks, nth = weeks_of(rule), nth_of(rule)
    if weeks is not None:
        day = first
        while True:
            day += timedelta(weeks=weeks)
            yield day
    month = first
    while True:
        month = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
        if nth is None:
            day = month + timedelta(days=first.day - 1)
        elif nth == LAST:
            following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
            back = (following - timedelta(days=1)).weekday() - first.weekday()
            day = following - timedelta(days=1 + back % 7)
        else:
            day = month + timedelta(days=(first.weekday() - month.weekday()) % 7 + 7 * (nth - 1))
        if day.month == month.month:
            yield day


def moments(rule: str, last: date | None, starts_at: datetime, ends_at: datetime) -> list[tuple[datetime, datetime]]:
    """When each one starts and ends: the clock's time stays when the clocks change. Raises TooMany."""
    starts, ends = local(starts_at), local(ends_at)
    if not rule or last is None:
        return [(starts_at, ends_at)]
    found = []
    for day in days(rule, starts.date(), last):
        start, end = _on(day, starts), _on(day + (ends.date() - starts.date()), ends)
        # In the night in which the clocks go forward, a start that is left out comes later than the clock says.
        found.append((start, end if end > start else start + (ends_at - starts_at)))
    return found


def _on(day: date, at: datetime) -> datetime:
    return datetime.combine(day, at.time().replace(fold=0), LOCAL_TIME).astimezone(UTC)
