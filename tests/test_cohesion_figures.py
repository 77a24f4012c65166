"""The mathematics between an answer and a published figure: weights, ranges, changes, and what is hidden."""

from __future__ import annotations

import itertools
from collections import Counter
from math import isclose, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.cohesion.disclosure import conflicts, few_or_rounded, hidden_answers, is_unreliable, percent, rounded
from portal.cohesion.estimates import Estimate, estimate, holm, outcomes, wilson
from portal.cohesion.weighting import NotConverged, effective_size, rake
from tests.support.waves import questionnaire

SEXES, AGES = ("female", "male"), ("16_24", "25_34", "35_49", "50_over")


def margin(by: tuple[str, ...], **counts: int) -> dict[str, object]:
    """A crossed cell is named by its answers with two underlines between them."""
    cells = [{"of": [[part] for part in name.split("__")], "count": count} for name, count in counts.items()]
    return {"by": list(by), "cells": cells}


def told(share: float, size: float) -> Estimate:
    return Estimate(round(size), round(share * size), share, size, *wilson(share, size))


def test_one_crossed_margin_gives_each_person_what_their_cell_is_short_of() -> None:
    answers = {
        "sex": ["female"] * 60 + ["male"] * 40,
        "age": ["young"] * 30 + ["old"] * 30 + ["young"] * 20 + ["old"] * 20,
    }
    found = rake(
        answers, [margin(("sex", "age"), female__young=200, female__old=300, male__young=250, male__old=250)], 100
    )
    expected = [20 / 30] * 30 + [30 / 30] * 30 + [25 / 20] * 20 + [25 / 20] * 20
    assert found.weights == pytest.approx(expected, abs=1e-9)
    assert found.design_effect == pytest.approx(100 * sum(w * w for w in expected) / sum(expected) ** 2)


def test_two_margins_are_met_and_keep_the_odds_of_those_who_answered() -> None:
    """Fitting changes the margins and keeps a table's odds ratio: so two by two is the root of a quadratic."""
    seed = {("female", "young"): 40, ("female", "old"): 30, ("male", "young"): 35, ("male", "old"): 95}
    people = [pair for pair, count in seed.items() for _ in range(count)]
    answers = {"sex": [sex for sex, _ in people], "age": [age for _, age in people]}
    found = rake(answers, [margin(("sex",), female=110, male=90), margin(("age",), young=90, old=110)], 200)
    fitted = dict.fromkeys(seed, 0.0)
    for pair, weight in zip(people, found.weights, strict=True):
        fitted[pair] += weight
    odds = 40 * 95 / (30 * 35)
    # x (x - 0) for female and young: x * (200 - 110 - 90 + x) = odds * (110 - x) * (90 - x)
    a, b, c = odds - 1, -odds * 200, odds * 110 * 90
    root = (-b - sqrt(b * b - 4 * a * c)) / (2 * a)
    assert fitted["female", "young"] == pytest.approx(root, abs=1e-4)
    assert fitted["female", "old"] == pytest.approx(110 - root, abs=1e-4)
    assert 1 < found.iterations < 50


def test_a_cell_with_few_people_is_joined_to_its_neighbour_of_the_same_sex() -> None:
    answers = {
        "sex": ["female"] * 50 + ["male"] * 50,
        "age": ["16_24"] * 5 + ["25_34"] * 45 + ["16_24"] * 25 + ["25_34"] * 25,
    }
    by_both = margin(("sex", "age"), female__16_24=100, female__25_34=400, male__16_24=250, male__25_34=250)
    found = rake(answers, [by_both], 100)
    assert found.joined == (((1, 0),),)
    assert found.weights == pytest.approx([1.0] * 100)


def test_whoever_leaves_a_question_blank_keeps_their_share_and_counts() -> None:
    answers = {"sex": ["female"] * 60 + ["male"] * 20 + [None] * 10 + ["rather_not"] * 10}
    found = rake(answers, [margin(("sex",), female=500, male=500)], 100)
    assert found.outside == (20,)
    assert found.weights == pytest.approx([40 / 60] * 60 + [40 / 20] * 20 + [1.0] * 20)


