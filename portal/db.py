"""The database: one session a request, one writer at a time on SQLite, the same code on PostgreSQL."""

from __future__ import annotations

import enum
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g
from sqlalchemy import JSON, DateTime, Dialect, Engine, LargeBinary, MetaData, String, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeDecorator, TypeEngine
from werkzeug.local import LocalProxy

from portal.flock import exclusive

LOCAL_TIME = ZoneInfo("Europe/London")
# Seconds for which a writer waits for the others on SQLite, and then for a program that is not ours and holds the database.
WRITER_TIMEOUT = 10.0
BUSY_TIMEOUT = 5.0


class UTCDateTime(TypeDecorator[datetime]):
    """A moment, always aware and in UTC: SQLite forgets the zone, PostgreSQL keeps it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class RandomId(TypeDecorator[uuid.UUID]):
    """A random key as 16 bytes: it tells nothing of the order in which rows came."""

    impl = LargeBinary(16)
    cache_ok = True

    def process_bind_param(self, value: uuid.UUID | None, dialect: Dialect) -> bytes | None:
        return value.bytes if value is not None else None

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> uuid.UUID | None:
        return uuid.UUID(bytes=bytes(value)) if value is not None else None


class Word(TypeDecorator[enum.StrEnum]):
    """A closed vocabulary, stored as its word. A word is retired by no longer offering it, never by taking it out."""

    impl = String(40)
    cache_ok = True

    def __init__(self, words: type[enum.StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: enum.StrEnum | None, dialect: Dialect) -> str | None:
        return self.words(value).value if value is not None else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> enum.StrEnum | None:
        return self.words(value) if value is not None else None


# A list or a record that is read and written whole. Replace it to change it: a change inside goes unnoticed.
Stored = JSON().with_variant(postgresql.JSONB(), "postgresql")

# SQLite's hidden rowid would tell who wrote before whom: tables about residents do without it.
UNORDERED = {"sqlite_with_rowid": False}


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, TypeEngine[Any] | type[TypeEngine[Any]]]] = {
        datetime: UTCDateTime(),
        uuid.UUID: RandomId(),
        bytes: LargeBinary(),
    }


def random_id() -> uuid.UUID:
    return uuid.uuid4()


def utcnow() -> datetime:
    return datetime.now(UTC)


class Database:
    """An engine with its sessions; on SQLite also the lock file that queues the writers."""

    def __init__(self, url: str, threads: int) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.lock_path = Path(f"{parsed.database}-writer") if self.is_sqlite else None
        self.engine = _sqlite_engine(url, threads) if self.is_sqlite else _postgres_engine(url, threads)
        # For what is asked in the midst of a transaction: were it from the pool, all could hold one and wait for another.
        self.beside = self.engine if self.is_sqlite else _postgres_engine(url, 0)
        self.sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def writer(self, timeout: float | None = None) -> Iterator[None]:
        """Wait until no other process or thread writes to SQLite, `timeout` seconds or the usual. Raises TimeoutError.

        SQLite's own busy handler sleeps and polls, so eight writers see a p99 of hundreds of milliseconds; a lock file
        is handed over at once, and the kernel frees it when its holder is killed.
        """
        if self.lock_path is None:
            yield
            return
        with exclusive(self.lock_path, WRITER_TIMEOUT if timeout is None else timeout):
            yield


def _postgres_engine(url: str, threads: int) -> Engine:
    """A server that is cut off is given up within seconds; of several in the address the one that takes writing is used.

    Without threads it keeps no connection.
    """
    usual = {
        "connect_timeout": "2",
        "keepalives_idle": "2",
        "keepalives_interval": "1",
        "keepalives_count": "2",
        "tcp_user_timeout": "4000",
        "target_session_attrs": "read-write",
        # The same from the server's side: what a machine that vanished holds locked, others would wait for, for hours.
        "options": "-c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3 -c tcp_user_timeout=4000",
    }
    given = make_url(url).query
    connect_args = {name: value for name, value in usual.items() if name not in given}
    if "options" in given:
        # Beside ours, not in their place; of what both set, the operator's is read last.
        theirs = given["options"]
        connect_args["options"] = " ".join([usual["options"], *([theirs] if isinstance(theirs, str) else theirs)])
    if not threads:
        return create_engine(url, poolclass=NullPool, connect_args=connect_args)
    # A thread that holds a line of portal/limits.py has a second one.
    return create_engine(
        url, pool_size=threads, max_overflow=threads + 2, pool_pre_ping=True, connect_args=connect_args
    )


# What PostgreSQL says of a question that took longer than it may.
GAVE_UP = "57014"


def has_given_up(problem: Exception) -> bool:
    """Whether the database stopped in the midst because it took too long: it would again."""
    return isinstance(problem, DBAPIError) and getattr(problem.orig, "sqlstate", None) == GAVE_UP


def limit_statements(engine: Engine, seconds: float) -> None:
    """Have PostgreSQL give up what takes longer, on connections that are opened from now on: of whoever answers pages."""

    @event.listens_for(engine, "connect")
    def limit(connection: Any, _record: Any) -> None:
        # Outside of any transaction, or it would be taken back with it.
        connection.autocommit = True
        connection.execute(f"SET statement_timeout = {seconds * 1000:.0f}")
        connection.autocommit = False


def _sqlite_engine(url: str, threads: int) -> Engine:
    # The connection that was used last knows the pages and the statements best.
    engine = create_engine(url, pool_size=threads, pool_use_lifo=True, connect_args={"timeout": BUSY_TIMEOUT})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        if connection.execute("PRAGMA page_count").fetchone() == (0,):
            # See portal/server/sqlite_rewriting.py. Of a file that is there it would write: whoever only reads would wait for
            # whoever writes, and on a full disk nobody could connect.
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "trusted_schema=OFF",
            f"busy_timeout={BUSY_TIMEOUT * 1000:.0f}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("writes"):
            _tell(connection, "BEGIN")
            return
        # A connection is used again: each writer says what it needs, or a report would be stored like a draft.
        level = "FULL" if options.get("durable", True) else "NORMAL"
        if connection.info.get("synchronous", "FULL") != level:
            _tell(connection, f"PRAGMA synchronous={level}")
            connection.info["synchronous"] = level
        _tell(connection, "BEGIN IMMEDIATE")

    return engine


def _tell(connection: Connection, word: str) -> None:
    """Run what has neither values nor rows: the driver does it in a fifth of the time. Raises as any statement does."""
    try:
        connection.connection.execute(word)
    except sqlite3.Error as problem:
        raise DBAPIError.instance(word, None, problem, sqlite3.Error) from problem


def database() -> Database:
    found: Database = current_app.extensions["database"]
    return found


def _current_session() -> Session:
    if "database_session" not in g:
        let_go("database_connection")
        g.database_session = database().sessions()
    session: Session = g.database_session
    return session


def let_go(name: str) -> None:
    """Close the request's session, or what it has instead: see portal/statements.py."""
    held: Session | Connection | None = g.pop(name, None)
    if held is None:
        return
    try:
        held.close()
    except DBAPIError:
        # The server went away while it was open: what was not stored is not, and the page has said so.
        held.invalidate()


