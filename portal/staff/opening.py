"""A report opened for its officer, or a page that says why not."""

from __future__ import annotations

import uuid

from flask import Response, abort
from flask_babel import gettext as _

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.reporting import case
from portal.reporting.case import OpenReport
from portal.staff.access import held_keys, officer
from portal.vault.sealing import SealError
from portal.web import errors


def open_report(report_id: uuid.UUID) -> OpenReport:
    """The report, or the same 404 for one that is not there and one that is another team's."""
    try:
        return case.find_report(report_id, held_keys()) or abort(404)
    except SealError:
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.OPENED_REPORT, str(report_id))
        abort(damaged())


def damaged() -> Response:
    return errors.page(
        500,
        _("This report cannot be read"),
        _("It was damaged or changed after it was sealed. Tell whoever looks after the portal: a backup may have it."),
    )