def test_margins_that_contradict_each_other_are_an_error_and_no_figure() -> None:
    answers = {"sex": ["female"] * 50 + ["male"] * 50, "age": ["young"] * 50 + ["old"] * 50}
    with pytest.raises(NotConverged):
        rake(answers, [margin(("sex",), female=600, male=400), margin(("age",), young=400, old=600)], 100)


def test_what_weights_at_their_bound_miss_is_told() -> None:
    answers = {"sex": ["female"] * 180 + ["male"] * 20}
    found = rake(answers, [margin(("sex",), female=500, male=500)], 200)
    assert found.trimmed == 20
    assert (found.least, found.most) == pytest.approx((140 / 180, 3))
    assert [(each.kinds, each.wanted, each.reached) for each in found.missed] == [
        ((("female",),), 0.5, pytest.approx(0.7)),
        ((("male",),), 0.5, pytest.approx(0.3)),
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([*SEXES, None, "other"]), st.sampled_from([*AGES, None])), min_size=1, max_size=300
    ),
    st.lists(st.integers(1, 900), min_size=8, max_size=8),
)
def test_weights_add_up_to_the_people_and_meet_the_population(
    people: list[tuple[str | None, str | None]], counts: list[int]
) -> None:
    cells = [
        {"of": [[sex], [age]], "count": count}
        for (sex, age), count in zip(itertools.product(SEXES, AGES), counts, strict=True)
    ]
    answers = {"sex": [sex for sex, _ in people], "age": [age for _, age in people]}
    found = rake(answers, [{"by": ["sex", "age"], "cells": cells}], len(people))
    assert isclose(sum(found.weights), len(people), rel_tol=1e-9)
    assert all(weight > 0 for weight in found.weights)
    inside = [each for each in people if each[0] in SEXES and each[1] in AGES]
    groups = dict(found.joined[0])
    held, wanted = Counter[int](), Counter[int]()
    places = {(cell["of"][0][0], cell["of"][1][0]): place for place, cell in enumerate(cells)}
    for each, weight in zip(people, found.weights, strict=True):
        if each in places:
            held[groups.get(places[each], places[each])] += weight  # type: ignore[assignment]
    for place, count in enumerate(counts):
        wanted[groups.get(place, place)] += len(inside) * count / sum(counts)  # type: ignore[assignment]
    if inside:
        assert dict(held) == pytest.approx(dict(wanted), rel=1e-6)


