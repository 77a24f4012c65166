"""A few words on one line."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from portal.languages.words import in_words
from portal.questions.question import Question
from portal.questions.types import QuestionType
from portal.web.forms import AtMost, Filled


class ShortText(QuestionType):
    code = "short_text"
    name = _l("A few written words")
    template = "questions/short_text.html"
    packed = ""
    limit = 200
    of_wtforms: type = StringField

    def field(self, question: Question) -> Any:
        filled = [Filled(question.required)] if question.required else []
        at_most = AtMost(question.limit or self.limit)
        return self.of_wtforms(in_words(question.text), validators=[*filled, at_most])

    def words(self, question: Question, answer: Any) -> list[str]:
        return [f"\u2066{answer}\u2069" if question.is_ltr and answer else str(answer)]
