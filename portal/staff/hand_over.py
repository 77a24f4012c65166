"""What goes from a report to another desk's system: an officer stops it, or sends it again after it was given up."""

from __future__ import annotations

import uuid
from contextlib import suppress

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.reporting import deletions, hand_overs
from portal.reporting.deletions import WorkHasStopped
from portal.staff.access import blueprint, officer, only
from portal.staff.models import Role
from portal.staff.open_report import damaged, open_report
from portal.vault.sealing import SealError


@blueprint.post("/reports/<uuid:report_id>/hand-over/<uuid:hand_over_id>", endpoint="hand_over")
@only(Role.OFFICER, unlocked=True)
def hand_over(report_id: uuid.UUID, hand_over_id: uuid.UUID) -> Response:
    """Stop it or send it again. What has gone meanwhile has gone: the report's page says so."""
    found = open_report(report_id)
    is_again = "again" in request.form
    try:
        with suppress(WorkHasStopped), transaction() as db:
            audit.stand_in_line(db)
            deletions.lock_for_work(db, report_id)
            if is_again:
                key = found.conversation.key
                is_done = hand_overs.try_again(db, report_id, hand_over_id, key, found.narrative)
            else:
                is_done = hand_overs.stop_hand_over(db, report_id, hand_over_id)
            if is_done:
                action = Action.SENT_HAND_OVER_AGAIN if is_again else Action.STOPPED_HAND_OVER
                audit.record(db, officer().staff.name, action, str(report_id))
    except SealError:
        abort(damaged())
    return redirect(url_for(".report", report_id=report_id, _anchor="handed-over"), 303)
