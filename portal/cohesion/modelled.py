"""A model of an answer by area: areas lend each other what they have in common, and each is counted up over its own people.

Multilevel regression and poststratification (Gelman and Little, "Poststratification into many categories using hierarchical
logistic regression", Survey Methodology 23, 1997). Whether somebody says yes hangs on what kind of person they are and on
where they live; how far areas differ (`spread`, on the log-odds) is not taken as known: every value of it counts as far as
the answers bear it out, or the ranges would be too narrow. Nothing is drawn by chance: the same answers give the same figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, log1p, sqrt
from statistics import NormalDist

from portal.cohesion.calibration import Cell, Factored, columns_of, cross_products

# Of the log-odds: how far apart kinds of people are held to be before anybody answered, and where the whole may lie.
KINDS_APART, ANYWHERE = 1.0, 10.0
# The standard deviation between areas: these values are tried, and before anybody answered a small one is likelier.
LEAST_SPREAD, GREATEST_SPREAD, SPREADS = 0.02, 2.5, 16
LIKELY_SPREAD = 0.5
# How far kinds of people differ in number from one area to the next, as a part of themselves, where no census of areas says it.
UNKNOWN_MIX = 0.25
# Laplace's approximation is a little too sure of itself: without this the range holds the true share 94 times in 100.
WIDER = 1.04
# Newton's method takes about five steps, and some two from the solution of the spread before.
MOST_STEPS = 50
ENOUGH = 1e-9
NORMAL = NormalDist()


@dataclass(frozen=True)
class Answers:
    """How many people of one kind in one area answered, and how many of them said yes.

    `kinds`: by the numbers of their categories, one for each thing that tells people apart (sex, age).
    """

    area: int
    kinds: Cell
    people: int
    yes: int


@dataclass(frozen=True)
class Modelled:
    """The share that the model gives an area, with the range that holds the true one 19 times in 20, where the model holds."""

    share: float
    low: float
    high: float


def model(
    answers: Sequence[Answers],
    categories: Sequence[int],
    population: Sequence[Mapping[Cell, float]],
    *,
    is_counted: bool = True,
) -> list[Modelled]:
    """Of each area.

    `categories`: how many there are of each thing that tells people apart; `population`: of each area how many people of each
    kind live there, or their shares; `is_counted`: whether that is known of each area, and not taken from the whole town.
    """
    fits = _fits(answers, categories, len(population))
    total = max(fit.plausible for fit in fits)
    weights = [exp(fit.plausible - total) for fit in fits]
    found = []
    for area, people in enumerate(population):
        each = [fit.log_odds(area, people, categories, 0.0 if is_counted else UNKNOWN_MIX) for fit in fits]
        found.append(Modelled(*(_quantile(at, each, weights) for at in (0.5, 0.025, 0.975))))
    return found


@dataclass(frozen=True)
class _Fit:
    """The most plausible effects at one spread. `plausible`: the logarithm of how far the answers bear that spread out."""

    effects: Sequence[float]
    factored: Factored
    plausible: float

    def log_odds(
        self, area: int, people: Mapping[Cell, float], categories: Sequence[int], mix: float
    ) -> tuple[float, float]:
        """Of the area's share: the middle, and the variance by the delta method.

        `mix`: by which part of itself the number of people of each category may be another.
        """
        slopes = [0.0] * len(self.effects)
        total, share = sum(people.values()), 0.0
        said: list[tuple[Cell, float, float]] = []
        columns = columns_of([(*kinds, area) for kinds in people], [*categories, 0])
        for held, count in zip(columns, people.values(), strict=True):
            yes = _logistic(sum([self.effects[column] for column in held]))
            share += yes * count / total
            said.append((held[1:-1], yes, count / total))
            for column in held:
                slopes[column] += yes * (1 - yes) * count / total
        within = share * (1 - share)
        spread = sum(slope * by for slope, by in zip(slopes, self.factored.solve(slopes), strict=True))
        if mix:
            moved = [0.0] * len(self.effects)
            for held, yes, part in said:
                for column in held:
                    moved[column] += part * (yes - share)
            spread += mix**2 * sum(by * by for by in moved)
        return log(share / (1 - share)), WIDER**2 * spread / within**2


def _fits(answers: Sequence[Answers], categories: Sequence[int], areas: int) -> list[_Fit]:
    """Of each spread that is tried, from the least to the greatest: Laplace's approximation around the most plausible effects."""
    columns = columns_of([(*each.kinds, each.area) for each in answers], [*categories, areas])
    step = log(GREATEST_SPREAD / LEAST_SPREAD) / (SPREADS - 1)
    effects = [0.0] * (1 + sum(categories) + areas)
    found = []
    for at in range(SPREADS):
        spread = LEAST_SPREAD * exp(step * at)
        held = [1 / ANYWHERE**2, *[1 / KINDS_APART**2] * sum(categories), *[1 / spread**2] * areas]
        effects, factored = _most_plausible(answers, columns, held, effects)
        plausible = _objective(answers, columns, held, effects) - areas * log(spread)
        plausible -= sum(log(row[-1]) for row in factored.rows)
        # The values that are tried lie ever further apart, and each stands for all that are nearest to it.
        plausible += log(spread) - (spread / LIKELY_SPREAD) ** 2 / 2
        found.append(_Fit(effects, factored, plausible))
    return found


