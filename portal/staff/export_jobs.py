"""Large exports are queued, made one by one, opened by who asked for them alone, and gone after a day."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from portal.config import settings
from portal.db import database, session, transaction, utcnow
from portal.files import rows
from portal.staff.export_models import ExportChunk, ExportJob, ExportState
from portal.staff.models import StaffMember
from portal.vault import sealing
from portal.vault.keyholders import Keyring, Member
from portal.vault.sealing import SealError

KEPT = timedelta(days=1)
# A worker that was switched off in the middle begins again.
TAKEN_AGAIN_AFTER = timedelta(minutes=30)
MOST_AT_ONCE = 5
CHUNK_SIZE = 64 * 1024


class TooManyExports(Exception):
    """Somebody has asked for as many files as are kept for one person."""


def folder() -> Path:
    path: Path = settings().data / "exports"
    return path


def ask(db: Session, staff_id: uuid.UUID, wave_id: uuid.UUID, chosen: Mapping[str, Any]) -> ExportJob:
    """Queue a file. Raises TooManyExports."""
    db.get_one(StaffMember, staff_id, with_for_update=True)
    if len(list(db.scalars(_alive(staff_id)))) >= MOST_AT_ONCE:
        raise TooManyExports
    job = ExportJob(staff_id=staff_id, wave_id=wave_id, chosen=dict(chosen), ends_at=utcnow() + KEPT)
    db.add(job)
    db.flush()
    return job


def _alive(staff_id: uuid.UUID) -> Any:
    return (
        select(ExportJob)
        .where(ExportJob.staff_id == staff_id, ExportJob.ends_at > utcnow())
        .order_by(ExportJob.asked_at.desc(), ExportJob.id)
    )


def exports_of(staff_id: uuid.UUID) -> list[ExportJob]:
    """Somebody's files, the newest first."""
    return list(session.scalars(_alive(staff_id)))


def find_export(staff_id: uuid.UUID, job_id: uuid.UUID) -> ExportJob | None:
    """Nobody finds another person's."""
    return session.scalar(_alive(staff_id).where(ExportJob.id == job_id))


def claim() -> ExportJob | None:
    """The next file to make, with its place in the queue taken."""
    waits = ExportJob.state == ExportState.WAITING
    stuck = (ExportJob.state == ExportState.MAKING) & (ExportJob.begun_at < utcnow() - TAKEN_AGAIN_AFTER)
    due = select(ExportJob).where(or_(waits, stuck), ExportJob.ends_at > utcnow())
    if session.scalar(due.with_only_columns(ExportJob.id).limit(1)) is None:
        return None  # as every few seconds: nobody who writes is kept waiting
    with transaction() as db:
        job = db.scalars(due.order_by(ExportJob.asked_at, ExportJob.id).limit(1).with_for_update()).first()
        if job is not None:
            job.state, job.percent, job.begun_at = ExportState.MAKING, 0, utcnow()
    return job


def tell(job_id: uuid.UUID, percent: int) -> None:
    """How far it is."""
    with transaction() as db:
        job = db.get(ExportJob, job_id)
        if job is not None:
            job.percent = percent


def keep(job_id: uuid.UUID, content: IO[bytes]) -> None:
    """Seal the file to who asked for it. Where they took it back meanwhile nothing stays."""
    public_key = session.scalar(
        select(Member.public_key)
        .join(StaffMember, StaffMember.member_id == Member.id)
        .join(ExportJob, ExportJob.staff_id == StaffMember.id)
        .where(ExportJob.id == job_id)
    )
    session.rollback()
    if public_key is None:
        return
    key, size = sealing.new_key(), 0

    def pieces() -> Iterator[bytes]:
        nonlocal size
        chunk, number = content.read(CHUNK_SIZE), 0
        while chunk or not number:
            after = content.read(CHUNK_SIZE)
            yield sealing.seal_chunk(chunk, key, job_id, number, is_last=not after)
            size, chunk, number = size + len(chunk), after, number + 1

    is_shared = not database().is_sqlite
    if not is_shared:
        folder().mkdir(mode=0o700, exist_ok=True)
        with (folder() / str(job_id)).open("wb") as file:
            file.writelines(pieces())
    with transaction() as db:
        kept = db.get(ExportJob, job_id, with_for_update=True)
        if kept is not None:
            if is_shared:
                rows.drop(db, ExportChunk, job_id)
                rows.put(db, ExportChunk, job_id, pieces())
            kept.state, kept.percent, kept.size = ExportState.READY, 100, size
            kept.sealed_key, kept.ends_at = sealing.wrap(key, public_key), utcnow() + KEPT
    if kept is None:
        _unlink(job_id)


def fail(job_id: uuid.UUID) -> None:
    with transaction() as db:
        job = db.get(ExportJob, job_id)
        if job is not None:
            job.state = ExportState.FAILED
    _unlink(job_id)


def opened(job: ExportJob, held: Keyring) -> Iterator[bytes]:
    """The file, once it is looked through to its end. Raises SealError where it is damaged, gone or another person's."""
    if job.sealed_key is None:
        raise SealError("it is not ready")
    key = sealing.unwrap(job.sealed_key, held.own)
    for _chunk in _chunks(job.id, key):
        pass
    return _chunks(job.id, key)


def _chunks(job_id: uuid.UUID, key: bytes) -> Iterator[bytes]:
    stored = CHUNK_SIZE + sealing.CHUNK_OVERHEAD
    return _unsealed(rows.pieces_of(folder() / str(job_id), stored, database(), ExportChunk, job_id), job_id, key)


def _unsealed(pieces: Iterator[bytes], job_id: uuid.UUID, key: bytes) -> Iterator[bytes]:
    try:
        number, sealed = 0, next(pieces, b"")
        while sealed:
            after = next(pieces, b"")
            yield sealing.unseal_chunk(sealed, key, job_id, number, is_last=not after)
            number, sealed = number + 1, after
    except OSError as problem:
        raise SealError("the file is gone") from problem
    if not number:
        raise SealError("the file is gone")


def take_back(db: Session, staff_id: uuid.UUID, job_id: uuid.UUID) -> bool:
    """Delete somebody's file; whether it was there."""
    mine = delete(ExportJob).where(ExportJob.id == job_id, ExportJob.staff_id == staff_id)
    return db.scalar(mine.returning(ExportJob.id)) is not None


def sweep_exports() -> int:
    """Delete what has had its day, and every file that no row names; returns how many. The worker does it every minute."""
    with transaction() as db:
        old = delete(ExportJob).where(ExportJob.ends_at <= utcnow())
        gone = len(db.scalars(old.returning(ExportJob.id)).all())
    if folder().exists():
        named = {str(job_id) for job_id in session.scalars(select(ExportJob.id))}
        for path in folder().iterdir():
            if path.name not in named:
                path.unlink(missing_ok=True)
    return gone


def _unlink(job_id: uuid.UUID) -> None:
    (folder() / str(job_id)).unlink(missing_ok=True)
