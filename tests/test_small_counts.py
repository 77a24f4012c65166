"""Small counts of reports are not shown, and nothing that is shown gives one away: tried by subtraction, on made tables."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal import small_counts
from portal.small_counts import (
    LEAST,
    MIN_WIDTH,
    MONTH,
    QUARTER,
    YEAR,
    Period,
    Shown,
    ShownCounts,
    hidden_in_line,
    is_small,
    month_after,
    months_from,
    rounded,
)

FIRST = date(2025, 1, 1)
KINDS = ("hate", "asb", "not_sure")
ALL = "all"
Row = tuple[int, ...]


def tables(rows: list[Row]) -> tuple[ShownCounts, ShownCounts]:
    """All reports of each month from January 2025 on, and the same by kind."""
    months = [month_after(FIRST, number) for number in range(len(rows))]
    whole = ShownCounts({month: {ALL: sum(row)} for month, row in zip(months, rows, strict=True)}, [ALL], months[-1])
    counts = {month: dict(zip(KINDS, row, strict=True)) for month, row in zip(months, rows, strict=True)}
    return whole, ShownCounts(counts, KINDS, months[-1], (whole, ALL))


def periods(months: int) -> Iterator[Period]:
    for size in (MONTH, QUARTER, YEAR):
        for start in range(0, months - size + 1, size):
            yield Period(month_after(FIRST, start), size)


def equations(whole: ShownCounts, kinds: ShownCounts, months: int) -> list[tuple[dict[tuple[int, str], int], int]]:
    """All that a reader knows: each number that is shown, as the sum of the counts behind it."""
    found = []
    for period in periods(months):
        start = (period.first.year - FIRST.year) * 12 + period.first.month - 1
        cells = range(start, start + period.months)
        if whole.shows(period, ALL):
            found.append(({(n, kind): 1 for n in cells for kind in KINDS}, whole.count(period, ALL)))
        for kind in KINDS:
            if kinds.shows(period, kind):
                found.append(({(n, kind): 1 for n in cells}, kinds.count(period, kind)))
    return found


def reckoned(known: list[tuple[dict[tuple[int, str], int], int]], months: int) -> dict[tuple[int, str], Fraction]:
    """Every count that follows from these, by adding and subtracting: the equations are solved exactly."""
    cells = list(itertools.product(range(months), KINDS))
    rows = [[Fraction(given.get(cell, 0)) for cell in cells] + [Fraction(total)] for given, total in known]
    done = 0
    for column in range(len(cells)):
        pivot = next((row for row in range(done, len(rows)) if rows[row][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [value / rows[done][column] for value in rows[done]]
        for row in range(len(rows)):
            if row != done and rows[row][column]:
                times = rows[row][column]
                rows[row] = [a - times * b for a, b in zip(rows[row], rows[done], strict=True)]
        done += 1
    alone = {}
    for row in rows[:done]:
        found = [number for number, value in enumerate(row[:-1]) if value]
        if len(found) == 1:
            alone[cells[found[0]]] = row[-1]
    return alone


def given_away(rows: list[Row]) -> list[tuple[int, str]]:
    """The small counts above 0 that a reader can reckon."""
    whole, kinds = tables(rows)
    known = equations(whole, kinds, len(rows))
    found: dict[tuple[int, str], Fraction] = {}
    while True:
        more = reckoned([*known, *(({cell: 1}, int(value)) for cell, value in found.items())], len(rows))
        # Where a sum is 0, each of its counts is.
        for cells, total in known:
            left = {cell: 1 for cell in cells if cell not in more}
            if left and total == sum(more.get(cell, 0) for cell in cells):
                more |= dict.fromkeys(left, Fraction(0))
        if more == found:
            return [cell for cell, value in found.items() if 0 < value < LEAST]
        found = more


count = st.one_of(st.integers(0, 14), st.sampled_from([0, 1, 9, 10, 11, 19, 20, 40]))
month = st.tuples(count, count, count)


@settings(max_examples=400, deadline=None)
@given(st.lists(month, min_size=1, max_size=7))
@example([(8, 14, 12), (14, 9, 9), (20, 9, 9)])
@example([(4, 4, 0), (9, 11, 0), (9, 11, 0)])
@example([(12, 3, 0), (0, 25, 0), (0, 25, 0)])
def test_no_hidden_count_follows_from_months_quarters_and_totals(rows: list[Row]) -> None:
    assert given_away(rows) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(month, min_size=12, max_size=12))
def test_nor_from_a_year(rows: list[Row]) -> None:
    assert given_away(rows) == []
