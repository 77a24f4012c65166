"""Rate limits that store no address: only a keyed hash of it, under a key that changes hourly (portal/limit_keys.py)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from flask import request
from sqlalchemy import String, delete, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.config import Network, settings
from portal.db import UNORDERED, Base, database, session, transaction, upsert, utcnow
from portal.flock import exclusive
from portal.limit_keys import HOUR, LimitKey, ends_at, hour_key
from portal.vault import sealing

# Visitors who happen to share a line wait for each other for as long as one try takes.
LINES = 16
# Seconds that somebody waits in one of them.
LINE_TIMEOUT = 5.0
# The first half of the advisory locks on PostgreSQL that are these lines.
LINE_LOCKS = 1401


class LimitCount(Base):
    """How often one unnamed visitor did one thing in this hour."""

    __tablename__ = "limit_count"
    __table_args__ = (UNORDERED,)

    id: Mapped[bytes] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(40))
    times: Mapped[int]
    ends_at: Mapped[datetime]


def visitor_address() -> str:
    """The visitor's address; what a proxy says of it is believed only from PORTAL_TRUSTED_PROXIES.

    Of an IPv6 address the network is taken: one home or phone has 2^64 addresses in it to try with.
    """
    address = request.remote_addr or "unknown"
    trusted = settings().trusted_proxies
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    while forwarded and _is_within(address, trusted):
        address = forwarded.pop()
    found = _read(address)
    return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)) if found and found.version == 6 else found or address)


def _is_within(address: str, networks: tuple[Network, ...]) -> bool:
    found = _read(address)
    return found is not None and any(found in network for network in networks)


def _read(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An IPv4 address is the same one when a socket of both kinds spells it ::ffff:192.0.2.7."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


def _row(what: str, who: str) -> tuple[bytes, datetime]:
    """The id of this hour's count, and when it ends."""
    hour = int(utcnow().timestamp() // HOUR)
    # The end of the hour, not an hour from now: that would tell when the first of them came.
    return sealing.derive(hour_key(hour), what, who.encode()), ends_at(hour)


def count(db: Session, what: str, who: str) -> int:
    """Count one more inside the caller's transaction; returns how often it was in this hour."""
    row_id, ends_at = _row(what, who)
    upsert(db, LimitCount, {"id": row_id}, {"what": what, "times": 1, "ends_at": ends_at}, add={"times": 1})
    return db.scalar(select(LimitCount.times).where(LimitCount.id == row_id)) or 0


def visits(what: str) -> int:
    """How often this visitor's `what` was counted in this hour."""
    row_id, _ends_at = _row(what, visitor_address())
    return session.scalar(select(LimitCount.times).where(LimitCount.id == row_id)) or 0


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Hold the line in which this visitor waits with `what`: what was checked in it is still so when it is counted.

    For what is counted only when it fails: many at once would all be checked before the first of them is counted.
    Raises TimeoutError.
    """
    lines = [settings().data / f"limit-{number}.lock" for number in range(LINES)]
    if not lines[-1].exists():
        for line in lines:  # together, so that the date of none tells when some visitor came
            line.touch(0o600)
    number = _row(what, visitor_address())[0][0] % LINES
    with exclusive(lines[number], LINE_TIMEOUT), _first_of_all_machines(number):
        yield


@contextmanager
def _first_of_all_machines(number: int) -> Iterator[None]:
    """Hold the line against other machines too: only whoever is the first on this one takes a connection to ask."""
    if database().is_sqlite:
        yield
        return
    with database().engine.begin() as connection:
        connection.execute(text(f"SET LOCAL lock_timeout = {LINE_TIMEOUT * 1000:.0f}"))
        try:
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:lines, :number)"), {"lines": LINE_LOCKS, "number": number}
            )
        except OperationalError as problem:
            if getattr(problem.orig, "sqlstate", "") == "55P03":  # lock_not_available
                raise TimeoutError from None
            raise
        yield


def count_visit(what: str) -> int:
    """Count one more from this visitor, in a transaction of its own."""
    address = visitor_address()
    with transaction() as db:
        return count(db, what, address)


def visitor_number(what: str, who: str) -> int:
    """A number below 2^56 for this visitor in this hour, from which no address can be told."""
    return int.from_bytes(_row(what, who)[0][:7], "big")


def sweep_limits(db: Session) -> None:
    db.execute(delete(LimitCount).where(LimitCount.ends_at < utcnow()))
    db.execute(delete(LimitKey).where(LimitKey.ends_at < utcnow()))
