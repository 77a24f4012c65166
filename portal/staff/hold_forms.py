"""What an officer fills in to keep a report under a legal hold, and to end it."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import StopValidation, ValidationError

from portal.db import today
from portal.reporting.holds import MAX_REASON, until_grown
from portal.web.forms import AtMost, Day, Filled, Form, choices

LONGEST = timedelta(days=366)
REVIEW, CHILD = "review", "child"


class HoldForm(Form):
    hold_reason = TextAreaField(
        _l("Why must it be kept?"),
        validators=[Filled(_l("Write why it must be kept, for example which court needs it.")), AtMost(MAX_REASON)],
    )
    how_long = RadioField(
        _l("How long must it be kept?"),
        choices=choices(
            {
                REVIEW: _l("Until somebody looks at it again"),
                CHILD: _l("A child is concerned: until they are 25"),
            }
        ),
        default=REVIEW,
    )
    review_on = Day(_l("Look at it again on"), _l("Choose the day, or write it like 2026-11-30."))
    born_in = StringField(_l("The child was born in the year"))
    once = HiddenField()

    @property
    def last_day(self) -> date:
        """Of a form that holds: on which somebody looks at it again. Of a child only the year lies in the clear."""
        if self.how_long.data == CHILD:
            return until_grown(int(self.born_in.data))
        found: date = self.review_on.data
        return found

    def validate_born_in(self, field: StringField) -> None:
        if self.how_long.data != CHILD:
            return
        typed = (field.data or "").strip()
        if not (typed.isascii() and typed.isdecimal() and len(typed) == 4):
            raise ValidationError(_("Write the year with four numbers, like 2012."))
        if int(typed) > today().year:
            raise ValidationError(_("This year has not come yet. Write an earlier one."))
        if int(typed) < 1900 or until_grown(int(typed)) <= today():
            raise ValidationError(_("Whoever was born then is 25 or older. Choose a day of review instead."))

    def validate_review_on(self, field: Day) -> None:
        if self.how_long.data == CHILD:
            # Whatever stands in a field that is not meant.
            field.errors = []
            raise StopValidation
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
