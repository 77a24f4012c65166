"""Figures on one question beside each other: whoever knows the rules and subtracts them finds no small group."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.cohesion.differencing import Sides, Sums, lines_of, shown_together
from portal.cohesion.disclosure import MIN_BASE, MIN_CELL, conflicts, hidden_answers
from portal.cohesion.models import Release
from portal.db import session, transaction
from portal.staff.models import Role
from portal.surveys.definition import Indicator
from tests.support import waves
from tests.support.people import Officer, Resident

CODES = "abcd"


def share(code: str, true: str, base: str = CODES, *questions: str) -> Sides:
    return Sides(code, frozenset(questions or "q"), frozenset(base), frozenset(true), True)


def tell(counts: Mapping[str, int], *figures: Sides) -> tuple[object, ...]:
    """All that is public of a question with these figures, were every share an exact number of people."""
    public = shown(counts, figures)
    told: list[object] = []
    for figure in public:
        told += [sum(counts[code] for code in group) for group in figure.sums]
        lines = lines_of(figure, public, counts)
        hidden = set(counts) if lines is None else hidden_answers(counts, lines)
        told += [(code, counts[code]) for code in sorted(figure.base - hidden)]
    return (tuple(figure.code for figure in public), *told)


def shown(counts: Mapping[str, int], figures: Sequence[Sides]) -> list[Sides]:
    alone = {figure.code for figure in figures if may_stand_alone(figure, counts)}
    codes = shown_together(figures, alone, {figure.code: counts for figure in figures}, {})
    return [figure for figure in figures if figure.code in codes]


def may_stand_alone(figure: Sides, counts: Mapping[str, int]) -> bool:
    base, true, false = (sum(counts[code] for code in group) for group in figure.sums)
    return base >= MIN_BASE and all(side == 0 or side >= MIN_CELL for side in (true, false))


def closely_told(tables: Iterator[dict[str, int]], *figures: Sides) -> list[tuple[dict[str, int], str]]:
    """The tables in which somebody who knows the rules can tell a count of 1 to 4 from another count of 1 to 4."""
    alike: dict[tuple[object, ...], list[dict[str, int]]] = defaultdict(list)
    for counts in tables:
        alike[tell(counts, *figures)].append(counts)
    found = []
    for public, possible in alike.items():
        if not public[0]:
            continue
        for code in possible[0]:
            held = {counts[code] for counts in possible}
            if not held.isdisjoint(range(1, MIN_CELL)) and not held >= set(range(1, MIN_CELL)):
                found += [(counts, code) for counts in possible if 0 < counts[code] < MIN_CELL]
    return found


def tables(people: int) -> Iterator[dict[str, int]]:
    """Every way in which so many people can have given four answers."""
    for cuts in itertools.combinations(range(people + 3), 3):
        edges = (-1, *cuts, people + 3)
        yield dict(zip(CODES, (last - first - 1 for first, last in itertools.pairwise(edges)), strict=True))


@pytest.mark.dear
def test_in_no_made_table_is_a_hidden_answer_told_closer_than_1_to_4_nor_by_all_being_hidden() -> None:
    """Also of (19, 4, 4, 4), of which once everything was hidden, which told that all three are 4."""
    for true in ("a", "ab"):
        assert closely_told(tables(31), share("one", true)) == []


@pytest.mark.dear
@pytest.mark.parametrize(
    "figures",
    [
        (share("very", "a"), share("very or fairly", "ab")),
        (share("very or fairly", "ab"), share("very", "b")),
        (share("some", "ab"), share("others", "bc")),
        (share("with do not know", "ab"), share("without", "ab", "abc")),
        (share("one", "a"), share("two", "b"), share("three", "c")),
    ],
)
def test_two_figures_on_one_question_do_not_tell_on_each_other(figures: tuple[Sides, ...]) -> None:
    assert closely_told(tables(31), *figures) == []


def test_a_group_follows_from_three_figures_where_no_two_tell_it() -> None:
    counts = {"a": 20, "b": 3, "c": 20, "d": 30}
    pairs = [frozenset("ab"), frozenset("bc"), frozenset("ac")]
    assert not Sums(counts, pairs[:2]).tells_of_few
    assert Sums(counts, pairs).tells_of_few


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=4, max_size=4),
    st.lists(st.sets(st.sampled_from(CODES), min_size=1, max_size=3), min_size=2, max_size=3),
)
def test_whatever_figures_there_are_no_sum_of_what_is_shown_gives_a_few_people(
    sizes: list[int], positives: list[set[str]]
) -> None:
    """Held against a search over small whole factors, which knows nothing of how the sums are worked out."""
    counts = dict(zip(CODES, sizes, strict=True))
    figures = [share(str(at), "".join(true)) for at, true in enumerate(positives)]
    sums = list({group for figure in shown(counts, figures) for group in figure.sums})
    for factors in itertools.product((-1, 0, 1), repeat=len(sums)):
        vector = Counter[str]()
        for factor, group in zip(factors, sums, strict=True):
            vector.update(dict.fromkeys(group, factor))
        if set(vector.values()) <= {0, 1}:
            people = sum(counts[code] for code, factor in vector.items() if factor)
            assert people == 0 or people >= MIN_CELL


def test_a_share_beside_a_score_of_its_question_is_hidden_where_the_difference_is_few() -> None:
    score = Sides("score", frozenset("qr"), frozenset({True, False}), frozenset({True}), False)
    one = share("share", "a", "ab")
    both = {"share", "score"}
    # All of the score's people answered q; three answered q alone, and of those who said a only two are not at the score.
    people = {("a", True): 28, ("a", None): 2, ("b", False): 40, ("b", None): 1}
    assert shown_together([one, score], both, {"share": {"a": 30, "b": 41}}, {("share", "score"): people}) == {"share"}
    far = {("a", True): 28, ("a", None): 12, ("b", False): 40, ("b", None): 11}
    assert shown_together([one, score], both, {"share": {"a": 40, "b": 51}}, {("share", "score"): far}) == both
    assert lines_of(one, [one, score], {"a": 40, "b": 51}) is None


def figure(true: str, shown: bool = True, questions: str = "q", **answers: int) -> dict[str, object]:
    counts = dict(zip(CODES, (answers.get(code, 0) for code in CODES), strict=True))
    return {
        "questions": list(questions), "base": sum(counts.values()), "positive": sum(counts[code] for code in true),
        "answers": counts, "hidden": [], "shown": shown, "partly": 0, "counted": list(CODES), "true": list(true),
    }  # fmt: skip


def test_figures_of_two_releases_are_held_against_each_other_also_where_their_answers_differ() -> None:
    counts = {"a": 30, "b": 3, "c": 40}
    very, fairly = figure("a", **counts), figure("ab", **counts)
    first, second = ({"answered": 73, "figures": {name: one}} for name, one in (("very", very), ("fairly", fairly)))
    assert [(c.indicator, c.what) for c in conflicts(second, {1: first})] == [("fairly", "beside")]
    assert conflicts({"answered": 73, "figures": {"fairly": fairly | {"shown": False}}}, {1: first}) == []
    # Six people are enough, and both figures may be published again as they were.
    counts["b"] = 6
    both = {"answered": 76, "figures": {"very": figure("a", **counts), "fairly": figure("ab", **counts)}}
    assert conflicts(both, {1: both}) == []
    # A score over more questions, like against like.
    wider = figure("a", questions="qr", a=28, c=40) | {"counted": [], "true": []}
    assert {c.what for c in conflicts({"answered": 73, "figures": {"wider": wider}}, {1: first})} == {"beside"}


VERY = Indicator(
    code="very", title=waves.said("Agree very much"), sentence=waves.said("of people agree very much."),
    questions=("getting_on",), positive=("definitely_agree",), left_out=waves.NOT_COUNTED,
)  # fmt: skip


def test_of_very_and_very_or_fairly_one_is_not_shown_where_three_people_lie_between_them(
    app: Flask, resident: Resident, hire: Callable[..., Officer]
) -> None:
    manager = hire("mira", teams=(), roles=(Role.SURVEY_MANAGER,))
    manager.sign_in()
    given = [{"getting_on": "definitely_agree"}] * 60 + [{"getting_on": "tend_agree"}] * 3
    given += [{"getting_on": "tend_disagree"}] * 57
    with app.app_context(), transaction() as db:
        wave = waves.closed_wave(db, given, ended=3, indicators=(waves.questionnaire().indicators[0], VERY))
    manager.get("/staff/figures")
    manager.post(f"/staff/figures/waves/{wave}")
    manager.follow()
    manager.post(f"{manager.path}/publish")
    resident.get("/cohesion")
    resident.see("Getting on well together", "52%", "Agree very much Not shown")
    resident.not_see("From about 120 answers. About", "agree very much. That is")
    with app.app_context():
        exact = session.scalars(select(Release.exact)).one()
    assert exact["figures"]["very"]["shown"] is False
