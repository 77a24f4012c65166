"""How far a report is, as an officer says it."""

from __future__ import annotations

import uuid
from contextlib import suppress
from functools import partial

from flask import redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.audit import Action
from portal.reporting import case
from portal.reporting.deletions import WorkHasStopped
from portal.reporting.models import State
from portal.reporting.notes import NoteKind, add_note
from portal.staff.access import blueprint, officer, only
from portal.staff.acting import act
from portal.staff.forms import StateForm
from portal.staff.models import Role
from portal.staff.open_report import open_report
from portal.staff.panels.page import show_report


@blueprint.post("/reports/<uuid:report_id>/state", endpoint="change_state")
@only(Role.OFFICER, unlocked=True)
def change_state(report_id: uuid.UUID) -> Response | str:
    found = open_report(report_id)
    form = StateForm().offer(found.report.state)
    if not form.validate():
        return show_report(found, form)
    state = State(form.state.data)

    def change(db: Session) -> None:
        if not case.is_in_state(db, report_id, state):
            add_note(db, report_id, found.key, NoteKind.STATE, "", officer().display_name, to=state.value)
        case.change_state(db, report_id, state)

    # Where something came meanwhile, or the reporter stopped work, nothing is done and the report's page says why.
    with suppress(WorkHasStopped):
        is_repeated = partial(case.is_in_state, report_id=report_id, state=state)
        if act(report_id, form, Action.CHANGED_STATE, change, is_repeated=is_repeated):
            return redirect(url_for(".report", report_id=report_id), 303)
    return show_report(open_report(report_id), form)
