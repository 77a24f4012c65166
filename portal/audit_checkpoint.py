"""Entries of the log that have had their time are taken out, at a day that was published; what is left stays verifiable."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action, AuditCheckpoint, AuditEntry
from portal.audit_days import AuditDay


def would_be_cut(before: date) -> int:
    """How many entries cut_before() would take out now."""
    day = _last_to_go(before)
    first = audit.newest_checkpoint()
    return (day.last_id or 0) - (first.last_id if first else 0) if day is not None else 0


def cut_before(db: Session, before: date, actor: str = "worker") -> int:
    """Take out what was done before that day, inside the caller's transaction; how many entries went.

    The log is cut where a day was published, so that outsiders hold what vouches for its new beginning: some of the
    entries that could go may stay until the next such day. That it was cut is itself an act, and is recorded.
    """
    audit.stand_in_line(db)
    gone, day = would_be_cut(before), _last_to_go(before)
    if not gone or day is None or day.last_id is None or day.head is None:
        return 0
    checkpoint = AuditCheckpoint(day=day.day, last_id=day.last_id, hash=day.head)
    checkpoint.seal = checkpoint.sealed()
    db.add(checkpoint)
    db.execute(delete(AuditEntry).where(AuditEntry.id <= day.last_id))
    audit.record(db, actor, Action.CUT_LOG, day.day.isoformat())
    return gone


def _last_to_go(before: date) -> AuditDay | None:
    """A day holds the log as it was when that day began: so at `before` itself nothing is cut that was done on it."""
    drawn = select(AuditDay).where(AuditDay.value.is_not(None), AuditDay.day <= before)
    found = audit.session.scalar(drawn.order_by(AuditDay.day.desc()).limit(1))
    return found if found is not None and found.last_id else None
