"""How far an invented report has come: its state and owner, its promises kept and missed, its outcome, what its reporter said."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.db import random_id, today
from portal.outbox import acknowledge
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after
from portal.reporting.counts import count_answers
from portal.reporting.models import Clock, Promise, Report, State

# In working days: how long officers take, mostly within what is promised and sometimes not.
READ_AFTER, TELL_AFTER, ANSWER_AFTER = (
    (0, 0, 1, 1, 1, 2, 2, 2, 2, 3),
    (2, 3, 4, 5, 6, 7, 8, 9, 10, 14),
    (1, 2, 3, 4, 5, 7, 9, 12),
)
CLOSED_AFTER = (12, 15, 18, 22, 27, 33, 40, 48, 60, 75)
# Of the reports that are no longer new, so many in a hundred.
WITHDRAWN, PAUSED, WITHOUT_OWNER, NEVER_TOLD = 4, 7, 6, 3
TOLD_IF_IT_HELPED = 35
HELPED = {"listened": ("yes", "yes", "a_little", "no"), "safer": ("yes", "a_little", "a_little", "no")}
# Nine in ten are closed with one of the first outcomes of the partnership's list.
USUAL_OUTCOMES = 6


def state_of(rng: random.Random, day: date) -> tuple[State, date | None]:
    """What a report of that day is by now, and when it was closed."""
    age = (today() - day).days
    if age < 4:
        return (State.HELD if rng.random() < 0.1 else State.NEW), None
    if rng.randrange(100) < WITHDRAWN:
        return State.WITHDRAWN, None
    closed_on = _after(day, rng.choice(CLOSED_AFTER))
    if closed_on <= today():
        return State.CLOSED, closed_on
    return rng.choice((State.LOOKED_AT, State.LOOKED_AT, State.ACTION)), None


def add_progress(
    db: Session,
    rng: random.Random,
    report: Report,
    owners: Mapping[str, Sequence[uuid.UUID]],
    closed_on: date | None,
    wrote_on: Sequence[date],
) -> None:
    """`owners` are by kind; `wrote_on` are the days on which the reporter wrote back. Other parts add their rows here."""
    if report.state not in (State.NEW, State.HELD):
        # Whoever read it answered its alert.
        acknowledge(db, report.id)
    if report.state not in (State.NEW, State.HELD) and rng.randrange(100) >= WITHOUT_OWNER:
        report.assignee_id = rng.choice(owners[report.kind.value])
    _clocks(db, rng, report, closed_on, wrote_on)
    if closed_on is not None:
        _close(db, rng, report, closed_on)


def _clocks(db: Session, rng: random.Random, report: Report, closed_on: date | None, wrote_on: Sequence[date]) -> None:
    promised = current_partnership().clocks
    # What was promised when it was stored was not kept in the days that are invented here.
    db.execute(delete(Clock).where(Clock.report_id == report.id))
    over = closed_on or (_after(report.received_on, 6) if report.state is State.WITHDRAWN else None)
    over = min(over, today()) if over else None

    def add(promise: Promise, began: date, due: date, met: date | None) -> Clock:
        """Not met where the report was over before, or where that day is still to come."""
        met = None if met is None or met > (over or today()) else met
        clock = Clock(id=random_id(), report_id=report.id, promise=promise, started_on=began, due_on=due, met_on=met)
        clock.ended_on = over if met is None else None
        db.add(clock)
        return clock

    began, is_new = report.received_on, report.state in (State.NEW, State.HELD)
    add(Promise.READ, began, report.due_on, None if is_new else _after(began, rng.choice(READ_AFTER)))
    if report.immediate_risk:
        add(Promise.ACKNOWLEDGE, began, _after(began, promised.acknowledge), None if is_new else _after(began, 1))
    told_on = None if is_new or rng.randrange(100) < NEVER_TOLD else _after(began, rng.choice(TELL_AFTER))
    clock = add(Promise.TELL, began, _after(began, promised.tell_reporter), told_on)
    while clock.met_on is not None:
        next_due, next_met = _after(clock.met_on, promised.update), _after(clock.met_on, rng.choice(TELL_AFTER))
        clock = add(Promise.WRITE_AGAIN, clock.met_on, next_due, next_met)
    if over is None and clock.promise is Promise.WRITE_AGAIN and rng.randrange(100) < PAUSED:
        clock.paused_on = clock.started_on
    for day in (day for day in wrote_on if over is None or day <= over):
        add(Promise.ANSWER, day, _after(day, promised.tell_reporter), _after(day, rng.choice(ANSWER_AFTER)))


def _close(db: Session, rng: random.Random, report: Report, closed_on: date) -> None:
    report.closed_on = closed_on
    outcomes = [outcome.code for outcome in current_partnership().outcomes]
    usual = outcomes[:USUAL_OUTCOMES] if rng.random() < 0.9 else outcomes
    count_answers(db, report, closed_on, {"outcome": [rng.choice(usual)]})
    if rng.randrange(100) < TOLD_IF_IT_HELPED:
        report.told_if_it_helped = True
        asked_on = min(today(), closed_on + timedelta(days=rng.randrange(20)))
        count_answers(db, report, asked_on, {question: [rng.choice(said)] for question, said in HELPED.items()})


def _after(day: date, working_days: int) -> date:
    return working_days_after(day, working_days, current_partnership().bank_holidays)
