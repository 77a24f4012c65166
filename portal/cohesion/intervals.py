"""How far chance reaches: the range of a share on the scale of its log odds, with Student's quantiles."""

from __future__ import annotations

from functools import lru_cache
from math import exp, lgamma, log, log1p, pi
from statistics import NormalDist

# Two-sided 95%.
LEVEL = 0.975
SMALLEST = 1e-300


def logit_interval(share: float, error: float, freedom: int) -> tuple[float, float]:
    """95%, as R's svyciprop(method="logit"): symmetric about the log odds. `share` is neither 0 nor 1."""
    odds, half = log(share / (1 - share)), student(freedom) * error / (share * (1 - share))
    return _from_log_odds(odds - half), _from_log_odds(odds + half)


def _from_log_odds(odds: float) -> float:
    return 1 / (1 + exp(-odds)) if odds > -700 else 0.0


@lru_cache(maxsize=4096)
def student(freedom: int) -> float:
    """The 97.5% quantile of Student's distribution, to about 1e-10; `freedom` is at least 1."""
    z = NormalDist().inv_cdf(LEVEL)
    low, high = z, 13.0
    # Newton's method, held between two bounds that close in: 12.706 is the quantile with one degree of freedom.
    at = min(z + (z**3 + z) / (4 * freedom), high)
    constant = lgamma((freedom + 1) / 2) - lgamma(freedom / 2) - log(freedom * pi) / 2
    for _ in range(100):
        over = _below(at, freedom) - LEVEL
        low, high = (low, at) if over > 0 else (at, high)
        after = at - over / exp(constant - (freedom + 1) / 2 * log1p(at * at / freedom))
        if not low <= after <= high:
            after = (low + high) / 2
        if abs(after - at) < 1e-13:
            break
        at = after
    return at


def _below(at: float, freedom: int) -> float:
    """The share of Student's distribution below `at`, which is more than 0."""
    return 1 - _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + at * at)) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, by Lentz's continued fraction (Numerical Recipes, 6.4)."""
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x > (a + 1) / (a + b + 2):
        return 1 - front * _fraction(b, a, 1 - x) / b
    return front * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    upper, lower = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    found = lower
    for step in range(1, 100_000):
        for factor in (
            step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step)),
            -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1)),
        ):
            lower = 1 / _not_zero(1 + factor * lower)
            upper = _not_zero(1 + factor / upper)
            found *= upper * lower
        if abs(upper * lower - 1) < 1e-16:
            break
    return found


def _not_zero(number: float) -> float:
    return number if abs(number) > SMALLEST else SMALLEST
