"""Cases whose years are over end with all that was said of them; a legal hold on their report keeps them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.db import session, today, transaction
from portal.marac.ending import end_case
from portal.marac.figures import freeze_quarters
from portal.marac.models import (
    ActionState,
    MaracAction,
    MaracCase,
    MaracItem,
    MaracMeeting,
    MaracMeetingChange,
    MaracMember,
)
from portal.partnership.file import current_partnership
from portal.partnership.retention import years_after
from portal.reporting import held
from portal.vault import meetings

ACTOR = "retention"


def end_due_cases() -> int:
    """End those whose years are over today; how many. Nothing ends while nobody has agreed the years. The worker does it.

    The figures of quarters that are over are kept first. A meeting without a case ends as late as its cases would have.
    """
    freeze_quarters()
    if not current_partnership().retention.agreed_by.strip():
        return 0
    due = [case.id for case, _end in _ending_by(today())]
    for case_id in due:
        with transaction() as db:
            _end(db, case_id)
    with transaction() as db:
        empty = MaracMeeting.id.not_in(select(MaracItem.meeting_id))
        old = MaracMeeting.held_on <= years_after(today(), -_years())
        for meeting_id in db.scalars(select(MaracMeeting.id).where(empty, old)).all():
            _end_meeting(db, meeting_id)
    return len(due)


def count_ending(days: list[date]) -> list[int]:
    """How many end by each of these days."""
    ends = [end for _case, end in _ending_by(max(days))]
    return [sum(end <= day for end in ends) for day in days]


def _ending_by(day: date) -> Iterator[tuple[MaracCase, date]]:
    """As long as reports judged high: counted from the last meeting or the last day of an action, whatever came later.

    So do those that still wait, or stand on an agenda whose minutes nobody agreed: what is forgotten is not kept for good.
    """
    years = _years()
    for case in session.scalars(select(MaracCase)).all():
        if case.report_id is not None and held.is_held(session, case.report_id):
            continue
        items = session.execute(
            select(MaracItem.id, MaracMeeting.held_on)
            .join(MaracMeeting, MaracMeeting.id == MaracItem.meeting_id)
            .where(MaracItem.case_id == case.id)
        ).all()
        asked = select(MaracAction).where(MaracAction.item_id.in_([row.id for row in items]))
        actions = session.scalars(asked).all()
        if any(action.state is ActionState.OPEN for action in actions):
            continue
        last = max(
            [
                case.referred_on,
                case.review_on or case.referred_on,
                *(row.held_on for row in items),
                *(action.due_on for action in actions),
            ]
        )
        end = years_after(last, years)
        if end <= day:
            yield case, end


def _years() -> int:
    rules = current_partnership().retention
    return max(rules.reports_years, rules.high_risk_years)


def _end(db: Session, case_id: uuid.UUID) -> None:
    audit.record(db, ACTOR, Action.ENDED_MARAC_CASE, str(case_id))
    for meeting_id in end_case(db, case_id):
        if db.scalar(select(MaracItem.id).where(MaracItem.meeting_id == meeting_id).limit(1)) is None:
            _end_meeting(db, meeting_id)


def _end_meeting(db: Session, meeting_id: uuid.UUID) -> None:
    meetings.delete_key(db, meeting_id)
    for table in (MaracMember, MaracMeetingChange):
        db.execute(delete(table).where(table.meeting_id == meeting_id))
    db.execute(delete(MaracMeeting).where(MaracMeeting.id == meeting_id))
