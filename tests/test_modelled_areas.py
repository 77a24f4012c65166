"""Modelled figures by group of parishes: what areas lend each other, how often the range holds, and whom it keeps hidden."""

from __future__ import annotations

import random
from math import exp, log

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.cohesion.areas import Side, Why, hidden_areas
from portal.cohesion.modelled import Answers, Modelled, model
from portal.cohesion.modelled_areas import hidden_from_model, kinds_of, modelled_table
from portal.cohesion.modelled_coverage import CHECKED, LEAST, MOST, SURVEYS, Checked, most_like
from portal.cohesion.models import Release
from portal.db import session
from portal.languages.words import Words
from portal.partnership.populations import AreaCount, Cell, Margin, Population, check_areas
from portal.partnership.toml_records import Wrong
from tests.support import waves
from tests.support.modelled import covered
from tests.support.people import Officer, Resident
from tests.test_areas import with_place
from tests.test_cohesion import close, draft, manager, people, publish

__all__ = ["manager"]


def alike(*areas: tuple[int, int]) -> list[Modelled]:
    """Of areas in which nothing tells people apart: how many answered, how many said yes."""
    return model([Answers(at, (), *each) for at, each in enumerate(areas)], [], [{(): 1.0}] * len(areas))


def test_an_area_with_few_answers_moves_towards_the_others_and_one_with_many_stays() -> None:
    few, many, *_ = alike((30, 27), (3000, 1500), (500, 200), (500, 250), (500, 300))
    assert 0.5 < few.share < 0.87
    assert many.share == pytest.approx(0.5, abs=0.01)
    assert few.high - few.low > 4 * (many.high - many.low)
    # Narrower than what 27 of 30 say by themselves, by Wilson 0.74 to 0.97, or nothing was lent; and its own say counts.
    assert few.high - few.low < 0.3
    assert few.low > 0.45


def test_areas_that_do_not_differ_are_pooled_and_such_that_do_are_not() -> None:
    same = alike(*[(100, 50)] * 8)
    apart = alike(*[(100, 20), (100, 80)] * 4)
    assert all(each.share == pytest.approx(0.5, abs=0.001) for each in same)
    assert same[0].high - same[0].low < 0.17
    assert apart[0].share == pytest.approx(0.2, abs=0.03)
    assert apart[1].share == pytest.approx(0.8, abs=0.03)


def test_each_area_is_counted_up_over_its_own_people() -> None:
    """The same answers everywhere; where more people are of the kind that says yes, more say yes."""
    answers = [Answers(at, (kind,), 200, (40, 160)[kind]) for at in range(4) for kind in range(2)]
    old = {(0,): 80.0, (1,): 20.0}
    young = {(0,): 10.0, (1,): 90.0}
    found = model(answers, [2], [old, young, young, young])
    assert found[0].share == pytest.approx(0.8 * 0.2 + 0.2 * 0.8, abs=0.02)
    assert found[1].share == pytest.approx(0.1 * 0.2 + 0.9 * 0.8, abs=0.02)
    unknown = model(answers, [2], [old, young, young, young], is_counted=False)
    assert unknown[0].share == pytest.approx(found[0].share, abs=0.001)
    assert unknown[0].high - unknown[0].low > found[0].high - found[0].low


TABLES = st.lists(st.tuples(st.integers(0, 300), st.floats(0, 1)), min_size=3, max_size=8).map(
    lambda each: [(people, round(people * part)) for people, part in each]
)


@settings(max_examples=40, deadline=None)
@given(TABLES, st.randoms())
def test_the_model_knows_no_order_and_no_yes_from_no(areas: list[tuple[int, int]], drawn: random.Random) -> None:
    found = alike(*areas)
    assert all(0 < each.low < each.share < each.high < 1 for each in found)
    order = drawn.sample(range(len(areas)), len(areas))
    for at, each in zip(order, alike(*[areas[at] for at in order]), strict=True):
        assert each.share == pytest.approx(found[at].share, abs=1e-6)
    for one, other in zip(found, alike(*[(n, n - yes) for n, yes in areas]), strict=True):
        assert (1 - other.share, 1 - other.high) == (
            pytest.approx(one.share, abs=1e-6),
            pytest.approx(one.low, abs=1e-6),
        )


