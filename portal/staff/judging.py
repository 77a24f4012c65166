"""An officer judges how urgent a report is."""

from __future__ import annotations

import uuid
from contextlib import suppress

from flask import redirect, url_for
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import today, transaction
from portal.reporting import judgements
from portal.reporting.deletions import WorkHasStopped
from portal.reporting.judgements import Judgement
from portal.reporting.models import RiskBand
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.forms import JudgementForm
from portal.staff.models import Role
from portal.staff.open_report import open_report
from portal.staff.panels.page import show_report


@blueprint.post("/reports/<uuid:report_id>/risk", endpoint="judge_risk")
@only(Role.OFFICER, unlocked=True)
def judge_risk(report_id: uuid.UUID) -> Response | str:
    """Say how urgent it is; it counts before what the risk questions say."""
    found = open_report(report_id)
    form = JudgementForm()
    form.reckoned = found.score.band.value
    if not form.validate():
        return show_report(found, form)
    judged = Judgement(
        RiskBand(form.band.data),
        form.why.data or "",
        officer().display_name,
        today(),
        found.score.band,
        found.score.points,
    )
    with suppress(WorkHasStopped), transaction() as db:
        audit.record(db, officer().staff.name, Action.JUDGED_RISK, str(report_id))
        judgements.judge_risk(db, held_keys(), report_id, judged)
    return redirect(url_for(".report", report_id=report_id, _anchor="judgement"), 303)
