"""The answers of a wave that was closed are packed, a batch at a time: whoever is killed over it is followed by another."""

from __future__ import annotations

import math
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import settings
from portal.db import session, transaction, utcnow
from portal.flock import one_of
from portal.questions.types import type_of
from portal.surveys import columns
from portal.surveys.answers import columns_of, orders_of
from portal.surveys.columns import SIGNALS, Value
from portal.surveys.definition import Instrument
from portal.surveys.gathering import parts_of
from portal.surveys.models import AnswerColumn, Wave, WavePacking
from portal.surveys.signals import STORED
from portal.surveys.versions import instruments_of

# Responses that are read without holding anyone up, and then stored in one short transaction.
BATCH = 10_000
# Each batch writes all columns anew with those before it, so a large wave takes larger ones: up to so many times as many.
MOST_TIMES = 5
# Seconds for which the worker packs before it looks after its other duties.
AT_A_STRETCH = 10.0


@dataclass(frozen=True)
class _Batch:
    size: int
    last: uuid.UUID | None
    packed: dict[str, bytes]
    is_last: bool


def pack_wave(wave_id: uuid.UUID, seconds: float = math.inf) -> None:
    """Go on where the last one was with a wave whose door is shut, for so long at most; whoever comes beside leaves it."""
    ends_at = time.monotonic() + seconds
    asked = instruments_of(wave_id)
    try:
        with one_of([settings().data / "packing.lock"], patience=0):
            while time.monotonic() < ends_at:
                session.expire_all()
                packing = session.get(WavePacking, wave_id)
                if packing is None:
                    return
                after = packing.last
                batch = _read(session, packing.wave_id, after, asked, batch_size(packing.done))
                with transaction() as db:
                    _store(db, wave_id, after, batch)
    except TimeoutError:
        # Another process is at it, or holds the database: the worker will look again.
        return


def pack_closed_waves() -> None:
    """Go on with every wave that was closed and whose answers are not all packed.

    In any order: one that fails, which the worker logs, does not hold up the same others each time.
    """
    waves = list(session.scalars(select(WavePacking.wave_id)))
    random.shuffle(waves)
    for wave_id in waves:
        pack_wave(wave_id, AT_A_STRETCH)


def pack_at_once(db: Session, wave_id: uuid.UUID) -> None:
    """All of a wave whose door is shut, in the caller's transaction."""
    asked = instruments_of(wave_id)
    while packing := db.get(WavePacking, wave_id):
        batch = _read(db, wave_id, packing.last, asked, batch_size(packing.done))
        _store(db, wave_id, packing.last, batch)


def batch_size(done: int) -> int:
    """How many responses come next, where so many are packed."""
    return min(max(BATCH, done // 4), MOST_TIMES * BATCH)


def progress_of(wave: Wave) -> int | None:
    """How many of a closed wave's answers are packed; None where all are."""
    packing = session.get(WavePacking, wave.id)
    return packing.done if packing is not None else None


def _read(db: Session, wave_id: uuid.UUID, after: uuid.UUID | None, asked: Sequence[Instrument], most: int) -> _Batch:
    wave = db.get_one(Wave, wave_id)
    values: dict[str, list[Value]] = {code: [] for code in (*columns_of(wave), *orders_of(wave))}
    size, last = 0, after
    for part in parts_of(db, wave_id, values, after, most):
        size, last = size + part.size, part.last
        for code, column in values.items():
            column += part.values[code]
    packed = {code: _pack(code, column, asked) for code, column in values.items()}
    return _Batch(size, last, packed, is_last=size < most)


def _pack(code: str, values: list[Value], asked: Sequence[Instrument]) -> bytes:
    question = next((i.questionnaire.questions[code] for i in asked if code in i.questionnaire.questions), None)
    kind = cast(columns.Kind, type_of(question).packed if question is not None else "one")
    if kind in ("number", "date"):
        return columns.pack(kind, [], values)
    codes: dict[str, None] = {}
    if code == SIGNALS:
        return columns.pack("several", STORED, values)
    if question is None:
        codes = dict.fromkeys(sorted({str(value) for value in values if value is not None}))
    for instrument in asked:
        if code in instrument.questionnaire.questions:
            codes |= dict.fromkeys(instrument.codes_of(instrument.questionnaire.questions[code]))
    return columns.pack(kind, list(codes), values)


def _store(db: Session, wave_id: uuid.UUID, after: uuid.UUID | None, batch: _Batch) -> None:
    """Add the batch behind the response `after` to the columns, once: nothing is done where another one has."""
    packing = db.get(WavePacking, wave_id, with_for_update=True, populate_existing=True)
    if packing is None or packing.last != after:
        return
    stored = {row.question: row for row in db.scalars(select(AnswerColumn).where(AnswerColumn.wave_id == wave_id))}
    for question, packed in batch.packed.items():
        if question in stored:
            stored[question].packed += packed
        else:
            db.add(AnswerColumn(wave_id=wave_id, question=question, packed=packed))
    packing.done, packing.last = packing.done + batch.size, batch.last
    if batch.is_last:
        wave = db.get_one(Wave, wave_id)
        wave.answered, wave.closed_at = packing.done, utcnow()
        db.delete(packing)
    db.flush()
