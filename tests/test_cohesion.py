"""From answers to a figure: a closed wave is drafted, looked at, published, seen by everyone, and taken back."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from collections.abc import Callable
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit import AuditEntry
from portal.cohesion.models import Release, ReleaseState
from portal.db import session, transaction
from portal.staff.models import Role
from portal.surveys import columns
from portal.surveys.models import AnswerColumn, SampleType, Wave
from portal.surveys.waves import close_wave
from tests.support import waves
from tests.support.people import Officer, Resident

NOBODY_YET = "We have not published any figures yet."


@pytest.fixture
def manager(hire: Callable[..., Officer]) -> Officer:
    found = hire("mira", teams=(), roles=(Role.SURVEY_MANAGER,))
    found.sign_in()
    return found


def people(agree: int, disagree: int, left_out: dict[str, int] | None = None, **more: str) -> list[dict[str, str]]:
    """So many who agree and disagree, and so many whose answer does not count."""
    return (
        [{"getting_on": "tend_agree", **more}] * agree
        + [{"getting_on": "tend_disagree", **more}] * disagree
        + [{"getting_on": code} for code, count in (left_out or {}).items() for _ in range(count)]
    )


def close(app: Flask, answers: list[dict[str, str]], **more: object) -> str:
    with app.app_context(), transaction() as db:
        return str(waves.closed_wave(db, answers, **more))  # type: ignore[arg-type]


def draft(manager: Officer, wave_id: str) -> str:
    """The address of the new draft's page, which is open."""
    manager.get("/staff/figures")
    manager.post(f"/staff/figures/waves/{wave_id}")
    manager.follow()
    return manager.path


def publish(manager: Officer, wave_id: str, **why: str) -> str:
    at = draft(manager, wave_id)
    manager.get(f"{at}/publish")
    manager.post(f"{at}/publish", **why)
    manager.follow()
    manager.see("Public")
    return at


def take_back(manager: Officer, at: str, **then: str) -> None:
    manager.get(f"{at}/withdraw")
    manager.see("Take these figures back?")
    manager.post(f"{at}/withdraw", note="They were drafted too early.", **then)
    manager.follow()


