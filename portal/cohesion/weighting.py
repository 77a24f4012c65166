"""Answers are weighted until those who answered look like the population: raking, also called proportional fitting.

A margin counts the population by one question, or by several crossed with each other, as a wave keeps it in its recipe:
`{"by": ["sex", "age_band"], "cells": [{"of": [["female"], ["75_84", "85_over"]], "count": 9290}]}`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

# A cell with fewer people in it is joined with its neighbour: few people should not speak for many.
MIN_PEOPLE = 20
MIN_WEIGHT, MAX_WEIGHT = 0.3, 3.0
TOLERANCE = 1e-6
MAX_ROUNDS = 200
# Whoever left a question blank, or gave an answer that the population was not counted by.
OUTSIDE = -1

Margin = Mapping[str, Any]
Combination = tuple[int, ...]


class NotConverged(Exception):
    """The margins contradict each other for those who answered: no weights meet them all."""


@dataclass(frozen=True)
class Weighting:
    """One weight for each person, with a mean of 1, and the facts that let someone else make them again."""

    weights: list[float]
    iterations: int = 0
    trimmed: int = 0
    """How many people's weights were cut to 0.3 or 3.0 before the second fitting."""
    joined: tuple[tuple[tuple[int, int], ...], ...] = ()
    """For each margin the cells that were joined to another, and to which, by their places in the margin."""
    outside: tuple[int, ...] = ()
    """For each margin how many people are in none of its cells."""
    combinations: tuple[Combination, ...] = ()
    """Of each person the joined cell in each margin: people with the same have the same weight. Empty: not weighted."""

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

    People outside a margin keep the share they have among those who answered, and nobody is left out. Weights are cut
    to 0.3 and 3 times their mean and fitted once more: the margins hold in the end, so a weight may lie a little beyond.
    """
    if not size or not margins:
        return Weighting([1.0] * size)
    found = [_cells(margin, answers, size) for margin in margins]
    joins = [_join(margin, Counter(cells)) for margin, cells in zip(margins, found, strict=True)]
    combinations: list[Combination] = list(
        zip(*([join[cell] for cell in cells] for join, cells in zip(joins, found, strict=True)), strict=True)
    )
    people = Counter(combinations)
    targets = [
        _targets(margin, join, Counter(cells), size) for margin, join, cells in zip(margins, joins, found, strict=True)
    ]
    weights = dict.fromkeys(people, 1.0)
    iterations = _fit(weights, people, targets)
    trimmed = sum(people[each] for each, weight in weights.items() if not MIN_WEIGHT <= weight <= MAX_WEIGHT)
    if trimmed:
        weights = {each: min(max(weight, MIN_WEIGHT), MAX_WEIGHT) for each, weight in weights.items()}
        iterations += _fit(weights, people, targets)
    total = sum(weight * people[each] for each, weight in weights.items())
    return Weighting(
        [weights[each] * size / total for each in combinations],
        iterations,
        trimmed,
        tuple(tuple(pair for pair in join.items() if pair[0] != pair[1]) for join in joins),
        tuple(cells.count(OUTSIDE) for cells in found),
        tuple(combinations),
    )


def _cells(margin: Margin, answers: Mapping[str, Sequence[str | None]], size: int) -> list[int]:
    """The place of each person's cell in the margin."""
    places = {combination: place for place, cell in enumerate(margin["cells"]) for combination in product(*cell["of"])}
    columns = [answers.get(name) or [None] * size for name in margin["by"]]
    return [places.get(given, OUTSIDE) for given in zip(*columns, strict=True)]


def _join(margin: Margin, people: Counter[int]) -> dict[int, int]:
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


def _targets(margin: Margin, join: Mapping[int, int], people: Counter[int], size: int) -> dict[int, float]:
    """How many of the people who answered should be in each joined cell."""
    inside = size - people[OUTSIDE]
    population = sum(cell["count"] for cell in margin["cells"])
    targets = {OUTSIDE: float(people[OUTSIDE])}
    for place, cell in enumerate(margin["cells"]):
        targets[join[place]] = targets.get(join[place], 0.0) + inside * cell["count"] / population
    return targets


def _fit(
    weights: dict[Combination, float], people: Mapping[Combination, int], targets: Sequence[Mapping[int, float]]
) -> int:
    """Change the weights until every margin holds; returns the rounds it took. Raises NotConverged."""
    for iteration in range(1, MAX_ROUNDS + 1):
        farthest = 0.0
        for margin, target in enumerate(targets):
            sums: Counter[int] = Counter()
            for each, weight in weights.items():
                sums[each[margin]] += weight * people[each]  # type: ignore[assignment]
            ratios = {cell: target[cell] / there for cell, there in sums.items()}
            farthest = max(farthest, *(abs(ratio - 1) for ratio in ratios.values()))
            for each in weights:
                weights[each] *= ratios[each[margin]]
        if farthest < TOLERANCE:
            return iteration
    raise NotConverged
