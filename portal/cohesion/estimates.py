"""From answers to a share of people, how sure it is, and whether it moved since the last wave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from math import sqrt
from statistics import NormalDist

from portal.cohesion.weighting import effective_size
from portal.surveys.columns import Value
from portal.surveys.definition import Indicator

# Two-sided 95%.
Z = NormalDist().inv_cdf(0.975)
SIGNIFICANT = 0.05


class Change(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"
    NO_CLEAR_CHANGE = "no_clear_change"


@dataclass(frozen=True)
class Estimate:
    """The share of people of whom something is true. `base`: how many count; `effective`: as if nobody were weighted."""

    base: int
    positive: int
    share: float
    effective: float
    low: float
    high: float

    @property
    def unweighted(self) -> float:
        return self.positive / self.base


def outcomes(indicator: Indicator, values: Mapping[str, Sequence[Value]], size: int) -> list[bool | None]:
    """For each person whether the indicator is true of them; None for whoever is not in its base. Of a mean nothing is true."""
    found = _of_everybody(indicator, values, size)
    if indicator.base is None:
        return found
    return [
        outcome if is_asked else None for outcome, is_asked in zip(found, asked(indicator, values, size), strict=True)
    ]


def asked(indicator: Indicator, values: Mapping[str, Sequence[Value]], size: int) -> list[bool]:
    """Whether each person gave the answer to another question without which nobody is in the indicator's base."""
    if indicator.base is None:
        return [True] * size
    answers = values.get(indicator.base.question) or [None] * size
    is_in = {answer: answer in indicator.base.any_of for answer in set(answers)}
    return list(map(is_in.__getitem__, answers))


def _of_everybody(indicator: Indicator, values: Mapping[str, Sequence[Value]], size: int) -> list[bool | None]:
    columns = [values.get(code) or [None] * size for code in indicator.questions]
    if indicator.kind == "share":
        not_counted = {None, *indicator.left_out}
        outcome_of = {
            answer: None if answer in not_counted else answer in indicator.positive for answer in set(columns[0])
        }
        return list(map(outcome_of.__getitem__, columns[0]))
    judge = cache(partial(_any_of if indicator.kind == "any_of" else _score, indicator))
    return list(map(judge, zip(*columns, strict=True)))


def _score(indicator: Indicator, given: Sequence[Value]) -> bool | None:
    points = indicator.points or {}
    if not all(answer in points for answer in given):
        return None
    return sum(points[str(answer)] for answer in given) >= indicator.at_least


def _any_of(indicator: Indicator, given: Sequence[Value]) -> bool | None:
    """Whoever left some of the questions open is in the base with the others: it can make the share smaller, never larger."""
    said = {code for answer in given for code in (answer if isinstance(answer, tuple) else (answer,))}
    counted = said - {None, *indicator.left_out}
    return not counted.isdisjoint(indicator.positive) if counted else None


def estimate(weights: Sequence[float], found: Sequence[bool | None], *, is_capped: bool = True) -> Estimate | None:
    """None where nobody is in the base.

    The variance is linearised (Taylor): v = n/(n-1) * sum(w^2 (y-p)^2) / (sum w)^2, and p(1-p)/v answers are as many as
    the weighted ones are worth, but no more than there are, unless it is not `is_capped`, as in releases of the first
    version. Where everybody answers alike it says nothing, and Kish's size stands in.
    """
    return estimate_of(counted(Counter(zip(weights, found, strict=True))), is_capped)


def counted(tally: Mapping[tuple[float, bool | None], int]) -> dict[tuple[float, bool | None], int]:
    """Without those who are not in the base."""
    return {pair: count for pair, count in tally.items() if pair[1] is not None}


def estimate_of(tally: Mapping[tuple[float, bool | None], int], is_capped: bool = True) -> Estimate | None:
    """The same of how many people have each weight and outcome."""
    base = sum(tally.values())
    if not base:
        return None
    total = sum(weight * count for (weight, _), count in tally.items())
    share = sum(weight * count for (weight, is_true), count in tally.items() if is_true) / total
    positive = sum(count for (_, is_true), count in tally.items() if is_true)
    if 0 < positive < base:
        spread = sum(count * (weight * (bool(is_true) - share)) ** 2 for (weight, is_true), count in tally.items())
        variance = base / (base - 1) * spread / total**2
        effective = share * (1 - share) / variance
        effective = min(effective, float(base)) if is_capped else effective
    else:
        share = float(positive > 0)
        effective = effective_size([weight for (weight, _), count in tally.items() for _ in range(count)])
    return Estimate(base, positive, share, effective, *wilson(share, effective))


def wilson(share: float, size: float) -> tuple[float, float]:
    """Wilson's interval, which stays within 0 and 1 and works where everybody answers alike."""
    centre = share + Z * Z / (2 * size)
    half = Z * sqrt(share * (1 - share) / size + Z * Z / (4 * size * size))
    scale = 1 + Z * Z / size
    # At 0 and 1 the nearer bound is exactly there, but for what is lost in rounding.
    return min(max(0.0, (centre - half) / scale), share), max(min(1.0, (centre + half) / scale), share)


def probability(now: Estimate, before: Estimate) -> float:
    """How likely a difference as great is by chance alone: two proportions, each with the answers it is worth."""
    difference = now.share - before.share
    spread = sqrt(sum(each.share * (1 - each.share) / each.effective for each in (now, before)))
    if not spread:
        return 1.0 if not difference else 0.0
    return 2 * NormalDist().cdf(-abs(difference) / spread)


def holm(probabilities: Mapping[str, float]) -> dict[str, float]:
    """Probabilities as they count where so many are looked at together."""
    adjusted: dict[str, float] = {}
    so_far, left = 0.0, len(probabilities)
    for code, p in sorted(probabilities.items(), key=lambda item: item[1]):
        so_far = max(so_far, min(1.0, p * left))
        adjusted[code], left = so_far, left - 1
    return adjusted
