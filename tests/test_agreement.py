"""How far two coders agree: the published figures come out, and whoever is called first makes no difference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.surveys.agreement import Agreement, Kappa, Strength, agreement_on, kappa

COUNTS = st.integers(0, 40)
TABLES = st.integers(2, 4).flatmap(
    lambda size: st.lists(st.lists(COUNTS, min_size=size, max_size=size), min_size=size, max_size=size)
)


def test_the_worked_examples_of_the_literature_come_out() -> None:
    # SAS/STAT, PROC FREQ, "Agreement Study": two dermatologists.
    skin = kappa([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]])
    assert skin is not None
    assert [round(each, 4) for each in (skin.value, skin.low, skin.high)] == [0.3449, 0.2030, 0.4868]
    # Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, chapter 18: diagnoses of 100 people.
    diagnoses = kappa([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
    assert diagnoses is not None
    assert (round(diagnoses.value, 3), round(diagnoses.error, 3)) == (0.676, 0.088)
    assert diagnoses.strength is Strength.SUBSTANTIAL


def test_there_is_no_kappa_where_nobody_coded_or_both_said_the_same_of_all() -> None:
    for agreed in (Agreement(0, 0, 0, 0), Agreement(9, 0, 0, 0), Agreement(0, 0, 0, 9)):
        assert agreed.kappa is None
    assert Agreement(0, 0, 0, 0).percent is None
    assert Agreement(0, 0, 0, 9).percent == 100
    one_said_no_of_all = Agreement(0, 0, 4, 6).kappa
    assert one_said_no_of_all is not None
    assert one_said_no_of_all.value == pytest.approx(0)
    assert not one_said_no_of_all.has_range


@pytest.mark.parametrize(
    ("value", "strength"),
    [(-0.01, "poor"), (0.0, "slight"), (0.2, "slight"), (0.21, "fair"), (0.6, "moderate"), (0.8, "substantial"), (0.81, "almost_perfect")],
)  # fmt: skip
def test_a_kappa_is_called_as_landis_and_koch_have_it(value: float, strength: str) -> None:
    assert Kappa(value, 0, value, value).strength.value == strength


@given(TABLES)
def test_kappa_lies_between_its_bounds_and_does_not_ask_who_is_first_or_how_codes_are_called(
    table: list[list[int]],
) -> None:
    found = kappa(table)
    if found is None:
        return
    assert -1 - 1e-9 <= found.low - 1e-9 <= found.value <= found.high + 1e-9 <= 1 + 2e-9
    turned = kappa([list(column) for column in zip(*table, strict=True)])
    renamed = kappa([list(reversed(row)) for row in reversed(table)])
    for other in (turned, renamed):
        assert other is not None
        assert (other.value, other.error) == (pytest.approx(found.value), pytest.approx(found.error, abs=1e-6))


@given(st.lists(COUNTS, min_size=2, max_size=4).filter(lambda counts: sum(count > 0 for count in counts) > 1))
def test_coders_who_always_agree_have_a_kappa_of_one(counts: list[int]) -> None:
    table = [[count if row == column else 0 for column in range(len(counts))] for row, count in enumerate(counts)]
    found = kappa(table)
    assert found is not None
    assert found.value == pytest.approx(1)
    assert not found.has_range


def test_each_code_is_a_yes_or_no_of_its_own() -> None:
    pairs = [(["bus", "noise"], ["bus"]), (["other"], ["bus"]), (["bus"], ["bus"]), (["noise"], ["noise"])]
    assert agreement_on("bus", pairs) == Agreement(both=2, first=0, second=1, neither=1)
    assert agreement_on("noise", pairs) == Agreement(both=1, first=1, second=0, neither=2)
