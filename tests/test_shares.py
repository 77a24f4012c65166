"""A percentage in small whole numbers: never made much smaller than it is, and the nearest that can be said."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.cohesion.shares import SHARES, nearest_share, share_in_words
from tests.support import waves
from tests.support.people import Officer, Resident
from tests.test_cohesion import close, manager, people, publish  # noqa: F401 (a fixture)

PERCENT = st.floats(0, 100)


def said(percent: float) -> float:
    part, whole = nearest_share(percent)
    return 100 * part / whole


@given(PERCENT)
def test_no_share_is_said_smaller_than_nine_tenths_of_what_it_is(percent: float) -> None:
    assert said(percent) >= 0.9 * percent - 1e-9


@given(PERCENT)
def test_no_other_share_that_may_be_said_is_nearer(percent: float) -> None:
    others = (100 * part / whole for part, whole in SHARES)
    assert all(
        abs(said(percent) - percent) <= abs(other - percent) + 1e-9 for other in others if other >= 0.9 * percent + 1e-9
    )


@given(PERCENT, PERCENT)
def test_a_larger_share_is_never_said_as_a_smaller_one(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert said(low) <= said(high)


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("percent", "sentence"),
    [
        (0.4, "That is fewer than 1 in 100 people."),
        (1, "That is about 1 in 100 people."),
        (2.5, "That is about 1 in 40 people."),
        (14, "That is about 1 in 7 people."),
        (20, "That is about 1 in 5 people."),
        (28, "That is about 3 in 10 people."),  # 1 in 4 is as near, and makes it smaller by more than a tenth
        (33, "That is about 1 in 3 people."),
        (50, "That is about half of the people."),
        (70, "That is about 7 in 10 people."),
        (95, "That is about 9 in 10 people."),
        (97, "That is more than 9 in 10 people."),
    ],
)
def test_a_share_is_said_as_people_say_it(app: Flask, percent: float, sentence: str) -> None:
    with app.test_request_context("/"):
        assert share_in_words(percent, is_whole=True) == sentence


@pytest.mark.same_on_both
def test_nobody_and_everyone_are_said_only_where_it_is_so(app: Flask) -> None:
    with app.test_request_context("/"):
        assert share_in_words(0, is_whole=True) == "That is nobody who answered."
        assert share_in_words(100, is_whole=True) == "That is everyone who answered."
        assert share_in_words(0, is_whole=False) == "That is fewer than 1 in 100 people."
        assert share_in_words(100, is_whole=False) == "That is more than 9 in 10 people."


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("agree", "disagree", "sentence"),
    [(40, 0, "That is everyone who answered."), (0, 40, "That is nobody who answered.")],
)
def test_a_published_figure_says_that_all_or_none_of_those_asked_agree(
    app: Flask,
    resident: Resident,
    manager: Officer,  # noqa: F811
    agree: int,
    disagree: int,
    sentence: str,
) -> None:
    publish(manager, close(app, people(agree, disagree), ended=3))
    resident.get("/cohesion")
    resident.see(sentence)


@pytest.mark.same_on_both
def test_a_weighted_figure_does_not_claim_to_be_everyone(
    app: Flask,
    resident: Resident,
    manager: Officer,  # noqa: F811
) -> None:
    women = people(150, 0, sex="female", age="50_64")
    wave = close(app, women + people(50, 0, sex="male", age="50_64"), ended=3, population=waves.POPULATION)
    publish(manager, wave)
    resident.get("/cohesion")
    resident.see("100%", "That is more than 9 in 10 people.")
