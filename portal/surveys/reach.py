"""Who answers and who does not, held against the population, while there is still time to go and ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from portal.small_counts import ROUNDED_TO

ENOUGH = 0.8
"""From this ratio on a group is heard well enough: domain.md 4.6, after Schouten, Cobben and Bethlehem (2009)."""


@dataclass(frozen=True)
class Reached:
    """One group: `answers` is None where fewer than 5 answered, or it is hidden with such a one."""

    code: str
    answers: int | None
    share: float
    """Among the answers, as they are told; a hidden count counts as none."""
    expected: float
    """In the population."""
    more: int
    """So many more of this group, and of nobody else, would bring it to 0.8; rounded up to 5."""

    @property
    def ratio(self) -> float:
        return self.share / self.expected


def reached(told: Mapping[str, int | None], population: Mapping[str, int]) -> list[Reached]:
    """Each group's answers against its number in the population."""
    answered, everyone = sum(count or 0 for count in told.values()), sum(population.values())
    lines = []
    for code, people in population.items():
        count, expected = told.get(code), people / everyone
        part = (count or 0) / answered if answered else 0.0
        lines.append(Reached(code, count, part, expected, _more(count or 0, answered, expected)))
    return lines


def _more(count: int, answered: int, expected: float) -> int:
    """The least x with (count + x) / (answered + x) of at least 0.8 times the expected share, rounded up to 5."""
    wanted = ENOUGH * expected
    lacking = wanted * answered - count
    return ceil(lacking / (1 - wanted) / ROUNDED_TO) * ROUNDED_TO if lacking > 0 else 0


def furthest_behind(lines: Sequence[Reached]) -> list[Reached]:
    """Those below 0.8, the least heard first; of those heard alike, the one of whom there are most."""
    return sorted((line for line in lines if line.more), key=lambda line: (line.ratio, -line.expected))
