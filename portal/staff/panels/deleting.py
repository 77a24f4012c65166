"""Whether the reporter has ended the work, and the form that refuses a deletion."""

from __future__ import annotations

from typing import Any

from portal.reporting import conversations, deletions
from portal.reporting.case import OpenReport
from portal.staff.forms import REFUSALS, RefusalForm
from portal.web.forms import Form


def panel(found: OpenReport, sent: Form | None) -> dict[str, Any]:
    deletion = deletions.find_deletion(found.report.id)
    return {
        "deletion": deletion,
        "is_stopped": conversations.is_stopped(found.conversation, deletion),
        "refusal_form": sent if isinstance(sent, RefusalForm) else RefusalForm(formdata=None),
        "refusal_words": REFUSALS,
    }
