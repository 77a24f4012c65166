"""Gaps between groups: the arithmetic against closed forms, and what can be worked out of what is shown."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import hypot, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.cohesion.differencing import Sums
from portal.cohesion.disclosure import MIN_CELL
from portal.cohesion.estimates import Change, Estimate, wilson
from portal.cohesion.gaps import (
    LEAST,
    NO_GROUP,
    Gap,
    by_one,
    cells_of,
    gap_of,
    judged,
    shown_gap,
    shown_groups,
    tells_of_few,
    told_by_both,
    told_by_three,
)
from portal.surveys.reach import known_to_lack, r_indicator, reached, variation

Table = Mapping[tuple[str, ...], tuple[int, int]]
"""Of each combination of groups: of how many it is true, and of how many not."""


def tally(table: Table, weight: float = 1.0) -> Counter[tuple[object, ...]]:
    found: Counter[tuple[object, ...]] = Counter()
    for kinds, (true, false) in table.items():
        found[(weight, True, *kinds)] += true
        found[(weight, False, *kinds)] += false
    return found


def one(**sides: tuple[int, int]) -> Table:
    """One grouping; `_` are those in no group."""
    return {(NO_GROUP if name == "_" else name,): each for name, each in sides.items()}


def shown(table: Table) -> list[list[str]]:
    return shown_groups(people_of(table), cells(table))


def people_of(table: Table) -> list[list[object]]:
    """One by one, in columns."""
    rows = list(tally(table).elements())
    return [[row[at] for row in rows] for at in range(2 + len(next(iter(table))))]


def cells(table: Table) -> list[dict[str, tuple[int, int]]]:
    width = len(next(iter(table)))
    groups = [sorted({kinds[at] for kinds in table} - {NO_GROUP}) for at in range(width)]
    return [cells_of(by_one(people_of(table), at), each) for at, each in enumerate(groups)]


def gap(mine: tuple[int, int], others: tuple[int, int]) -> Gap:
    return gap_of(tally(one(a=mine, b=others)), "a")


def test_the_interval_is_newcombes_published_one() -> None:
    """56 of 70 against 48 of 80: 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)."""
    first, second = (Estimate(n, k, k / n, n, *wilson(k / n, n)) for k, n in ((56, 70), (48, 80)))
    assert Gap(first, second).interval == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(st.tuples(*[st.integers(1, 400)] * 4), st.floats(0.3, 3))
def test_equal_weights_leave_the_closed_form(counts: tuple[int, int, int, int], weight: float) -> None:
    true, false, others_true, others_false = counts
    found = gap_of(tally(one(a=(true, false), b=(others_true, others_false)), weight), "a")
    (p, n), (q, m) = ((t / (t + f), t + f) for t, f in ((true, false), (others_true, others_false)))
    # One answer is lost where the variance is estimated.
    (low, high), (others_low, others_high) = wilson(p, n - 1), wilson(q, m - 1)
    expected = (p - q - hypot(p - low, others_high - q), p - q + hypot(high - p, q - others_low))
    assert found.interval == pytest.approx(expected)
    assert found.group.share - found.others.share == pytest.approx(p - q)


def test_weighted_people_count_by_their_weight_and_for_no_more_than_there_are() -> None:
    rng = np.random.default_rng(7)
    weights, true, mine = rng.choice([0.5, 1.0, 2.5], 600), rng.random(600) < 0.6, rng.random(600) < 0.4
    counted = Counter((float(w), bool(t), "a" if m else NO_GROUP) for w, t, m in zip(weights, true, mine, strict=True))
    found = gap_of(counted, "a")
    for side, here in ((found.group, mine), (found.others, ~mine)):
        w, y = weights[here], true[here]
        share = np.average(y, weights=w)
        n = len(w)
        variance = n / (n - 1) * np.sum((w * (y - share)) ** 2) / w.sum() ** 2
        assert side.share == pytest.approx(share)
        assert side.effective == pytest.approx(min(n, share * (1 - share) / variance))
        assert side.effective < n


def test_of_twenty_groups_alike_but_one_only_that_one_is_named() -> None:
    same = {f"g{n}": gap((60, 60), (600, 600)) for n in range(19)}
    found = judged(same | {"lower": gap((36, 84), (600, 600))})
    assert {which for which, word in found.items() if word is not Change.NO_CLEAR_CHANGE} == {"lower"}
    assert found["lower"] is Change.LOWER


def test_a_difference_that_chance_makes_among_many_is_not_named() -> None:
    near = gap((75, 45), (620, 580))
    spread = sqrt(sum(e.share * (1 - e.share) / e.effective for e in (near.group, near.others)))
    assert abs(near.group.share - near.others.share) / spread > 1.96
    assert judged({"alone": near})["alone"] is Change.HIGHER
    assert judged({"near": near} | {n: gap((60, 60), (600, 600)) for n in range(9)})["near"] is Change.NO_CLEAR_CHANGE


def test_what_is_shown_of_a_group_is_rounded_as_every_figure() -> None:
    found = gap((56, 71), (300, 203))
    told = shown_gap(found, Change.LOWER)
    assert (told["percent"], told["base"], told["others"]["percent"], told["others"]["base"]) == (44, 125, 60, 505)
    assert told["difference_low"] < -16 < told["difference_high"] < 0


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (one(a=(60, 60), b=(200, 100), _=(20, 10)), ["a", "b"]),
        # Fewer than 100, or 1 to 4 on a side.
        (one(a=(60, 39), b=(200, 100), c=(80, 60), _=(20, 10)), ["b", "c"]),
        (one(a=(118, 2), b=(200, 100), c=(80, 60), _=(20, 10)), ["b", "c"]),
        # Nobody of a side is told, as of every figure.
        (one(a=(120, 0), b=(200, 100), _=(20, 10)), ["a", "b"]),
        # Three who said nothing would follow from the total: the first alone is shown.
        (one(a=(60, 60), b=(200, 100), _=(20, 3)), ["a"]),
        # One hidden group and nobody else is left: it would follow.
        (one(a=(60, 60), b=(200, 100), c=(30, 30)), ["a"]),
        (one(a=(60, 60), b=(200, 100), c=(30, 30), _=(2, 2)), ["a"]),
        (one(a=(60, 60), b=(200, 100), c=(30, 30), d=(10, 10)), ["a", "b"]),
        # Everybody else would be too few.
        (one(a=(200, 100), b=(30, 30)), []),
    ],
)
def test_a_group_is_shown_where_neither_it_nor_what_is_left_is_few(table: Table, expected: list[str]) -> None:
    assert shown(table) == [expected]


@st.composite
def tables(draw: st.DrawFn, width: int = 1) -> Table:
    size = st.one_of(st.just(0), st.integers(1, 7), st.integers(20, 160))
    groups = [["a", "b", "c", "d"][: draw(st.integers(1, 4))] + [NO_GROUP] for _ in range(width)]
    found = {kinds: (draw(size), draw(size)) for kinds in itertools.product(*groups)}
    return {(*kinds,): sides for kinds, sides in found.items()}


@settings(max_examples=300, deadline=None)
@given(tables())
def test_nothing_that_follows_from_the_total_and_the_groups_shown_is_few(table: Table) -> None:
    """Gauss, over whole sums: of those it is true of, of the others, and of all."""
    (mine,) = cells(table)
    (groups,) = shown(table)
    known = [frozenset(mine), *(frozenset([group]) for group in groups)]
    if groups:
        for side in (lambda each: each[0], lambda each: each[1], sum):
            assert not Sums({group: side(sides) for group, sides in mine.items()}, known).tells_of_few


@settings(max_examples=300, deadline=None)
@given(tables())
def test_no_hidden_group_follows_from_the_total_and_the_groups_shown(table: Table) -> None:
    """Whatever is left can be dealt out otherwise among those who are hidden: by 5 people of each group or more."""
    (mine,) = cells(table)
    (groups,) = shown(table)
    if not groups:
        return
    hidden = {group: sum(sides) for group, sides in mine.items() if group not in groups}
    for group, size in hidden.items():
        if group != NO_GROUP and size:
            # From nobody to all that is left, and it is not all: somebody who knows the rest to be few would know it else.
            assert sum(hidden.values()) - size >= MIN_CELL


@settings(max_examples=150, deadline=None)
@given(tables(width=2))
def test_groups_of_two_kinds_beside_each_other_show_no_few_people(table: Table) -> None:
    """Every union of groups of one kind against every union of the other: where one holds the other, 1 to 4 are never between."""
    mine = cells(table)
    chosen = shown_groups(people_of(table), mine)
    if not all(chosen):
        return
    for side in (0, 1):
        people = {kinds: sides[side] for kinds, sides in table.items()}
        for first, second in itertools.product(
            *(unions(groups, each) for groups, each in zip(chosen, mine, strict=True))
        ):
            only_first = sum(n for (a, b), n in people.items() if a in first and b not in second)
            only_second = sum(n for (a, b), n in people.items() if b in second and a not in first)
            assert not (only_second == 0 and 0 < only_first < MIN_CELL)
            assert not (only_first == 0 and 0 < only_second < MIN_CELL)


def unions(shown: Sequence[str], cells: Mapping[str, object]) -> Iterator[frozenset[str]]:
    """Of the groups shown, and of all others together."""
    atoms = [frozenset([group]) for group in shown] + [frozenset(set(cells) - set(shown))]
    for size in range(1, len(atoms) + 1):
        for some in itertools.combinations(atoms, size):
            yield frozenset().union(*some)


def test_a_group_of_one_kind_that_holds_one_of_another_and_three_more_is_not_shown_beside_it() -> None:
    """Planted: 200 of b are 197 of y and three others."""
    table: Table = {
        ("b", "y"): (97, 100), ("b", "x"): (3, 0), ("a", "x"): (150, 150), ("", "x"): (20, 20), ("a", ""): (30, 30),
    }  # fmt: skip
    groupings = shown(table)
    assert groupings[0] == ["a", "b"]
    assert "y" not in groupings[1]


def test_a_group_of_people_that_is_a_group_of_parishes_but_for_three_is_not_shown_beside_it() -> None:
    """Planted: 200 of b are the 197 who live in the north and three others."""
    table: Table = {("b", "north"): (97, 100), ("b", "south"): (3, 0), ("a", "south"): (150, 150), ("", ""): (20, 20)}
    counted, mine = people_of(table), cells(table)[:1]
    assert shown_groups(counted, mine) == [["a", "b"]]
    assert "b" not in shown_groups(counted, mine, ["north", "south"])[0]


@pytest.mark.parametrize(
    ("hidden", "others", "tells"),
    [
        # 9 and 96 are left, of them at least 100 in the group and at least 5 others: it is 4 and 96.
        ((4, 96), (5, 0), True),
        ((4, 126), (5, 10), False),
        ((1, 126), (4, 10), True),
        ((0, 130), (0, 10), False),
    ],
)
def test_a_large_group_with_few_on_a_side_is_left_any_number_of_them_from_1_to_4(
    hidden: tuple[int, int], others: tuple[int, int], tells: bool
) -> None:
    assert tells_of_few({"a": (150, 150), "b": hidden, NO_GROUP: others}, ["a"]) is tells


CELLS = {"a": (60, 60), "b": (200, 100), NO_GROUP: (20, 10)}


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ({"shown": ["a", "b"], "cells": CELLS}, False),
        ({"shown": [], "cells": CELLS | {"a": (59, 60)}}, False),
        ({"shown": ["a", "b"], "cells": CELLS | {"a": (59, 60)}}, True),
        ({"shown": ["a", "b"], "cells": CELLS | {"a": (50, 50), "b": (190, 90)}}, False),
        # Whoever said nothing follows too, from the two totals.
        ({"shown": ["a", "b"], "cells": CELLS | {"a": (50, 60), NO_GROUP: (20, 9)}}, True),
        # Hidden then, and the same now.
        ({"shown": ["a"], "cells": CELLS}, True),
        # Other groups cannot be held against these.
        ({"shown": ["c"], "cells": {"c": (120, 120), NO_GROUP: (160, 50)}}, True),
    ],
)
def test_two_releases_of_a_wave_tell_of_no_few_people_in_a_group(before: dict[str, object], expected: bool) -> None:
    assert told_by_both({"shown": ["a", "b"], "cells": CELLS}, before) is expected


@pytest.mark.parametrize(("both", "expected"), [(3, [3]), (0, []), (5, [])])
def test_four_releases_of_a_wave_tell_of_no_few_people_in_a_group_who_have_two_signals(
    both: int, expected: list[int]
) -> None:
    """Everybody; without 20 of one signal; without 20 of another: beside these, without either says how many have both."""
    whole, one, other, neither = (
        {"shown": ["a", "b"], "cells": CELLS | {"a": (60 - gone, 60)}} for gone in (0, 20, 20, 40 - both)
    )
    assert not any(told_by_both(neither, each) for each in (whole, one, other))
    assert told_by_three(neither, {1: whole, 2: one, 3: other}) == expected


def test_a_group_so_small_that_four_answers_are_enough_is_not_said_to_be_heard_too_little() -> None:
    """Of 600 answers 0.6 would be its fair share; 1 to 4 are not told, and may have come."""
    told = {"small": None, "large": None, "rest": 600}
    small, large, rest = known_to_lack(reached(told, {"small": 1, "large": 50, "rest": 949}))
    assert small.more == rest.more == 0
    assert large.more > 0


def test_nothing_is_left_to_tell_where_everybody_is_in_a_group_shown() -> None:
    assert not tells_of_few({"a": (60, 60), "b": (70, 70), NO_GROUP: (0, 0)}, ["a", "b"])
    assert LEAST == 100


def test_groups_heard_as_chance_has_it_vary_by_nothing_and_unequal_ones_by_the_published_formula() -> None:
    """Schouten, Cobben and Bethlehem (2009): of known chances to answer in each group, S is their standard deviation."""
    people = {"a": 20_000, "b": 60_000, "c": 20_000}
    assert variation(reached({"a": 200, "b": 600, "c": 200}, people)) == 0
    lines = reached({"a": 100, "b": 600, "c": 300}, people)
    chances, parts = np.array([100 / 20_000, 0.01, 300 / 20_000]), np.array([0.2, 0.6, 0.2])
    mean = (chances * parts).sum()
    spread = sqrt((parts * (chances - mean) ** 2).sum())
    # Less what chance alone makes: two degrees of freedom among 1,000 answers.
    corrected = sqrt((spread / mean) ** 2 - 2 / 1000)
    found = variation(lines)
    assert found == pytest.approx(corrected)
    assert r_indicator(found, float(mean)) == pytest.approx(1 - 2 * corrected * mean)


def test_what_chance_makes_of_equal_chances_is_taken_off_on_average() -> None:
    rng = np.random.default_rng(3)
    parts, size = np.array([0.1, 0.3, 0.6]), 500
    draws = rng.multinomial(size, parts, 4000)
    uneven = (parts * (draws / size / parts - 1) ** 2).sum(axis=1)
    assert uneven.mean() == pytest.approx(2 / size, rel=0.05)


def test_where_a_group_is_not_told_nothing_is_said_of_how_evenly_all_were_heard() -> None:
    assert variation(reached({"a": None, "b": 600}, {"a": 1, "b": 9})) is None
    assert variation(reached({"a": 0, "b": 0}, {"a": 1, "b": 9})) is None
    assert Fraction(1, 2) == r_indicator(0.5, 0.5)
