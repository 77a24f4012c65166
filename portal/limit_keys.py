"""The key under which this hour's limits count: one for all machines of an installation, and gone with its hour.

On SQLite there is one machine, and the key is never written. On PostgreSQL whoever needs it first in an hour draws it; it
lies sealed under the installation's secrets in a table that neither PostgreSQL's log nor a replica nor a backup holds.
"""

from __future__ import annotations

import secrets as random
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from flask import current_app
from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import secrets
from portal.db import UNORDERED, Base, database
from portal.vault import sealing

# Drawn once in the server's master process; the workers inherit it, and it ends with them.
_MASTER_KEY = random.token_bytes(32)
HOUR = 3600
# Seconds for which a process trusts what it read: after a crash of PostgreSQL there is another key.
READ_EVERY = 10.0
_LABEL = "limits.hour/1"
# One thread of a process asks: each takes a second connection for it.
_reading = threading.Lock()


class LimitKey(Base):
    """The sealed key of one hour of the clock."""

    __tablename__ = "limit_key"
    __table_args__ = (UNORDERED,)

    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes]
    ends_at: Mapped[datetime]


def ends_at(hour: int) -> datetime:
    return datetime.fromtimestamp((hour + 1) * HOUR, UTC)


def hour_key(hour: int) -> bytes:
    """The key of this hour since 1970, the same on every machine that has the installation's secrets."""
    if database().is_sqlite:
        return sealing.derive(_MASTER_KEY, "limits", hour.to_bytes(8, "big"))
    known: dict[str, Any] = current_app.extensions.setdefault("limit key", {})
    if not _is_known(known, hour):
        with _reading:
            if not _is_known(known, hour):
                # In one step: another thread must not see the new hour beside the old key.
                known["now"] = (hour, _read_or_draw(database().beside, hour), time.monotonic())
    key: bytes = known["now"][1]
    return key


def _is_known(known: dict[str, Any], hour: int) -> bool:
    known_hour, _key, read_at = known.get("now", (None, None, 0.0))
    return known_hour == hour and time.monotonic() - read_at < READ_EVERY


def _read_or_draw(engine: Engine, hour: int) -> bytes:
    """In a transaction of its own, so that nobody waits until the caller's is stored."""
    wrapping, row = sealing.derive(secrets().pepper, "limit key"), uuid.UUID(int=hour)
    wanted = select(LimitKey.sealed).where(LimitKey.hour == hour)
    with engine.begin() as connection:
        sealed = connection.scalar(wanted)
        if sealed is None:
            drawn = sealing.seal({"key": random.token_hex(32)}, wrapping, row, _LABEL, row)
            new = insert(LimitKey).values(hour=hour, sealed=drawn, ends_at=ends_at(hour))
            # Of two who draw one in the same moment the second waits for the first and takes theirs.
            connection.execute(new.on_conflict_do_nothing())
            sealed = connection.scalar(wanted)
    return bytes.fromhex(sealing.unseal(bytes(sealed or b""), wrapping, _LABEL, row)["key"])
