"""One answer, chosen from options that all stand on the page."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import Optional

from portal.languages.words import in_words, spoken
from portal.questions.question import Question
from portal.questions.types import QuestionType, check_options, offered


class OneOf(RadioField):
    """Radio buttons of which none need be chosen."""

    def pre_validate(self, form: Any) -> None:
        # Else a sentence is looked up to complain of each that is left blank, and thrown away.
        if self.data is not None:
            super().pre_validate(form)


class Single(QuestionType):
    code = "single"
    name = _l("One answer")
    template = "questions/single.html"
    takes = frozenset({"options", "shuffle"})

    def field(self, question: Question) -> Any:
        return OneOf(in_words(question.text), choices=offered(question), validators=[Optional(strip_whitespace=False)])

    def check(self, question: Any, at: str) -> None:
        super().check(question, at)
        if "options" in self.takes:
            check_options(question.options, f"{at}.options")

    def words(self, question: Question, answer: Any) -> list[str]:
        """The bare code of an option that is no longer offered."""
        return [str(spoken(question.texts.get(answer, answer)))]
