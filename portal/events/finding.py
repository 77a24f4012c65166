"""The events that someone looks for: found by the few facts of each that are looked for by, without reading the rest."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import Select, Text, cast, or_, select

from portal.db import session
from portal.events import occurrences
from portal.events.filters import NOT_RESERVED, Listed, Wanted, group_of
from portal.events.models import Event, EventWords
from portal.events.searching import searchable


@dataclass(frozen=True)
class Found:
    """The events that someone looked for, and how many there would be with each further choice, by fields of Wanted."""

    ids: list[uuid.UUID]
    times: dict[str, Counter[str]] = field(default_factory=dict)


# The lists as texts, for most events have the same few of them: see `_read`.
_LISTS = [cast(column, Text) for column in (Event.languages, Event.for_whom, Event.priorities, Event.access)]
_FACTS = (
    Event.id,
    Event.cost,
    Event.place_code,
    Event.kind,
    Event.organiser,
    Event.venue,
    Event.is_place_on_request,
)


def read_listed(asked: Select[Event]) -> Iterator[Listed]:
    """Each event that the question, which is about events, finds; in its order."""
    for *facts, languages, for_whom, priorities, access in session.execute(asked.with_only_columns(*_FACTS, *_LISTS)):
        lists = (_read(languages), _read(for_whom), _read(priorities), _held(access))
        yield Listed(*[*facts, *lists])


@lru_cache(maxsize=1024)
def _read(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))


@lru_cache(maxsize=1024)
def _held(stored: str) -> frozenset[str]:
    return frozenset(fact for fact, answer in json.loads(stored).items() if answer == "yes")


def choose(listed: Iterable[Listed], wanted: Wanted) -> Found:
    """Of these events those that are wanted, in one pass.

    Of what is a choice of one or more, what a further one would find is counted as if none of its kind were ticked.
    """
    events = list(listed)
    if wanted.text:
        words = wanted.search_words
        said = texts_of(events, words)
        events = [event for event in events if all(word in said[event.id] for word in words)]
    times: dict[str, Counter[str]] = {name: Counter() for name in ("free", "access", *_SEVERAL)}
    found = []
    for event in events:
        fails = wanted.fails(event)
        if not fails:
            found.append(event.id)
            times["access"].update(event.access)
            if not event.cost:
                times["free"]["yes"] += 1
        for name, codes in _SEVERAL.items():
            if not fails or fails == [name]:
                times[name].update(codes(event))
    # An event for everyone is found by each of these, which is no reason to offer one that no event names.
    named = {who for event in events for who in event.for_whom}
    times["for_whom"] = Counter({who: number for who, number in times["for_whom"].items() if who in named})
    return Found(found, times)


_SEVERAL: Mapping[str, Callable[[Listed], Iterable[str]]] = {
    "languages": lambda event: event.languages,
    "groups": lambda event: filter(None, [group_of(event.place_code)]),
    "kinds": lambda event: filter(None, [event.kind]),
    "priorities": lambda event: event.priorities,
    "for_whom": lambda event: event.for_whom or NOT_RESERVED,
}


def texts_of(events: Iterable[Listed], words: Sequence[str]) -> dict[uuid.UUID, str]:
    """What a search for these reads of each: its words, in any language, that hold one of them, and where it is.

    Not where that is said on request only.
    """
    found = {
        event.id: searchable([event.organiser, *([] if event.is_place_on_request else [event.venue])])
        for event in events
    }
    holds_one = or_(*(EventWords.searched.contains(word, autoescape=True) for word in words))
    asked = select(EventWords.event_id, EventWords.searched).where(holds_one)
    if len(found) <= occurrences.AT_ONCE:  # of more it is quicker to read all once than to look each of them up
        asked = asked.where(EventWords.event_id.in_(found))
    for event_id, searched in session.execute(asked):
        if event_id in found:
            found[event_id] += f"\n{searched}"
    return found
