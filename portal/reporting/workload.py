"""What officers have before them today: open, overdue, waiting. Exact, for those who may open the list of it anyway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, func, select

from portal.db import session, today
from portal.reporting.models import INCIDENTS, Author, Clock, Message, Report, State


@dataclass(frozen=True)
class Workload:
    """Numbers of reports; requests for another format are among all but what was received. `oldest_due` may be None."""

    open: int
    unread: int
    unassigned: int
    overdue: int
    oldest_due: date | None
    waiting: int
    """A promise waits for its reporter."""
    new_messages: int
    received_this_week: int
    received_this_month: int


def workload() -> Workload:
    """A report is overdue while a promise about it runs and its day is over."""
    day = today()
    is_open = Report.state.not_in([State.CLOSED, State.WITHDRAWN])
    owed = and_(Clock.met_on.is_(None), Clock.ended_on.is_(None))
    late = and_(owed, Clock.paused_on.is_(None), Clock.due_on < day)
    overdue, oldest_due = session.execute(
        select(func.count(Clock.report_id.distinct()), func.min(Clock.due_on)).where(late)
    ).one()
    by_state = dict(session.execute(select(Report.state, func.count()).where(is_open).group_by(Report.state)).all())
    return Workload(
        open=sum(by_state.values()),
        unread=by_state.get(State.NEW, 0) + by_state.get(State.HELD, 0),
        unassigned=_count(select(func.count()).where(is_open, Report.assignee_id.is_(None))),
        overdue=overdue,
        oldest_due=oldest_due,
        waiting=_count(select(func.count(Clock.report_id.distinct())).where(owed, Clock.paused_on.is_not(None))),
        new_messages=_count(
            select(func.count(Message.report_id.distinct())).where(
                Message.author == Author.REPORTER, Message.seen.is_(False)
            )
        ),
        received_this_week=_received_since(day - timedelta(days=day.weekday())),
        received_this_month=_received_since(day.replace(day=1)),
    )


def _received_since(day: date) -> int:
    return _count(select(func.count()).where(Report.kind.in_(INCIDENTS), Report.received_on >= day))


def _count(query: Any) -> int:
    return session.scalar(query) or 0
