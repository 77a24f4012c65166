"""Whether the report is kept under a legal hold, why, and the forms that place, renew and end one."""

from __future__ import annotations

import uuid
from typing import Any

from portal.reporting.case import OpenReport
from portal.reporting.held import find_hold
from portal.reporting.notes import NoteKind
from portal.staff.hold_forms import EndHoldForm, HoldForm
from portal.web.forms import Form


def panel(found: OpenReport, sent: Form | None) -> dict[str, Any]:
    once = uuid.uuid4().hex
    return {
        "hold": find_hold(found.report.id),
        "hold_notes": [note for note in found.notes if note.kind in (NoteKind.HOLD, NoteKind.HOLD_ENDED)],
        "hold_form": sent if isinstance(sent, HoldForm) else HoldForm(formdata=None, once=once),
        "end_hold_form": sent if isinstance(sent, EndHoldForm) else EndHoldForm(formdata=None, once=once),
    }
