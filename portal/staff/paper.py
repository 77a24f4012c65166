"""Sheets of paper of a wave in batches: survey managers make them, two people type them in, an analyst compares what they typed."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.languages.i18n import language_of
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.models import Role
from portal.staff.one_batch import TYPISTS, closed, find_batch, not_in_team
from portal.staff.one_wave import find_wave
from portal.staff.paper_forms import PaperBatchForm, SheetNumberForm, SheetsForm
from portal.surveys import paper_batches, paper_entries, waves
from portal.surveys.models import SampleType, WaveState
from portal.surveys.paper_batches import Batch
from portal.surveys.paper_models import SheetState
from portal.surveys.services import WaveClosed
from portal.surveys.waves import WaveIsClosed
from portal.web import errors


@blueprint.get("/waves/<uuid:wave_id>/paper", endpoint="paper")
@only(*TYPISTS)
def paper(wave_id: uuid.UUID) -> str:
    """A wave's batches, and how far each has come."""
    return _list_page(wave_id)


def _list_page(wave_id: uuid.UUID, form: PaperBatchForm | None = None) -> str:
    found = find_wave(wave_id)
    numbers = paper_batches.version_numbers(wave_id)
    return render_template(
        "staff/paper.html",
        wave=found.wave,
        batches=paper_batches.batches_of(wave_id),
        numbers=numbers,
        language_of=language_of,
        state=SheetState,
        form=form or PaperBatchForm(numbers, formdata=None, once=str(uuid.uuid4())),
        is_open=found.wave.state is WaveState.OPEN,
        is_invited=found.wave.sample_type is SampleType.INVITED,
    )


@blueprint.post("/waves/<uuid:wave_id>/paper", endpoint="make_paper_batch")
@only(Role.SURVEY_MANAGER)
def make_paper_batch(wave_id: uuid.UUID) -> Response | str:
    find_wave(wave_id)
    form = PaperBatchForm(paper_batches.version_numbers(wave_id))
    if not form.validate():
        return _list_page(wave_id, form)
    try:
        batch_id, version_id = uuid.UUID(form.once.data or ""), uuid.UUID(form.version.data)
    except ValueError:
        abort(400)
    try:
        with transaction() as db:
            made = paper_batches.make_batch(
                db,
                waves.lock_running_wave(db, wave_id),
                batch_id,
                version_id,
                form.language.data,
                form.number,
                officer().staff.name,
                form.single_because,
            )
            if made.wave_id != wave_id:
                abort(400)
            audit.record(db, officer().staff.name, Action.MADE_PAPER_BATCH, _subject(wave_id, made.number))
            number = made.number
    except WaveIsClosed:
        return closed(wave_id)
    except paper_batches.NotYetAsked:
        return errors.page(
            400,
            _("This wave has not begun"),
            _("Nobody can have filled in a sheet of it yet. Come back on its first day."),
            ways_on=[(_("Look at the wave"), url_for(".wave", wave_id=wave_id))],
        )
    return redirect(url_for(".paper_batch", wave_id=wave_id, number=number), 303)


def _subject(wave_id: uuid.UUID, number: int, sheet: int | None = None) -> str:
    return f"{wave_id} batch {number}" + ("" if sheet is None else f" sheet {sheet}")


@blueprint.get("/waves/<uuid:wave_id>/paper/<int:number>", endpoint="paper_batch")
@only(*TYPISTS)
def paper_batch(wave_id: uuid.UUID, number: int) -> str:
    return _batch_page(wave_id, find_batch(wave_id, number))


@blueprint.get("/waves/<uuid:wave_id>/paper/<int:number>/open", endpoint="open_sheet")
@only(*TYPISTS)
def open_sheet(wave_id: uuid.UUID, number: int) -> Response | str:
    """The sheet that somebody has in hand, by its number."""
    batch = find_batch(wave_id, number)
    jump = SheetNumberForm(batch.row.sheets, formdata=request.args)
    if not jump.validate():
        return _batch_page(wave_id, batch, jump=jump)
    return redirect(url_for(".type_sheet", wave_id=wave_id, number=number, sheet=jump.number), 303)


