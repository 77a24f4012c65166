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
from portal.reporting import clocks
from portal.reporting.counts import count_answers
from portal.reporting.models import Author, Clock, Promise, Report, State
from portal.sample.talk import Turn
from portal.staff.models import StaffMember

# In working days: how long officers take to read one, mostly within what is promised and sometimes not.
READ_AFTER = (0, 0, 1, 1, 1, 2, 2, 2, 2, 3)
# Of an immediate risk.
SEEN_AFTER = (0, 0, 0, 1, 1, 1, 1, 2)
# Until it is closed.
CLOSED_AFTER = (12, 15, 18, 22, 27, 33, 40, 48, 60, 75)
# In days: reports that nobody has read yet.
NEWEST = 4
# Of the reports that are no longer new, so many in a hundred.
WITHDRAWN, WITHOUT_OWNER = 4, 6
TOLD_IF_IT_HELPED = 35
HELPED = {
    "listened": ("yes", "yes", "yes", "a_little", "a_little", "no"),
    "safer": ("yes", "yes", "a_little", "a_little", "a_little", "no"),
}


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


def over_since(report: Report, closed_on: date | None) -> date | None:
    """The day on which its work ended; None while it is open."""
    withdrawn_on = min(today(), _after(report.received_on, 6)) if report.state is State.WITHDRAWN else None
    return closed_on or withdrawn_on


def give_owner(db: Session, rng: random.Random, report: Report, owners: Sequence[StaffMember]) -> StaffMember:
    """Whoever of `owners` works on it, or did; some of the reports are nobody's case."""
    owner = rng.choice(owners)
    if report.state not in (State.NEW, State.HELD):
        # Whoever read it answered its alert.
        acknowledge(db, report.id)
        report.assignee_id = None if rng.randrange(100) < WITHOUT_OWNER else owner.id
    return owner


def tell_if_it_helped(db: Session, rng: random.Random, report: Report, closed_on: date) -> None:
    """Of a closed one: some of the reporters come back and say."""
    if rng.randrange(100) < TOLD_IF_IT_HELPED:
        report.told_if_it_helped = True
        asked_on = min(today(), closed_on + timedelta(days=rng.randrange(20)))
        count_answers(db, report, asked_on, {question: [rng.choice(said)] for question, said in HELPED.items()})


def add_clocks(db: Session, rng: random.Random, report: Report, closed_on: date | None, turns: Sequence[Turn]) -> None:
    """What was promised about it, kept on the days on which officers wrote; what closes it meets the rest."""
    # What was promised when it was stored was not kept in the days that are invented here.
    db.execute(delete(Clock).where(Clock.report_id == report.id))
    over = over_since(report, closed_on)

    def add(promise: Promise, began: date, met: date | None) -> None:
        if met is None or met > (over or today()):
            met = closed_on
        due = clocks.due_after(began, promise, immediate_risk=report.immediate_risk)
        clock = Clock(id=random_id(), report_id=report.id, promise=promise, started_on=began, due_on=due, met_on=met)
        clock.ended_on = over if met is None else None
        db.add(clock)

    began, is_new = report.received_on, report.state in (State.NEW, State.HELD)
    add(
        Promise.READ,
        began,
        None if is_new else _after(began, rng.choice(SEEN_AFTER if report.immediate_risk else READ_AFTER)),
    )
    if report.immediate_risk:
        add(Promise.ACKNOWLEDGE, began, None if is_new else min(today(), _after(began, rng.choice(SEEN_AFTER))))
    promise, asked_on = Promise.TELL, None
    for turn in turns:
        if turn.author is Author.REPORTER:
            asked_on = asked_on or turn.day
            continue
        add(promise, began, turn.day)
        promise, began = Promise.WRITE_AGAIN, turn.day
        if asked_on is not None:
            add(Promise.ANSWER, asked_on, turn.day)
            asked_on = None
    add(promise, began, None)
    if asked_on is not None:
        add(Promise.ANSWER, asked_on, None)


def _after(day: date, working_days: int) -> date:
    return working_days_after(day, working_days, current_partnership().bank_holidays)
