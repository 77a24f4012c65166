"""Which questions someone is asked, by what they answered on earlier pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.questions.question import holds
from portal.surveys.definition import Instrument, Question


def asked_of(instrument: Instrument, answers: Mapping[str, Any]) -> Iterator[tuple[int, list[Question]]]:
    """The pages that someone with these answers is asked: (position from 0, the questions on it that apply).

    An answer counts only while its own question is still asked: whoever goes back and changes an earlier answer takes
    with it all that hung on it.
    """
    counting: dict[str, Any] = {}
    for position, page in enumerate(instrument.questionnaire.pages):
        if not holds(page.only_if, counting):
            continue
        questions = [question for question in page.questions if holds(question.only_if, counting)]
        if questions:
            yield position, questions
            counting |= {question.code: answers[question.code] for question in questions if question.code in answers}


def counting_answers(instrument: Instrument, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the answers whose questions are asked, without what was left blank."""
    asked = [question.code for _, questions in asked_of(instrument, answers) for question in questions]
    return {code: answers[code] for code in asked if answers.get(code) not in (None, "", [])}
