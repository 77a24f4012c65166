"""Which questions someone is asked, by what they answered on earlier pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from portal.surveys.definition import Condition, Instrument, Question


def _holds(conditions: Sequence[Condition], answers: Mapping[str, Any]) -> bool:
    def given(code: str) -> set[str]:
        answer = answers.get(code)
        return set(answer) if isinstance(answer, list) else {answer} if isinstance(answer, str) else set()

    return all(given(condition.question) & set(condition.any_of) for condition in conditions)


def asked_of(instrument: Instrument, answers: Mapping[str, Any]) -> Iterator[tuple[int, list[Question]]]:
    """The pages that someone with these answers is asked: (position from 0, the questions on it that apply).

    An answer counts only while its own question is still asked: whoever goes back and changes an earlier answer takes
    with it all that hung on it.
    """
    counting: dict[str, Any] = {}
    for position, page in enumerate(instrument.questionnaire.pages):
        if not _holds(page.only_if, counting):
            continue
        questions = [question for question in page.questions if _holds(question.only_if, counting)]
        if questions:
            yield position, questions
            counting |= {question.code: answers[question.code] for question in questions if question.code in answers}


def counting_answers(instrument: Instrument, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the answers whose questions are asked, without what was left blank."""
    asked = [question.code for _, questions in asked_of(instrument, answers) for question in questions]
    return {code: answers[code] for code in asked if answers.get(code) not in (None, "", [])}
