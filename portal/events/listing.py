"""What residents see of the calendar: the events chosen by what people need, what is over, and those that calendars keep."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Select, func, select

from portal.db import session, utcnow
from portal.events.filters import Wanted, first_day
from portal.events.finding import Found, choose, read_listed
from portal.events.kept_back import for_those_who_ask, tells
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
        # Since an editor described it, the place may have become one for those who ask.
        secrets = for_those_who_ask(self.event) if self.picture else []
        said = {
            at: text for at, text in (self.picture.said if self.picture else {}).items() if not tells(text, secrets)
        }
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


def next_end() -> datetime | None:
    """When the next of all public times is over, and pages say so."""
    ends = select(Occurrence.ends_at).join(Event).where(Event.state.in_(PUBLIC), Occurrence.ends_at >= utcnow())
    return session.scalar(ends.order_by(Occurrence.ends_at).limit(1))


def first_event_day(since: date) -> date | None:
    """The day of the first thing that takes place then or later."""
    there = select(Occurrence.starts_at).join(Event)
    there = there.where(Event.state == EventState.PUBLISHED, Occurrence.starts_at >= midnight(since))
    at = session.scalar(there.order_by(Occurrence.starts_at).limit(1))
    return local(at).date() if at else None


def look_for(wanted: Wanted) -> Found:
    return choose(read_listed(_listed(wanted)), wanted)


def events_in_order(ids: Sequence[uuid.UUID]) -> list[Event]:
    """These events, in the order in which they are named."""
    found = {event.id: event for event in session.scalars(select(Event).where(Event.id.in_(ids)))}
    return [found[event_id] for event_id in ids if event_id in found]


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
