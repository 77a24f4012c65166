"""The languages: which one a page is in, its direction, and the way to the same page in another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIEnvironment

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_decimal, format_percent
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, force_locale, get_locale, get_translations
from markupsafe import Markup, escape

from portal.db import LOCAL_TIME, today
from portal.package_data import folder

TRANSLATIONS = folder("translations")


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
_LATIN_RUN = re.compile(r"(?<![&\w])([0-9A-Za-z]+(?: [0-9A-Za-z]+)+)")
LANGUAGES = (
    Language("en", "English", "ltr", "en_GB", reviewed=True),
    Language("pl", "Polski", "ltr", "pl", reviewed=False),
    Language("ro", "Română", "ltr", "ro", reviewed=False, day_pattern="EEEE, d\u00a0MMMM"),
    Language("ur", "اردو", "rtl", "ur", reviewed=False, day_pattern="EEEE، d\u00a0MMMM"),
)

# What is spoken in the partnership's area, the portal's own languages first (BCP 47).
SPOKEN = (
    "en", "pl", "ro", "ur",
    "ar", "bn", "es", "fa", "fr", "gu", "hi", "hu", "it", "lt", "ps", "pt", "pa", "so", "ta", "te", "tr", "uk", "zh",
)  # fmt: skip


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
    try:
        name = Locale.parse(code).get_display_name(code) or code
    except (UnknownLocaleError, ValueError):
        return code
    return name[:1].upper() + name[1:]


def name_for_staff(code: str) -> str:
    """The language in the page's own words, and by its own name where that differs."""
    words = Locale.parse(current_language().locale).languages.get(code, code)
    return words if words == own_name(code) else f"{words} ({own_name(code)})"


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


class OneLookUp(Domain):  # type: ignore[misc]
    """Where code and forms find their sentences: the catalogue is looked up once a request, not for each of fifty labels."""

    def get_translations(self) -> Any:
        # `force_locale` and `refresh` empty this place, and `force_locale` fills it again at its end.
        kept = g._flask_babel
        found = getattr(kept, "babel_translations", None)
        if found is None:
            found = kept.babel_translations = super().get_translations()
        return found


class Sentences:
    """One language's sentences as they stand on a page: a page says forty, and one without names in it is made once."""

    def __init__(self, language: Language) -> None:
        self.language = language
        with force_locale(language.locale):
            self.catalogue: Any = get_translations()
        self._said: dict[str, Markup] = {}
        self._said_safely: dict[str, Markup] = {}

    def say(self, sentence: str, **named: Any) -> Markup:
        """A translation is trusted as a template is, and the names in it are not: they are escaped."""
        if named:
            return Markup(self.catalogue.ugettext(sentence)) % named  # noqa: S704 (our own words)
        said = self._said.get(sentence)
        if said is None:
            said = self._said[sentence] = Markup(self.catalogue.ugettext(sentence)) % {}  # noqa: S704 (our own words)
        return said

    def say_safely(self, sentence: str, **named: Any) -> Markup:
        """A day that is named, or a text in several languages, is said in each of the two."""
        if named:
            return self._in_both(self.catalogue.ugettext(sentence), sentence, named)
        said = self._said_safely.get(sentence)
        if said is None:
            said = self._said_safely[sentence] = self._with_english(self.catalogue.ugettext(sentence), sentence)
        return said

    def say_number_safely(self, one: str, many: str, number: int, **named: Any) -> Markup:
        """As `say_safely`, by the plural rules of each of the two."""
        named = {"num": number, **named}
        return self._in_both(self.catalogue.ungettext(one, many, number), one if number == 1 else many, named)

    def _in_both(self, translated: str, english: str, named: Mapping[str, Any]) -> Markup:
        ours, theirs = (
            {name: _named_in(value, language) for name, value in named.items()}
            for language in (self.language, LANGUAGES[0])
        )
        return self._with_english(translated % ours, english % theirs)

    def _with_english(self, translated: str, english: str) -> Markup:
        said = escape(translated)
        if self.language.dir == "rtl":
            said = Markup(_LATIN_RUN.sub(r'<bdi dir="ltr">\1</bdi>', str(said)))  # noqa: S704 (escaped above)
        if self.language.reviewed:
            return said
        return Markup('{}<span class="app-beneath" lang="en" dir="ltr">{}</span>').format(said, english)


def _sentences() -> Sentences:
    try:
        found: Sentences = g.sentences
    except AttributeError:
        language, kept = current_language(), current_app.extensions["sentences"]
        found = g.sentences = kept.get(language) or kept.setdefault(language, Sentences(language))
    return found


def say(sentence: str, **named: Any) -> Markup:
    """The sentence in the page's language; templates call it `_`."""
    return _sentences().say(sentence, **named)


