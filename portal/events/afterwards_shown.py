"""What came of events, for each who reads it: everyone, the group whose event it is, and the editors."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from portal.events import feedback
from portal.events.afterwards import Told, from_group, held_dates, number_for_all, outcomes_of, stored
from portal.events.afterwards_models import EventOutcome
from portal.events.kept_back import for_those_who_ask, tells
from portal.events.listing import ShownEvent
from portal.events.models import Event, Occurrence
from portal.events.occurrences import occurrences_of
from portal.events.proposals import OpenProposal
from portal.events.services import find_event

# Of an event that comes again everyone sees so many dates; each further one has a page of its own.
MOST_SHOWN = 5
MOST_DATES = 12


@dataclass(frozen=True)
class Came:
    """Of one date, what everyone may know: how many came, to the nearest 5, and a sentence; one of both may be missing."""

    on: Occurrence
    number: int | None
    text: str
    language: str


def what_came(shown: ShownEvent) -> list[Came]:
    """Of the date that is looked at by itself, or of an event's last ones, the newest first."""
    return _came(shown, outcomes_of([shown.event.id]).get(shown.event.id, {}))[:MOST_SHOWN]


def what_came_of(events: Iterable[ShownEvent]) -> dict[uuid.UUID, Came]:
    """Of each event of a list its last date of which something is public."""
    events = list(events)
    found = outcomes_of(shown.event.id for shown in events)
    came = {shown.event.id: _came(shown, found.get(shown.event.id, {})) for shown in events}
    return {event_id: dates[0] for event_id, dates in came.items() if dates}


def _came(shown: ShownEvent, found: Mapping[date, EventOutcome]) -> list[Came]:
    if not found:
        return []
    held = held_dates(shown.event, shown.occurrences)
    dates = [one for one in held if shown.one is None or one is shown.one]
    return list(_for_all(shown.event, [(one, found[one.planned_on]) for one in dates if one.planned_on in found]))


def _for_all(event: Event, rows: Iterable[tuple[Occurrence, EventOutcome]]) -> Iterator[Came]:
    for one, row in rows:
        # Since an editor let it through, the place may have become one for those who ask.
        text = "" if tells(row.text, for_those_who_ask(event)) else row.text
        number = number_for_all(row)
        if row.is_public and (text or number is not None):
            yield Came(one, number, text, row.language)


@dataclass(frozen=True)
class DateToTell:
    """A date of a group's event that is over, and what it or an editor said of it."""

    one: Occurrence
    told: Told | None
    stored: Told | None
    version: int


def dates_to_tell_of(proposal: OpenProposal) -> list[DateToTell]:
    """The last dates that were held of the event that a proposal became, the newest first."""
    found = find_event(proposal.event_id) if proposal.event_id and proposal.is_open_to_group else None
    if found is None:
        return []
    event = found[0]
    rows = outcomes_of([event.id]).get(event.id, {})
    dates = held_dates(event, occurrences_of([event.id])[event.id])[:MOST_DATES]
    return [
        DateToTell(one, from_group(row), stored(row), row.sequence if row else 0)
        for one in dates
        for row in [rows.get(one.planned_on)]
    ]


@dataclass(frozen=True)
class Line:
    """A date that is over, for editors. `answers`: how many told how it was, where that may be shown."""

    one: Occurrence
    stored: Told | None
    is_told: bool
    is_public: bool
    answers: int | None

    @property
    def percent(self) -> int | None:
        """Of a hundred who came, how many told how it was."""
        came = self.stored.came if self.stored else None
        return min(100, round(100 * self.answers / came)) if self.answers and came else None


def lines_of(shown: ShownEvent) -> list[Line]:
    """The last dates of an event that were held, the newest first."""
    dates = held_dates(shown.event, shown.occurrences)[:MOST_DATES]
    rows = outcomes_of([shown.event.id]).get(shown.event.id, {})
    answers = feedback.answers_of(shown.event.id, [one.planned_on for one in dates])
    return [
        Line(
            one,
            stored(row),
            from_group(row) is not None,
            row is not None and row.is_public,
            answers.get(one.planned_on),
        )
        for one in dates
        for row in [rows.get(one.planned_on)]
    ]
