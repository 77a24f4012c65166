"""A wave of the shipped survey is closed and its answers packed: the processor's time, which others at work do not lengthen."""

from __future__ import annotations

import json
import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Text, cast, delete, insert, select

from portal import create_app, migrations
from portal.db import random_id, session, today, transaction
from portal.questions.types import type_of
from portal.surveys import gathering, packing
from portal.surveys.definition import Instrument
from portal.surveys.models import AnswerColumn, PackedPart, SampleType, SurveyResponse, WavePacking
from portal.surveys.reading import read_definition
from portal.surveys.versions import SURVEY_TEAM, instruments_of, publish_version
from portal.surveys.waves import open_wave, shut_wave
from portal.vault import keyholders
from tests.bench.released import SURVEY
from tests.support.waves import AGE_WORDS, POPULATION

# Rows that are written together.
LOT = 5000
ROUNDS = 3
SIZES = (25_000, 100_000)


@contextmanager
def answered_wave(size: int, url: str | None = None) -> Iterator[uuid.UUID]:
    """Its door is shut and nothing of it is packed yet; the same every time but for the ids, which are random."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        app = create_app(data=Path(folder), database_url=url or f"sqlite:///{folder}/portal.db")
        engine = app.extensions["database"].engine
        migrations.migrate(engine)
        with app.app_context():
            yield _wave(size)
        engine.dispose()


def _wave(size: int) -> uuid.UUID:
    with transaction() as db:
        keyholders.create_vault(db, keyholders.Mode.DEMONSTRATION, [SURVEY_TEAM])
    with transaction() as db:
        version = publish_version(db, read_definition(SURVEY), AGE_WORDS, "bench")
        wave = open_wave(db, version, today() - timedelta(30), today(), SampleType.OPEN_LINK, POPULATION, ["en", "ur"])
        wave_id, version_id = wave.id, version.id
    fill(wave_id, version_id, size)
    with transaction() as db:
        shut_wave(db, wave_id)
    return wave_id


def fill(wave_id: uuid.UUID, version_id: uuid.UUID, size: int) -> None:
    """So many people tick something of every question; none writes anything."""
    drawn = random.Random(size)
    ask = _asked(instruments_of(wave_id)[0])
    for done in range(0, size, LOT):
        rows = [
            {
                "id": random_id(), "wave_id": wave_id, "version_id": version_id, "language": "en", "flagged": False,
                "answers": {code: choose(drawn) for code, choose in ask.items()},
            }
            for _ in range(min(LOT, size - done))
        ]  # fmt: skip
        with transaction() as db:
            db.execute(insert(SurveyResponse), rows)


def _asked(instrument: Instrument) -> dict[str, Callable[[random.Random], Any]]:
    found: dict[str, Callable[[random.Random], Any]] = {}
    for question in instrument.questionnaire.questions.values():
        codes = instrument.codes_of(question)
        match type_of(question).packed:
            case "one":
                found[question.code] = lambda drawn, codes=codes: drawn.choice(codes)  # type: ignore[misc]
            case "several":
                found[question.code] = lambda drawn, codes=codes: [drawn.choice(codes)]  # type: ignore[misc]
    return found


def seconds_of_packing(wave_id: uuid.UUID, rounds: int = ROUNDS) -> float:
    """Of the processor, the best of some rounds."""
    times = []
    for _ in range(rounds):
        with transaction() as db:
            db.execute(delete(AnswerColumn))
            db.execute(delete(PackedPart))
            db.merge(WavePacking(wave_id=wave_id, done=0, last=None))
        begun = time.process_time()
        packing.pack_wave(wave_id)
        times.append(time.process_time() - begun)
    return min(times)


def seconds_of_reading(rounds: int = ROUNDS) -> float:
    """The JSON of all answers alone: what packing can never be quicker than."""
    texts = session.scalars(select(cast(SurveyResponse.answers, Text))).all()
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        for start in range(0, len(texts), gathering.AT_ONCE):
            json.loads(f"[{','.join(texts[start : start + gathering.AT_ONCE])}]")
        times.append(time.process_time() - begun)
    return min(times)


def measured() -> Iterator[tuple[str, str, str]]:
    """What was measured, what it came to and what is wanted: the time for each answer is to stay the same as they grow."""
    for size in SIZES:
        with answered_wave(size) as wave_id:
            taken, reading = seconds_of_packing(wave_id), seconds_of_reading()
        yield (
            f"{size:,} answers of a closed wave packed",
            f"{taken:.2f} s of processor, {1e6 * taken / size:.1f} s for a million; their JSON alone {reading:.2f} s",
            "under 3 s" if size == SIZES[-1] else "",
        )