def safety(sentence: str, **named: Any) -> Markup:
    """A sentence a mistake in which could hurt someone: not yet reviewed, it carries the English beneath."""
    return _sentences().say_safely(sentence, **named)


def safety_plural(one: str, many: str, number: int, **named: Any) -> Markup:
    """As `safety`, for a sentence with a number in it, which stands there as %(num)s."""
    return _sentences().say_number_safely(one, many, number, **named)


class LazyMarkup:
    """A sentence of safety() in data: `say` is called where the sentence comes to stand."""

    def __init__(self, say: Callable[[], Markup]) -> None:
        self._say = say

    def __html__(self) -> str:
        return self._say()

    def __str__(self) -> str:
        return str(self._say())


@lru_cache(maxsize=32)
def _formatting_locale(name: str) -> Locale:
    return Locale.parse(name)


def long_day(day: date) -> str:
    """Friday 20 November, in the page's language."""
    return day_in(day, current_language())


def day_in(day: date, language: Language) -> str:
    return format_date(day, language.day_pattern, locale=_formatting_locale(language.locale))


def _named_in(value: Any, language: Language) -> Any:
    if isinstance(value, date):
        return day_in(value, language)
    return value.in_(language.code) if hasattr(value, "in_") else value


def day_and_year(day: date) -> str:
    """Friday 20 November 2026, in the page's language."""
    language = current_language()
    return format_date(day, f"{language.day_pattern} y", locale=_formatting_locale(language.locale))


def full_day(day: date) -> str:
    """20 November 2026, in the page's language."""
    return format_date(day, "long", locale=_formatting_locale(current_language().locale))


def month_name(day: date) -> str:
    """November 2026, in the page's language."""
    return format_skeleton("yMMMM", day, locale=_formatting_locale(current_language().locale))


def short_day(day: date) -> str:
    """Fri 20 Nov, in the page's language; with the year where it is not this one."""
    return format_skeleton(
        "MMMEd" if day.year == today().year else "yMMMEd", day, locale=_formatting_locale(current_language().locale)
    )


def short_moment(moment: datetime) -> str:
    """22/11/2026, 14:05, in the page's language and by the partnership's own clock."""
    return format_datetime(moment, "short", tzinfo=LOCAL_TIME, locale=_formatting_locale(current_language().locale))


def file_size(size: int) -> str:
    """0.6 MB, in the page's language; isolated, or in a line of Urdu the number would change sides."""
    number = max(size / 1024**2, 0.1)
    digits = format_decimal(number, "0.#", locale=_formatting_locale(current_language().locale))
    return f"\u2066{say('%(number)s MB', number=digits)}\u2069"


def in_percent(number: float) -> str:
    """72% or 71.5%, in the page's language; isolated, or in a line of Urdu the sign would change sides."""
    locale = _formatting_locale(current_language().locale)
    return f"\u2066{format_percent(Decimal(str(number)) / 100, locale=locale, decimal_quantization=False)}\u2069"


def in_hundredths(number: float) -> str:
    """0.51, or 0,51 where a comma is written."""
    return format_decimal(number, "0.00", locale=_formatting_locale(current_language().locale))


def init_app(app: Flask, spoken: tuple[Language, ...], folders: tuple[Path, ...] = (TRANSLATIONS,)) -> None:
    app.extensions["languages"] = spoken
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(str(folder) for folder in folders)
    app.config["BABEL_DEFAULT_LOCALE"] = "en_GB"
    babel = Babel(app, locale_selector=lambda: current_language().locale, timezone_selector=lambda: "Europe/London")
    babel.domain_instance = OneLookUp()
    app.extensions["sentences"] = {}
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda sentence: _sentences().catalogue.ugettext(sentence),
        lambda one, many, number: _sentences().catalogue.ungettext(one, many, number),
        newstyle=True,
        pgettext=lambda context, sentence: _sentences().catalogue.upgettext(context, sentence),
        npgettext=lambda context, one, many, number: _sentences().catalogue.unpgettext(context, one, many, number),
    )
    # The extension's own calls three functions and formats anew for each sentence, whether or not there are names in it.
    app.jinja_env.globals["_"] = say
    app.wsgi_app = LanguagePrefix(app.wsgi_app, spoken)  # type: ignore[method-assign]
    app.jinja_env.filters |= {
        "file_size": file_size,
        "full_day": full_day,
        "in_hundredths": in_hundredths,
        "in_percent": in_percent,
        "long_day": long_day,
        "month_name": month_name,
        "short_day": short_day,
        "short_moment": short_moment,
    }

    @app.context_processor
    def words() -> dict[str, Any]:
        return {
            "language": current_language(),
            "languages": languages(),
            "picker": picker() if has_request_context() else [],
            "safety": safety,
            "safety_plural": safety_plural,
        }
