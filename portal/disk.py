"""How much room the disk under PORTAL_DATA has, and what gives way first: files, then new drafts, last what has begun."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

from sqlalchemy import text

from portal.config import settings
from portal.db import database, session

MEGABYTE = 1024 * 1024
# Bytes that must be free for a file to be taken, and for a report or a survey to be begun; on a small disk a share of it.
MIN_FREE_FOR_FILES = 1024 * MEGABYTE
MIN_FREE_FOR_DRAFTS, MIN_SHARE_FOR_DRAFTS = 256 * MEGABYTE, 0.1
# Deleting needs room too: SQLite writes every page that it empties to its log first, and cannot begin the log anew (at
# 4 MB) before the pages in it have found room in the database file.
RESERVE_SIZE = 16 * MEGABYTE
RESERVE = "reserve"


class NoRoom(Exception):
    """Nothing new is begun: what is left of the disk is for what has begun."""


def has_room_for_files() -> bool:
    return shutil.disk_usage(settings().data).free >= MIN_FREE_FOR_FILES


def check_room_for_draft() -> None:
    """Raises NoRoom. What SQLite has freed inside its file counts as free: new drafts go there first.

    With PostgreSQL on a disk of its own this says nothing about that disk.
    """
    free, wanted = _free_and_wanted()
    if free < wanted and (free < RESERVE_SIZE or free + _free_inside() < wanted):
        raise NoRoom


def gains_by_rewriting() -> bool:
    """Whether room is short, for drafts or the reserve, and rewriting the database file would give some back."""
    free, wanted = _free_and_wanted()
    return free < max(wanted, 2 * RESERVE_SIZE) and _free_inside() >= RESERVE_SIZE


def _free_and_wanted() -> tuple[int, float]:
    disk = shutil.disk_usage(settings().data)
    return disk.free, min(MIN_FREE_FOR_DRAFTS, disk.total * MIN_SHARE_FOR_DRAFTS)


def _free_inside() -> int:
    """Bytes of the database file that hold nothing any more."""
    if not database().is_sqlite:
        return 0
    pages, size = (session.scalar(text(f"PRAGMA {name}")) or 0 for name in ("freelist_count", "page_size"))
    return int(pages) * int(size)


def keep_reserve() -> None:
    """Have the reserve on the disk, where there is twice the room for it; the worker does it when it has tidied up."""
    path = _reserve()
    if _size_of(path) >= RESERVE_SIZE or shutil.disk_usage(path.parent).free < 2 * RESERVE_SIZE:
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        # Written, not only promised: a file with holes keeps no room.
        for _ in range(RESERVE_SIZE // MEGABYTE):
            os.write(handle, os.urandom(MEGABYTE))
        os.fsync(handle)
    except OSError as problem:
        if problem.errno != errno.ENOSPC:
            raise
        path.unlink()
    finally:
        os.close(handle)


def free_reserve_if_full() -> None:
    """Give the reserve back to the disk where less is left than it holds: what has passed its hour can then be deleted."""
    if shutil.disk_usage(settings().data).free < RESERVE_SIZE:
        with suppress(FileNotFoundError):
            _reserve().unlink()


def warnings() -> list[str]:
    """One sentence for the operator where files or new drafts are refused; empty where there is room."""
    free, wanted = _free_and_wanted()
    left = f"{free // MEGABYTE} MB"
    if free < wanted:
        return [
            f"Only {left} are free in {settings().data}: nobody can begin a report or add files until there is room."
        ]
    if free < MIN_FREE_FOR_FILES:
        return [
            f"Only {left} are free in {settings().data}: reports are taken, but no photos or other files "
            f"until {MIN_FREE_FOR_FILES // MEGABYTE} MB are free."
        ]
    return []


def _reserve() -> Path:
    path: Path = settings().data / RESERVE
    return path


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
