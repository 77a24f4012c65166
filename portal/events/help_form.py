"""What somebody fills in who asks for an interpreter or other help at an event, or where it is."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.validators import Optional

from portal.events.help_dates import AskDate, can_ask, needs_to_ask
from portal.events.help_labels import NEEDS, OTHER_LANGUAGE
from portal.events.help_models import Need
from portal.events.help_requests import Asked
from portal.events.propose_form import read_once
from portal.events.times import clock, local
from portal.languages.i18n import SPOKEN, current_language, day_and_year, own_name
from portal.partnership.file import current_partnership
from portal.web.forms import AtMost, Form, MultiCheckboxField

MAX_NOTE = 1_000
# For which an interpreter can be asked for.
INTERPRETED = (*(code for code in SPOKEN if code != "en"), OTHER_LANGUAGE)


def too_late() -> str:
    """Who is asked instead."""
    return _("It is too late to ask for this here. Phone us: %(phone)s", phone=current_partnership().contact.phone)


class HelpForm(Form):
    day = SelectField(_l("Which date?"))
    needs = MultiCheckboxField(_l("What do you need?"))
    language = SelectField(_l("If you need an interpreter: which language?"), validators=[Optional()])
    note = TextAreaField(_l("Is there more that we need to know?"), validators=[AtMost(MAX_NOTE)])
    once = HiddenField()

    dates: Sequence[AskDate]

    def offer(self, dates: Sequence[AskDate]) -> None:
        self.dates = dates
        needs = needs_to_ask(dates)
        self.needs.choices = [(need.value, NEEDS[need]) for need in needs]
        self.day.choices = [
            (
                each.one.planned_on.isoformat(),
                _(
                    "%(day)s, %(time)s",
                    day=day_and_year(local(each.one.starts_at).date()),
                    time=clock(each.one.starts_at),
                ),
            )
            for each in dates
        ]
        self.language.choices = [("", _("Choose from the list"))] + [
            (code, _("Another language") if code == OTHER_LANGUAGE else own_name(code)) for code in INTERPRETED
        ]

    @property
    def takes_interpreter(self) -> bool:
        return any(code == Need.INTERPRETER for code, *_rest in self.needs.iter_choices())

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        if not is_valid:
            return False
        asked = self.asked
        if not asked.needs:
            self.needs.errors = [_("Tick what you need.")]
        elif Need.INTERPRETER in asked.needs and not asked.language:
            self.language.errors = [_("Choose the language of the interpreter.")]
        elif (Need.OTHER in asked.needs or asked.language == OTHER_LANGUAGE) and not asked.note:
            self.note.errors = [_("Write in a few words what you need.")]
        elif not can_ask(self.dates, self.planned_on, asked.needs):
            self.day.errors = [too_late()]
        return not self.errors

    @property
    def planned_on(self) -> date:
        return date.fromisoformat(self.day.data)

    @property
    def page_id(self) -> uuid.UUID:
        """What tells this page from every other that was given out."""
        return read_once(self.once)

    @property
    def asked(self) -> Asked:
        """Whoever chose a language wants an interpreter, ticked or not."""
        ticked = {Need(code) for code in self.needs.data or ()}
        if self.language.data and self.takes_interpreter:
            ticked.add(Need.INTERPRETER)
        language = self.language.data if Need.INTERPRETER in ticked else ""
        needs = tuple(need for need in Need if need in ticked)
        return Asked(needs, language or "", self.note.data or "", current_language().code)
