"""Public pages are read from a copy of the database, where there is one that knows all that was published.

The copy is a streaming replica, which may be behind or away: then the page is made from the database itself, as every other.
What a page says and the mark that tells how new it is are read in one transaction, so they are of one moment.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from flask import Flask, current_app
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.db import database
from portal.shared_signs import Sign, mark_of, mark_over
from portal.statements import reading_over

# Seconds within which the copy must be there.
PATIENCE = 0.8
# Seconds for which one that failed is left alone, and for which one may take over a whole page.
RESTS_FOR = 5.0
LONGEST_PAGE = 10.0

_rests_until: dict[Engine, float] = {}

Answer = TypeVar("Answer")


def _copy_engine(url: str, threads: int) -> Engine:
    """A copy that is cut off is given up within a second: whoever waits is answered from the database itself."""
    usual = {
        "connect_timeout": "2",
        "keepalives_idle": "1",
        "keepalives_interval": "1",
        "keepalives_count": "1",
        "tcp_user_timeout": "800",
    }
    given = make_url(url).query
    connect_args = {name: value for name, value in usual.items() if name not in given}
    engine = create_engine(
        url,
        pool_size=threads,
        max_overflow=0,
        pool_timeout=PATIENCE,
        pool_use_lifo=True,
        isolation_level="REPEATABLE READ",
        connect_args=connect_args,
    )

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, _given: Any, named: dict[str, Any]) -> None:
        # The driver itself waits for two seconds at least where nobody is there; where one hangs, that is what it takes.
        hosts = str(named.get("host", "")).split(",")
        ports = (str(named.get("port", "")) or "5432").split(",")
        for host, port in zip(hosts, ports * len(hosts), strict=False):
            if host and not host.startswith("/"):
                socket.create_connection((host, int(port)), PATIENCE).close()

    return engine


def init_app(app: Flask, url: str, threads: int) -> None:
    """`url` is the copy's, and empty where there is none; `threads` may ask it at once."""
    app.extensions["read_copy"] = _copy_engine(url, threads) if url else None


def read(make: Callable[[], Answer]) -> Answer:
    """What a public page says, made by `make`, which changes nothing and may be called twice."""
    copy: Engine | None = current_app.extensions["read_copy"]
    if copy is None or time.monotonic() < _rests_until.get(copy, 0):
        return make()
    try:
        return _read_copy(copy, make)
    except _Behind:
        pass
    except (DBAPIError, PoolTimeout, OSError):
        _rests_until[copy] = time.monotonic() + RESTS_FOR
    return make()


def problems() -> list[str]:
    """One sentence for the operator where there is a copy that cannot be used at this moment."""
    copy: Engine | None = current_app.extensions["read_copy"]
    if copy is None:
        return []
    published = mark_of(database().engine, Sign.PUBLISHED)
    try:
        with copy.connect() as connection, _within(connection, PATIENCE):
            if mark_over(connection, Sign.PUBLISHED) == published:
                return []
            why = "does not know yet what was published last"
    except (DBAPIError, PoolTimeout, OSError):
        why = "does not answer"
    return [f"The replica of PORTAL_DATABASE_READ_URL {why}: public pages are made from the database itself."]


class _Behind(Exception):
    """Something was published that the copy does not know yet."""


def _read_copy(copy: Engine, make: Callable[[], Answer]) -> Answer:
    published = mark_of(database().engine, Sign.PUBLISHED)
    with copy.connect() as connection:
        with _within(connection, PATIENCE):
            known = mark_over(connection, Sign.PUBLISHED)
        if known != published:
            raise _Behind
        with _within(connection, LONGEST_PAGE), reading_over(connection):
            return make()


@contextmanager
def _within(connection: Connection, seconds: float) -> Iterator[None]:
    """Where the copy hangs, and only its kernel answers, nothing else ends the wait."""
    handle = os.dup(connection.connection.driver_connection.fileno())  # type: ignore[union-attr]
    watch = threading.Timer(seconds, _cut, [handle])
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
        watch.join()
        os.close(handle)


def _cut(handle: int) -> None:
    with suppress(OSError), socket.socket(fileno=os.dup(handle)) as line:
        line.shutdown(socket.SHUT_RDWR)
