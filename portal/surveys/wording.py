"""The words that are frozen with a questionnaire: the age bands, which are in the catalogues, in every language."""

from __future__ import annotations

from flask_babel import force_locale

from portal.languages.i18n import LANGUAGES
from portal.languages.words import Words
from portal.questions.types.age_band import AGES


def age_words() -> dict[str, Words]:
    """The age bands as each language says them: what is frozen with a questionnaire."""
    said: dict[str, dict[str, str]] = {code: {} for code in AGES}
    for language in LANGUAGES:
        with force_locale(language.locale):
            for code, text in AGES.items():
                said[code][language.code] = str(text)
    return {code: Words(texts) for code, texts in said.items()}
