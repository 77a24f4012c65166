"""What an officer fills in to keep a report under a legal hold, and to end it."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, TextAreaField
from wtforms.validators import ValidationError

from portal.db import today
from portal.reporting.holds import MAX_REASON
from portal.web.forms import AtMost, Day, Filled, Form

LONGEST = timedelta(days=366)


class HoldForm(Form):
    hold_reason = TextAreaField(
        _l("Why must it be kept?"),
        validators=[Filled(_l("Write why it must be kept, for example which court needs it.")), AtMost(MAX_REASON)],
    )
    review_on = Day(_l("Look at it again on"), _l("Choose the day, or write it like 2026-11-30."))
    once = HiddenField()

    def validate_review_on(self, field: Day) -> None:
        if field.data is None:
            # What was written and is no day has been said already.
            if not field.errors:
                raise ValidationError(field.message)
        elif field.data <= today():
            raise ValidationError(_("This day is over. Choose a later day."))
        elif field.data > today() + LONGEST:
            raise ValidationError(_("This day is too far away. Choose one within the next 12 months."))


class EndHoldForm(Form):
    end_reason = TextAreaField(
        _l("Why does the hold end?"), validators=[Filled(_l("Write why the hold ends.")), AtMost(MAX_REASON)]
    )
    once = HiddenField()
