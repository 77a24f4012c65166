"""Three waves with groups, areas, means, whom people told and who was heard: whoever puts all of it together finds no few people."""

from __future__ import annotations

import csv
import io
import json
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.cohesion import areas, differencing, disclosure, gaps, heard, means, reporting_gap, services
from portal.cohesion.models import Reason
from portal.db import transaction
from portal.partnership.file import current_partnership
from portal.surveys.definition import Page, Question, Questionnaire
from portal.surveys.models import SurveyResponse
from portal.surveys.waves import close_wave
from tests.support import waves
from tests.support.attacking_documents import (
    FEW,
    Wave,
    closely_told,
    left_out_of_a_mean,
    reasons_of,
    told_of_hate,
)
from tests.support.people import Resident
from tests.test_attack import print_exactly
from tests.test_indicator_kinds import MOOD, QUESTIONS
from tests.test_reporting_gap import FACED, GAP, TOLD, WHY

pytestmark = pytest.mark.same_on_both

Person = dict[str, Any]
PLACES = {"p-olney": "g-north", "p-wolverton-greenleys": "g-wolverton", "p-great-linford": "g-linford"}
AGES = ("16_24", "35_49", "50_64", "75_84")
TOLD_BY = (["nobody"], ["police"], ["council"], ["friends"], ["police", "charity"])
FLAGGED = 30


def asked() -> Questionnaire:
    whole = waves.questionnaire()
    place = Question(code="place", type="place", text=waves.said("Where do you live?"))
    pages = (
        *whole.pages,
        Page(code="more", title=waves.said("More"), questions=(QUESTIONS[0], FACED, TOLD, WHY)),
        Page(code="where", title=waves.said("Where"), questions=(place,)),
    )
    return replace(whole, pages=pages, indicators=(*whole.indicators, MOOD), reporting_gap=GAP)


def made(seed: int) -> list[Person]:
    """Some hundred people, with a few here and there: in a group, in an area, on a side, among those who told nobody."""
    draw = random.Random(seed)
    found: list[Person] = []
    for _ in range(draw.randrange(380, 520)):
        answers: Person = {
            "getting_on": draw.choices(["tend_agree", "tend_disagree", "dont_know"], [60, 38, 1])[0],
            "sex": draw.choices(["female", "male", "rather_not"], [50, 49, 1])[0],
            "age": draw.choices(AGES, [30, 40, 29, 1])[0],
            "place": draw.choices([*PLACES, ""], [40, 33, 26, 1])[0],
            "mood": draw.choices(["bad", "fair", "good", "unsure"], [20, 40, 39, 1])[0],
            "faced": draw.choices(["yes", "no"], [60, 40])[0],
        }
        if answers["faced"] == "yes":
            answers["told"] = draw.choices(TOLD_BY, [50, 24, 22, 2, 2])[0]
            if answers["told"] == ["nobody"]:
                answers["why"] = draw.choices([["fear"], ["change"], []], [60, 38, 2])[0]
        found.append({code: given for code, given in answers.items() if given})
    return found


Stored = Sequence[tuple[Person, bool]]
"""What each person answered, and whether it came too fast."""


def begin(
    app: Flask,
    given: Sequence[Person],
    ended: int,
    population: str = "",
    fast: Callable[[Person], bool] | None = None,
    seed: int = 0,
) -> tuple[uuid.UUID, Stored]:
    """A closed wave with these answers; of some, or of those that `fast` says, they came too fast."""
    whole = asked()
    more = {"pages": whole.pages, "indicators": whole.indicators, "reporting_gap": whole.reporting_gap}
    with app.app_context(), transaction() as db:
        wave = waves.begin_wave(db, ended=ended, population=population, **more)
        waves.answer(db, wave, given)
        db.flush()
        found = list(db.scalars(select(SurveyResponse).where(SurveyResponse.wave_id == wave.id)))
        # The ids are random, so the order of the rows is: whom to flag is drawn from the answers in a fixed order.
        found.sort(key=lambda one: json.dumps(one.answers, sort_keys=True))
        for one in [one for one in found if fast(one.answers)] if fast else random.Random(seed).sample(found, FLAGGED):
            one.signals = ["fast"]
        db.flush()
        close_wave(db, wave.id)
        return wave.id, [(one.answers, bool(one.signals)) for one in found]


