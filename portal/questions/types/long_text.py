"""Words of a person's own, on several lines."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from portal.questions.types.short_text import ShortText


class LongText(ShortText):
    code = "long_text"
    name = _l("Written words")
    template = "questions/long_text.html"
    limit = 4_000
    of_wtforms = TextAreaField
