"""What the risk questions weigh, and what an officer judges."""

from __future__ import annotations

from typing import Any

from portal.reporting.case import OpenReport
from portal.reporting.pages.steps import risk_in_words
from portal.staff.forms import BANDS, JUDGED, JudgementForm
from portal.web.forms import Form


def panel(found: OpenReport, sent: Form | None) -> dict[str, Any]:
    return {
        "judgement_form": sent if isinstance(sent, JudgementForm) else JudgementForm(formdata=None),
        "weighed": [(*risk_in_words(given), given.points) for given in found.score.given if given.points],
        "not_answered": [risk_in_words(given)[0] for given in found.score.given if not given.chosen],
        "band_words": BANDS,
        "judged_words": JUDGED,
    }
