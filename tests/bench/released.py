"""A whole release of the shipped survey, from the packed columns of a made wave to the check against what is public: processor time."""

from __future__ import annotations

import random
import tempfile
import time
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from portal import create_app, migrations
from portal.cohesion import services
from portal.db import today, transaction, utcnow
from portal.partnership.places import Parish, PlaceGroup, Places
from portal.questions.types import type_of
from portal.surveys import columns
from portal.surveys.columns import Value
from portal.surveys.definition import Instrument, Question
from portal.surveys.models import AnswerColumn, SampleType, Wave, WaveState
from portal.surveys.reading import read_definition
from portal.surveys.versions import SURVEY_TEAM, instruments_of, publish_version
from portal.surveys.waves import open_wave
from portal.vault import keyholders
from tests.support.waves import AGE_WORDS, POPULATION

SURVEY = Path(__file__).parents[2] / "surveys" / "community-safety.toml"
GROUPS = 20


def seconds_of_a_release(size: int) -> tuple[float, float]:
    """To draft and publish it, and to draft a second one of the same wave and hold it against that."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        app = create_app(data=Path(folder), database_url=f"sqlite:///{folder}/portal.db")
        migrations.migrate(app.extensions["database"].engine)
        with app.app_context():
            wave_id = closed_wave(app, size)
            begun = time.process_time()
            with transaction() as db:
                first = services.draft_release(db, wave_id, "bench")
                services.publish_release(db, first.id, "bench")
            drafted = time.process_time() - begun
            begun = time.process_time()
            with transaction() as db:
                second = services.draft_release(db, wave_id, "bench", ["fast"])
                services.conflicts_of(second)
            again = time.process_time() - begun
        app.extensions["database"].engine.dispose()
    return drafted, again


def closed_wave(app: Flask, size: int) -> uuid.UUID:
    """As if so many had answered and the wave had been closed: the same every time."""
    partnership = app.extensions["partnership"]
    app.extensions["partnership"] = replace(partnership, places=_places())
    with transaction() as db:
        keyholders.create_vault(db, keyholders.Mode.DEMONSTRATION, [SURVEY_TEAM])
    with transaction() as db:
        version = publish_version(db, read_definition(SURVEY), AGE_WORDS, "bench")
        wave = open_wave(db, version, today() - timedelta(30), today(), SampleType.OPEN_LINK, POPULATION, ["en", "ur"])
        db.flush()
        _answer(db, wave, instruments_of(wave.id)[0], size)
        wave.state, wave.closed_at, wave.answered = WaveState.CLOSED, utcnow(), size
        return wave.id


def _places() -> Places:
    codes = range(1, GROUPS + 1)
    return Places(
        geography="parishes",
        version="2026",
        groups=tuple(PlaceGroup(code=f"g-{at}", name=f"Group {at}") for at in codes),
        parishes=tuple(Parish(code=f"p-{at}", name=f"Parish {at}", group=f"g-{at}") for at in codes),
    )


def _answer(db: Session, wave: Wave, instrument: Instrument, size: int) -> None:
    drawn = random.Random(size)
    for code, question in instrument.questionnaire.questions.items():
        if type_of(question).is_written:
            continue
        options = _codes(instrument, question)
        if question.type == "several":
            values: list[Value] = drawn.choices([None, *((one,) for one in options), tuple(options[:2])], k=size)
        else:
            values = drawn.choices([None, *options], [1, *(range(len(options) + 2, 2, -1))], k=size)
        _keep(db, wave, code, "several" if question.type == "several" else "one", options, values)
    _keep(db, wave, columns.LANGUAGE, "one", ["en", "ur"], drawn.choices(["en", "ur"], [9, 1], k=size))
    _keep(db, wave, columns.VERSION, "number", [], [1] * size)
    _keep(db, wave, columns.FLAGGED, "one", ["yes"], [None] * size)
    _keep(db, wave, columns.SIGNALS, "several", ["fast"], drawn.choices([None, ("fast",)], [99, 1], k=size))


def _codes(instrument: Instrument, question: Question) -> list[str]:
    return [place.code for place in instrument.places] if question.type == "place" else instrument.codes_of(question)


def _keep(
    db: Session, wave: Wave, question: str, kind: columns.Kind, codes: Iterable[str], values: list[Value]
) -> None:
    packed = columns.pack(kind, list(codes), values)
    db.add(AnswerColumn(wave_id=wave.id, question=question, packed=packed))
