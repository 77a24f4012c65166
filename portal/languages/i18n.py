"""The languages: which one a page is in, its direction, and the way to the same page in another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIEnvironment

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent
from flask import Flask, current_app, has_request_context, request
from flask_babel import force_locale, get_locale

from portal.db import LOCAL_TIME, today
from portal.package_data import folder

TRANSLATIONS = folder("translations")
_BESIDE_A_NUMBER = re.compile(r"(?:(?<=\b\d)|(?<=\b\d\d)) (?=[^\W\d])|(?:(?<=[^\W\d])|(?<=[^\W\d][.,،])) (?=\d{4}\b)")
_BETWEEN_NUMBERS = re.compile(r"(?<=\d) (?=\d)")


@dataclass(frozen=True)
class Language:
    """One language of the portal. `reviewed`: a person who reads it has checked the words."""

    code: str
    name: str
    dir: str
    locale: str
    reviewed: bool
    day_pattern: str = "EEEE d\u00a0MMMM"
    """CLDR has no pattern for a weekday in full without the year in every language."""

    @property
    def tag(self) -> str:
        """BCP 47, for `lang=`."""
        return self.code

    @property
    def prefix(self) -> str:
        return "" if self.code == ENGLISH else f"/{self.code}"


ENGLISH = "en"
# In a line from right to left, "999 BSL" would be read "BSL 999".
LANGUAGES = (
    Language("en", "English", "ltr", "en_GB", reviewed=True),
    Language("pl", "Polski", "ltr", "pl", reviewed=False),
    Language("ro", "Română", "ltr", "ro", reviewed=False, day_pattern="EEEE, d\u00a0MMMM"),
    Language("ur", "اردو", "rtl", "ur", reviewed=False, day_pattern="EEEE، d\u00a0MMMM"),
)

# What is spoken in the partnership's area, the portal's own languages first (BCP 47), by the names that their speakers
# give them: as CLDR has them, for to ask it would read the whole data of each language.
OWN_NAMES = {
    "en": "English", "pl": "Polski", "ro": "Română", "ur": "اردو",
    "ar": "العربية", "bn": "বাংলা", "es": "Español", "fa": "فارسی", "fr": "Français", "gu": "ગુજરાતી", "hi": "हिन्दी", "hu": "Magyar", "it": "Italiano",
    "lt": "Lietuvių", "ps": "پښتو", "pt": "Português", "pa": "ਪੰਜਾਬੀ", "so": "Soomaali", "ta": "தமிழ்", "te": "తెలుగు", "tr": "Türkçe",
    "uk": "Українська", "zh": "中文",
}  # fmt: skip
SPOKEN = tuple(OWN_NAMES)


@dataclass(frozen=True)
class PickerEntry:
    """One language of the strip: `url` is this same page in it."""

    language: Language
    url: str
    current: bool


class LanguagePrefix:
    """Moves `/ur` from the path to SCRIPT_NAME, so every route and every url_for() works in each language unchanged."""

    def __init__(self, app: Callable[..., Iterable[bytes]], languages: tuple[Language, ...]) -> None:
        self.app = app
        self.by_prefix = {language.code: language for language in languages if language.code != ENGLISH}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        root = environ.get("SCRIPT_NAME", "")
        _, first, *rest = (environ.get("PATH_INFO") or "/").split("/", 2) + [""]
        environ["portal.root"] = root
        environ["portal.language"] = ENGLISH
        if first in self.by_prefix:
            environ["portal.language"] = first
            environ["SCRIPT_NAME"] = f"{root}/{first}"
            environ["PATH_INFO"] = f"/{rest[0]}"
        return self.app(environ, start_response)


def languages() -> tuple[Language, ...]:
    found: tuple[Language, ...] = current_app.extensions["languages"]
    return found


def has_words(language: Language) -> bool:
    """Whether its words are compiled: without them its pages are in English."""
    return language.code == ENGLISH or (TRANSLATIONS / language.locale / "LC_MESSAGES" / "messages.mo").exists()


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Have the page that is being made speak this language, whatever its address says."""
    before = request.environ.get("portal.language")
    request.environ["portal.language"] = language.code
    try:
        with force_locale(language.locale):
            yield
    finally:
        request.environ["portal.language"] = before


def language_of(code: str | None) -> Language:
    """The language with this code, or English."""
    return next((language for language in languages() if language.code == code), languages()[0])


def current_language() -> Language:
    """The page's language; in a mail, the one it is written in."""
    if has_request_context():
        return language_of(request.environ.get("portal.language"))
    locale = get_locale()
    return language_of(locale.language if locale else None)


def moved_to(language: Language, address: str) -> str:
    """The address of a page as `url_for` gives it, in another language."""
    return f"{request.environ['portal.root']}{language.prefix}{address.removeprefix(request.script_root)}"


def own_name(code: str) -> str:
    """The language by the name that its speakers give it."""
    return OWN_NAMES.get(code) or name_in_cldr(code)


def name_in_cldr(code: str) -> str:
    """The same of any language, as the Unicode consortium's tables have it."""
    try:
        name = Locale.parse(code).get_display_name(code) or code
    except (UnknownLocaleError, ValueError):
        return code
    return name[:1].upper() + name[1:]


def name_for_staff(code: str) -> str:
    """The language in the page's own words, and by its own name where that differs."""
    words = Locale.parse(current_language().locale).languages.get(code, code)
    return words if words == own_name(code) else f"{words} ({own_name(code)})"


