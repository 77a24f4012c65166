"""A legal hold on a case review: an officer keeps it, as a report, until somebody ends the hold."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy.orm import Session

from portal.case_review import records
from portal.case_review.deciding import CannotDecide, Obstacle
from portal.case_review.models import CaseReview, ReviewState
from portal.case_review.records import ReviewKeys
from portal.db import existing, today


def place_hold(
    db: Session, review_id: uuid.UUID, keys: ReviewKeys, *, reason: str, review_on: date, by: str, once: uuid.UUID
) -> None:
    """Hold it, or look at it again and hold it on, inside the caller's transaction; the same `once` is done once.

    Raises CannotDecide, NotThere.
    """
    review = _lock(db, review_id)
    if records.has_noted(review_id, keys, once):
        return
    review.kept_since = review.kept_since if review.keep_until else today()
    review.keep_until, review.kept_by = review_on, by
    _note(db, review, keys, reason, by, once)


def end_hold(db: Session, review_id: uuid.UUID, keys: ReviewKeys, *, reason: str, by: str, once: uuid.UUID) -> None:
    """From now on it ends as any other, inside the caller's transaction. Raises CannotDecide, NotThere."""
    review = _lock(db, review_id)
    if review.keep_until is None:
        return
    review.keep_until, review.kept_since, review.kept_by = None, None, ""
    _note(db, review, keys, reason, by, once)


def is_due(review: CaseReview) -> bool:
    """Whether somebody should have looked by today whether it must still be kept."""
    return review.keep_until is not None and review.keep_until <= today()


def _lock(db: Session, review_id: uuid.UUID) -> CaseReview:
    review = existing(db, CaseReview, review_id, with_for_update=True)
    if review.state is ReviewState.WITHDRAWN:
        raise CannotDecide(Obstacle.WITHDRAWN)
    return review


def _note(db: Session, review: CaseReview, keys: ReviewKeys, reason: str, by: str, once: uuid.UUID) -> None:
    until = review.keep_until.isoformat() if review.keep_until else ""
    entry = {"on": today().isoformat(), "by": by, "held": until, "reason": reason, "once": once.hex}
    records.note_for_staff(db, review, keys, entry)
