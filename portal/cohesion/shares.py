"""A share said in small whole numbers, "about 1 in 7": what a percentage says to a reader who does not use percentages."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

# Nobody pictures "1 in 13" or "1 in 37"; these are close enough together that the nearest is off by little.
ONE_IN = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100)
# 2 and 5 in 10 are 1 in 5 and 1 in 2.
IN_TEN = (3, 4, 6, 7, 8, 9)
SHARES = sorted(
    [(1, whole) for whole in ONE_IN] + [(part, 10) for part in IN_TEN], key=lambda share: share[0] / share[1]
)
MOST_UNDERSTATED = 0.1


def nearest_share(percent: float) -> tuple[int, int]:
    """The sayable (part, whole) nearest to a percentage among those that understate it by at most a tenth of itself."""
    enough = [(part, whole) for part, whole in SHARES if 100 * part >= (1 - MOST_UNDERSTATED) * percent * whole]
    # Of two as near, the larger: what people suffer is not made smaller.
    return min(enough, key=lambda share: (abs(100 * share[0] / share[1] - percent), -share[0] / share[1]))


def share_in_words(percent: float, *, is_whole: bool) -> str:
    """One sentence for 0 to 100 percent; `is_whole`: 0 and 100 are nobody and everybody, and not rounded to that."""
    if percent <= 0 and is_whole:
        return _("That is nobody who answered.")
    if percent >= 100 and is_whole:
        return _("That is everyone who answered.")
    if percent < 1:
        return _("That is fewer than 1 in 100 people.")
    if percent > 95:
        return _("That is more than 9 in 10 people.")
    part, whole = nearest_share(percent)
    if (part, whole) == (1, 2):
        return _("That is about half of the people.")
    if part == 1:
        return ngettext("That is about 1 in %(num)s people.", "That is about 1 in %(num)s people.", whole)
    return _("That is about %(number)s in 10 people.", number=part)
