"""The working days in which the partnership's promises are counted: Monday to Friday without the bank holidays."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    return day.weekday() < 5 and day not in holidays


def working_days_after(day: date, n: int, holidays: Iterable[date]) -> date:
    """The n-th working day after `day`, which itself never counts."""
    closed = frozenset(holidays)
    while n > 0:
        day += ONE_DAY
        n -= is_working_day(day, closed)
    return day


def working_days_between(first: date, last: date, holidays: Iterable[date]) -> int:
    """How many working days lie after `first`, up to `last` and with it; none where `last` is not later."""
    closed = frozenset(holidays)
    return sum(is_working_day(first + ONE_DAY * n, closed) for n in range(1, (last - first).days + 1))
