"""What may be shown of a figure so that nobody can be found in it, not even by subtracting one figure from another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.cohesion.estimates import Estimate
from portal.rounded_tables import MIN_CELL
from portal.small_counts import rounded

MIN_BASE = 30
RELIABLE_BASE = 100
MAX_WIDTH = 0.20
# Below so many answers a tenth of a percent would say more than is known.
TENTHS_FROM = 1000
MIN_HIDDEN = 10
MIN_DIFFERENCE = 10


def is_enough(found: Estimate | None) -> bool:
    return found is not None and found.base >= MIN_BASE


def is_shown(found: Estimate | None) -> bool:
    """From 30 answers on; not where 1 to 4 people are all on one side, or the figure would tell what they said."""
    if found is None or not is_enough(found):
        return False
    return not any(0 < side < MIN_CELL for side in (found.positive, found.base - found.positive))


def few_or_rounded(count: int) -> int | None:
    """To the nearest 5; None for 1 to 4."""
    return None if 0 < count < MIN_CELL else rounded(count)


def percent(share: float, base: int) -> float:
    """Whole; with one decimal from a base of 1,000."""
    return round(100 * share, 1) if base >= TENTHS_FROM else round(100 * share)


def is_unreliable(found: Estimate) -> bool:
    """Shown with a warning: few answers, or a range wider than 20 points."""
    return found.base < RELIABLE_BASE or found.high - found.low > MAX_WIDTH


def shown_figure(found: Estimate) -> dict[str, Any]:
    """All that is told of a figure's size and sureness."""
    assert is_shown(found)
    return {
        "percent": percent(found.share, found.base),
        "low": percent(found.low, found.base),
        "high": percent(found.high, found.base),
        "base": rounded(found.base),
        "unreliable": is_unreliable(found),
    }


def hidden_answers(counts: Mapping[str, int], positive: Collection[str]) -> set[str]:
    """Which answers' shares are not shown: those of 1 to 4 people, and as many others as keep these from being worked out.

    The figure itself tells the total of the `positive` answers and of the others. So within each of the two nothing is
    hidden, or with the few at least one answer of more, and 10 people in all. Where that cannot be, none is shown.
    """
    hidden: set[str] = set()
    for line in ([code for code in counts if code in positive], [code for code in counts if code not in positive]):
        few = [code for code in line if 0 < counts[code] < MIN_CELL]
        if not few:
            continue
        taken: list[str] = []
        # In the published order: to take the smallest would tell that the others are not smaller.
        for code in line:
            if counts[code] >= MIN_CELL and (not taken or _people(counts, few + taken) < MIN_HIDDEN):
                taken.append(code)
        if not taken or _people(counts, few + taken) < MIN_HIDDEN:
            return set(counts)
        hidden.update(few, taken)
    return hidden


def _people(counts: Mapping[str, int], codes: list[str]) -> int:
    return sum(counts[code] for code in codes)


@dataclass(frozen=True)
class Conflict:
    """Why a release cannot be published: held against an earlier one of its wave, it tells of fewer than 10 people.

    `what` is "answered", "base", "positive", "answers", "hidden" or "coded"; `indicator` is empty for the wave as a whole,
    and the question where people's words were coded.
    """

    release: int
    indicator: str
    what: str


def conflicts(exact: Mapping[str, Any], earlier: Mapping[int, Mapping[str, Any]]) -> list[Conflict]:
    """Hold the exact counts behind a release against those behind each earlier one of the wave, by its number."""
    found = []
    for number, before in earlier.items():
        if _tells(exact["answered"], before["answered"]):
            found.append(Conflict(number, "", "answered"))
        found += [
            Conflict(number, code, what)
            for code, figure in exact["figures"].items()
            for other in before["figures"].values()
            if other["questions"] == figure["questions"]
            for what in _told_by(figure, other)
        ]
        found += [
            Conflict(number, question, "coded")
            for question, codes in exact.get("coded", {}).items()
            if _are_close(codes, before.get("coded", {}).get(question))
        ]
    return list(dict.fromkeys(found))


def _are_close(codes: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    """Whether other codes for the same words came so near that their difference is few people."""
    if before is None:
        return False
    counts, other = codes["counts"], before["counts"]
    return _tells(codes["base"], before["base"]) or any(
        _tells(counts[code], other[code]) for code in counts.keys() & other
    )


def _told_by(figure: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    yield from (what for what in ("base", "positive") if _tells(figure[what], other[what]))
    counts, before = figure["answers"], other["answers"]
    if any(_tells(counts.get(code, 0), before.get(code, 0)) for code in counts.keys() | before.keys()):
        yield "answers"
    once_hidden = set(figure["hidden"]) ^ set(other["hidden"])
    if any(counts.get(code) == before.get(code) for code in once_hidden):
        yield "hidden"


def _tells(one: int, other: int) -> bool:
    return 0 < abs(one - other) < MIN_DIFFERENCE
