"""The words of a questionnaire that stand in no file, because they are the same in every survey."""

from __future__ import annotations

from flask_babel import force_locale
from flask_babel import gettext as _

from portal.i18n import LANGUAGES
from portal.surveys.definition import AGE_BANDS
from portal.words import Words


def age_words() -> dict[str, Words]:
    """Each age band in every language, by its code."""
    spoken: dict[str, dict[str, str]] = {code: {} for code in AGE_BANDS}
    for language in LANGUAGES:
        with force_locale(language.locale):
            words = (
                _("16 to 24"),
                _("25 to 34"),
                _("35 to 49"),
                _("50 to 64"),
                _("65 to 74"),
                _("75 to 84"),
                _("85 or over"),
            )
        for code, text in zip(AGE_BANDS, words, strict=True):
            spoken[code][language.code] = text
    return {code: Words(texts) for code, texts in spoken.items()}
