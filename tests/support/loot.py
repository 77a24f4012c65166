"""What a thief of the database and of PORTAL_DATA holds, as bytes; and the shapes in which a secret could lie in it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import psycopg
from flask import Flask
from psycopg import sql


def stolen(app: Flask, *, secrets: bool = True) -> bytes:
    """The database as it lies on disk (PostgreSQL: every table, dumped), and every file of the data folder."""
    engine = app.extensions["database"].engine
    data: Path = app.extensions["settings"].data
    kept = [path for path in data.rglob("*") if path.is_file() and (secrets or path.parent.name != "secrets")]
    found = b"".join(path.read_bytes() for path in kept)
    if app.extensions["database"].is_sqlite:
        file = Path(engine.url.database)
        return found + b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    return found + _dump(engine.url.set(drivername="postgresql").render_as_string(hide_password=False))


def _dump(url: str) -> bytes:
    found = b""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            with connection.cursor().copy(
                sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))
            ) as rows:
                found += b"".join(bytes(row) for row in rows)
    return found


def shapes(secret: bytes) -> Iterator[bytes]:
    """The secret raw, in hexadecimal, and in base64 wherever in a longer text it might begin."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for skipped in range(3):
        whole = secret[skipped : skipped + (len(secret) - skipped) // 3 * 3]
        yield base64.b64encode(whole)
        yield base64.urlsafe_b64encode(whole)
    yield base64.b32encode(secret).rstrip(b"=")


def spellings(text: str) -> Iterator[bytes]:
    """The text as files and databases spell it."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        yield text.encode(encoding)
    yield text.encode("ascii", "backslashreplace")
    yield base64.b64encode(text.encode())
