"""One sheet of paper: typed in by two people who do not see each other's entry, and settled by looking at it again."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response as Page
from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.languages.i18n import language_of
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.models import Role
from portal.staff.one_batch import TYPISTS, closed, find_batch, not_in_team
from portal.staff.one_wave import find_wave
from portal.staff.paper_words import LOST, items_of, sections_of
from portal.staff.sheet_forms import SettleForm, SheetForm, mark_in_words, settle_form, sheet_form
from portal.surveys import paper_entries
from portal.surveys.models import WaveState
from portal.surveys.paper_batches import Batch, instrument_on_sheets
from portal.surveys.paper_entries import NotSettled, SheetIsCompared, TwoHaveTyped, TypedSheet
from portal.surveys.paper_marks import TYPED_SO, Lost, lost_of
from portal.surveys.services import WaveClosed
from portal.vault.sealing import SealError
from portal.web import errors
from portal.web.forms import Form

CODES = "codes"


def _sheet_of(wave_id: uuid.UUID, number: int, sheet: int) -> tuple[Batch, Page | None]:
    """The batch, and the page that says why nothing can be done with it."""
    batch = find_batch(wave_id, number)
    if not 1 <= sheet <= batch.row.sheets:
        abort(404)
    return batch, closed(wave_id) if find_wave(wave_id).wave.state is WaveState.CLOSED else None


def _not_needed(batch: Batch, sentence: str) -> Page:
    back = url_for(".paper_batch", wave_id=batch.row.wave_id, number=batch.row.number)
    return errors.page(409, _("This sheet needs no entry from you"), sentence, ways_on=[(_("Back to the batch"), back)])


def _compared(batch: Batch) -> Page:
    return _not_needed(batch, _("It was typed in and compared already. Nothing was changed."))


def _typed_by_two(batch: Batch) -> Page:
    return _not_needed(batch, _("Others have typed it in already. Nothing was changed."))


@blueprint.route("/waves/<uuid:wave_id>/paper/<int:number>/<int:sheet>", methods=["GET", "POST"], endpoint="type_sheet")
@only(*TYPISTS)
def type_sheet(wave_id: uuid.UUID, number: int, sheet: int) -> Response | str:
    """All questions on one page, empty: also where this person or a colleague has typed the sheet in before."""
    batch, problem = _sheet_of(wave_id, number, sheet)
    if problem:
        return problem
    me = officer().staff.name
    if sheet in batch.states:
        return _compared(batch)
    if me not in batch.typists.get(sheet, ()) and not batch.may_type(sheet, me):
        return _typed_by_two(batch)
    instrument = instrument_on_sheets(batch.row)
    form = sheet_form(instrument, by_codes=request.args.get("by") == CODES)()
    if not form.validate_on_submit():
        return _type_page(batch, sheet, form)
    try:
        with transaction() as db:
            paper_entries.save_entry(db, batch.row.id, sheet, me, form.marks)
            audit.record(db, me, Action.TYPED_SHEET, f"{wave_id} batch {number} sheet {sheet}")
    except WaveClosed:
        return closed(wave_id)
    except paper_entries.NoSuchSheet:
        abort(404)
    except SheetIsCompared:
        return _compared(batch)
    except TwoHaveTyped:
        return _typed_by_two(batch)
    return _go_on(wave_id, number, sheet, form)


def _go_on(wave_id: uuid.UUID, number: int, sheet: int, form: SheetForm) -> Response:
    """To the next sheet on the pile that this person may type in, the same way; to the batch where there is none."""
    following = find_batch(wave_id, number).next_sheet(officer().staff.name, after=sheet)
    if following is None:
        return redirect(url_for(".paper_batch", wave_id=wave_id, number=number, saved=sheet), 303)
    by = CODES if form.by_codes else None
    return redirect(url_for(".type_sheet", wave_id=wave_id, number=number, sheet=following, by=by, saved=sheet), 303)


def _type_page(batch: Batch, sheet: int, form: SheetForm) -> str:
    row = batch.row
    return render_template(
        "staff/paper_sheet.html",
        form=form,
        row=row,
        sheet=sheet,
        sections=sections_of(form.instrument),
        is_mine=officer().staff.name in batch.typists.get(sheet, ()),
        saved=request.args.get("saved", type=int),
        spoken=language_of(row.language),
    )


def _open(batch: Batch, sheet: int) -> TypedSheet | Page:
    """What was typed in of a sheet that is to be settled; or the page that says why it cannot be. Raises SealError."""
    number, wave_id = batch.row.number, batch.row.wave_id
    if (problem := not_in_team(wave_id, number)) is not None:
        return problem
    typed = paper_entries.find_to_settle(held_keys(), batch.row, sheet)
    if typed is not None:
        return typed
    back = url_for(".paper_batch", wave_id=wave_id, number=number)
    return errors.page(
        409,
        _("This sheet is not to be settled now"),
        _("It is settled already, or is being typed in again. Nothing was changed."),
        ways_on=[(_("Back to the batch"), back)],
    )


@blueprint.route(
    "/waves/<uuid:wave_id>/paper/<int:number>/<int:sheet>/settle", methods=["GET", "POST"], endpoint="settle_sheet"
)
@only(Role.ANALYST, unlocked=True)
def settle_sheet(wave_id: uuid.UUID, number: int, sheet: int) -> Any:
    """What two people typed in differently, side by side, and what will not count; stored once both were looked at."""
    batch, problem = _sheet_of(wave_id, number, sheet)
    try:
        typed = problem or _open(batch, sheet)
    except SealError:
        return render_template("staff/paper_settle.html", form=Form(), row=batch.row, sheet=sheet, typed=None)
    if not isinstance(typed, TypedSheet):
        return typed
    me, subject = officer().staff.name, f"{wave_id} batch {number} sheet {sheet}"
    form = settle_form(typed)()
    if form.is_submitted() and form.known_by.data != typed.known_by:
        return _typed_anew(batch, sheet)
    if form.validate_on_submit():
        choices = form.choices_made(typed)
        lost = lost_of(typed.instrument, typed.settled(choices))
        if form.seen.data != _as_seen(lost) and set(lost.values()) - TYPED_SO:
            # It may be a slip: said once, then left out.
            return _settle_page(batch, sheet, typed, form, lost)
        try:
            with transaction() as db:
                paper_entries.settle(db, held_keys(), batch.row.id, sheet, choices, typed.known_by)
                audit.record(db, me, Action.SETTLED_SHEET, subject)
        except WaveClosed:
            return closed(wave_id)
        except (NotSettled, SealError):
            pass  # A colleague was quicker: the batch says how it stands.
        return redirect(url_for(".paper_batch", wave_id=wave_id, number=number), 303)
    with transaction() as db:
        audit.record(db, me, Action.OPENED_SHEET, subject)
    return _settle_page(batch, sheet, typed, form, {} if typed.differences else lost_of(typed.instrument, typed.agreed))


def _typed_anew(batch: Batch, sheet: int) -> Page:
    here = url_for(".settle_sheet", wave_id=batch.row.wave_id, number=batch.row.number, sheet=sheet)
    return errors.page(
        409,
        _("This sheet was typed in again"),
        _("A colleague had it typed in again while you looked at it. Nothing was stored."),
        ways_on=[(_("Settle sheet %(number)s", number=sheet), here)],
    )


def _as_seen(lost: dict[str, Lost]) -> str:
    return " ".join(lost)


def _settle_page(batch: Batch, sheet: int, typed: TypedSheet, form: SettleForm, lost: dict[str, Lost]) -> str:
    items = items_of(typed.instrument)
    form.seen.data, form.known_by.data = _as_seen(lost), typed.known_by
    marks = typed.settled(form.choices_made(typed)) if lost and typed.differences else typed.agreed
    return render_template(
        "staff/paper_settle.html",
        form=form,
        row=batch.row,
        sheet=sheet,
        typed=typed,
        items=[items[code] for code in typed.differences],
        lost=[
            (items[code], mark_in_words(typed.instrument, code, marks[code]), LOST[why]) for code, why in lost.items()
        ],
    )


@blueprint.post("/waves/<uuid:wave_id>/paper/<int:number>/<int:sheet>/again", endpoint="type_sheet_again")
@only(Role.ANALYST, unlocked=True)
def type_sheet_again(wave_id: uuid.UUID, number: int, sheet: int) -> Response:
    """Two different sheets may have been typed in under one number: both entries go, and it begins anew."""
    batch, problem = _sheet_of(wave_id, number, sheet)
    if problem:
        return problem
    try:
        with transaction() as db:
            paper_entries.type_again(db, batch.row.id, sheet)
            subject = f"{wave_id} batch {number} sheet {sheet}"
            audit.record(db, officer().staff.name, Action.SENT_SHEET_BACK, subject)
    except WaveClosed:
        return closed(wave_id)
    except NotSettled:
        pass  # It is settled meanwhile, or sent back already.
    return redirect(url_for(".paper_batch", wave_id=wave_id, number=number), 303)
