"""What was done in a quarter, in numbers that may be public: reports, promises kept, events, findings answered.

The board's report, the yearly tables and the public page all take theirs from the functions that are asked here, so they
cannot disagree. Every number has passed the rules: of reports those of docs/figures.md, of promises those of the survey's
public figures. What is not used, or of which nothing may be said, is None and never 0.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from portal.cohesion import finding_lists
from portal.db import session, today
from portal.events.held import held_events
from portal.events.help_counts import ALL as ALL_HELP
from portal.events.help_counts import help_figures
from portal.reporting.durations import MEASURED, kept_promises, waiting_times
from portal.reporting.figures import ALL, Figures, last_day, report_figures
from portal.small_counts import Shown
from portal.staff.spans import Span

FORMAT = 1
BY = ("kind", "language", "source")
AWARENESS_MONTH = 10

Document = dict[str, Any]


def activity_document(span: Span, reports: Figures | None = None) -> Document:
    """Of a quarter that is over. `reports` are given where several quarters are asked for at once."""
    first, last = span.first, last_day(span.last)
    return {
        "format": FORMAT,
        "quarter": span.quarter,
        "first": span.first.isoformat(),
        "last": span.last.isoformat(),
        "made_on": today().isoformat(),
        "reports": _reports(reports or report_figures(), span),
        "clocks": _clocks(first, last),
        "events": _events(first, last),
        "help": {name: _told(shown) for name, shown in help_shown(span).items()} or None,
        "findings": _findings(first, last),
    }


def _reports(figures: Figures, span: Span) -> Document | None:
    if figures.first is None or figures.first > span.last:
        return None
    found: Document = {"all": _told(figures.received.over(span.first, span.last, ALL))}
    for question in BY:
        table = figures.tables[question]
        told = {answer: _told(table.over(span.first, span.last, answer)) for answer in table.answers}
        found[question] = {answer: one for answer, one in told.items() if one is not None}
    return found if any(found.values()) else None


def _told(shown: Shown) -> Document | None:
    """None where nothing may be said."""
    return {"number": shown.number, "is_all": shown.is_all} if shown.is_known else None


def _clocks(first: date, last: date) -> Document | None:
    waited, kept = waiting_times(first, last, outside=True), kept_promises(first, last, outside=True)
    found: Document = {}
    for promise in MEASURED:
        told: Document = {}
        if mine := waited[promise]:
            told |= {"median": mine.median, "waited": mine.base}
        if due := kept[promise]:
            told |= {"in_time": 100 - due.missed, "due": due.base}
        if told:
            found[promise.value] = told
    return found or None


def _events(first: date, last: date) -> Document | None:
    held = held_events(first, last)
    if not held.planned:
        return None
    # Where the week lies in none of these months, none was missed in it.
    week = held.awareness_week if first.month <= AWARENESS_MONTH <= last.month else None
    return asdict(held) | {"planned": held.planned, "awareness_week": week}


def help_shown(span: Span) -> dict[str, Shown]:
    """Of the interpreters and other help that people asked for at events: how often, and how often they had it.

    Of months that are final, as `events/help_counts.py` shows them; empty where nothing of these may be told.
    """
    figures = help_figures(session, ())
    met, _not_met = figures.outcomes.answers
    found = {
        "made": figures.made.over(span.first, span.last, ALL_HELP),
        "met": figures.outcomes.over(span.first, span.last, met),
    }
    return found if any(shown.is_known for shown in found.values()) else {}


def _findings(first: date, last: date) -> Document | None:
    found = finding_lists.summary(session, first, last)
    if not found.all_found:
        return None
    return {
        "answered": found.all_answered,
        "all": found.all_found,
        "answered_now": len(found.answered),
        "late": len(found.late),
    }


def tells_anything(document: Document) -> bool:
    return any(document[part] for part in ("reports", "clocks", "events", "findings"))
