"""Calendar editors cancel one date of an event that comes again, or move it to another time or place, and back."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.events import listing, one_date, services
from portal.events.listing import ShownEvent
from portal.events.one_date import CannotMove, IsBeforeTheFirst, IsInThePast, IsOnAnotherDate, IsToldToEveryone
from portal.events.services import ChangedMeanwhile, IsCancelled
from portal.events.times import local
from portal.events.when_form import times_filled_in
from portal.languages.i18n import current_language, day_and_year
from portal.staff.access import blueprint, officer, only
from portal.staff.event_forms import CANCELLED_MEANWHILE, MoveForm
from portal.staff.models import Role
from portal.staff.seen import SeenForm

REFUSALS = (
    ChangedMeanwhile,
    IsCancelled,
    CannotMove,
    IsInThePast,
    IsBeforeTheFirst,
    IsOnAnotherDate,
    IsToldToEveryone,
)
ONE_DATE = "/events/<uuid:event_id>/dates/<day>"


def _find(event_id: uuid.UUID, day: str) -> tuple[ShownEvent, Any]:
    """An event and one of its dates; none where nothing can be changed about that one alone any more."""
    found = services.find_event(event_id) or abort(404)
    shown = listing.shown(*found, current_language().code)
    there = shown.occurrences
    one = next((one for one in there if one.planned_on.isoformat() == day), None)
    return shown, one if one is not None and one_date.may_change(shown.event, one, len(there)) else None


def _to(event_id: uuid.UUID) -> Response:
    return redirect(url_for(".event", event_id=event_id), 303)


def _record(db: Any, event_id: uuid.UUID) -> None:
    audit.record(db, officer().staff.name, Action.CHANGED_EVENT, str(event_id))


@blueprint.route(f"{ONE_DATE}/cancel", methods=["GET", "POST"], endpoint="cancel_event_date")
@only(Role.CALENDAR_EDITOR)
def cancel_event_date(event_id: uuid.UUID, day: str) -> Response | str:
    """Ask first, as for the whole event; the other dates stay."""
    shown, one = _find(event_id, day)
    if one is None:
        return _to(event_id)
    form = SeenForm()
    if form.validate_on_submit():
        try:
            with transaction() as db:
                if one_date.cancel_occurrence(db, event_id, one.planned_on):
                    _record(db, event_id)
        except IsCancelled:
            pass  # all of it was cancelled meanwhile, this date too: the event's page says so
        return _to(event_id)
    return render_template("staff/event_date_cancel.html", form=form, shown=shown, one=one)


@blueprint.route(f"{ONE_DATE}/move", methods=["GET", "POST"], endpoint="move_event_date")
@only(Role.CALENDAR_EDITOR)
def move_event_date(event_id: uuid.UUID, day: str) -> Response | str:
    """Have this date at another time or place; the others stay as they are."""
    shown, one = _find(event_id, day)
    if one is None:
        return _to(event_id)
    here = {"venue": one.venue, "address": one.address, "seen": shown.event.sequence}
    form = MoveForm(data=times_filled_in(one) | here)
    if form.validate_on_submit():
        try:
            with transaction() as db:
                if one_date.move_occurrence(db, event_id, form.seen.data, one.planned_on, form.moved()):
                    _record(db, event_id)
            return _to(event_id)
        except REFUSALS as refusal:
            form.form_errors.append(_why_not(refusal, shown))
    return _move_page(event_id, day, form)


@blueprint.post(f"{ONE_DATE}/move-back", endpoint="move_event_date_back")
@only(Role.CALENDAR_EDITOR)
def move_event_date_back(event_id: uuid.UUID, day: str) -> Response | str:
    """Have this date when and where the others are."""
    shown, one = _find(event_id, day)
    if one is None:
        return _to(event_id)
    seen = SeenForm().seen.data
    form = MoveForm(formdata=None, data=times_filled_in(one) | {"venue": one.venue, "address": one.address})
    try:
        with transaction() as db:
            if one_date.move_occurrence_back(db, event_id, seen, one.planned_on):
                _record(db, event_id)
        return _to(event_id)
    except REFUSALS as refusal:
        form.form_errors.append(_why_not(refusal, shown))
    form.seen.show(shown.event.sequence)
    return _move_page(event_id, day, form)


def _why_not(refusal: Exception, shown: ShownEvent) -> str:
    """Why a date cannot be moved there."""
    match refusal:
        case ChangedMeanwhile():
            return _("Somebody else saved this event after you opened it. Nothing of yours is stored yet.")
        case IsCancelled():
            return str(CANCELLED_MEANWHILE)
        case IsInThePast():
            return _("That time has passed. Write a later one.")
        case IsBeforeTheFirst():
            first = day_and_year(local(shown.event.starts_at).date())
            return _("The event begins on %(day)s. Write that day or a later one.", day=first)
        case IsOnAnotherDate():
            return _("This event has another date then. Write another day.")
        case IsToldToEveryone():
            return _("The words of this event tell that place to everyone. Take it out of them first.")
    return _("This date is over or cancelled, so it cannot be moved any more.")


def _move_page(event_id: uuid.UUID, day: str, form: MoveForm) -> Response | str:
    """As it is stored now: whoever saves second sees what the first one saved above what was typed."""
    shown, one = _find(event_id, day)
    if one is None:
        return _to(event_id)
    is_changed = form.seen.data != shown.event.sequence
    if form.form_errors:
        form.seen.show(shown.event.sequence)
    return render_template(
        "staff/event_date_move.html",
        form=form,
        shown=shown,
        one=one,
        is_changed=is_changed and bool(form.form_errors),
        planned=one_date.planned(shown.event, one.planned_on),
    )
