"""Which criteria of the MARAC look met by what is known of a report; whether ticked ones are enough. A person decides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from portal.partnership.community_risk import Criterion


@dataclass(frozen=True)
class Known:
    """What the portal knows of a report, as far as the signs of the criteria ask."""

    is_vulnerable: bool = False
    """Someone is hurt for a disability or their age, or children are affected."""
    is_escalating: bool = False
    """It gets worse, happens daily, or someone is in danger."""
    partners: int = 0
    """How many partners were told already."""
    is_high: bool = False
    """An officer judged it high, or its answers weigh so."""
    was_referred: bool = False
    """It, or one that belongs with it, was referred within the months of a repeat."""

    def shows(self, sign: str) -> bool:
        return {
            "vulnerable": self.is_vulnerable,
            "escalating": self.is_escalating,
            "several_agencies": self.partners > 1,
            "high": self.is_high,
            "referred_before": self.was_referred,
        }.get(sign, False)


def looks_met(criteria: Sequence[Criterion], known: Known) -> list[Criterion]:
    """Those of which the portal sees a sign, in the order of the file."""
    return [criterion for criterion in criteria if known.shows(criterion.sign)]


def is_enough(criteria: Sequence[Criterion], ticked: Collection[str]) -> bool:
    """Whether the case belongs at the table: one criterion that counts alone, or all that count together."""
    together = [criterion.code for criterion in criteria if criterion.together]
    alone = {criterion.code for criterion in criteria if not criterion.together}
    return bool(alone & set(ticked)) or (bool(together) and set(together) <= set(ticked))
