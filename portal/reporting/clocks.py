"""The promises about a report as clocks: each begins, has a due day in working days, is met or ends, and may wait for the reporter.

What happens to a report happens to its clocks in the same transaction, which holds the report's row: so of two officers
who press at once the second finds nothing to meet. `day` is a day in the partnership's place: see portal.db.today().
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from portal import outbox
from portal.db import session, today, transaction
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after, working_days_between
from portal.reporting import referral_models
from portal.reporting.models import Author, Clock, DeletionRequest, Kind, Message, Promise, Report, State

ENDED = (State.CLOSED, State.WITHDRAWN)
NOT_READ = (State.HELD, State.NEW)
WAITING = (Promise.WRITE_AGAIN, Promise.FORMATS)
"""What waits while the reporter is asked something: the message that asks has told them what we do."""


def days_of(promise: Promise, *, immediate_risk: bool = False) -> int:
    """Within how many working days it was promised."""
    clocks = current_partnership().clocks
    match promise:
        case Promise.READ:
            return clocks.high_risk_contact if immediate_risk else clocks.triage
        case Promise.TELL:
            return clocks.tell_reporter
        case Promise.WRITE_AGAIN:
            return clocks.update
        case Promise.ANSWER:
            return clocks.answer
        case Promise.FORMATS:
            return clocks.formats_ready
        case Promise.ACKNOWLEDGE:
            return clocks.acknowledge


def due_after(day: date, promise: Promise, *, immediate_risk: bool = False) -> date:
    return working_days_after(day, days_of(promise, immediate_risk=immediate_risk), current_partnership().bank_holidays)


def first_due(received_on: date, *, immediate_risk: bool, is_request: bool) -> dict[Promise, date]:
    """What is promised to whoever sends a report, or a request for another format, and by which day."""
    promised = [Promise.READ, Promise.FORMATS if is_request else Promise.TELL]
    if immediate_risk:
        promised.append(Promise.ACKNOWLEDGE)
    return {promise: due_after(received_on, promise, immediate_risk=immediate_risk) for promise in promised}


def is_owed() -> ColumnElement[bool]:
    """Neither met nor ended: it runs, or waits for the reporter."""
    return and_(Clock.met_on.is_(None), Clock.ended_on.is_(None))


def is_overdue(day: date) -> ColumnElement[bool]:
    return and_(is_owed(), Clock.paused_on.is_(None), Clock.due_on < day)


def begin(db: Session, report_id: uuid.UUID, promise: Promise, day: date, due_on: date) -> None:
    """One that runs already goes on, to the earlier of the two days: nobody is put off by writing again."""
    running = _owed(db, report_id, (promise,))
    for row in running:
        row.due_on = min(row.due_on, due_on)
    if not running:
        db.add(Clock(report_id=report_id, promise=promise, started_on=day, due_on=due_on))


def meet(db: Session, report_id: uuid.UUID, day: date, *promises: Promise) -> bool:
    """False where none of them was owed."""
    rows = _owed(db, report_id, promises)
    for row in rows:
        _run_again(row, day)
        row.met_on = day
    return bool(rows)


def begin_first(db: Session, report: Report) -> None:
    promised = first_due(
        report.received_on, immediate_risk=report.immediate_risk, is_request=report.kind is Kind.REQUEST
    )
    for promise, due_on in promised.items():
        begin(db, report.id, promise, report.received_on, due_on)


def is_in_work(db: Session, report: Report) -> bool:
    """Open, or merged: closed, and yet its reporter is owed the next word of what comes of it."""
    if report.state is State.CLOSED:
        return bool(_owed(db, report.id, (Promise.WRITE_AGAIN,)))
    return report.state is not State.WITHDRAWN


def officer_wrote(
    db: Session,
    report: Report,
    day: date,
    *,
    waits: bool = False,
    formats_told: bool = False,
    is_answer: bool = True,
    goes_on: bool | None = None,
) -> None:
    """Meets whatever a message can meet, and promises the next one. `waits` where it asks the reporter something.

    Not `is_answer` where nobody read what the reporter wrote. `goes_on` says whether there is a next one, where the
    message itself changes that; else there is as long as the report is in work.
    """
    goes_on = is_in_work(db, report) if goes_on is None else goes_on
    meet(db, report.id, day, Promise.TELL, Promise.WRITE_AGAIN)
    if is_answer:
        meet(db, report.id, day, Promise.READ, Promise.ANSWER)
    if formats_told:
        meet(db, report.id, day, Promise.FORMATS)
    if not goes_on:
        return
    begin(db, report.id, Promise.WRITE_AGAIN, day, due_after(day, Promise.WRITE_AGAIN))
    if waits:
        _wait(db, report.id, day)


def officer_asked(db: Session, report: Report, day: date) -> None:
    """Asks whoever had read what was first told, and no message since: it meets no promise but to read that."""
    if report.state in NOT_READ:
        meet(db, report.id, day, Promise.READ)
    if report.state not in ENDED:
        begin(db, report.id, Promise.WRITE_AGAIN, day, due_after(day, Promise.WRITE_AGAIN))
        _wait(db, report.id, day)


def _wait(db: Session, report_id: uuid.UUID, day: date) -> None:
    for row in _owed(db, report_id, WAITING):
        row.paused_on = row.paused_on or day


def reporter_wrote(db: Session, report: Report, day: date, *, is_worked_on: bool) -> None:
    """An answer is owed, by the day on which we would write anyway if that is sooner; where the work has ended, a reader."""
    resume(db, report.id, day)
    if not is_worked_on:
        begin(db, report.id, Promise.READ, day, due_after(day, Promise.READ))
        return
    promised = [row.due_on for row in _owed(db, report.id, (Promise.TELL, Promise.WRITE_AGAIN)) if row.due_on >= day]
    begin(db, report.id, Promise.ANSWER, day, min([*promised, due_after(day, Promise.ANSWER)]))


def resume(db: Session, report_id: uuid.UUID, day: date) -> None:
    """What waited for the reporter runs again."""
    for row in _owed(db, report_id):
        _run_again(row, day)


def end(db: Session, report_id: uuid.UUID, day: date, but: Collection[Promise] = (Promise.ACKNOWLEDGE,)) -> None:
    """Nothing is owed any more, but that someone acknowledges an immediate risk."""
    for row in _owed(db, report_id):
        if row.promise not in but:
            _run_again(row, day)
            row.ended_on = day


def stop(db: Session, report_id: uuid.UUID, day: date) -> None:
    """Its reporter took it back or wants it deleted: a message that waits is still read, and nobody answers it."""
    if db.scalar(select(_has_unseen()).where(Report.id == report_id).select_from(Report)):
        begin(db, report_id, Promise.READ, day, due_after(day, Promise.READ))
        end(db, report_id, day, but=(Promise.READ, Promise.ACKNOWLEDGE))
    else:
        end(db, report_id, day)


def take_up(db: Session, report: Report, stopped_on: date, day: date) -> None:
    """Its reporter keeps it after all, or must: what was owed when it was stopped is owed again, later by the days between."""
    if report.state is State.WITHDRAWN:
        return
    stopped = select(Clock).where(Clock.report_id == report.id, Clock.met_on.is_(None), Clock.ended_on == stopped_on)
    if report.state is State.CLOSED:
        # Closing meets this one. Where it was ended instead, the report is merged and its reporter waits for a word.
        stopped = stopped.where(Clock.promise == Promise.WRITE_AGAIN)
    newest = {row.promise: row for row in db.scalars(stopped.order_by(Clock.due_on))}
    running = {row.promise: row for row in _owed(db, report.id)}
    holidays = current_partnership().bank_holidays
    for promise, row in newest.items():
        row.due_on = working_days_after(row.due_on, working_days_between(stopped_on, day, holidays), holidays)
        if promise in running:
            running[promise].due_on = min(running[promise].due_on, row.due_on)
        else:
            row.ended_on = None
        if promise is Promise.READ:
            report.due_on = row.due_on


def reopen(db: Session, report: Report, day: date) -> None:
    """It was closed and is worked on again: every promise begins anew."""
    if report.state in NOT_READ:
        begin(db, report.id, Promise.READ, day, due_after(day, Promise.READ, immediate_risk=report.immediate_risk))
    next_word = Promise.WRITE_AGAIN if _has_been_told(db, report.id) else Promise.TELL
    begin(db, report.id, next_word, day, due_after(day, next_word))


def end_long_waits() -> int:
    """What waited as long as the partnership file allows runs again, whether its reporter answered or not; how many reports.

    The worker does it.
    """
    day = today()
    paused = session.scalars(select(Clock).where(is_owed(), Clock.paused_on.is_not(None)))
    over = {row.report_id for row in paused if _has_waited_long_enough(row, day)}
    for report_id in over:
        with transaction() as db:
            # Meanwhile its reporter may have written, or an officer asked something else.
            db.get(Report, report_id, with_for_update=True)
            for row in _owed(db, report_id):
                if _has_waited_long_enough(row, day):
                    _run_again(row, day)
                    outbox.remind(db, outbox.Letter.WAITED)
    return len(over)


def remind_of_overdue() -> None:
    """The duty address hears each working day that something is overdue, and neither what nor how much. The worker does it.

    A partner's answer counts as well: somebody must ask for it.
    """
    day = today()
    is_late = bool(
        session.scalar(select(or_(exists().where(is_overdue(day)), exists().where(referral_models.is_late(day)))))
    )
    outbox.keep_reminder(outbox.Letter.LATE, is_needed=is_late)


def give_clocks() -> int:
    """Reports from before there were clocks get theirs, as far as the clear tells them; returns how many. The worker does it."""
    has_clocks = exists().where(Clock.report_id == Report.id)
    without = session.scalars(select(Report.id).where(~has_clocks, Report.state.not_in(ENDED) | _has_unseen())).all()
    for report_id in without:
        with transaction() as db:
            report = db.get(Report, report_id, with_for_update=True)
            if report is not None and not db.scalar(select(has_clocks).where(Report.id == report_id)):
                _give(db, report)
    return len(without)


def _give(db: Session, report: Report) -> None:
    """Not read: as was promised. Told: from the officers' last message on. A message that waits: from the day it came."""
    messages = db.scalars(select(Message).where(Message.report_id == report.id).order_by(Message.position)).all()
    told = [message.sent_on for message in messages if message.author is Author.OFFICER]
    waiting = [message.sent_on for message in messages if message.author is Author.REPORTER and not message.seen]
    is_worked_on = report.state not in ENDED
    if is_worked_on:
        promised = first_due(report.received_on, immediate_risk=False, is_request=report.kind is Kind.REQUEST)
        promised |= {Promise.READ: report.due_on}
        if report.state not in NOT_READ:
            del promised[Promise.READ]
        if told:
            promised.pop(Promise.TELL, None)
            begin(db, report.id, Promise.WRITE_AGAIN, told[-1], due_after(told[-1], Promise.WRITE_AGAIN))
        for promise, due_on in promised.items():
            begin(db, report.id, promise, report.received_on, due_on)
    if outbox.waiting_alert(report.id) is not None:
        due_on = due_after(report.received_on, Promise.ACKNOWLEDGE)
        begin(db, report.id, Promise.ACKNOWLEDGE, report.received_on, due_on)
    if waiting:
        reporter_wrote(db, report, waiting[0], is_worked_on=is_worked_on)
    asked = db.get(DeletionRequest, report.id)
    if asked is not None and asked.refused_on is None:
        stop(db, report.id, asked.asked_on)


