"""What is owed next on a report, and each promise with its days."""

from __future__ import annotations

from typing import Any

from portal.reporting.case import OpenReport
from portal.reporting.models import Promise, State
from portal.reporting.promises import clocks_of, find_owed, next_owed
from portal.staff.clock_words import owed_next_in_words, promise_in_words, stand_in_words
from portal.web.forms import Form

# How many of those that are over are shown before the others are folded away.
SHOWN = 4


def panel(found: OpenReport, _sent: Form | None) -> dict[str, Any]:
    report = found.report
    clocks = clocks_of(report.id)
    rows = [(promise_in_words(clock), *stand_in_words(clock)) for clock in clocks]
    shown = sum(clock.is_owed for clock in clocks) + SHOWN
    following = next_owed(clock for clock in clocks if clock.promise not in (Promise.READ, Promise.ACKNOWLEDGE))
    return {
        "clock_rows": rows[:shown],
        "older_clock_rows": rows[shown:],
        "to_read": find_owed(clocks, Promise.READ),
        "is_held": report.state is State.HELD,
        "owed_next": owed_next_in_words(following) if following else None,
    }
