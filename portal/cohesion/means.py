"""Points that people give on average, how sure that is, and whether it moved: what a share cannot say of a scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot, sqrt
from statistics import NormalDist
from typing import Any

from portal.cohesion.changes import benjamini_hochberg
from portal.cohesion.disclosure import RELIABLE_BASE
from portal.cohesion.estimates import SIGNIFICANT, Change, Z
from portal.cohesion.weighting import effective_size
from portal.rounded_tables import MIN_CELL
from portal.small_counts import rounded

# A range wider than a fifth of all points there are is read with care, as of a share.
MAX_PART = 0.20


@dataclass(frozen=True)
class Mean:
    """The mean of points from `least` to `most`. `base`: how many count; `people`: how many gave each number of points."""

    base: int
    value: float
    error: float
    low: float
    high: float
    least: int
    most: int
    people: Mapping[int, int]


@dataclass(frozen=True)
class MovedMean:
    word: Change
    low: float
    high: float


def mean_of(weights: Sequence[float], given: Sequence[int | None], least: int, most: int) -> Mean | None:
    """None where nobody is in the base.

    The standard error is linearised (Taylor), as of a share; the interval is normal, 95%, and ends at the ends of the scale.
    Where everybody gives the same, it is as wide as Wilson's interval leaves room for somebody at the end of the scale.
    """
    tally = Counter((weight, points) for weight, points in zip(weights, given, strict=True) if points is not None)
    base = tally.total()
    if not base:
        return None
    total = sum(weight * count for (weight, _), count in tally.items())
    value = sum(weight * points * count for (weight, points), count in tally.items()) / total
    people = Counter[int]()
    for (_, points), count in tally.items():
        people[points] += count
    if len(people) > 1:
        spread = sum(count * (weight * (points - value)) ** 2 for (weight, points), count in tally.items())
        error = sqrt(base / (base - 1) * spread) / total
        low, high = max(float(least), value - Z * error), min(float(most), value + Z * error)
    else:
        size = effective_size([weight for (weight, _), count in tally.items() for _ in range(count)])
        room = Z * Z / (size + Z * Z)
        low, high = value - room * (value - least), value + room * (most - value)
        error = max(value - low, high - value) / Z
    return Mean(base, value, error, low, high, least, most, people)


def is_shown(found: Mean | None, least_base: int) -> bool:
    """From 30 answers on, and only where nobody stands nearly alone with an answer: a mean can tell how many gave each."""
    return found is not None and found.base >= least_base and not any(0 < n < MIN_CELL for n in found.people.values())


def as_published(found: Mean) -> Mean:
    """As if its value and base were the rounded ones that are told, for its interval and for a change's: see `disclosure`."""
    value = round(found.value, 1)
    if len(found.people) == 1:
        return replace(found, value=value)
    error = found.error * sqrt(found.base / rounded(found.base))
    low, high = max(float(found.least), value - Z * error), min(float(found.most), value + Z * error)
    return replace(found, value=value, error=error, low=low, high=high)


def shown_mean(found: Mean) -> dict[str, Any]:
    """All that is told of it: to a tenth of a point, with the ends of the scale."""
    told, base = as_published(found), rounded(found.base)
    return {
        "mean": told.value,
        "low": round(told.low, 1),
        "high": round(told.high, 1),
        "least": found.least,
        "most": found.most,
        "base": base,
        # As of a share: 98 answers and 102 are told as 100, and the mark must not say which.
        "unreliable": base <= RELIABLE_BASE or told.high - told.low > MAX_PART * (found.most - found.least),
    }


def moved_means(pairs: Mapping[str, tuple[Mean, Mean]]) -> dict[str, MovedMean]:
    """Of each (now, before); all are exploratory, so Benjamini's and Hochberg's procedure is over them."""
    told = {code: (as_published(now), as_published(before)) for code, (now, before) in pairs.items()}
    adjusted = benjamini_hochberg({code: _probability(*pair) for code, pair in told.items()})
    return {code: _moved(*told[code], p) for code, p in adjusted.items()}


def _probability(now: Mean, before: Mean) -> float:
    return 2 * NormalDist().cdf(-abs(now.value - before.value) / hypot(now.error, before.error))


def _moved(now: Mean, before: Mean, p: float) -> MovedMean:
    difference, margin = now.value - before.value, Z * hypot(now.error, before.error)
    word = Change.NO_CLEAR_CHANGE
    if p < SIGNIFICANT:
        word = Change.HIGHER if difference > 0 else Change.LOWER
    return MovedMean(word, difference - margin, difference + margin)
