"""One page of a survey as a form: nothing is compulsory, and only what the page offers can be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import Field

from portal.languages.i18n import current_language
from portal.questions.question import Option, Question
from portal.questions.shuffling import as_shown
from portal.questions.types import type_of
from portal.questions.types.ranking import RankingField
from portal.surveys import definition
from portal.surveys.definition import Instrument
from portal.web.forms import Form


@dataclass(frozen=True)
class Part:
    """What stands on a page: a question with its field, or a grid with those of its rows that are asked."""

    grid: definition.Grid | None
    questions: Sequence[Question]
    fields: Sequence[Field]


class PageForm(Form):
    """The questions of one page that someone is asked."""

    asked: ClassVar[Sequence[definition.Question]]
    grids: ClassVar[Mapping[str, definition.Grid]]

    @property
    def parts(self) -> list[Part]:
        grouped = groupby(self.asked, lambda question: (question.grid, "" if question.grid else question.code))
        parts = [(self.grids.get(grid), list(questions)) for (grid, _code), questions in grouped]
        return [Part(grid, questions, list(map(self.field_of, questions))) for grid, questions in parts]

    @property
    def pressed(self) -> RankingField | None:
        """The ranking in which a button was pressed; the page is then shown again."""
        return next((field for field in self if isinstance(field, RankingField) and field.is_pressed), None)

    def field_of(self, question: Question) -> Field:
        return self[_name_of(question)]

    def answers(self) -> dict[str, Any]:
        """Every question's answer by its code; None where it was left blank."""
        return {question.code: type_of(question).answer(self.field_of(question).data) for question in self.asked}


def page_form(instrument: Instrument, questions: Sequence[definition.Question], draw: int = 0) -> type[PageForm]:
    """The form of these questions, in the page's language; `draw` says in which order shuffled options stand.

    Made once, as a version never changes: but for shuffled options, of which there are too many orders to keep.
    """
    if any(question.shuffle for question in questions):
        return _made(instrument, questions, draw)
    # A question comes in other words for some: these tell its variants apart.
    key = current_language().code, *((question.code, question.text, question.hint) for question in questions)
    if key not in instrument.forms:
        instrument.forms[key] = _made(instrument, questions, draw)
    return instrument.forms[key]


def _made(instrument: Instrument, questions: Sequence[definition.Question], draw: int) -> type[PageForm]:
    asked = [as_shown(_asked(instrument, question), draw) for question in questions]
    fields = {_name_of(question): type_of(question).field(question) for question in asked}
    grids = {grid.code: grid for page in instrument.questionnaire.pages for grid in page.grids}
    return type("QuestionsForm", (PageForm,), {**fields, "asked": asked, "grids": grids})


def as_typed(questions: Sequence[Question], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that are kept, as the form's fields take them."""
    return {_name_of(question): type_of(question).typed(answers.get(question.code)) for question in questions}


def _name_of(question: Question) -> str:
    """What was written has a name that error pages know: they give a long text back."""
    return f"{'written' if type_of(question).is_written else 'answer'}_{question.code}"


def _asked(instrument: Instrument, question: definition.Question) -> definition.Question:
    """The question with all that can be chosen: the options of its scale, or of the partnership's places."""
    options: Sequence[Option] = instrument.questionnaire.options_of(question)
    if question.type == "place":
        offered = instrument.place_choices
        options = [Option(code=code, text=name, group=group) for group, places in offered for code, name in places]
    hint: Any = question.hint
    if question.type == "several" and not question.most and not any(hint.values()):
        hint = _l("You can choose more than one.")
    changed: dict[str, Any] = {"options": tuple(options), "hint": hint}
    return replace(question, **changed)
