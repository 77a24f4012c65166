"""The rule by which an application is judged: that of the day on which it was made."""

from __future__ import annotations

from datetime import date

from portal.partnership.case_review import ThresholdRules
from portal.partnership.file import current_partnership

__all__ = ["ThresholdRules", "find_rules", "rules_on"]


def rules_on(day: date) -> ThresholdRules:
    """Changed later, a rule leaves applications alone that were made before."""
    partnership = current_partnership()
    return partnership.case_review.on(day, partnership.clocks.case_review_acknowledge)


def find_rules(version: str) -> ThresholdRules | None:
    """A version by its name, as applications keep it; None where it was taken out of the file."""
    partnership = current_partnership()
    return partnership.case_review.find_version(version, partnership.clocks.case_review_acknowledge)
