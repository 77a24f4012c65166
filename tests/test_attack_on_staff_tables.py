"""Rounded tables that staff see, with filters and crosses as further axes: all their sums in one integer program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import rounded_tables
from portal.rounded_tables import ALL, MIN_CELL, Key, Told, rounding, told
from tests.support.attacking import Program, total

OPEN_TO = 3
"""Of how many numbers a hidden count must be one."""


def counted(axes: Sequence[Sequence[str]], cells: Sequence[int]) -> dict[Key, int]:
    counts: dict[Key, int] = {}
    for cell, count in zip(product(*axes), cells, strict=True):
        for key in product(*((code, ALL) for code in cell)):
            counts[key] = counts.get(key, 0) + count
    return counts


def told_closely(shown: Told, axes: Sequence[Sequence[str]], counts: Mapping[Key, int]) -> list[Key]:
    """The hidden counts that all sums together leave fewer than three numbers."""
    if all(count is None for count in shown.values()):
        return []
    program = Program()
    cells = {cell: program.add(" ".join(cell)) for cell in product(*axes)}
    sums = {
        key: total(terms for cell, terms in cells.items() if all(a in (ALL, b) for a, b in zip(key, cell, strict=True)))
        for key in shown
    }
    for key, count in shown.items():
        low, high = (0, MIN_CELL - 1) if count is None else (max(MIN_CELL, count - 4), count + 4)
        program.hold(sums[key], low, high)
    found = []
    for key, count in shown.items():
        if count is None:
            low, high = program.range(sums[key])
            assert low <= counts.get(key, 0) <= high
            found += [key] if high - low < OPEN_TO - 1 else []
    return found


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], list[int]]:
    sizes = draw(st.sampled_from([(4,), (2, 3), (3, 3), (2, 2, 2), (2, 2, 3)]))
    axes = [[f"{axis}{code}" for code in range(size)] for axis, size in zip("abc", sizes, strict=False)]
    cell = st.one_of(st.integers(0, 5), st.integers(0, 30))
    many = len(list(product(*axes)))
    return axes, draw(st.lists(cell, min_size=many, max_size=many))


@pytest.mark.dear
@settings(max_examples=25, deadline=None)
@given(tables(), st.binary(min_size=8, max_size=8))
def test_all_sums_together_leave_every_hidden_count_three_numbers(
    made: tuple[list[list[str]], list[int]], secret: bytes
) -> None:
    axes, cells = made
    counts = counted(axes, cells)
    assert told_closely(told(counts, axes, [True] * len(axes), rounding(secret)), axes, counts) == []


def test_a_planted_sum_that_tells_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """25 in all are at least 21, and the two of 5 are 9 at most: the hidden one is 3 or 4."""
    axes, counts = [["a", "b", "c"]], counted([["a", "b", "c"]], [9, 9, 3])

    def unlucky(count: int) -> int:
        return {9: 5, 21: 25}.get(count, count - count % 5)

    assert told_closely(told(counts, axes, [True], unlucky), axes, counts) == []
    monkeypatch.setattr(rounded_tables, "MIN_WIDTH", 0)
    assert told_closely(told(counts, axes, [True], unlucky), axes, counts) == [("c",)]
