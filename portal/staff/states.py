"""How far a report is, as an officer says it, and which partner has it."""

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
from portal.reporting.partners import NOTHING, agreed, pass_on
from portal.staff.access import blueprint, officer, only
from portal.staff.forms import StateForm
from portal.staff.models import Role
from portal.staff.open_report import open_report
from portal.staff.panels.page import show_report
from portal.staff.partner_words import partner_choices


@blueprint.post("/reports/<uuid:report_id>/state", endpoint="change_state")
@only(Role.OFFICER, unlocked=True)
def change_state(report_id: uuid.UUID) -> Response | str:
    found = open_report(report_id)
    form = StateForm()
    form.partner.choices = partner_choices(found)
    is_right = form.validate()
    given = agreed(found.answers, has_contact=found.contact is not None)
    if not (form.check_partner(given, [code for code, _words in partner_choices(found) if code]) and is_right):
        return show_report(found, form)
    # Where the reporter stopped work meanwhile, nothing is done, and the report's page says why.
    with suppress(WorkHasStopped), transaction() as db:
        audit.record(db, officer().staff.name, Action.CHANGED_STATE, str(report_id))
        if form.state.data == State.REFERRED:
            if given.get(form.partner.data, NOTHING) == NOTHING:
                audit.record(db, officer().staff.name, Action.PASSED_ON_WITHOUT_CONSENT, str(report_id))
            pass_on(db, found.conversation, form.partner.data, form.why.data)
        case.change_state(db, report_id, State(form.state.data))
    return redirect(url_for(".report", report_id=report_id), 303)
