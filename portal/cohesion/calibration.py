"""Weights are changed as little as can be until groups of people add up to what is known of the population.

Deville and Särndal, "Calibration estimators in survey sampling", JASA 87 (1992): the factor of everyone in a cell is F(x'b)
with F = exp (raking) or the logistic function between two bounds, and b is found by Newton's method. R's package survey
calls these calfun="raking" and calfun="logit".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log, log1p
from operator import mul

# In how many steps a solution is found if there is one: Newton's method needs about ten.
MAX_STEPS = 100
# How far a margin may be off: a part of itself, and what rounding leaves of everyone.
TOLERANCE, ROUNDING = 1e-11, 1e-12
# nearest() counts in large numbers that cancel out, and looks for no more than the nearest.
ROUGHLY = 1e-8
SHORTEST = 1e-10
# What nearest() takes a margin's miss to cost: ever more, until it costs so much that only the bounds are left in its way.
PENALTIES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
LARGEST_EXPONENT = 700.0

Cell = tuple[int, ...]
Bounds = tuple[float, float]
Matrix = list[list[float]]


class NotConverged(Exception):
    """The margins contradict each other for those who answered: no weights meet them all."""


@dataclass(frozen=True)
class Calibration:
    """Of each cell by how much the weights in it are multiplied."""

    factors: list[float]
    iterations: int


@dataclass(frozen=True)
class Distance:
    """F, its derivative and its integral: what a step along x'b does to a weight."""

    factor: Callable[[float], float]
    slope: Callable[[float], float]
    integral: Callable[[float], float]


def calibrate(
    cells: Sequence[Cell], sizes: Sequence[float], targets: Sequence[Sequence[float]], bounds: Bounds | None = None
) -> Calibration:
    """The factors that meet every margin, none outside the bounds; raises NotConverged where there are none.

    `cells`: of each its category in every margin; `sizes`: the sum of its weights; `targets`: of each margin what each
    category should add up to, which is more than 0. Every margin adds up to the sum of the sizes.
    """
    problem = _Problem(cells, sizes, targets, bounds)
    values, iterations = _maximise(problem, problem.start(), 0.0)
    return Calibration(problem.factors(values), iterations)


def nearest(
    cells: Sequence[Cell], sizes: Sequence[float], targets: Sequence[Sequence[float]], bounds: Bounds
) -> Calibration:
    """The factors within the bounds that miss the margins by least: the sum of the squares of the misses.

    For margins that cannot be met; takes what calibrate() takes. The weights add up to what they did before. Ridge
    calibration: Bardsley and Chambers, "Multipurpose estimation from unbalanced samples", Applied Statistics 33 (1984).
    """
    problem = _Problem(cells, sizes, targets, bounds)
    values, iterations = problem.start(), 0
    for penalty in PENALTIES:
        values, more = _maximise(problem, values, penalty)
        iterations += more
    return Calibration(problem.factors(values), iterations)


def _raking() -> Distance:
    def power(at: float) -> float:
        return exp(min(at, LARGEST_EXPONENT))

    return Distance(power, power, power)


def _logit(bounds: Bounds) -> Distance:
    """F(u) = L + (U - L) s(A u + B) with the logistic function s: it is 1 at 0 and rises there with slope 1."""
    low, high = bounds
    steepness, shift = (high - low) / ((1 - low) * (high - 1)), log((1 - low) / (high - 1))

    def logistic(at: float) -> float:
        z = steepness * at + shift
        return 1 / (1 + exp(-min(z, LARGEST_EXPONENT))) if z > 0 else 1 - 1 / (1 + exp(max(z, -LARGEST_EXPONENT)))

    def slope(at: float) -> float:
        there = logistic(at)
        return (high - low) * steepness * there * (1 - there)

    def integral(at: float) -> float:
        z = steepness * at + shift
        return low * at + (high - low) / steepness * (max(z, 0.0) + log1p(exp(-min(abs(z), LARGEST_EXPONENT))))

    return Distance(lambda at: low + (high - low) * logistic(at), slope, integral)


