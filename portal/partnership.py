"""The partnership as data: who it is, what it works on, where, how fast, and who else can help, in each language.

All of it is PORTAL_DATA/partnership.toml, which an administrator edits; the one shipped beside this module is an example.
The dataclasses below are the file's schema: a field is a key, a field without a default must be there.
"""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from portal.i18n import ENGLISH, LANGUAGES

EXAMPLE = Path(__file__).with_suffix(".toml")
FILE_NAME = "partnership.toml"


class PartnershipError(Exception):
    """The partnership file cannot be used; its text is one sentence naming file, key and mend."""


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
        return hash(frozenset(self._texts.items()))

    def __repr__(self) -> str:
        return f"Words({self._texts!r})"


NOTHING = Words({ENGLISH: ""})


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


Check = tuple[Callable[[Any], bool], str]


def _matching(pattern: str, says: str) -> Check:
    return (lambda value: re.fullmatch(pattern, value) is not None), says


CODE = _matching(r"[A-Za-z0-9-]{1,40}", "be a short code of letters, digits and hyphens")
FILLED = _matching(r"(?s).*\S.*", "not be empty")
WEB_OR_EMPTY = _matching(r"(https://[^\s<>\"]+)?", "be a web address that begins with https://, or empty")
WEB = _matching(r"https://[^\s<>\"]+", "be a web address that begins with https://")
MAIL = _matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "be a mail address like someone@example.org")
MAIL_OR_EMPTY = _matching(r"([^@\s]+@[^@\s]+\.[^@\s]+)?", "be a mail address like someone@example.org, or empty")
SHORT_ADDRESS = _matching(
    r"[a-z0-9.-]+(/[a-z0-9-]*)?", "be a short web address without https://, like card.example.org"
)
THEME = _matching("vulnerable|neighbourhoods|cohesion", "be vulnerable, neighbourhoods or cohesion")
DAYS: Check = (lambda value: 1 <= value <= 90, "be a whole number of working days from 1 to 90")
YEARS: Check = (lambda value: 1 <= value <= 50, "be a whole number of years from 1 to 50")


def _key(check: Check, **more: Any) -> Any:
    return field(metadata={"check": check}, **more)


@dataclass(frozen=True, kw_only=True)
class Controller:
    """Who answers for personal data, as the privacy page names them."""

    name: str = _key(FILLED)
    address: str = _key(FILLED)
    officer_name: str = _key(FILLED)
    officer_email: str = _key(MAIL)


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How a resident reaches the partnership. `check`: nobody has yet made sure that these are right."""

    address: str = _key(FILLED)
    email: str = _key(MAIL)
    phone: str = _key(FILLED)
    check: bool = False


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """What the partnership promises, in working days."""

    acknowledge: int = _key(DAYS)
    triage: int = _key(DAYS)
    high_risk_contact: int = _key(DAYS)
    tell_reporter: int = _key(DAYS)
    update: int = _key(DAYS)
    case_review_acknowledge: int = _key(DAYS)


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long things are kept, in years; until `agreed_by` is filled the privacy page says the times are to be agreed."""

    reports_years: int = _key(YEARS)
    staff_log_years: int = _key(YEARS)
    agreed_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Emergency:
    """Who made sure that 999, 101, 18000, 18001 101 and 999 BSL, which the pages always show, are right."""

    checked_on: date | None = None
    checked_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Accessibility:
    """What the accessibility statement says of itself: the law wants its dates and who tested what."""

    prepared_on: date
    reviewed_on: date
    tested: Words


@dataclass(frozen=True, kw_only=True)
class HelpLine:
    """An organisation that helps. `check`: its facts come from general knowledge and want looking up."""

    code: str = _key(CODE)
    name: str = _key(FILLED)
    for_whom: Words
    numbers: tuple[str, ...] = ()
    hours: Words = NOTHING
    url: str = _key(WEB_OR_EMPTY, default="")
    languages: Words = NOTHING
    area: Words = NOTHING
    verified_on: date | None = None
    verified_by: str = ""
    check: bool = False

    def is_verified(self, today: date) -> bool:
        """A named person made sure of it within the last 12 months; a check on 29 February holds to 28 February."""
        if not self.verified_on or not self.verified_by:
            return False
        return self.verified_on <= today <= _a_year_after(self.verified_on)


@dataclass(frozen=True, kw_only=True)
class Priority:
    """One aim of the partnership's strategy: `official` in its own words, the rest in plain ones."""

    code: str = _key(CODE)
    theme: str = _key(THEME)
    official: str = _key(FILLED)
    title: Words
    explanation: Words
    planned: tuple[Words, ...]
    help_lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Agency:
    """A partner that a report can be passed to. Rows keep its code: retire one, never reuse its code."""

    code: str = _key(CODE)
    name: Words
    retired: bool = False


@dataclass(frozen=True, kw_only=True)
class PlaceGroup:
    """Parishes counted together, so that no figure points at a few people."""

    code: str = _key(CODE)
    name: str = _key(FILLED)