def publish(app: Flask, wave_id: uuid.UUID, leave_out: Sequence[str] = ()) -> bool:
    """Whether the rules let it be published."""
    with app.app_context(), transaction() as db:
        release = services.draft_release(db, wave_id, "sam", leave_out)
        if services.conflicts_of(release):
            return False
        services.publish_release(db, release.id, "sam", Reason.CHOICE, instead_of=1 if leave_out else None)
        return True


def newest(resident: Resident) -> dict[str, Any]:
    """The document of the newest wave, found through the file that everybody is offered."""
    rows = csv.DictReader(io.StringIO(resident.client.get("/cohesion.csv").text.lstrip("\ufeff")))
    found: dict[str, Any] = json.loads(resident.client.get(f"/cohesion/releases/{next(rows)['release']}.json").data)
    return found


def truth_of(
    app: Flask, stored: Stored, documents: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str], Counter[tuple[str, str]]]:
    """By grouping and group how many people are on each side, and whether a later document leaves them out."""
    with app.app_context():
        group_of = {place.code: place.group for place in current_partnership().places.all}
    document = documents[0]
    # Where a wave is published once, those who were too fast count like all others: five people of whom one was are five.
    is_apart = len(documents) > 1
    found: dict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    for person, is_flagged in stored:
        side = {"tend_agree": "true", "tend_disagree": "false"}.get(person["getting_on"], "out")
        key = (side, "flagged" if is_flagged and is_apart else "kept")
        for by in document.get("groups", {}).get("by", ()):
            answer = person.get({"age_band": "age"}.get(by["code"], by["code"]), "")
            group = next((each["code"] for each in by["groups"] if answer in each["code"].split("|")), "")
            found[by["code"], group][key] += 1
        if "areas" in document:
            found["areas", group_of.get(person.get("place", ""), "")][key] += 1
    return found


