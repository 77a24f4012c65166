"""How the report ended, what waits before it ends, who decided so and why; and the form that opens it again."""

from __future__ import annotations

from typing import Any

from portal.reporting import second_looks
from portal.reporting.case import OpenReport
from portal.reporting.closing import ending_of
from portal.reporting.decisions import decisions_of
from portal.reporting.models import Author, State
from portal.staff.closing_forms import ReopenForm
from portal.staff.outcome_words import decision_in_words, outcome_in_words
from portal.web.forms import Form


def panel(found: OpenReport, sent: Form | None) -> dict[str, Any]:
    ending = ending_of(found.conversation)
    return {
        "is_closed": found.report.state is State.CLOSED,
        "ended_as": outcome_in_words(ending.outcome) if ending else "",
        "wrote_since": any(message.new and message.author is Author.REPORTER for message in found.messages),
        "waits": second_looks.waiting_closing(found.report.id, found.key),
        "decisions": [decision_in_words(each) for each in reversed(decisions_of(found.report.id, found.key))],
        "reopen_form": sent if isinstance(sent, ReopenForm) else ReopenForm(formdata=None),
        "outcome_in_words": outcome_in_words,
    }
