"""What calendar editors say to somebody who asks for help at an event: an answer in words, and what is met."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FormField, SelectField, TextAreaField
from wtforms.validators import Optional

from portal.events.help_dates import TOLD
from portal.events.help_labels import FOR_EDITORS, NEEDS, TOLD_FOR_EDITORS
from portal.events.help_models import Need, Outcome
from portal.events.help_requests import OpenRequest
from portal.events.proposals import MAX_MESSAGE
from portal.staff.seen import SeenField
from portal.web.forms import AtMost, Form, PlainForm, choices


class OutcomesForm(PlainForm):
    """Of each need whether it is met; filled in below."""


for _need, _words in NEEDS.items():
    _offered = choices(TOLD_FOR_EDITORS if _need in TOLD else FOR_EDITORS)
    setattr(OutcomesForm, _need, SelectField(_words, choices=_offered, validators=[Optional(strip_whitespace=False)]))


class AnswerForm(Form):
    message = TextAreaField(_l("What do you tell them?"), validators=[AtMost(MAX_MESSAGE)])
    outcomes = FormField(OutcomesForm)
    seen = SeenField()

    asked: OpenRequest

    @property
    def of_needs(self) -> list[Any]:
        """The boxes of what was asked for."""
        return [self.outcomes.form[need] for need in self.asked.needs]

    @property
    def chosen(self) -> dict[Need, Outcome]:
        return {need: Outcome(self.outcomes.form[need].data) for need in self.asked.needs}

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        refused = [need for need, outcome in self.chosen.items() if outcome is Outcome.NOT_MET]
        if not self.message.data and any(self.asked.needs[need] is not Outcome.NOT_MET for need in refused):
            self.message.errors = [_("Write why not. They read this.")]
        elif not self.message.data and self.chosen == dict(self.asked.needs):
            self.message.errors = [_("Write an answer, or say what is met.")]
        return not self.errors
