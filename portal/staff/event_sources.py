"""Calendar editors let groups' own calendars through, see how the reading of each goes, and change or stop it."""

from __future__ import annotations

import uuid

from flask import abort, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.events import sources
from portal.events.proposal_models import ProposalState
from portal.events.services import ChangedMeanwhile
from portal.events.source_words import RHYTHMS, skipped_in_words, trouble_of
from portal.languages.i18n import current_language, language_of
from portal.staff.access import blueprint, officer, only
from portal.staff.event_source_forms import SourceForm
from portal.staff.models import Role
from portal.staff.seen import SeenForm
from portal.vault import receipts
from portal.vault.keyholders import find_vault
from portal.web import errors

ONE = "/event-calendars/<uuid:source_id>"
STATES = {
    ProposalState.WAITING: (_l("New"), "new"),
    ProposalState.ASKED: (_l("Asked"), "looking"),
    ProposalState.ACCEPTED: (_l("Accepted"), "done"),
    ProposalState.DECLINED: (_l("Declined"), "closed"),
    ProposalState.CALLED_OFF: (_l("Called off by the group"), "new"),
    ProposalState.WITHDRAWN: (_l("Withdrawn"), "closed"),
}


def _find(source_id: uuid.UUID) -> sources.OpenSource:
    return sources.find_source(source_id) or abort(404)


def _state(source: sources.OpenSource) -> tuple[str, str]:
    if source.settings.is_stopped:
        return _("Not read any more"), "closed"
    if source.trouble:
        return _("Could not be read"), "new"
    return (_("Works"), "done") if source.good_at else (_("We have not read it yet"), "looking")


def _changed_meanwhile() -> str:
    return _("Somebody else saved this after you opened it. Nothing of yours is stored yet.")


@blueprint.get("/event-calendars", endpoint="event_sources")
@only(Role.CALENDAR_EDITOR)
def event_sources() -> str:
    return render_template(
        "staff/event_sources.html",
        rows=[(one, *_state(one), trouble_of(one)) for one in sources.listed_sources()],
        rhythms=RHYTHMS,
    )


@blueprint.route("/event-calendars/new", methods=["GET", "POST"], endpoint="add_event_source")
@only(Role.CALENDAR_EDITOR)
def add_event_source() -> Response | str:
    """Let one through. The number for the group is shown this once."""
    if find_vault() is None:
        return errors.page(503)
    form = SourceForm(data={"once": uuid.uuid4().hex, "language": current_language().code})
    if not form.validate_on_submit():
        return render_template("staff/event_source_form.html", form=form, source=None)
    page_id, wanted = form.page_id, form.settings
    digits = sources.code_of(page_id, wanted)
    lookup = sources.lookup_of(digits)
    source_id = sources.id_of(page_id, wanted)
    try:
        with transaction() as db:
            if sources.let_in(db, page_id, wanted, lookup, officer().staff.name):
                audit.record(db, officer().staff.name, Action.LET_IN_CALENDAR, str(source_id))
    except IntegrityError:  # the same page sent twice at the same moment: the other one stored it
        if sources.find_source(source_id) is None:
            raise
    return _number_page(_find(source_id), digits)


def _number_page(source: sources.OpenSource, digits: str) -> str:
    return render_template("staff/event_source_number.html", source=source, groups=receipts.groups(digits))


@blueprint.get(ONE, endpoint="event_source")
@only(Role.CALENDAR_EDITOR)
def event_source(source_id: uuid.UUID) -> str:
    return _page(source_id)


def _page(source_id: uuid.UUID, mistake: str = "") -> str:
    found = _find(source_id)
    form = SeenForm(formdata=None)
    form.seen.show(found.version)
    if mistake:
        form.form_errors.append(mistake)
    return render_template(
        "staff/event_source.html",
        form=form,
        source=found,
        state=_state(found),
        trouble=trouble_of(found),
        rhythm=RHYTHMS[found.settings.rhythm],
        written_in=language_of(found.settings.language),
        skipped=skipped_in_words(found.skipped),
        rows=[(one, *STATES[one.proposal.state]) for one in sources.entries_of(source_id)],
        entries=audit.entries_about(str(source_id), most=8),
        action_words={
            Action.LET_IN_CALENDAR: _("let it through"),
            Action.CHANGED_CALENDAR: _("changed how it is read"),
        },
    )


@blueprint.route(f"{ONE}/change", methods=["GET", "POST"], endpoint="change_event_source")
@only(Role.CALENDAR_EDITOR)
def change_event_source(source_id: uuid.UUID) -> Response | str:
    found = _find(source_id)
    form = SourceForm(data=vars(found.settings) | {"seen": found.version})
    if form.validate_on_submit():
        try:
            with transaction() as db:
                if sources.change_source(db, source_id, form.seen.data, form.settings):
                    audit.record(db, officer().staff.name, Action.CHANGED_CALENDAR, str(source_id))
            return redirect(url_for(".event_source", source_id=source_id), 303)
        except ChangedMeanwhile:
            found = _find(source_id)
            form.seen.show(found.version)
            form.form_errors.append(_changed_meanwhile())
    return render_template("staff/event_source_form.html", form=form, source=found)


@blueprint.post(f"{ONE}/read", endpoint="read_event_source")
@only(Role.CALENDAR_EDITOR)
def read_event_source(source_id: uuid.UUID) -> Response:
    """Not by this page: the worker does it, in the next seconds."""
    _find(source_id)
    with transaction() as db:
        sources.read_soon(db, source_id)
    return redirect(url_for(".event_source", source_id=source_id), 303)


@blueprint.post(f"{ONE}/number", endpoint="renew_event_source_number")
@only(Role.CALENDAR_EDITOR)
def renew_event_source_number(source_id: uuid.UUID) -> Response | str:
    """The group lost its number: a new one is shown this once, and the old one opens nothing any more."""
    form = SeenForm()
    _find(source_id)
    digits = receipts.draw()
    lookup = sources.lookup_of(digits)
    try:
        with transaction() as db:
            sources.renew_code(db, source_id, form.seen.data, lookup)
            audit.record(db, officer().staff.name, Action.CHANGED_CALENDAR, str(source_id))
    except ChangedMeanwhile:
        return _page(source_id, _changed_meanwhile())
    return _number_page(_find(source_id), digits)


@blueprint.post(f"{ONE}/delete", endpoint="delete_event_source")
@only(Role.CALENDAR_EDITOR)
def delete_event_source(source_id: uuid.UUID) -> Response | str:
    form = SeenForm()
    _find(source_id)
    try:
        with transaction() as db:
            sources.delete_source(db, source_id, form.seen.data)
            audit.record(db, officer().staff.name, Action.DELETED_CALENDAR, str(source_id))
    except ChangedMeanwhile:
        return _page(source_id, _changed_meanwhile())
    return redirect(url_for(".event_sources"), 303)
