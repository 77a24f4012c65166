"""The working days in which the partnership's promises are counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta


def working_days_after(day: date, n: int, holidays: Iterable[date]) -> date:
    """The n-th working day after `day`, which itself never counts: Monday to Friday without the bank holidays."""
    closed = frozenset(holidays)
    while n > 0:
        day += timedelta(days=1)
        n -= day.weekday() < 5 and day not in closed
    return day
