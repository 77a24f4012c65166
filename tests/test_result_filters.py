"""A wave's results by how people answered, and with and without flagged answers, under the rule of every other filter."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select

from portal.db import session, transaction
from portal.surveys.columns import MODE
from portal.surveys.models import AnswerColumn, Mode, SurveyResponse
from portal.surveys.reading import read_definition
from portal.surveys.versions import instruments_of
from portal.surveys.wave_results import AXES, TellsOfFew, Told
from portal.surveys.waves import close_wave, find_wave
from tests.support.asking import answer, open_a_wave
from tests.support.people import Officer


@pytest.fixture
def wave_id(app: Flask, survey_file: Path) -> uuid.UUID:
    """Closed: 60 agree on the web, of whom 20 were sent too fast; 40 disagree on paper; 3 disagree on a tablet."""
    wave = open_a_wave(app, read_definition(survey_file))
    answer(app, wave, times=60, together="agree")
    answer(app, wave, times=43, together="disagree")
    with app.app_context(), transaction() as db:
        responses = list(db.scalars(select(SurveyResponse).where(SurveyResponse.wave_id == wave)))
        agree = [one for one in responses if one.answers["together"] == "agree"]
        others = [one for one in responses if one.answers["together"] == "disagree"]
        for one in agree[:20]:
            one.signals = ["fast"]
        for place, one in enumerate(others):
            one.mode = Mode.PAPER if place < 40 else Mode.KIOSK
        db.flush()
        close_wave(db, wave)
    return wave


def test_results_are_chosen_by_how_people_answered(wave_id: uuid.UUID, analyst: Officer) -> None:
    path = f"/staff/waves/{wave_id}/results"
    analyst.get(path)
    analyst.see("How they answered", "On a tablet of ours without internet", "Signals", "Without a signal")
    analyst.get(f"{path}?mode=paper")
    analyst.see("Answers chosen 40", "Answered by: 40.", "Disagree 40")
    analyst.get(f"{path}?mode=web")
    analyst.see("Answers chosen 60", "Agree 60")
    analyst.get(f"{path}?view=cross&rows=together&columns=sex&mode=web")
    analyst.see("How they answered: On a device of their own")
    # Three on a tablet are neither shown nor subtracted, and nobody on one without a line looks the same.
    for few in ("kiosk", "offline"):
        analyst.get(f"{path}?mode={few}")
        analyst.see("This choice is not shown: it holds, or leaves out, fewer than 10 people.")
    assert analyst.get(f"{path}?mode=pigeon&signal=perhaps").status_code == 200
    analyst.get(f"{path}?mode=web&signal=none&language=en")
    analyst.see("Choose at most two of these filters at once.")


def test_a_question_that_nobody_answered_has_no_count_under_a_filter_either(
    app: Flask, survey_file: Path, analyst: Officer
) -> None:
    wave = open_a_wave(app, read_definition(survey_file))
    answer(app, wave, times=40, together="agree", sex=None)
    with app.app_context(), transaction() as db:
        close_wave(db, wave)
    analyst.get(f"/staff/waves/{wave}/results?signal=none")
    analyst.see("Answers chosen 40", "Too few answers to say")


def test_results_stand_with_and_without_flagged_answers(wave_id: uuid.UUID, analyst: Officer) -> None:
    path = f"/staff/waves/{wave_id}/results"
    analyst.get(f"{path}?signal=any")
    analyst.see("Answers chosen 20", "Agree 20")
    analyst.get(f"{path}?mode=web&signal=none")
    analyst.see("Answers chosen 40", "Agree 40")
    analyst.get(f"{path}?signal=any&mode=paper")
    analyst.see("This choice is not shown")


def test_filters_add_up_in_the_one_rounded_table_and_give_no_hidden_count_away(app: Flask, wave_id: uuid.UUID) -> None:
    """What is told with and without is cut from one table with both in it: a count is told alike however it is asked for."""
    with app.app_context():
        wave = find_wave(wave_id)
        assert wave is not None
        opened = Told(wave, instruments_of(wave_id))
        for axis, codes in (("signal", ("none", "any")), ("mode", ("web", "paper"))):
            parts = [opened.results({axis: code}).questions["together"].counts for code in codes]
            whole = opened.cross("together", AXES[axis], {})
            for code, counts in zip(codes, parts, strict=True):
                assert counts == {answer: whole[answer, code] for answer in counts}
        with pytest.raises(TellsOfFew):
            opened.results({"mode": "kiosk"})


def test_a_lost_column_of_modes_is_said_and_the_other_filters_work(
    app: Flask, wave_id: uuid.UUID, analyst: Officer
) -> None:
    with app.app_context(), transaction() as db:
        found = db.scalars(select(AnswerColumn).where(AnswerColumn.wave_id == wave_id, AnswerColumn.question == MODE))
        found.one().packed = b"nothing"
    path = f"/staff/waves/{wave_id}/results"
    for query in ("mode=web", "view=cross&rows=together&columns=sex&mode=web"):
        analyst.get(f"{path}?{query}")
        analyst.see("These answers are damaged and cannot be shown.")
    analyst.get(f"{path}?signal=any")
    analyst.see("Agree 20")
    # One that was closed before this was kept has none, and everybody answered on the web.
    with app.app_context(), transaction() as db:
        db.execute(delete(AnswerColumn).where(AnswerColumn.wave_id == wave_id, AnswerColumn.question == MODE))
        assert session.get(AnswerColumn, (wave_id, MODE)) is None
    analyst.get(f"{path}?mode=web")
    assert re.search("Answers chosen 10[05] ", analyst.text), "103, as one of the two multiples of 5 beside it"