@lru_cache(maxsize=256)
def direction(code: str) -> str:
    """Of a language that need not be one of the portal's."""
    try:
        return Locale.parse(code).text_direction
    except (UnknownLocaleError, ValueError):
        return "ltr"


def address_in(language: Language) -> str:
    """This same page in another language."""
    query = f"?{request.query_string.decode('ascii', 'ignore')}" if request.query_string else ""
    # Two slashes at the start would name another site.
    path = quote(f"/{request.path.lstrip('/')}", safe="/:@!$&'()*+,;=~")
    return f"{request.environ['portal.root']}{language.prefix}{path}{query}"


def picker() -> list[PickerEntry]:
    current = current_language()
    return [PickerEntry(one, address_in(one), one == current) for one in languages()]


@lru_cache(maxsize=32)
def formatting_locale(name: str) -> Locale:
    return Locale.parse(name)


def together(text: str) -> str:
    """The text with its dates unbroken: day, month and year stay on one line, and so does 17 11 2026.

    A no-break space between two numbers would make them one number, which turns about in a line from right to left.
    """
    return _BETWEEN_NUMBERS.sub(" \u2060", _BESIDE_A_NUMBER.sub("\u00a0", text))


def long_day(day: date) -> str:
    """Friday 20 November, in the page's language."""
    return day_in(day, current_language())


def day_in(day: date, language: Language) -> str:
    return together(format_date(day, language.day_pattern, locale=formatting_locale(language.locale)))


def day_and_year(day: date) -> str:
    """Friday 20 November 2026, in the page's language."""
    language = current_language()
    return together(format_date(day, f"{language.day_pattern} y", locale=formatting_locale(language.locale)))


def full_day(day: date) -> str:
    """20 November 2026, in the page's language."""
    return together(format_date(day, "long", locale=formatting_locale(current_language().locale)))


def day_before(day: date, last: date) -> str:
    """20 November, as the first of two days; with the year where the last is of another."""
    if day.year != last.year:
        return full_day(day)
    return together(format_skeleton("MMMMd", day, locale=formatting_locale(current_language().locale)))


def month_name(day: date) -> str:
    """November 2026, in the page's language."""
    return together(format_skeleton("yMMMM", day, locale=formatting_locale(current_language().locale)))


def short_month_name(day: date) -> str:
    """Nov 2026, in the page's language: for the heading of a narrow column."""
    return together(format_skeleton("yMMM", day, locale=formatting_locale(current_language().locale)))


def weekday_name(day: date) -> str:
    """Friday, in the page's language."""
    return format_date(day, "cccc", locale=formatting_locale(current_language().locale))


def short_day(day: date) -> str:
    """Fri 20 Nov, in the page's language and in one line; with the year where it is not this one."""
    skeleton = "MMMEd" if day.year == today().year else "yMMMEd"
    return _in_one_line(skeleton, day, current_language().locale)


@lru_cache(maxsize=1024)
def _in_one_line(skeleton: str, day: date, locale: str) -> str:
    """Kept, for a list names the same few days hundreds of times."""
    return format_skeleton(skeleton, day, locale=formatting_locale(locale)).replace(" ", "\u00a0")


def isolated(name: str) -> str:
    """A name within a sentence: in a line from right to left, the stop after its initial stays behind it."""
    return f"\u2068{name}\u2069" if current_language().dir == "rtl" else name


def short_moment(moment: datetime) -> str:
    """22/11/2026, 14:05, in the page's language and by the partnership's own clock."""
    local = moment.astimezone(LOCAL_TIME)
    day = format_skeleton("yMMdd", local.date(), locale=formatting_locale(current_language().locale))
    return isolated(f"{day}, {local:%H:%M}")


def clock_time(moment: datetime) -> str:
    """18:30, in the partnership's time and alike in every language, as the times of events are; isolated."""
    return f"\u2066{moment.astimezone(LOCAL_TIME):%H:%M}\u2069"


def in_percent(number: float) -> str:
    """72% or 71.5%, in the page's language; isolated, or in a line of Urdu the sign would change sides."""
    locale = formatting_locale(current_language().locale)
    return f"\u2066{format_percent(Decimal(str(number)) / 100, locale=locale, decimal_quantization=False)}\u2069"


def in_hundredths(number: float) -> str:
    """0.51, or 0,51 where a comma is written."""
    return format_decimal(number, "0.00", locale=formatting_locale(current_language().locale))


def in_tenths(number: float) -> str:
    """3.4, or 0.68 where it is known as finely, with a comma where one is written; a whole number as it is."""
    return format_decimal(number, "0.##", locale=formatting_locale(current_language().locale))


def init_app(app: Flask, spoken: tuple[Language, ...]) -> None:
    app.extensions["languages"] = spoken
    app.wsgi_app = LanguagePrefix(app.wsgi_app, spoken)  # type: ignore[method-assign]
    app.jinja_env.filters |= {
        "day_before": day_before,
        "full_day": full_day,
        "in_hundredths": in_hundredths,
        "in_percent": in_percent,
        "in_tenths": in_tenths,
        "long_day": long_day,
        "month_name": month_name,
        "short_day": short_day,
        "short_moment": short_moment,
        "isolated": isolated,
        "together": together,
        "clock_time": clock_time,
    }

    @app.context_processor
    def words() -> dict[str, Any]:
        return {
            "language": current_language(),
            "languages": languages(),
            "picker": picker() if has_request_context() else [],
        }
