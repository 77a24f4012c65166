"""Gaps between groups: of each group a figure, and how far it is from everybody else's; which of them may be shown at once.

Here every published share counts as an exact number of people, which is more than a reader knows. Of a figure are known how
many people it is of, of how many it is true and of how many not; of a group that is shown, the same. So the same is known of
everybody else, and of all who are in no group that is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import repeat
from typing import Any

from portal.cohesion.areas import FOR_EACH_HIDDEN
from portal.cohesion.changes import benjamini_hochberg, newcombe
from portal.cohesion.disclosure import (
    MIN_CELL,
    MIN_DIFFERENCE,
    RELIABLE_BASE,
    as_published,
    percent,
    rounded,
    shown_figure,
    told_by_four,
    told_by_parts,
)
from portal.cohesion.estimates import SIGNIFICANT, Change, Estimate, estimate_of, probability
from portal.cohesion.overlaps import overlap_tells

LEAST = RELIABLE_BASE
"""So many answers a group needs, and so many everybody else."""
NO_GROUP = ""
Sides = tuple[int, int]
"""Of how many people it is true, and of how many not."""
Cells = Mapping[str, Sides]
"""By group; NO_GROUP are those who are in none."""
Tally = Mapping[tuple[Any, ...], int]
"""How many people share (weight, whether it is true of them, their group in a grouping)."""
People = Sequence[Sequence[Any]]
"""Of everybody who counts in a figure the weights, whether it is true of them, and their group in each grouping, in columns."""
WEIGHT, IS_TRUE, KINDS = 0, 1, 2
Bits = Mapping[Any, int]
"""Of each value in a column a number with a bit for each person: whether they have it."""
Public = Mapping[str, Mapping[str, Any]]
"""Of each grouping {"shown": groups, "cells": Cells}."""


@dataclass(frozen=True)
class Gap:
    """One group beside everybody else who counts in the figure, those who are in no group among them."""

    group: Estimate
    others: Estimate

    @property
    def interval(self) -> tuple[float, float]:
        """Of group minus others, by Newcombe (1998), method 10: no person is in both."""
        return newcombe(self.group, self.others)

    @property
    def as_published(self) -> Gap:
        """Of the shares and bases as they are told, see disclosure.as_published."""
        return Gap(as_published(self.group), as_published(self.others))


def cells_of(tally: Tally, groups: Sequence[str]) -> dict[str, Sides]:
    """A group that nobody is in is there with nobody."""
    found: Counter[tuple[str, bool]] = Counter()
    for (_weight, is_true, kind), count in tally.items():
        found[kind, is_true] += count
    return {group: (found[group, True], found[group, False]) for group in (*groups, NO_GROUP)}


def by_one(people: People, at: int) -> Tally:
    """By the grouping at this place."""
    return Counter(zip(people[WEIGHT], people[IS_TRUE], people[KINDS + at], strict=True))


def gap_of(tally: Tally, group: str) -> Gap:
    """Neither side may be empty."""
    mine: Counter[tuple[float, bool | None]] = Counter()
    others: Counter[tuple[float, bool | None]] = Counter()
    for (weight, is_true, kind), count in tally.items():
        (mine if kind == group else others)[weight, is_true] += count
    one, other = estimate_of(mine), estimate_of(others)
    assert one is not None
    assert other is not None
    return Gap(one, other)


def shown_groups(people: People, cells: Sequence[Cells], areas: Sequence[str] = ()) -> list[list[str]]:
    """Of each grouping the groups that may be shown, beside each other and beside all other groupings.

    `areas`: what is shown of the same figure by the grouping that comes after those of `cells`.

    All that have enough answers, or the first of these alone, or none: were as many shown as can be, this would say which
    cannot, and so how many are few.
    """
    bits: list[Bits] = [{}, *map(_bits_of, people[IS_TRUE:])]  # nobody is told apart by weight
    joints = cache(partial(_joints, bits))
    shown: list[list[str]] = []
    for at, mine in enumerate(cells):
        enough = [group for group in mine if group != NO_GROUP and has_enough(mine, group)]
        shown.append(
            next(
                (
                    chosen
                    for chosen in (enough, enough[:1])
                    if chosen
                    and not tells_of_few(mine, chosen)
                    and not any(
                        overlap_tells(_as_shown(joint, chosen, other))
                        for before, other in (*enumerate(shown), (len(cells), areas))
                        if other
                        for joint in joints(at, before)
                    )
                ),
                [],
            )
        )
    return shown


def has_enough(cells: Cells, group: str) -> bool:
    """Whether a group, by itself, may be held against everybody else."""
    mine, others = cells[group], _minus(_sum(cells, cells), cells[group])
    return all(sum(each) >= LEAST and not _is_few(each) for each in (mine, others))


def tells_of_few(cells: Cells, shown: Collection[str]) -> bool:
    """Whether what is left beside the groups shown is 1 to 4 people, or is, but for so few, one hidden group.

    A group that is told to have enough answers and is hidden all the same has 1 to 4 people on a side. Any of these numbers
    must be left to it: so many on that side of all who are hidden, and on the other as many as such groups need.
    """
    hidden = cells.keys() - set(shown)
    rest = _sum(cells, hidden)
    near = [group for group in hidden - {NO_GROUP} if sum(cells[group]) >= LEAST and not has_enough(cells, group)]
    if near and (min(rest) < FOR_EACH_HIDDEN * len(near) or max(rest) < LEAST * len(near)):
        return True
    return _is_few(rest) or any(
        sum(cells[group]) > 0 and sum(rest) - sum(cells[group]) < MIN_CELL for group in hidden - {NO_GROUP}
    )


def _sum(cells: Cells, groups: Collection[str]) -> Sides:
    return sum(cells[group][0] for group in groups), sum(cells[group][1] for group in groups)


def _minus(one: Sides, other: Sides) -> Sides:
    return one[0] - other[0], one[1] - other[1]


def _is_few(sides: Sides) -> bool:
    return any(0 < side < MIN_CELL for side in (*sides, sum(sides)))


def _joints(bits: Sequence[Bits], one: int, other: int) -> list[Counter[tuple[str, str]]]:
    """How many people are where in two groupings at once: of those it is true of, not true, all."""
    found: dict[bool, Counter[tuple[str, str]]] = {True: Counter(), False: Counter()}
    for is_true, these in bits[IS_TRUE].items():
        for mine, here in bits[KINDS + one].items():
            both = these & here
            for theirs, there in bits[KINDS + other].items():
                if count := (both & there).bit_count():
                    found[is_true][mine, theirs] = count
    return [found[True], found[False], found[True] + found[False]]


def _bits_of(column: Sequence[Any]) -> Bits:
    """Of each value whoever has it: two groupings meet in a single "and", however many people there are."""
    found: dict[Any, int] = {}
    values = list(dict.fromkeys(column))
    # As bytes, of which one is left for every other value.
    for first in range(0, len(values), 255):
        some = values[first : first + 255]
        numbers = bytes(map({value: at for at, value in enumerate(some)}.get, column, repeat(255)))
        for at, value in enumerate(some):
            found[value] = int(numbers.translate(b"0" * at + b"1" + b"0" * (255 - at)), 2)
    return found


def _as_shown(
    joint: Counter[tuple[str, str]], shown: Collection[str], others: Collection[str]
) -> Counter[tuple[str, str]]:
    """The same, with all who are in no group that is shown together."""
    found: Counter[tuple[str, str]] = Counter()
    for (mine, theirs), count in joint.items():
        found[mine if mine in shown else NO_GROUP, theirs if theirs in others else NO_GROUP] += count
    return found


def told_by_both(now: Mapping[str, Any], then: Mapping[str, Any]) -> bool:
    """Whether a grouping of two releases of one wave, each as {"shown": groups, "cells": Cells}, tells of fewer than 10 people."""
    if not now["shown"] or not then["shown"]:
        return False
    mine, before = now["cells"], then["cells"]
    if mine.keys() != before.keys():
        return True
    if any(
        0 < abs(one - other) < MIN_DIFFERENCE for group in mine for one, other in _pairs(mine[group], before[group])
    ):
        return True
    same = {group for group in mine if tuple(mine[group]) == tuple(before[group])}
    new = set(now["shown"]) - set(then["shown"])
    return bool(new & same) or tells_of_few(mine, set(now["shown"]) | (set(then["shown"]) & same))


def told_by_three(now: Mapping[str, Any], then: Mapping[int, Mapping[str, Any]]) -> list[int]:
    """The same beside three releases at once, see disclosure.told_by_four: the last of each three that tell of 1 to 4."""
    before = {number: _told(each) for number, each in then.items()}
    return list(dict.fromkeys(number for number, _what in told_by_four(_told(now), before)))


def _told(grouping: Mapping[str, Any]) -> dict[tuple[Any, ...], int]:
    return told_by_parts(grouping["cells"], grouping["shown"])


def _pairs(one: Sides, other: Sides) -> Iterator[tuple[int, int]]:
    yield from zip((*one, sum(one)), (*other, sum(other)), strict=True)


def judged(gaps: Mapping[Any, Gap]) -> dict[Any, Change]:
    """Higher or lower than everybody else, or neither: so many are looked at that of those named at most one in twenty should be
    wrong (Benjamini and Hochberg 1995). Exploratory, whichever figure it is of.
    """
    told = {which: gap.as_published for which, gap in gaps.items()}
    adjusted = benjamini_hochberg({which: probability(gap.group, gap.others) for which, gap in told.items()})
    return {
        which: Change.NO_CLEAR_CHANGE
        if p >= SIGNIFICANT
        else (Change.HIGHER if told[which].group.share > told[which].others.share else Change.LOWER)
        for which, p in adjusted.items()
    }


def shown_gap(gap: Gap, word: Change) -> dict[str, Any]:
    """All that is told of one group."""
    others = gap.as_published.others
    low, high = gap.as_published.interval
    least = min(gap.group.base, gap.others.base)
    return {
        "shown": True,
        **shown_figure(gap.group),
        "others": {
            "percent": percent(gap.others.share, gap.others.base),
            "low": percent(others.low, others.base),
            "high": percent(others.high, others.base),
            "base": rounded(gap.others.base),
        },
        "difference_low": percent(low, least),
        "difference_high": percent(high, least),
        "word": word.value,
    }
