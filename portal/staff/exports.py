"""The answers of a closed wave as a file: what for, for whom and what is in it is said before, and written down."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Response, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from portal import audit
from portal.audit import Action
from portal.cohesion.weights import NotReproduced, ReleaseWeights, weights_of
from portal.db import LOCAL_TIME, transaction
from portal.languages.i18n import LANGUAGES, language_of
from portal.staff import export_files, export_forms
from portal.staff.access import blueprint, officer, only
from portal.staff.export_files import Content
from portal.staff.export_forms import CodebookForm, ExportForm
from portal.staff.export_words import AGES_GROUPED, FACTS, GROUP, about_weights, notes, said_in
from portal.staff.models import Role
from portal.staff.results import Wave, find_wave, not_yet
from portal.surveys import anonymity, answers, codebook, export, scripts, tables, versions
from portal.surveys.answers import CodedAnswers, DamagedAnswers
from portal.surveys.definition import Question
from portal.surveys.models import WaveState
from portal.surveys.tables import Source, Table, Weights
from portal.web import errors

# What one entry of the audit log holds beside the wave's id.
_SUBJECT = 80


@dataclass(frozen=True)
class Weighting:
    """The weights of the published figures, or why there are none."""

    found: ReleaseWeights | None
    is_broken: bool = False

    @property
    def weights(self) -> Weights | None:
        if self.found is None:
            return None
        return Weights(self.found.release.number, self.found.weights, self.found.strata, self.found.cells)

    def words(self) -> str:
        if self.found is None or self.found.release.published_at is None:
            return about_weights(None, None, self.is_broken)
        day = self.found.release.published_at.astimezone(LOCAL_TIME).date()
        return about_weights(self.found.release.number, day, self.is_broken)


def _weighting(wave_id: uuid.UUID) -> Weighting:
    try:
        return Weighting(weights_of(wave_id))
    except NotReproduced:
        return Weighting(None, is_broken=True)


def _source(found: Wave) -> Source:
    return Source(
        number=found.wave.number,
        mode=found.wave.sample_type.value,
        versions={str(v.number): i for v, i in zip(found.versions, found.instruments, strict=True)},
        instruments=versions.instruments_until(found.versions[0]),
        reviewed=frozenset(language.code for language in LANGUAGES if language.reviewed),
        language_names={language.code: language.name for language in LANGUAGES},
    )


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
    files = export_files.offered(found.wave.answered or 0)
    columns = dict(_columns(_source(found)))
    return ExportForm(files, columns, formdata=None) if is_new else ExportForm(files, columns)


@blueprint.get("/waves/<uuid:wave_id>/export", endpoint="export")
@only(Role.ANALYST)
def export_form(wave_id: uuid.UUID) -> Response | str:
    found = find_wave(wave_id)
    if found.wave.state is WaveState.OPEN:
        return not_yet(found)
    return _page(found, _form(found, is_new=True), _weighting(wave_id))


def _page(found: Wave, form: ExportForm, weighting: Weighting, risk: anonymity.Risk | None = None) -> str:
    names = {name for name in form.errors if name not in ("purpose", "rare")}
    return render_template(
        "staff/export.html",
        found=found,
        wave=found.wave,
        form=form,
        weights=weighting.words(),
        risk=risk,
        k=anonymity.K,
        rows=found.wave.answered or 0,
        most_rows=export_files.MOST_ROWS,
        file_hints=export_forms.FILE_HINTS,
        has_spss=export_files.has_spss(),
        # What was chosen is not folded away.
        is_open=bool(names) or request.method == "POST",
    )


@blueprint.post("/waves/<uuid:wave_id>/answers", endpoint="export_answers")
@only(Role.ANALYST)
def export_answers(wave_id: uuid.UUID) -> Response | str:
    """The ticked answers; written down before the first byte goes. Everything is read before, so that it is whole."""
    found = find_wave(wave_id)
    if found.wave.state is WaveState.OPEN:
        return not_yet(found)
    form, weighting = _form(found, is_new=False), _weighting(wave_id)
    if not form.validate():
        return _page(found, form, weighting)
    try:
        coded = answers.coded_answers(found.wave)
    except DamagedAnswers as problem:
        return _damaged(found, problem)
    table = Table(_source(found), coded.size, coded.values, weighting.weights, form.columns.data or ())
    risk = table.risk
    if form.is_for_partner and coded.size < anonymity.K:
        form.audience.errors = [_("The wave has too few rows to be given to a partner.")]
        return _page(found, form, weighting)
    if risk.few and not form.is_settled:
        form.rare.errors = [_("Say what shall happen with the rows that few others are like.")]
        return _page(found, form, weighting, risk)
    return _file(found, form, weighting, coded, table, is_blanked=bool(risk.few) and form.blanks)


def _file(
    found: Wave, form: ExportForm, weighting: Weighting, coded: CodedAnswers, table: Table, *, is_blanked: bool
) -> Response:
    blanked = table.blanked() if is_blanked else None
    said = said_in(form.language.data)
    frame = table.frame(said, blanked.columns if blanked else None)
    name = f"{found.code}-wave-{found.wave.number}"
    with force_locale(language_of(form.language.data).locale):
        figures = []
        if weighting.found is not None:
            published = {each["code"]: each.get("percent") for each in weighting.found.document["indicators"]}
            indicators = weighting.found.measured.instrument.questionnaire.indicators
            figures = scripts.figures_of(indicators, frame, said, published)
        wave = found.wave
        content = Content(
            frame=frame,
            instruments=list(table.source.instruments),
            said=said,
            title=found.title.in_(said.language),
            name=name,
            figures=figures,
            notes=notes(
                found.title.in_(said.language),
                wave.number,
                (wave.opens_on, wave.closes_on),
                wave.sample_type.value,
                coded.size,
                weighting.words(),
                (blanked.rows, blanked.last_rows) if blanked else None,
                figures,
            ),
        )
    cells = form.form_of_cells
    made = export_files.made(form.file.data, content, cells)
    _exported(
        found,
        f"{form.file.data} {cells} {said.language} {coded.size} rows {form.audience.data} {form.purpose.data}",
        *_in_entries("with", form.columns.data or ()),
        *([f"blanked {blanked.rows} rows"] if blanked else []),
    )
    mime_type = export_files.MIME_TYPES[form.file.data]
    sent = _sent(made.blocks, mime_type, f"{name}-answers.{export_files.ending(form.file.data)}")
    # Whoever receives less than this sees that it is not whole.
    sent.content_length = made.size
    return sent


def _in_entries(what: str, codes: Sequence[str]) -> list[str]:
    """The columns by their codes, over as many entries as they need: none is cut off."""
    entries: list[str] = []
    for code in codes:
        if entries and len(entries[-1]) + len(code) < _SUBJECT:
            entries[-1] += f",{code}"
        else:
            entries.append(f"{what} {code}")
    return entries


@blueprint.get("/waves/<uuid:wave_id>/codebook", endpoint="codebook")
@only(Role.ANALYST)
def codebook_page(wave_id: uuid.UUID) -> str:
    """What each column and each code of the answers means; nobody's answers are in it."""
    found = find_wave(wave_id)
    form = CodebookForm(formdata=request.args if request.args else None)
    code = form.language.data if request.args and form.validate() else "en"
    form.language.data = code
    return render_template(
        "staff/codebook.html", found=found, wave=found.wave, form=form, spoken=language_of(code),
        entries=list(_entries(found, code)),
    )  # fmt: skip


