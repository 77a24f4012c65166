"""A report opened for its officer, or a page that says why not."""

from __future__ import annotations

import uuid

from flask import Response, abort
from flask_babel import gettext as _

from portal import audit, errors
from portal.audit import Action
from portal.db import transaction
from portal.reporting import queue
from portal.reporting.queue import OpenReport
from portal.sealing import SealError
from portal.staff.access import held_keys, officer


def open_report(report_id: uuid.UUID) -> OpenReport:
    """The report, or the same 404 for one that is not there and one that is another team's."""
    try:
        return queue.find_report(report_id, held_keys()) or abort(404)
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
