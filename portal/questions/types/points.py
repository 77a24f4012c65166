"""Points on a line between two ends, of which each has its words, such as 0 to 10: kept as a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import Optional

from portal.languages.words import in_words
from portal.partnership.toml_records import Wrong
from portal.questions.question import Question
from portal.questions.types import QuestionType
from portal.web.forms import choices

# More do not stand in one row.
MAX_POINTS = 11


class Points(QuestionType):
    code = "points"
    name = _l("Points between two ends")
    template = "questions/points.html"
    takes = frozenset({"least", "most", "ends"})
    packed = "number"

    def field(self, question: Question) -> Any:
        points = {str(number): str(number) for number in range(question.least, question.most + 1)}
        return RadioField(
            in_words(question.text), choices=choices(points), validators=[Optional(strip_whitespace=False)]
        )

    def answer(self, data: Any) -> Any:
        return int(data) if data else None

    def typed(self, answer: Any) -> Any:
        return None if answer is None else str(answer)

    def accepts(self, question: Question, codes: Sequence[str], answer: Any) -> bool:
        return type(answer) is int and question.least <= answer <= question.most

    def check(self, question: Any, at: str) -> None:
        super().check(question, at)
        if not 0 <= question.least < question.most <= question.least + MAX_POINTS - 1:
            raise Wrong(f"{at} needs least and most, from 0 on and with {MAX_POINTS} points at most, like 0 and 10")
        if len(question.ends) != 2:
            raise Wrong(f'{at}.ends must say what the first and the last point mean, like ["Not at all", "Completely"]')
