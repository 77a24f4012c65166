"""Moves the files of a machine's disk into the rows of PostgreSQL: one by one, held against each other, then removed."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from portal.db import database, transaction
from portal.files import rows, store, sweeping
from portal.files.rows import EvidenceChunk
from portal.files.store import EvidenceFile

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Moved:
    """How many files are in the database now, and how many could not be moved and lie where they were."""

    files: int
    left: int


def move_into_rows() -> Moved:
    """Whatever breaks it off, it can be begun again; meanwhile each file opens from where it lies.

    On SQLite, or where another vault's files lie there, nothing is moved.
    """
    if database().is_sqlite or not store.folder().exists() or not sweeping.are_this_vaults():
        return Moved(0, 0)
    moved = left = 0
    for file_id in store.files_here():
        try:
            moved += _move(file_id)
        except OSError as problem:
            log.error("a file could not be moved into the database", exc_info=problem)
            left += 1
    return Moved(moved, left)


def _move(file_id: uuid.UUID) -> bool:
    """Whether it is a file that a row names. Raises OSError where it cannot be read, or came over as something else."""
    path = store.folder() / str(file_id)
    with transaction() as db:
        if db.get(EvidenceFile, file_id, with_for_update=True) is None:
            return False  # an orphan, which is swept
        is_put = path.exists() and not rows.size_of(db, EvidenceChunk, file_id)
        if is_put:
            rows.put(db, EvidenceChunk, file_id, store.sealed_pieces(file_id))
    if path.exists() and _digest(store.sealed_pieces(file_id)) != _digest(
        rows.read(database(), EvidenceChunk, file_id)
    ):
        # What was there before may be the whole one, and the file a half: neither goes before a person has looked.
        if is_put:
            with transaction() as db:
                rows.drop(db, EvidenceChunk, file_id)
        raise OSError("what was stored is not what was read")
    path.unlink(missing_ok=True)
    return True


def _digest(pieces: Iterable[bytes]) -> bytes:
    digest = blake2b()
    for piece in pieces:
        digest.update(piece)
    return digest.digest()