@blueprint.post("/waves/<uuid:wave_id>/codebook.csv", endpoint="export_codebook")
@only(Role.ANALYST)
def export_codebook(wave_id: uuid.UUID) -> Response | str:
    """The same in one language, for a spreadsheet."""
    found, form = find_wave(wave_id), CodebookForm()
    if found.wave.state is WaveState.OPEN:
        return not_yet(found)
    if not form.validate():
        return render_template(
            "staff/codebook.html", found=found, wave=found.wave, form=form, spoken=language_of("en"),
            entries=list(_entries(found, "en")),
        )  # fmt: skip
    code = form.language.data
    rows = list(codebook.rows(_entries(found, code)))
    _exported(found, f"codebook {code}")
    return _sent(export.sheet(codebook.HEAD, rows), "text/csv", f"{found.code}-wave-{found.wave.number}-codebook.csv")


def _entries(found: Wave, language: str) -> Iterator[codebook.Entry]:
    source, said = _source(found), said_in(language)
    choices = [choice for choice, _question in anonymity.choices(source.instruments)]
    frame = tables.everything(source, said, choices, has_weights=True)
    with force_locale(language_of(language).locale):
        yield from codebook.entries(frame, source.instruments, said)


def _exported(found: Wave, *entries: str) -> None:
    with transaction() as db:
        for how in entries:
            audit.record(db, officer().staff.name, Action.EXPORTED_RESULTS, f"{found.wave.id} {how}")


def _sent(blocks: Iterator[bytes], mime_type: str, name: str) -> Response:
    return Response(blocks, mimetype=mime_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


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