def _batch_page(
    wave_id: uuid.UUID,
    batch: Batch,
    form: SheetsForm | None = None,
    jump: SheetNumberForm | None = None,
    said: tuple[str, ...] = (),
) -> str:
    """`said`: what has just come of comparing, a sentence each."""
    found, row = find_wave(wave_id), batch.row
    return render_template(
        "staff/paper_batch.html",
        wave=found.wave,
        batch=batch,
        row=row,
        version=paper_batches.version_numbers(wave_id)[row.version_id],
        spoken=language_of(row.language),
        state=SheetState,
        me=officer().staff.name,
        next_sheet=batch.next_sheet(officer().staff.name),
        counted=row.counted,
        form=form or SheetsForm(formdata=None, sheets=str(row.sheets), is_single=row.is_single, note=row.note),
        jump=jump or SheetNumberForm(row.sheets, formdata=None),
        is_open=found.wave.state is WaveState.OPEN,
        said=said,
    )


@blueprint.post("/waves/<uuid:wave_id>/paper/<int:number>", endpoint="change_paper_batch")
@only(Role.SURVEY_MANAGER)
def change_paper_batch(wave_id: uuid.UUID, number: int) -> Response | str:
    """More sheets or fewer, or one person is enough from now on."""
    batch, form = find_batch(wave_id, number), SheetsForm()
    if not form.validate():
        return _batch_page(wave_id, batch, form)
    try:
        with transaction() as db:
            waves.lock_running_wave(db, wave_id)
            paper_batches.change_batch(db, batch.row.id, form.number, form.single_because)
            how = "one entry" if form.single_because else "two entries"
            subject = f"{_subject(wave_id, number)}: {form.number} sheets, {how}"
            audit.record(db, officer().staff.name, Action.CHANGED_PAPER_BATCH, subject)
    except WaveIsClosed:
        return closed(wave_id)
    except paper_batches.SheetsInUse as highest:
        form.sheets.errors = [_("Typed in already: sheet %(number)s. Write no smaller number.", number=highest)]
        return _batch_page(wave_id, find_batch(wave_id, number), form)
    return redirect(url_for(".paper_batch", wave_id=wave_id, number=number), 303)


@blueprint.post("/waves/<uuid:wave_id>/paper/<int:number>/compare", endpoint="compare_sheets")
@only(Role.ANALYST, unlocked=True)
def compare_sheets(wave_id: uuid.UUID, number: int) -> Any:
    """Open what was typed in of every sheet that is ready: what is alike is stored, the rest is to be settled."""
    batch = find_batch(wave_id, number)
    if (problem := not_in_team(wave_id, number)) is not None:
        return problem
    try:
        with transaction() as db:
            came = paper_entries.compare(db, held_keys(), batch.row.id)
            subject = f"{_subject(wave_id, number)}: {came.stored} stored, {came.to_settle} to settle"
            audit.record(db, officer().staff.name, Action.COMPARED_SHEETS, subject)
    except WaveClosed:
        return closed(wave_id)
    return _batch_page(wave_id, find_batch(wave_id, number), said=tuple(_came_of(came)))


def _came_of(came: paper_entries.Compared) -> list[str]:
    said = []
    if came.stored:
        said.append(
            ngettext("%(num)s sheet was alike and is done.", "%(num)s sheets were alike and are done.", came.stored)
        )
    if came.to_settle:
        said.append(ngettext("%(num)s sheet is to be settled.", "%(num)s sheets are to be settled.", came.to_settle))
    if came.damaged:
        numbers = ", ".join(map(str, came.damaged))
        said.append(_("These sheets cannot be opened. Have them typed in again: %(numbers)s.", numbers=numbers))
    if came.left:
        said.append(
            ngettext(
                "%(num)s sheet is left. Press Compare again.",
                "%(num)s sheets are left. Press Compare again.",
                came.left,
            )
        )
    return said or [_("There was nothing to compare.")]
