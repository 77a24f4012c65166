"""Which of several workers does the work: whoever holds the lock. The others wait, and take over when it is free.

On SQLite it is a file's lock. On PostgreSQL it is an advisory lock of a connection that also says every two seconds that
its worker lives: a worker that died frees it at once, one that is cut off when PostgreSQL gives its connection up, and one
that hangs has its connection ended by whoever waits.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from portal.config import settings
from portal.db import Database, database
from portal.flock import one_of
from portal.shared_signs import Sign, set_sign

WORKER_LOCK = 1402
LIFE_EVERY = 2.0
# Seconds without a sign of life after which a worker counts as hanging, by the database's clock.
HANGS_AFTER = 7.0
ASK_EVERY = 1.0
# Seconds that one look may take (it makes exports and rewrites tables) before its worker no longer says that it lives.
LONGEST_LOOK = 3600.0

log = logging.getLogger(__name__)


class Lead:
    """The lead of the one worker at work; `is_looking_since` is set anew with each of its looks."""

    def __init__(self) -> None:
        self.is_looking_since = time.monotonic()

    def looks(self) -> None:
        self.is_looking_since = time.monotonic()


@contextmanager
def lead(stop: threading.Event, is_over: Callable[[], bool]) -> Iterator[Lead | None]:
    """Wait for the lead and hold it; None where the worker was told to stop before it had it."""
    if database().is_sqlite:
        yield from _lead_on_sqlite(is_over)
    else:
        yield from _lead_on_postgres(database(), stop, is_over)


def _lead_on_sqlite(is_over: Callable[[], bool]) -> Iterator[Lead | None]:
    lines = [settings().data / "worker.lock"]
    try:
        with one_of(lines, patience=0):
            yield Lead()
            return
    except TimeoutError:
        log.warning("another worker is at work here: this one waits")
    try:
        with one_of(lines, patience=float("inf"), is_given_up=is_over):
            yield Lead()
    except TimeoutError:
        yield None


def _lead_on_postgres(found: Database, stop: threading.Event, is_over: Callable[[], bool]) -> Iterator[Lead | None]:
    while not is_over():
        connection = _connection_with_lock(found)
        if connection is not None:
            held, is_left = Lead(), threading.Event()
            teller = threading.Thread(target=_say_that_it_lives, args=(connection, held, is_left), daemon=True)
            teller.start()
            try:
                yield held
            finally:
                is_left.set()
                teller.join()
                connection.invalidate()
                connection.close()
            return
        stop.wait(ASK_EVERY)
    yield None


def _connection_with_lock(found: Database) -> Connection | None:
    """None where another holds it, or the database is away."""
    with suppress(DBAPIError), ExitStack() as opened:
        connection = opened.enter_context(found.engine.connect()).execution_options(isolation_level="AUTOCOMMIT")
        if _is_taken(connection):
            opened.pop_all()  # it stays open as long as this process
            return connection
    return None


def _is_taken(connection: Connection) -> bool:
    """Take the lock; where its holder gives no sign of life, end that connection, so that it is free the next time.

    One that PostgreSQL cannot reach it gives up by itself: see portal/db.py.
    """
    if connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": WORKER_LOCK}):
        set_sign(connection, Sign.WORKER)
        return True
    connection.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN shared_sign ON name = 'worker'"
            " WHERE locktype = 'advisory' AND classid = 0 AND objid = :lock AND objsubid = 1 AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND at < clock_timestamp() - :patience"
        ),
        {"lock": WORKER_LOCK, "patience": timedelta(seconds=HANGS_AFTER)},
    )
    return False


def _say_that_it_lives(connection: Connection, held: Lead, is_left: threading.Event) -> None:
    """As long as it does. Without the lock another is at work, so this process ends at once; whoever started it starts it anew."""
    while time.monotonic() - held.is_looking_since < LONGEST_LOOK:
        try:
            connection.execute(
                text("UPDATE shared_sign SET at = clock_timestamp() WHERE name = 'worker'"),
            )
        except SQLAlchemyError:
            break
        if is_left.wait(LIFE_EVERY):
            return
    log.error("the worker lost its lock, or hung: it ends")
    os._exit(1)
