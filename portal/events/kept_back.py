"""What is told only to people who ask: the link to an online room, and of a place on request its name and address."""

from __future__ import annotations

from collections.abc import Iterable

from portal.events.services import Facts, WordsOfEvent, Written

# Anything shorter, like "Hall", may stand in a text by chance.
SHORTEST = 5
# The facts in words that everyone reads.
READ_BY_EVERYONE = ("organiser", "contact", "web_address", "cost", "booking", "food")


def kept_back(*, online_link: str, is_place_on_request: bool, venue: str, address: str) -> list[str]:
    """Without the town: other events are there too."""
    place = [venue, address, address.partition(",")[0]] if is_place_on_request else []
    return [secret for secret in (online_link.partition("://")[2], *place) if len(_plain(secret)) >= SHORTEST]


def tells(text: str, secrets: Iterable[str]) -> bool:
    """Whether a text says one of them, however it is spaced and punctuated."""
    said = _plain(text)
    return any(_plain(secret) in said for secret in secrets)


def gives_away(facts: Facts, written: Written) -> bool:
    """Whether what everyone reads of an event says what is for those who ask."""
    texts = [written.title, written.typed, *(getattr(facts, name) for name in READ_BY_EVERYONE)]
    return any(tells(text, kept_back_of(facts)) for text in texts)


def telling_translations(facts: Facts, words: WordsOfEvent) -> list[str]:
    """The languages of stored translations that say what is, by these facts, for those who ask."""
    secrets = kept_back_of(facts)
    return [
        one.language
        for one in words.newest
        if one is not words.original and (tells(one.title, secrets) or tells(one.typed, secrets))
    ]


def kept_back_of(facts: Facts) -> list[str]:
    return kept_back(
        online_link=facts.online_link,
        is_place_on_request=facts.is_place_on_request,
        venue=facts.venue,
        address=facts.address,
    )


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
