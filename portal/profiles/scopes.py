"""Which reports a profile or an activity looks at, and where their number stands among the figures that staff may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.profiles.models import About
from portal.profiles.volt import Season, seasons
from portal.reporting.figures import ALL, Figures
from portal.small_counts import Shown, ShownCounts

CATEGORIES = (About.PERSONAL, About.NUISANCE, About.ENVIRONMENTAL)


@dataclass(frozen=True)
class Scope:
    about: About
    place_group: str = ""
    """Empty: the whole area of the partnership."""

    @property
    def is_counted(self) -> bool:
        """Anti-social behaviour of one area is counted by its categories only: all of it together is no figure."""
        return not (self.place_group and self.about is About.ASB)


def line_of(figures: Figures, scope: Scope) -> tuple[ShownCounts, str]:
    """The table and the answer in it. All are tables of the staff's figures: a profile tells nothing that those do not.

    Raises ValueError for a scope that is not counted.
    """
    group = scope.place_group
    if not scope.is_counted:
        raise ValueError(scope)
    match scope.about:
        case About.ALL:
            return (figures.tables["place_group"], group) if group else (figures.received, ALL)
        case About.HATE if group:
            return figures.hate_by_group, group
        case About.HATE | About.ASB:
            return figures.tables["kind"], scope.about.value
    category = scope.about.value
    return (figures.by_group[category], group) if group else (figures.tables["asb_category"], category)


def by_group(figures: Figures, about: About) -> ShownCounts | None:
    """The same reports by where they happened; None where that is not counted."""
    match about:
        case About.ALL:
            return figures.tables["place_group"]
        case About.HATE:
            return figures.hate_by_group
        case About.ASB:
            return None
    return figures.by_group[about.value]


def counted(figures: Figures, scope: Scope, first: date, last: date) -> Shown:
    """What may be told of these months together."""
    table, answer = line_of(figures, scope)
    return table.over(first, last, answer)


def seasons_of(figures: Figures, scope: Scope, first: date, last: date) -> list[Season]:
    return seasons(lambda month: counted(figures, scope, month, month), first, last)