def test_answers_become_a_public_figure_by_its_published_formula(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    left_out = {"dont_know": 38, "too_few": 14, "same_background": 3}
    wave = close(app, people(150, 50, left_out), ended=3)
    at = draft(manager, wave)
    manager.see("Draft: not public", "75%", "Everything below is what the public would see.", "not a random sample")
    manager.get(f"{at}/publish")
    manager.see("Publish these figures?", "Anyone can see them at once", "Getting on well together: 75%", "Not shown")
    manager.post(f"{at}/publish")
    resident.get("/cohesion")
    # 150 of 200: whoever did not know, or has too few or only alike neighbours, is not counted.
    resident.see(
        "Getting on well together", "75%", "That is about 8 in 10 people.", "75% by chance alone: 69% to 81%",
        "of people agree that people from different backgrounds get on well together here.",
        "From about 200 answers.", "Don't know + Too few people in local area + All the same background: about 55 people",
        "To what extent do you agree", "About 255 people answered.", "Indicative, not a random sample.",
        "We count the answers as they came.", "Know where to report hate Not shown Fewer than 30 answers.",
    )  # fmt: skip
    with app.app_context():
        release = session.scalars(select(Release)).one()
        assert sha256(release.document.encode()).hexdigest() == release.hash
        assert release.hash in resident.text
        assert {a.action.value for a in session.scalars(select(AuditEntry).where(AuditEntry.subject == str(release.id)))} == {
            "drafted_release", "published_release",
        }  # fmt: skip
    resident.get("/ur/cohesion")
    resident.see("مل جل کر رہنا", "75%", "کیا مختلف پس منظر کے لوگ مل جل کر رہتے ہیں؟")
    assert '<span lang="en" dir="ltr">Know where to report hate</span>' in resident.page


@pytest.mark.same_on_both
def test_the_figures_are_weighted_to_the_population(app: Flask, resident: Resident, manager: Officer) -> None:
    """Half of the women asked agree and every man; women are 51.7% of those aged 50 to 64 and three in four of the answers."""
    women = people(75, 75, sex="female", age="50_64")
    wave = close(app, women + people(50, 0, sex="male", age="50_64"), ended=3, population=waves.POPULATION)
    publish(manager, wave)
    resident.get("/cohesion")
    female, male = 13287 + 21055 + 33435 + 25840 + 12329 + 9290, 14439 + 19989 + 32160 + 25038 + 11073 + 6896
    share = (female * 0.5 + male) / (female + male)
    resident.see(f"{share:.0%}", "We weigh the answers to match official figures", "Census 2021, TS009")
    resident.not_see("We did not adjust")
    manager.get("/staff/figures")
    manager.see("safety, wave 1", "200")


def test_nothing_public_moves_during_fieldwork_or_while_figures_are_a_draft(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    with app.app_context(), transaction() as db:
        wave = waves.begin_wave(db)
        waves.answer(db, wave, people(40, 20))
        wave_id = str(wave.id)
    for path in ("/cohesion", "/"):
        resident.get(path)
        resident.not_see("67%", "Results", "Figures from our surveys")
    resident.get("/cohesion")
    resident.see(NOBODY_YET)
    # An open wave cannot be drafted, whoever knows its address.
    manager.get("/staff/figures")
    manager.see("No wave is closed yet.")
    token = re.search(r'csrf_token" value="([^"]+)', manager.page)
    assert token
    assert manager.post(f"/staff/figures/waves/{wave_id}", csrf_token=token[1]).status_code == 404
    with app.app_context(), transaction() as db:
        close_wave(db, uuid.UUID(wave_id))
    draft(manager, wave_id)
    manager.see("67%")
    resident.get("/cohesion")
    resident.see(NOBODY_YET)
    assert resident.get("/cohesion.csv").text.count("\n") == 1
    publish(manager, wave_id)
    for path in ("/", "/help"):
        resident.get(path)
        resident.see("Results")
    resident.get("/")
    resident.see("What people told us")


def test_thirty_answers_are_shown_and_twenty_nine_leave_no_trace(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    given = [{"getting_on": "tend_agree", "knows_where": "yes"}] * 23 + [{"getting_on": "tend_disagree"}] * 6
    given += [{"knows_where": "no"}] * 7 + [{"getting_on": "dont_know"}] * 2
    wave = close(app, given, ended=3)
    publish(manager, wave)
    resident.get("/cohesion")
    resident.see("Getting on well together Not shown", "Know where to report hate", "77%", "Read with care")
    with app.app_context():
        document = json.loads(session.scalars(select(Release.document)).one())
    hidden, shown, _ = document["indicators"]
    assert (hidden["shown"], shown["shown"], shown["base"]) == (False, True, 30)
    assert not hidden.keys() & {"percent", "low", "high", "base", "answers", "left_out", "change", "unreliable"}
    hidden_row, shown_row, _ = csv.DictReader(io.StringIO(resident.get("/cohesion.csv").text.lstrip("\ufeff")))
    assert [hidden_row[name] for name in ("shown", "percent", "low", "high", "base")] == ["no", "", "", "", ""]
    assert [shown_row[name] for name in ("shown", "percent", "base", "low_reliability")] == ["yes", "77", "30", "yes"]


@pytest.mark.same_on_both
def test_a_clear_change_since_the_last_wave_is_said_in_words(app: Flask, resident: Resident, manager: Officer) -> None:
    first = close(app, people(100, 100), ended=200)
    before = publish(manager, first)
    second = close(app, people(150, 50), ended=3)
    publish(manager, second)
    resident.get("/cohesion")
    resident.see("Higher than at the start (", ": 50%)", "75%")
    assert resident.text.count("50%") >= 2
    assert resident.page.count('class="app-chart__row"') == 2
    # What it was compared with is taken back: then nothing is said of it.
    take_back(manager, before)
    resident.get("/cohesion")
    resident.see("75%")
    resident.not_see("Higher than", ": 50%)")
    assert resident.page.count('class="app-chart__row"') == 1


def test_a_figure_that_would_tell_what_one_person_said_is_not_shown(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    publish(manager, close(app, people(1, 39), ended=3))
    resident.get("/cohesion")
    resident.see("Too few people gave one of the answers.")
    resident.not_see("3%", "2%")


@pytest.mark.same_on_both
def test_figures_of_samples_that_came_about_differently_are_not_compared(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    publish(manager, close(app, people(100, 100), ended=200))
    publish(manager, close(app, people(150, 50), ended=3, sample_type=SampleType.INVITED))
    resident.get("/cohesion")
    resident.see("75%")
    resident.not_see("Higher than")


@pytest.mark.same_on_both
def test_a_score_says_that_it_counts_only_whoever_answered_everything(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    given = (
        [{"noise": "big", "litter": "small"}] * 20
        + [{"noise": "small", "litter": "small"}] * 20
        + [{"noise": "big"}] * 9
    )
    publish(manager, close(app, given, ended=3))
    resident.get("/cohesion")
    resident.see("From about 40 answers", "Only people who answered all of these questions are counted.")


def test_a_damaged_column_is_said_and_an_older_wave_that_is_damaged_costs_the_comparison_only(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    first, second = close(app, people(100, 100), ended=200), close(app, people(150, 50), ended=3)
    publish(manager, first)
    with app.app_context(), transaction() as db:
        for column in db.scalars(select(AnswerColumn).where(AnswerColumn.wave_id == uuid.UUID(first))):
            column.packed = b""
    publish(manager, second)
    resident.get("/cohesion")
    resident.see("75%")
    with app.app_context(), transaction() as db:
        for column in db.scalars(select(AnswerColumn).where(AnswerColumn.wave_id == uuid.UUID(second))):
            column.packed = b""
    manager.get("/staff/figures")
    token = manager._hidden("/staff/figures")
    answer = manager.client.post(f"/staff/figures/waves/{second}", data=token)
    assert answer.status_code == 500
    assert "These figures cannot be worked out" in answer.text
    assert "getting_on" in answer.text


def test_a_withdrawn_release_disappears(app: Flask, resident: Resident, manager: Officer) -> None:
    wave = close(app, people(40, 20), ended=3)
    at = publish(manager, wave)
    resident.get("/cohesion")
    resident.see("67%")
    manager.get(f"{at}/withdraw")
    manager.post(f"{at}/withdraw")
    manager.see("Write why, for colleagues.", "Then no figures of this wave are public.")
    take_back(manager, at)
    manager.see("Taken back", "took it back", "They were drafted too early.")
    resident.get("/cohesion")
    resident.see(NOBODY_YET)
    resident.not_see("Results")
    # The same figures may come back: they tell nothing new. Pressing the button twice takes back once.
    assert manager.post(f"{at}/withdraw").location == at
    publish(manager, wave, reason="method")
    resident.get("/cohesion")
    resident.see("67%")


def test_two_releases_of_a_wave_that_differ_by_one_person_are_refused(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    wave = close(app, people(40, 20), ended=3)
    first = publish(manager, wave)
    with app.app_context(), transaction() as db:
        column = db.get_one(AnswerColumn, (uuid.UUID(wave), "getting_on"))
        values = columns.unpack(column.packed)
        values[values.index("tend_agree")] = "tend_disagree"
        column.packed = columns.pack("one", sorted({str(value) for value in values}), values)
    for withdrawn in (False, True):
        if withdrawn:
            take_back(manager, first)
        at = draft(manager, wave)
        manager.see("This release cannot be published.", "getting_on: differs from release 1 by fewer than 10 people.")
        manager.not_see("Publish these figures")
        assert manager.get(f"{at}/publish").location == at
        token = re.search(r'csrf_token" value="([^"]+)', manager.get(at).text)
        assert token
        assert manager.post(f"{at}/publish", csrf_token=token[1]).location == at
    resident.get("/cohesion")
    resident.see(NOBODY_YET)
    with app.app_context():
        states = {release.number: release.state for release in session.scalars(select(Release))}
    assert states == {1: ReleaseState.WITHDRAWN, 3: ReleaseState.DRAFT}


def test_a_new_release_takes_the_place_of_the_waves_earlier_one(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    wave = close(app, people(40, 20), ended=3, sample_type=SampleType.INVITED)
    first, second = publish(manager, wave), publish(manager, wave, reason="mistake")
    manager.get(first)
    manager.see("Taken back")
    # A page left open in another tab publishes nothing again, nor does one of a draft that was replaced.
    manager.get(second)
    assert manager.post(f"{second}/publish").location == second
    resident.get("/cohesion")
    resident.see("A random sample.")
    assert resident.page.count("67%") > 0
    assert resident.page.count('class="app-chart__row"') == 1


@pytest.mark.same_on_both
def test_an_analyst_may_look_and_change_nothing_and_an_officer_sees_nothing(
    app: Flask, hire: Callable[..., Officer], manager: Officer
) -> None:
    wave = close(app, people(40, 20), ended=3)
    at = draft(manager, wave)
    analyst = hire("ana", teams=(), roles=(Role.ANALYST,))
    analyst.sign_in()
    analyst.get("/staff/figures")
    analyst.see("Figures", "Release 1")
    analyst.not_see("Draft the figures")
    analyst.get(at)
    analyst.see("67%")
    analyst.not_see("Publish these figures")
    token = re.search(r'csrf_token" value="([^"]+)', analyst.page)
    assert token
    for path in (f"/staff/figures/waves/{wave}", f"{at}/publish", f"{at}/withdraw"):
        assert analyst.post(path, csrf_token=token[1]).status_code == 403
    officer = hire("olu")
    officer.sign_in()
    for path in ("/staff/figures", at):
        assert officer.get(path).status_code == 403
    officer.get("/staff/unlock")
    officer.not_see("Figures")


def test_margins_that_contradict_each_other_are_said_and_nothing_is_drafted(app: Flask, manager: Officer) -> None:
    wave = close(app, people(30, 30, sex="female", age="16_24") + people(30, 30, sex="male", age="85_over"), ended=3)
    with app.app_context(), transaction() as db:
        db.get_one(Wave, uuid.UUID(wave)).recipe = {
            "population": "x", "source": "x",
            "margins": [
                {"by": ["sex"], "cells": [{"of": [["female"]], "count": 60}, {"of": [["male"]], "count": 40}]},
                {"by": ["age_band"], "cells": [{"of": [["16_24"]], "count": 40}, {"of": [["85_over"]], "count": 60}]},
            ],
        }  # fmt: skip
    manager.get("/staff/figures")
    assert manager.post(f"/staff/figures/waves/{wave}").status_code == 409
    manager.see("These answers cannot be adjusted")
    with app.app_context():
        assert session.scalars(select(Release)).all() == []


@pytest.mark.same_on_both
def test_a_title_that_looks_like_a_formula_or_like_markup_is_only_text(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    first, *others = waves.questionnaire().indicators
    title = '\u200b=HYPERLINK("x")<script>\u202e'
    odd = type(first)(**{**first.__dict__, "title": waves.said(title)})
    wave = close(app, people(40, 20), ended=3, indicators=(odd, *others))
    publish(manager, wave)
    resident.get("/cohesion")
    assert "<script>\u202e" not in resident.page
    row = next(csv.DictReader(io.StringIO(resident.get("/cohesion.csv").text.lstrip("\ufeff"))))
    assert row["title"] == f"'{title}"


@pytest.mark.same_on_both
def test_a_survey_without_answers_or_indicators_has_pages_all_the_same(
    app: Flask, resident: Resident, manager: Officer
) -> None:
    empty = close(app, [], ended=3, population=waves.POPULATION)
    publish(manager, empty)
    resident.get("/cohesion")
    resident.see("Fewer than 35 people answered.", "Not shown")
    nothing = close(app, people(40, 20), ended=2, code="other", indicators=())
    draft(manager, nothing)
    manager.see("The questionnaire measures nothing")
    publish(manager, nothing)
    assert resident.get("/cohesion").status_code == 200
