"""The sentences of code and templates, and what each language has for them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from portal.languages.catalogues import catalogue, collected, translated
from portal.languages.i18n import Language


@pytest.fixture(params=translated(), ids=lambda language: language.code)
def words_of(request: pytest.FixtureRequest) -> Catalog:
    language: Language = request.param
    with catalogue(language).open("rb") as file:
        return read_po(file, locale=language.locale)


@cache
def every_sentence() -> Catalog:
    """Reading all the code takes two seconds."""
    return collected()


def named(message: Message) -> tuple[str | None, Any]:
    """What a message is looked up by: the same words in two meanings are two messages."""
    return message.context, message.id


def sentences(words: Catalog) -> list[Message]:
    return [message for message in words if message.id]
