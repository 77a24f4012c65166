"""A survey that residents can answer: its questionnaire published and a wave of it opened, as staff do it."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path

from flask import Flask

from portal.db import today, transaction
from portal.surveys.models import SampleType
from portal.surveys.reading import read_definition
from portal.surveys.waves import open_wave, publish_version
from portal.surveys.wording import age_words

QUESTIONNAIRES = Path(__file__).parent / "questionnaires"
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
