"""What staff and groups fill in after an event: how many came, as people write it, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import HiddenInput

from portal.events.afterwards import MAX_TEXT, Told
from portal.events.headcounts import MOST, BelowNothing, Count, NotACount, TooMany, read_count
from portal.events.kept_back import tells
from portal.languages.i18n import languages
from portal.text import one_line
from portal.web.forms import AtMost, Form


class ToldForm(Form):
    came = StringField(_l("How many people came?"), filters=[one_line], validators=[AtMost(100)])
    text = TextAreaField(_l("What came of it?"), filters=[one_line], validators=[AtMost(MAX_TEXT)])
    language = SelectField(_l("Which language do you write in?"))
    seen = IntegerField(widget=HiddenInput(), validators=[Optional(strip_whitespace=False)])

    count: Count | None = None
    for_those_who_ask: Iterable[str] = ()
    """What the sentence must not say, because everyone may read it."""

    def begin(self, for_those_who_ask: Iterable[str]) -> None:
        self.language.choices = [(one.code, one.name) for one in languages()]
        self.for_those_who_ask = for_those_who_ask

    def validate_came(self, field: StringField) -> None:
        if not field.data or field.errors:
            return
        try:
            self.count = read_count(field.data)
        except BelowNothing:
            raise ValidationError(_("A number of people cannot be below 0.")) from None
        except TooMany:
            raise ValidationError(_("Write a number from 0 to %(most)s.", most=f"{MOST:,}")) from None
        except NotACount:
            raise ValidationError(_("Write how many people came as a number, like 40 or about 40.")) from None

    def validate_text(self, field: TextAreaField) -> None:
        if tells(field.data or "", self.for_those_who_ask):
            raise ValidationError(_("Everyone reads this. Take out the link or the address that is not public."))

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if self.count is None and not self.text.data:
            self.came.errors = [_("Write how many people came, or what came of it.")]
            return False
        return True

    @property
    def seen_version(self) -> int:
        return self.seen.data or 0

    def show_version(self, version: int) -> None:
        """The page shows this one now, whatever came back."""
        self.seen.data, self.seen.raw_data = version, None

    def told(self) -> Told:
        return Told(
            came=self.count.number if self.count else None,
            is_about=self.count.is_about if self.count else False,
            text=self.text.data or "",
            language=self.language.data if self.text.data else "",
        )


def told_filled_in(told: Told | None, language: str) -> dict[str, Any]:
    """What is stored, as the form shows it; with nothing stored, an empty form in this language."""
    if told is None:
        return {"came": "", "text": "", "language": language}
    return {"came": _as_typed(told), "text": told.text, "language": told.language or language}


def _as_typed(told: Told) -> str:
    if told.came is None:
        return ""
    return _("about %(number)s", number=told.came) if told.is_about else str(told.came)
