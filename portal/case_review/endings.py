"""What ends of case reviews: those that are over, by the same schedule as reports; none under a legal hold."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import func, select

from portal.case_review.applicants import empty
from portal.case_review.models import CaseReview, ReviewState
from portal.db import session, today, transaction
from portal.partnership.file import current_partnership
from portal.partnership.retention import years_after
from portal.reporting.deleted_list import delete_each, listed_as_deleted

AT_ONCE = 500


def _due(day: date) -> object:
    retention = current_partnership().retention
    # Which of them are of hate lies under the seal: all are kept as long as the longer of the two.
    years = max(retention.reports_years, retention.hate_years)
    return (CaseReview.ended_on < years_after(day, -years)) & CaseReview.keep_until.is_(None)


def end_due_reviews() -> int:
    """Nothing while nobody has agreed the schedule; the four numbers of published periods stay."""
    if not current_partnership().retention.agreed_by.strip():
        return 0
    due = session.scalars(select(CaseReview.id).where(_due(today())).limit(AT_ONCE)).all()  # type: ignore[arg-type]
    return delete_each(due, _delete)


def count_ending(days: list[date]) -> list[int]:
    asked = select(func.count()).select_from(CaseReview)
    return [session.scalar(asked.where(_due(day))) or 0 for day in days]  # type: ignore[arg-type]


def _delete(review_id: uuid.UUID) -> bool:
    with transaction() as db:
        review = db.get(CaseReview, review_id, with_for_update=True)
        if review is None or review.keep_until is not None:
            return False
        empty(db, review)
        db.delete(review)
    return True


def empty_listed() -> int:
    """Empty again what an older database, which was put back, still holds of reviews that were emptied."""
    gone = set(listed_as_deleted())
    held = session.execute(select(CaseReview.id, CaseReview.conversation_id, CaseReview.state)).all()
    again = [row.id for row in held if row.conversation_id in gone and row.state is not ReviewState.WITHDRAWN]
    return delete_each(again, _empty_again)


def _empty_again(review_id: uuid.UUID) -> bool:
    with transaction() as db:
        review = db.get(CaseReview, review_id, with_for_update=True)
        if review is None:
            return False
        review.state = ReviewState.WITHDRAWN
        review.ended_on = review.ended_on or today()
        empty(db, review)
    return True
