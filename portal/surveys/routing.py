"""Which questions someone is asked, and in which words, by what they answered on earlier pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from portal.surveys.definition import ALWAYS, Instrument, Question, Questionnaire, Rule, Variant
from portal.surveys.expressions import holds, is_answer


def asked_of(instrument: Instrument, answers: Mapping[str, Any]) -> Iterator[tuple[int, list[Question]]]:
    """The steps that someone with these answers is asked: (position from 0, the questions of it that apply).

    An answer counts only while its own question is still asked: whoever goes back and changes an earlier answer takes
    with it all that hung on it. A question with variants comes in the words that fit.
    """
    questionnaire = instrument.questionnaire
    counting: dict[str, Any] = {}
    for position, step in enumerate(questionnaire.steps):
        # Most have no rule: this runs for every question on every page.
        if step.page.only_if is not ALWAYS and not is_met(questionnaire, step.page.only_if, counting):
            continue
        questions = [*step.questions]
        if not step.is_for_everyone:
            questions = [
                _worded(questionnaire, question, counting) if question.variants else question
                for question in questions
                if is_met(questionnaire, question.only_if, counting)
            ]
        if questions:
            yield position, questions
            for question in questions:
                if question.code in answers:
                    counting[question.code] = answers[question.code]


def is_met(questionnaire: Questionnaire, rule: Rule, counting: Mapping[str, Any]) -> bool:
    # Most have none.
    return rule is ALWAYS or holds(rule.expression, counting, questionnaire.orders)


def _worded(questionnaire: Questionnaire, question: Question, counting: Mapping[str, Any]) -> Question:
    for variant in question.variants:
        if is_met(questionnaire, variant.when, counting):
            return reworded(question, variant)
    return question


def reworded(question: Question, variant: Variant) -> Question:
    hint = variant.hint if any(variant.hint.values()) else question.hint
    return replace(question, text=variant.text, hint=hint)


def counting_answers(instrument: Instrument, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the answers whose questions are asked, without what was left blank."""
    return counting_of((questions for _, questions in asked_of(instrument, answers)), answers)


def counting_of(asked: Iterable[list[Question]], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The same where it was worked out what is asked."""
    codes = [question.code for questions in asked for question in questions]
    return {code: answers[code] for code in codes if code in answers and is_answer(answers[code])}
