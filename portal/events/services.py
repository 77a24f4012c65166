"""An event is added, changed, published and cancelled; its words are kept in every version and language."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from portal.db import existing, session, today, utcnow
from portal.events.models import Event, EventKind, EventState, EventWords, Occurrence
from portal.events.occurrences import at_a_time, occurrences_of, spread
from portal.events.searching import searchable
from portal.partnership.file import current_partnership
from portal.partnership.places import Places
from portal.text import rich
from portal.web import caching

VIEWS = ("upcoming", "drafts", "past", "cancelled")


class ChangedMeanwhile(Exception):
    """Somebody else saved it after this editor's page was made."""


class IsOver(Exception):
    """An event whose day has passed is not published."""


class IsCancelled(Exception):
    """A cancelled event is not changed any more: whoever has it in their calendar was told."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What an event is in every language."""

    starts_at: datetime
    ends_at: datetime
    venue: str
    address: str
    place_code: str | None
    organiser: str
    contact: str
    web_address: str
    cost: str
    languages: list[str]
    access: dict[str, str]
    kind: EventKind | None = None
    for_whom: list[str] = field(default_factory=list)
    priorities: list[str] = field(default_factory=list)
    awareness: list[str] = field(default_factory=list)
    booking: str = ""
    food: str = ""
    is_online: bool = False
    online_link: str = ""
    is_place_on_request: bool = False
    help_until: int = 7
    rule: str = ""
    last_date: date | None = None
    times: int | None = None


@dataclass(frozen=True, kw_only=True)
class Written:
    """A title and a description as somebody typed them, in the language that they say it is."""

    language: str
    title: str
    typed: str
    by: str


class WordsOfEvent:
    """An event's newest words: the original and its translations."""

    def __init__(self, newest: Iterable[EventWords]) -> None:
        versions = sorted(newest, key=lambda words: words.version)
        self.original = next(words for words in reversed(versions) if words.translates is None)
        self._translations = {
            words.language: words
            for words in versions
            if words.translates is not None and words.language != self.original.language
        }

    def translation(self, language: str) -> EventWords | None:
        return self._translations.get(language)

    @property
    def newest(self) -> list[EventWords]:
        """The original and what is shown of it in other languages."""
        return [self.original, *self._translations.values()]

    def in_(self, language: str) -> EventWords:
        """What someone who reads this language is shown: the translation, or the original as it is."""
        return self._translations.get(language, self.original)

    def is_older(self, words: EventWords | None) -> bool:
        """Whether the original was written anew after this was translated."""
        return words is not None and words.translates is not None and words.translates < self.original.version


def places() -> Places:
    found: Places = current_partnership().places
    return found


def words_of(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, WordsOfEvent]:
    """The newest words of these events, in one question for as many as a page shows."""
    found: dict[uuid.UUID, list[EventWords]] = {}
    for some in at_a_time(ids):
        newest = (
            select(EventWords.event_id, func.max(EventWords.version).label("version"))
            .where(EventWords.event_id.in_(some))
            .group_by(EventWords.event_id, EventWords.language, EventWords.translates.is_(None))
            .subquery()
        )
        is_newest = and_(EventWords.event_id == newest.c.event_id, EventWords.version == newest.c.version)
        for words in session.scalars(select(EventWords).join(newest, is_newest)):
            found.setdefault(words.event_id, []).append(words)
    return {event_id: WordsOfEvent(words) for event_id, words in found.items()}


def find_event(event_id: uuid.UUID) -> tuple[Event, WordsOfEvent] | None:
    event = session.get(Event, event_id)
    return (event, words_of([event_id])[event_id]) if event is not None else None


def count_events(view: str) -> int:
    return session.scalar(select(func.count()).select_from(Event).where(*_in_view(view))) or 0


def listed_events(view: str, *, skip: int = 0, most: int = 50) -> list[tuple[Event, WordsOfEvent]]:
    """The editors' list: what is coming soonest first, all else newest first."""
    order = Event.starts_at if view in {"upcoming", "drafts"} else Event.starts_at.desc()
    events = list(
        session.scalars(select(Event).where(*_in_view(view)).order_by(order, Event.id).offset(skip).limit(most))
    )
    words = words_of(event.id for event in events)
    return [(event, words[event.id]) for event in events]


def _in_view(view: str) -> tuple[Any, ...]:
    match view:
        case "drafts":
            return (Event.state == EventState.DRAFT,)
        case "cancelled":
            return (Event.state == EventState.CANCELLED,)
        case "past":
            return (Event.state == EventState.PUBLISHED, ~_is_still_on())
    return (Event.state == EventState.PUBLISHED, _is_still_on())


def _is_still_on() -> Any:
    return exists().where(Occurrence.event_id == Event.id, Occurrence.ends_at >= utcnow())


def add_event(db: Session, event_id: uuid.UUID, facts: Facts, written: Written, *, checked: bool) -> bool:
    """A new draft; False, and nothing is stored, where this id was stored before: the form came twice."""
    if db.get(Event, event_id) is not None:
        return False
    here = places()
    event = Event(
        id=event_id, state=EventState.DRAFT, place_geography=here.geography, place_version=here.version, **vars(facts)
    )
    event.checked_on = today() if checked else None
    db.add(event)
    db.flush()
    spread(db, event)
    _write(db, event, written, version=1)
    return True


