"""A report opened for its officer, or a page that says why not."""

from __future__ import annotations

import uuid

from flask import abort

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.reporting import case
from portal.reporting.case import OpenReport
from portal.staff.access import held_keys, officer
from portal.vault.sealing import SealError
from portal.web.errors import damaged


def open_report(report_id: uuid.UUID) -> OpenReport:
    """The report, or the same 404 for one that is not there and one that is another team's."""
    try:
        return case.find_report(report_id, held_keys()) or abort(404)
    except SealError:
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.OPENED_REPORT, str(report_id))
        abort(damaged())
