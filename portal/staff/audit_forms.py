"""What an auditor asks of the log: by whom, which act, about what, in which days."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, pgettext
from wtforms import SelectField, StringField, ValidationError
from wtforms.validators import Optional

from portal.audit import Action
from portal.audit_reading import Wanted
from portal.reporting.queue import id_of_reference
from portal.reporting.references import read_reference
from portal.staff.audit_sentences import SENTENCES
from portal.staff.colleagues import sign_in_name
from portal.text import one_line
from portal.web.forms import AtMost, Day, Form

MAX_TYPED = 120
# Nothing was done before this system was there, nor will be after; a calendar ends in 9999, and a day more is none.
YEARS = range(2000, 2200)
_A_DAY = _l("Choose the day, or write it like 2026-11-30.")
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class LogForm(Form):
    """It is asked by address, so that a list can be opened again; `wanted` is what it asks."""

    person = StringField(lazy_pgettext("of an act", "Who"), validators=[AtMost(MAX_TYPED)])
    act = SelectField(_l("What was done"), validators=[Optional()])
    about = StringField(lazy_pgettext("of an act", "About"), validators=[AtMost(MAX_TYPED)])
    first = Day(_l("First day"), _A_DAY, validators=[Optional()])
    last = Day(_l("Last day"), _A_DAY, validators=[Optional()])

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        anybody = {"who": _("Somebody"), "what": "…"}
        acts = {act.value: str(sentence) % anybody for act, sentence in SENTENCES.items()}
        in_order = sorted(acts.items(), key=lambda each: each[1])
        self.act.choices = [("", pgettext("filter", "All")), *in_order]

    def validate_first(self, field: Day) -> None:
        _check_year(field.data)

    def validate_last(self, field: Day) -> None:
        _check_year(field.data)
        if self.first.data and field.data and field.data < self.first.data:
            raise ValidationError(_l("The last day comes before the first. Change one of them."))

    @property
    def wanted(self) -> Wanted:
        """After it was checked. A reference that no report has is looked for as it was typed, and nothing is found."""
        person, about = one_line(self.person.data or ""), one_line(self.about.data or "")
        return Wanted(
            sign_in_name(person) or None,
            Action(self.act.data) if self.act.data else None,
            _thing(about) or None,
            self.first.data,
            self.last.data,
        )


def _check_year(day: date | None) -> None:
    if day is not None and day.year not in YEARS:
        raise ValidationError(_A_DAY)


def _thing(typed: str) -> str:
    if _ID.fullmatch(typed):
        return typed.lower()
    reference = read_reference(typed)
    found = id_of_reference(reference) if reference else None
    return str(found) if found else sign_in_name(typed)
