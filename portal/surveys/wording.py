"""What surveys say: a questionnaire's own words in the page's language, and the age bands, which are in the catalogues."""

from __future__ import annotations

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from portal.languages.i18n import ENGLISH, LANGUAGES, current_language
from portal.languages.words import Words

AGES = {
    "16_24": _l("16 to 24"),
    "25_34": _l("25 to 34"),
    "35_49": _l("35 to 49"),
    "50_64": _l("50 to 64"),
    "65_74": _l("65 to 74"),
    "75_84": _l("75 to 84"),
    "85_over": _l("85 or over"),
}


def age_words() -> dict[str, Words]:
    """The age bands as each language says them: what is frozen with a questionnaire."""
    said: dict[str, dict[str, str]] = {code: {} for code in AGES}
    for language in LANGUAGES:
        with force_locale(language.locale):
            for code, text in AGES.items():
                said[code][language.code] = str(text)
    return {code: Words(texts) for code, texts in said.items()}


def in_words(words: Words) -> str:
    """The text as the page's language says it; the English that stands in for it is marked as English."""
    code = current_language().code
    if words.get(code) or not words.in_(code):
        return words.in_(code)
    return Markup('<span lang="{}" dir="ltr">{}</span>').format(ENGLISH, words.in_(code))
