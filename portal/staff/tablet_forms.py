"""What a survey manager says when a tablet is lent: in which languages, for how long, and the number that ends it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, RadioField, StringField
from wtforms.validators import ValidationError

from portal import text
from portal.languages.i18n import languages
from portal.web.forms import AtMost, Form, MultiCheckboxField

HOURS = (2, 4, 8, 12)
SHORTEST_PIN, LONGEST_PIN = 4, 8


class TabletForm(Form):
    spoken = MultiCheckboxField(_l("Languages"))
    hours = RadioField(_l("For how long"), default="4")
    is_offline = BooleanField(_l("Work without internet"))
    pin = StringField(_l("Number that ends it"), validators=[AtMost(20)])

    def __init__(self, complete: Iterable[str], **named: Any) -> None:
        offered = [(one.code, one.name) for one in languages() if one.code in complete]
        super().__init__(**{"spoken": [code for code, _name in offered]} | named)
        self.spoken.choices = offered
        self.hours.choices = [(str(n), ngettext("%(num)s hour", "%(num)s hours", n)) for n in HOURS]

    @property
    def lasts(self) -> timedelta:
        return timedelta(hours=int(self.hours.data))

    @property
    def digits(self) -> str:
        return text.digits(self.pin.data or "")

    def validate_spoken(self, field: MultiCheckboxField) -> None:
        if not field.data:
            raise ValidationError(_l("Choose at least one language."))

    def validate_pin(self, field: StringField) -> None:
        if not SHORTEST_PIN <= len(self.digits) <= LONGEST_PIN or len(self.digits) != len((field.data or "").strip()):
            raise ValidationError(_l("Write 4 to 8 digits."))
