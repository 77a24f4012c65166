"""One page of a survey as a form: nothing is compulsory, and only what the page offers can be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask_babel import gettext as _
from wtforms import Field, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError

from portal.languages.i18n import current_language
from portal.surveys.definition import TEXT_LIMIT, WRITTEN_TYPES, Instrument, Question
from portal.surveys.wording import in_words
from portal.web.forms import AtMost, Form, MultiCheckboxField, NotWithOthers, choices


class PageForm(Form):
    """The questions of one page that someone is asked."""

    asked: ClassVar[Sequence[Question]]

    def field_of(self, question: Question) -> Field:
        return self[_name_of(question)]

    def answers(self) -> dict[str, Any]:
        """Every question's answer by its code; None where it was left blank."""
        return {question.code: _answer(question, self.field_of(question).data) for question in self.asked}


def page_form(instrument: Instrument, questions: Sequence[Question]) -> type[PageForm]:
    """The form of these questions, in the page's language."""
    fields: dict[str, Any] = {_name_of(question): _field(instrument, question) for question in questions}
    return type("QuestionsForm", (PageForm,), {**fields, "asked": questions})


def as_typed(questions: Sequence[Question], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that are kept, as the form's fields take them."""
    typed = {_name_of(question): answers.get(question.code) for question in questions}
    return {name: str(value) if isinstance(value, int) else value for name, value in typed.items()}


def apart_options(instrument: Instrument, question: Question) -> list[str]:
    """The "don't know" family, which stands last and apart."""
    return [option.code for option in instrument.questionnaire.options_of(question) if option.apart]


def _name_of(question: Question) -> str:
    """What was written has a name that error pages know: they give a long text back."""
    return f"{'written' if question.type in WRITTEN_TYPES else 'answer'}_{question.code}"


def _answer(question: Question, data: Any) -> Any:
    if question.type == "number":
        return int(data) if data else None
    return data or None


def _field(instrument: Instrument, question: Question) -> Any:
    label = in_words(question.text)
    options = sorted(instrument.questionnaire.options_of(question), key=lambda option: option.apart)
    offered = choices({option.code: in_words(option.text) for option in options})
    match question.type:
        case "several":
            alone = {option.code: option.text.in_(current_language().code) for option in options if option.alone}
            return MultiCheckboxField(label, choices=offered, validators=[NotWithOthers(alone)])
        case "number":
            return StringField(label, validators=[Optional(), Whole(question.least, question.most)])
        case "short_text":
            return StringField(label, validators=[AtMost(TEXT_LIMIT[question.type])])
        case "long_text":
            return TextAreaField(label, validators=[AtMost(TEXT_LIMIT[question.type])])
        case "place":
            offered = choices({"": _("Choose from the list")})
            for group, places in instrument.place_choices:
                offered += choices(dict(places), group)
            return SelectField(label, choices=offered, validators=[Optional(strip_whitespace=False)])
        case _:
            return RadioField(label, choices=offered, validators=[Optional(strip_whitespace=False)])


class Whole:
    """A whole number within bounds, in the digits of any script."""

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most

    def __call__(self, form: Any, field: Field) -> None:
        digits = field.data or ""
        if not digits.isdecimal():
            raise ValidationError(_("Use digits, like 17."))
        # Longer than this it is too large whatever it is, and Python would not read it.
        if len(digits) > 20 or not self.least <= int(digits) <= self.most:
            raise ValidationError(_("Write a number from %(least)s to %(most)s.", least=self.least, most=self.most))
