"""Of those who faced hate: who told the police, others or nobody, and why not; shown only where nobody can be found in it."""

from __future__ import annotations

import csv
import io
import itertools
import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cohesion import services
from portal.cohesion.disclosure import MIN_CELL, conflicts
from portal.cohesion.models import Release
from portal.db import session, transaction
from portal.surveys.definition import Indicator, Page, Question
from portal.surveys.indicators import Base, ReportingGap
from tests.support import waves
from tests.support.people import Resident
from tests.support.waves import options, said

pytestmark = pytest.mark.same_on_both

FACED = Question(
    code="faced", type="single", text=said("Did you face hate?"), options=options(yes="Yes", no="No", unsure="Not sure")
)
TOLD = Question(
    code="told",
    type="several",
    text=said("Who did you tell?"),
    options=options(
        police="The police", council="The council", charity="A charity", friends="Friends", nobody="Nobody"
    ),
)
WHY = Question(
    code="why",
    type="several",
    text=said("What stopped you?"),
    options=options(fear="I was afraid", change="Nothing would change"),
)
GAP = ReportingGap(
    faced=Base(question="faced", any_of=("yes",)),
    told="told",
    police=("police",),
    organisations=("council", "charity"),
    nobody=("nobody",),
    why="why",
)
FACING = Indicator(
    code="facing", title=said("Facing hate"), sentence=said("of people faced hate"), questions=("faced",), positive=("yes",),
    left_out=("unsure",), better="lower",
)  # fmt: skip


