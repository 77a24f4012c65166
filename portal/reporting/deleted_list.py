"""The ids of what residents had deleted, in a file beside the database: an older database put back loses it again."""

from __future__ import annotations

import logging
import os
import re
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

from portal.config import settings
from portal.db import session

_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

log = logging.getLogger(__name__)


def list_deleted(deleted_id: uuid.UUID) -> None:
    """Before it is gone from the database: whatever breaks in between, a restored copy does not bring it back."""
    handle = os.open(_path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(f"{deleted_id}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def delete_each(report_ids: Iterable[uuid.UUID], delete: Callable[[uuid.UUID], bool]) -> int:
    """How many were deleted. One that cannot be is logged, by neither its id nor what is in it, and holds up no other."""
    gone = 0
    for report_id in report_ids:
        try:
            gone += delete(report_id)
        except Exception as error:
            session.rollback()
            log.error("what is due could not be deleted; it is tried again", exc_info=error)
    return gone


def listed_as_deleted() -> list[uuid.UUID]:
    return ids_in(_path())


def ids_in(path: Path) -> list[uuid.UUID]:
    """None where there is no such list."""
    return [uuid.UUID(found) for found in _ID.findall(path.read_text(encoding="ascii"))] if path.exists() else []


def _path() -> Path:
    data: Path = settings().data
    return data / "deleted-reports"
