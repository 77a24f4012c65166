"""One answer, chosen from a list that opens: for more options than a page should show."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import Optional

from portal.languages.words import in_words
from portal.questions.question import Question
from portal.questions.types import offered
from portal.questions.types.single import Single
from portal.web.forms import choices


class List(Single):
    code = "list"
    name = _l("One answer from a list")
    template = "questions/list.html"

    def field(self, question: Question) -> Any:
        return SelectField(
            in_words(question.text),
            choices=[*choices({"": _l("Choose from the list")}), *offered(question)],
            validators=[Optional(strip_whitespace=False)],
        )
