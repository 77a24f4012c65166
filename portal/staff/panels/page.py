"""The page of one report, put together from its panels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.reporting import case
from portal.reporting.case import OpenReport
from portal.staff.access import officer
from portal.staff.panels import (
    belongs,
    clocks,
    closing,
    deleting,
    facts,
    hold,
    meanwhile,
    messages,
    next_step,
    notes,
    now,
    owner,
    people,
    referrals,
    risk,
    tasks,
    timeline,
)
from portal.web.forms import Form

# Each gives its template what it shows. `sent` is the form that was sent and holds a mistake; every other one is empty.
PANELS: list[Callable[[OpenReport, Form | None], dict[str, Any]]] = [
    facts.panel,
    clocks.panel,
    people.panel,
    deleting.panel,
    hold.panel,
    messages.panel,
    next_step.panel,
    referrals.panel,
    closing.panel,
    risk.panel,
    belongs.panel,
    meanwhile.panel,
    now.panel,
    owner.panel,
    notes.panel,
    tasks.panel,
    timeline.panel,
]


def show_report(
    found: OpenReport,
    sent: Form | None = None,
    *,
    template: str = "staff/report.html",
    action: Action = Action.OPENED_REPORT,
    **more: Any,
) -> str:
    """Showing it is a look, and is written down. `more` is what a panel was asked for in this request."""
    with transaction() as db:
        audit.record(db, officer().staff.name, action, str(found.report.id))
        case.still_there(db, found.report.id)
    shown: dict[str, Any] = {"found": found, "report": found.report, "sent": sent}
    for panel in PANELS:
        shown |= panel(found, sent)
    return render_template(template, **shown | more)
