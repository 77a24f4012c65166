"""Several answers, ticked; some options, like "none of these", exclude the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.languages.words import in_words, spoken
from portal.questions.question import Question
from portal.questions.types import QuestionType, check_options, offered
from portal.web.forms import MultiCheckboxField, NotWithOthers


class Several(QuestionType):
    code = "several"
    name = _l("Several answers")
    template = "questions/several.html"
    takes = frozenset({"options", "alone"})
    packed = "several"

    def field(self, question: Question) -> Any:
        alone = {option.code: spoken(option.text) for option in question.options if option.alone}
        return MultiCheckboxField(in_words(question.text), choices=offered(question), validators=[NotWithOthers(alone)])

    def accepts(self, question: Question, codes: Sequence[str], answer: Any) -> bool:
        return isinstance(answer, list) and set(answer) <= set(codes)

    def check(self, question: Any, at: str) -> None:
        super().check(question, at)
        check_options(question.options, f"{at}.options")

    def words(self, question: Question, answer: Any) -> list[str]:
        return [str(spoken(question.texts.get(code, code))) for code in answer]
