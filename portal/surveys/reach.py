"""Who answers and who does not, held against the population, while there is still time to go and ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, sqrt

from portal.rounded_tables import MIN_CELL
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


def known_to_lack(lines: Sequence[Reached]) -> list[Reached]:
    """The same, where nothing is said of a group so small that 4 answers are enough: as long as 1 to 4 are hidden they may be there."""
    answered = sum(line.answers or 0 for line in lines)
    return [
        replace(line, more=0) if line.answers is None and not _more(MIN_CELL - 1, answered, line.expected) else line
        for line in lines
    ]


def furthest_behind(lines: Sequence[Reached]) -> list[Reached]:
    """Those below 0.8, the least heard first; of those heard alike, the one of whom there are most."""
    return sorted((line for line in lines if line.more), key=lambda line: (line.ratio, -line.expected))


def variation(lines: Sequence[Reached]) -> float | None:
    """How unevenly the groups were heard: the coefficient of variation of the chance to answer between them.

    The root of the sum of W(r - 1)^2 over the groups, of which W is the part of the population and r the ratio, less
    (groups - 1) / answers, which chance alone makes of equal chances. 0: as evenly as chance allows. None where a group's
    number is not told, or nobody answered.
    """
    answered = sum(line.answers or 0 for line in lines)
    if not answered or any(line.answers is None for line in lines):
        return None
    uneven = sum(line.expected * (line.ratio - 1) ** 2 for line in lines)
    return sqrt(max(0.0, uneven - (len(lines) - 1) / answered))


def r_indicator(varies: float, response: float) -> float:
    """1 - 2 S, of which S is the standard deviation of the chance to answer (Schouten, Cobben and Bethlehem 2009).

    `response`: answers as a share of all who could have answered. Where few of them did it is near 1, however uneven.
    """
    return 1 - 2 * varies * response
