"""An event that comes again: its rule in the words of RFC 5545, and the days on which it then is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile

from portal.db import LOCAL_TIME
from portal.events.times import local

MAX_OCCURRENCES = 500
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEKLY, BY_DAY, BY_WEEKDAY = "FREQ=WEEKLY", "FREQ=MONTHLY;BYMONTHDAY", "FREQ=MONTHLY;BYDAY"
LAST = -1
_WEEKS = re.compile(
    rf"{WEEKLY};INTERVAL=([1-9]\d?)(?:;BYDAY=((?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:MO|TU|WE|TH|FR|SA|SU))*))?"
)
_BY_WEEKDAY = re.compile(rf"{BY_WEEKDAY}=(-1|[1-4])(MO|TU|WE|TH|FR|SA|SU)")


class TooMany(Exception):
    """More than MAX_OCCURRENCES days."""


def weekly(every: int, weekdays: Collection[int] = ()) -> str:
    """Every so many weeks, on these weekdays, from 0 for Monday; where none is said, on that of the first day."""
    rule = f"{WEEKLY};INTERVAL={every}"
    return f"{rule};BYDAY={','.join(WEEKDAYS[one] for one in sorted(set(weekdays)))}" if weekdays else rule


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
    found = _WEEKS.fullmatch(rule)
    return int(found[1]) if found else None


def weekdays_of(rule: str) -> list[int]:
    """The weekdays that a weekly rule names; none where it goes by its first day."""
    found = _WEEKS.fullmatch(rule)
    return [WEEKDAYS.index(one) for one in found[2].split(",")] if found and found[2] else []


def nth_of(rule: str) -> int | None:
    """Which of a month's weekdays, LAST for the last; none where the rule goes by something else."""
    found = _BY_WEEKDAY.fullmatch(rule)
    return int(found[1]) if found else None


def days(rule: str, first: date, last: date) -> list[date]:
    """Every day from the first to the last. Raises TooMany."""
    found = list(islice(takewhile(lambda day: day <= last, _from(rule, first)), MAX_OCCURRENCES + 1))
    if len(found) > MAX_OCCURRENCES:
        raise TooMany
    return found


def last_of(rule: str, first: date, times: int) -> date:
    """The day of the last of so many times. Raises TooMany."""
    if times > MAX_OCCURRENCES:
        raise TooMany
    *_before, last = islice(_from(rule, first), times)
    return last


def _from(rule: str, first: date) -> Iterator[date]:
    """The first day, and those after it without end."""
    yield first
    weeks = weeks_of(rule)
    yield from _monthly(nth_of(rule), first) if weeks is None else _weekly(weeks, weekdays_of(rule), first)


def _weekly(weeks: int, weekdays: Collection[int], first: date) -> Iterator[date]:
    """A week begins on Monday, as RFC 5545 has it where a rule says nothing else."""
    monday = first - timedelta(days=first.weekday())
    while True:
        for weekday in weekdays or [first.weekday()]:
            if (day := monday + timedelta(days=weekday)) > first:
                yield day
        monday += timedelta(weeks=weeks)


def _monthly(nth: int | None, first: date) -> Iterator[date]:
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
    """When each one starts and ends. Raises TooMany."""
    if not rule or last is None:
        return [(starts_at, ends_at)]
    return [moments_on(day, starts_at, ends_at) for day in days(rule, local(starts_at).date(), last)]


def moments_on(day: date, starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
    """The same event on another day: the clock's time stays when the clocks change."""
    starts, ends = local(starts_at), local(ends_at)
    start, end = _on(day, starts), _on(day + (ends.date() - starts.date()), ends)
    # In the night in which the clocks go forward, a start that is left out comes later than the clock says.
    return start, end if end > start else start + (ends_at - starts_at)


def _on(day: date, at: datetime) -> datetime:
    return datetime.combine(day, at.time().replace(fold=0), LOCAL_TIME).astimezone(UTC)