def _most_plausible(
    answers: Sequence[Answers], columns: Sequence[Cell], held: Sequence[float], effects: Sequence[float]
) -> tuple[list[float], Factored]:
    """Newton's method from these effects, each step cut in half until it leads upwards; there is one top and no other."""
    now, values = _objective(answers, columns, held, effects), list(effects)
    for _step in range(MOST_STEPS):
        slopes = [-each * value for each, value in zip(held, values, strict=True)]
        steepness = []
        for each, inside in zip(answers, columns, strict=True):
            yes = _logistic(sum([values[column] for column in inside]))
            steepness.append(each.people * yes * (1 - yes))
            for column in inside:
                slopes[column] += each.yes - each.people * yes
        matrix = cross_products(columns, steepness, len(values))
        for at, each_held in enumerate(held):
            matrix[at][at] += each_held
        factored = Factored(matrix)
        step, length = factored.solve(slopes), 1.0
        while True:
            tried = [value + length * by for value, by in zip(values, step, strict=True)]
            then = _objective(answers, columns, held, tried)
            if then >= now - ENOUGH or length < ENOUGH:
                break
            length /= 2
        moved = max(abs(by) for by in step) * length
        values, now = tried, then
        if moved < sqrt(ENOUGH):
            break
    return values, factored


def _objective(
    answers: Sequence[Answers], columns: Sequence[Cell], held: Sequence[float], effects: Sequence[float]
) -> float:
    """The logarithm of how likely the answers are with these effects, less what their size costs."""
    likely = 0.0
    for each, inside in zip(answers, columns, strict=True):
        at = sum([effects[column] for column in inside])
        likely += each.yes * at - each.people * (max(at, 0.0) + log1p(exp(-abs(at))))
    return likely - sum(cost * value * value for cost, value in zip(held, effects, strict=True)) / 2


def _quantile(wanted: float, middles: Sequence[tuple[float, float]], weights: Sequence[float]) -> float:
    """The share below which this part of the plausible ones lies, all spreads together."""
    errors = [sqrt(variance) for _, variance in middles]
    low = min(middle - 6 * error for (middle, _), error in zip(middles, errors, strict=True))
    high = max(middle + 6 * error for (middle, _), error in zip(middles, errors, strict=True))
    below = wanted * sum(weights)
    while high - low > ENOUGH:
        at = (low + high) / 2
        held = sum(
            weight * NORMAL.cdf((at - middle) / error)
            for weight, (middle, _), error in zip(weights, middles, errors, strict=True)
        )
        low, high = (at, high) if held < below else (low, at)
    return _logistic((low + high) / 2)


def _logistic(at: float) -> float:
    return 1 / (1 + exp(-at)) if at > 0 else 1 - 1 / (1 + exp(at))
