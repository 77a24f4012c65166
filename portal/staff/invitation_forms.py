"""What a survey manager says of a batch of invitation cards: how many, for whom, in which languages. No names."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import Optional, ValidationError

from portal import text
from portal.languages.i18n import languages
from portal.partnership.file import current_partnership
from portal.surveys.invitations import LEAST, MOST
from portal.surveys.models import Audience
from portal.web.forms import AtMost, Form, choices

AUDIENCES = {
    Audience.STREET.value: _l("Homes in a street or estate"),
    Audience.GROUP.value: _l("A group, such as a school’s parents or a club"),
    Audience.LIST.value: _l("People drawn from a list"),
}


class BatchForm(Form):
    audience = RadioField(_l("Who gets the cards"), choices=choices(AUDIENCES))
    place = SelectField(_l("Where"), validators=[Optional(strip_whitespace=False)])
    size = StringField(_l("How many cards"), validators=[AtMost(20)])
    first_language = SelectField(_l("Language of the cards"))
    second_language = SelectField(_l("Second language"), validators=[Optional(strip_whitespace=False)])
    once = HiddenField()

    def __init__(self, spoken: list[str], **named: Any) -> None:
        super().__init__(**named)
        offered = [(one.code, one.name) for one in languages() if one.code in spoken]
        self.first_language.choices = offered
        self.second_language.choices = [*choices({"": _l("None")}), *offered]
        self.place.choices = choices({"": _l("The whole area")})
        for group, places in current_partnership().places.choices:
            for code, name in places:
                self.place.choices += choices({code: name}, group)

    @property
    def number(self) -> int:
        """How many cards; 0 where that is no number."""
        typed = (self.size.data or "").strip()
        found = text.digits(typed)
        return int(found) if found and len(found) == len(typed) <= len(str(MOST)) else 0

    def validate_size(self, field: StringField) -> None:
        if not LEAST <= self.number <= MOST:
            raise ValidationError(_("Write a number from %(least)s to %(most)s.", least=LEAST, most=MOST))