@dataclass(frozen=True, kw_only=True)
class Parish:
    code: str = _key(CODE)
    name: str = _key(FILLED)
    group: str = _key(CODE)
    retired: bool = False


@dataclass(frozen=True, kw_only=True)
class Estate:
    """A part of a parish under the name that people who live there use."""

    code: str = _key(CODE)
    name: str = _key(FILLED)
    parish: str = _key(CODE)
    retired: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """A parish or an estate as the rest of the portal meets it."""

    code: str
    name: str
    parish: str
    group: str
    retired: bool


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where things happen: rows keep geography, version and code. A retired place stays readable and is no longer offered."""

    geography: str = _key(CODE)
    version: str = _key(CODE)
    check: bool = False
    groups: tuple[PlaceGroup, ...]
    parishes: tuple[Parish, ...]
    estates: tuple[Estate, ...] = ()

    @cached_property
    def _by_code(self) -> dict[str, Place]:
        group_of = {parish.code: parish.group for parish in self.parishes}
        found = [
            Place(code=p.code, name=p.name, parish=p.code, group=p.group, retired=p.retired) for p in self.parishes
        ]
        found += [
            Place(code=e.code, name=e.name, parish=e.parish, group=group_of[e.parish], retired=e.retired)
            for e in self.estates
        ]
        return {place.code: place for place in found}

    def find(self, code: str) -> Place | None:
        return self._by_code.get(code)

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What a select offers: (group's name, [(code, name)]), parishes and estates together by name."""
        offered = sorted((p for p in self._by_code.values() if not p.retired), key=lambda place: place.name.casefold())
        groups = sorted(self.groups, key=lambda group: group.name.casefold())
        return [(group.name, [(p.code, p.name) for p in offered if p.group == group.code]) for group in groups]


@dataclass(frozen=True, kw_only=True, eq=False)
class Partnership:
    name: str = _key(FILLED)
    area: Words
    strapline: Words
    about: Words
    strategy: Words
    exit_url: str = _key(WEB)
    card_address: str = _key(SHORT_ADDRESS)
    duty_address: str = _key(MAIL_OR_EMPTY)
    reports_read: Words
    reports_read_agreed_by: str = ""
    controller: Controller
    contact: Contact
    emergency: Emergency = Emergency()
    clocks: Clocks
    retention: Retention
    accessibility: Accessibility
    bank_holidays: frozenset[date]
    agencies: tuple[Agency, ...]
    priorities: tuple[Priority, ...]
    help_lines: tuple[HelpLine, ...]
    places: Places

    @cached_property
    def _views(self) -> dict[str, Localised]:
        return {language.code: Localised(self, language.code) for language in LANGUAGES}

    def localised(self, code: str) -> Localised:
        """This partnership as a page in language `code` reads it; English for a language it does not know."""
        return self._views.get(code, self._views[ENGLISH])

    def shown_help_lines(self, today: date, demonstration: bool = False) -> tuple[HelpLine, ...]:
        """Those a resident may rely on; a demonstration shows all, and its pages mark the unchecked ones."""
        return tuple(line for line in self.help_lines if demonstration or line.is_verified(today))

    def missing_for_live(self) -> list[str]:
        """What this file still wants before residents may use the portal, one sentence each."""
        controller, contact = self.controller, self.contact
        wanted = [
            (
                _is_example(controller.name, controller.officer_name, controller.officer_email),
                "Set [controller] in partnership.toml: who answers for personal data, and their data protection officer.",
            ),
            (
                contact.check or _is_example(contact.address, contact.email, contact.phone),
                "Set [contact] in partnership.toml: how residents reach you; take check out once it is right.",
            ),
            (
                not self.reports_read_agreed_by,
                "Set reports_read in partnership.toml to your opening hours, and reports_read_agreed_by to who agreed them.",
            ),
            (
                not self.duty_address,
                "Set duty_address in partnership.toml: the mailbox that is told of an urgent report.",
            ),
            (
                not (self.emergency.checked_on and self.emergency.checked_by),
                "Set [emergency] in partnership.toml: the day the emergency lines were checked, and by whom.",
            ),
        ]
        return [sentence for is_missing, sentence in wanted if is_missing]


def load_or_create(data: Path) -> Partnership:
    """The partnership of this installation; the first start puts the example there to be edited."""
    path = data / FILE_NAME
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Several processes may start at once: none may read a half-written file.
        copy = path.with_suffix(f".{os.getpid()}")
        shutil.copyfile(EXAMPLE, copy)
        copy.chmod(0o644)
        copy.replace(path)
    return load(path)