def test_what_can_be_checked_by_hand_is_right() -> None:
    """Very many answers in an area: the model's range is that of the answers alone, and 4% wider."""
    found, *_ = alike((100_000, 30_000), (100_000, 70_000), (100_000, 50_000))
    error = 1.04 / (100_000 * 0.3 * 0.7) ** 0.5
    odds = log(0.3 / 0.7)
    assert found.low == pytest.approx(1 / (1 + exp(1.96 * error - odds)), abs=1e-4)
    assert found.high == pytest.approx(1 / (1 + exp(-1.96 * error - odds)), abs=1e-4)


@pytest.mark.dear
def test_the_range_holds_the_true_figure_as_often_as_is_recorded() -> None:
    """Some of the made surveys each time; of so few the share can be 5 in 100 off."""
    for checked in CHECKED[:2]:
        assert covered(checked, 40) == pytest.approx(checked.covered, abs=5)


@pytest.mark.long
@pytest.mark.parametrize("checked", CHECKED, ids=str)
def test_the_recorded_coverage_is_what_a_thousand_surveys_find(checked: Checked) -> None:
    assert covered(checked, SURVEYS) == pytest.approx(checked.covered, abs=0.2)


def test_what_is_recorded_says_which_figures_may_be_shown() -> None:
    assert Checked(7, 100, 0.5, True, LEAST).is_sound
    assert Checked(7, 100, 0.5, True, MOST).is_sound
    assert not Checked(7, 100, 0.5, True, 93.9).is_sound
    assert not Checked(7, 100, 0.5, True, 96.1).is_sound
    assert not Checked(7, 100, 0.5, True).is_sound, "what was never checked"
    assert most_like(7, 300, 0.6, is_counted=True) == CHECKED[2]
    assert most_like(6, 100, 0.9, is_counted=False) == CHECKED[4]
    assert most_like(3, 30, 1.0, is_counted=True).is_counted


SIDES = st.tuples(st.integers(0, 150), st.integers(0, 150)).map(lambda each: (sum(each), each[0]))
FEW_SIDES = st.tuples(st.integers(0, 150), st.integers(0, 9)).map(lambda each: (sum(each), each[1]))


@settings(max_examples=300)
@given(st.lists(SIDES | FEW_SIDES, min_size=1, max_size=9), SIDES | FEW_SIDES)
def test_nothing_hidden_follows_from_modelled_figures_and_those_beside_them(listed: list[Side], rest: Side) -> None:
    counts = {f"g-{at}": side for at, side in enumerate(listed)}
    whys = hidden_areas(counts, rest)
    hidden = hidden_from_model(counts, rest, whys)
    if len(hidden) == len(counts):
        return
    # A group with a figure of its own is known anyhow: only such as have none are hidden.
    assert {*hidden} <= whys.keys()
    for code in counts.keys() - {*hidden}:
        base, yes = counts[code]
        assert base >= 30
        assert all(side == 0 or side >= 5 for side in (yes, base - yes))
    left = [rest, *(counts[code] for code in hidden)]
    base, yes = (sum(side[at] for side in left) for at in (0, 1))
    if hidden:
        assert len(hidden) > 1
        assert min(yes, base - yes) >= 8 * len(hidden)
    else:
        assert all(side == 0 or side >= 5 for side in (yes, base - yes))


def test_who_lives_in_a_hidden_group_is_not_in_the_model() -> None:
    sides = {"a": (200, 90), "b": (60, 30), "c": (150, 3), "d": (90, 40), "e": (20, 9)}
    whys = hidden_areas(sides, (90, 40))
    population: dict[str, dict[tuple[int, ...], float]] = {code: {(): 1.0} for code in sides}

    def found(**other: Side) -> dict[str, dict[str, int]]:
        by_kind: dict[tuple[str, tuple[int, ...]], Side] = {(code, ()): side for code, side in (sides | other).items()}
        return modelled_table(by_kind, sides, (90, 40), whys, [], population, is_counted=True)

    assert [*found()] == ["a", "b", "d"]
    assert found(c=(150, 147), e=(20, 1)) == found()
    assert hidden_from_model(sides, (90, 40), whys | {"a": Why.EARLIER}) == [*sides]
    assert found()["b"]["base"] == 60


