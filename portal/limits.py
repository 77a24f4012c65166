"""Rate limits that store no address: only a keyed hash of it, under a key that changes hourly and is never written."""

from __future__ import annotations

import ipaddress
import secrets
from datetime import datetime, timedelta

from flask import current_app, request
from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal import sealing
from portal.db import UNORDERED, Base, transaction, upsert, utcnow

# Drawn once in the server's master process; the workers inherit it, and it ends with them.
_MASTER_KEY = secrets.token_bytes(32)
WINDOW = timedelta(hours=1)


class LimitCount(Base):
    """How often one unnamed visitor did one thing in this hour."""

    __tablename__ = "limit_count"
    __table_args__ = (UNORDERED,)

    id: Mapped[bytes] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(40))
    times: Mapped[int]
    ends_at: Mapped[datetime]


def visitor_address() -> str:
    """The visitor's address; what a proxy says of it is believed only from PORTAL_TRUSTED_PROXIES."""
    address = request.remote_addr or "unknown"
    trusted = current_app.extensions["portal"].settings.trusted_proxies
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    while forwarded and _is_within(address, trusted):
        address = forwarded.pop()
    return address


def _is_within(address: str, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)


def count(db: Session, what: str, who: str) -> int:
    """Count one more inside the caller's transaction; returns how often it was in this hour."""
    now = utcnow()
    hour = int(now.timestamp() // WINDOW.total_seconds())
    key = sealing.derive(_MASTER_KEY, "limits", hour.to_bytes(8, "big"))
    row_id = sealing.derive(key, what, who.encode())
    upsert(db, LimitCount, {"id": row_id}, {"what": what, "times": 1, "ends_at": now + WINDOW}, add={"times": 1})
    return db.scalar(select(LimitCount.times).where(LimitCount.id == row_id)) or 0


def count_visit(what: str) -> int:
    """Count one more from this visitor, in a transaction of its own."""
    address = visitor_address()
    with transaction() as db:
        return count(db, what, address)


def sweep_limits(db: Session) -> None:
    db.execute(delete(LimitCount).where(LimitCount.ends_at < utcnow()))