def load(path: Path) -> Partnership:
    """Read a partnership file. Raises PartnershipError."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise PartnershipError(f"{path} cannot be read; put the file there or mend its permissions.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise PartnershipError(f"{path} is not a TOML file; mend this: {problem}.") from None
    try:
        partnership: Partnership = _record(Partnership, content, "")
        _check_references(partnership)
    except _Wrong as wrong:
        raise PartnershipError(f"{path}: {wrong}.") from None
    return partnership


def working_days_after(day: date, n: int, holidays: Iterable[date]) -> date:
    """The n-th working day after `day`, which itself never counts: Monday to Friday without the bank holidays."""
    closed = frozenset(holidays)
    while n > 0:
        day += timedelta(days=1)
        n -= day.weekday() < 5 and day not in closed
    return day


def _is_example(*texts: str) -> bool:
    return any("example" in text.casefold() for text in texts)


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


class _Wrong(Exception):
    """Where in the file something is wrong and how to mend it."""


PLAIN = {str: "text in quotation marks", int: "a whole number", bool: "true or false"}


def _record(kind: Any, raw: Any, at: str) -> Any:
    if not isinstance(raw, dict):
        raise _Wrong(f"{at} must be a table of keys and values")
    known = {one.name: one for one in fields(kind)}
    for name in raw:
        if name not in known:
            near = get_close_matches(name, known, 1)
            raise _Wrong(
                f"{_below(at, name)} is not a key of this file; take it out" + (f" or write {near[0]}" if near else "")
            )
    kinds = get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, one in known.items():
        here = _below(at, name)
        if name in raw:
            values[name] = _value(kinds[name], raw[name], here)
            holds, says = one.metadata.get("check", (None, ""))
            if holds and not holds(values[name]):
                raise _Wrong(f"{here} must {says}")
        elif one.default is MISSING:
            raise _Wrong(f"{here} is missing; add it as in the example that comes with the portal")
    return kind(**values)


def _value(kind: Any, raw: Any, at: str) -> Any:
    if kind is Words:
        return _words(raw, at)
    if is_dataclass(kind):
        return _record(kind, raw, at)
    if get_origin(kind) in (tuple, frozenset):
        if not isinstance(raw, list):
            raise _Wrong(f"{at} must be a list in square brackets")
        each = get_args(kind)[0]
        return get_origin(kind)(_value(each, one, _element(at, number, one)) for number, one in enumerate(raw, 1))
    if date in (kind, *get_args(kind)):
        if raw == "" and kind is not date:
            return None
        if type(raw) is not date:
            raise _Wrong(f"{at} must be a day like 2026-11-30, without quotation marks")
        return raw
    if type(raw) is not kind:
        raise _Wrong(f"{at} must be {PLAIN[kind]}")
    return raw


def _words(raw: Any, at: str) -> Words:
    spoken = [language.code for language in LANGUAGES]
    texts = {ENGLISH: raw} if isinstance(raw, str) else raw
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise _Wrong(f'{at} must be text, or a text for each language like {{en = "...", pl = "..."}}')
    for code in texts:
        if code not in spoken:
            raise _Wrong(f"{_below(at, code)} is not a language of the portal; use {', '.join(spoken)}")
    if not texts.get(ENGLISH, "").strip():
        raise _Wrong(f"{_below(at, ENGLISH)} is missing; the English text stands in for every other language")
    return Words(texts)


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _element(at: str, number: int, raw: Any) -> str:
    """How a person finds one entry of a list: by its code where it has one, else by counting."""
    code = raw.get("code") if isinstance(raw, dict) else None
    return f"{at}.{code}" if code else f"{at} number {number}"


def _check_references(partnership: Partnership) -> None:
    places = partnership.places
    lists: dict[str, Sequence[Any]] = {
        "agencies": partnership.agencies,
        "priorities": partnership.priorities,
        "help_lines": partnership.help_lines,
        "places.groups": places.groups,
        "places (parishes and estates together)": (*places.parishes, *places.estates),
    }
    codes = {name: _distinct_codes(name, records) for name, records in lists.items()}
    for priority in partnership.priorities:
        _known(priority.help_lines, codes["help_lines"], f"priorities.{priority.code}.help_lines", "help_lines")
    for parish in places.parishes:
        _known([parish.group], codes["places.groups"], f"places.parishes.{parish.code}.group", "places.groups")
    for estate in places.estates:
        _known(
            [estate.parish],
            {p.code for p in places.parishes},
            f"places.estates.{estate.code}.parish",
            "places.parishes",
        )
    for line in partnership.help_lines:
        if bool(line.verified_on) != bool(line.verified_by):
            raise _Wrong(f"help_lines.{line.code} needs both verified_on and verified_by, or neither")
        if not line.numbers and not line.url:
            raise _Wrong(f"help_lines.{line.code} needs numbers or url, or nobody can reach it")


def _distinct_codes(name: str, records: Sequence[Any]) -> set[str]:
    found: set[str] = set()
    for record in records:
        if record.code in found:
            raise _Wrong(f"{name} has the code {record.code} twice; give one of them another code")
        found.add(record.code)
    return found


def _known(codes: Iterable[str], known: set[str], at: str, where: str) -> None:
    for code in codes:
        if code not in known:
            raise _Wrong(f"{at} names {code}, which {where} does not have; add it there or mend the code")
