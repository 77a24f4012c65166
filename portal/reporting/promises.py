"""What the clocks say: the one place from which reporters and staff read what was promised, by when, and what came of it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from portal.db import session, today
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after, working_days_between
from portal.reporting.clocks import is_overdue, is_owed
from portal.reporting.models import Clock, Promise

# How many reports a question to the database names at once.
BATCH_SIZE = 500
# What comes first of what is due on one day.
OF_ONE_DAY = (
    Promise.ACKNOWLEDGE,
    Promise.READ,
    Promise.ANSWER,
    Promise.FORMATS,
    Promise.TELL,
    Promise.WRITE_AGAIN,
)


@dataclass(frozen=True)
class PromiseClock:
    """One promise about one report, as it stands today."""

    promise: Promise
    started_on: date
    due_on: date
    met_on: date | None
    ended_on: date | None
    paused_on: date | None
    days_paused: int

    @property
    def is_owed(self) -> bool:
        """It runs, or waits for the reporter."""
        return self.met_on is None and self.ended_on is None

    @property
    def is_paused(self) -> bool:
        return self.is_owed and self.paused_on is not None

    @property
    def is_overdue(self) -> bool:
        return self.is_owed and not self.is_paused and self.due_on < today()

    @property
    def is_missed(self) -> bool:
        """Not met by its due day, whatever came of it later."""
        over_on = self.met_on or self.ended_on
        return over_on > self.due_on if over_on else self.is_overdue

    @property
    def waits_until(self) -> date | None:
        """The day on which it runs again even if the reporter has not written by then."""
        if not self.is_paused or self.paused_on is None:
            return None
        partnership = current_partnership()
        return working_days_after(self.paused_on, partnership.clocks.wait_for_reporter, partnership.bank_holidays)

    @property
    def latest_on(self) -> date:
        """By when it is met at the latest: the due day, put off by the longest wait where it waits."""
        partnership = current_partnership()
        longest = partnership.clocks.wait_for_reporter if self.is_paused else 0
        return working_days_after(self.due_on, longest, partnership.bank_holidays)

    @property
    def has_waited_long_enough(self) -> bool:
        """Its reporter did not write for as long as we wait, so that it runs again."""
        longest = current_partnership().clocks.wait_for_reporter
        has_waited = self.promise is Promise.WRITE_AGAIN and self.days_paused >= longest
        return has_waited and self.is_owed and not self.is_paused


def clocks_of(report_id: uuid.UUID) -> list[PromiseClock]:
    """All that was ever promised about a report: what is owed first, by due day, then what is over, the newest first."""
    found = [_read(row) for row in session.scalars(select(Clock).where(Clock.report_id == report_id))]
    owed = sorted((clock for clock in found if clock.is_owed), key=_by_due_day)
    over = sorted((clock for clock in found if not clock.is_owed), key=_over_on, reverse=True)
    return owed + over


def owed_to(report_id: uuid.UUID) -> list[PromiseClock]:
    """What is owed about this report, in the order of its due days."""
    return running_clocks([report_id]).get(report_id, [])


def running_clocks(report_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[PromiseClock]]:
    """By report what is owed, in the order of its due days; one that waits for the reporter comes last."""
    found: dict[uuid.UUID, list[PromiseClock]] = defaultdict(list)
    for first in range(0, len(report_ids), BATCH_SIZE):
        some = list(report_ids[first : first + BATCH_SIZE])
        for row in session.scalars(select(Clock).where(Clock.report_id.in_(some), is_owed())):
            found[row.report_id].append(_read(row))
    return {report_id: sorted(clocks, key=_by_due_day) for report_id, clocks in found.items()}


def next_owed(clocks: Iterable[PromiseClock]) -> PromiseClock | None:
    """What is owed first of these."""
    return min((clock for clock in clocks if clock.is_owed), key=_by_due_day, default=None)


def find_owed(clocks: Iterable[PromiseClock], promise: Promise) -> PromiseClock | None:
    return next((clock for clock in clocks if clock.is_owed and clock.promise is promise), None)


def longest_overdue() -> int:
    """For how many working days the promise that waits longest has been overdue."""
    day = today()
    oldest = session.scalar(select(func.min(Clock.due_on)).where(is_overdue(day)))
    return working_days_between(oldest, day, current_partnership().bank_holidays) if oldest else 0


def _read(row: Clock) -> PromiseClock:
    return PromiseClock(
        row.promise, row.started_on, row.due_on, row.met_on, row.ended_on, row.paused_on, row.days_paused
    )


def _by_due_day(clock: PromiseClock) -> tuple[bool, date, int]:
    return clock.is_paused, clock.due_on, OF_ONE_DAY.index(clock.promise)


def _over_on(clock: PromiseClock) -> date:
    return clock.met_on or clock.ended_on or clock.due_on
