"""Does the log hold? Its chain, the days that were published of it, and the heads that left this host, in one answer."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import select

from portal import audit, audit_anchor, keeper
from portal.audit_days import AuditDay, tree_of
from portal.config import settings
from portal.db import session

# So many breaks are named: one that goes through the log is at every entry.
MOST_NAMED = 5


class Kind(enum.StrEnum):
    """What does not hold."""

    ENTRY = "entry"
    """An entry was changed, taken out or put in."""
    DAY = "day"
    """What was published for a day is not what the log says."""
    ANCHOR = "anchor"
    """The entry is not the one whose hash left this host."""
    UNREADABLE = "unreadable"
    """The file of those hashes cannot be read."""


@dataclass(frozen=True)
class Break:
    """One place at which the log does not hold: the entry's number, the day, or the file."""

    kind: Kind
    at: str


def breaks() -> list[Break]:
    """Nothing in a sound log; of each kind the first few."""
    return [
        *(Break(Kind.ENTRY, str(each)) for each in islice(audit.broken_links(), MOST_NAMED)),
        *(Break(Kind.DAY, each.isoformat()) for each in islice(_broken_days(), MOST_NAMED)),
        *_broken_anchors(),
    ]


def _broken_days() -> Iterator[date]:
    checkpoint = audit.newest_checkpoint()
    before: AuditDay | None = None
    drawn = select(AuditDay).where(AuditDay.value.is_not(None)).order_by(AuditDay.day)
    for day in session.scalars(drawn).all():
        value_before = (before.value if before else None) or keeper.BEGINNING
        follows = day.root is not None and keeper.value_of(value_before, day.day, day.root) == day.value
        if not follows or not _is_of_the_log(day, before, checkpoint):
            yield day.day
        before = day


def _is_of_the_log(day: AuditDay, before: AuditDay | None, checkpoint: audit.AuditCheckpoint | None) -> bool:
    if day.head is None or day.salt is None or day.last_id is None:
        return False
    if checkpoint is not None and day.day <= checkpoint.day:
        # Of what was cut the hash of the last entry is left.
        return day.day != checkpoint.day or (day.head, day.last_id) == (checkpoint.hash, checkpoint.last_id)
    entry = session.get(audit.AuditEntry, day.last_id)
    at_its_end = entry.hash if entry else checkpoint.hash if checkpoint else audit.BEGINNING
    return day.head == at_its_end and tree_of(day, before)[-1][0] == day.root


def _broken_anchors() -> Iterator[Break]:
    path = settings().audit_anchor
    if path is None:
        return
    try:
        for each in islice(audit_anchor.rewritten_links(path), MOST_NAMED):
            yield Break(Kind.ANCHOR, str(each))
    except (OSError, ValueError):
        yield Break(Kind.UNREADABLE, str(path))
