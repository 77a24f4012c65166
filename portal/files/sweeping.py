"""Files that nobody names any more are taken off this machine's disk: of a draft that ended, or of a process that was killed."""

from __future__ import annotations

import fcntl
import os
import time
import uuid
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from sqlalchemy import Select, exists, select

from portal.db import database, session
from portal.files import store
from portal.files.rows import EvidenceChunk
from portal.files.store import EvidenceFile
from portal.vault.keyholders import find_vault

MIN_ORPHAN_AGE = 10  # seconds
# The file beside them that says whose they are.
OWNER_FILE = "vault"


def remove_orphans(names: Iterable[uuid.UUID]) -> int:
    """Take those of these files off the disk that no row names and nobody writes; returns how many."""
    return sum(_remove_if_orphan(name) for name in names)


def sweep_files() -> int:
    """Remove what a draft's end or a killed process left; the worker does it every minute.

    Another database beside these files names none of them, and must not thereby delete them all.
    """
    if not store.folder().exists() or not are_this_vaults():
        return 0
    there = store.files_here()
    named = set(session.scalars(_needed_here())) if there else set()
    return remove_orphans(name for name in there if name not in named)


def _needed_here() -> Select[Any]:
    """What rows name; on PostgreSQL only where what is in it is not stored as rows."""
    named = select(EvidenceFile.id)
    return named if database().is_sqlite else named.where(~exists().where(EvidenceChunk.file_id == EvidenceFile.id))


def are_this_vaults() -> bool:
    """Whether the files are of the vault in the database; with the first vault beside them they become so."""
    vault = find_vault()
    if vault is None:
        return False
    mark, mine = store.folder() / OWNER_FILE, blake2b(vault.receipt_salt, digest_size=16).hexdigest()
    found = mark.read_text(encoding="ascii") if mark.exists() else ""
    if not found:
        # Whole or not there: half a mark would keep the sweep from ever beginning again.
        half = mark.with_suffix(".new")
        half.write_text(mine, encoding="ascii")
        half.replace(mark)
    return not found or found == mine


def _remove_if_orphan(name: uuid.UUID) -> bool:
    try:
        handle = os.open(store.folder() / str(name), os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        # Whoever writes it holds its lock until the row is stored, so after the lock the row is asked for again. One that
        # was made this moment may not be locked yet.
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if time.time() - os.fstat(handle).st_mtime < MIN_ORPHAN_AGE:
            return False
        session.rollback()
        if session.scalar(_needed_here().where(EvidenceFile.id == name)) is not None:
            return False
        store.unlink(name)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(handle)
