"""What a wave has brought in: counts, what people wrote, and the export."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.languages.i18n import language_of
from portal.languages.words import Words
from portal.questions.types import TYPES, type_of
from portal.staff import questionnaires, result_pages
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.models import Role
from portal.staff.wave_forms import LABELS, ExportForm
from portal.surveys import answers, export, versions, waves
from portal.surveys.answers import FLAGGED, LANGUAGE, VERSION, DamagedAnswers
from portal.surveys.columns import Value
from portal.surveys.definition import Instrument, Question
from portal.surveys.models import WaveState
from portal.web import errors

PAGE_SIZE = 50
MIN_ANSWERS_PER_LANGUAGE = 10
FACTS = {
    LANGUAGE: _l("Language in which the person answered"),
    VERSION: _l("Version of the survey that the person was asked"),
    FLAGGED: _l("One of many answers from one visitor in one hour: a library, or one person over and over"),
}


@dataclass(frozen=True)
class Wave:
    """A wave with the versions it asked, newest first."""

    wave: Any
    code: str
    versions: list[Any]
    instruments: list[Instrument]

    @property
    def title(self) -> Words:
        return self.instruments[0].questionnaire.title

    @property
    def written(self) -> dict[str, Question]:
        """The questions to which people write."""
        return {
            code: question
            for instrument in reversed(self.instruments)
            for code, question in instrument.questionnaire.questions.items()
            if type_of(question).is_written
        }


def _find(wave_id: uuid.UUID) -> Wave:
    found = waves.find_wave(wave_id) or abort(404)
    return Wave(found, waves.survey_code_of(found), versions.versions_of(wave_id), versions.instruments_of(wave_id))


@blueprint.get("/waves/<uuid:wave_id>/results", endpoint="results")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def results(wave_id: uuid.UUID) -> str:
    """What was answered, `?view=cross` two questions crossed, `?view=fieldwork` who is heard and how far people come.

    The address holds all that was chosen, as codes: language, version, group, rows, columns, and the words looked for.
    Every look is written down.
    """
    found = _find(wave_id)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.VIEWED_RESULTS, str(wave_id))
    may_read = officer().may(Role.ANALYST)
    return result_pages.show(found.wave, found.code, found.versions, found.instruments, may_read=may_read)


@blueprint.get("/waves/<uuid:wave_id>/written/<question>", endpoint="written")
@only(Role.ANALYST, unlocked=True)
def written(wave_id: uuid.UUID, question: str) -> Response | str:
    """What people wrote, a page at a time; each look is written down before it is shown."""
    found = _find(wave_id)
    asked = found.written.get(question) or abort(404)
    if found.wave.state is WaveState.OPEN:
        return _not_yet(found)
    number = min(max(1, request.args.get("page", 1, type=int)), 10**6)
    may_read, said = answers.may_read_written(held_keys()), []
    if may_read:
        subject = f"{wave_id} {question} page {number}"
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.READ_WRITTEN_ANSWERS, subject)
        said = answers.written_answers(held_keys(), wave_id, question, skip=(number - 1) * PAGE_SIZE, most=PAGE_SIZE)
    return render_template(
        "staff/written.html",
        found=found,
        wave=found.wave,
        question=asked,
        may_read=may_read,
        opened=[(one.text, language_of(one.language)) for one in said],
        all=answers.count_written(wave_id).get(question, 0),
        number=number,
        page_size=PAGE_SIZE,
    )


@blueprint.get("/waves/<uuid:wave_id>/export", endpoint="export")
@only(Role.ANALYST)
def export_form(wave_id: uuid.UUID) -> Response | str:
    return _export_page(_find(wave_id), ExportForm(formdata=None))


def _not_yet(found: Wave) -> Response:
    """Whoever looked before and after one person answered would have that person's ticks beside their words."""
    return errors.page(
        403,
        _("The wave is still open"),
        _("Single answers and what people wrote can be read once it is closed. Else two looks would show one person."),
        ways_on=[(_("Look at the counts"), url_for(".results", wave_id=found.wave.id))],
    )


