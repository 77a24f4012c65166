"""The answers of a closed wave as a file: what for, for whom and what is in it is said before, and written down."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from flask import Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.languages.i18n import language_of
from portal.staff import export_files, export_forms, export_jobs
from portal.staff.access import blueprint, officer, only
from portal.staff.export_forms import BLANK, CodebookForm, ExportForm
from portal.staff.export_jobs import TooManyExports
from portal.staff.export_making import (
    MOST_ROWS,
    Making,
    Order,
    Weighting,
    as_stored,
    described,
    entries_of,
    source_of,
    weighting_of,
)
from portal.staff.export_words import AGES_GROUPED, FACTS, GROUP
from portal.staff.models import Role
from portal.staff.one_wave import Wave, find_wave, have_ended, not_yet
from portal.surveys import anonymity, codebook, coding, export, tables
from portal.surveys.answers import DamagedAnswers
from portal.surveys.definition import Question
from portal.surveys.tables import Source
from portal.web import errors


def _columns(source: Source) -> Iterator[tuple[str, str]]:
    """What may be added of the columns that identify, as the analyst reads it."""
    yield tables.LANGUAGES, str(FACTS["language"])
    for choice, question in anonymity.choices(source.instruments):
        yield choice, _named(choice, question)


def _named(choice: str, question: Question) -> str:
    text = question.text.in_("en")
    if choice.endswith(anonymity.GROUP):
        return f"{text} ({GROUP})"
    return f"{text} ({AGES_GROUPED})" if choice.endswith(anonymity.BAND) else text


def _form(found: Wave, *, is_new: bool) -> ExportForm:
    rows = found.wave.answered or 0
    has_coded = bool(coding.counted_frames(found.wave.id))
    files = export_files.offered(rows, MOST_ROWS, has_coded=has_coded)
    columns = dict(_columns(source_of(found.wave.id)))
    return ExportForm(files, columns, formdata=None) if is_new else ExportForm(files, columns)


@blueprint.get("/waves/<uuid:wave_id>/export", endpoint="export")
@only(Role.ANALYST)
def export_form(wave_id: uuid.UUID) -> Response | str:
    found = find_wave(wave_id)
    if not found.wave.is_packed:
        return not_yet(found)
    if found.wave.answers_ended_on:
        return have_ended(found, found.wave.answers_ended_on)
    return _page(found, _form(found, is_new=True), weighting_of(wave_id))


def _page(found: Wave, form: ExportForm, weighting: Weighting, risk: anonymity.Risk | None = None) -> str:
    return render_template(
        "staff/export.html",
        found=found,
        wave=found.wave,
        form=form,
        weights=weighting.words,
        risk=risk,
        k=anonymity.K,
        rows=found.wave.answered or 0,
        at_once=export_files.AT_ONCE,
        most_rows=MOST_ROWS,
        file_hints=export_forms.FILE_HINTS,
        has_spss=export_files.has_spss(),
        has_files=bool(export_jobs.exports_of(officer().staff.id)),
        is_open=bool(form.errors.keys() - {"purpose", "rare"}),
    )


@blueprint.post("/waves/<uuid:wave_id>/answers", endpoint="export_answers")
@only(Role.ANALYST)
def export_answers(wave_id: uuid.UUID) -> Response | Redirect | str:
    """The ticked answers; written down before the first byte goes. Everything is read before, so that it is whole."""
    found = find_wave(wave_id)
    if not found.wave.is_packed:
        return not_yet(found)
    if found.wave.answers_ended_on:
        return have_ended(found, found.wave.answers_ended_on)
    form = _form(found, is_new=False)
    if not form.validate():
        return _page(found, form, weighting_of(wave_id))
    making = Making(wave_id, _order(form, is_blanked=False))
    try:
        risk = making.risk
    except DamagedAnswers as problem:
        return _damaged(found, problem)
    if form.is_for_partner and making.order.has_people and risk.rows < anonymity.K:
        form.audience.errors = [_("The wave has too few rows to be given to a partner.")]
        return _page(found, form, making.weighting)
    if risk.few and not form.is_settled:
        form.rare.errors = [_("Choose what should happen with those rows.")]
        return _page(found, form, making.weighting, risk)
    making.order = _order(form, is_blanked=bool(risk.few) and form.rare.data == BLANK)
    if export_files.is_slow(making.order.file, risk.rows):
        return _for_the_worker(found, form, making)
    made = making.file()
    with transaction() as db:
        _write_down(db, making)
    return export_files.response(made, making.order.file, making.name)


def _order(form: ExportForm, *, is_blanked: bool) -> Order:
    return Order(
        file=form.file.data,
        cells=form.cells.data,
        language=form.language.data,
        columns=tuple(form.columns.data or ()),
        audience=form.audience.data,
        purpose=form.purpose.data,
        is_blanked=is_blanked,
        leave_out=tuple(form.leave_out.data or ()),
    )


def _for_the_worker(found: Wave, form: ExportForm, making: Making) -> Redirect | str:
    try:
        with transaction() as db:
            export_jobs.ask(db, officer().staff.id, making.wave_id, as_stored(making.order))
            _write_down(db, making)
    except TooManyExports:
        form.file.errors = [_("You have five large files already. Delete one of them first, under “My large files”.")]
        return _page(found, form, making.weighting)
    return redirect(url_for(".large_exports"), 303)


def _write_down(db: audit.Session, making: Making) -> None:
    for how in making.order.entries(making.rows, making.blanked.rows if making.blanked else 0):
        audit.record(db, officer().staff.name, Action.EXPORTED_RESULTS, f"{making.wave_id} {how}")


@blueprint.get("/waves/<uuid:wave_id>/codebook", endpoint="codebook")
@only(Role.ANALYST)
def codebook_page(wave_id: uuid.UUID) -> str:
    """What each column and each code of the answers means; nobody's answers are in it."""
    form = CodebookForm(formdata=request.args or None)
    code = form.language.data if request.args and form.validate() else "en"
    return _codebook(find_wave(wave_id), form, code)