def _owed(db: Session, report_id: uuid.UUID, promises: Collection[Promise] = tuple(Promise)) -> list[Clock]:
    return list(db.scalars(select(Clock).where(Clock.report_id == report_id, Clock.promise.in_(promises), is_owed())))


def _has_waited_long_enough(row: Clock, day: date) -> bool:
    partnership = current_partnership()
    return row.paused_on is not None and (
        working_days_between(row.paused_on, day, partnership.bank_holidays) >= partnership.clocks.wait_for_reporter
    )


def _run_again(row: Clock, day: date) -> None:
    if row.paused_on is not None:
        partnership = current_partnership()
        waited = working_days_between(row.paused_on, day, partnership.bank_holidays)
        waited = min(waited, partnership.clocks.wait_for_reporter)
        row.due_on = working_days_after(row.due_on, waited, partnership.bank_holidays)
        row.days_paused += waited
        row.paused_on = None


def _has_been_told(db: Session, report_id: uuid.UUID) -> bool:
    by_officer = exists().where(Message.report_id == report_id, Message.author == Author.OFFICER)
    return bool(db.scalar(select(by_officer)))


def _has_unseen() -> ColumnElement[bool]:
    """Whether a message of its reporter waits to be seen."""
    return exists().where(Message.report_id == Report.id, Message.author == Author.REPORTER, Message.seen.is_(False))
