"""A TOML file read into dataclasses: a field is a key, and each mistake is one sentence with its place and its mend."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, field, fields, is_dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from portal.languages.i18n import ENGLISH, LANGUAGES
from portal.languages.words import Words

Check = tuple[Callable[[Any], bool], str]


def matching(pattern: str, says: str) -> Check:
    return (lambda value: re.fullmatch(pattern, value) is not None), says


def some_of(*codes: str) -> Check:
    return (lambda values: {*values} <= {*codes}), f"name some of {', '.join(codes)}"


CODE = matching(r"[A-Za-z0-9-]{1,40}", "be a short code of letters, digits and hyphens")


FILLED = matching(r"(?s).*\S.*", "not be empty")


NONE_EMPTY: Check = (lambda values: all(value.strip() for value in values), "hold no empty text")


WEB_OR_EMPTY = matching(r"(https://[^\s<>\"]+)?", "be a web address that begins with https://, or empty")


WEB = matching(r"https://[^\s<>\"]+", "be a web address that begins with https://")


MAIL = matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "be a mail address like someone@example.org")


MAIL_OR_EMPTY = matching(r"([^@\s]+@[^@\s]+\.[^@\s]+)?", "be a mail address like someone@example.org, or empty")


# Of a field that code gives and no file may.
NOT_IN_FILES = {"in_files": False}


def key(check: Check, **more: Any) -> Any:
    return field(metadata={"check": check}, **more)


def keys_of(kind: Any) -> dict[str, Any]:
    """The fields of a dataclass that a file may give, by name."""
    return {one.name: one for one in fields(kind) if one.metadata.get("in_files", True)}


class Wrong(Exception):
    """Where in the file something is wrong and how to mend it."""


PLAIN = {str: "text in quotation marks", int: "a whole number", bool: "true or false", float: "a number"}


def record(kind: Any, raw: Any, at: str) -> Any:
    if not isinstance(raw, dict):
        raise Wrong(f"{at} must be a table of keys and values")
    known = keys_of(kind)
    for name in raw:
        if name not in known:
            near = get_close_matches(name, known, 1)
            raise Wrong(
                f"{_below(at, name)} is not a key of this file; take it out" + (f" or write {near[0]}" if near else "")
            )
    kinds = _kinds(kind)
    values: dict[str, Any] = {}
    for name, one in known.items():
        here = _below(at, name)
        if name in raw:
            values[name] = _value(kinds[name], raw[name], here)
            holds, says = one.metadata.get("check", (None, ""))
            if holds and not holds(values[name]):
                raise Wrong(f"{here} must {says}")
        elif one.default is MISSING:
            raise Wrong(f"{here} is missing; add it as in the example that comes with the portal")
    return kind(**values)


# A file holds hundreds of records of a dozen kinds.
_kinds = cache(get_type_hints)


def _value(kind: Any, raw: Any, at: str) -> Any:
    if kind is Words:
        return _words(raw, at)
    if hasattr(kind, "from_file"):
        # It reads itself: from a list or from a text.
        return kind.from_file(raw, at)
    if isinstance(kind, UnionType) and is_dataclass(inner := get_args(kind)[0]):
        kind = inner
    if is_dataclass(kind):
        return record(kind, raw, at)
    if get_origin(kind) in (tuple, frozenset):
        if not isinstance(raw, list):
            raise Wrong(f"{at} must be a list in square brackets")
        each = get_args(kind)[0]
        return get_origin(kind)(_value(each, one, element(at, number, one)) for number, one in enumerate(raw, 1))
    if Mapping in (get_origin(kind), *map(get_origin, get_args(kind))):
        return _texts(raw, at) if get_args(kind)[1] is str else _numbers(raw, at)
    if date in (kind, *get_args(kind)):
        if raw == "" and kind is not date:
            return None
        if type(raw) is not date:
            raise Wrong(f"{at} must be a day like 2026-11-30, without quotation marks")
        return raw
    if kind is float and type(raw) is int:
        return raw
    if type(raw) is not kind:
        raise Wrong(f"{at} must be {PLAIN[kind]}")
    return raw


def _numbers(raw: Any, at: str) -> dict[str, int]:
    if not isinstance(raw, dict) or any(type(number) is not int for number in raw.values()):
        raise Wrong(f"{at} must be a whole number for each name like {{good = 2, bad = 0}}")
    return dict(raw)


def _texts(raw: Any, at: str) -> dict[str, str]:
    if not isinstance(raw, dict) or not all(isinstance(text, str) for text in raw.values()):
        raise Wrong(f'{at} must be a text for each name like {{litter = "LIT"}}')
    return dict(raw)


def _words(raw: Any, at: str) -> Words:
    spoken = [language.code for language in LANGUAGES]
    texts = {ENGLISH: raw} if isinstance(raw, str) else raw
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise Wrong(f'{at} must be text, or a text for each language like {{en = "...", pl = "..."}}')
    for code in texts:
        if code not in spoken:
            raise Wrong(f"{_below(at, code)} is not a language of the portal; use {', '.join(spoken)}")
    if not texts.get(ENGLISH, "").strip():
        raise Wrong(f"{_below(at, ENGLISH)} is missing; the English text stands in for every other language")
    return Words(texts)


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def element(at: str, number: int, raw: Any) -> str:
    """How a person finds one entry of a list: by its code where it has one, else by counting."""
    code = raw.get("code") if isinstance(raw, dict) else None
    return f"{at}.{code}" if code else f"{at} number {number}"


def distinct_codes(name: str, records: Sequence[Any]) -> set[str]:
    found: set[str] = set()
    for record in records:
        if record.code in found:
            raise Wrong(f"{name} has the code {record.code} twice; give one of them another code")
        found.add(record.code)
    return found


def known_codes(codes: Iterable[str], known: set[str], at: str, where: str) -> None:
    for code in codes:
        if code not in known:
            raise Wrong(f"{at} names {code}, which {where} does not have; add it there or mend the code")
