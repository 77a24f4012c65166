"""One text in several languages, and a record of such texts as one language reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cached_property
from typing import Any

from flask_babel import LazyString
from markupsafe import Markup

from portal.languages.i18n import ENGLISH, current_language


class Words(Mapping[str, str]):
    """One text in several languages; English is always there and stands in for the others."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def in_(self, code: str) -> str:
        return self._texts.get(code) or self._texts[ENGLISH]

    def __getitem__(self, code: str) -> str:
        return self._texts[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(frozenset(self._texts.items()))

    def __repr__(self) -> str:
        return f"Words({self._texts!r})"


NOTHING = Words({ENGLISH: ""})


def spoken(text: Any) -> Any:
    """The text, in the language of the page on which it comes to stand; a lazy sentence of the catalogues as it is."""
    return LazyString(lambda: text.in_(current_language().code)) if isinstance(text, Words) else text


def in_words(text: Any) -> Any:
    """A text as the page's language says it; the English that stands in for a file's own words is marked as English."""
    if not isinstance(text, Words):
        return text
    code = current_language().code
    if text.get(code) or not text.in_(code):
        return text.in_(code)
    return Markup('<span lang="{}" dir="ltr">{}</span>').format(ENGLISH, text.in_(code))


def texts(record: Any, at: str = "") -> Iterator[tuple[str, Words]]:
    """Every text of a record that a file gives, such as a questionnaire, with its place in that file."""
    if isinstance(record, Words):
        if record[ENGLISH]:
            yield at, record
    elif isinstance(record, tuple):
        for number, each in enumerate(record, 1):
            code = getattr(each, "code", "")
            yield from texts(each, f"{at}.{code}" if code else f"{at} number {number}")
    elif is_dataclass(record):
        for one in fields(record):
            yield from texts(getattr(record, one.name), f"{at}.{one.name}" if at else one.name)


class Localised:
    """A record of the partnership as one language reads it: every Words in it is plain text."""

    def __init__(self, record: Any, code: str) -> None:
        self.__dict__ |= {"_record": record, "_code": code}

    def __getattr__(self, name: str) -> Any:
        value = _spoken(getattr(self._record, name), self._code)
        self.__dict__[name] = value
        return value


def _spoken(value: Any, code: str) -> Any:
    match value:
        case Words():
            return value.in_(code)
        case tuple():
            return tuple(_spoken(each, code) for each in value)
        case _ if callable(value):
            return lambda *given, **named: _spoken(value(*given, **named), code)
        case _ if is_dataclass(value):
            return Localised(value, code)
    return value
