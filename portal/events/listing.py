"""What residents see of the calendar: the events to come, chosen by what people need, and those that calendars keep."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, select

from portal.db import session, today, utcnow
from portal.events.models import AccessFact, Event, EventState, EventWords, Occurrence
from portal.events.services import WordsOfEvent, find_event, occurrences_of, places, words_of
from portal.events.times import month_ends, week_ends

PUBLIC = (EventState.PUBLISHED, EventState.CANCELLED)
WHEN: Mapping[str, Callable[..., datetime]] = {"week": week_ends, "month": month_ends}


@dataclass(frozen=True)
class ShownEvent:
    """An event as someone who reads one language sees it."""

    event: Event
    words: EventWords
    original: EventWords
    """The same as the words where nobody has translated it into that language."""
    is_older: bool
    """The translation is of an earlier original."""
    occurrences: list[Occurrence]

    @property
    def coming(self) -> list[Occurrence]:
        """Those that are not over."""
        return [one for one in self.occurrences if one.ends_at >= utcnow()]

    @property
    def next(self) -> Occurrence:
        """The one that is on or comes next; of what is over, the last."""
        return (self.coming or self.occurrences[-1:])[0]

    @property
    def further(self) -> int:
        """How many times it takes place after the next."""
        return sum(not one.is_cancelled for one in self.coming[1:])

    @property
    def is_cancelled(self) -> bool:
        return self.event.state is EventState.CANCELLED

    @property
    def is_next_cancelled(self) -> bool:
        return self.is_cancelled or self.next.is_cancelled

    @property
    def is_over(self) -> bool:
        return not self.coming


@dataclass(frozen=True)
class Wanted:
    """What someone looks for. Every access fact must hold; of languages and of places one is enough."""

    when: str = ""
    free: bool = False
    access: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def finds(self, event: Event) -> bool:
        return (
            (not self.free or not event.cost)
            and all(event.access.get(fact) == "yes" for fact in self.access)
            and (not self.languages or bool(self.languages & set(event.languages)))
            and (not self.groups or group_of(event) in self.groups)
        )


@dataclass(frozen=True)
class Found:
    """The events that someone looked for, and how many there would be with each further choice."""

    events: list[Event]
    free: int
    access: dict[str, int] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)


def group_of(event: Event) -> str | None:
    """The group of parishes it is in; none where the place is not known or is no more."""
    place = places().find(event.place_code) if event.place_code else None
    return place.group if place else None


def upcoming_events(when: str = "") -> list[Event]:
    """Public and not over, in the order in which they begin; one that comes again stands where it comes next."""
    still_on = select(Event).join(Occurrence).where(Event.state.in_(PUBLIC), Occurrence.ends_at >= utcnow())
    if when in WHEN:
        still_on = still_on.where(Occurrence.starts_at < WHEN[when](today()))
    in_order = still_on.group_by(Event.id).order_by(func.min(Occurrence.starts_at), Event.id)
    return list(session.scalars(in_order))


def has_upcoming_events() -> bool:
    still_on = (
        select(Event.id).join(Occurrence).where(Event.state == EventState.PUBLISHED, Occurrence.ends_at >= utcnow())
    )
    return session.scalar(still_on.limit(1)) is not None


def look_for(wanted: Wanted) -> Found:
    there = upcoming_events(wanted.when)
    found = [event for event in there if wanted.finds(event)]
    any_language, any_group = replace(wanted, languages=frozenset()), replace(wanted, groups=frozenset())
    in_any_language = [event for event in there if any_language.finds(event)]
    in_any_group = [event for event in there if any_group.finds(event)]
    return Found(
        events=found,
        free=sum(not event.cost for event in found),
        access={fact: sum(event.access.get(fact) == "yes" for event in found) for fact in AccessFact},
        languages=_tally(code for event in in_any_language for code in event.languages),
        groups=_tally(group for event in in_any_group if (group := group_of(event))),
    )


def _tally(codes: Iterable[str]) -> dict[str, int]:
    times: dict[str, int] = {}
    for code in codes:
        times[code] = times.get(code, 0) + 1
    return times


def shown(event: Event, words: WordsOfEvent, language: str) -> ShownEvent:
    return _shown(event, words, occurrences_of([event.id])[event.id], language)


def _shown(event: Event, words: WordsOfEvent, occurrences: list[Occurrence], language: str) -> ShownEvent:
    said = words.in_(language)
    return ShownEvent(event, said, words.original, words.is_older(said), occurrences)


def shown_events(events: Iterable[Event], language: str) -> list[ShownEvent]:
    events = list(events)
    ids = [event.id for event in events]
    words, occurrences = words_of(ids), occurrences_of(ids)
    return [_shown(event, words[event.id], occurrences[event.id], language) for event in events]


def find_public_event(event_id: uuid.UUID, language: str) -> ShownEvent | None:
    """None for a draft as for one that is not there."""
    found = find_event(event_id)
    return shown(*found, language) if found and found[0].state in PUBLIC else None