def leaks_of(app: Flask, stored: Stored, documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """Whatever is told more closely than it may be by all documents of one wave together."""
    wave = Wave(documents, "getting_on")
    found = closely_told(wave, truth_of(app, stored, documents))
    if wave.is_weighted:
        # A mean or a share of weighted answers tells less of how many there are.
        return found
    for at, document in enumerate(documents):
        counted = [person for person, is_flagged in stored if not (at and is_flagged)]
        mood = next(each for each in document["means"])
        unsure = sum(person.get("mood", "unsure") == "unsure" for person in counted)
        if mood["shown"] and unsure in FEW:
            found += [f"{at} mood"] * (left_out_of_a_mean(document, "mood", POINTS) != set(FEW))
        if document["reporting_gap"]["shown"]:
            found += [f"{at} {who}" for who in hate_leaks(counted, document["reporting_gap"])]
    return found


def hate_leaks(counted: Sequence[Person], gap: Mapping[str, Any]) -> list[str]:
    told = Counter(whom(person) for person in counted if person["faced"] == "yes")
    open_to = told_of_hate(gap)
    found = [who for who, number in told.items() if number in FEW and not set(FEW) <= open_to.get(who, set(FEW))]
    why = Counter(
        each
        for person in counted
        if person["faced"] == "yes" and whom(person) == "nobody"
        for each in person.get("why", ())
    )
    shown = {each["code"] for each in gap["reasons"]}
    return found + [
        code
        for code, number in why.items()
        if code in shown and number in FEW and not set(FEW) <= reasons_of(gap, code)
    ]


def whom(person: Person) -> str:
    told = set(person.get("told", ()))
    for who, options in (("police", {"police"}), ("organisation", {"council", "charity"}), ("nobody", {"nobody"})):
        if told & options:
            return who
    return "rest"


@pytest.mark.dear
@pytest.mark.parametrize(("seed", "flagging"), [(1, 12), (1, 22), (2, 2)])
def test_all_documents_of_three_waves_together_leave_few_people_open(
    app: Flask, resident: Resident, seed: int, flagging: int
) -> None:
    """One wave is published again without answers that came too fast, one is weighted to the population.

    In the last wave of the first two, one or more of five people of an age are flagged, and nothing is left out.
    """
    told_apart = 0
    for at, (population, is_again) in enumerate([("", True), ("", False), (waves.POPULATION, False)]):
        wave_id, stored = begin(app, made(10 * seed + at), 300 - 100 * at, population, seed=flagging)
        publish(app, wave_id)
        documents = [newest(resident)]
        if is_again and publish(app, wave_id, ["fast"]):
            documents.append(newest(resident))
        assert leaks_of(app, stored, documents) == []
        told_apart += len(documents[0]["groups"]["by"]) + len(documents[0]["areas"]["figures"])
    assert told_apart > 6


POINTS = {"bad": 1, "fair": 2, "good": 3}


def people(number: int, sex: str, place: str, agree: bool, **more: Any) -> list[Person]:
    answers = {"sex": sex, "place": place, "getting_on": "tend_agree" if agree else "tend_disagree", "age": "35_49"}
    return [{**answers, "mood": "good", "faced": "no"} | more] * number


def few_everywhere() -> list[Person]:
    """Three in no group of a sex, three in an area, three without an opinion, three who told friends, three with a reason."""
    north, west = "p-olney", "p-wolverton-greenleys"
    return [
        *people(97, "female", north, True, faced="yes", told=["police"]),
        *people(60, "female", west, False, faced="yes", told=["council"], mood="bad"),
        *people(50, "male", north, False, faced="yes", told=["nobody"], why=["fear"], mood="fair"),
        *people(3, "male", west, True, faced="yes", told=["nobody"], why=["change"]),
        *people(3, "female", north, True, faced="yes", told=["friends"]),
        *people(74, "male", west, True),
        *people(3, "female", "p-great-linford", True),
        *people(3, "rather_not", north, True),
        *people(3, "male", west, False, mood="unsure"),
    ]


def drafted(app: Flask, wave_id: uuid.UUID, leave_out: Sequence[str] = ()) -> dict[str, Any]:
    with app.app_context(), transaction() as db:
        found: dict[str, Any] = json.loads(services.draft_release(db, wave_id, "sam", leave_out).document)
        db.rollback()
    return found


def exactly(number: int) -> int:
    return number


def to_the_person(share: float, _base: int) -> float:
    return 100 * share


def not_at_all(*_given: object) -> bool:
    return False


@pytest.mark.dear
def test_every_planted_leak_of_a_document_is_found(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    wave_id, stored = begin(app, few_everywhere(), 300)
    assert leaks_of(app, stored, [drafted(app, wave_id)]) == []
    exact = [(disclosure, "rounded", exactly), (gaps, "rounded", exactly)]
    plants: list[tuple[str, list[tuple[Any, str, Any]]]] = [
        ("0 sex rather_not true", [(gaps, "tells_of_few", not_at_all), (gaps, "overlap_tells", not_at_all), *exact]),
        ("0 areas g-linford true", [(areas, "is_open", lambda *_: True), *exact]),
        ("0 mood", [(means, "rounded", exactly), (disclosure, "answered", exactly), *exact]),
        ("0 rest", [(differencing.Sums, "tells_of_few", False), (disclosure, "percent", to_the_person), *exact]),
        ("0 change", [(reporting_gap.Gap, "shown_reasons", lambda gap, _others: gap.reasons)]),
    ]
    for leak, planted in plants:
        with monkeypatch.context() as patch:
            for where, name, instead in planted:
                patch.setattr(where, name, instead)
            found = leaks_of(app, stored, [drafted(app, wave_id)])
        assert leak in found, (leak, found)


def test_a_planted_count_of_who_was_heard_is_found(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    given = [
        *people(150, "female", "p-olney", True),
        *people(90, "male", "p-olney", False),
        *people(3, "male", "p-olney", True, age="16_24"),
    ]
    wave_id, stored = begin(app, given, 200, waves.POPULATION)
    assert leaks_of(app, stored, [drafted(app, wave_id)]) == []
    monkeypatch.setattr(heard, "_told", lambda counts, _rounded: counts)
    assert any(each.startswith("0 age_band 16_24") for each in leaks_of(app, stored, [drafted(app, wave_id)]))


def test_a_planted_second_release_without_few_women_is_found(
    app: Flask, resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 30 answers that are left out 27 are men's; what women say is shown in both releases."""
    given = [
        *people(150, "female", "p-olney", True), *people(60, "female", "p-olney", False),
        *people(120, "male", "p-olney", True), *people(90, "male", "p-olney", False),
        *people(3, "female", "p-olney", True, mood="bad"), *people(14, "male", "p-olney", True, mood="bad"),
        *people(13, "male", "p-olney", False, mood="bad"),
    ]  # fmt: skip
    wave_id, stored = begin(app, given, 100, fast=lambda answers: answers["mood"] == "bad")
    publish(app, wave_id)
    first = newest(resident)
    assert leaks_of(app, stored, [first, drafted(app, wave_id, ["fast"])]) == []
    monkeypatch.setattr(gaps, "told_by_both", not_at_all)
    print_exactly(monkeypatch)
    assert "flagged sex female true" in leaks_of(app, stored, [newest(resident), drafted(app, wave_id, ["fast"])])
