"""PostgreSQL's tables are rewritten so that neither a row's place nor a number that PostgreSQL gave it tells when it came.

First every row is written anew, a few neighbours by their random keys at a time: so they share a transaction's number, and
their long texts, which PostgreSQL keeps apart under numbers that count upwards, are numbered in the order of the keys. Then
each table is put in that order as a whole, which leaves nothing of what was deleted in its file: for so long nobody reads
or writes this one table.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterator
from typing import Any

from sqlalchemy import JSON, LargeBinary, String, Table, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from portal.db import LOCAL_TIME, Base, Database, has_given_up, utcnow

# In one transaction, as much as is written in some tenths of a second.
ROWS_AT_ONCE = 1000
# Seconds for which it waits for whoever holds a table: those who come meanwhile wait behind it. After one second PostgreSQL
# breaks off a tidying of its own (autovacuum) that stands in the way.
LOCK_TIMEOUT = 1.5
# Seconds until it asks for that table again, and after which it gives up: a backup reads all of them for some minutes.
PAUSE, PATIENCE = 2.0, 1800.0
# Somebody holds the table, or each waits for the other.
BUSY = {"55P03", "40P01"}
# Bytes of a table beyond which putting it in order takes seconds, for which people would wait: that is for the night.
LARGE = 256 * 1024 * 1024
NIGHT_ENDS_AT = 5
# Seconds after which even that is given up, for pages that wait give up after twenty: the rows that are there tell nothing all the
# same, and old copies of them stay in the file until their room is used again.
LONGEST = 15.0
# Pieces of files are too many to write anew each night; the room of those that were deleted is used again.
PIECES = ("evidence_chunk", "export_chunk")
# What is sealed stays unreadable once its key is gone: these wait for no night.
TABLES_OF_KEYS = {"key_grant", "membership", "unlock"}

Key = tuple[Any, ...]


def steps(found: Database, first: Collection[str]) -> Iterator[None]:
    """Rewrite the tables with these names and then residents' other ones; by day large ones are left for the night.

    Raises DBAPIError where somebody holds one of them for too long.
    """
    others = [
        table.name
        for table in Base.metadata.sorted_tables
        if table.dialect_options["sqlite"]["with_rowid"] is False and table.name not in {*first, *PIECES}
    ]
    due = [Base.metadata.tables[name] for name in [*first, *others] if _is_due(found, name)]
    for table in due:
        yield from _write_anew(found, table)
    for table in due:
        yield from _when_free(lambda table=table: _put_in_order(found, table.name))  # type: ignore[misc]
        yield
    with found.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM {', '.join(PIECES)}"))


def _is_due(found: Database, name: str) -> bool:
    if name in TABLES_OF_KEYS or utcnow().astimezone(LOCAL_TIME).hour < NIGHT_ENDS_AT:
        return True
    with found.engine.connect() as connection:
        size = connection.scalar(text("SELECT pg_total_relation_size(CAST(:name AS regclass))"), {"name": name})
    return bool(size <= LARGE)


def _when_free(act: Callable[[], Key | None]) -> Generator[None, None, Key | None]:
    ends_at = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except DBAPIError as problem:
            if getattr(problem.orig, "sqlstate", None) not in BUSY or time.monotonic() > ends_at:
                raise
        yield
        time.sleep(PAUSE)


def _write_anew(found: Database, table: Table) -> Iterator[None]:
    lots, after = _Lots(table), None
    while True:
        after = yield from _when_free(lambda after=after: lots.write(found, after))  # type: ignore[misc]
        yield
        if after is None:
            return


def _put_in_order(found: Database, name: str) -> None:
    with found.engine.begin() as connection:
        _wait_for_a_moment(connection)
        # The owner alone may; where the pages have a role of their own, deploy/roles.sql gives it this one thing.
        is_asked = connection.scalar(text("SELECT to_regprocedure('rewrite_in_key_order(text)') IS NOT NULL"))
        rewrite = f"SELECT rewrite_in_key_order('{name}')" if is_asked else f"CLUSTER {name} USING pk_{name}"
        connection.execute(text(f"SET LOCAL statement_timeout = {LONGEST * 1000:.0f}"))
        try:
            with connection.begin_nested():
                connection.execute(text(rewrite))
        except DBAPIError as problem:
            if not has_given_up(problem):
                raise


def _wait_for_a_moment(connection: Connection) -> None:
    connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT * 1000:.0f}"))


class _Lots:
    """The statements of one table; the names in them are our own."""

    def __init__(self, table: Table) -> None:
        keys = [each.name for each in table.primary_key]
        key = ", ".join(keys)
        self.lock = f"LOCK TABLE {table.name} IN EXCLUSIVE MODE"
        self.after = f"({key}) > ({', '.join(f':after_{number}' for number in range(len(keys)))})"
        self.until = f"({key}) <= ({', '.join(f':until_{number}' for number in range(len(keys)))})"
        self.find = f"SELECT {key} FROM {table.name} {{}} ORDER BY {key} LIMIT {ROWS_AT_ONCE}"  # noqa: S608
        written = [f"{keys[0]} = {keys[0]}", *(_anew(each) for each in table.columns if each.name not in keys)]
        self.write_anew = f"UPDATE {table.name} SET {', '.join(filter(None, written))} WHERE {self.until}"  # noqa: S608

    def write(self, found: Database, after: Key | None) -> Key | None:
        """Those that come after a key; the last of them, or None where there were no more."""
        with found.engine.begin() as connection:
            _wait_for_a_moment(connection)
            # In the order of their keys, by their index: otherwise in the order in which they lie, which is that in which they came.
            for way in ("seqscan", "bitmapscan"):
                connection.execute(text(f"SET LOCAL enable_{way} = off"))
            # Row by row beside somebody who counts a report, each could wait for the other; so it waits until it is alone
            # with one table, and holds no other meanwhile. Whoever only reads is not held up.
            connection.execute(text(self.lock))
            given = {f"after_{number}": value for number, value in enumerate(after or ())}
            lot = connection.execute(text(self.find.format(f"WHERE {self.after}" if after else "")), given).all()
            if lot:
                given |= {f"until_{number}": value for number, value in enumerate(lot[-1])}
                connection.execute(text(f"{self.write_anew} AND {self.after}" if after else self.write_anew), given)
        return tuple(lot[-1]) if len(lot) == ROWS_AT_ONCE else None


def _anew(column: Any) -> str:
    """What lies apart for its length is taken along as it is, with its number, unless it is made anew."""
    match column.type:
        case LargeBinary() | String():
            return f"{column.name} = {column.name} || ''"
        case JSON():
            return f"{column.name} = CAST(CAST({column.name} AS text) AS jsonb)"
    return ""
