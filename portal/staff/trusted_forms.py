"""What editors fill in when they trust a group: who it is, why, and until when."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FormField, HiddenField, StringField, TextAreaField

from portal.db import today
from portal.events.propose_form import read_once
from portal.events.trusted_groups import LONGEST
from portal.languages.i18n import day_and_year
from portal.staff.planning_forms import boxes
from portal.staff.seen import SeenField
from portal.text import one_line
from portal.web.forms import AtMost, DateForm, Filled, Form


class RenewForm(Form):
    reason = TextAreaField(
        _l("Why do you trust it?"),
        filters=[one_line],
        validators=[Filled(_l("Write why, in a few words.")), AtMost(400)],
    )
    until = FormField(DateForm, _l("Until when?"))
    seen = SeenField()

    last_day: date

    def is_bounded(self) -> bool:
        """Whether the trust ends within a year; `last_day` is then when."""
        day = self.until.form.check(_("Write the day, the month and the year."))
        if day is None:
            return False
        if not today() <= day <= today() + LONGEST:
            self.until.form.refuse(
                _("Choose a day from today to %(day)s.", day=day_and_year(today() + LONGEST)), today() + LONGEST
            )
            return False
        self.last_day = day
        return True


class TrustForm(RenewForm):
    name = StringField(
        _l("Which group?"), filters=[one_line], validators=[Filled(_l("Write which group it is.")), AtMost(80)]
    )
    once = HiddenField()

    @property
    def page_id(self) -> uuid.UUID:
        return read_once(self.once)


class NumberForm(Form):
    """The button that gives a new number: what the page showed, and what tells this page from every other."""

    seen = SeenField()
    once = HiddenField()

    @property
    def page_id(self) -> uuid.UUID:
        return read_once(self.once)


def in_a_year() -> dict[str, str]:
    return boxes(today() + timedelta(days=365))