class _Problem:
    """Column 0 holds everyone, the others the categories of each margin after the other."""

    def __init__(
        self,
        cells: Sequence[Cell],
        sizes: Sequence[float],
        targets: Sequence[Sequence[float]],
        bounds: Bounds | None,
    ) -> None:
        self.columns = columns_of(cells, [len(each) for each in targets])
        self.sizes = sizes
        self.targets = [sum(sizes), *(target for each in targets for target in each)]
        self.distance = _logit(bounds) if bounds else _raking()

    def start(self) -> list[float]:
        return [0.0] * len(self.targets)

    def places(self, values: Sequence[float]) -> list[float]:
        return [sum([values[column] for column in columns]) for columns in self.columns]

    def factors(self, values: Sequence[float]) -> list[float]:
        return list(map(self.distance.factor, self.places(values)))

    def objective(self, values: Sequence[float], cost: float) -> float:
        """What the solution maximises; it has one top and no other."""
        gained = sum(map(mul, values, self.targets)) - sum(
            map(mul, self.sizes, map(self.distance.integral, self.places(values)))
        )
        return gained - cost * sum(map(mul, values[1:], values[1:])) / 2

    def missing(self, values: Sequence[float], cost: float) -> list[float]:
        """The objective's gradient: of each column what is still missing in it."""
        short = [target - cost * value for target, value in zip(self.targets, values, strict=True)]
        short[0] = self.targets[0]
        for columns, size, factor in zip(self.columns, self.sizes, self.factors(values), strict=True):
            for column in columns:
                short[column] -= size * factor
        return short

    def steepness(self, values: Sequence[float]) -> list[float]:
        return list(map(mul, self.sizes, map(self.distance.slope, self.places(values))))


def _maximise(problem: _Problem, values: list[float], penalty: float) -> tuple[list[float], int]:
    """Newton's method, each step cut in half until it leads upwards. Raises NotConverged."""
    whole = problem.targets[0]
    cost = penalty * whole
    enough = [ROUGHLY * whole if penalty else TOLERANCE * target + ROUNDING * whole for target in problem.targets]
    now, short = problem.objective(values, cost), problem.missing(values, cost)
    for iteration in range(1, MAX_STEPS + 1):
        step = Factored(cross_products(problem.columns, problem.steepness(values), len(values)), cost).solve(short)
        length = 1.0
        while True:
            tried = [value + length * by for value, by in zip(values, step, strict=True)]
            then = problem.objective(tried, cost)
            # Near the top the objective no longer tells one step from the next.
            if then >= now - 1e-13 * (1 + abs(now)):
                break
            length /= 2
            if length < SHORTEST:
                raise NotConverged
        values, now, short = tried, then, problem.missing(tried, cost)
        if all(abs(miss) <= most for miss, most in zip(short, enough, strict=True)):
            return values, iteration
    raise NotConverged


def columns_of(cells: Sequence[Cell], categories: Sequence[int]) -> list[Cell]:
    """Of each cell which columns of 0 and 1 hold it: 0 holds everyone, the others each category of each margin."""
    starts, at = [], 1
    for count in categories:
        starts.append(at)
        at += count
    return [(0, *(start + place for start, place in zip(starts, cell, strict=True))) for cell in cells]


def cross_products(columns: Sequence[Cell], sizes: Sequence[float], width: int) -> Matrix:
    """X'DX, of which only the lower half is filled: how much weight each two columns share."""
    found: Matrix = [[0.0] * width for _ in range(width)]
    for held, size in zip(columns, sizes, strict=True):
        for at, row in enumerate(held):
            for column in held[: at + 1]:
                found[row][column] += size
    return found


class Factored:
    """Cholesky's factor of a symmetric matrix, with which many equations are solved.

    A column that follows from those before it is passed over, as in a generalised inverse: of each margin's categories the
    last one does, because all margins add up to everyone.
    """

    def __init__(self, matrix: Matrix, added: float = 0.0) -> None:
        """`matrix`: its lower half; `added`: what is added to its diagonal, but for the first column."""
        self.rows: Matrix = []
        for at, row in enumerate(matrix):
            mine: list[float] = []
            for before, other in enumerate(self.rows):
                pivot = other[before]
                mine.append((row[before] - sum(map(mul, mine, other))) / pivot if pivot else 0.0)
            whole = row[at] + (added if at else 0.0)
            rest = whole - sum(map(mul, mine, mine))
            mine.append(rest**0.5 if rest > 1e-12 * whole else 0.0)
            self.rows.append(mine)

    def solve(self, right: Sequence[float]) -> list[float]:
        """The solution in which columns that were passed over are 0."""
        found: list[float] = []
        for at, row in enumerate(self.rows):
            found.append((right[at] - sum(map(mul, found, row))) / row[at] if row[at] else 0.0)
        for at in range(len(found) - 1, -1, -1):
            row = self.rows[at]
            found[at] = found[at] / row[at] if row[at] else 0.0
            for before in range(at):
                found[before] -= row[before] * found[at]
        return found
