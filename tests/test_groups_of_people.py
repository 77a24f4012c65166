"""Groups of people in published figures: who feels differently, who was heard too little, and what is kept back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.cohesion import services
from portal.db import transaction
from portal.staff.models import Role
from tests.support.people import Officer, Resident
from tests.support.waves import POPULATION, closed_wave

pytestmark = pytest.mark.same_on_both


def people(count: int, sex: str, agree: bool, age: str = "35_49") -> list[dict[str, str]]:
    return [{"getting_on": "tend_agree" if agree else "tend_disagree", "sex": sex, "age": age}] * count


MANY = [
    *people(150, "female", True), *people(50, "female", False), *people(60, "male", True, "50_64"),
    *people(60, "male", False, "50_64"), *people(15, "rather_not", True, "16_24"), *people(10, "", False, "16_24"),
]  # fmt: skip


def publish(app: Flask, given: list[dict[str, str]], **more: Any) -> None:
    answers = [{code: answer for code, answer in each.items() if answer} for each in given]
    with app.app_context(), transaction() as db:
        wave = closed_wave(db, answers, ended=3, population=POPULATION, **more)
        services.publish_release(db, services.draft_release(db, wave, "sam").id, "sam")


def document(app: Flask) -> dict[str, Any]:
    with app.app_context():
        return services.published_releases()[0].document


def test_a_neighbour_reads_where_a_group_feels_differently_and_who_was_not_heard(
    app: Flask, resident: Resident
) -> None:
    publish(app, MANY)
    resident.get("/cohesion")
    resident.see(
        "Does everyone feel the same?", "some communities still feel marginalised", "nobody is to blame",
        "Perhaps higher", "Perhaps lower", "Too few answers to say: 16 to 34 years; 65 years and over",
        "Who did we hear too little from?", "16 to 34 years: about", "Please tell them about the next survey.",
    )  # fmt: skip


def test_the_document_and_the_file_hold_each_group_rounded_and_nothing_of_those_hidden(
    app: Flask, resident: Resident
) -> None:
    publish(app, MANY)
    told = document(app)
    by_sex = told["groups"]["figures"]["getting_on"]["sex"]
    assert by_sex["female"]["base"] == 200
    assert by_sex["female"]["others"]["base"] == 145
    assert by_sex["female"]["word"] == "higher"
    assert by_sex["female"]["difference_low"] > 0
    # Not weighted: 60 of 120 would be half.
    assert by_sex["male"]["low"] < 50 < by_sex["male"]["high"]
    by_age = told["groups"]["figures"]["getting_on"]["age_band"]
    assert by_age["16_24|25_34"] == {"shown": False, "enough": False}
    rows = list(
        csv.DictReader(io.StringIO(resident.client.get("/cohesion.csv").get_data(as_text=True).lstrip("\ufeff")))
    )
    women = next(row for row in rows if (row["indicator"], row["group"]) == ("getting_on", "female"))
    assert (women["group_by"], women["base"], women["difference"]) == ("sex", "200", "higher")
    heard = next(row for row in rows if (row["indicator"], row["group"]) == ("heard", "male"))
    assert (heard["population_percent"], heard["shown"]) == ("48.7", "yes")
    assert int(heard["more_answers_needed"]) >= 0
    hidden = next(row for row in rows if (row["indicator"], row["group"]) == ("getting_on", "16_24|25_34"))
    assert (hidden["shown"], hidden["percent"], hidden["base"]) == ("no", "", "")


def test_a_group_that_follows_from_the_total_and_the_others_is_kept_back(app: Flask, resident: Resident) -> None:
    """Three who did not say would be all that is left of the total beside women and men."""
    publish(app, [*people(150, "female", True), *people(50, "female", False), *people(80, "male", True),
                  *people(60, "male", False), *people(3, "", True)])  # fmt: skip
    by_sex = document(app)["groups"]["figures"]["getting_on"]["sex"]
    # Nor are women shown alone: all others but three would be men.
    assert by_sex["female"] == by_sex["male"] == {"shown": False, "enough": True}
    resident.get("/cohesion")
    resident.see("Not shown, because it could give someone away: Female; Male")


def test_a_wave_without_a_population_tells_groups_apart_and_holds_nobody_against_it(
    app: Flask, resident: Resident
) -> None:
    answers = [{code: answer for code, answer in each.items() if answer} for each in MANY]
    with app.app_context(), transaction() as db:
        wave = closed_wave(db, answers, ended=3)
        services.publish_release(db, services.draft_release(db, wave, "sam").id, "sam")
    assert document(app)["groups"]["figures"]["getting_on"]["sex"]["female"]["percent"] == 75
    assert "heard" not in document(app)
    resident.get("/cohesion")
    resident.see("Does everyone feel the same?")
    resident.not_see("Who did we hear too little from?")


@pytest.mark.parametrize("flagged", [0, 1])
def test_fewer_answers_in_a_later_release_do_not_tell_what_those_left_out_said(app: Flask, flagged: int) -> None:
    """Of a release that was public women are known: a later one without 20 answers, of which 4 are women's, hides them."""
    with app.app_context(), transaction() as db:
        answers = [{code: answer for code, answer in each.items() if answer} for each in MANY]
        wave = closed_wave(db, answers, ended=3, population=POPULATION)
        first = services.draft_release(db, wave, "sam")
        services.publish_release(db, first.id, "sam")
        # What an earlier one showed, had it held four women more.
        exact = json.loads(json.dumps(first.exact))
        if flagged:
            exact["groups"]["getting_on"]["sex"]["cells"]["female"][0] += 4
        first.exact = exact
        db.flush()
        again = services.read_document(services.draft_release(db, wave, "sam").document)
    by_sex = again["groups"]["figures"]["getting_on"]["sex"]
    assert by_sex["female"]["shown"] is not bool(flagged)


def test_who_was_heard_is_told_of_the_same_answers_only(app: Flask, hire: Callable[..., Officer]) -> None:
    """The numbers of two releases, one without answers that have a signal, would tell in which group these are."""
    with app.app_context(), transaction() as db:
        answers = [{code: answer for code, answer in each.items() if answer} for each in MANY]
        wave = closed_wave(db, answers, ended=3, population=POPULATION)
        first = services.draft_release(db, wave, "sam")
        services.publish_release(db, first.id, "sam")
        again = services.read_document(services.draft_release(db, wave, "sam").document)
        assert "heard" in again
        first.exact = first.exact | {"answered": first.exact["answered"] - 20}
        db.flush()
        other = services.draft_release(db, wave, "sam")
        assert "heard" not in services.read_document(other.document)
        address = f"/staff/figures/{other.id}"
    manager = hire("mira", teams=(), roles=(Role.SURVEY_MANAGER,))
    manager.sign_in()
    manager.get(address)
    manager.see("Who was heard is left out: an earlier release of this wave counted other answers")


def test_staff_see_which_groups_are_hidden_and_why_and_where_to_go_next(
    app: Flask, hire: Callable[..., Officer]
) -> None:
    publish(app, MANY)
    manager = hire("mira", teams=(), roles=(Role.SURVEY_MANAGER,))
    manager.sign_in()
    with app.app_context():
        release = services.closed_waves()[0].releases[0].id
    manager.get(f"/staff/figures/{release}")
    manager.see(
        "Getting on well together: 2 groups have fewer than 100 answers", "Where to go next", "How unevenly groups were heard",
        "Ask more people who are:",
    )  # fmt: skip
