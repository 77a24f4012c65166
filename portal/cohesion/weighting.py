"""Answers are weighted until those who answered look like the population: raking, with every weight held within bounds.

A margin counts the population by one question, or by several crossed with each other, as a wave keeps it in its recipe:
`{"by": ["sex", "age_band"], "cells": [{"of": [["female"], ["75_84", "85_over"]], "count": 9290}]}`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product, repeat
from typing import Any

from portal.cohesion.calibration import Calibration, NotConverged, calibrate, nearest

# A cell with fewer people in it is joined with its neighbour: few people should not speak for many.
MIN_PEOPLE = 20
MIN_WEIGHT, MAX_WEIGHT = 0.3, 3.0
# What weights within the bounds cannot mend is said from a thousandth of the people on.
MISSED = 0.001
# Whoever left a question blank, or gave an answer that the population was not counted by.
OUTSIDE = -1

Margin = Mapping[str, Any]
Combination = tuple[int, ...]


@dataclass(frozen=True)
class Missed:
    """A cell of a margin that does not get its part of the people, even at the bounds; both are shares of the margin.

    `kinds`: of each of the margin's questions the answers that it holds.
    """

    by: tuple[str, ...]
    kinds: tuple[tuple[str, ...], ...]
    wanted: float
    reached: float


@dataclass(frozen=True)
class Scarce:
    """What fewer than 20 people answered to one of a margin's questions: no weight makes these speak for all."""

    by: str
    kinds: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Weighting:
    """One weight for each person, with a mean of 1, and the facts that let someone else make them again."""

    weights: list[float]
    iterations: int = 0
    trimmed: int = 0
    """How many people's weights raking alone would have put outside the bounds."""
    joined: tuple[tuple[tuple[int, int], ...], ...] = ()
    """For each margin the cells that were joined to another or put outside, and to which, by their places in the margin."""
    outside: tuple[int, ...] = ()
    """For each margin how many people are in none of its cells."""
    combinations: tuple[Combination, ...] = ()
    """Of each person the joined cell in each margin: people with the same have the same weight. Empty: not weighted."""
    missed: tuple[Missed, ...] = ()
    scarce: tuple[Scarce, ...] = ()

    @property
    def least(self) -> float:
        return min(self.weights, default=1.0)

    @property
    def most(self) -> float:
        return max(self.weights, default=1.0)

    @property
    def design_effect(self) -> float:
        """Kish: how many times as many answers an unweighted sample would spare."""
        return len(self.weights) / effective_size(self.weights) if self.weights else 1.0


def effective_size(weights: Sequence[float]) -> float:
    """Kish: the size of the unweighted sample that would be as exact."""
    return sum(weights) ** 2 / sum(weight * weight for weight in weights)


def rake(answers: Mapping[str, Sequence[str | None]], margins: Sequence[Margin], size: int) -> Weighting:
    """Weights for `size` people who gave these answers; raises NotConverged.

    People outside a margin keep the share they have among those who answered, and nobody is left out. Raking; where it would
    give somebody less than 0.3 or more than 3 times the mean, calibration with logit bounds; and where no weights within
    the bounds meet the margins, those that miss them by least, which is told.
    """
    if not size or not margins:
        return Weighting([1.0] * size)
    found = [cells_of(margin, answers, size) for margin in margins]
    held = [Counter(cells) for cells in found]
    joins = [_joined_within_kinds(margin, people) for margin, people in zip(margins, held, strict=True)]
    together = list(zip(*found, strict=True))
    # Few differ: each is looked at once.
    joined = {
        cells: tuple(join[cell] for join, cell in zip(joins, cells, strict=True)) for cells in dict.fromkeys(together)
    }
    combinations: list[Combination] = list(map(joined.__getitem__, together))
    people = Counter(combinations)
    targets = [
        _targets(margin, join, size - sum(count for each, count in people.items() if each[at] == OUTSIDE), size)
        for at, (margin, join) in enumerate(zip(margins, joins, strict=True))
    ]
    calibration, trimmed = _fit(people, targets)
    factor = dict(zip(people, calibration.factors, strict=True))
    # What a solution is short of by rounding must not lead out of the bounds, where they hold.
    mean = sum(factor[each] * count for each, count in people.items()) / size
    least, most = (MIN_WEIGHT, MAX_WEIGHT) if trimmed else (0.0, float("inf"))
    weight = {each: min(max(one / mean, least), most) for each, one in factor.items()}
    return Weighting(
        list(map(weight.__getitem__, combinations)),
        calibration.iterations,
        trimmed,
        tuple(tuple(pair for pair in join.items() if pair[0] != pair[1]) for join in joins),
        tuple(people[OUTSIDE] for people in held),
        tuple(combinations),
        _missed(margins, joins, targets, people, weight),
        _scarce(margins, held),
    )


def _fit(people: Mapping[Combination, int], targets: Sequence[Mapping[int, float]]) -> tuple[Calibration, int]:
    """The factors of each combination, and how many people's raking alone would put outside the bounds."""
    places = [{cell: place for place, cell in enumerate(target)} for target in targets]
    cells = [tuple(of[cell] for of, cell in zip(places, each, strict=True)) for each in people]
    counts, wanted = list(people.values()), [list(target.values()) for target in targets]
    raked = calibrate(cells, counts, wanted)
    trimmed = sum(
        count for count, factor in zip(counts, raked.factors, strict=True) if not MIN_WEIGHT <= factor <= MAX_WEIGHT
    )
    if not trimmed:
        return raked, 0
    try:
        return calibrate(cells, counts, wanted, (MIN_WEIGHT, MAX_WEIGHT)), trimmed
    except NotConverged:
        return nearest(cells, counts, wanted, (MIN_WEIGHT, MAX_WEIGHT)), trimmed


