"""On which dates of an event people can ask for help, until when, and what became of the date that somebody asked for."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portal.db import session, utcnow
from portal.db import today as this_day
from portal.events.help_models import Need
from portal.events.models import Event, EventState, Occurrence
from portal.events.occurrences import occurrences_of
from portal.events.times import local

# What is told and not arranged: it can be asked for until the event begins.
TOLD = frozenset({Need.PLACE, Need.LINK})


@dataclass(frozen=True)
class AskDate:
    """A date that is to come, and what can still be asked for on it."""

    one: Occurrence
    needs: frozenset[Need]


def dates_to_ask(event: Event, occurrences: Iterable[Occurrence]) -> list[AskDate]:
    """None of a draft or of an event that is called off."""
    if event.state is not EventState.PUBLISHED:
        return []
    is_told = {Need.PLACE: event.is_place_on_request, Need.LINK: event.is_online}
    found = []
    for one in occurrences:
        if not one.is_cancelled and one.starts_at > utcnow():
            last_day = local(one.starts_at).date() - timedelta(days=event.help_until)
            takes_help = last_day >= this_day()
            found.append(AskDate(one, frozenset(need for need in Need if is_told.get(need, takes_help))))
    return found


def needs_to_ask(dates: Iterable[AskDate]) -> list[Need]:
    """What can be asked for on one at least of these dates."""
    on_one = frozenset[Need]().union(*(each.needs for each in dates))
    return [need for need in Need if need in on_one]


def can_ask(dates: Iterable[AskDate], planned_on: date, needs: Iterable[Need]) -> bool:
    """Whether all of this can still be asked for on this date."""
    return any(each.one.planned_on == planned_on and set(needs) <= each.needs for each in dates)


@dataclass(frozen=True)
class MeantDate:
    """The date that somebody asked for, as it is now."""

    event: Event
    planned_on: date
    one: Occurrence | None
    """None where the calendar has it no more."""
    comes_again: bool

    @property
    def day(self) -> date:
        return local(self.one.starts_at).date() if self.one else self.planned_on

    @property
    def is_over(self) -> bool:
        return self.one.ends_at < utcnow() if self.one else self.planned_on < this_day()

    @property
    def is_called_off(self) -> bool:
        """Whoever cancels an event that comes again does not undo the dates that were over."""
        if self.one is None or self.one.is_cancelled:
            return True
        was_over = self.comes_again and self.one.ends_at < self.event.changed_at
        return self.event.state is EventState.CANCELLED and not was_over


def meant_dates(asked: Sequence[tuple[uuid.UUID, date]]) -> dict[tuple[uuid.UUID, date], MeantDate]:
    """Of each event and day. Of an event that is once it is its one date, wherever that was put."""
    ids = {event_id for event_id, _day in asked}
    occurrences = occurrences_of(ids)
    events = {event_id: session.get_one(Event, event_id) for event_id in ids}
    return {
        (event_id, day): _meant(events[event_id], occurrences.get(event_id, []), day) for event_id, day in set(asked)
    }


def _meant(event: Event, there: Sequence[Occurrence], planned_on: date) -> MeantDate:
    one = next((one for one in there if one.planned_on == planned_on), None)
    if one is None and len(there) == 1:
        one = there[0]
    return MeantDate(event, planned_on, one, len(there) > 1)
