"""The sealed files of reports as they are stored: on this machine's disk with SQLite, as rows with PostgreSQL."""

from __future__ import annotations

import uuid
from pathlib import Path

from flask import Flask
from sqlalchemy import delete, insert, select

from portal.db import database, session, transaction
from portal.files import store
from portal.files.rows import EvidenceChunk


def on_disk(app: Flask) -> list[Path]:
    """On PostgreSQL only what comes in, is left over or was not moved yet."""
    return sorted((app.extensions["settings"].data / "evidence").glob("*-*-*-*-*"))


def stored(app: Flask) -> dict[str, bytes]:
    """What lies anywhere, by its random name."""
    found = {path.name: path.read_bytes() for path in on_disk(app)}
    if not app.extensions["database"].is_sqlite:
        with app.app_context():
            rows = session.execute(
                select(EvidenceChunk.file_id, EvidenceChunk.sealed).order_by(
                    EvidenceChunk.file_id, EvidenceChunk.number
                )
            )
            for file_id, sealed in rows:
                found[str(file_id)] = found.get(str(file_id), b"") + sealed
            session.rollback()
    return found


def overwrite(app: Flask, name: str, content: bytes) -> None:
    """Damage a file, or put it right again; one with nothing in it is gone."""
    if app.extensions["database"].is_sqlite:
        (app.extensions["settings"].data / "evidence" / name).write_bytes(content)
        return
    size, file_id = store.SEALED_CHUNK_SIZE, uuid.UUID(name)
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    with app.app_context(), transaction() as db:
        db.execute(delete(EvidenceChunk).where(EvidenceChunk.file_id == file_id))
        for number, piece in enumerate(pieces):
            db.execute(insert(EvidenceChunk).values(file_id=file_id, number=number, sealed=piece))


def lose_all(app: Flask) -> None:
    """As a disk that broke, or somebody who deleted what they should not."""
    for path in on_disk(app):
        path.unlink()
    with app.app_context():
        if not database().is_sqlite:
            with transaction() as db:
                db.execute(delete(EvidenceChunk))
