"""A legal hold: an officer keeps a report that a court or the law still needs, until somebody ends the hold."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy.orm import Session

from portal.db import existing, today
from portal.reporting.deletions import begin_deletion, refuse_deletion
from portal.reporting.held import hold_row
from portal.reporting.hold_models import LegalHold
from portal.reporting.models import DeletionRequest, Refusal, Report
from portal.reporting.notes import NoteKind, add_note, has_note
from portal.reporting.nudges import mark_due

MAX_REASON = 1000
GROWN = 25


def until_grown(born_in: int) -> date:
    """Until when what concerns a child is kept. Only the year is asked: a birthday would say too much of them."""
    return date(born_in + GROWN, 12, 31)


class EndsToday(Exception):
    """Its reporter's deletion is being carried out: it is too late to hold it."""


def place_hold(
    db: Session, report_id: uuid.UUID, key: bytes, *, reason: str, review_on: date, by: str, once: uuid.UUID
) -> None:
    """Hold it, or look at it again and hold it on, inside the caller's transaction; the same `once` is done once.

    A deletion that its reporter waits for is refused with it: they are told that the law makes us keep it. Raises EndsToday,
    NotThere.
    """
    existing(db, Report, report_id, with_for_update=True)
    if has_note(db, once):
        return
    asked = db.get(DeletionRequest, report_id, populate_existing=True)
    if asked is not None and asked.refused_on is None:
        if asked.due_on <= today():
            raise EndsToday
        refuse_deletion(db, report_id, Refusal.LEGAL_HOLD, by)
    row = hold_row(db, report_id)
    if row is None:
        db.add(LegalHold(report_id=report_id, since=today(), review_on=review_on, placed_by=by))
    else:
        row.review_on, row.placed_by = review_on, by
    add_note(db, report_id, key, NoteKind.HOLD, reason, by, once=once, to=review_on.isoformat())


def end_hold(db: Session, report_id: uuid.UUID, key: bytes, *, reason: str, by: str, once: uuid.UUID) -> None:
    """From now on it ends as any other, inside the caller's transaction.

    A deletion that was refused because of a hold is taken up again, with its fourteen days. Raises NotThere.
    """
    report = existing(db, Report, report_id, with_for_update=True)
    row = hold_row(db, report_id)
    if row is None:
        return
    db.delete(row)
    db.flush()
    add_note(db, report_id, key, NoteKind.HOLD_ENDED, reason, by, once=once)
    asked = db.get(DeletionRequest, report_id, populate_existing=True)
    if asked is not None and asked.refused_for is Refusal.LEGAL_HOLD:
        begin_deletion(db, report, asked)
        mark_due(db, report_id)