session: Session = LocalProxy(_current_session)  # type: ignore[assignment]


@contextmanager
def transaction(*, durable: bool = True, timeout: float | None = None) -> Iterator[Session]:
    """Do one user action: everything in it is stored, or nothing. The only way to write.

    What was read before is read afresh inside, so a decision is never made on an old row.

    What is not `durable` outlives the death of every process, but on SQLite not a loss of power in the next moments: it
    does not wait for the disk. It is stored whole or not at all, and the next durable transaction takes it to the disk.
    Raises TimeoutError where SQLite's other writers are not done within `timeout` seconds, or the usual ones.
    """
    current = _current_session()
    current.expire_all()
    with whole(current, timeout):
        current.connection(execution_options={"writes": True, "durable": durable})
        yield current


@contextmanager
def whole(current: Session | Connection, timeout: float | None = None) -> Iterator[None]:
    """Stand in the writers' line; then all that is done over `current` is stored, or nothing."""
    if g.get("database_writing"):
        raise RuntimeError("one user action is one transaction")
    # Before the line, not in it: whoever waits while still reading holds up SQLite's nightly rewriting, which waits for them.
    current.rollback()
    with database().writer(timeout):
        g.database_writing = True
        try:
            yield
            current.commit()
        except BaseException:
            current.rollback()
            raise
        finally:
            g.database_writing = False


Row = TypeVar("Row", bound=Base)


class NotThere(LookupError):
    """The row that a page is about is gone: it was deleted after the page was opened. Answered as an unknown address is."""


def existing(db: Session, model: type[Row], row_id: Any, **how: Any) -> Row:
    """As `Session.get`, for what may have been deleted meanwhile. Raises NotThere."""
    row = db.get(model, row_id, **how)
    if row is None:
        raise NotThere(model.__tablename__)
    return row


def upsert(
    db: Session | Connection, model: type[Base], key: dict[str, Any], values: dict[str, Any], add: dict[str, int]
) -> None:
    """Insert the row, or add to the numbers of the one that is there; two writers never collide."""
    db.execute(_upsert(database().is_sqlite, model, tuple(key), tuple(add.items())), key | values)


@lru_cache
def _upsert(is_sqlite: bool, model: type[Base], key: tuple[str, ...], add: tuple[tuple[str, int], ...]) -> Any:
    """Built once: that takes four times as long as running it."""
    insert = sqlite.insert if is_sqlite else postgresql.insert
    table = Base.metadata.tables[model.__tablename__]
    raised = {name: table.c[name] + by for name, by in add}
    return insert(table).on_conflict_do_update(index_elements=key, set_=raised)


def init_app(app: Flask, url: str, threads: int) -> None:
    """`threads` may ask for a connection at once."""
    app.extensions["database"] = Database(url, threads)

    @app.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        let_go("database_connection")
        let_go("database_session")


def next_midnight(now: datetime) -> datetime:
    """When the day in the partnership's place ends."""
    return datetime.combine(now.astimezone(LOCAL_TIME).date() + timedelta(days=1), time(), LOCAL_TIME).astimezone(UTC)


def today() -> date:
    """The day in the partnership's place: a report sent at ten past midnight in July counts for the new day."""
    return datetime.now(LOCAL_TIME).date()
