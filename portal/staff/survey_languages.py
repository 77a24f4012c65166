"""The words of a definition in every language side by side: what is missing, and who has read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.db import transaction
from portal.languages.i18n import ENGLISH, LANGUAGES, Language
from portal.languages.words import NOTHING, Words
from portal.staff.access import blueprint, officer, only
from portal.staff.definition_forms import CheckForm
from portal.staff.models import Role
from portal.staff.one_survey import Definition, definitions_of, find_survey
from portal.surveys.definition import Questionnaire
from portal.surveys.language_checks import Checks, note_check

LOOK = (Role.SURVEY_MANAGER, Role.ANALYST)
ALL, MISSING, UNREAD = "", "missing", "unread"


@dataclass
class Section:
    """One page of the survey, or what stands around the pages: its sentences with their places in the definition."""

    title: Words | str
    sentences: list[tuple[str, Words]] = field(default_factory=list)


@dataclass(frozen=True)
class State:
    """One language of a definition. `check`: who has read all that there is, None where nobody has."""

    language: Language
    lacking: int
    is_silent: bool
    check: object


def _sections(questionnaire: Questionnaire) -> Iterator[Section]:
    found: dict[str, Section] = {"": Section(_("Before the questions"))}
    for page in questionnaire.pages:
        found[f"pages.{page.code}"] = Section(page.title)
    found["scales"] = Section(_("Answers that questions share"))
    found["indicators"] = Section(_("Figures"))
    for at, words in questionnaire.sentences:
        first, _dot, rest = at.partition(".")
        whose = f"pages.{rest.split('.')[0]}" if first == "pages" else first if first in found else ""
        found[whose].sentences.append((at.removeprefix(f"{whose}."), words))
    return (section for section in found.values() if section.sentences)


@blueprint.get("/surveys/<code>/languages/<key>", endpoint="survey_languages")
@only(*LOOK)
def survey_languages(code: str, key: str) -> str:
    return _page(code, key, CheckForm(formdata=None))


def _page(code: str, key: str, form: CheckForm) -> str:
    found, definition = find_survey(code), _definition(code, key)
    questionnaire, checks = definition.questionnaire or abort(404), Checks(code)
    asked = request.values.get("language", "")
    one = next((each for each in LANGUAGES if each.code == asked), None)
    beside = [each for each in LANGUAGES if each.code != ENGLISH and one in (None, each)]
    only_these = request.values.get("only", ALL)

    def is_shown(words: Words) -> bool:
        if only_these == MISSING:
            return any(not words.get(each.code) for each in beside)
        if only_these == UNREAD:
            judged = [one] if one else LANGUAGES
            return any(words.get(each.code) and not checks.is_read(words, each.code) for each in judged)
        return True

    sections = list(_sections(questionnaire))
    for section in sections:
        section.sentences = [(at, words) for at, words in section.sentences if is_shown(words)]
    return render_template(
        "staff/survey_languages.html",
        **found,
        definition=definition,
        key=key,
        one=one,
        beside=beside,
        only_these=only_these,
        sections=[section for section in sections if section.sentences],
        states=[
            State(
                each,
                questionnaire.lacking[each.code],
                questionnaire.lacking[each.code] == len(questionnaire.sentences),
                checks.of(questionnaire, each.code),
            )
            for each in LANGUAGES
        ],
        form=form,
        all_languages=LANGUAGES,
        sentence_count=len(questionnaire.sentences),
        nothing=NOTHING,
    )


def _definition(code: str, key: str) -> Definition:
    found: Definition = next((one for one in definitions_of(code) if one.key == key), None) or abort(404)
    return found


@blueprint.post("/surveys/<code>/languages/<key>", endpoint="check_language")
@only(Role.SURVEY_MANAGER)
def check_language(code: str, key: str) -> Response | str:
    """Write down who has read every sentence of a language."""
    find_survey(code)
    definition, form = _definition(code, key), CheckForm()
    language = next((one.code for one in LANGUAGES if one.code == request.form.get("language")), None) or abort(400)
    if not form.validate():
        return _page(code, key, form)
    with transaction() as db:
        note_check(db, definition.questionnaire or abort(404), language, form.checked_by.data, officer().staff.name)
    return redirect(url_for(".survey_languages", code=code, key=key, language=language), 303)
