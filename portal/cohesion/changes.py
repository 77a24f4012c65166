"""What moved since earlier waves: how far at least and at most, and whether chance among so many figures explains it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import hypot
from typing import Any

from portal.cohesion.estimates import SIGNIFICANT, Change, Estimate, holm, probability

# Days by which two last days may miss being a year apart and still be of one season.
SEASON = 45
YEAR = 365
Public = Mapping[tuple[str, str], float]
"""The percentage of each figure that is public, by its wave's id and its code."""


class Against(StrEnum):
    """Which earlier wave a figure is held against."""

    BEFORE = "before"
    SEASON = "season"
    """The one of the same season a year before: some things are worse in summer."""
    BASELINE = "baseline"
    """The first one."""


@dataclass(frozen=True)
class Moved:
    """Now minus then, as shares: `low` to `high` is what chance leaves open."""

    word: Change
    low: float
    high: float


def moved(pairs: Mapping[str, tuple[Estimate, Estimate]], primary: Collection[str]) -> dict[str, Moved]:
    """Of each figure (now, before). The primary ones are few and judged strictly among themselves, by Holm; of the others
    at most one in twenty of those called higher or lower should be wrong, by Benjamini and Hochberg (1995).
    """
    found = {code: probability(*pair) for code, pair in pairs.items()}
    adjusted = holm({code: p for code, p in found.items() if code in primary})
    adjusted |= benjamini_hochberg({code: p for code, p in found.items() if code not in primary})
    return {code: Moved(_word(*pairs[code], p), *newcombe(*pairs[code])) for code, p in adjusted.items()}


def _word(now: Estimate, before: Estimate, p: float) -> Change:
    if p >= SIGNIFICANT:
        return Change.NO_CLEAR_CHANGE
    return Change.HIGHER if now.share > before.share else Change.LOWER


def benjamini_hochberg(probabilities: Mapping[str, float]) -> dict[str, float]:
    """Probabilities as they count where false findings may be a share of all findings."""
    adjusted: dict[str, float] = {}
    so_far, place = 1.0, len(probabilities)
    for code, p in sorted(probabilities.items(), key=lambda item: item[1], reverse=True):
        so_far = min(so_far, p * len(probabilities) / place)
        adjusted[code], place = so_far, place - 1
    return adjusted


def newcombe(now: Estimate, before: Estimate) -> tuple[float, float]:
    """The 95% interval of the difference of two shares, from Wilson's of each (Newcombe 1998, method 10)."""
    difference = now.share - before.share
    return (
        difference - hypot(now.share - now.low, before.high - before.share),
        difference + hypot(now.high - now.share, before.share - before.low),
    )


def comparators(closes_on: date, earlier: Collection[Mapping[str, Any]]) -> dict[str, list[Against]]:
    """Which of the earlier releases' documents a wave is held against: their waves' ids, and in what they are compared."""
    found: dict[str, list[Against]] = {}
    if not earlier:
        return found
    by_age = sorted((document["wave"] for document in earlier), key=lambda wave: wave["number"], reverse=True)

    def from_a_year(wave: Mapping[str, Any]) -> int:
        return abs((closes_on - date.fromisoformat(wave["closes_on"])).days - YEAR)

    nearest = min(by_age, key=from_a_year)
    chosen = [
        (Against.BEFORE, by_age[0]),
        *([(Against.SEASON, nearest)] if from_a_year(nearest) <= SEASON else []),
        (Against.BASELINE, by_age[-1]),
    ]
    for against, wave in chosen:
        found.setdefault(wave["id"], []).append(against)
    return found


def public_figures(documents: Iterable[Mapping[str, Any]]) -> Public:
    """What the releases that are public now show."""
    return {
        (document["wave"]["id"], each["code"]): each["percent"]
        for document in documents
        for each in document["indicators"]
        if each["shown"]
    }


def still_stands(indicator: Mapping[str, Any], change: Mapping[str, Any], public: Public) -> bool:
    """Whether the figure that it was held against is public as it was: else the page would say two things of one wave."""
    return public.get((change["wave"], indicator["code"])) == change["percent"]
