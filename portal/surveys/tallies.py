"""The answers to one question, counted as they are: not weighted, and with nothing left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from portal.surveys.columns import Value


@dataclass(frozen=True)
class Tally:
    """`base`: how many answered; where several could be ticked, the counts add up to more."""

    base: int
    counts: tuple[tuple[str, int], ...] = ()

    def percent(self, count: int) -> int:
        """A whole percentage of the base, halves upwards."""
        return (200 * count + self.base) // (2 * self.base) if self.base else 0


@dataclass(frozen=True)
class Spread:
    """Numbers that were given, from the smallest to the largest."""

    base: int
    least: int = 0
    middle: float = 0
    most: int = 0


def tally(codes: Iterable[str], values: Sequence[Value]) -> Tally:
    """How many chose each of the codes, and behind them any other code that was chosen."""
    chosen = Counter(values)
    counts = dict.fromkeys(codes, 0)
    for value, number in chosen.items():
        for code in value if isinstance(value, tuple) else () if value is None else (str(value),):
            counts[code] = counts.get(code, 0) + number
    return Tally(len(values) - chosen[None], tuple(counts.items()))


def spread(values: Sequence[Value]) -> Spread:
    numbers = [value for value in values if isinstance(value, int)]
    if not numbers:
        return Spread(0)
    middle = median(numbers)
    return Spread(len(numbers), min(numbers), int(middle) if middle == int(middle) else middle, max(numbers))
