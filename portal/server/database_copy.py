"""A whole database in one SQLite file, and from such a file into either kind: how a backup is taken and put back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    Integer,
    RowMapping,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    event,
    func,
    insert,
    inspect,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB

from portal import migrations
from portal.db import Base, Database

ROWS_AT_ONCE = 500
CACHE_KILOBYTES = 64 * 1024
# What ends within the hour, and opens for a cookie only: no copy keeps it for weeks. With a draft go its files' rows.
OF_THE_MOMENT = ("draft", "staff_session", "staff_passkey_challenge", "limit_count", "limit_key", "shared_sign")
# Files and what is due to be deleted again are in a backup beside the database, and a large export is made anew.
ELSEWHERE = ("evidence_chunk", "export_chunk", "listed_deletion")
# One row of the vault is in every database that is used.
VAULT = "vault"


def copy_to_file(source: Database, path: Path) -> None:
    """All that is in the database at one moment, while others go on writing. `path` must not exist."""
    if source.is_sqlite:
        with closing(source.engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(path),))
    else:
        target = Database(f"sqlite:///{path}", threads=1)
        event.listen(target.engine, "connect", _hurry)
        try:
            migrations.migrate(target.engine)
            _copy_rows(source.engine, target.engine)
        finally:
            target.engine.dispose()
    _leave_out_the_moment(path)


def _hurry(connection: Any, _record: Any) -> None:
    """Write each row once and wait for no disk: a copy that is cut off in the middle is thrown away."""
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF", f"cache_size=-{CACHE_KILOBYTES}"):
        connection.execute(f"PRAGMA {pragma}")


def _leave_out_the_moment(path: Path) -> None:
    file = Database(f"sqlite:///{path}", threads=1)
    try:
        with file.engine.begin() as connection:
            for name in OF_THE_MOMENT:
                connection.execute(delete(Base.metadata.tables[name]))
        with closing(file.engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    finally:
        file.engine.dispose()


def copy_from_file(path: Path, target: Database) -> None:
    """Into an empty database, in one transaction; its tables are made first. The file has the newest shape."""
    source = Database(f"sqlite:///{path}", threads=1)
    try:
        migrations.migrate(target.engine)
        _copy_rows(source.engine, target.engine)
    finally:
        source.engine.dispose()


def is_empty(target: Database) -> bool:
    """Whether nothing is in it that somebody could miss: no tables, or no vault."""
    with target.engine.connect() as connection:
        if not inspect(connection).has_table(VAULT):
            return True
        return not connection.scalar(select(func.count()).select_from(Base.metadata.tables[VAULT]))


def count_rows(engine: Engine) -> dict[str, int]:
    """How many rows each table has that is copied."""
    with engine.connect() as connection:
        return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in _tables()}


def _tables() -> list[Table]:
    return [table for table in Base.metadata.sorted_tables if table.name not in ELSEWHERE]


def _copy_rows(source: Engine, target: Engine) -> None:
    """Each table in the order of its keys, which are random: a row's place tells nothing of when it came."""
    moment = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if not _is_sqlite(source) else {}
    with source.connect().execution_options(**moment) as reading, target.begin() as writing:
        for table in reversed(_tables()):
            writing.execute(delete(table))  # rows that migrations add
        for table in _tables():
            _copy_table(table, reading, writing)


def _copy_table(table: Table, reading: Connection, writing: Connection) -> None:
    wanted = select(*(_read(column, reading) for column in table.c)).order_by(*table.primary_key)
    put = insert(table).values({column.name: _written(column, writing) for column in table.c})
    rows = reading.execution_options(yield_per=ROWS_AT_ONCE).execute(wanted)
    for part in rows.mappings().partitions():
        writing.execute(put, [_named(row) for row in part])
    if not _is_sqlite(writing.engine):
        _go_on_counting(table, writing)


def _named(row: RowMapping) -> dict[str, Any]:
    return {f"put_{name}": value for name, value in row.items()}


def _read(column: Column[Any], connection: Connection) -> Any:
    """JSON as its text: a stored `null` is another thing than nothing stored."""
    if not isinstance(column.type, JSON):
        return column
    as_text = type_coerce(column, Text) if _is_sqlite(connection.engine) else cast(column, Text)
    return as_text.label(column.name)


def _written(column: Column[Any], connection: Connection) -> Any:
    if not isinstance(column.type, JSON):
        return bindparam(f"put_{column.name}", type_=column.type)
    as_text = bindparam(f"put_{column.name}", type_=Text())
    return type_coerce(as_text, Text) if _is_sqlite(connection.engine) else cast(as_text, JSONB)


def _go_on_counting(table: Table, writing: Connection) -> None:
    """PostgreSQL numbers new rows from where the copied ones end."""
    column = table.autoincrement_column
    if column is None or not isinstance(column.type, Integer):
        return
    counter = writing.scalar(
        text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
    )
    newest = writing.scalar(select(func.max(column)))
    if counter and newest:
        writing.execute(select(func.setval(counter, newest)))


def _is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"
