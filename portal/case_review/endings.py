"""What ends of case reviews: those that are over, by the same schedule as reports; none under a legal hold."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
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
    """Empty again what an older database, which was put back, still holds of reviews that were emptied.

    What is under a legal hold in it stays until somebody ends the hold.
    """
    return delete_each(_listed_ids(is_held=False), _empty_again)


def count_held_though_listed() -> int:
    """Emptied before this database was put back, and under a legal hold in it."""
    return len(_listed_ids(is_held=True))


def _listed_ids(*, is_held: bool) -> list[uuid.UUID]:
    gone = set(listed_as_deleted())
    if not gone:
        return []
    asked = select(CaseReview.id, CaseReview.conversation_id).where(CaseReview.state != ReviewState.WITHDRAWN)
    kept = CaseReview.keep_until.is_not(None) if is_held else CaseReview.keep_until.is_(None)
    return [row.id for row in session.execute(asked.where(kept)) if row.conversation_id in gone]


@dataclass(frozen=True)
class HeldReview:
    """A case review that is kept for now; why, only its own page says."""

    review_id: uuid.UUID
    reference: str
    since: date | None
    """None of those that were held before the day was kept."""
    review_on: date
    placed_by: str

    @property
    def is_due(self) -> bool:
        """Whether somebody should have looked at it again by today."""
        return self.review_on <= today()


def held_reviews() -> list[HeldReview]:
    """Those to be looked at first come first."""
    columns = (
        CaseReview.id,
        CaseReview.reference,
        CaseReview.kept_since,
        CaseReview.keep_until,
        CaseReview.kept_by,
    )
    kept = select(*columns).where(CaseReview.keep_until.is_not(None)).order_by(CaseReview.keep_until, CaseReview.id)
    return [
        HeldReview(review_id, reference, since, until, by)
        for review_id, reference, since, until, by in session.execute(kept)
        if until
    ]


def _empty_again(review_id: uuid.UUID) -> bool:
    with transaction() as db:
        review = db.get(CaseReview, review_id, with_for_update=True)
        if review is None or review.keep_until is not None:
            return False
        review.state = ReviewState.WITHDRAWN
        review.ended_on = review.ended_on or today()
        empty(db, review)
    return True
