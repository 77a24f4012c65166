"""How figures were weighted before weights were held within bounds: releases of that time are made again in the same way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from portal.cohesion.calibration import NotConverged
from portal.cohesion.weighting import (
    MAX_WEIGHT,
    MIN_WEIGHT,
    OUTSIDE,
    Combination,
    Margin,
    Weighting,
    cells_of,
    joined_cells,
)

TOLERANCE = 1e-6
MAX_ROUNDS = 200


def rake_unbounded(answers: Mapping[str, Sequence[str | None]], margins: Sequence[Margin], size: int) -> Weighting:
    """Weights cut to 0.3 and 3 and fitted once more, which could take them out again. Raises NotConverged."""
    if not size or not margins:
        return Weighting([1.0] * size)
    found = [cells_of(margin, answers, size) for margin in margins]
    joins = [joined_cells(margin, Counter(cells)) for margin, cells in zip(margins, found, strict=True)]
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
