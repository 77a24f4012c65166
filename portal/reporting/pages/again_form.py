"""The form for one more time: as forgiving about the day as a report is, and nothing in it has to be answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, MultipleFileField, RadioField, SelectField, TextAreaField
from wtforms.validators import Optional

from portal.db import today
from portal.questions.types import type_of
from portal.reporting.conversations import MAX_TEXT
from portal.reporting.pages.when_and_where import WHEN, WhenForm
from portal.reporting.questions.again import DAYS, HARM, LASTED
from portal.reporting.questions.codes import NOT_SURE
from portal.web.forms import AtMost, choices

# Longer ago, a year is more likely wrong than right.
MAX_AGE = timedelta(days=2 * 365)


class AgainForm(WhenForm):
    when = RadioField(
        _l("When did it happen again?"),
        choices=choices({code: WHEN[code] for code in DAYS}),
        validators=[Optional(strip_whitespace=False)],
    )
    # A list, for the page is long enough on a phone.
    lasted = SelectField(LASTED.text, choices=choices({"": _l("Choose, if you know")} | LASTED.texts), default="")
    harm = type_of(HARM).field(HARM)
    words = TextAreaField(_l("What happened?"), validators=[AtMost(MAX_TEXT)])
    files = MultipleFileField(_l("Photos, a voice note or other files"))
    originals = BooleanField(_l("Also keep the original photo"))
    once = HiddenField()

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        if self.when.data == "today" and self.exact.form.is_filled and self.exact.form.date != today():
            # "Today" stands there from the beginning: a date that was written must not be lost to it, nor taken unasked.
            self.when.data = "exact"
            if self._day_is_right() and not self.exact.errors:
                self.exact.form.form_errors.append(
                    _("You wrote a date, and “Today” was chosen. If the date is right, press Send again.")
                )
            return False
        return is_valid and self._day_is_right()

    def _day_is_right(self) -> bool:
        day = self.exact.form.date if self._chosen == "exact" else None
        if day is not None and day < today() - MAX_AGE:
            self.exact.form.refuse(_("That is more than two years ago. Check the year."), today())
            return False
        return True

    def answer(self) -> dict[str, Any]:
        return super().answer() or {"when": NOT_SURE}
