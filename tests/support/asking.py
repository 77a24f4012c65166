"""A small survey with every type of question, and people who answer it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.db import session, today, transaction
from portal.surveys import reading, versions, waves
from portal.surveys.definition import Questionnaire
from portal.surveys.models import Mode, SampleType, Wave
from portal.surveys.services import store_response
from portal.surveys.wording import age_words

CODE = "tiny"
FILE = """
code = "tiny"
title = {en = "A small survey", pl = "Mała ankieta"}
about = {en = "What it is about.", pl = "O czym jest."}
minutes = 2

[[scales]]
code = "agree"
options = [
  {code = "agree", text = {en = "Agree", pl = "Zgadzam się"}},
  {code = "disagree", text = {en = "Disagree", pl = "Nie zgadzam się"}},
  {code = "dont_know", text = {en = "Don't know", pl = "Nie wiem"}, apart = true},
]

[[pages]]
code = "living"
title = {en = "Living here", pl = "Życie tutaj"}

[[pages.questions]]
code = "together"
type = "scale"
scale = "agree"
text = {en = "Do people get on well together?", pl = "Czy ludzie dobrze żyją ze sobą?"}
source = "Community Life Survey"
wording = "verified"

[[pages.questions]]
code = "worries"
type = "several"
text = {en = "What worries you?", pl = "Co cię martwi?"}
options = [
  {code = "noise", text = {en = "Noise", pl = "Hałas"}},
  {code = "litter", text = {en = "Litter", pl = "Śmieci"}},
  {code = "nothing", text = {en = "Nothing", pl = "Nic"}, alone = true},
]

[[pages]]
code = "more"
title = {en = "More", pl = "Więcej"}

[[pages.questions]]
code = "why"
type = "long_text"
text = {en = "Why not?", pl = "Dlaczego nie?"}
only_if = [{question = "together", any_of = ["disagree"]}]

[[pages.questions]]
code = "years"
type = "number"
least = 0
most = 120
text = {en = "How many years have you lived here?", pl = "Ile lat tu mieszkasz?"}
source = "Our guess"
wording = "to_check"

[[pages.questions]]
code = "home"
type = "place"
text = {en = "Where do you live?", pl = "Gdzie mieszkasz?"}

[[pages.questions]]
code = "sex"
type = "single"
demographic = "sex"
text = {en = "What is your sex?", pl = "Jaka jest twoja płeć?"}
options = [
  {code = "female", text = {en = "Female", pl = "Kobieta"}},
  {code = "male", text = {en = "Male"}},
]

[[pages.questions]]
code = "age"
type = "age_band"
demographic = "age_band"
text = {en = "How old are you?", pl = "Ile masz lat?"}
"""
ANSWERS: dict[str, Any] = {
    "together": "disagree",
    "worries": ["noise", "litter"],
    "why": "Nobody talks.",
    "years": 7,
    "home": "e-fishermead",
    "sex": "female",
    "age": "25_34",
}


@pytest.fixture
def survey_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small survey's file, alone in a folder of its own."""
    folder = tmp_path / "surveys"
    folder.mkdir()
    monkeypatch.setattr(reading, "FOLDER", folder)
    path = folder / f"{CODE}.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def open_a_wave(app: Flask, questionnaire: Questionnaire) -> uuid.UUID:
    """Publish it and ask it from yesterday until tomorrow."""
    with app.app_context(), transaction() as db:
        version = versions.publish_version(db, questionnaire, age_words(), "nobody")
        day = timedelta(days=1)
        wave = waves.open_wave(db, version, today() - day, today() + day, SampleType.OPEN_LINK, "", ["en", "pl"])
        return wave.id


def close_a_wave(app: Flask, wave_id: uuid.UUID) -> None:
    """End it today, as a manager does."""
    with app.app_context(), transaction() as db:
        waves.close_wave(db, wave_id)


def answer(
    app: Flask,
    wave_id: uuid.UUID,
    *,
    times: int = 1,
    language: str = "en",
    flagged: bool = False,
    mode: Mode = Mode.WEB,
    **changed: Any,
) -> None:
    """Answer as ANSWERS has it, but for what is changed."""
    with app.app_context():
        with transaction() as db:
            wave, (version, *_) = db.get_one(Wave, wave_id), versions.versions_of(wave_id)
            for _ in range(times):
                store_response(db, wave, version.id, ANSWERS | changed, language, flagged=flagged, mode=mode)
        session.close()
