"""How often the model's range held the true share in surveys made by chance: what was found when it was last checked.

A test draws some of these surveys each time, and all of them with --long; `python -m tests.support.modelled` makes the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import log

CHECKED_ON = date(2026, 11, 28)
SURVEYS = 1000
# A range that is to hold the true figure 19 times in 20 may do so a little more or less often, and no more than that.
LEAST, MOST = 94.0, 96.0


@dataclass(frozen=True)
class Checked:
    """Surveys with so many areas, so many answers in each on average, and this share of people who say yes.

    `is_counted`: whether it is known who lives in each area, or only in all together; `covered`: of a hundred ranges.
    """

    areas: int
    answers: int
    share: float
    is_counted: bool
    covered: float = 0.0

    @property
    def is_sound(self) -> bool:
        return LEAST <= self.covered <= MOST


CHECKED = (
    Checked(7, 50, 0.5, True, 95.2),
    Checked(7, 120, 0.5, True, 94.7),
    Checked(7, 400, 0.5, True, 94.7),
    Checked(7, 50, 0.5, False, 95.6),
    Checked(7, 120, 0.5, False, 95.2),
    Checked(7, 400, 0.5, False, 95.4),
)


def most_like(areas: int, answers: int, share: float, *, is_counted: bool) -> Checked:
    """The surveys that were checked which are most like one with so many areas, answers in each, and this share."""

    def odds(of: float) -> float:
        # A share and what is left of it are the same to the model.
        inside = min(max(of, 0.01), 0.99)
        return abs(log(inside / (1 - inside)))

    return min(
        (each for each in CHECKED if each.is_counted == is_counted),
        key=lambda each: (
            abs(log(each.areas / areas)) + abs(log(each.answers / answers)) + abs(odds(each.share) - odds(share))
        ),
    )
