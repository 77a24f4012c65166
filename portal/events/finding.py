"""The events that someone looks for: found by the few facts of each that are looked for by, without reading the rest."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress

from sqlalchemy import LargeBinary, Select, Text, cast, or_, select, type_coerce

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
        said = _words_said(events, words)
        events = [event for event in events if said[event.id.bytes].issuperset(words)]
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


def _words_said(events: Sequence[Listed], words: Sequence[str]) -> dict[bytes, set[str]]:
    """Which of these words each event says, in any language of its own or in where it is; by the bytes of its id.

    Not where that is said on request only.
    """
    said = {}
    for event in events:
        where = searchable([event.organiser, *([] if event.is_place_on_request else [event.venue])])
        said[event.id.bytes] = {word for word in words if word in where}
    # As they are stored: of all events that there ever were, to make each id costs more than to look for the words.
    event_id = type_coerce(EventWords.event_id, LargeBinary)
    holds = [EventWords.searched.contains(word, autoescape=True) for word in words]
    asked = select(event_id, *holds).where(or_(*holds))
    if len(events) <= occurrences.AT_ONCE:  # of more it is quicker to read all once than to look each of them up
        asked = asked.where(EventWords.event_id.in_([event.id for event in events]))
    for stored, *held in session.execute(asked):
        if stored in said:
            said[stored].update(compress(words, held))
    return said
