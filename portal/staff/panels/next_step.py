"""How far it is."""

from __future__ import annotations

from typing import Any

from portal.reporting.case import OpenReport
from portal.staff.forms import StateForm
from portal.web.forms import Form


def panel(found: OpenReport, sent: Form | None) -> dict[str, Any]:
    now = StateForm(formdata=None, state=found.report.state.value).offer(found.report.state)
    return {"state_form": sent if isinstance(sent, StateForm) else now}