def test_people_whom_the_margin_does_not_count_are_of_a_kind_of_their_own() -> None:
    margin = {"by": ["sex", "age"], "cells": [{"of": [[s], a], "count": 1} for s in "fm" for a in (["1"], ["2", "3"])]}
    who = {"sex": ["f", "m", None, "x"], "age": ["1", "3", "2", None]}
    assert kinds_of([margin], who, 4) == [(0, 0), (1, 1), (2, 1), (2, 2)]
    assert kinds_of([margin], {}, 1) == [(2, 2)]
    assert kinds_of([], who, 2) == [(), ()]


def counted(*groups: str, cells: tuple[Cell, ...] = (Cell(of=("m",), count=4), Cell(of=("f",), count=3))) -> Population:
    margin = Margin(by=("sex",), cells=(Cell(of=("f",), count=10), Cell(of=("m",), count=12)))
    return Population(
        code="all",
        name=Words({"en": "All"}),
        source="Census",
        margins=(margin,),
        areas=tuple(AreaCount(group=group, cells=cells) for group in groups),
    )


def test_the_partnership_counts_who_lives_in_every_group_of_places_or_in_none() -> None:
    check_areas(counted(), ["n", "s"])
    check_areas(counted("s", "n"), ["n", "s"])
    assert counted("n").as_recipe()["areas"] == {"n": [3, 4]}
    assert "areas" not in counted().as_recipe()
    for groups in (("n",), ("n", "n"), ("n", "s", "x")):
        with pytest.raises(Wrong, match=r"populations.all.areas must count every group"):
            check_areas(counted(*groups), ["n", "s"])
    with pytest.raises(Wrong, match=r"areas.n.cells must be the cells of the first margin"):
        check_areas(counted("n", cells=(Cell(of=("f",), count=3),)), ["n"])


IN_PLACES = [
    *people(150, 60, place="p-olney", sex="female", age="35_49"),
    *people(70, 110, place="p-wolverton-greenleys", sex="male", age="16_24"),
    *people(20, 20, place="p-great-linford", sex="female", age="50_64"),
    *people(40, 20, place="e-fishermead", sex="male", age="65_74"),
    *people(5, 5, place="p-woburn-sands"),
    *people(60, 60),
]


def test_staff_read_modelled_figures_beside_a_release_and_the_public_never_does(
    app: Flask, resident: Resident, manager: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave = close(app, IN_PLACES, ended=3, pages=with_place(), population=waves.POPULATION)
    sound = Checked(7, 120, 0.5, False, 95.2)
    monkeypatch.setattr("portal.cohesion.modelled_coverage.CHECKED", (sound,))
    at = draft(manager, wave)
    manager.see(
        "By area: modelled figures", "For staff only. These figures are modelled. They are never public.",
        "the same mix of sex and age everywhere", "Getting on well together",
        "The range held the true figure in 95.2% of the areas. It must be 94% to 96%.",
    )  # fmt: skip
    with app.app_context():
        kept = session.scalars(select(Release)).one()
        assert kept.modelled is not None
        groups = kept.modelled["figures"]["getting_on"]
        assert "modelled" not in kept.document
    # 20 of 40 in Great Linford, of which no release may say anything by itself.
    linford, olney = groups["g-linford"], groups["g-north"]
    assert linford["base"] == 40
    assert linford["low"] < linford["percent"] < linford["high"]
    assert olney["high"] - olney["low"] < linford["high"] - linford["low"]
    manager.see(f"Great Linford, Stantonbury and Bradwell {linford['percent']}%", "40 Not shown", "210 71%")
    assert "g-east" not in groups, "ten people"
    monkeypatch.setattr("portal.cohesion.modelled_coverage.CHECKED", (Checked(7, 120, 0.5, False, 93.9),))
    manager.get(at)
    manager.see("Not shown: the ranges are not right often enough.", "in 93.9% of the areas")
    manager.not_see(f"Great Linford, Stantonbury and Bradwell {linford['percent']}%")
    publish(manager, wave)
    resident.get("/cohesion")
    resident.not_see("odelled")


def test_a_survey_that_asks_for_no_place_has_none(app: Flask, manager: Officer) -> None:
    draft(manager, close(app, people(150, 60), ended=3))
    manager.not_see("By area: modelled figures")
