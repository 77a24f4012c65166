"""The ids of what residents had deleted, in a file beside the database: an older database put back loses it again.

Machines that share PostgreSQL share the list as rows too, so that each has all of it in its file: see keep_whole().
"""

from __future__ import annotations

import logging
import os
import re
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import settings
from portal.db import UNORDERED, Base, database, session
from portal.reporting.models import DeletedReport

_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_AT_ONCE = 1000

log = logging.getLogger(__name__)


class ListedDeletion(Base):
    """One id on the list that machines share; on SQLite there are none."""

    __tablename__ = "listed_deletion"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


def list_deleted(deleted_id: uuid.UUID) -> None:
    """So that a restored copy does not bring it back. Of a report once it is gone, of which a row is left: see complete_list()."""
    _write([deleted_id])
    _share([deleted_id])


def keep_whole() -> None:
    """Bring into this machine's file what was deleted through others, and to them what only it has."""
    if database().is_sqlite:
        return
    here, shared = set(ids_in(_path())), _shared()
    _write(sorted(shared - here))
    _share(sorted(here - shared))


def _write(ids: list[uuid.UUID]) -> None:
    handle = os.open(_path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(as_written(ids))
        file.flush()
        os.fsync(file.fileno())


def _share(ids: list[uuid.UUID]) -> None:
    """Stored whatever becomes of the caller's transaction, if there is one."""
    if database().is_sqlite or not ids:
        return
    with database().beside.begin() as connection:
        for first in range(0, len(ids), _AT_ONCE):
            rows = [{"id": each} for each in ids[first : first + _AT_ONCE]]
            connection.execute(insert(ListedDeletion).on_conflict_do_nothing(), rows)


def _shared() -> set[uuid.UUID]:
    return set() if database().is_sqlite else set(session.scalars(select(ListedDeletion.id)))


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


def complete_list() -> None:
    """Add the reports that are gone and not listed: whatever broke off before they were, or a disk was full."""
    for report_id in sorted(_gone() - set(ids_in(_path())) - _shared()):
        list_deleted(report_id)


def _gone() -> set[uuid.UUID]:
    return set(session.scalars(select(DeletedReport.report_id)))


def listed_as_deleted() -> list[uuid.UUID]:
    """In the order in which they were deleted here, then what was through other machines, then what was not listed yet."""
    here = ids_in(_path())
    return here + sorted((_shared() | _gone()) - set(here))


def as_written(ids: Iterable[uuid.UUID]) -> bytes:
    """As they stand in the file."""
    return "".join(f"{each}\n" for each in ids).encode()


def ids_in(path: Path) -> list[uuid.UUID]:
    """None where there is no such list."""
    return [uuid.UUID(found) for found in _ID.findall(path.read_text(encoding="ascii"))] if path.exists() else []


def _path() -> Path:
    data: Path = settings().data
    return data / "deleted-reports"
