"""Sealed files as rows of PostgreSQL, which several machines share: written and read piece by piece, never held whole."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import ForeignKey, delete, func, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.db import UNORDERED, Base, Database

# Pieces of 64 KB that go over the line at once: a megabyte is held, whatever a file's size.
AT_ONCE = 16


class EvidenceChunk(Base):
    """One sealed piece of a report's file. It goes with the file's row, and tells no more of when it came than that."""

    __tablename__ = "evidence_chunk"
    __table_args__ = (UNORDERED,)

    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evidence_file.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes]


def put(db: Session, chunk: type[Base], file_id: uuid.UUID, pieces: Iterable[bytes]) -> None:
    """Inside the caller's transaction, in which the row that the file hangs on is stored already."""
    numbered = enumerate(pieces)
    while part := list(islice(numbered, AT_ONCE)):
        rows = [{"file_id": file_id, "number": number, "sealed": piece} for number, piece in part]
        db.connection().execute(insert(chunk.__table__), rows)  # type: ignore[arg-type]


def drop(db: Session, chunk: type[Base], file_id: uuid.UUID) -> None:
    """Inside the caller's transaction."""
    db.execute(delete(chunk).where(_of(chunk, file_id)))


def read(found: Database, chunk: type[Base], file_id: uuid.UUID) -> Iterator[bytes]:
    """The pieces in their order, over a connection that nothing else waits for; none where there is no such file."""
    # Whoever takes them slowly holds no transaction open meanwhile.
    with found.beside.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        first = 0
        while pieces := _part(connection, chunk, file_id, first):
            yield from pieces
            first += AT_ONCE


def _part(connection: Connection, chunk: type[Base], file_id: uuid.UUID, first: int) -> list[bytes]:
    columns = chunk.__table__.c
    wanted = (
        select(columns.sealed)
        .where(_of(chunk, file_id), columns.number >= first, columns.number < first + AT_ONCE)
        .order_by(columns.number)
    )
    return [bytes(piece) for piece in connection.scalars(wanted)]


def size_of(db: Session, chunk: type[Base], file_id: uuid.UUID) -> int:
    """Bytes of a file's pieces, of which none is read for it; 0 where it is not there."""
    return db.scalar(select(func.sum(func.length(chunk.__table__.c.sealed))).where(_of(chunk, file_id))) or 0


def _of(chunk: type[Base], file_id: uuid.UUID) -> Any:
    return chunk.__table__.c.file_id == file_id


def pieces_of(path: Path, size: int, found: Database, chunk: type[Base], file_id: uuid.UUID) -> Iterator[bytes]:
    """A file from this machine's disk, in pieces of that size; where it does not lie there, from the rows of PostgreSQL.

    It lies there too on PostgreSQL while it comes in, and before `portal migrate` has moved it. Raises OSError.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        if not found.is_sqlite:
            yield from read(found, chunk, file_id)
        return
    with file:
        while piece := file.read(size):
            yield piece
