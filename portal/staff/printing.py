"""A report on paper: one page of facts, then the words, with the mark of how it is to be handled on every page."""

from __future__ import annotations

import uuid

from portal.audit import Action
from portal.staff.access import blueprint, only
from portal.staff.models import Role
from portal.staff.open_report import open_report
from portal.staff.panels.page import show_report


@blueprint.get("/reports/<uuid:report_id>/print", endpoint="print_report")
@only(Role.OFFICER, unlocked=True)
def print_report(report_id: uuid.UUID) -> str:
    """It has nothing to press but the browser's own printing; opening it is recorded as printing."""
    return show_report(open_report(report_id), template="staff/print.html", action=Action.PRINTED_REPORT)
