"""Photos and other files that come with a report: sealed while they come in, stored under random names, deleted with it.

They come in as files of this machine's disk. On SQLite they stay there; on PostgreSQL, which other machines share, each is
stored as rows in the transaction that stores its own row, and then removed: see portal/files/rows.py.
"""

from __future__ import annotations

import fcntl
import os
import re
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from sqlalchemy import CheckConstraint, ForeignKey, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal import disk
from portal.config import settings
from portal.db import UNORDERED, Base, database, random_id, session
from portal.files import rows
from portal.files.rows import EvidenceChunk
from portal.files.virus_check import Check
from portal.vault import sealing
from portal.vault.sealing import SealError

CHUNK_SIZE = 64 * 1024
SEALED_CHUNK_SIZE = CHUNK_SIZE + sealing.CHUNK_OVERHEAD
# A chunk begins with the length of its content; the last one is padded, so a file's size tells its length in chunks only.
LENGTH_SIZE = 4
BODY_SIZE = CHUNK_SIZE - LENGTH_SIZE
# 1 January 2000, on every file: none tells when it came.
FIXED_MTIME = 946_684_800
DAMAGED = "damaged"
_NAME = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class EvidenceFile(Base):
    """One sealed file by its random name. It belongs to a draft, whose end is its end, and once it is sent to a report."""

    __tablename__ = "evidence_file"
    __table_args__ = (CheckConstraint("(draft_id IS NULL) <> (report_id IS NULL)", name="one_owner"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    draft_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"), index=True)
    report_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), index=True)
    sealed: Mapped[bytes | None]
    """Once it is sent: its key and what it is, under a key of the report's."""


class CannotStore(Exception):
    """The disk is full or broken."""


@dataclass(frozen=True)
class Kept:
    """A stored file: where it is, what opens it, and what it is. Only what is sealed holds one."""

    id: str
    key: str
    kind: str
    size: int
    check_said: Check = Check.NONE

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Kept:
        """Out of what was sealed; of a file from before there were checks nothing is known."""
        known = content["id"], content["key"], content["kind"], content["size"]
        return cls(*known, Check(content.get("check_said", Check.NONE)))

    @property
    def row_id(self) -> uuid.UUID:
        return uuid.UUID(self.id)

    def chunks(self) -> Iterator[bytes]:
        """The file, piece by piece. Raises SealError where it is damaged, cut or gone."""
        return open_file(self.row_id, bytes.fromhex(self.key))

    def check(self) -> None:
        """Read it to its end, so that none of it is shown where a part is damaged. Raises SealError."""
        for _chunk in self.chunks():
            pass


def folder() -> Path:
    path: Path = settings().data / "evidence"
    return path


