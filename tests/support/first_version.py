"""What the first version of the portal left on its disk, and rows of any kind for the tables of every version since.

`first_version.zip` was made by that version's own code, of 22 November 2026: its sample, two reports sent page by page (one of
which raised an alert), one that was only begun, and an officer who had signed in. Every table it had has a row.
"""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, MetaData, Table, create_engine, func, insert, inspect, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import JSON, Boolean, Date, DateTime, Integer, LargeBinary, Numeric, String

from portal import migrations

LEFT = Path(__file__).with_name("first_version.zip")
FIRST = "0001"
OFFICER, PASSWORD, AUTHENTICATOR = "amina", "zigobe-giburu-tuteri-lesapo", "EJRY6W7WCNC5NB3ESWDYOBO37H2M2APG"
RECEIPT, NARRATIVE = "0274834608296942", "They broke the blue gate and shouted until we went in."
ALERTED = "4416757540318686"
# Of this table the migrations themselves keep the one row.
OWN = "alembic_version"
numbers = itertools.count(1000)


def unpack(data: Path) -> None:
    """Put the first version's data folder there: database, partnership file and secrets."""
    with zipfile.ZipFile(LEFT) as left:
        left.extractall(data)
    (data / "secrets").chmod(0o700)


def load(data: Path, engine: Engine) -> None:
    """Put the first version's rows into an empty database of the other kind, in the shape that they had."""
    upgrade(engine, FIRST)
    source = create_engine(f"sqlite:///{data / 'portal.db'}")
    tables = reflected(engine)
    with source.connect() as reading, engine.begin() as writing:
        for table in reversed(tables):
            writing.execute(table.delete())
        for table in tables:
            rows = reading.execute(select(Table(table.name, MetaData(), autoload_with=source))).mappings()
            for row in rows:
                writing.execute(insert(table), {name: _aware(value) for name, value in row.items()})
    source.dispose()


def _aware(value: object) -> object:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def upgrade(engine: Engine, revision: str) -> None:
    command.upgrade(migrations._config(engine), revision)


def revisions(engine: Engine) -> list[str]:
    """Each, the oldest first."""
    found = ScriptDirectory.from_config(migrations._config(engine)).walk_revisions()
    return [each.revision for each in found][::-1]


def reflected(engine: Engine) -> list[Table]:
    """The tables that are there, each after those that it points to."""
    found = MetaData()
    found.reflect(engine)
    return [table for table in found.sorted_tables if table.name != OWN]


def count_rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in reflected(engine)
        }


def fill(engine: Engine) -> list[str]:
    """Give each table that has no row one of its own; which none could be made for."""
    left = []
    for table in reflected(engine):
        with engine.connect() as connection:
            if connection.scalar(select(func.count()).select_from(table)):
                continue
        if not any(_is_taken(engine, table, row) for row in _rows_for(engine, table)):
            left.append(table.name)
    return left


def _is_taken(engine: Engine, table: Table, row: dict[str, Any]) -> bool:
    try:
        with engine.begin() as connection:
            connection.execute(insert(table), row)
    except DBAPIError:
        return False
    return True


def _rows_for(engine: Engine, table: Table) -> Iterator[dict[str, Any]]:
    """What a row may look like: of what may be empty nothing, all, or one, whichever the table's own rules allow."""
    may_be_empty = [column.name for column in table.c if column.nullable]
    whole = {column.name: _value(engine, column) for column in table.c}
    yield {name: value for name, value in whole.items() if name not in may_be_empty}
    yield whole
    for one in may_be_empty:
        yield {name: value for name, value in whole.items() if name == one or name not in may_be_empty}
    for one in may_be_empty:
        yield {name: value for name, value in whole.items() if name != one}


def _value(engine: Engine, column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        with engine.connect() as connection:
            return connection.scalar(select(key.column).limit(1))
    number = next(numbers)
    match column.type:
        case Boolean():
            return False
        case JSON() | JSONB():
            return {}
        case DateTime():
            return datetime(2026, 11, 22, 18, tzinfo=UTC)
        case Date():
            return date(2026, 11, 1)
        case Integer():
            return 1
        case Numeric():
            return 1
        case LargeBinary():
            return number.to_bytes(16, "big")
        case String():
            return f"{number}"[: column.type.length]
    raise AssertionError(f"a row of {column.table.name} needs a {column.type}")


def has_table(engine: Engine, name: str) -> bool:
    return inspect(engine).has_table(name)
