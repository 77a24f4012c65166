"""A whole number within bounds, in the digits of any script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField
from wtforms.validators import Optional, ValidationError

from portal.languages.words import in_words
from portal.partnership.toml_records import Wrong
from portal.questions.question import Question
from portal.questions.types import QuestionType


class Number(QuestionType):
    code = "number"
    name = _l("A number")
    template = "questions/number.html"
    takes = frozenset({"least", "most"})
    packed = "number"

    def field(self, question: Question) -> Any:
        return StringField(in_words(question.text), validators=[Optional(), Whole(question.least, question.most)])

    def answer(self, data: Any) -> Any:
        return int(data) if data else None

    def typed(self, answer: Any) -> Any:
        return None if answer is None else str(answer)

    def accepts(self, question: Question, codes: Sequence[str], answer: Any) -> bool:
        return type(answer) is int and question.least <= answer <= question.most

    def check(self, question: Any, at: str) -> None:
        super().check(question, at)
        if not 0 <= question.least < question.most <= 1_000_000:
            raise Wrong(f"{at} needs least and most, from 0 to 1000000, and least must be smaller")


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
