"""The open data has a table for each kind of figure, and nothing in it that the page does not show."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from portal.cohesion.data_rows import HIDDEN, NOT_HERE
from tests.support.people import Officer, Resident
from tests.test_areas import IN_PLACES, with_place
from tests.test_cohesion import close, manager, publish
from tests.test_groups_of_people import MANY
from tests.test_groups_of_people import document as document_of_groups
from tests.test_groups_of_people import publish as publish_groups
from tests.test_indicator_kinds import MOOD, wave_of
from tests.test_open_data import rows
from tests.test_reporting_gap import GIVEN, document_of, others, people

pytestmark = pytest.mark.same_on_both

__all__ = ["manager"]


def test_a_mean_has_points_and_the_ends_of_its_scale(app: Flask, resident: Resident) -> None:
    given: list[dict[str, Any]] = [{"mood": "good"}] * 40 + [{"mood": "fair"}] * 50 + [{"mood": "bad"}] * 10
    wave_of(app, given, MOOD)
    (mood,) = rows(resident, "means")
    assert [mood[name] for name in ("indicator", "mean", "scale_least", "scale_most", "base", "marks")] == [
        "mood", "2.3", "1", "3", "100", "[u]",
    ]  # fmt: skip
    assert float(mood["low"]) < 2.3 < float(mood["high"])
    assert "mood" not in {row["indicator"] for row in rows(resident, "figures")}


def test_a_mean_of_few_people_is_marked_as_not_shown(app: Flask, resident: Resident) -> None:
    wave_of(app, [{"mood": "good"}] * 29, MOOD)
    (mood,) = rows(resident, "means")
    assert {mood[name] for name in ("mean", "low", "high", "scale_least", "scale_most", "base")} == {HIDDEN}


def test_whom_people_told_and_why_not_has_a_row_each(app: Flask, resident: Resident) -> None:
    document_of(app, GIVEN)
    assert [(row["of"], row["code"], row["percent"], row["base"]) for row in rows(resident, "reporting-gap")] == [
        ("everyone", "nobody", "56", "100"),
        ("everyone", "police", "25", "100"),
        ("everyone", "organisation", "12", "100"),
        ("nobody", "fear", "89", NOT_HERE),
        ("nobody", "change", "71", NOT_HERE),
    ]
    assert rows(resident, "reporting-gap")[3]["reason_en"] == "I was afraid"


def test_where_the_gap_is_not_shown_it_has_no_row(app: Flask, resident: Resident) -> None:
    document_of(app, [*people(20, "nobody"), *others(100)])
    assert rows(resident, "reporting-gap") == []


def test_each_group_of_parishes_has_a_row_shown_or_not(app: Flask, resident: Resident, manager: Officer) -> None:
    publish(manager, close(app, IN_PLACES, ended=3, pages=with_place()))
    found = {row["area"]: row for row in rows(resident, "areas")}
    assert [found["g-north"][name] for name in ("indicator", "area_name", "percent", "base")] == [
        "getting_on", "Newport Pagnell, Olney and the northern villages", "60", "200",
    ]  # fmt: skip
    assert {found["g-linford"][name] for name in ("percent", "low", "high", "base")} == {HIDDEN}
    assert len(found) == 7


def test_each_group_of_people_has_a_row_beside_everyone_else_and_one_beside_the_population(
    app: Flask, resident: Resident
) -> None:
    publish_groups(app, MANY)
    found = {(row["group_by"], row["group"]): row for row in rows(resident, "groups")}
    document = document_of_groups(app)
    kinds = document["groups"]["figures"]["getting_on"]
    assert found.keys() == {(kind, group) for kind, groups in kinds.items() for group in groups}
    female, shown = found["sex", "female"], kinds["sex"]["female"]
    assert [female[name] for name in ("percent", "everyone_else", "difference")] == [
        str(shown["percent"]), str(shown["others"]["percent"]), shown["word"],
    ]  # fmt: skip
    hidden = [row for at, row in found.items() if not kinds[at[0]][at[1]]["shown"]]
    assert hidden
    assert all(row["percent"] == row["everyone_else"] == row["difference_low"] == HIDDEN for row in hidden)
    heard = {(row["group_by"], row["group"]): row for row in rows(resident, "heard")}
    of_women = next(
        g for k in document["heard"]["by"] if k["code"] == "sex" for g in k["groups"] if g["code"] == "female"
    )
    assert heard["sex", "female"]["ratio"] == str(of_women["ratio"])
