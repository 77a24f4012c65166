"""How far an invented report has come: its state and owner, its promises kept and missed, whether it helped."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.db import random_id, today
from portal.outbox import acknowledge
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after
from portal.reporting.counts import count_answers
from portal.reporting.models import Clock, Promise, Report, State
from portal.staff.models import StaffMember

# In working days: how long officers take, mostly within what is promised and sometimes not.
READ_AFTER, TELL_AFTER, ANSWER_AFTER = (
    (0, 0, 1, 1, 1, 2, 2, 2, 2, 3),
    (2, 3, 4, 5, 6, 7, 8, 9, 10, 14),
    (1, 2, 3, 4, 5, 7, 9, 12),
)
# Of an immediate risk.
SEEN_AFTER = (0, 0, 0, 1, 1, 1, 1, 2)
CLOSED_AFTER = (12, 15, 18, 22, 27, 33, 40, 48, 60, 75)
# In days: reports that nobody has read yet.
NEWEST = 4
# Of the reports that are no longer new, so many in a hundred.
WITHDRAWN, WITHOUT_OWNER, NEVER_TOLD = 4, 6, 3
TOLD_IF_IT_HELPED = 35
HELPED = {"listened": ("yes", "yes", "a_little", "no"), "safer": ("yes", "a_little", "a_little", "no")}


def state_of(rng: random.Random, day: date) -> tuple[State, date | None]:
    """What a report of that day is by now, and when it was closed."""
    age = (today() - day).days
    if age < NEWEST:
        return (State.HELD if rng.random() < 0.1 else State.NEW), None
    if rng.randrange(100) < WITHDRAWN:
        return State.WITHDRAWN, None
    closed_on = _after(day, rng.choice(CLOSED_AFTER))
    if closed_on <= today() and any(not outcome.retired for outcome in current_partnership().outcomes):
        return State.CLOSED, closed_on
    return rng.choice((State.LOOKED_AT, State.LOOKED_AT, State.ACTION)), None


def add_progress(
    db: Session,
    rng: random.Random,
    report: Report,
    owners: Sequence[StaffMember],
    closed_on: date | None,
    wrote_on: Sequence[date],
) -> StaffMember:
    """`owners` can open it; `wrote_on` are the days on which its reporter wrote back. Gives whoever works on it."""
    owner = rng.choice(owners)
    if report.state not in (State.NEW, State.HELD):
        # Whoever read it answered its alert.
        acknowledge(db, report.id)
        report.assignee_id = None if rng.randrange(100) < WITHOUT_OWNER else owner.id
    _clocks(db, rng, report, closed_on, wrote_on)
    return owner


def tell_if_it_helped(db: Session, rng: random.Random, report: Report, closed_on: date) -> None:
    """Of a closed one: some of the reporters come back and say."""
    if rng.randrange(100) < TOLD_IF_IT_HELPED:
        report.told_if_it_helped = True
        asked_on = min(today(), closed_on + timedelta(days=rng.randrange(20)))
        count_answers(db, report, asked_on, {question: [rng.choice(said)] for question, said in HELPED.items()})


def _clocks(db: Session, rng: random.Random, report: Report, closed_on: date | None, wrote_on: Sequence[date]) -> None:
    promised = current_partnership().clocks
    # What was promised when it was stored was not kept in the days that are invented here.
    db.execute(delete(Clock).where(Clock.report_id == report.id))
    over = closed_on or (_after(report.received_on, 6) if report.state is State.WITHDRAWN else None)
    over = min(over, today()) if over else None

    def add(promise: Promise, began: date, due: date, met: date | None) -> Clock:
        """Not met where the report was over before, or where that day is still to come; what closes it meets the rest."""
        met = closed_on if met is None or met > (over or today()) else met
        clock = Clock(id=random_id(), report_id=report.id, promise=promise, started_on=began, due_on=due, met_on=met)
        clock.ended_on = over if met is None else None
        db.add(clock)
        return clock

    began, is_new = report.received_on, report.state in (State.NEW, State.HELD)
    read_after = SEEN_AFTER if report.immediate_risk else READ_AFTER
    add(Promise.READ, began, report.due_on, None if is_new else _after(began, rng.choice(read_after)))
    if report.immediate_risk:
        seen_on = None if is_new else min(today(), _after(began, rng.choice(SEEN_AFTER)))
        add(Promise.ACKNOWLEDGE, began, _after(began, promised.acknowledge), seen_on)
    told_on = None if is_new or rng.randrange(100) < NEVER_TOLD else _after(began, rng.choice(TELL_AFTER))
    clock = add(Promise.TELL, began, _after(began, promised.tell_reporter), told_on)
    while clock.met_on is not None and clock.met_on != closed_on:
        next_due, next_met = _after(clock.met_on, promised.update), _after(clock.met_on, rng.choice(TELL_AFTER))
        clock = add(Promise.WRITE_AGAIN, clock.met_on, next_due, next_met)
    for day in (day for day in wrote_on if over is None or day <= over):
        add(Promise.ANSWER, day, _after(day, promised.tell_reporter), _after(day, rng.choice(ANSWER_AFTER)))


def _after(day: date, working_days: int) -> date:
    return working_days_after(day, working_days, current_partnership().bank_holidays)
