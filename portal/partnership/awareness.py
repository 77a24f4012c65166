"""The awareness year: days, weeks and festivals as data, and the rules that say when each is in a year.

The data is awareness.toml beside this module, or PORTAL_DATA/awareness.toml where an operator put a copy.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app

from portal.languages.words import Words
from portal.partnership.file import PartnershipError
from portal.partnership.toml_records import CODE, Wrong, distinct_codes, key, known_codes, matching, record

SHIPPED = Path(__file__).with_name("awareness.toml")
FILE_NAME = "awareness.toml"
HATE_CRIME_WEEK = "hate-crime-week"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SATURDAY = 5
PARTS = ("early", "middle", "late")

Span = tuple[date, date]
"""The first day and the last, both with it."""

_RULE = re.compile(r"([a-z_]+)(?:\(([a-z0-9, ]*)\))?(?:\s*\+(\d{1,2}))?(?:\s+for\s+(\d{1,2}))?")


@dataclass(frozen=True)
class Rule:
    """When something is, as awareness.toml explains it: a name, numbers, so many days later, so many days long."""

    name: str
    numbers: tuple[int, ...] = ()
    later: int = 0
    long: int = 0
    """0: as long as the rule itself says."""
    part: str = ""
    """Of a manual rule: which part of its month is usual, one of PARTS, or empty."""

    @classmethod
    def from_file(cls, raw: Any, at: str) -> Rule:
        """Raises Wrong."""
        found = _RULE.fullmatch(raw) if isinstance(raw, str) else None
        if found is None:
            raise Wrong(f"{at} must be a rule like fixed(2,1); the file's first lines list them")
        name, given, later, long = found.groups()
        words = [word.strip() for word in given.split(",")] if given else []
        part = words.pop() if name == "manual" and words and words[-1] in PARTS else ""
        numbers = tuple(
            WEEKDAYS.index(word) if word in WEEKDAYS else int(word)
            for at_place, word in enumerate(words)
            if _is_read(word, name == "nth" and at_place == 0)
        )
        rule = cls(name, numbers, int(later or 0), int(long or 0), part)
        if len(numbers) != len(words) or not rule._is_known():
            raise Wrong(f"{at} is {raw}, which is no rule; the file's first lines list them")
        return rule

    def _is_known(self) -> bool:
        """Whether it is a rule with the numbers it needs, in a year of any length."""
        match self.name, self.numbers:
            case "fixed" | "week_of" | "weekend_near", (month, day):
                return _is_day(month, day)
            case "range", (month, day, last_month, last_day):
                return _is_day(month, day) and _is_day(last_month, last_day)
            case "nth", (_weekday, nth, month):
                return 1 <= nth <= 4 and 1 <= month <= 12
            case ("month" | "first_weekday_week", (month,)) | ("manual", (month,)):
                return 1 <= month <= 12
            case "table", ():
                return not self.later
            case "easter" | "orthodox_easter" | "manual", ():
                return not self.part
        return False

    @property
    def is_manual(self) -> bool:
        return self.name == "manual"


def _is_read(word: str, is_weekday: bool) -> bool:
    """Days, months and weekdays have two figures at most."""
    return word in WEEKDAYS if is_weekday else word.isdecimal() and len(word) <= 2


def _is_day(month: int, day: int) -> bool:
    """29 February is none: most years have no such day."""
    try:
        date(2023, month, day)
    except ValueError:
        return False
    return True


def days_of(rule: Rule, year: int) -> Span | None:
    """When it is in this year; none where only its organiser or a table knows. It may end in the next year."""
    span = _span(rule, year)
    if span is None:
        return None
    first, last = (day + timedelta(days=rule.later) for day in span)
    return first, first + timedelta(days=rule.long - 1) if rule.long else last


def _span(rule: Rule, year: int) -> Span | None:
    match rule.name, rule.numbers:
        case "fixed", (month, day):
            return date(year, month, day), date(year, month, day)
        case "month", (month,):
            return date(year, month, 1), _month_after(date(year, month, 1)) - timedelta(days=1)
        case "range", (month, day, last_month, last_day):
            first, last = date(year, month, day), date(year, last_month, last_day)
            return first, last if last >= first else last.replace(year=year + 1)
        case "nth", (weekday, nth, month):
            begins = date(year, month, 1)
            found = begins + timedelta(days=(weekday - begins.weekday()) % 7 + 7 * (nth - 1))
            return found, found
        case "week_of", (month, day):
            monday = _monday(date(year, month, day))
            return monday, monday + timedelta(days=6)
        case "weekend_near", (month, day):
            about = date(year, month, day)
            saturday = about + timedelta(days=(SATURDAY + 3 - about.weekday()) % 7 - 3)
            return saturday, saturday + timedelta(days=1)
        case "first_weekday_week", (month,):
            begins = date(year, month, 1)
            monday = _monday(begins) if begins.weekday() < SATURDAY else _monday(begins) + timedelta(days=7)
            return monday, monday
        case "easter", ():
            return easter(year), easter(year)
        case "orthodox_easter", ():
            return orthodox_easter(year), orthodox_easter(year)
    return None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month_after(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def easter(year: int) -> date:
    """Easter Sunday of the western churches, by the Gregorian reckoning (the anonymous algorithm, Nature 1876)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    shift = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * shift) // 451
    month, day = divmod(h + shift - 7 * m + 114, 31)
    return date(year, month, day + 1)


