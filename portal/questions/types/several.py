"""Several answers, ticked; some options, like "none of these", exclude the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import Field, ValidationError

from portal.languages.words import in_words, spoken
from portal.partnership.toml_records import Wrong
from portal.questions.question import Question
from portal.questions.types import QuestionType, check_options, offered
from portal.web.forms import MultiCheckboxField, NotWithOthers


class Several(QuestionType):
    code = "several"
    name = _l("Several answers")
    template = "questions/several.html"
    takes = frozenset({"options", "alone", "most", "shuffle"})
    packed = "several"

    def field(self, question: Question) -> Any:
        alone = {option.code: spoken(option.text) for option in question.options if option.alone}
        return MultiCheckboxField(
            in_words(question.text),
            choices=offered(question),
            validators=[NotWithOthers(alone), AtMostTicked(question.most)],
        )

    def accepts(self, question: Question, codes: Sequence[str], answer: Any) -> bool:
        return (
            isinstance(answer, list) and set(answer) <= set(codes) and len(set(answer)) <= (question.most or len(codes))
        )

    def check(self, question: Any, at: str) -> None:
        super().check(question, at)
        check_options(question.options, f"{at}.options")
        if question.most and not 2 <= question.most < len(question.options):
            raise Wrong(
                f"{at}.most must be how many may be ticked, from 2 to fewer than there are; take it out to allow all"
            )

    def words(self, question: Question, answer: Any) -> list[str]:
        return [str(spoken(question.texts.get(code, code))) for code in answer]


class AtMostTicked:
    """At most so many boxes; 0 for any number. What was ticked stays ticked."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, form: Any, field: Field) -> None:
        over = len(field.data or ()) - self.most
        if self.most and over > 0:
            raise ValidationError(
                ngettext(
                    "You can tick %(most)s. Untick %(num)s answer.",
                    "You can tick %(most)s. Untick %(num)s answers.",
                    over,
                    most=self.most,
                )
            )
