"""Coded words in a release: the counts as the public sees them, and what is behind these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.cohesion.coded import shown_counts
from portal.db import LOCAL_TIME
from portal.surveys.definition import Instrument


def for_release(frame: Any, instruments: Sequence[Instrument]) -> dict[str, Any]:
    """One question's counts under the rules of every figure. The fixed codes have no label: the page has words for them."""
    labels = {each["code"]: each["label"] for each in frame.codes}
    asked = next(q for i in instruments if (q := i.questionnaire.questions.get(frame.question)))
    counts = shown_counts(frame.counted)
    return {
        "code": frame.question,
        "question": dict(asked.text),
        "version": frame.number,
        "counted_on": frame.counted_at.astimezone(LOCAL_TIME).date().isoformat(),
        "base": counts.base,
        "both": counts.both,
        "codes": [
            {
                "code": each.code,
                "label": labels.get(each.code, ""),
                "count": each.count,
                "percent": each.percent,
                "kappa": round(each.kappa.value, 2) if each.kappa else None,
            }
            for each in counts.codes
        ],
    }


def exact_codes(frame: Any) -> Mapping[str, Any]:
    return {
        "version": frame.number,
        "base": frame.counted["base"],
        "counts": {each["code"]: each["count"] for each in frame.counted["codes"]},
    }
