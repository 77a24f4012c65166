"""How far a report is, as an officer says it."""

from __future__ import annotations

import uuid
from contextlib import suppress

from flask import redirect, url_for
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.reporting import case
from portal.reporting.deletions import WorkHasStopped
from portal.reporting.models import State
from portal.staff.access import blueprint, officer, only
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
    # Where the reporter stopped work meanwhile, nothing is done, and the report's page says why.
    with suppress(WorkHasStopped), transaction() as db:
        audit.record(db, officer().staff.name, Action.CHANGED_STATE, str(report_id))
        case.change_state(db, report_id, State(form.state.data))
    return redirect(url_for(".report", report_id=report_id), 303)
