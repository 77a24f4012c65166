"""What stands on a sheet of paper as it is typed in: answers, and what only paper allows; and what of it counts.

A sheet is the marks on it, by the question's code: an answer as it is kept elsewhere, but that more may be ticked than is
allowed, or one of the two marks here. A question without any mark is left out.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from portal.questions.types import type_of
from portal.surveys.definition import Instrument, Question
from portal.surveys.routing import counting_answers

UNREADABLE = "?"
SEVERAL_TICKED = "*"
"""More than one box where one may be ticked."""

Sheet = Mapping[str, Any]


class Lost(enum.StrEnum):
    """Why something that stands on a sheet is no answer."""

    UNREADABLE = "unreadable"
    SEVERAL_TICKED = "several_ticked"
    TOO_MANY = "too_many"
    ALONE = "alone"
    """With others, an option that excludes them."""
    UNFIT = "unfit"
    """The question does not offer it."""
    NOT_ASKED = "not_asked"
    """Online the question would not have been asked, because of what was answered before."""


# What a person typed in as no answer needs no second look; of the rest they may not know.
TYPED_SO = frozenset({Lost.UNREADABLE, Lost.SEVERAL_TICKED})


def answers_of(instrument: Instrument, sheet: Sheet) -> dict[str, Any]:
    """The answers that count, as if they had been given online."""
    return counting_answers(instrument, _readable(instrument, sheet))


def lost_of(instrument: Instrument, sheet: Sheet) -> dict[str, Lost]:
    """What stands on the sheet and does not count, in the sheet's order, with the reason."""
    counting = answers_of(instrument, sheet)
    return {
        code: _unfit(instrument, question, sheet[code]) or Lost.NOT_ASKED
        for code, question in instrument.questionnaire.questions.items()
        if code in sheet and code not in counting
    }


def _readable(instrument: Instrument, sheet: Sheet) -> dict[str, Any]:
    questions = instrument.questionnaire.questions
    return {code: mark for code, mark in sheet.items() if not _unfit(instrument, questions[code], mark)}


def _unfit(instrument: Instrument, question: Question, mark: Any) -> Lost | None:
    if mark == UNREADABLE:
        return Lost.UNREADABLE
    if type_of(question).is_written:
        return None
    if mark == SEVERAL_TICKED:
        return Lost.SEVERAL_TICKED
    if question.type == "several":
        if question.most and len(mark) > question.most:
            return Lost.TOO_MANY
        if len(mark) > 1 and any(option.alone and option.code in mark for option in question.options):
            return Lost.ALONE
    return None if instrument.accepts(question, mark) else Lost.UNFIT


def differences(instrument: Instrument, first: Sheet, second: Sheet) -> list[str]:
    """The codes of the questions that two people typed in differently, in the sheet's order."""
    questions = instrument.questionnaire.questions
    return [code for code, question in questions.items() if not _alike(question, first.get(code), second.get(code))]


def _alike(question: Question, first: Any, second: Any) -> bool:
    """Of words, spaces and capital letters do not matter; of boxes, not in which order they were typed."""
    if isinstance(first, str) and isinstance(second, str) and type_of(question).is_written:
        return first.casefold().split() == second.casefold().split()
    if question.type == "several" and isinstance(first, list) and isinstance(second, list):
        return set(first) == set(second)
    return bool(first == second)