def _export_page(found: Wave, form: ExportForm) -> Response | str:
    if found.wave.state is WaveState.OPEN:
        return _not_yet(found)
    return render_template("staff/export.html", found=found, wave=found.wave, form=form)


@blueprint.post("/waves/<uuid:wave_id>/answers.csv", endpoint="export_answers")
@only(Role.ANALYST)
def export_answers(wave_id: uuid.UUID) -> Response | str:
    """The ticked answers; written down before the first byte goes. Everything is read before, so that it is whole."""
    found, form = _find(wave_id), ExportForm()
    if found.wave.state is WaveState.OPEN or not form.validate():
        return _export_page(found, form)
    say = export.Say("")
    if form.cells.data == LABELS:
        with force_locale(language_of(form.language.data).locale):
            say = export.Say(form.language.data, _("Yes"), _("No"))
    try:
        coded = answers.coded_answers(found.wave)
    except DamagedAnswers as problem:
        return _damaged(found, problem)
    _exported(found, f"{form.cells.data} {form.language.data}")
    made = export.table(coded.size, _without_rare_languages(coded.values), found.instruments, say)
    sent = _csv(found, "answers", made.blocks)
    # Whoever receives less than this sees that it is not whole.
    sent.content_length = made.size
    return sent


@blueprint.post("/waves/<uuid:wave_id>/codebook.csv", endpoint="export_codebook")
@only(Role.ANALYST)
def export_codebook(wave_id: uuid.UUID) -> Response | str:
    """What each column and each code of the answers means, in one language."""
    found, form = _find(wave_id), ExportForm()
    if found.wave.state is WaveState.OPEN or not form.validate():
        return _export_page(found, form)
    code = form.language.data
    with force_locale(language_of(code).locale):
        words = export.CodebookWords(
            facts={name: str(said) for name, said in FACTS.items()},
            types={code: str(kind.name) for code, kind in TYPES.items() if not kind.is_composite},
            wordings={name: str(said) for name, said in questionnaires.WORDINGS.items()},
            asked_if=lambda instrument, page, question: questionnaires.asked_if(instrument, page, question, code),
            ticked=_("Ticked"),
            not_ticked=_("Not ticked"),
            group=_("A group of places"),
        )
        rows = list(export.codebook(answers.columns_of(found.wave), found.instruments, code, words))
    _exported(found, f"codebook {code}")
    return _csv(found, "codebook", rows)


def _without_rare_languages(values: dict[str, list[Value]]) -> dict[str, list[Value]]:
    """A row in a language that fewer than 10 used would lead to the words that are written in it.

    Where the rows that are left blank are themselves few, the next rarest language goes too, or they would be known by
    being blank.
    """
    hidden: set[Value] = set()
    blank = 0
    for code, times in sorted(Counter(values.get(LANGUAGE, ())).items(), key=lambda each: each[1]):
        if times < MIN_ANSWERS_PER_LANGUAGE or 0 < blank < MIN_ANSWERS_PER_LANGUAGE:
            hidden.add(code)
            blank += times
    return values | {LANGUAGE: [None if code in hidden else code for code in values[LANGUAGE]]}


def _exported(found: Wave, how: str) -> None:
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.EXPORTED_RESULTS, f"{found.wave.id} {how}")


def _csv(found: Wave, what: str, blocks: Iterable[bytes]) -> Response:
    name = f"{found.code}-wave-{found.wave.number}-{what}.csv"
    return Response(blocks, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _damaged(found: Wave, problem: DamagedAnswers) -> Response:
    return errors.page(
        500,
        _("These answers cannot be exported"),
        _(
            "The answers to these questions are damaged: %(codes)s. Tell whoever looks after the portal: "
            "a backup may have them.",
            codes=", ".join(problem.questions),
        ),
        ways_on=[(_("Look at the other results"), url_for(".results", wave_id=found.wave.id))],
    )
