"""Figures by group of parishes: from a hundred answers on, beside the figure for everyone, and nothing hidden follows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.cohesion.areas import Side, Why, hidden_areas, tells_beside

LARGE = 1000


def compositions(total: int, parts: int) -> Iterator[list[int]]:
    """Every way to spread so many people over so many groups."""
    for bars in combinations(range(total + parts - 1), parts - 1):
        yield [end - start - 1 for start, end in pairwise((-1, *bars, total + parts - 1))]


@pytest.mark.parametrize(("groups", "most"), [(2, 30), (3, 28), (4, 20)])
@pytest.mark.parametrize("has_rest", [True, False])
def test_whoever_knows_every_rule_and_every_base_leaves_a_hidden_count_any_number_from_1_to_4(
    groups: int, most: int, has_rest: bool
) -> None:
    """Each table of so many people is made, and all that look alike from outside are held against each other."""
    for total in range(5, most + 1):
        alike: dict[object, list[list[int]]] = {}
        for each in compositions(total, groups + has_rest):
            counts = {str(at): (LARGE, positive) for at, positive in enumerate(each[:groups])}
            rest = (LARGE, each[groups]) if has_rest else (0, 0)
            hidden = hidden_areas(counts, rest)
            seen = tuple((code, positive) for code, (_, positive) in counts.items() if code not in hidden)
            alike.setdefault((seen, *hidden), []).append(each)
        for tables in alike.values():
            for values in zip(*tables, strict=True):
                few = {value for value in values if 0 < value < 5}
                assert not few or few == {1, 2, 3, 4}, (total, tables)


SIDES = st.tuples(st.integers(0, 400), st.integers(0, 400)).map(lambda each: (sum(each), each[0]))
FEW_SIDES = st.tuples(st.integers(0, 400), st.integers(0, 9)).map(lambda each: (sum(each), each[1]))


@settings(max_examples=400)
@given(st.lists(SIDES | FEW_SIDES, min_size=1, max_size=9), SIDES | FEW_SIDES)
def test_nothing_hidden_follows_from_what_stands_beside_it(listed: list[Side], rest: Side) -> None:
    counts = {f"g-{at}": side for at, side in enumerate(listed)}
    hidden = hidden_areas(counts, rest)
    for code, (base, positive) in counts.items():
        if code not in hidden:
            assert base >= 100
            assert all(side == 0 or side >= 5 for side in (positive, base - positive))
    if hidden.keys() == counts.keys():
        return
    # What anybody can work out: everyone less all that are shown.
    left = [rest, *(counts[code] for code in hidden)]
    base, positive = (sum(side[at] for side in left) for at in (0, 1))
    if hidden:
        assert len(hidden) > 1
        assert min(positive, base - positive) >= 8 * len(hidden)
    else:
        assert all(side == 0 or side >= 5 for side in (positive, base - positive))


def test_why_a_group_is_hidden_is_told_to_staff() -> None:
    counts = {"a": (200, 90), "b": (99, 50), "c": (150, 3), "d": (300, 150)}
    assert hidden_areas(counts, (20, 10)) == {"b": Why.FEW, "c": Why.SIDE}
    assert hidden_areas(counts | {"c": (150, 75)}, (0, 0)) == {"a": Why.BESIDE, "b": Why.FEW}
    assert hidden_areas({"a": (200, 90), "d": (300, 150)}, (20, 3)) == {"a": Why.BESIDE, "d": Why.BESIDE}
    assert not hidden_areas({"a": (200, 90), "d": (300, 150)}, (20, 5))


def table(rest: tuple[int, int] = (50, 25), **groups: tuple[int, int, str]) -> dict[str, object]:
    return {"groups": {code: list(each) for code, each in groups.items()}, "rest": list(rest)}


@pytest.mark.parametrize(
    ("then", "tells"),
    [
        pytest.param(table(a=(200, 100, ""), b=(150, 60, "few"), c=(120, 50, "few")), False, id="the same"),
        pytest.param(table(a=(209, 105, ""), b=(150, 60, "few"), c=(120, 50, "few")), True, id="shown, nine people more"),
        pytest.param(table(a=(220, 110, ""), b=(150, 60, "few"), c=(120, 50, "few")), False, id="shown, twenty people more"),
        pytest.param(table(a=(200, 100, "beside"), b=(150, 60, "few"), c=(120, 50, "")), True, id="another beside it"),
        pytest.param(table(a=(200, 100, ""), b=(150, 60, "few"), c=(123, 50, "few")), True, id="what is hidden, three more"),
        pytest.param(table((52, 25), a=(200, 100, ""), b=(150, 60, "few"), c=(120, 50, "few")), True, id="the rest, two more"),
        pytest.param(table(a=(200, 100, "few"), b=(150, 60, "few"), c=(120, 50, "few")), False, id="hidden whole"),
        pytest.param(table((0, 0)), False, id="none"),
    ],
)  # fmt: skip
def test_two_releases_of_a_wave_tell_nothing_of_few_by_area(then: dict[str, object], tells: bool) -> None:
    now = table(a=(200, 100, ""), b=(150, 60, "few"), c=(120, 50, "few"))
    assert tells_beside(now, then) is tells
    assert tells_beside(then, now) is tells
