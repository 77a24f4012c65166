"""Who came to an event says how it was: the survey on events, by a code of the event's own.

The answers keep nothing of the event. Only how many were sent by its code is counted: see portal/surveys/occasions.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, timedelta

from portal.db import utcnow
from portal.events.listing import ShownEvent
from portal.events.models import Occurrence
from portal.surveys import occasions
from portal.surveys.waves import OpenSurvey

SURVEY = "event-feedback"
# Later nobody remembers how it was.
ASKED_FOR = timedelta(days=30)


def open_feedback() -> OpenSurvey | None:
    """The survey while anyone can answer it."""
    return occasions.find_survey_for_all(SURVEY)


def has_sheet(shown: ShownEvent | None) -> bool:
    """Whether there is something to give to people at the end of an event: it is public, and the survey is open."""
    return shown is not None and not shown.is_next_cancelled and open_feedback() is not None


def code_of(event_id: uuid.UUID, planned_on: date) -> str:
    """What stands in the address under which one date's answers are counted."""
    return occasions.code_of(_occasion(event_id, planned_on))


def asked_now(shown: ShownEvent) -> Occurrence | None:
    """The date about which people are asked on an event's page: one that has begun, and while they remember it."""
    now = utcnow()
    dates = [shown.one] if shown.one else shown.occurrences
    begun = [one for one in dates if not one.is_cancelled and one.starts_at <= now < one.ends_at + ASKED_FOR]
    if shown.is_cancelled or not begun or open_feedback() is None:
        return None
    return begun[-1]


def answers_of(event_id: uuid.UUID, days: Iterable[date]) -> dict[date, int]:
    """Of the dates from which 30 or more answered: how many, to the nearest 5."""
    occasion_of = {day: _occasion(event_id, day) for day in days}
    told = occasions.answers_by_occasion(occasion_of.values())
    return {day: told[occasion] for day, occasion in occasion_of.items() if occasion in told}


def _occasion(event_id: uuid.UUID, planned_on: date) -> uuid.UUID:
    return uuid.uuid5(event_id, planned_on.isoformat())
