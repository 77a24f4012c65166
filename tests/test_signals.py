"""Signals beside a response: they come from the answers and from how they were sent, tell nothing of who, and delete nothing."""

from __future__ import annotations

import re
import tracemalloc
import uuid
from datetime import timedelta
from random import Random

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.db import session, transaction, utcnow
from portal.surveys import services, signals
from portal.surveys.answers import coded_answers
from portal.surveys.columns import FLAGGED, SIGNALS, Value
from portal.surveys.models import AnswerColumn, SurveyResponse, Wave
from portal.surveys.signals import Signal, kept_rows, rows_with
from portal.surveys.waves import close_wave
from tests.support.people import Resident
from tests.support.surveying import answer_pages, begin_survey, open_survey


def stored(app: Flask) -> list[str]:
    with app.app_context():
        return session.scalars(select(SurveyResponse.signals)).one()


def an_hour_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "utcnow", lambda: utcnow() + timedelta(minutes=20))


def test_answers_sent_sooner_than_anybody_reads_are_marked_and_no_time_is_kept(app: Flask, resident: Resident) -> None:
    open_survey(app)
    begin_survey(resident)
    answer_pages(resident)
    resident.post(resident.path)
    assert stored(app) == ["fast"]
    with app.app_context():
        columns = SurveyResponse.__table__.columns
        assert not [column.name for column in columns if "time" in str(column.type).lower()]


def test_whoever_takes_their_time_gets_no_mark(app: Flask, resident: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    open_survey(app)
    begin_survey(resident)
    answer_pages(resident)
    an_hour_passes(monkeypatch)
    resident.post(resident.path)
    assert stored(app) == []


def test_a_box_that_nobody_sees_catches_a_program_and_its_answers_are_stored_all_the_same(
    app: Flask, resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_survey(app)
    begin_survey(resident)
    answer_pages(resident)
    an_hour_passes(monkeypatch)
    box = re.search(r'<div hidden>.*?<input[^>]*name="website"[^>]*>', resident.page, re.DOTALL)
    assert box, "it is hidden from eyes, screen readers and the keyboard"
    assert 'tabindex="-1"' in box[0]
    resident.not_see("Leave this empty")
    resident.post(resident.path, website="https://example.org")
    resident.follow()
    resident.see("Thank you")
    assert stored(app) == ["trap"]


def test_words_without_a_tick_are_marked(app: Flask, resident: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    open_survey(app)
    begin_survey(resident)
    blank = {"answer_together": [], "answer_belong": []}
    pages = {1: blank, 2: {"answer_seen": []}, 5: {"answer_place": "", "answer_years": ""}}
    answer_pages(resident, pages | {6: {"answer_age": [], "answer_sex": []}, 7: {"answer_way": []}})
    an_hour_passes(monkeypatch)
    resident.post(resident.path)
    assert stored(app) == ["empty"]


def test_one_and_the_same_answer_to_five_statements_of_a_page_is_marked_and_to_four_is_not() -> None:
    from portal.languages.words import Words
    from portal.surveys.definition import Option, Page, Question, Questionnaire, Scale

    said = Words({"en": "x"})
    codes = [f"q{n}" for n in range(6)]
    options = (Option(code="yes", text=said), Option(code="no", text=said))
    questions = tuple(Question(code=code, type="scale", scale="s", text=said) for code in codes)
    pages = (
        Page(code="one", title=said, questions=questions[:5]),
        Page(code="two", title=said, questions=questions[5:]),
    )
    asked = Questionnaire(
        code="x",
        title=said,
        about=said,
        minutes=1,
        scales=(Scale(code="s", options=options),),
        pages=pages,
        indicators=(),
    )
    instrument = type("Stub", (), {"questionnaire": asked})()

    def found(answers: dict[str, str]) -> list[str]:
        return signals.signals_of(instrument, answers, None, is_trapped=False)

    assert found(dict.fromkeys(codes[:5], "yes")) == ["straight"]
    assert found(dict.fromkeys(codes[:4], "yes")) == []
    assert found(dict.fromkeys(codes[:4], "yes") | {"q5": "yes"}) == [], "they stand on two pages"
    assert found(dict.fromkeys(codes[:4], "yes") | {"q4": "no"}) == []


def test_the_same_answers_as_somebody_else_are_found_and_few_alike_are_not() -> None:
    many = {f"q{n}": ["a", "a", "b"] for n in range(signals.MIN_SAME)}
    assert rows_with(many, 3)[Signal.SAME] == [True, True, False]
    few = {f"q{n}": ["a", "a", "b"] for n in range(signals.MIN_SAME - 1)}
    assert rows_with(few | {"q": [None, None, None]}, 3)[Signal.SAME] == [False, False, False]
    facts = {FLAGGED: ["yes", "no", "no"], SIGNALS: [(), ("fast",), ("fast", "trap")]}
    assert kept_rows(many | facts, 3, []) == [0, 1, 2]
    assert kept_rows(many | facts, 3, ["many"]) == [1, 2]
    assert kept_rows(many | facts, 3, ["trap", "nonsense"]) == [0, 1]
    assert kept_rows(many | facts, 3, ["same", "fast"]) == []


@given(st.lists(st.lists(st.sampled_from([None, (), ("x", "y"), "a", 1]), min_size=9, max_size=9), max_size=12))
def test_alike_are_those_whose_every_answer_is_the_same(rows: list[list[Value]]) -> None:
    values = {f"q{n}": [row[n] for row in rows] for n in range(9)}
    expected = [
        rows.count(row) > 1 and sum(value not in (None, ()) for value in row) >= signals.MIN_SAME for row in rows
    ]
    assert rows_with(values, len(rows))[Signal.SAME] == expected


def test_of_a_large_wave_no_row_is_built_to_find_those_that_are_alike() -> None:
    people, random = 20_000, Random(7)
    values: dict[str, list[Value]] = {f"q{n}": random.choices("abcdefg", k=people) for n in range(40)}
    for column in values.values():
        column[-1] = column[0]
    tracemalloc.start()
    found = rows_with(values, people)[Signal.SAME]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row for row, is_same in enumerate(found) if is_same] == [0, people - 1]
    assert peak < 200 * people, "a row of 40 alone takes 360 bytes"


def test_signals_are_packed_with_the_wave_and_an_older_wave_has_none(app: Flask, resident: Resident) -> None:
    wave_id: uuid.UUID = open_survey(app)
    begin_survey(resident)
    answer_pages(resident)
    resident.post(resident.path)
    with app.app_context(), transaction() as db:
        before = coded_answers(db.get_one(Wave, wave_id))
        close_wave(db, wave_id)
        db.flush()
        after = coded_answers(db.get_one(Wave, wave_id))
        assert before == after
        assert after.values[SIGNALS] == [("fast",)]
        db.delete(db.get_one(AnswerColumn, (wave_id, SIGNALS)))
        db.flush()
        assert coded_answers(db.get_one(Wave, wave_id)).values[SIGNALS] == [None]
