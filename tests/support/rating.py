"""A type of question that the portal does not have, as somebody would add it: this module and its template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import RadioField
from wtforms.validators import Optional

from portal.languages.words import in_words
from portal.questions.question import Question
from portal.questions.types import QuestionType
from portal.web.forms import choices


class Rating(QuestionType):
    """Points from `least` to `most`, chosen on a line."""

    code = "rating"
    name = "Points"
    template = "questions/rating.html"
    takes = frozenset({"least", "most"})
    packed = "number"

    def field(self, question: Question) -> Any:
        points = choices({str(number): str(number) for number in range(question.least, question.most + 1)})
        return RadioField(in_words(question.text), choices=points, validators=[Optional(strip_whitespace=False)])

    def answer(self, data: Any) -> int | None:
        return int(data) if data else None

    def typed(self, answer: Any) -> str | None:
        return None if answer is None else str(answer)

    def accepts(self, question: Question, codes: Sequence[str], answer: Any) -> bool:
        return type(answer) is int and question.least <= answer <= question.most

    def words(self, question: Question, answer: Any) -> list[str]:
        return [f"{answer} of {question.most} points"]
