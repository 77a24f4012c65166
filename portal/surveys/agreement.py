"""How far two coders agree beyond chance: Cohen's kappa of each code, as yes or no for every answer that both coded."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

# Two-sided 95%.
Z = NormalDist().inv_cdf(0.975)


class Strength(enum.StrEnum):
    """What a kappa is called by Landis and Koch (Biometrics 33, 1977, p. 165): a convention, not a test."""

    POOR = "poor"
    SLIGHT = "slight"
    FAIR = "fair"
    MODERATE = "moderate"
    SUBSTANTIAL = "substantial"
    ALMOST_PERFECT = "almost_perfect"


WEAK = (Strength.POOR, Strength.SLIGHT)
# A code that hardly anybody got has a low kappa easily.
LEAST_GIVEN = 5
_NOTHING = 1e-6
_FROM = ((0.8, Strength.ALMOST_PERFECT), (0.6, Strength.SUBSTANTIAL), (0.4, Strength.MODERATE), (0.2, Strength.FAIR))


@dataclass(frozen=True)
class Kappa:
    """`low` to `high` is the 95% interval from the asymptotic standard error."""

    value: float
    error: float
    low: float
    high: float

    @property
    def has_range(self) -> bool:
        """The formula gives none where all agree, or a coder said one and the same of all."""
        return self.error > _NOTHING

    @property
    def strength(self) -> Strength:
        # Their bounds are given with two decimals: 0.20 is slight, 0.21 fair.
        value = round(self.value, 2)
        if value < 0:
            return Strength.POOR
        return next((strength for above, strength in _FROM if value > above), Strength.SLIGHT)


def kappa(table: Sequence[Sequence[int]]) -> Kappa | None:
    """Of a square table: row, what the first coder said; column, the second. None where chance alone explains everything:
    nobody coded, or both said one and the same of all.

    Cohen 1960; the standard error of Fleiss, Cohen and Everitt (Psychological Bulletin 72, 1969, formula 13).
    """
    size = sum(map(sum, table))
    if not size:
        return None
    shares = [[count / size for count in row] for row in table]
    rows, columns = [sum(row) for row in shares], [sum(column) for column in zip(*shares, strict=True)]
    if any(row[place] == size for place, row in enumerate(table)):
        return None
    places = range(len(shares))
    observed = sum(shares[i][i] for i in places)
    expected = sum(rows[i] * columns[i] for i in places)
    found = (observed - expected) / (1 - expected)
    alike = sum(shares[i][i] * (1 - (rows[i] + columns[i]) * (1 - found)) ** 2 for i in places)
    apart = sum(shares[i][j] * (columns[i] + rows[j]) ** 2 for i in places for j in places if i != j)
    beside = (found - expected * (1 - found)) ** 2
    # Rounding can leave a hair below 0 where the coders agree on everything.
    error = sqrt(max(0.0, alike + (1 - found) ** 2 * apart - beside) / size) / (1 - expected)
    return Kappa(found, error, max(-1.0, found - Z * error), min(1.0, found + Z * error))


@dataclass(frozen=True)
class Agreement:
    """Of one code, how many answers that both coded got it from both, from one, from none."""

    both: int
    first: int
    second: int
    neither: int

    @property
    def size(self) -> int:
        return self.both + self.first + self.second + self.neither

    @property
    def percent(self) -> float | None:
        """How many of a hundred answers the coders agree on; None where they coded none together."""
        return 100 * (self.both + self.neither) / self.size if self.size else None

    @property
    def kappa(self) -> Kappa | None:
        return kappa([[self.both, self.first], [self.second, self.neither]])

    @property
    def is_weak(self) -> bool:
        """Whether they agree hardly more than chance would, on a code that was given often enough to say so."""
        found = self.kappa
        return found is not None and self.size - self.neither >= LEAST_GIVEN and found.strength in WEAK


def agreement_on(code: str, pairs: Iterable[tuple[Collection[str], Collection[str]]]) -> Agreement:
    """`pairs`: what the first and the second coder gave to each answer that both coded."""
    counts = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for first, second in pairs:
        counts[code in first, code in second] += 1
    return Agreement(*counts.values())
