"""Who has something open just now, as the record of staff's acts tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import select

from portal.audit import AuditEntry
from portal.db import session, utcnow

# How many of one person's newest acts are looked through for when they came to the thing that they have open.
MOST_BACK = 100


@dataclass(frozen=True)
class Presence:
    """Someone who has this open: their name, and since when."""

    actor: str
    since: datetime


def present(subject: str, within: timedelta, *, but: str) -> list[Presence]:
    """Who did something about this lately and about nothing else since, the earliest first; all but one actor.

    Whoever opened another thing, or a list, or signed out, has left.
    """
    recent = select(AuditEntry.actor).where(
        AuditEntry.subject == subject, AuditEntry.at > utcnow() - within, AuditEntry.actor != but
    )
    found = []
    for actor in session.scalars(recent.distinct()).all():
        # The newest entries of one actor stand near the end: this walks back no further than to what is not about this.
        newest = select(AuditEntry).where(AuditEntry.actor == actor).order_by(AuditEntry.id.desc()).limit(MOST_BACK)
        stay = list(takewhile(lambda entry: entry.subject == subject, session.scalars(newest)))
        if stay:
            found.append(Presence(actor, stay[-1].at))
    return sorted(found, key=lambda one: one.since)
