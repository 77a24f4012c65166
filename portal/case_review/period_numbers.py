"""What is counted of the case reviews between two days, for the four numbers of the Act."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, func, or_, select

from portal.case_review.models import CaseReview
from portal.case_review.panel_models import Panel
from portal.db import session


def counted_in(first: date, last: date) -> tuple[int, int, int, int]:
    """Applications, threshold not met, reviews, reviews that led to recommendations; both days are within.

    Each by its own day: a case can come in one period and be reviewed in another. What was taken back was asked for all
    the same, and a refusal that an appeal changed was one: only what was refused can be appealed.
    """
    was_refused = or_(CaseReview.is_met.is_(False), CaseReview.appealed_on.is_not(None))
    is_reviewed = Panel.told_on.between(first, last)
    return (
        _count(CaseReview.received_on.between(first, last)),
        _count(CaseReview.decided_on.between(first, last), was_refused),
        _count(is_reviewed),
        _count(is_reviewed, CaseReview.has_recommendations.is_(True)),
    )


def _count(*wanted: ColumnElement[bool]) -> int:
    cases = select(func.count()).select_from(CaseReview).outerjoin(Panel, Panel.review_id == CaseReview.id)
    return session.scalar(cases.where(*wanted)) or 0
