"""What a release says of a figure besides its numbers: its names, its questions, and the same figure of another area."""

from __future__ import annotations

from typing import Any

from portal.cohesion import disclosure
from portal.cohesion.measures import Measure, Measured


def named(measured: Measured, measure: Measure) -> dict[str, Any]:
    """All that there is of one that is not shown. Owner and target are not in it: they change while figures stand."""
    indicator, questionnaire = measure.indicator, measured.instrument.questionnaire
    elsewhere = indicator.comparator
    return {
        "code": indicator.code,
        "definition": measure.definition,
        "kind": indicator.kind,
        "better": indicator.better,
        "source": indicator.source,
        "title": dict(indicator.title),
        "sentence": dict(indicator.sentence),
        "questions": [dict(questionnaire.questions[code].text) for code in indicator.questions],
        "primary": indicator.code in measured.primary,
        "shown": indicator.code in measured.shown,
        "enough": measure.base >= indicator.least_base,
        # Of figures without these, to the byte what was there before.
        **({"least_base": indicator.least_base} if indicator.least_base != disclosure.MIN_BASE else {}),
        **({"asked_of": _asked_of(measured, measure)} if indicator.base else {}),
        **(
            {
                "comparator": {
                    "value": elsewhere.value,
                    "area": dict(elsewhere.area),
                    "when": elsewhere.when,
                    "source": elsewhere.source,
                    "mode": elsewhere.mode,
                }
            }
            # What nobody has read in its source is for staff.
            if elsewhere and elsewhere.wording == "verified"
            else {}
        ),
    }


def _asked_of(measured: Measured, measure: Measure) -> dict[str, Any]:
    """Who is in its base: the question, and the answers to it."""
    questionnaire, base = measured.instrument.questionnaire, measure.indicator.base
    assert base is not None
    question = questionnaire.questions[base.question]
    texts = {option.code: dict(option.text) for option in questionnaire.options_of(question)}
    return {"question": dict(question.text), "answers": [texts[code] for code in base.any_of]}
