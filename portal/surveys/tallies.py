"""Answers counted: to one question, or to several crossed with each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from portal.rounded_tables import ALL, MIN_CELL, Key
from portal.surveys.columns import Value

# Of fewer numbers not even the one in the middle is told.
MIN_NUMBERS = 30


def crossed(columns: Sequence[Sequence[Value]]) -> Counter[Key]:
    """How many people gave each combination of answers, one code a column or ALL; only who answered all of them counts.

    Someone who ticked several is counted at each, and once at ALL.
    """
    counts: Counter[Key] = Counter()
    for answers, people in Counter(zip(*columns, strict=True)).items():
        if None not in answers:
            given = ((*(each if isinstance(each, tuple) else (str(each),)), ALL) for each in answers)
            for key in product(*given):
                counts[key] += people
    return counts


@dataclass(frozen=True)
class Quarters:
    """Numbers that people gave: a quarter gave at most `low`, half at most `middle`, a quarter at least `high`."""

    low: int
    middle: int
    high: int


def quarters(values: Sequence[Value]) -> tuple[int, Quarters | None]:
    """How many gave a number, and of at least 30 the quarters; never the smallest or the largest, which are one person's."""
    numbers = sorted(value for value in values if isinstance(value, int))
    if len(numbers) < MIN_NUMBERS:
        return len(numbers), None
    last = len(numbers) - 1
    return len(numbers), Quarters(numbers[last // 4], numbers[last // 2], numbers[last - last // 4])


def tells_of_few(columns: Sequence[Sequence[Value]], chosen: Key) -> bool:
    """Whether what is chosen on these columns, or what one of the choices leaves out, is 1 to 9 people.

    Held against every looser choice: whoever subtracts the one from the other would see those few.
    """
    counts = crossed(columns)
    mine = counts[chosen]
    looser = {
        tuple(code if keep else ALL for code, keep in zip(chosen, kept, strict=True))
        for kept in product((True, False), repeat=len(chosen))
    }
    return mine < 2 * MIN_CELL or any(0 < counts[other] - mine < 2 * MIN_CELL for other in looser)
