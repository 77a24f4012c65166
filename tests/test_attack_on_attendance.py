"""How many came to events: whoever has every event's page and the quarter's number does not learn how few came to one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from portal.events.held import attendance_of
from portal.small_counts import LEAST, MIN_WIDTH, is_small, rounded

Rule = Callable[[Sequence[int]], int | None]


def sum_of_all(came: Sequence[int]) -> int | None:
    """The rule as it could be: everybody who came, to the nearest 5."""
    return None if is_small(sum(came)) else rounded(sum(came))


def told_closely(rule: Rule, came: Sequence[int]) -> list[int]:
    """The dates with few people of which fewer than three numbers fit; each page tells a large number to the nearest 5."""
    near = [range(LEAST) if is_small(each) else _near(each) for each in came]
    told = rule(came)
    fit = [world for world in product(*near) if rule(world) == told]
    open_to = [{world[at] for world in fit} for at in range(len(came))]
    return [at for at, each in enumerate(came) if is_small(each) and max(open_to[at]) - min(open_to[at]) < MIN_WIDTH]


def _near(number: int) -> list[int]:
    return [each for each in range(max(LEAST, number - 4), number + 5) if rounded(each) == rounded(number)]


@given(st.lists(st.integers(0, 60), max_size=12), st.lists(st.integers(0, 9), min_size=12, max_size=12))
def test_the_attendance_is_the_same_whatever_the_small_numbers_are(came: list[int], others: list[int]) -> None:
    changed = [other if is_small(each) else each for each, other in zip(came, others, strict=False)]
    assert attendance_of(changed) == attendance_of(came)
    large = sum(each for each in came if not is_small(each))
    assert abs((attendance_of(came) or 0) - large) <= 2


def test_a_planted_sum_of_all_who_came_is_found() -> None:
    for came in ([9, 9], [12, 9, 9, 9, 9], [13, 13, 13, 13, 0]):
        assert told_closely(attendance_of, came) == []
    assert told_closely(sum_of_all, [9, 9]) == [0, 1]
    assert told_closely(sum_of_all, [12, 9, 9, 9, 9]) == [1, 2, 3, 4]
