"""SQLite's file is rewritten a little at a time, so that a row's place in it tells nothing and nobody waits long for it.

Rewriting the whole at once (VACUUM) holds up whoever writes: five gigabytes for two minutes. So a few rows of one
table, neighbours by their random keys, are taken out and put back in an order that is drawn anew. They take each other's
places: what a place told of when its row came is then told of another row. The pages that they leave are overwritten with
zeros, and with them what was left there of rows that were deleted.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from random import SystemRandom
from sqlite3 import Cursor
from typing import Any

from sqlalchemy import LargeBinary, Table

from portal.db import BUSY_TIMEOUT, Base, Database

# In one transaction, as much as is written in some tenths of a second.
ROWS_AT_ONCE, BYTES_AT_ONCE, PAGES_AT_ONCE = 2000, 4 * 1024 * 1024, 1000
# Seconds between two of them, for whoever waits to write: the kernel hands the lock to nobody by itself.
PAUSE = 0.05
# Pages in the log that somebody who still reads holds there: beyond that the rewriting waits for them, at most so many seconds.
MOST_IN_LOG, PATIENCE = 16_384, 600.0
# Seconds for which a cut of the log waits for readers, while writers wait for it.
CUT_TIMEOUT = 0.5

Key = tuple[Any, ...]
_drawn = SystemRandom()


def steps(found: Database, also: Collection[str]) -> Iterator[None]:
    """Rewrite the residents' tables and `also` those with these names; a step takes less than a second.

    Room that is free inside the file is given back to the disk. Raises TimeoutError where somebody reads on for too long.
    """
    yield from _shrink(found)
    for table in Base.metadata.sorted_tables:
        if table.dialect_options["sqlite"]["with_rowid"] is False or table.name in also:
            yield from _move(found, table)
    yield from _shrink(found)
    yield from _cut_log(found)


def _move(found: Database, table: Table) -> Iterator[None]:
    rows = _Rows(table)
    after: Key | None = None
    while True:
        with _writing(found) as cursor:
            after = rows.move_some(cursor, after)
        with _reading(found) as cursor:
            (_busy, in_log, stored) = cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        yield
        if after is None:
            return
        time.sleep(PAUSE)
        if in_log - stored > MOST_IN_LOG:
            yield from _cut_log(found)


def _shrink(found: Database) -> Iterator[None]:
    with _reading(found) as cursor:
        (free,) = cursor.execute("PRAGMA freelist_count").fetchone()
    for _step in range(-(-free // PAGES_AT_ONCE)):
        with found.writer(), _reading(found) as cursor:
            # As a script: of a statement without columns Python takes one step, and each gives back one page.
            cursor.executescript(f"PRAGMA incremental_vacuum({PAGES_AT_ONCE})")
        yield
        time.sleep(PAUSE)


def _cut_log(found: Database) -> Iterator[None]:
    """The log holds pages as they were; it can be cut when nobody reads from it any more."""
    ends_at = time.monotonic() + PATIENCE
    while True:
        with found.writer(), _reading(found) as cursor:
            cursor.execute(f"PRAGMA busy_timeout={CUT_TIMEOUT * 1000:.0f}")
            try:
                (is_busy, _in_log, _stored) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT * 1000:.0f}")
        yield
        if not is_busy:
            return
        if time.monotonic() > ends_at:
            raise TimeoutError
        time.sleep(CUT_TIMEOUT)


class _Rows:
    """The statements of one table; the names in them are our own."""

    def __init__(self, table: Table) -> None:
        names = [column.name for column in table.primary_key]
        key, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
        large = [f'coalesce(length("{c.name}"), 0)' for c in table.columns if isinstance(c.type, LargeBinary)]
        self.count = len(names)
        self.size = f'SELECT {key}, {" + ".join(large) or "0"} FROM "{table.name}"'  # noqa: S608
        self.order = f"ORDER BY {key} LIMIT {ROWS_AT_ONCE + 1}"
        self.after, self.until = f"({key}) > ({marks})", f"({key}) <= ({marks})"
        # All columns that the file has: a newer portal may have added some while this process still runs.
        self.name, self.read = table.name, f'SELECT * FROM "{table.name}"'  # noqa: S608
        self.delete = f'DELETE FROM "{table.name}"'  # noqa: S608

    def move_some(self, cursor: Cursor, after: Key | None) -> Key | None:
        """Those that come after a key, in a new order; the last of them, or None where there were no more."""
        where, given = (f"WHERE {self.after}", after) if after is not None else ("", ())
        found = cursor.execute(f"{self.size} {where} {self.order}", given).fetchall()
        keys = self._chosen(found)
        if len(keys) < len(found) or after is not None:
            if not keys:
                return None
            if after is None:
                # Not the same neighbours each night.
                keys = keys[: 1 + _drawn.randrange(len(keys))]
            where = f"WHERE {self.until}" + (f" AND {self.after}" if after is not None else "")
            self._move(cursor, where, (*keys[-1], *(after or ())))
            return keys[-1]
        # All of them: without a condition SQLite empties the pages themselves.
        self._move(cursor, "", ())
        return None

    def _chosen(self, found: Sequence[Key]) -> list[Key]:
        keys: list[Key] = []
        size = 0
        for row in found[:ROWS_AT_ONCE]:
            size += row[self.count]
            if keys and size > BYTES_AT_ONCE:
                break
            keys.append(row[: self.count])
        return keys

    def _move(self, cursor: Cursor, where: str, given: Key) -> None:
        rows = cursor.execute(f"{self.read} {where}", given).fetchall()
        names = [name for name, *_ in cursor.description]
        columns, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
        cursor.execute(f"{self.delete} {where}", given)
        _drawn.shuffle(rows)
        cursor.executemany(f'INSERT INTO "{self.name}" ({columns}) VALUES ({marks})', rows)  # noqa: S608


@contextmanager
def _reading(found: Database) -> Iterator[Cursor]:
    with closing(found.engine.raw_connection()) as connection:
        yield connection.cursor()  # type: ignore[misc]


@contextmanager
def _writing(found: Database) -> Iterator[Cursor]:
    """One transaction; a row that is taken out to be put back takes nothing with it that hangs on it."""
    with found.writer(), _reading(found) as cursor:
        cursor.execute("PRAGMA foreign_keys=OFF")
        try:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
        finally:
            cursor.execute("PRAGMA foreign_keys=ON")
