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
    shown: Told, rows: Sequence[str], columns: Sequence[str], secrets: Sequence[Rounding], drawn: random.Random
) -> Iterator[tuple[int, ...]]:
    """Tables that somebody who knows the rule and not the secret must hold possible.

    Each is found with a secret that shows exactly what is shown: what a shown count is told as fixes it there, and one of
    `secrets` elsewhere. There may be more.
    """
    cells = list(product(rows, columns))
    ranges = [range(16) if (n := shown[cell]) is None else range(max(MIN_CELL, n - 4), n + 5) for cell in cells]
    guesses = list(product(*ranges))
    drawn.shuffle(guesses)
    for guess in guesses:
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


def is_open(
    cells: Sequence[int], rows: Sequence[str], columns: Sequence[str], secrets: Sequence[Rounding], drawn: random.Random
) -> bool:
    """Whether each small count of the table, told with the first secret, could be each of three numbers at least."""
    shown = told(table(rows, columns, cells), (rows, columns), (True, True), secrets[0])
    left: list[set[int]] = [set() if cell < MIN_CELL else {0, 1, 2} for cell in cells]
    for guess in possible(shown, rows, columns, secrets, drawn):
        for numbers, number in zip(left, guess, strict=True):
            numbers.add(number)
        if min(map(len, left)) >= 3:
            return True
    return False


def tells_nothing(rows: Sequence[str], columns: Sequence[str], tries: int, most: int) -> bool:
    """Of random tables, with many small counts."""
    drawn = random.Random(7)
    for _ in range(tries):
        cells = [drawn.choice((drawn.randrange(5), drawn.randrange(most))) for _ in range(len(rows) * len(columns))]
        if not is_open(cells, rows, columns, [rounding(drawn.randbytes(8)) for _ in range(20)], drawn):
            return False
    return True


def test_whoever_knows_the_rule_must_hold_three_numbers_possible_for_each_hidden_count_of_a_line() -> None:
    assert tells_nothing(("r0",), COLUMNS, tries=20, most=16)


@pytest.mark.dear
def test_whoever_knows_the_rule_must_hold_three_numbers_possible_for_each_hidden_cell_of_a_cross() -> None:
    assert tells_nothing(ROWS, COLUMNS[:2], tries=6, most=12)


def test_without_hiding_more_the_sums_would_tell_a_small_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """The attack finds a planted leak: 25 in all are at least 21, the two of 5 are 9 at most, so the hidden one is 3 or 4."""

    def unlucky(count: int) -> int:
        return {9: 5, 21: 25}.get(count, count - count % 5)

    cells, drawn = (9, 9, 3), random.Random(7)
    secrets = [unlucky, *(rounding(drawn.randbytes(8)) for _ in range(20))]
    assert is_open(cells, ("r0",), COLUMNS, secrets, drawn)
    monkeypatch.setattr(rounded_tables, "MIN_WIDTH", 0)
    shown = told(table(("r0",), COLUMNS, cells), (("r0",), COLUMNS), (True, True), unlucky)
    assert [shown["r0", key] for key in (*COLUMNS, ALL)] == [5, 5, None, 25]
    assert not is_open(cells, ("r0",), COLUMNS, secrets, drawn)


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