def change_event(db: Session, event_id: uuid.UUID, seen: int, facts: Facts, written: Written, *, checked: bool) -> bool:
    """Store what differs; False where nothing does. Raises ChangedMeanwhile, IsCancelled."""
    event = locked(db, event_id, seen)
    original = words_of([event_id])[event_id].original
    before = {name: getattr(event, name) for name in vars(facts)}
    has_new_words = (original.language, original.title, original.typed) != (
        written.language,
        written.title,
        written.typed,
    )
    is_newly_checked = checked and event.checked_on != today()
    if before == vars(facts) and not has_new_words and not is_newly_checked:
        return False
    for name, value in vars(facts).items():
        setattr(event, name, value)
    if event.place_code != before["place_code"]:
        event.place_geography, event.place_version = places().geography, places().version
    if any(before[name] != getattr(event, name) for name in ("starts_at", "ends_at", "rule", "last_date", "times")):
        # A series that was changed to "once" may still have dates that are over.
        comes_again = before["rule"] != "" or len(occurrences_of([event_id])[event_id]) > 1
        spread(db, event, is_running=comes_again and event.state is not EventState.DRAFT)
    if checked:
        event.checked_on = today()
    if has_new_words:
        _write(db, event, written, version=_next_version(db, event_id))
    changed(db, event)
    return True


def translate_event(db: Session, event_id: uuid.UUID, seen: tuple[int, int], written: Written) -> None:
    """Store a translation beside the original. `seen`: the versions of the original and of the translation before it.

    Raises ChangedMeanwhile, IsCancelled.
    """
    event = locked(db, event_id)
    words = words_of([event_id])[event_id]
    if seen != versions_seen(words, written.language) or written.language == words.original.language:
        raise ChangedMeanwhile
    _write(db, event, written, version=_next_version(db, event_id), translates=words.original.version)
    event.changed_at = utcnow()
    if event.state is not EventState.DRAFT:
        caching.publish(db)


def versions_seen(words: WordsOfEvent, language: str) -> tuple[int, int]:
    """What a translator's page shows: the versions of the original and of the translation, 0 where there is none."""
    translation = words.translation(language)
    return words.original.version, translation.version if translation else 0


def publish_event(db: Session, event_id: uuid.UUID, seen: int) -> bool:
    """Show it to everyone; False where it is shown already. Raises ChangedMeanwhile, IsCancelled, IsOver."""
    event = locked(db, event_id)
    if event.state is EventState.PUBLISHED:
        return False
    if event.sequence != seen:
        raise ChangedMeanwhile
    if occurrences_of([event_id])[event_id][-1].ends_at < utcnow():
        raise IsOver
    event.state = EventState.PUBLISHED
    changed(db, event)
    return True


def cancel_event(db: Session, event_id: uuid.UUID) -> bool:
    """It stays to be seen, as cancelled; False where it is so already or was never public."""
    event = existing(db, Event, event_id, with_for_update=True)
    if event.state is not EventState.PUBLISHED:
        return False
    event.state = EventState.CANCELLED
    changed(db, event)
    return True


def drop_event(db: Session, event_id: uuid.UUID) -> None:
    """Delete an event that no editor had checked, with its dates, its words and its picture."""
    event = existing(db, Event, event_id, with_for_update=True)
    is_public = event.state is not EventState.DRAFT
    db.delete(event)
    if is_public:
        caching.publish(db)


def locked(db: Session, event_id: uuid.UUID, seen: int | None = None) -> Event:
    """An event that nobody else changes until this is done. Raises ChangedMeanwhile, IsCancelled."""
    event = existing(db, Event, event_id, with_for_update=True)
    if event.state is EventState.CANCELLED:
        raise IsCancelled
    if seen is not None and event.sequence != seen:
        raise ChangedMeanwhile
    return event


def changed(db: Session, event: Event) -> None:
    """Everyone who has it is told: calendars by its sequence, the public pages by being made anew."""
    event.sequence += 1
    event.changed_at = utcnow()
    if event.state is not EventState.DRAFT:
        caching.publish(db)


def _next_version(db: Session, event_id: uuid.UUID) -> int:
    newest = db.scalar(select(func.max(EventWords.version)).where(EventWords.event_id == event_id))
    return (newest or 0) + 1


def _write(db: Session, event: Event, written: Written, *, version: int, translates: int | None = None) -> None:
    db.add(
        EventWords(
            event_id=event.id,
            language=written.language,
            version=version,
            translates=translates,
            title=written.title,
            description=rich(written.typed),
            typed=written.typed,
            written_by=written.by,
        )
    )
    db.flush()
    words = list(db.scalars(select(EventWords).where(EventWords.event_id == event.id)))
    shown = WordsOfEvent(words).newest
    for each in words:
        each.searched = searchable([each.title, each.typed]) if each in shown else ""
