"""Calendar editors say what came of a date of an event, and look at what its group told."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.events import afterwards, afterwards_lists, listing, services
from portal.events.afterwards import DidNotTakePlace, NotYet, Stand, stand_of
from portal.events.afterwards_form import told_filled_in
from portal.events.kept_back import for_those_who_ask
from portal.events.listing import ShownEvent
from portal.events.services import ChangedMeanwhile
from portal.events.times import local
from portal.languages.i18n import current_language, day_and_year
from portal.staff.access import blueprint, officer, only
from portal.staff.event_forms import AfterwardsForm
from portal.staff.models import Role
from portal.staff.seen import SeenForm

ONE_DATE = "/events/<uuid:event_id>/dates/<day>/afterwards"


@blueprint.get("/events/afterwards", endpoint="events_afterwards")
@only(Role.CALENDAR_EDITOR)
def events_afterwards() -> str:
    """What groups told, and the dates that nobody has counted."""
    return render_template(
        "staff/events_afterwards.html",
        told=afterwards_lists.told_dates(),
        uncounted=afterwards_lists.uncounted_dates(),
        count=afterwards_lists.count_uncounted(),
        days=afterwards_lists.ASKED_FOR.days,
    )


def _find(event_id: uuid.UUID, day: str) -> tuple[ShownEvent, Any]:
    """An event and one of its dates; none where it has no such date, or no more."""
    shown = listing.shown(*(services.find_event(event_id) or abort(404)), current_language().code)
    one = next((one for one in shown.occurrences if one.planned_on.isoformat() == day), None)
    return shown, one


@blueprint.route(ONE_DATE, methods=["GET", "POST"], endpoint="after_event")
@only(Role.CALENDAR_EDITOR)
def after_event(event_id: uuid.UUID, day: str) -> Response | str:
    """Save what differs. Whoever saves second sees what the first one saved, and decides."""
    shown, one = _find(event_id, day)
    if one is None:
        return _to(event_id)
    row = afterwards.outcomes_of([event_id]).get(event_id, {}).get(one.planned_on)
    told, stored = afterwards.from_group(row), afterwards.stored(row)
    begins_with = told_filled_in(told or stored, shown.original.language)
    form = AfterwardsForm(
        data=begins_with | {"is_public": row is not None and row.is_public, "seen": row.sequence if row else 0}
    )
    form.begin(for_those_who_ask(shown.event))
    mistake = _why_not(shown, one)
    if mistake or not form.validate_on_submit():
        return _page(shown, one, form, mistake)
    try:
        with transaction() as db:
            if afterwards.record(
                db, event_id, one.planned_on, form.seen_version, form.told(), is_public=form.is_public.data
            ):
                _record(db, event_id)
        return _to(event_id)
    except ChangedMeanwhile:
        form.form_errors.append(_("Somebody else saved this date after you opened it. Nothing of yours is stored yet."))
        return _page(shown, one, form, is_changed=True)
    except (NotYet, DidNotTakePlace):
        shown, one = _find(event_id, day)
        return _page(shown, one, form, _why_not(shown, one)) if one is not None else _to(event_id)


def _why_not(shown: ShownEvent, one: Any) -> str:
    """Why nothing can be said of a date; empty where something can."""
    match stand_of(shown.event, shown.occurrences, one):
        case Stand.NOT_YET:
            over = local(one.ends_at).date()
            return _("This date is not over yet. Come back after %(day)s.", day=day_and_year(over))
        case Stand.CALLED_OFF:
            return _("This date did not take place, so nobody can be counted.")
    return ""


def _page(shown: ShownEvent, one: Any, form: AfterwardsForm, mistake: str = "", *, is_changed: bool = False) -> str:
    row = afterwards.outcomes_of([shown.event.id]).get(shown.event.id, {}).get(one.planned_on)
    if is_changed and row is not None:
        form.show_version(row.sequence)
    return render_template(
        "staff/event_afterwards.html",
        form=form,
        shown=shown,
        one=one,
        mistake=mistake,
        is_changed=is_changed,
        stored=afterwards.stored(row),
        told=afterwards.from_group(row),
        version=row.sequence if row else 0,
    )


@blueprint.post(f"{ONE_DATE}/leave-out", endpoint="leave_out_after_event")
@only(Role.CALENDAR_EDITOR)
def leave_out(event_id: uuid.UUID, day: str) -> Response | str:
    """What the group told does not become public and is deleted; what stands stays."""
    _shown, one = _find(event_id, day)
    if one is None:
        return _to(event_id)
    try:
        with transaction() as db:
            if afterwards.leave_out(db, event_id, one.planned_on, SeenForm().seen.data or 0):
                _record(db, event_id)
    except (ChangedMeanwhile, NotYet, DidNotTakePlace):
        pass  # the page shows what is there now
    return redirect(url_for(".after_event", event_id=event_id, day=day), 303)


def _to(event_id: uuid.UUID) -> Response:
    return redirect(url_for(".event", event_id=event_id, _anchor="afterwards"), 303)


def _record(db: Any, event_id: uuid.UUID) -> None:
    audit.record(db, officer().staff.name, Action.TOLD_OF_EVENT, str(event_id))
