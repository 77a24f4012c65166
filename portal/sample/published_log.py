"""A week of the log's published days, on one of which the demonstration was switched off."""

from __future__ import annotations

from datetime import timedelta

from portal import audit_days
from portal.db import today, transaction

DAYS, MISSED = 7, 3


def add_published_days() -> None:
    """All of what the samples did stands in the first of them: the days after it were quiet."""
    for back in range(DAYS, -1, -1):
        day = today() - timedelta(days=back)
        if back == MISSED:
            continue
        found = audit_days.due(day)
        with transaction() as db:
            audit_days.publish(db, found, day)
