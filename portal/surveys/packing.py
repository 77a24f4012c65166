"""The answers of a wave that was closed are packed, a batch at a time: whoever is killed over it is followed by another."""

from __future__ import annotations

import math
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.config import settings
from portal.db import session, transaction, utcnow
from portal.flock import one_of
from portal.questions.types import type_of
from portal.surveys.answers import columns_of, orders_of
from portal.surveys.columns import SIGNALS, Column, Kind
from portal.surveys.definition import Instrument
from portal.surveys.gathering import parts_of
from portal.surveys.models import AnswerColumn, PackedPart, Wave, WavePacking
from portal.surveys.signals import STORED
from portal.surveys.versions import instruments_of

# Responses that are read without holding anyone up, and then stored in one short transaction.
BATCH = 10_000
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
                batch = _read(session, packing.wave_id, after, asked, BATCH)
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
        batch = _read(db, wave_id, packing.last, asked, BATCH)
        _store(db, wave_id, packing.last, batch)


def progress_of(wave: Wave) -> int | None:
    """How many of a closed wave's answers are packed; None where all are."""
    packing = session.get(WavePacking, wave.id)
    return packing.done if packing is not None else None


def _read(db: Session, wave_id: uuid.UUID, after: uuid.UUID | None, asked: Sequence[Instrument], most: int) -> _Batch:
    wave = db.get_one(Wave, wave_id)
    found = {code: _column(code, asked) for code in (*columns_of(wave), *orders_of(wave))}
    size, last = 0, after
    for part in parts_of(db, wave_id, found, after, most):
        size, last = size + part.size, part.last
        for code, column in found.items():
            column.add(part.values[code])
    return _Batch(size, last, {code: column.packed() for code, column in found.items()}, is_last=size < most)


def _column(code: str, asked: Sequence[Instrument]) -> Column:
    if code == SIGNALS:
        return Column("several", STORED)
    instruments = [each for each in asked if code in each.questionnaire.questions]
    if not instruments:
        return Column("one", None)
    kind = cast(Kind, type_of(instruments[0].questionnaire.questions[code]).packed)
    codes: dict[str, None] = {}
    if kind not in ("number", "date"):
        for each in instruments:
            codes |= dict.fromkeys(each.codes_of(each.questionnaire.questions[code]))
    return Column(kind, list(codes))


def _store(db: Session, wave_id: uuid.UUID, after: uuid.UUID | None, batch: _Batch) -> None:
    """Add the batch behind the response `after` to the columns, once: nothing is done where another one has."""
    packing = db.get(WavePacking, wave_id, with_for_update=True, populate_existing=True)
    if packing is None or packing.last != after:
        return
    db.add_all(
        PackedPart(wave_id=wave_id, after=packing.done, question=question, packed=packed)
        for question, packed in batch.packed.items()
    )
    packing.done, packing.last = packing.done + batch.size, batch.last
    if batch.is_last:
        wave = db.get_one(Wave, wave_id)
        wave.answered, wave.closed_at = packing.done, utcnow()
        _join(db, wave_id)
        db.delete(packing)
    db.flush()


def _join(db: Session, wave_id: uuid.UUID) -> None:
    """Put the parts of each column behind each other: once, at the end, so that a large wave is not written anew with each batch."""
    db.flush()
    mine = PackedPart.wave_id == wave_id
    joined: dict[str, list[bytes]] = {}
    for part in db.execute(select(PackedPart.question, PackedPart.packed).where(mine).order_by(PackedPart.after)):
        joined.setdefault(part.question, []).append(part.packed)
    db.execute(delete(PackedPart).where(mine))
    db.add_all(
        AnswerColumn(wave_id=wave_id, question=question, packed=b"".join(parts)) for question, parts in joined.items()
    )
