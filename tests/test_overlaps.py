"""Groups that hold other groups and a few people more are found by cuts, as they were by trying every choice of groups."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.cohesion.overlaps import Joint, overlap_tells
from portal.rounded_tables import MIN_CELL

pytestmark = pytest.mark.same_on_both


def tried_one_by_one(joint: Joint) -> bool:
    """Every choice of rows, and of columns: the rule as it reads."""
    return _some_rows(joint) or _some_rows({(b, a): count for (a, b), count in joint.items()})


def _some_rows(joint: Joint) -> bool:
    held = Counter(dict(joint))
    rows, columns = ({pair[side] for pair, count in joint.items() if count} for side in (0, 1))
    ordered = sorted(rows)
    for chosen in range(1, 2 ** len(ordered)):
        mine = {row for place, row in enumerate(ordered) if chosen >> place & 1}
        within = {column for column in columns if not any(held[row, column] for row in rows - mine)}
        if 0 < sum(held[row, column] for row in mine for column in columns - within) < MIN_CELL:
            return True
    return False


def tables(count: st.SearchStrategy[int], most: int) -> st.SearchStrategy[dict[tuple[str, str], int]]:
    names = st.sampled_from("abcdefg"[:most])
    return st.dictionaries(st.tuples(names, names), count, max_size=most * most)


@given(st.one_of(tables(st.sampled_from([0, 1, 2, 3, 4, 5, 9]), 6), tables(st.sampled_from([0, 1, 4, 30]), 7)))
@example({("a", "a"): 40, ("a", "b"): 2, ("b", "b"): 40})
@example({("a", "a"): 40, ("a", "b"): 5, ("b", "b"): 40})
@example({("a", "a"): 9, ("b", "a"): 2, ("b", "b"): 2, ("c", "b"): 9})
def test_cuts_find_what_trying_every_choice_finds(joint: dict[tuple[str, str], int]) -> None:
    assert overlap_tells(joint) == tried_one_by_one(joint)


def test_twenty_groups_of_parishes_are_no_longer_work_than_a_few() -> None:
    """Every choice of twenty would be a million: this would run for minutes."""
    alike = {(f"p-{at}", kind): 30 + at for at in range(20) for kind in "abcde"}
    assert not overlap_tells(alike)
    by_itself = {(f"p-{at}", f"k-{at}"): 40 for at in range(20)}
    assert not overlap_tells(by_itself)
    assert overlap_tells(by_itself | {("p-3", "k-4"): 3})
    assert overlap_tells(alike | {("p-20", "f"): 40, ("p-20", "a"): 4})
