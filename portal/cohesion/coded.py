"""What may be shown of how often a code was given to written answers: the rules of every other figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.cohesion.disclosure import MIN_BASE, MIN_CELL, percent, rounded
from portal.surveys.agreement import Agreement, Kappa


@dataclass(frozen=True)
class CodedCount:
    """`count` to the nearest 5; None, as is all else, where it is not shown."""

    code: str
    count: int | None
    percent: float | None
    kappa: Kappa | None


@dataclass(frozen=True)
class CodedCounts:
    """`base`: how many written answers were coded, to the nearest 5; None where they are too few to show anything.

    `both`: how many of them two people coded, to the nearest 5.
    """

    base: int | None
    both: int
    codes: tuple[CodedCount, ...]


def shown_counts(counted: Mapping[str, Any]) -> CodedCounts:
    """Of `CodingFrame.counted`. Answers are not weighted: nothing leads from words to who wrote them."""
    base = counted["base"]
    codes = tuple(_shown(base, each) for each in counted["codes"])
    return CodedCounts(rounded(base) if base >= MIN_BASE else None, rounded(counted["both"]), codes)


def _shown(base: int, each: Mapping[str, Any]) -> CodedCount:
    code, count = each["code"], each["count"]
    # Of one code: an answer may have several, so the others do not tell what is hidden.
    if base < MIN_BASE or any(0 < side < MIN_CELL for side in (count, base - count)):
        return CodedCount(code, None, None, None)
    return CodedCount(code, rounded(count), percent(count / base, base), Agreement(*each["agreement"]).kappa)
