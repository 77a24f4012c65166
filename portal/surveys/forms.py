"""One page of a survey as a form: nothing is compulsory, and only what the page offers can be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import Field

from portal.questions.question import Option, Question
from portal.questions.types import type_of
from portal.surveys import definition
from portal.surveys.definition import Instrument
from portal.web.forms import Form


class PageForm(Form):
    """The questions of one page that someone is asked."""

    asked: ClassVar[Sequence[Question]]

    def field_of(self, question: Question) -> Field:
        return self[_name_of(question)]

    def answers(self) -> dict[str, Any]:
        """Every question's answer by its code; None where it was left blank."""
        return {question.code: type_of(question).answer(self.field_of(question).data) for question in self.asked}


def page_form(instrument: Instrument, questions: Sequence[definition.Question]) -> type[PageForm]:
    """The form of these questions, in the page's language."""
    asked = [_asked(instrument, question) for question in questions]
    fields = {_name_of(question): type_of(question).field(question) for question in asked}
    return type("QuestionsForm", (PageForm,), {**fields, "asked": asked})


def as_typed(questions: Sequence[Question], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that are kept, as the form's fields take them."""
    return {_name_of(question): type_of(question).typed(answers.get(question.code)) for question in questions}


def _name_of(question: Question) -> str:
    """What was written has a name that error pages know: they give a long text back."""
    return f"{'written' if type_of(question).is_written else 'answer'}_{question.code}"


def _asked(instrument: Instrument, question: definition.Question) -> Question:
    """The question with all that can be chosen: the options of its scale, or of the partnership's places."""
    options: Sequence[Option] = instrument.questionnaire.options_of(question)
    if question.type == "place":
        offered = instrument.place_choices
        options = [Option(code=code, text=name, group=group) for group, places in offered for code, name in places]
    hint: Any = question.hint
    if question.type == "several" and not any(hint.values()):
        hint = _l("You can choose more than one.")
    changed: dict[str, Any] = {"options": tuple(options), "hint": hint}
    return replace(question, **changed)
