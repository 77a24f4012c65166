"""A survey that residents can answer, as staff open it, and the answers that someone gives to it."""

from __future__ import annotations

import re
import uuid
from datetime import date
from pathlib import Path

from flask import Flask

from portal.db import today, transaction
from portal.surveys.models import SampleType
from portal.surveys.reading import read_definition
from portal.surveys.versions import publish_version
from portal.surveys.waves import open_wave
from portal.surveys.wording import age_words
from tests.support.people import Fields, Resident

QUESTIONNAIRES = Path(__file__).parent.parent / "questionnaires"
EVERY_TYPE = QUESTIONNAIRES / "every-type.toml"


def open_survey(
    app: Flask,
    path: Path = EVERY_TYPE,
    *,
    opens_on: date | None = None,
    closes_on: date | None = None,
    sample_type: SampleType = SampleType.OPEN_LINK,
    population: str = "",
    languages: tuple[str, ...] = ("en", "pl", "ro", "ur"),
) -> uuid.UUID:
    """Publish the questionnaire and open a wave, from today to today unless told otherwise; gives the wave's id."""
    with app.app_context():
        questionnaire, ages = read_definition(path), age_words()
        with transaction() as db:
            version = publish_version(db, questionnaire, ages, "A survey manager")
            wave = open_wave(db, version, opens_on or today(), closes_on or today(), sample_type, population, languages)
            return wave.id


# What someone puts into each page of the questionnaire, by its number; page 3 is asked because they saw hate.
ANSWERS: dict[int, Fields] = {
    1: {"answer_together": "agree_a_bit", "answer_belong": "disagree"},
    2: {"answer_seen": ["noise", "hate"]},
    3: {"answer_told": "no"},
    4: {"written_why_not": "Nobody would have listened.", "written_good": "The lake"},
    5: {"answer_place-named": "Fishermead", "answer_years": "12"},
    6: {"answer_age": "35_49", "answer_sex": "female"},
    7: {"answer_way": "bus"},
}


def begin_survey(resident: Resident, prefix: str = "") -> None:
    """Open the survey and press Start; the first page of questions is then open."""
    resident.get(f"{prefix}/surveys/every-type")
    resident.post(f"{prefix}/surveys/every-type")
    resident.follow()


def answer_pages(resident: Resident, changed: dict[int, Fields] | None = None) -> None:
    """Answer every page that is asked, up to the one that sends."""
    given = ANSWERS | (changed or {})
    while number := re.search(r"/surveys/every-type/(\d+)$", resident.path):
        resident.post(resident.path, given[int(number[1])])
        resident.follow()


def send_answers(resident: Resident, prefix: str = "", changed: dict[int, Fields] | None = None) -> None:
    """A whole survey, from its first page to the thanks."""
    begin_survey(resident, prefix)
    answer_pages(resident, changed)
    resident.post(resident.path)
    resident.follow()
