"""A questionnaire as staff read it: what each question is, where its words come from, and whom it is asked."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.languages.i18n import LANGUAGES, Language
from portal.languages.words import NOTHING, Words
from portal.surveys import comparing, reading
from portal.surveys.comparing import Change, Changed
from portal.surveys.definition import Instrument, Questionnaire
from portal.surveys.reading import DefinitionError

WORDINGS = {
    "verified": _l("Wording verified"),
    "to_check": _l("Wording to be checked"),
    "own": _l("Our own wording"),
}


@dataclass(frozen=True)
class File:
    """What lies in surveys/ under one code: a questionnaire, or the sentence of what is wrong with it."""

    questionnaire: Questionnaire | None = None
    problem: str = ""


def file_codes() -> list[str]:
    return [path.stem for path in reading.definition_files()]


def file_text(code: str) -> str | None:
    """What stands in the file, right or wrong; None where there is no such file or it is no text."""
    path = next((path for path in reading.definition_files() if path.stem == code), None)
    try:
        return reading.read_text(path) if path else None
    except DefinitionError:
        return None


def read_file(code: str) -> File | None:
    """None where there is no such file."""
    path = next((path for path in reading.definition_files() if path.stem == code), None)
    if path is None:
        return None
    try:
        return File(reading.read_definition(path))
    except DefinitionError as wrong:
        return File(problem=str(wrong).replace(f"{path.parent.parent}/", ""))


def missing_words(questionnaire: Questionnaire) -> dict[Language, int]:
    """How many texts each language lacks; English stands in for them."""
    return {language: questionnaire.lacking[language.code] for language in LANGUAGES}


def completeness(questionnaire: Questionnaire) -> list[tuple[Language, str]]:
    """Each language with a sentence on whether all words are there."""
    return [
        (
            language,
            ngettext(
                "%(num)s text is missing and shown in English",
                "%(num)s texts are missing and shown in English",
                lacking,
            )
            if lacking
            else _("All words are there"),
        )
        for language, lacking in missing_words(questionnaire).items()
    ]


def complete_languages(questionnaire: Questionnaire) -> list[str]:
    return [language.code for language, lacking in missing_words(questionnaire).items() if not lacking]


def breaks(published: Instrument | None, draft: Instrument) -> list[str]:
    """What the draft asks otherwise than what was published last, under the same code: a sentence each."""
    if published is None:
        return []
    return [_broken(one) for one in comparing.changes(published.questionnaire, draft.questionnaire)]


def _broken(one: Changed) -> str:
    match one.what:
        case Change.WORDING:
            return _("%(code)s: “%(old)s” is now “%(new)s”.", code=one.code, old=one.old, new=one.new)
        case Change.TYPE:
            return _("%(code)s: it is answered in another way.", code=one.code)
        case Change.OPTION:
            return _("%(code)s: the answer “%(old)s” is now “%(new)s”.", code=one.code, old=one.old, new=one.new)
        case Change.OPTION_GONE:
            return _("%(code)s: the answer “%(old)s” is gone.", code=one.code, old=one.old)
    return _("%(code)s: the figure counts other answers.", code=one.code)


def needs_safeguarding_lead(file: File | None, newest: Instrument | None) -> bool:
    """Whether children may answer: by the file, else by what was published last."""
    if file and file.questionnaire:
        return file.questionnaire.needs_safeguarding_lead
    return newest is not None and newest.questionnaire.needs_safeguarding_lead


def titled(file: File | None, newest: Instrument | None) -> Words:
    """What a survey is called: in its file, else in what was published last."""
    if file and file.questionnaire:
        return file.questionnaire.title
    return newest.questionnaire.title if newest else NOTHING
