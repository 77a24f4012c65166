"""What the applicant fills in about the meeting of the panel, and for a second look."""

from __future__ import annotations

import uuid
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, TextAreaField
from wtforms.validators import Optional

from portal.case_review.panel_labels import OWN_ATTENDANCE
from portal.case_review.panel_models import Attendance
from portal.case_review.panel_sealing import MAX_REASON, MAX_TEXT
from portal.db import random_id
from portal.web.forms import AtMost, Filled, Form, choices


class TakePartForm(Form):
    """How they take part once they are invited, and at any time before the meeting what the panel is to know."""

    way = RadioField(
        _l("How do you want to take part?"),
        choices=choices({way.value: words for way, words in OWN_ATTENDANCE.items()}),
        validators=[Optional()],
    )
    with_supporter = BooleanField(_l("Somebody comes with me"))
    needs = TextAreaField(_l("What do you need, so that you can take part?"), validators=[AtMost(MAX_REASON)])
    message = TextAreaField(_l("What do you want the panel to know?"), validators=[AtMost(MAX_TEXT)])
    once = HiddenField()

    is_invited = False

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if self.is_invited and not self.way.data and (self.needs.data or self.with_supporter.data):
            self.way.errors = [_("Choose how you want to take part.")]
        elif not self.chosen and not self.message.data:
            self.form_errors.append(
                _("Choose how you want to take part, or write what the panel is to know.")
                if self.is_invited
                else _("Write what the panel is to know.")
            )
        return not self.errors

    @property
    def chosen(self) -> Attendance | None:
        return Attendance(self.way.data) if self.is_invited and self.way.data else None

    @property
    def message_id(self) -> uuid.UUID:
        """The same page's same words are kept once."""
        try:
            return uuid.uuid5(uuid.UUID(self.once.data or ""), self.message.data or "")
        except ValueError:
            return random_id()


class AskForLookForm(Form):
    message = TextAreaField(
        _l("Why do you ask for a second look?"),
        validators=[Filled(_l("Write in a few words why you ask.")), AtMost(MAX_TEXT)],
    )