def cells_of(margin: Margin, answers: Mapping[str, Sequence[str | None]], size: int) -> list[int]:
    """The place of each person's cell in the margin."""
    places = {combination: place for place, cell in enumerate(margin["cells"]) for combination in product(*cell["of"])}
    columns = [answers.get(name) or [None] * size for name in margin["by"]]
    return list(map(places.get, zip(*columns, strict=True), repeat(OUTSIDE)))


def joined_cells(margin: Margin, people: Counter[int]) -> dict[int, int]:
    """The cell that each cell is joined to: itself, unless too few people are in it.

    Of two neighbours the one with fewer people is taken; of cells by sex and age, first one of the same sex.
    """
    groups = [[place] for place in range(len(margin["cells"]))]

    def held(at: int) -> int:
        return sum(people[place] for place in groups[at])

    def kind(at: int) -> Any:
        return margin["cells"][groups[at][0]]["of"][:-1]

    while len(groups) > 1:
        small = min(range(len(groups)), key=held)
        if held(small) >= MIN_PEOPLE:
            break
        beside = [at for at in (small - 1, small + 1) if 0 <= at < len(groups)]
        other = min([at for at in beside if kind(at) == kind(small)] or beside, key=held)
        first, second = sorted((small, other))
        groups[first] += groups.pop(second)
    return {place: group[0] for group in groups for place in group} | {OUTSIDE: OUTSIDE}


def _joined_within_kinds(margin: Margin, people: Counter[int]) -> dict[int, int]:
    """As joined_cells; but of a sex that hardly anyone is of, no cell is joined to the other sex: it is put outside.

    Its few people keep their share, and the margin counts those of whom enough answered.
    """
    kinds = [cell["of"][:-1] for cell in margin["cells"]]
    held = [sum(people[place] for place, other in enumerate(kinds) if other == kind) for kind in kinds]
    kept = [place for place, kind in enumerate(kinds) if held[place] >= MIN_PEOPLE or not kind]
    some = {"cells": [margin["cells"][place] for place in kept]}
    join = joined_cells(some, Counter({at: people[place] for at, place in enumerate(kept)})) if kept else {}
    return (
        dict.fromkeys(range(len(kinds)), OUTSIDE)
        | {kept[at]: kept[to] for at, to in join.items() if at != OUTSIDE}
        | {OUTSIDE: OUTSIDE}
    )


def _targets(margin: Margin, join: Mapping[int, int], inside: int, size: int) -> dict[int, float]:
    """How many of the people who answered should be in each joined cell; cells that nobody is in are not there.

    `inside`: how many are in any cell of the margin.
    """
    counted = [(join[place], cell["count"]) for place, cell in enumerate(margin["cells"]) if join[place] != OUTSIDE]
    population = sum(count for _, count in counted)
    targets = {OUTSIDE: float(size - inside)} if inside < size else {}
    for place, count in counted:
        if inside:
            targets[place] = targets.get(place, 0.0) + inside * count / population
    return targets


def _missed(
    margins: Sequence[Margin],
    joins: Sequence[Mapping[int, int]],
    targets: Sequence[Mapping[int, float]],
    people: Mapping[Combination, int],
    weights: Mapping[Combination, float],
) -> tuple[Missed, ...]:
    found = []
    for at, (margin, join, target) in enumerate(zip(margins, joins, targets, strict=True)):
        held: Counter[int] = Counter()
        for each, count in people.items():
            held[each[at]] += weights[each] * count  # type: ignore[assignment]
        cells = target.keys() - {OUTSIDE}
        wanted, reached = sum(target[cell] for cell in cells), sum(held[cell] for cell in cells)
        each_of = [(cell, target[cell] / wanted, held[cell] / reached) for cell in sorted(cells)]
        found += [
            Missed(tuple(margin["by"]), _kinds(margin, join, cell), should, does)
            for cell, should, does in each_of
            if abs(should - does) > MISSED
        ]
    return tuple(found)


def _kinds(margin: Margin, join: Mapping[int, int], cell: int) -> tuple[tuple[str, ...], ...]:
    of = [each["of"] for place, each in enumerate(margin["cells"]) if join[place] == cell]
    return tuple(tuple(dict.fromkeys(code for each in of for code in each[at])) for at in range(len(margin["by"])))


def _scarce(margins: Sequence[Margin], held: Sequence[Mapping[int, int]]) -> tuple[Scarce, ...]:
    found = []
    for margin, people in zip(margins, held, strict=True):
        for at, name in enumerate(margin["by"]):
            answered: Counter[tuple[str, ...]] = Counter()
            for place, cell in enumerate(margin["cells"]):
                answered[tuple(cell["of"][at])] += people[place]
            kinds = tuple(kind for kind, count in answered.items() if count < MIN_PEOPLE)
            found += [Scarce(name, kinds)] if kinds else []
    return tuple(found)
