"""What the risk questions weigh, and what an officer judges."""

from __future__ import annotations

import uuid
from typing import Any

from portal.reporting.case import OpenReport
from portal.reporting.notes import NoteKind
from portal.reporting.pages.steps import risk_in_words
from portal.staff.forms import BANDS, JUDGED, JudgementForm
from portal.web.forms import Form


def panel(found: OpenReport, sent: Form | None) -> dict[str, Any]:
    return {
        "judgement_form": sent
        if isinstance(sent, JudgementForm)
        else JudgementForm(formdata=None, once=uuid.uuid4().hex),
        "weighed": [(*risk_in_words(given), given.points) for given in found.score.given if given.points],
        "not_answered": [risk_in_words(given)[0] for given in found.score.given if not given.chosen],
        "band_words": BANDS,
        "judged_words": JUDGED,
        "earlier_judgements": [note for note in found.notes if note.kind is NoteKind.JUDGEMENT][:-1],
    }
