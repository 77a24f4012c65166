"""What it costs to export a closed wave of 100,000 people and 40 questions: processor time beyond the query, and memory."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from portal import create_app, migrations
from portal.db import session, today, transaction, utcnow
from portal.languages.words import Words
from portal.staff.export_making import source_of
from portal.staff.export_words import said_in
from portal.surveys import columns, export, versions, waves
from portal.surveys.answers import coded_answers
from portal.surveys.columns import FLAGGED, LANGUAGE, MODE, VERSION, Value
from portal.surveys.definition import Option, Page, Question, Questionnaire
from portal.surveys.models import AnswerColumn, SampleType, Wave, WaveState
from portal.surveys.tables import LANGUAGES, Table
from portal.surveys.wording import age_words
from portal.vault.keyholders import Mode, create_vault

PEOPLE, QUESTIONS, OPTIONS = 100_000, 40, 7


@dataclass(frozen=True)
class Cost:
    """Seconds of processor time and megabytes; `rows` and `size` show that it was all there."""

    query: float
    beyond: float
    memory: float
    rows: int
    size: int


def measure(data: Path) -> Cost:
    """In a process of its own, whose memory nothing else has grown."""
    _fill(data)
    command = [sys.executable, "-m", "tests.bench.export", str(data)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return Cost(*map(float, said[:3]), *map(int, said[3:]))


def _fill(data: Path) -> None:
    app = create_app(data=data)
    migrations.migrate(app.extensions["database"].engine)
    rng = random.Random(2021)
    words = Words({"en": "What somebody may answer"})
    options = tuple(Option(code=f"option_{n}", text=words) for n in range(OPTIONS))
    questions = tuple(
        Question(code=f"question_{n}", type="single", text=words, options=options) for n in range(QUESTIONS)
    )
    page = Page(code="page", title=words, questions=questions)
    whole = Questionnaire(code="large", title=words, about=words, minutes=1, pages=(page,))
    codes = [option.code for option in options]
    with app.app_context(), transaction() as db:
        create_vault(db, Mode.DEMONSTRATION, ())
        version = versions.publish_version(db, whole, age_words(), "bench")
        wave = waves.open_wave(db, version, today(), today(), SampleType.OPEN_LINK, "", ["en"])
        facts: dict[str, list[str]] = {
            LANGUAGE: ["en", "pl", "ro", "ur"],
            VERSION: ["1"],
            FLAGGED: ["no", "yes"],
            MODE: ["web"],
        }
        for name, choice in (facts | {question.code: codes for question in questions}).items():
            values: list[Value] = [rng.choice(choice) for _ in range(PEOPLE)]
            db.add(AnswerColumn(wave_id=wave.id, question=name, packed=columns.pack("one", choice, values)))
        wave.state, wave.answered, wave.closed_at = WaveState.CLOSED, PEOPLE, utcnow()
    app.extensions["database"].engine.dispose()


def _peak() -> float:
    """The most memory that this process has had, in megabytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def _now() -> float:
    """The memory that this process has, in megabytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def main(data: Path) -> None:
    app = create_app(data=data)
    with app.app_context():
        wave = session.query(Wave).one()
        source, said = source_of(wave.id), said_in("en")
        before, begun = _now(), time.process_time()
        packed = session.query(AnswerColumn.packed).filter(AnswerColumn.wave_id == wave.id).all()
        query = time.process_time() - begun
        del packed
        begun = time.process_time()
        coded = coded_answers(wave)
        made = export.table(Table(source, coded.size, coded.values, None, [LANGUAGES]).frame(said), "labels", said)
        rows = size = 0
        for block in made.blocks:
            rows += block.count(b"\n")
            size += len(block)
        beyond = time.process_time() - begun - query
    assert (size, rows - 1) == (made.size, PEOPLE)
    sys.stdout.write(f"{query:.3f} {beyond:.3f} {_peak() - before:.1f} {rows - 1} {size}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
