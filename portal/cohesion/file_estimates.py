"""The portal's arithmetic on any file: weights that meet the margins, and the share of each question with its ranges.

Errors are those of R's package survey: linearised (Taylor), with replacement, in one stage and without strata. Of some of
the rows they count all the rows of the file, as R does for a subset of a design.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from math import sqrt
from operator import mul
from typing import Any

from portal.cohesion.calibration import (
    Bounds,
    Calibration,
    Cell,
    Factored,
    Matrix,
    NotConverged,
    calibrate,
    columns_of,
    cross_products,
)
from portal.cohesion.data_file import NO, YES, DataError, DataFile, Margins, quoted
from portal.cohesion.estimates import wilson
from portal.cohesion.intervals import logit_interval

# Of every byte, as which an answer is kept, whether it is this one.
IS_YES, IS_NO = (bytes(state == wanted for state in range(256)) for wanted in (YES, NO))


def estimates_of(data: DataFile, margins: Margins, bounds: Bounds | None = None) -> dict[str, Any]:
    """What `portal estimate` prints. Raises DataError where the margins cannot be met."""
    rows = _Rows(data)
    fitted = _Fitted(rows, margins, bounds)
    total, squares = float(data.size), sum(pair.squares for pair in fitted.everyone)
    estimates = []
    for at, question in enumerate(data.answers):
        tallies = fitted.tallies(rows.counted(at))
        estimates.append({"question": question, "by": None} | fitted.estimate(tallies))
        inside: dict[int, list[Tally]] = {}
        for tally in tallies:
            inside.setdefault(data.pairs[tally.pair][1], []).append(tally)
        estimates += [
            {"question": question, "by": group} | fitted.estimate(inside.get(place, ()))
            for place, group in enumerate(data.groups)
        ]
    return {
        "n": data.size,
        "iterations": fitted.iterations,
        "converged": True,
        "deff_kish": data.size * squares / total**2,
        "n_eff": total**2 / squares,
        "weights": fitted.weights(),
        "estimates": estimates,
    }


@dataclass(frozen=True)
class Sums:
    """How many rows of one pair gave one answer, with the sum of their base weights and of the squares of these."""

    pair: int
    answer: int | None
    count: int
    base: float
    squares: float


class _Rows:
    """The rows of each pair, which are weighted alike and stand in one group."""

    def __init__(self, data: DataFile) -> None:
        self.data, self.width = data, len(data.answers)
        together = bytearray(data.size * self.width)
        for at, answers in enumerate(data.answers.values()):
            together[at :: self.width] = answers
        # Of each pair the answers of its rows, those of one row side by side.
        self.answers = [bytearray() for _ in data.pairs]
        for row, pair in enumerate(data.pair_of):
            self.answers[pair] += together[row * self.width : (row + 1) * self.width]
        # Weights before any calibration, with a mean of 1.
        self.base: list[float] | None = None
        if data.base is not None:
            scale = data.size / sum(data.base)
            self.base = [weight * scale for weight in data.base]
            self.weights: list[list[float]] = [[] for _ in data.pairs]
            for weight, pair in zip(self.base, data.pair_of, strict=True):
                self.weights[pair].append(weight)
            self.squares = [list(map(mul, weights, weights)) for weights in self.weights]

    def counted(self, question: int) -> list[Sums]:
        """Who said yes and who said no, of each pair in which anybody did."""
        found = []
        for pair, answers in enumerate(self.answers):
            said = answers[question :: self.width]
            found += [self._sums(pair, YES, said.translate(IS_YES)), self._sums(pair, NO, said.translate(IS_NO))]
        return [sums for sums in found if sums.count]

    def everyone(self) -> list[Sums]:
        return [
            self._sums(pair, None, b"\1" * (len(answers) // self.width)) for pair, answers in enumerate(self.answers)
        ]

    def _sums(self, pair: int, answer: int | None, chosen: bytes | bytearray) -> Sums:
        count = chosen.count(1)
        if self.base is None:
            return Sums(pair, answer, count, float(count), float(count))
        weights, squares = self.weights[pair], self.squares[pair]
        return Sums(pair, answer, count, sum(compress(weights, chosen)), sum(compress(squares, chosen)))


@dataclass(frozen=True)
class Tally:
    """The sums of those who gave one answer, weighted; `columns` are those of the margins in which they are."""

    pair: int
    columns: Cell
    is_yes: bool
    count: int
    base: float
    weight: float
    squares: float


class _Fitted:
    """The rows with the weights that meet the margins."""

    def __init__(self, rows: _Rows, margins: Margins, bounds: Bounds | None) -> None:
        self.rows, self.data = rows, rows.data
        self.size = rows.data.size
        sums = rows.everyone()
        base: dict[Cell, float] = {}
        for one in sums:
            cell = self.data.pairs[one.pair][0]
            base[cell] = base.get(cell, 0.0) + one.base
        cells = list(base)
        calibration = self._calibrated(cells, list(base.values()), margins, bounds)
        self.iterations = calibration.iterations
        columns = columns_of(cells, [len(each) for each in margins.values()])
        held, factor = dict(zip(cells, columns, strict=True)), dict(zip(cells, calibration.factors, strict=True))
        self.columns = [held[cell] for cell, _ in self.data.pairs]
        self.factors = [factor[cell] for cell, _ in self.data.pairs]
        self.everyone = self.tallies(sums)
        self.width = 1 + sum(map(len, margins.values()))
        everyone = [each.columns for each in self.everyone]
        # As R does it, the residuals are those of a regression with the weights there were before.
        self.regression = Factored(cross_products(everyone, [each.base for each in self.everyone], self.width))
        self.spread = cross_products(everyone, [each.squares for each in self.everyone], self.width)
        self.weight = [0.0] * self.width
        for each in self.everyone:
            for column in each.columns:
                self.weight[column] += each.weight

    def _calibrated(
        self, cells: Sequence[Cell], sizes: Sequence[float], margins: Margins, bounds: Bounds | None
    ) -> Calibration:
        if not margins:
            return Calibration([1.0] * len(cells), 0)
        empty = [
            f"{quoted(category)} of {quoted(name)}"
            for at, (name, shares) in enumerate(margins.items())
            for place, (category, share) in enumerate(shares.items())
            if share and not any(cell[at] == place for cell in cells)
        ]
        if empty:
            raise DataError(
                f"Nobody in the file is in {', '.join(empty)}: join it with another category, in the margins and in the file."
            )
        targets = [[share * self.size for share in shares.values()] for shares in margins.values()]
        nobody = [
            f"{quoted(list(margins[name])[cell[at]])} of {quoted(name)}"
            for at, name in enumerate(margins)
            for cell in cells
            if not targets[at][cell[at]]
        ]
        if nobody:
            raise DataError(f"The margins count nobody in {nobody[0]}, and the file holds somebody who is.")
        try:
            return calibrate(cells, sizes, targets, bounds)
        except NotConverged:
            within = f" within the bounds {bounds[0]:g} and {bounds[1]:g}" if bounds else ""
            mend = "widen the bounds, or join" if bounds else "join"
            raise DataError(
                f"No weights{within} meet all the margins with these rows: {mend} categories that few rows are in."
            ) from None

    def weights(self) -> list[float]:
        if self.rows.base is None:
            return [self.factors[pair] for pair in self.data.pair_of]
        return [weight * self.factors[pair] for weight, pair in zip(self.rows.base, self.data.pair_of, strict=True)]

    def tallies(self, sums: Sequence[Sums]) -> list[Tally]:
        return [
            Tally(
                each.pair,
                self.columns[each.pair],
                each.answer == YES,
                each.count,
                each.base,
                each.base * self.factors[each.pair],
                each.squares * self.factors[each.pair] ** 2,
            )
            for each in sums
        ]

    def estimate(self, tallies: Sequence[Tally]) -> dict[str, Any]:
        """Of the rows in these tallies; without a row there is nothing but their number."""
        count = sum(each.count for each in tallies)
        if not count:
            return dict.fromkeys(("n", "share", "se", "se_calibrated", "wilson", "logit")) | {"n": 0}
        yes = sum(each.count for each in tallies if each.is_yes)
        total = sum(each.weight for each in tallies)
        share = sum(each.weight for each in tallies if each.is_yes) / total
        # Not left to rounding: it says whether there is any variance.
        share = float(yes > 0) if yes in {0, count} else share
        variance = self._scale(sum(each.squares * (each.is_yes - share) ** 2 for each in tallies) / total**2)
        if variance and 0 < share < 1:
            effective = min(float(count), share * (1 - share) / variance)
            logit = logit_interval(share, sqrt(variance), count - 1)
        else:
            effective, logit = total**2 / sum(each.squares for each in tallies), None
        return {
            "n": count,
            "share": share,
            "se": sqrt(variance),
            "se_calibrated": self._calibrated_error(tallies, share, total),
            "wilson": wilson(share, effective),
            "logit": logit,
        }

    def _scale(self, spread: float) -> float:
        return spread * self.size / (self.size - 1) if self.size > 1 else 0.0

    def _calibrated_error(self, tallies: Sequence[Tally], share: float, total: float) -> float:
        """The error of what is left of each row's part in the share once the margins are taken out of it.

        A row that is not in the tallies has no part, and what is left of it is what the margins say of it.
        """
        right = [0.0] * self.width
        for each in tallies:
            part = each.base * (each.is_yes - share) / total
            for column in each.columns:
                right[column] += part
        slopes = self.regression.solve(right)
        inside = [(each, sum([slopes[column] for column in each.columns])) for each in tallies]
        if sum(each.count for each in tallies) < self.size:
            mean = sum(each.weight * said for each, said in inside) - sum(map(mul, slopes, self.weight))
            squares = max(
                0.0, _quadratic(self.spread, slopes) - sum(each.squares * said * said for each, said in inside)
            )
        else:
            mean = squares = 0.0
        for each, said in inside:
            rest = (each.is_yes - share) / total - said
            mean += each.weight * rest
            squares += each.squares * rest * rest
        return sqrt(self._scale(max(0.0, squares - mean * mean / self.size)))


def _quadratic(lower: Matrix, values: Sequence[float]) -> float:
    """x'Ax of a symmetric matrix of which the lower half is given."""
    return sum(
        value * (2 * sum(map(mul, row[:at], values)) + row[at] * value)
        for at, (row, value) in enumerate(zip(lower, values, strict=True))
    )
