"""Whose case a report is: an officer takes it, hands it to a colleague with a note, or puts it back."""

from __future__ import annotations

import uuid
from contextlib import suppress

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.audit import Action
from portal.reporting import owning
from portal.reporting.deletions import WorkHasStopped
from portal.staff.access import blueprint, officer, only
from portal.staff.acting import act
from portal.staff.case_forms import OwnerForm
from portal.staff.colleagues import who_can_open
from portal.staff.models import Role
from portal.staff.open_report import open_report
from portal.staff.panels.page import show_report


@blueprint.post("/reports/<uuid:report_id>/owner", endpoint="change_owner")
@only(Role.OFFICER, unlocked=True)
def change_owner(report_id: uuid.UUID) -> Response | str:
    """Only colleagues who can open it are offered, and taken."""
    found = open_report(report_id)
    able = who_can_open(report_id, found.conversation.conversation_id)
    form = OwnerForm()
    form.offer(able, found.report.assignee_id)
    is_taking = "take" in request.form
    if is_taking:
        form.to.data, form.hand_over_note.data = officer().staff.id.hex, ""
    if not form.validate():
        return show_report(found, form)
    to_id = uuid.UUID(form.to.data) if form.to.data else None

    def is_theirs(db: Session) -> bool:
        return owning.is_owner(db, report_id, to_id)

    def give(db: Session) -> None:
        if not is_theirs(db):
            name = able[to_id] if to_id else ""
            owning.give_to(db, report_id, found.key, to_id, name, form.hand_over_note.data, officer().display_name)

    # Where something came meanwhile, or the reporter stopped work, nothing is done and the report's page says why.
    with suppress(WorkHasStopped):
        if act(report_id, form, Action.CHANGED_OWNER, give, is_repeated=is_theirs):
            return redirect(url_for(".report", report_id=report_id, _anchor="owner"), 303)
    return show_report(open_report(report_id), form)
