"""How this partnership runs its Community Risk MARAC: when a case belongs there, the scale of risk, and who is at the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.languages.words import NOTHING, Words
from portal.partnership.toml_records import CODE, FILLED, Check, Wrong, distinct_codes, key, known_codes

# What the portal can look for in a report, so that it can say which criterion looks met.
SIGNS = ("vulnerable", "escalating", "several_agencies", "high", "referred_before")
SIGN = (lambda value: value in ("", *SIGNS), f"be one of {', '.join(SIGNS)}, or empty")
SEATS: Check = (lambda value: 1 <= value <= 30, "be a whole number from 1 to 30")
MONTHS: Check = (lambda value: 1 <= value <= 36, "be a whole number of months from 1 to 36")


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One reason for which a case belongs there. `check`: nobody has yet made sure of it among the partners."""

    code: str = key(CODE)
    words: Words
    together: bool = False
    """Whether it counts only with all the others that say so; any other counts alone."""
    sign: str = key(SIGN, default="")
    source: str = key(FILLED)
    check: bool = False


@dataclass(frozen=True, kw_only=True)
class RiskStep:
    """A step of the scale of risk, the lowest first. Rows keep its code: never reuse it for something else."""

    code: str = key(CODE)
    words: Words


@dataclass(frozen=True, kw_only=True)
class CommunityRisk:
    """The rules of [marac]; without criteria the partnership holds no such meeting."""

    criteria: tuple[Criterion, ...] = ()
    scale: tuple[RiskStep, ...] = ()
    agencies: tuple[str, ...] = ()
    quorum: int = key(SEATS, default=3)
    """So many agencies must have been there before minutes are agreed; the partnership itself counts as one."""
    repeat_months: int = key(MONTHS, default=12)
    """A second referral within so many months is a repeat."""
    domestic: Words = NOTHING
    """Where to go with domestic abuse, which has a MARAC of its own."""

    @property
    def is_held(self) -> bool:
        return bool(self.criteria)

    def find_step(self, code: str) -> RiskStep | None:
        return next((step for step in self.scale if step.code == code), None)

    def height(self, code: str) -> int:
        """How high a step is; -1 of one that is no longer on the scale."""
        return next((height for height, step in enumerate(self.scale) if step.code == code), -1)


NO_MARAC = CommunityRisk()


def check_community_risk(rules: CommunityRisk, agencies: set[str]) -> None:
    """Raises Wrong."""
    distinct_codes("marac.criteria", rules.criteria)
    distinct_codes("marac.scale", rules.scale)
    known_codes(rules.agencies, agencies, "marac.agencies", "agencies")
    if rules.is_held and len(rules.scale) < 2:
        raise Wrong("marac.scale needs two steps or more, the lowest risk first")
    if rules.is_held and not rules.domestic.in_("en"):
        raise Wrong("marac.domestic is missing; say where to go with domestic abuse")


def checks_wanted(criteria: Sequence[Criterion]) -> bool:
    """Whether somebody must still make sure of one."""
    return any(criterion.check for criterion in criteria)
