"""An officer judges how urgent a report is."""

from __future__ import annotations

import uuid
from contextlib import suppress
from functools import partial

from flask import redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.audit import Action
from portal.db import today
from portal.reporting import conversations, judgements
from portal.reporting.deletions import WorkHasStopped
from portal.reporting.judgements import Judgement
from portal.reporting.models import RiskBand
from portal.reporting.notes import NoteKind, add_note, has_note
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.acting import act
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
    once = conversations.message_id(form.once.data, f"{judged.band} {judged.reason}")

    def judge(db: Session) -> None:
        judgements.judge_risk(db, held_keys(), report_id, judged)
        add_note(
            db, report_id, found.key, NoteKind.JUDGEMENT, judged.reason, judged.by, once=once, to=judged.band.value
        )

    # Where something came meanwhile, or the reporter stopped work, nothing is done and the report's page says why.
    with suppress(WorkHasStopped):
        if act(report_id, form, Action.JUDGED_RISK, judge, is_repeated=partial(has_note, note_id=once)):
            return redirect(url_for(".report", report_id=report_id, _anchor="judgement"), 303)
    return show_report(open_report(report_id), form)
