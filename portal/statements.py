"""Statements that are built once, over a connection of the request's own: what every page of a journey reads and writes.

A session is as much work again, for it looks after mapped objects, of which there are none here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from portal.db import database, let_go, transaction, whole


def reading() -> Connection:
    """What this request reads over: its session's connection where it has a session, else one that a session will replace."""
    if "database_session" in g:
        found: Connection = g.database_session.connection()
        return found
    if "database_connection" not in g:
        g.database_connection = database().engine.connect()
    held: Connection = g.database_connection
    return held


@contextmanager
def writing(*, durable: bool = True) -> Iterator[Connection]:
    """As `portal.db.transaction`, and nothing inside it may ask for a session."""
    if "database_session" in g:
        with transaction(durable=durable) as db:
            yield db.connection()
        return
    connection = reading()
    try:
        with whole(connection):
            connection.execution_options(writes=True, durable=durable)
            yield connection
    finally:
        # Whoever reads over it next would be taken for a writer.
        let_go("database_connection")


@contextmanager
def reading_over(connection: Connection) -> Iterator[None]:
    """Have everything inside read over this connection, to a copy of the database, in place of the request's session."""
    usual: Session | None = g.pop("database_session", None)
    g.database_session = Session(connection)
    try:
        yield
    finally:
        g.pop("database_session").close()
        if usual is not None:
            g.database_session = usual
