"""Reports that have had their years end: destroyed as if their reporter had asked, with a count left of each month and kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.db import session, today, upsert
from portal.partnership.file import current_partnership
from portal.partnership.retention import years_after
from portal.reporting import clocks
from portal.reporting.deleted_list import delete_each
from portal.reporting.deletions import delete_report
from portal.reporting.held import is_held
from portal.reporting.hold_models import EndedCount, LegalHold
from portal.reporting.models import Clock, Kind, Message, Report, ReportContact, RiskBand, State

ACTOR = "retention"
# One at a time, each in a transaction of its own: residents who send meanwhile wait for one at most.
PER_RUN = 500
AT_REST = (State.CLOSED, State.WITHDRAWN)


def end_due_reports() -> int:
    """End those whose years are over today, as many as one run takes; returns how many. The worker does it.

    Nothing ends while nobody has agreed the years. One that cannot be deleted waits for the next run and holds up no other.
    """
    if not current_partnership().retention.agreed_by.strip():
        return 0
    due = []
    for report, _end in ending_by(today()):
        due.append(report.id)
        if len(due) == PER_RUN:
            break
    return delete_each(due, lambda report_id: delete_report(report_id, _is_over, _note))


def ending_by(day: date) -> Iterator[tuple[Report, date]]:
    """The reports at rest, under no hold, that end on or before a day, and when: the earliest first."""
    last_heard = dict(
        session.execute(select(Message.report_id, func.max(Message.sent_on)).group_by(Message.report_id)).all()
    )
    found = [
        (end, report.id, report)
        for report in session.scalars(
            select(Report).where(Report.state.in_(AT_REST), Report.id.not_in(select(LegalHold.report_id)))
        )
        if (end := _end(session, report, last_heard.get(report.id))) is not None and end <= day
    ]
    for end, _id, report in sorted(found, key=lambda one: one[:2]):
        yield report, end


def count_ending(days: list[date]) -> dict[str, list[int]]:
    """How many reports end by each of these days, by the key of the schedule that rules them."""
    counted: dict[str, Counter[date]] = {
        "reports_years": Counter(),
        "hate_years": Counter(),
        "high_risk_years": Counter(),
    }
    for report, end in ending_by(max(days)):
        counted[_rule_of(report)].update(day for day in days if end <= day)
    return {rule: [numbers[day] for day in days] for rule, numbers in counted.items()}


def count_contacts_ending(days: list[date]) -> list[int]:
    """How many contact details are deleted by each of these days."""
    free = ReportContact.report_id.not_in(select(LegalHold.report_id))
    count = select(func.count()).select_from(ReportContact)
    return [session.scalar(count.where(free, ReportContact.delete_on <= day)) or 0 for day in days]


def count_held() -> int:
    return session.scalar(select(func.count()).select_from(LegalHold)) or 0


def _rule_of(report: Report) -> str:
    rules = current_partnership().retention
    if report.risk_band is RiskBand.HIGH and rules.high_risk_years:
        return "high_risk_years"
    return "hate_years" if report.kind is Kind.HATE and rules.hate_years else "reports_years"


def _end(db: Session, report: Report, last_heard: date | None) -> date | None:
    """The day on which a report ends by the schedule; None while somebody works on it, be it as a part of another.

    Counted from its closing, or from the last word in it where that came later or the day of closing was not kept.
    """
    rested = [day for day in (report.closed_on, last_heard, report.received_on) if day is not None]
    years = current_partnership().retention.years_of(
        is_hate=report.kind is Kind.HATE, is_high_risk=report.risk_band is RiskBand.HIGH
    )
    end = years_after(max(rested), years)
    if report.state is State.WITHDRAWN or report.closed_on is None:
        # When it was taken back, only its clocks know.
        ended = db.scalar(select(func.max(Clock.ended_on)).where(Clock.report_id == report.id))
        end = max(end, years_after(ended, years)) if ended else end
    if end <= today() and clocks.is_in_work(db, report):
        return None
    return end


def _is_over(db: Session, report: Report) -> bool:
    if report.state not in AT_REST or is_held(db, report.id):
        return False
    last_heard = db.scalar(select(func.max(Message.sent_on)).where(Message.report_id == report.id))
    end = _end(db, report, last_heard)
    return end is not None and end <= today()


def _note(db: Session, report: Report) -> None:
    audit.record(db, ACTOR, Action.ENDED_BY_SCHEDULE, str(report.id))
    key = {"month": report.received_on.replace(day=1), "kind": report.kind.value}
    upsert(db, EndedCount, key, {"times": 1}, add={"times": 1})


def ended_counts() -> dict[tuple[date, str], int]:
    """How many have ended, by the month they came in and their kind."""
    rows = session.execute(select(EndedCount.month, EndedCount.kind, EndedCount.times))
    return {(month, kind): times for month, kind, times in rows}
