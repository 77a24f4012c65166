"""What is told only to people who ask: the link to an online room, and of a place on request its name and address."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable

from portal.events.models import Event
from portal.events.occurrences import occurrences_of
from portal.events.services import Facts, WordsOfEvent, Written, words_of

Place = tuple[str, str]
"""Its name and its address."""

# Anything shorter, like "Hall", may stand in a text by chance.
SHORTEST = 5
POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? *\d[A-Z]{2}\b", re.IGNORECASE)
# The facts in words that everyone reads.
READ_BY_EVERYONE = ("organiser", "contact", "web_address", "cost", "booking", "food")


def kept_back(
    *, online_link: str, is_place_on_request: bool, venue: str, address: str, dates: Iterable[Place] = ()
) -> list[str]:
    """Without the town: other events are there too. `dates` are the places of dates that are elsewhere."""
    places = [(venue, address), *dates] if is_place_on_request else []
    said = [part for name, street in places for part in (name, street, *_telling_parts(street))]
    return [secret for secret in (online_link.partition("://")[2], *said) if len(_plain(secret)) >= SHORTEST]


def _telling_parts(street: str) -> list[str]:
    """What is enough to find the door: what stands first, whatever has a number in it, and the postcode."""
    first, *others = street.split(",")
    return [first, *(part for part in others if any(map(str.isdigit, part))), *POSTCODE.findall(street)]


def places_of_dates(event_id: uuid.UUID) -> list[Place]:
    """Where its dates are that have a place of their own."""
    return [(one.venue, one.address) for one in occurrences_of([event_id]).get(event_id, []) if one.venue]


def tells(text: str, secrets: Iterable[str]) -> bool:
    """Whether a text says one of them, however it is spaced and punctuated."""
    said = _plain(text)
    return any(_plain(secret) in said for secret in secrets)


def gives_away(facts: Facts, written: Written, dates: Iterable[Place] = ()) -> bool:
    """Whether what everyone reads of an event says what is for those who ask."""
    secrets = kept_back_of(facts, dates)
    return any(tells(text, secrets) for text in (written.title, written.typed, *_read_by_everyone(facts)))


def telling_translations(facts: Facts, words: WordsOfEvent, dates: Iterable[Place] = ()) -> list[str]:
    """The languages of stored translations that say what is, by these facts, for those who ask."""
    secrets = kept_back_of(facts, dates)
    return [
        one.language
        for one in words.newest
        if one is not words.original and (tells(one.title, secrets) or tells(one.typed, secrets))
    ]


def for_those_who_ask(event: Event) -> list[str]:
    """What no public page may say of an event."""
    return kept_back(
        online_link=event.online_link,
        is_place_on_request=event.is_place_on_request,
        venue=event.venue,
        address=event.address,
        dates=places_of_dates(event.id),
    )


def is_told(event: Event, place: Place) -> bool:
    """Whether what everyone reads of an event, in any language, says this place, which is for those who ask."""
    venue, address = place
    secrets = kept_back(online_link="", is_place_on_request=event.is_place_on_request, venue=venue, address=address)
    words = words_of([event.id])[event.id].newest
    texts = [text for one in words for text in (one.title, one.typed)]
    return any(tells(text, secrets) for text in (*texts, *_read_by_everyone(event)))


def _read_by_everyone(facts: Facts | Event) -> list[str]:
    return [getattr(facts, name) for name in READ_BY_EVERYONE]


def kept_back_of(facts: Facts, dates: Iterable[Place] = ()) -> list[str]:
    return kept_back(
        online_link=facts.online_link,
        is_place_on_request=facts.is_place_on_request,
        venue=facts.venue,
        address=facts.address,
        dates=dates,
    )


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