def people(number: int, *told: str, why: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    answers: dict[str, Any] = {"faced": "yes"} | ({"told": [*told]} if told else {}) | ({"why": [*why]} if why else {})
    return [answers] * number


def others(number: int) -> list[dict[str, Any]]:
    return [{"faced": "no"}] * number


def document_of(app: Flask, given: list[dict[str, Any]], *indicators: Indicator) -> dict[str, Any]:
    whole = waves.questionnaire()
    page = Page(code="hate", title=said("Hate"), questions=(FACED, TOLD, WHY))
    with app.app_context(), transaction() as db:
        wave_id = waves.closed_wave(
            db, given, ended=3, pages=(page, *whole.pages), reporting_gap=GAP, indicators=(*whole.indicators, *indicators)
        )  # fmt: skip
        release = services.draft_release(db, wave_id, "sam")
        services.publish_release(db, release.id, "sam")
        found: dict[str, Any] = json.loads(release.document)
    return found


def told(document: dict[str, Any]) -> dict[str, float]:
    return {each["who"]: each["percent"] for each in document["reporting_gap"].get("told", ())}


GIVEN = [
    *people(40, "nobody", why=("fear", "change")), *people(10, "nobody", why=("fear",)), *people(6, "nobody"),
    *people(20, "police"), *people(5, "police", "council"), *people(12, "council", "friends"), *people(7, "friends"),
    *others(100),
]  # fmt: skip


def test_of_those_who_faced_hate_each_is_counted_once_with_the_police_before_others(
    app: Flask, resident: Resident
) -> None:
    document = document_of(app, GIVEN, FACING)
    # 56, 25 and 12 of 100; 7 told friends only.
    assert told(document) == {"nobody": 56, "police": 25, "organisation": 12}
    assert {each["base"] for each in document["reporting_gap"]["told"]} == {100}
    # Of the 56 who told nobody, 50 were afraid and 40 did not think it would change; 6 gave no reason, and count.
    assert [(each["code"], each["percent"]) for each in document["reporting_gap"]["reasons"]] == [
        ("fear", 89),
        ("change", 71),
    ]
    resident.get("/cohesion")
    resident.see(
        "When people faced hate, 56% told nobody", "Of the people who told us that they faced hate, 56% told nobody.",
        "Told the police 25%", "Told others who can help, not the police 12%", "I was afraid: 89%", "Nothing would change: 71%",
        "From about 100 people who faced hate in the last 12 months. It does not tell how much hate there is here.",
        "People who told only friends or family, or did not say, are in none of these.",
    )  # fmt: skip


def test_a_csv_row_stands_for_each_kind_and_each_reason(app: Flask, resident: Resident) -> None:
    document_of(app, GIVEN)
    found = [
        (row["code"], row["percent"], row["base"])
        for row in csv.DictReader(io.StringIO(resident.get("/cohesion.csv").text.lstrip("\ufeff")))
        if row["indicator"] == "reporting_gap"
    ]
    assert found == [
        ("nobody", "56", "100"), ("police", "25", "100"), ("organisation", "12", "100"), ("why:fear", "89", ""), ("why:change", "71", ""),
    ]  # fmt: skip


def test_nothing_is_multiplied_by_a_population_and_no_report_is_subtracted(app: Flask) -> None:
    said_of_it = json.dumps(document_of(app, GIVEN)["reporting_gap"])
    assert set(json.loads(said_of_it)["told"][0]) == {"who", "percent", "low", "high", "base", "unreliable"}


@pytest.mark.parametrize("counts", [(56, 3, 12, 29), (56, 25, 2, 17), (56, 25, 16, 3)])
def test_where_one_kind_are_few_people_only_those_who_told_nobody_are_shown(
    app: Flask, resident: Resident, counts: tuple[int, int, int, int]
) -> None:
    """Also where few are of the rest, of whom no figure is: it would be what the three leave."""
    nobody, police, council, friends = counts
    given = [
        *people(nobody, "nobody"),
        *people(police, "police"),
        *people(council, "council"),
        *people(friends, "friends"),
    ]
    assert told(document_of(app, [*given, *others(60)])) == {"nobody": 56}
    resident.get("/cohesion")
    resident.see("We do not show how many told the police or others. That could give someone away.")
    resident.not_see("Told the police")


def test_of_fewer_than_thirty_nothing_is_shown_but_that(app: Flask, resident: Resident) -> None:
    document = document_of(app, [*people(15, "nobody"), *people(14, "police"), *others(100)])
    assert set(document["reporting_gap"]) == {"questions", "enough", "shown"}
    resident.get("/cohesion")
    resident.see("Fewer than 30 people told us that they faced hate, so we show no figures.")


def test_where_nearly_nobody_told_nobody_nothing_is_shown(app: Flask, resident: Resident) -> None:
    document = document_of(app, [*people(3, "nobody"), *people(60, "police"), *others(100)])
    assert not document["reporting_gap"]["shown"]
    resident.get("/cohesion")
    resident.see("Too few gave one of the answers, and a figure could give someone away.")


def test_who_did_not_say_whom_they_told_is_in_the_base_so_that_no_two_bases_tell_of_them(app: Flask) -> None:
    """Facing hate has 50 of 150, and the gap's base is the same 50: 3 who did not say stand in no difference."""
    given = [*people(30, "nobody"), *people(10, "police"), *people(5, "friends"), *people(2), *others(100)]
    document = document_of(app, given, FACING)
    facing = next(each for each in document["indicators"] if each["code"] == "facing")
    assert facing["shown"]
    gap = document["reporting_gap"]
    with app.app_context():
        exact = session.scalars(select(Release.exact)).one()["figures"]
    assert exact["reporting_gap.nobody"]["base"] == exact["facing"]["positive"] == 47
    assert gap["shown"]


def test_a_figure_of_the_same_question_that_differs_by_few_keeps_the_gap_hidden(app: Flask) -> None:
    """Of those who faced hate and answered, whom they told: 3 fewer than faced it."""
    answered = Indicator(
        code="told_someone", kind="any_of", title=said("Told"), sentence=said("of people told"), questions=("told",),
        positive=("police", "council", "charity", "friends"), base=Base(question="faced", any_of=("yes",)),
    )  # fmt: skip
    given = [*people(30, "nobody"), *people(10, "police"), *people(7, "friends"), *people(3), *others(100)]
    document = document_of(app, given, answered)
    assert next(each for each in document["indicators"] if each["code"] == "told_someone")["shown"]
    assert not document["reporting_gap"]["shown"]


def test_reasons_of_few_people_are_not_shown_each_by_itself(app: Flask, resident: Resident) -> None:
    given = [
        *people(40, "nobody", why=("fear",)),
        *people(3, "nobody", why=("change",)),
        *people(30, "police"),
        *others(50),
    ]
    gap = document_of(app, given)["reporting_gap"]
    assert ([each["code"] for each in gap["reasons"]], gap["reasons_hidden"]) == ([], 2)
    resident.get("/cohesion")
    resident.see("Too few people said why, so we do not show it.")


def test_no_sum_of_what_is_shown_gives_a_few_people(app: Flask) -> None:
    """Every table of small counts: whatever is shown, no difference of shown numbers is 1 to 4."""
    from portal.cohesion.estimates import estimate
    from portal.cohesion.reporting_gap import FIGURES, Gap, Told

    for counts in itertools.product((0, 2, 4, 5, 9, 30), repeat=4):
        held = dict(zip(Told, counts, strict=True))
        everybody = [each for each, number in held.items() for _ in range(number)]
        figures = {each: estimate([1.0] * len(everybody), [one is each for one in everybody]) for each in FIGURES}
        shown = Gap("told", frozenset(["faced", "told"]), "", held, figures, {}, {}).shown({})
        base = sum(counts)
        known = [held[each] for each in shown]
        for size in range(len(known) + 1):
            for some in itertools.combinations(known, size):
                if shown:
                    assert base - sum(some) == 0 or base - sum(some) >= MIN_CELL, (counts, shown)
        assert all(number == 0 or number >= MIN_CELL for number in known), counts


def test_a_second_release_that_moves_the_gap_by_few_people_is_refused(app: Flask) -> None:
    document_of(app, GIVEN)
    with app.app_context():
        exact = session.scalars(select(Release.exact)).one()
    other = json.loads(json.dumps(exact))
    figure = other["figures"]["reporting_gap.nobody"]
    figure["positive"] -= 3
    assert ("reporting_gap.nobody", "positive") in {
        (each.indicator, each.what) for each in conflicts(other, {1: exact})
    }
    assert conflicts(exact, {1: exact}) == []


def test_a_survey_without_the_questions_says_nothing_of_it(app: Flask, resident: Resident) -> None:
    with app.app_context(), transaction() as db:
        wave_id = waves.closed_wave(db, [{"getting_on": "tend_agree"}] * 50, ended=3)
        release = services.draft_release(db, wave_id, "sam")
        services.publish_release(db, release.id, "sam")
        assert "reporting_gap" not in json.loads(release.document)
    resident.get("/cohesion")
    resident.not_see("When people face hate", "When people faced hate")
