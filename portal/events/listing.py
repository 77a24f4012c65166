"""What residents see of the calendar: the events chosen by what people need, what is over, and those that calendars keep."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Select, func, select

from portal.db import session, utcnow
from portal.events.filters import NOT_RESERVED, Wanted, first_day, group_of
from portal.events.models import Event, EventState, EventWords, Occurrence
from portal.events.occurrences import occurrences_of
from portal.events.picture_models import EventPicture
from portal.events.pictures import find_picture
from portal.events.services import WordsOfEvent, find_event, places, words_of
from portal.events.times import local, midnight

PUBLIC = (EventState.PUBLISHED, EventState.CANCELLED)


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
    on: Occurrence | None = None
    """The one that is meant, where it is not simply the next."""
    one: Occurrence | None = None
    """The date that is looked at by itself."""
    picture: EventPicture | None = None
    """Where a page shows it."""

    @property
    def picture_said(self) -> tuple[str, str]:
        """In which language it is described here, and how: as the words are, or as the original is, or as it can be."""
        said = self.picture.said if self.picture else {}
        code = next((one for one in (self.words.language, self.original.language, *said) if one in said), "")
        return code, said.get(code, "")

    @property
    def coming(self) -> list[Occurrence]:
        """Those that are not over."""
        return [one for one in self.occurrences if one.ends_at >= utcnow()]

    @property
    def next(self) -> Occurrence:
        """The one that is meant, or that is on or comes next; of what is over, the last."""
        return self.one or self.on or (self.coming or self.occurrences[-1:])[0]

    @property
    def further(self) -> int:
        """How many times it takes place after the next."""
        return sum(not one.is_cancelled and one.starts_at > self.next.starts_at for one in self.coming)

    @property
    def is_cancelled(self) -> bool:
        return self.event.state is EventState.CANCELLED

    @property
    def is_next_cancelled(self) -> bool:
        return self.is_cancelled or self.next.is_cancelled

    @property
    def is_over(self) -> bool:
        return self.one.ends_at < utcnow() if self.one else not self.coming

    @property
    def place_said(self) -> str:
        """Where it is as far as everyone may know: the venue, or its parish where only those who ask are told the rest."""
        return self.place_of(self.next)[0]

    @property
    def address_said(self) -> str:
        return self.place_of(self.next)[1]

    def place_of(self, one: Occurrence | None) -> tuple[str, str]:
        """Venue and address of one date, or of all that have none of their own, as far as everyone may know."""
        if self.event.is_place_on_request:
            place = places().find(self.event.place_code) if self.event.place_code else None
            return place.parish_name if place else "", ""
        if one is not None and one.venue:
            return one.venue, one.address
        return self.event.venue, self.event.address

    @property
    def is_next_over(self) -> bool:
        return self.next.ends_at < utcnow()


@dataclass(frozen=True)
class Found:
    """The events that someone looked for, and how many there would be with each further choice, by fields of Wanted."""

    events: list[Event]
    times: dict[str, Counter[str]] = field(default_factory=dict)


def _listed(wanted: Wanted) -> Select[Event]:
    """What is public at the time that is meant, as it begins; one that comes again stands where it comes first then."""
    asked = select(Event).join(Occurrence).where(Event.state.in_(PUBLIC), Occurrence.ends_at > wanted.since)
    if wanted.until is not None:
        asked = asked.where(Occurrence.starts_at < wanted.until)
    return asked.group_by(Event.id).order_by(func.min(Occurrence.starts_at), Event.id)


def has_upcoming_events() -> bool:
    still_on = (
        select(Event.id).join(Occurrence).where(Event.state == EventState.PUBLISHED, Occurrence.ends_at >= utcnow())
    )
    return session.scalar(still_on.limit(1)) is not None


def first_event_day(since: date) -> date | None:
    """The day of the first thing that takes place then or later."""
    there = select(Occurrence.starts_at).join(Event)
    there = there.where(Event.state == EventState.PUBLISHED, Occurrence.starts_at >= midnight(since))
    at = session.scalar(there.order_by(Occurrence.starts_at).limit(1))
    return local(at).date() if at else None


def look_for(wanted: Wanted) -> Found:
    return choose(session.scalars(_listed(wanted)), wanted)


def choose(events: Iterable[Event], wanted: Wanted) -> Found:
    """Of these events those that are wanted, in one pass.

    Of what is a choice of one or more, what a further one would find is counted as if none of its kind were ticked.
    """
    events = list(events)
    if wanted.text:
        texts = texts_of(events)
        events = [event for event in events if wanted.is_said_in(texts[event.id])]
    times: dict[str, Counter[str]] = {name: Counter() for name in ("free", "access", *_SEVERAL)}
    found = []
    for event in events:
        fails = wanted.fails(event)
        if not fails:
            found.append(event)
            times["access"].update(fact for fact, answer in event.access.items() if answer == "yes")
            if not event.cost:
                times["free"]["yes"] += 1
        for name, codes in _SEVERAL.items():
            if not fails or fails == [name]:
                times[name].update(codes(event))
    # An event for everyone is found by each of these, which is no reason to offer one that no event names.
    named = {who for event in events for who in event.for_whom}
    times["for_whom"] = Counter({who: number for who, number in times["for_whom"].items() if who in named})
    return Found(found, times)


_SEVERAL: Mapping[str, Callable[[Event], Iterable[str]]] = {
    "languages": lambda event: event.languages,
    "groups": lambda event: filter(None, [group_of(event)]),
    "kinds": lambda event: filter(None, [event.kind]),
    "priorities": lambda event: event.priorities,
    "for_whom": lambda event: event.for_whom or NOT_RESERVED,
}


def texts_of(events: Iterable[Event]) -> dict[uuid.UUID, list[str]]:
    """What a search reads of each: its words in every language, and where it is unless that is said on request only."""
    found = {event.id: [event.organiser, *([] if event.is_place_on_request else [event.venue])] for event in events}
    for event_id, words in words_of(found).items():
        found[event_id] += [text for version in words.newest for text in (version.title, version.typed)]
    return found


def earlier_events(skip: int, most: int) -> list[Event]:
    """Public and over, the newest first."""
    newest_first = _over().order_by(func.max(Occurrence.starts_at).desc(), Event.id)
    return list(session.scalars(newest_first.offset(skip).limit(most)))


def count_earlier() -> int:
    return session.scalar(select(func.count()).select_from(_over().subquery())) or 0


def _over() -> Select[Event]:
    spans = select(Event).join(Occurrence).where(Event.state.in_(PUBLIC)).group_by(Event.id)
    return spans.having(func.max(Occurrence.ends_at) < utcnow())


def shown(event: Event, words: WordsOfEvent, language: str) -> ShownEvent:
    found = _shown(event, words, occurrences_of([event.id])[event.id], language)
    return replace(found, picture=find_picture(event.id))


def _shown(
    event: Event, words: WordsOfEvent, occurrences: list[Occurrence], language: str, wanted: Wanted | None = None
) -> ShownEvent:
    said = words.in_(language)
    on = _first_of(occurrences, wanted) if wanted and first_day(wanted.when) else None
    return ShownEvent(event, said, words.original, words.is_older(said), occurrences, on)


def _first_of(occurrences: list[Occurrence], wanted: Wanted) -> Occurrence | None:
    since, until = wanted.since, wanted.until
    return next((one for one in occurrences if one.ends_at > since and (not until or one.starts_at < until)), None)


def shown_events(events: Iterable[Event], language: str, wanted: Wanted | None = None) -> list[ShownEvent]:
    """As someone sees them; each at the first of its times on the day or in the month that is wanted."""
    events = list(events)
    ids = [event.id for event in events]
    words, occurrences = words_of(ids), occurrences_of(ids)
    return [_shown(event, words[event.id], occurrences[event.id], language, wanted) for event in events]


def find_public_event(event_id: uuid.UUID, language: str) -> ShownEvent | None:
    """None for a draft as for one that is not there."""
    found = find_event(event_id)
    return shown(*found, language) if found and found[0].state in PUBLIC else None


def find_public_date(event_id: uuid.UUID, day: str, language: str) -> ShownEvent | None:
    """One date of a public event that has several, by the day that its rule gave it."""
    shown = find_public_event(event_id, language)
    if shown is None or len(shown.occurrences) < 2:
        return None
    one = next((one for one in shown.occurrences if one.planned_on.isoformat() == day), None)
    return replace(shown, one=one) if one else None
