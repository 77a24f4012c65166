"""What calendar editors say of a group's own calendar: where it is, whose it is, and how often it is read."""

from __future__ import annotations

import uuid
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import ValidationError

from portal.events.propose_form import read_once
from portal.events.source_models import Rhythm
from portal.events.source_words import RHYTHMS
from portal.events.sources import Settings, is_allowed
from portal.languages.i18n import languages
from portal.staff.seen import SeenField
from portal.text import one_line
from portal.web.forms import AtMost, Filled, Form, choices


class SourceForm(Form):
    address = StringField(
        _l("Address of the calendar"),
        filters=[one_line],
        validators=[Filled(_l("Write the address of the calendar.")), AtMost(1000)],
    )
    group = StringField(
        _l("Which group is it?"),
        filters=[one_line],
        validators=[Filled(_l("Write which group it is.")), AtMost(80)],
    )
    language = SelectField(_l("Which language is it written in?"))
    rhythm = RadioField(
        _l("How often do we read it?"),
        choices=choices({one.value: words for one, words in RHYTHMS.items()}),
        default=Rhythm.DAILY.value,
    )
    is_trusted = BooleanField(_l("We trust this calendar"))
    is_stopped = BooleanField(_l("Do not read it any more"))
    once = HiddenField()
    seen = SeenField()

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self.language.choices = [(one.code, one.name) for one in languages()]

    def validate_address(self, field: StringField) -> None:
        # Calendars' own buttons give it with a scheme of their own.
        if (field.data or "").casefold().startswith("webcal://"):
            field.data = f"https{field.data[6:]}"
        if field.data and not field.errors and not is_allowed(field.data):
            raise ValidationError(
                _("Write an address that begins with https:// and leads to a public website other than ours.")
            )

    @property
    def page_id(self) -> uuid.UUID:
        """What tells this page from every other that was given out."""
        return read_once(self.once)

    @property
    def settings(self) -> Settings:
        return Settings(
            address=self.address.data,
            group=self.group.data,
            language=self.language.data,
            rhythm=Rhythm(self.rhythm.data),
            is_trusted=bool(self.is_trusted.data),
            is_stopped=bool(self.is_stopped.data),
        )
