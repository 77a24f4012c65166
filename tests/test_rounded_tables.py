"""Counts as staff see them: whoever knows the rule and everything else cannot tell which small number is hidden."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import rounded_tables
from portal.rounded_tables import ALL, MIN_CELL, Key, Rounding, Told, rounding, told
from portal.surveys.tallies import Quarters, crossed, quarters, tells_of_few

ROWS, COLUMNS = ("r0", "r1"), ("c0", "c1", "c2")


def table(rows: Sequence[str], columns: Sequence[str], cells: Sequence[int]) -> dict[Key, int]:
    found: dict[Key, int] = {}
    for (row, column), count in zip(product(rows, columns), cells, strict=True):
        for key in ((row, column), (row, ALL), (ALL, column), (ALL, ALL)):
            found[key] = found.get(key, 0) + count
    return found


@given(st.binary(min_size=8, max_size=32), st.integers(0, 10**6))
def test_a_count_is_told_as_one_of_the_two_multiples_of_5_beside_it(secret: bytes, count: int) -> None:
    rounded = rounding(secret)
    assert rounded(count) % 5 == 0
    assert abs(rounded(count) - count) < 5
    assert rounded(count) == rounding(secret)(count)


def test_on_average_rounding_adds_nothing() -> None:
    told_as = [rounding(bytes([n]) * 8)(7) for n in range(250)]
    assert set(told_as) == {5, 10}
    assert sum(told_as) / len(told_as) == pytest.approx(7, abs=0.5)


def test_fewer_than_5_are_hidden_and_the_empty_like_the_few() -> None:
    found = told({("a",): 4, ("b",): 0, ("c",): 50, (ALL,): 54}, [("a", "b", "c")], [True], rounding(b"x"))
    assert (found["a",], found["b",]) == (None, None)
    assert found["c",] == 50


def possible(
    shown: Told, rows: Sequence[str], columns: Sequence[str], secrets: Sequence[Rounding]
) -> Iterator[tuple[int, ...]]:
    """Tables that somebody who knows the rule and not the secret must hold possible.

    Each is found with a secret that shows exactly what is shown: what a shown count is told as fixes it there, and one of
    `secrets` elsewhere. There may be more.
    """
    cells = list(product(rows, columns))
    ranges = [
        range(18 if len(cells) < 4 else 13) if (n := shown[cell]) is None else range(max(MIN_CELL, n - 4), n + 5)
        for cell in cells
    ]
    for guess in product(*ranges):
        counts = table(rows, columns, guess)
        fixed: dict[int, int] = {}
        if all(
            fixed.setdefault(counts[key], n) == n and abs(counts[key] - n) < 5 and (counts[key] % 5 or counts[key] == n)
            for key, n in shown.items()
            if n is not None
        ) and any(
            told(counts, (rows, columns), (True, True), lambda n, s=secret, f=fixed: f.get(n) or s(n)) == shown  # type: ignore[misc]
            for secret in secrets
        ):
            yield guess


def narrowest(rows: Sequence[str], columns: Sequence[str], tries: int, most: int) -> int:
    """Of how many numbers a small hidden count of a random table could at least be each."""
    drawn, found = random.Random(7), 99
    for _ in range(tries):
        cells = [drawn.choice((drawn.randrange(5), drawn.randrange(most))) for _ in range(len(rows) * len(columns))]
        secrets = [rounding(drawn.randbytes(8)) for _ in range(40)]
        shown = told(table(rows, columns, cells), (rows, columns), (True, True), secrets[0])
        if any(cell < MIN_CELL for cell in cells):
            guesses = list(possible(shown, rows, columns, secrets))
            found = min(found, *(len({g[n] for g in guesses}) for n, cell in enumerate(cells) if cell < MIN_CELL), 99)
    return found


def test_whoever_knows_the_rule_must_hold_three_numbers_possible_for_each_hidden_count_of_a_line() -> None:
    assert narrowest(("r0",), COLUMNS, tries=20, most=20) >= 3


def test_whoever_knows_the_rule_must_hold_three_numbers_possible_for_each_hidden_cell_of_a_cross() -> None:
    assert narrowest(ROWS, COLUMNS[:2], tries=12, most=14) >= 3


def test_without_hiding_more_the_sums_would_tell_a_small_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """The attack finds what it looks for: T = 15 is at least 11, the two shown are 9 at most, so 3 or 4 are left."""

    def rounded(count: int) -> int:
        return {4: 5, 9: 5, 21: 25}.get(count, count)

    counts = table(("r0",), COLUMNS, (9, 9, 3))
    shown = told(counts, (("r0",), COLUMNS), (True, True), rounded)
    assert [shown["r0", column] for column in COLUMNS].count(None) > 1
    monkeypatch.setattr(rounded_tables, "MIN_WIDTH", 0)
    shown = told(counts, (("r0",), COLUMNS), (True, True), rounded)
    assert [shown["r0", column] for column in COLUMNS] == [5, 5, None]
    assert shown["r0", ALL] == 25  # at least 21, of which the two are 18 at most: the hidden one is 3 or 4


def test_a_part_and_the_rest_of_two_tables_leave_a_hidden_count_open() -> None:
    """Whoever holds everyone's count against that of those who answered in English learns nothing close of the others."""
    for english, others, secret in product(range(5, 30), range(5), range(20)):
        rounded = rounding(bytes([secret]) * 8)
        part, whole = rounded(english), rounded(english + others)

        def told_as(count: int, shown: int) -> bool:
            return count >= MIN_CELL and abs(count - shown) < 5 and (count % 5 != 0 or count == shown)

        left = {
            guess
            for guess, there in product(range(5), range(part - 4, part + 5))
            if told_as(there, part) and told_as(there + guess, whole) and (guess or part == whole)
        }
        assert len(left) >= 3


@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([("x",), ("x", "y"), None])), max_size=40))
def test_a_cross_counts_whoever_answered_both_and_each_thing_that_was_ticked(
    people: list[tuple[str | None, tuple[str, ...] | None]],
) -> None:
    found = crossed([[one for one, _ in people], [other for _, other in people]])
    both = [(one, other) for one, other in people if one is not None and other is not None]
    assert found[ALL, ALL] == len(both)
    for one, ticked in product("ab", "xy"):
        assert found[one, ticked] == sum(a == one and ticked in b for a, b in both)
        assert found[ALL, ticked] == sum(ticked in b for _, b in both)


def test_a_choice_is_refused_where_it_or_what_it_leaves_out_is_few() -> None:
    languages = ["en"] * 50 + ["pl"] * 12 + ["ur"] * 4
    homes = ["north"] * 45 + ["south"] * 5 + ["north"] * 12 + ["south"] * 4
    assert not tells_of_few([languages], ("en",))
    assert tells_of_few([languages], ("ur",))
    assert tells_of_few([languages, homes], ("en", "north")), "the 5 English in the south are the rest"
    assert tells_of_few([["en"] * 50 + ["pl"] * 9], ("en",))
    assert not tells_of_few([["en"] * 50], ("en",))


def test_of_numbers_only_the_quarters_are_told_and_none_of_fewer_than_30() -> None:
    assert quarters([None, *range(29)]) == (29, None)
    assert quarters([None, *range(101)]) == (101, Quarters(25, 50, 75))
