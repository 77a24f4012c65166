"""Whether a month had more reports than usual: the exact Poisson rule, on numbers that may be shown and on no others."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from portal.small_counts import Shown, month_after, months_from

LEAST_SURGE = 5
"""Of fewer reports no surge is told, however few were usual."""
YEARS_BEFORE = 3
LEAST_YEARS = 2
"""One earlier year alone says nothing of what is usual."""
LEVELS = (99, 95)
"""In a hundred: the surer one first."""


def poisson_limit(mean: float, level: int) -> int:
    """The most that chance alone brings where `mean` is usual: the upper end of the exact two-sided interval.

    The smallest number that is exceeded with a probability of at most (100 - level) / 200.
    """
    beyond = (100 - level) / 200
    number, below = 0, math.exp(-mean)
    # Far below the mean each term is 0 in floating point, so it is reckoned by its logarithm.
    while below < 1 - beyond:
        number += 1
        below += math.exp(number * math.log(mean) - mean - math.lgamma(number + 1)) if mean else 0
    return number


@dataclass(frozen=True)
class Season:
    """One month beside the same month of the three years before it, the nearest first."""

    month: date
    now: Shown
    earlier: tuple[Shown, ...]

    @property
    def usual(self) -> float | None:
        """The mean of the earlier years of which all is told; None where these are too few."""
        known = [shown.number for shown in self.earlier if shown.is_all]
        return sum(known) / len(known) if len(known) >= LEAST_YEARS else None

    @property
    def surge(self) -> int | None:
        """How sure it is, in a hundred, that more came than usual; None where that is not told."""
        if not self.now.is_all or self.now.number < LEAST_SURGE or self.usual is None:
            return None
        return next((level for level in LEVELS if self.now.number > poisson_limit(self.usual, level)), None)


def seasons(shown: Callable[[date], Shown], first: date, last: date) -> list[Season]:
    """Each month from the first to the last; `shown` gives what may be told of one."""
    return [
        Season(month, shown(month), tuple(shown(month_after(month, -12 * ago)) for ago in range(1, YEARS_BEFORE + 1)))
        for month in months_from(first, last)
    ]


def surges(found: Sequence[Season]) -> list[Season]:
    return [season for season in found if season.surge is not None]


@dataclass(frozen=True)
class Around:
    """The whole months of an activity, as many a year before, and as many straight after it."""

    during: tuple[date, date]
    year_before: tuple[date, date]
    after: tuple[date, date]


def around(first_on: date, last_on: date) -> Around:
    """Months are the finest that the portal counts."""
    first, last = first_on.replace(day=1), last_on.replace(day=1)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    return Around(
        during=(first, last),
        year_before=(month_after(first, -12), month_after(last, -12)),
        after=(month_after(last), month_after(last, months)),
    )