class Incoming:
    """A file that is being written, under a key that only this process has. What is not kept is gone when it is closed.

    It is made with its first byte, and its lock says for as long as it is open that it is no orphan: see portal/files/sweeping.py.
    """

    def __init__(self, max_size: int) -> None:
        self.id, self.key = random_id(), sealing.new_key()
        self.max_size = max_size
        self.size = 0
        self.first = b""
        self._waiting = bytearray()
        self._chunks = 0
        self._handle: int | None = None
        self.has_no_room = False
        self._is_kept = self._is_whole = False
        self._others: list[Incoming] = []

    @property
    def is_too_large(self) -> bool:
        return self.size > self.max_size

    def write(self, data: bytes) -> int:
        """What is beyond the most that may come is counted and not stored."""
        if not self.size:
            self.has_no_room = not disk.has_room_for_files()
        self.size += len(data)
        if not self.is_too_large and not self.has_no_room:
            self.first += data[: 64 - len(self.first)]
            self._waiting += data
            while len(self._waiting) > BODY_SIZE:
                self._store(BODY_SIZE, is_last=False)
        return len(data)

    def seek(self, _place: int, _from: int = 0) -> int:
        """The form's reader goes back to the beginning of what has come whole."""
        self._finish()
        return 0

    def _finish(self) -> None:
        if not self._is_whole and not self.is_too_large and not self.has_no_room:
            self._store(len(self._waiting), is_last=True)
        self._is_whole = True

    def _store(self, count: int, *, is_last: bool) -> None:
        body = bytes(self._waiting[:count])
        del self._waiting[:count]
        chunk = count.to_bytes(LENGTH_SIZE, "big") + body.ljust(BODY_SIZE, b"\x00")
        sealed = sealing.seal_chunk(chunk, self.key, self.id, self._chunks, is_last=is_last)
        try:
            self._write_all(sealed)
        except OSError as problem:
            raise CannotStore from problem
        self._chunks += 1

    def _write_all(self, sealed: bytes) -> None:
        if self._handle is None:
            folder().mkdir(mode=0o700, exist_ok=True)
            self._handle = os.open(folder() / str(self.id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(self._handle, fcntl.LOCK_EX)
        while sealed:
            sealed = sealed[os.write(self._handle, sealed) :]

    def chunks(self) -> Iterator[bytes]:
        return open_file(self.id, self.key)

    def another(self, max_size: int) -> Incoming:
        """A second file made of this one, which is closed with it."""
        self._others.append(Incoming(max_size))
        return self._others[-1]

    def keep(self, kind: str) -> Kept:
        """Have it on the disk, so that a row may name it. Where none does in the end, it is swept. Raises CannotStore."""
        self._finish()
        assert self._handle is not None, "a file that is too large is not kept"
        try:
            os.utime(self._handle, (FIXED_MTIME, FIXED_MTIME))
            os.fsync(self._handle)
            _sync_folder()
        except OSError as problem:
            raise CannotStore from problem
        self._is_kept = True
        return Kept(str(self.id), self.key.hex(), kind, self.size)

    def close(self) -> None:
        for other in self._others:
            other.close()
        if self._handle is not None:
            if not self._is_kept:
                unlink(self.id)
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.close()


def _sync_folder() -> None:
    handle = os.open(folder(), os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_file(file_id: uuid.UUID, key: bytes) -> Iterator[bytes]:
    """Raises SealError, with the piece that is damaged, or where the file is cut or gone."""
    return _unsealed(sealed_pieces(file_id), file_id, key)


def sealed_pieces(file_id: uuid.UUID) -> Iterator[bytes]:
    """As it is stored, from wherever it lies; none where it is gone. Raises OSError."""
    return rows.pieces_of(folder() / str(file_id), SEALED_CHUNK_SIZE, database(), EvidenceChunk, file_id)


def sealed_size(file_id: uuid.UUID) -> int:
    """Bytes of it as it is stored; 0 where it is gone."""
    try:
        return (folder() / str(file_id)).stat().st_size
    except FileNotFoundError:
        return 0 if database().is_sqlite else rows.size_of(session, EvidenceChunk, file_id)


def _unsealed(pieces: Iterator[bytes], file_id: uuid.UUID, key: bytes) -> Iterator[bytes]:
    try:
        number, sealed = 0, next(pieces, b"")
        while sealed:
            after = next(pieces, b"")
            chunk = sealing.unseal_chunk(sealed, key, file_id, number, is_last=not after)
            yield chunk[LENGTH_SIZE : LENGTH_SIZE + int.from_bytes(chunk[:LENGTH_SIZE], "big")]
            number, sealed = number + 1, after
    except OSError:
        number = 0
    if not number:
        raise SealError("the file is gone or cannot be read")


def add_to_draft(db: Session, kept: Kept, draft_id: uuid.UUID) -> None:
    """Inside the caller's transaction: the file stays as long as the draft does."""
    _add(db, EvidenceFile(id=kept.row_id, draft_id=draft_id))


def attach(
    db: Session, kept: Kept, report_id: uuid.UUID, key: bytes, key_id: uuid.UUID, label: str, **more: Any
) -> None:
    """Give the file to a report, inside the caller's transaction; `more` is sealed with it."""
    known = db.get(EvidenceFile, kept.row_id)
    row = known or EvidenceFile(id=kept.row_id)
    row.draft_id, row.report_id = None, report_id
    row.sealed = sealing.seal(asdict(kept) | more, key, key_id, label, row.id)
    if known is None:
        _add(db, row)


def _add(db: Session, row: EvidenceFile) -> None:
    """On PostgreSQL with what is in it: it is stored with its row, or neither is. Raises CannotStore."""
    db.add(row)
    if database().is_sqlite:
        return
    db.flush()
    path = folder() / str(row.id)
    try:
        with path.open("rb") as file:
            rows.put(db, EvidenceChunk, row.id, iter(lambda: file.read(SEALED_CHUNK_SIZE), b""))
    except OSError as problem:
        raise CannotStore from problem
    event.listen(db, "after_commit", lambda _db: _take_off(path), once=True)


def _take_off(path: Path) -> None:
    """It is stored elsewhere by now: where this disk refuses, that is no failure of whoever sent it, and it is swept later."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def files_of(report_id: uuid.UUID, key: bytes, key_id: uuid.UUID, label: str) -> list[dict[str, Any]]:
    """What was sealed with each of a report's files under this key; of a damaged one, that it is there."""
    found = session.scalars(select(EvidenceFile).where(EvidenceFile.report_id == report_id))
    return [
        _opened(row, key, label) for row in found if row.sealed is not None and sealing.key_id(row.sealed) == key_id
    ]


def count_files(report_id: uuid.UUID, key_id: uuid.UUID) -> int:
    """How many of a report's files are sealed under this key, which need not be at hand."""
    sealed = session.scalars(select(EvidenceFile.sealed).where(EvidenceFile.report_id == report_id))
    return sum(each is not None and sealing.key_id(each) == key_id for each in sealed)


def _opened(row: EvidenceFile, key: bytes, label: str) -> dict[str, Any]:
    try:
        return sealing.unseal(row.sealed or b"", key, label, row.id)
    except SealError:
        return asdict(Kept(str(row.id), "", DAMAGED, 0))


def reports_with_files(report_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of them that came with a file, or of which a message did."""
    found = session.scalars(select(EvidenceFile.report_id).where(EvidenceFile.report_id.in_(report_ids)))
    return {report_id for report_id in found if report_id is not None}


def names_of_report(report_id: uuid.UUID) -> list[uuid.UUID]:
    return list(session.scalars(select(EvidenceFile.id).where(EvidenceFile.report_id == report_id)))


def is_lost(name: str) -> bool:
    """Whether a row names this file, so that it was not deleted meanwhile, and it lies nowhere."""
    session.rollback()
    is_named = session.scalar(select(EvidenceFile.id).where(EvidenceFile.id == uuid.UUID(name))) is not None
    return is_named and not sealed_size(uuid.UUID(name))


def drop_from_draft(db: Session, kept: Kept) -> None:
    """Inside the caller's transaction; sweeping.remove_orphans() then takes it off the disk."""
    row = db.get(EvidenceFile, kept.row_id)
    if row is not None and row.draft_id is not None:
        db.delete(row)


def files_here() -> list[uuid.UUID]:
    """Those on this machine's disk. Whatever else lies in that folder, as on a disk of its own, is not ours."""
    return [uuid.UUID(path.name) for path in folder().iterdir() if _NAME.fullmatch(path.name)]


def unlink(name: uuid.UUID) -> None:
    (folder() / str(name)).unlink(missing_ok=True)
