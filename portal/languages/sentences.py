"""Where a sentence comes from: found in the catalogue of the page's language, with the English beneath where that matters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal
from flask import Flask, current_app, g
from flask_babel import Babel, Domain, force_locale, get_translations
from markupsafe import Markup, escape

from portal.languages.i18n import LANGUAGES, TRANSLATIONS, Language, current_language, day_in, formatting_locale

_LATIN_RUN = re.compile(r"(?<![&\w])([0-9A-Za-z]+(?: [0-9A-Za-z]+)+)")


class OneLookUp(Domain):  # type: ignore[misc]
    """Where code and forms find their sentences: the catalogue is looked up once a request, not for each of fifty labels."""

    def get_translations(self) -> Any:
        # `force_locale` and `refresh` empty this place, and `force_locale` fills it again at its end.
        kept = g._flask_babel
        found = getattr(kept, "babel_translations", None)
        if found is None:
            found = kept.babel_translations = super().get_translations()
        return found


def in_order(text: str, language: Language) -> Markup:
    """A line from right to left would turn round the parts of a telephone number or of an English name: each is kept together."""
    said = escape(text)
    if language.dir == "rtl":
        said = Markup(_LATIN_RUN.sub(r'<bdi dir="ltr">\1</bdi>', str(said)))  # noqa: S704 (escaped above)
    return said


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
        said = in_order(translated, self.language)
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


def _named_in(value: Any, language: Language) -> Any:
    if isinstance(value, date):
        return day_in(value, language)
    return value.in_(language.code) if hasattr(value, "in_") else value


def file_size(size: int) -> str:
    """0.6 MB, in the page's language; isolated, or in a line of Urdu the number would change sides."""
    number = max(size / 1024**2, 0.1)
    digits = format_decimal(number, "0.#", locale=formatting_locale(current_language().locale))
    return f"\u2066{say('%(number)s MB', number=digits)}\u2069"


def init_app(app: Flask, folders: tuple[Path, ...] = (TRANSLATIONS,)) -> None:
    """`folders` hold the catalogues."""
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

    app.jinja_env.filters["file_size"] = file_size

    @app.context_processor
    def for_templates() -> dict[str, Any]:
        return {"safety": safety, "safety_plural": safety_plural}