@pytest.mark.parametrize(
    ("positive", "size", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_the_published_one(positive: int, size: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I."""
    assert wilson(positive / size, size) == pytest.approx((low, high), abs=5e-5)


def test_a_weighted_interval_is_the_one_that_r_gives() -> None:
    """R 4.2.2, survey 4.1.1: 600 answers with a design effect of 1.2295433; the share follows from the two bounds."""
    low, high, size, z2 = 0.539703, 0.626836, 600 / 1.2295433, 1.959963984540054**2
    share = (low + high) / 2 * (1 + z2 / size) - z2 / (2 * size)
    assert wilson(share, size) == pytest.approx((low, high), abs=2e-6)


def test_the_weighted_share_and_what_its_answers_are_worth() -> None:
    weights, found = [2.0, 0.5, 1.0, 0.5], [True, False, True, None]
    result = estimate(weights, found)
    assert result is not None
    share = 3 / 3.5
    variance = 3 / 2 * ((2 * (1 - share)) ** 2 + (0.5 * share) ** 2 + (1 - share) ** 2) / 3.5**2
    assert (result.base, result.positive, result.unweighted) == (3, 2, 2 / 3)
    assert result.share == pytest.approx(share)
    # By the variance alone these three would be worth three and a half.
    assert share * (1 - share) / variance == pytest.approx(3.5)
    assert result.effective == 3
    assert estimate(weights, found, is_capped=False).effective == pytest.approx(3.5)  # type: ignore[union-attr]
    assert estimate([1.0], [None]) is None


def test_where_everybody_agrees_kish_says_how_sure_it_is() -> None:
    result = estimate([1.0, 1.0, 2.0], [True, True, True])
    assert result is not None
    assert (result.share, result.high) == (1.0, 1.0)
    assert result.effective == pytest.approx(16 / 6) == effective_size([1.0, 1.0, 2.0])


@given(st.floats(0, 1), st.floats(1, 1e6))
def test_a_range_stays_within_nothing_and_everybody_and_holds_its_figure(share: float, size: float) -> None:
    low, high = wilson(share, size)
    assert 0 <= low <= share <= high <= 1


def test_holm_is_what_r_gives() -> None:
    """R: p.adjust(c(.01, .04, .03, .005), "holm")"""
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert found == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})


def test_a_share_leaves_out_what_its_formula_leaves_out_and_a_score_wants_every_answer() -> None:
    share, _, score = questionnaire().indicators
    given = ["definitely_agree", "tend_disagree", "dont_know", "too_few", "same_background", None]
    assert outcomes(share, {"getting_on": given}, 6) == [True, False, None, None, None, None]
    values = {"noise": ["big", "small", "big", None], "litter": ["big", "small", "small", "big"]}
    assert outcomes(score, values, 4) == [True, False, True, None]  # type: ignore[arg-type]
    assert outcomes(share, {}, 2) == [None, None]


def test_numbers_are_shown_no_finer_than_is_known() -> None:
    assert [rounded(count) for count in (30, 32, 33, 548, 0)] == [30, 30, 35, 550, 0]
    assert [few_or_rounded(count) for count in (0, 1, 4, 5, 38)] == [0, None, None, 5, 40]
    assert (percent(0.71549, 997), percent(0.71549, 998)) == (72, 71.5)
    assert is_unreliable(told(0.5, 99))
    assert not is_unreliable(told(0.5, 120))
    assert is_unreliable(Estimate(200, 100, 0.5, 40, *wilson(0.5, 40)))


CODES = "abcde"


@pytest.mark.parametrize(
    ("counts", "positive", "hidden"),
    [
        ((20, 50, 30, 10, 0), "ab", ""),
        ((20, 50, 3, 30, 12), "ab", "cde"),
        ((3, 50, 30, 10, 0), "ab", "ab"),
        ((4, 4, 40, 10, 0), "abc", "abc"),
        ((10, 6, 5, 20, 4), "a", "bcde"),
        ((97, 0, 3, 0, 0), "a", "bcde"),
    ],
)
def test_an_answer_of_few_people_takes_its_whole_side_with_it(
    counts: tuple[int, ...], positive: str, hidden: str
) -> None:
    by_code = dict(zip(CODES, counts, strict=True))
    lines = [[code for code in CODES if (code in positive) is is_true] for is_true in (True, False)]
    assert hidden_answers(by_code, lines) == set(hidden)


def exact(base: int, positive: int, answered: int = 600, **answers: int) -> dict[str, object]:
    figure = {"questions": ["q"], "base": base, "positive": positive, "answers": answers, "hidden": []}
    return {"answered": answered, "figures": {"a": figure}}


def test_two_releases_of_a_wave_may_be_alike_or_far_apart_and_nothing_between() -> None:
    one = exact(500, 300, yes=300, no=200)
    assert conflicts(one, {1: exact(500, 300, yes=300, no=200)}) == []
    assert conflicts(one, {1: exact(480, 290, 580, yes=290, no=190)}) == []
    assert {c.what for c in conflicts(one, {1: exact(499, 300, 599, yes=300, no=199)})} == {
        "answered",
        "base",
        "answers",
    }
    assert [c.release for c in conflicts(one, {1: one, 2: exact(500, 309, yes=300, no=200)})] == [2]
    # Under another name it is the same question.
    renamed = {"answered": 600, "figures": {"b": one["figures"]["a"] | {"base": 497}}}  # type: ignore[index]
    assert [c.indicator for c in conflicts(one, {1: renamed})] == ["a"]
    was_hidden = exact(500, 300, yes=300, no=200)
    was_hidden["figures"]["a"]["hidden"] = ["no"]  # type: ignore[index]
    assert [c.what for c in conflicts(one, {1: was_hidden})] == ["hidden"]
    # Hidden today by a stricter rule, it was public already.
    assert conflicts(was_hidden, {1: one}) == []
