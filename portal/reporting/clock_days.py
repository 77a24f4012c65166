"""The promises about one report as days: what runs, what was kept and what was not."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.db import session, today
from portal.reporting.models import Clock, Promise, Report, State


@dataclass(frozen=True)
class ClockDays:
    """A clock as `models.Clock` has it."""

    promise: Promise
    due_on: date
    met_on: date | None
    ended_on: date | None
    paused_on: date | None

    @property
    def is_running(self) -> bool:
        return self.met_on is None and self.ended_on is None and self.paused_on is None

    @property
    def is_overdue(self) -> bool:
        return self.is_running and self.due_on < today()

    @property
    def is_missed(self) -> bool:
        """It was not met by its day, whether or not it was met later."""
        if self.met_on is not None:
            return self.met_on > self.due_on
        return self.is_overdue


def clock_days(report_id: uuid.UUID) -> list[ClockDays]:
    """In the order of their days."""
    rows = session.scalars(select(Clock).where(Clock.report_id == report_id))
    found = [ClockDays(row.promise, row.due_on, row.met_on, row.ended_on, row.paused_on) for row in rows]
    return sorted(found, key=lambda one: (one.due_on, one.promise))


def next_day(report: Report, clocks: list[ClockDays]) -> tuple[Promise, date, bool] | None:
    """What is due first, and whether its day is over; None where nothing is promised any more.

    A report that came before there were clocks has the day by which it is read.
    """
    running = [one for one in clocks if one.is_running]
    if running:
        return running[0].promise, running[0].due_on, running[0].is_overdue
    if not clocks and report.state in (State.NEW, State.HELD):
        return Promise.READ, report.due_on, report.due_on < today()
    return None
