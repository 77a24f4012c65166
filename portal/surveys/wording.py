"""What surveys say that is not in the questionnaires' own files, in every language."""

from __future__ import annotations

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from portal.i18n import LANGUAGES
from portal.words import Words

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
