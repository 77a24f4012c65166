"""Small counts of reports are not shown, and nothing that is shown gives one away: tried by subtraction, on made tables."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

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
    month_after,
    rounded,
)

FIRST = date(2025, 1, 1)
ANSWERS = ("one", "two", "three")
ALL = "all"
Row = tuple[int, ...]
Cell = tuple[int, str]
Equation = tuple[set[Cell], int]


def tables(rows: list[Row], has_rest: bool) -> tuple[ShownCounts, ShownCounts]:
    """All reports of each month from January 2025 on, and the same by answer; with a rest, the third is no answer."""
    months = [month_after(FIRST, number) for number in range(len(rows))]
    whole = ShownCounts({month: {ALL: sum(row)} for month, row in zip(months, rows, strict=True)}, [ALL], months[-1])
    counts = {month: dict(zip(ANSWERS, row, strict=True)) for month, row in zip(months, rows, strict=True)}
    answers = ANSWERS[:2] if has_rest else ANSWERS
    given = {month: {answer: row[answer] for answer in answers} for month, row in counts.items()}
    return whole, ShownCounts(given, answers, months[-1], (whole, ALL), has_rest=has_rest)


def periods(months: int) -> Iterator[Period]:
    for size in (MONTH, QUARTER, YEAR):
        for start in range(0, months - size + 1, size):
            yield Period(month_after(FIRST, start), size)


def equations(whole: ShownCounts, table: ShownCounts, months: int) -> Iterator[Equation]:
    """All that a reader knows: each number that is shown, as the sum of the counts behind it."""
    for period in periods(months):
        start = (period.first.year - FIRST.year) * 12 + period.first.month - 1
        numbers = range(start, start + period.months)
        if whole.shows(period, ALL):
            yield set(itertools.product(numbers, ANSWERS)), whole.count(period, ALL)
        for answer in table.answers:
            if table.shows(period, answer):
                yield {(number, answer) for number in numbers}, table.count(period, answer)


def solved(known: list[Equation], months: int) -> dict[Cell, int]:
    """Every count that follows from these by adding and subtracting, reckoned exactly."""
    cells = list(itertools.product(range(months), (*ANSWERS, ALL)))
    rows = [[Fraction(cell in given) for cell in cells] + [Fraction(total)] for given, total in known]
    # What came in a month is the sum of its answers, whether or not it is shown.
    rows += [
        [Fraction((cell[0] == n) * (-1 if cell[1] == ALL else 1)) for cell in cells] + [Fraction(0)]
        for n in range(months)
    ]
    done = 0
    for column in range(len(cells)):
        pivot = next((row for row in range(done, len(rows)) if rows[row][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        by = rows[done][column]
        rows[done] = [value / by for value in rows[done]]
        for row, values in enumerate(rows):
            if row != done and (times := values[column]):
                rows[row] = [a - times * b for a, b in zip(values, rows[done], strict=True)]
        done += 1
    alone = [([n for n, value in enumerate(row[:-1]) if value], row[-1]) for row in rows[:done]]
    return {cells[found[0]]: int(value) for found, value in alone if len(found) == 1}


def given_away(rows: list[Row], has_rest: bool) -> list[Cell]:
    """The small counts above 0 that a reader can reckon; where a sum is 0, each of its counts is."""
    whole, table = tables(rows, has_rest)
    known = list(equations(whole, table, len(rows)))
    found: dict[Cell, int] = {}
    while True:
        more = solved([*known, *(({cell}, value) for cell, value in found.items())], len(rows))
        for cells, total in known:
            if total == sum(more.get(cell, 0) for cell in cells):
                more |= dict.fromkeys((cell for cell in cells if cell not in more), 0)
        if more == found:
            return [cell for cell, value in found.items() if 0 < value < LEAST and cell[1] in (ALL, *table.answers)]
        found = more


count = st.one_of(st.integers(0, 14), st.sampled_from([0, 1, 9, 10, 11, 19, 20, 40]))
month = st.tuples(count, count, count)


@pytest.mark.dear
@settings(max_examples=300, deadline=None)
@given(st.lists(month, min_size=1, max_size=7), st.booleans())
@example([(8, 14, 12), (14, 9, 9), (20, 9, 9)], False)
@example([(4, 4, 0), (9, 11, 0), (9, 11, 0)], False)
@example([(12, 3, 0), (0, 25, 0), (0, 25, 0)], False)
@example([(8, 23, 3), (4, 23, 6), (6, 30, 5)], True)
def test_no_hidden_count_follows_from_months_quarters_and_totals(rows: list[Row], has_rest: bool) -> None:
    assert given_away(rows, has_rest) == []


@settings(max_examples=25, deadline=None)
@given(st.lists(month, min_size=12, max_size=12), st.booleans())
def test_nor_from_a_year(rows: list[Row], has_rest: bool) -> None:
    assert given_away(rows, has_rest) == []


@settings(max_examples=200, deadline=None)
@given(st.lists(count, min_size=2, max_size=14), st.data())
def test_a_longer_period_is_the_sum_of_what_is_shown_of_it_and_never_more_than_there_was(
    counts: list[int], data: st.DataObject
) -> None:
    months = [month_after(FIRST, number) for number in range(len(counts))]
    table = ShownCounts(
        {month: {"one": count} for month, count in zip(months, counts, strict=True)}, ["one"], months[-1]
    )
    first = data.draw(st.integers(0, len(counts) - 1))
    last = data.draw(st.integers(first, len(counts) - 1))
    shown = table.over(months[first], months[last], "one")
    there = sum(counts[first : last + 1])
    assert shown.number == there if shown.is_all else shown.number <= there
    assert not 0 < shown.number < LEAST


def test_whoever_knows_the_rule_finds_at_least_three_numbers_that_each_hidden_count_could_be() -> None:
    possible: dict[tuple[int, tuple[int | None, ...]], list[Row]] = defaultdict(list)
    for row in itertools.product(range(41), repeat=3):
        if LEAST <= sum(row) <= 40:
            hidden = hidden_in_line(dict(zip(ANSWERS, row, strict=True)), ())
            told = tuple(None if answer in hidden else number for answer, number in zip(ANSWERS, row, strict=True))
            possible[sum(row), told].append(row)
    for (_total, told), rows in possible.items():
        for place, number in enumerate(told):
            could_be = {row[place] for row in rows}
            assert number is not None or len(could_be) > MIN_WIDTH or min(could_be) >= LEAST or could_be == {0}, (
                told,
                rows,
            )


def test_a_month_that_was_decided_stays_so_whatever_comes_after() -> None:
    rows = [(3, 20, 12), (12, 15, 9), (0, 30, 4), (11, 10, 2), (8, 8, 8), (2, 40, 1)]
    before = []
    for length in range(1, len(rows) + 1):
        _whole, table = tables(rows[:length], has_rest=False)
        now = [(period, table.shows(period, answer)) for period in periods(length) for answer in ANSWERS]
        assert all(each in now for each in before)
        before = now


def test_small_months_of_a_quarter_are_told_together_and_half_shown_ones_as_so_many_or_more() -> None:
    counts: Mapping[date, Mapping[str, int]] = {
        month_after(FIRST, number): {"one": count} for number, count in enumerate([4, 5, 3, 12, 5, 11])
    }
    table = ShownCounts(counts, ["one"], date(2025, 6, 1))
    assert table.over(FIRST, FIRST, "one") == Shown(0, is_all=False)
    assert table.over(FIRST, date(2025, 3, 1), "one") == Shown(12, is_all=True)
    assert table.over(date(2025, 2, 1), date(2025, 4, 1), "one") == Shown(12, is_all=False)
    assert table.over(date(2025, 4, 1), date(2025, 6, 1), "one") == Shown(23, is_all=False)
    assert table.over(FIRST, date(2025, 6, 1), "one") == Shown(35, is_all=False)
    assert table.over(date(2024, 1, 1), date(2024, 3, 1), "one") == Shown(0, is_all=False)


def test_three_months_of_nine_are_not_told_together_for_nothing_else_adds_up_to_it() -> None:
    counts = {month_after(FIRST, number): {"one": 9} for number in range(3)}
    assert not ShownCounts(counts, ["one"], date(2025, 3, 1)).over(FIRST, date(2025, 3, 1), "one").is_known


@given(st.integers(0, 10_000))
def test_a_number_is_rounded_to_the_nearest_five(number: int) -> None:
    assert rounded(number) % 5 == 0
    assert abs(rounded(number) - number) <= 2