def orthodox_easter(year: int) -> date:
    """Easter Sunday of the eastern churches, by the Julian reckoning (Meeus), as a day of our calendar."""
    moon = (19 * (year % 19) + 15) % 30
    month, day = divmod(moon + (2 * (year % 4) + 4 * (year % 7) - moon + 34) % 7 + 114, 31)
    return date(year, month, day + 1) + timedelta(days=year // 100 - year // 400 - 2)


@dataclass(frozen=True, kw_only=True)
class AwarenessDay:
    """A day, a week, a month or a festival that the partnership plans for."""

    code: str = key(CODE)
    rule: Rule
    on: tuple[date, ...] = ()
    """Of a table: the first days, year by year; a lunar year may begin twice in one of ours."""
    name: Words
    kind: str = key(
        matching("awareness|festival|community", "be awareness, festival or community"), default="awareness"
    )
    priorities: tuple[str, ...] = ()
    may_differ: bool = False
    evening_before: bool = False
    check: bool = False
    """Its rule is not certain: each year's dates wait for an editor, as those of a manual one."""

    @property
    def is_confirmed_by_staff(self) -> bool:
        return self.check or self.rule.is_manual

    def spans(self, year: int) -> list[Span]:
        """When it begins in this year, as far as anything but its organiser can tell."""
        if self.rule.name == "table":
            longer = timedelta(days=max(self.rule.long, 1) - 1)
            return [(day, day + longer) for day in self.on if day.year == year]
        span = days_of(self.rule, year)
        return [span] if span else []


@dataclass(frozen=True, kw_only=True)
class AwarenessYear:
    days: tuple[AwarenessDay, ...]

    def find(self, code: str) -> AwarenessDay | None:
        return next((day for day in self.days if day.code == code), None)

    def ending_tables(self, until: date) -> list[tuple[AwarenessDay, int]]:
        """Those known by a table that says nothing of that day's year, and the last year of which it does."""
        last_years = [(day, max(one.year for one in day.on)) for day in self.days if day.on]
        return [(day, last) for day, last in last_years if last < until.year]


def load(path: Path, priorities: Collection[str] | None = None) -> AwarenessYear:
    """Read such a file; `priorities` are those it may name. Raises PartnershipError."""
    try:
        found: AwarenessYear = record(AwarenessYear, tomllib.loads(path.read_text(encoding="utf-8")), "")
        distinct_codes("days", found.days)
        for day in found.days:
            if bool(day.on) != (day.rule.name == "table"):
                raise Wrong(f"days.{day.code} needs both the rule table and its days in on, or neither")
            if priorities is not None:
                known_codes(day.priorities, {*priorities}, f"days.{day.code}.priorities", "partnership.toml")
    except OSError:
        raise PartnershipError(f"{path} cannot be read; put the file there or mend its permissions.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise PartnershipError(f"{path} is not a TOML file; mend this: {problem}.") from None
    except Wrong as wrong:
        raise PartnershipError(f"{path}: {wrong}.") from None
    return found


@cache
def shipped() -> AwarenessYear:
    """As it comes with the portal; a partnership that named its priorities otherwise may have none of them."""
    return load(SHIPPED)


def load_own_or_shipped(data: Path, priorities: Collection[str]) -> AwarenessYear:
    """The operator's own file, where there is one. Raises PartnershipError."""
    own = data / FILE_NAME
    return load(own, priorities) if own.exists() else shipped()


def current_awareness() -> AwarenessYear:
    """That of the running portal."""
    found: AwarenessYear = current_app.extensions["awareness"]
    return found


def hate_crime_week(year: int) -> Span:
    """National Hate Crime Awareness Week by its rule, which no installation's own file changes: figures go by it."""
    week = shipped().find(HATE_CRIME_WEEK)
    span = days_of(week.rule, year) if week else None
    if span is None:
        raise LookupError(HATE_CRIME_WEEK)
    return span