def _codebook(found: Wave, form: CodebookForm, code: str) -> str:
    form.language.data = code
    return render_template(
        "staff/codebook.html",
        found=found,
        wave=found.wave,
        form=form,
        spoken=language_of(code),
        entries=list(entries_of(found.wave.id, code)),
    )


@blueprint.post("/waves/<uuid:wave_id>/codebook.csv", endpoint="export_codebook")
@only(Role.ANALYST)
def export_codebook(wave_id: uuid.UUID) -> Response | str:
    """The same in one language, for a spreadsheet."""
    found, form = find_wave(wave_id), CodebookForm()
    if not found.wave.is_packed:
        return not_yet(found)
    if not form.validate():
        return _codebook(found, form, "en")
    code = form.language.data
    table = b"".join(export.sheet(codebook.HEAD, codebook.rows(entries_of(wave_id, code))))
    return _described(found, table, f"codebook {code}", "codebook.csv", "text/csv")


@blueprint.post("/waves/<uuid:wave_id>/codebook.xml", endpoint="export_ddi")
@only(Role.ANALYST)
def export_ddi(wave_id: uuid.UUID) -> Response | str:
    """The same for an archive."""
    found, form = find_wave(wave_id), CodebookForm()
    if not found.wave.is_packed:
        return not_yet(found)
    if not form.validate():
        return _codebook(found, form, "en")
    code = form.language.data
    return _described(found, described(wave_id, code), f"ddi {code}", "ddi-codebook.xml", "application/xml")


def _described(found: Wave, content: bytes, written_down: str, ending: str, mimetype: str) -> Response:
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.EXPORTED_RESULTS, f"{found.wave.id} {written_down}")
    name = f"{found.code}-wave-{found.wave.number}-{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=headers)


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
