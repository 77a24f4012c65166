"""What people fill in for the MARAC: a referral, a meeting, what an agency knows, minutes and actions."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError

from portal.db import today
from portal.marac.actions import MAX_ACTION, MAX_WORDS
from portal.marac.hearing import MAX_DISCUSSION, MAX_KNOWLEDGE, MAX_WHY
from portal.marac.referring import MAX_REASON, MAX_TITLE
from portal.web.forms import AtMost, Day, Filled, Form, MultiCheckboxField, choices

AGREED, WITHOUT = "agreed", "without"
LONGEST = timedelta(days=366)
NO_DAY = _l("Choose the day, or write it like 2026-11-30.")
NO_REASON = _l("Choose the reason.")
MOST_MINUTES = 180


class ReferForm(Form):
    """A referral. Domestic abuse goes elsewhere, so a ticked box stops it here with the way on."""

    written_title = StringField(
        _l("What do you call this case?"), validators=[Filled(_l("Give the case a short name.")), AtMost(MAX_TITLE)]
    )
    domestic = BooleanField(_l("It is domestic abuse"))
    criteria = MultiCheckboxField(_l("Which of these are met?"), choices=[])
    written_reason = TextAreaField(
        _l("Why does it need the MARAC?"),
        validators=[Filled(_l("Write why it needs several agencies at one table.")), AtMost(MAX_REASON)],
    )
    risk = RadioField(_l("How high is the risk now?"), choices=[], validate_choice=False)
    consent = RadioField(
        _l("Does the person agree?"),
        choices=choices({AGREED: _l("Yes, they agreed"), WITHOUT: _l("No, or they were not asked")}),
        validate_choice=False,
    )
    ground = SelectField(_l("For which reason of law?"), validate_choice=False)
    written_why = TextAreaField(_l("Why, in your own words"), validators=[AtMost(MAX_WHY)])
    once = HiddenField()

    def check(self, steps: Collection[str], grounds: Collection[str]) -> bool:
        """Also what hangs on another answer; a wrong one has its sentence."""
        is_right = self.validate()
        if self.risk.data not in steps:
            self.risk.errors = [_("Choose how high the risk is.")]
        if self.consent.data not in (AGREED, WITHOUT):
            self.consent.errors = [_("Say whether the person agrees.")]
        if self.consent.data == WITHOUT:
            if not self.ground.data or self.ground.data not in grounds:
                self.ground.errors = [_("Choose the reason of law for which it goes without their consent.")]
            if not self.written_why.data:
                self.written_why.errors = [*self.written_why.errors, _("Write why it goes without their consent.")]
        return is_right and not any(field.errors for field in self)


class WhenForm(Form):
    """A day and a time at which people meet."""

    held_on = Day(_l("On which day?"), NO_DAY)
    begins = StringField(_l("When does it begin?"), default="10:00")

    def validate_begins(self, field: StringField) -> None:
        if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", field.data or "", re.ASCII):
            raise ValidationError(_("Write the time like 14:30."))


class MeetingForm(WhenForm):
    chair = SelectField(_l("Who is in the chair?"), validate_choice=False)
    once = HiddenField()

    def validate_held_on(self, field: Day) -> None:
        if field.data is None:
            if not field.errors:
                raise ValidationError(field.message)
        elif not today() - LONGEST <= field.data <= today() + LONGEST:
            raise ValidationError(_("This day is too far away. Choose one within 12 months."))


class MoveForm(WhenForm):
    why_moved = SelectField(_l("Why is it moved?"), validators=[Filled(NO_REASON)])
    seen = HiddenField()

    def validate_held_on(self, field: Day) -> None:
        _check_to_come(field)


class CancelForm(Form):
    to = SelectField(_l("Where do its cases go?"), validate_choice=False)
    why_cancelled = SelectField(_l("Why is it cancelled?"), validators=[Filled(NO_REASON)])
    seen = HiddenField()


class MemberForm(Form):
    person = SelectField(_l("Who comes to the table?"), validate_choice=False)
    agency = SelectField(_l("For which agency?"), validate_choice=False)


class PresenceForm(Form):
    present = MultiCheckboxField(_l("Who was there?"), choices=[])
    deputy = SelectField(_l("Deputy, who agrees the minutes if the chair was not there"))


class AgendaForm(Form):
    """One case's place on the agenda of a meeting."""

    meeting = SelectField(_l("Which meeting hears it?"), validate_choice=False)
    minutes = StringField(_l("How many minutes for it?"), default="15")

    def validate_minutes(self, field: StringField) -> None:
        if number_in(field.data, MOST_MINUTES) is None:
            raise ValidationError(_("Write the minutes as a number from 1 to %(most)s.", most=MOST_MINUTES))


class LeaveOutForm(Form):
    written_not_taken = TextAreaField(
        _l("Why does it not belong at the MARAC?"),
        validators=[Filled(_l("Write why, and where it goes instead.")), AtMost(MAX_WHY)],
    )


class KnowledgeForm(Form):
    written_known = TextAreaField(
        _l("What does your agency know?"),
        validators=[
            Filled(_l("Write what your agency knows; “nothing known” is an answer too.")),
            AtMost(MAX_KNOWLEDGE),
        ],
    )
    seen = HiddenField()


class MinutesForm(Form):
    written_discussion = TextAreaField(
        _l("What was said and decided"), validators=[Filled(_l("Write what was said.")), AtMost(MAX_DISCUSSION)]
    )
    risk_before = SelectField(_l("Risk before the meeting"))
    risk_after = SelectField(_l("Risk after the meeting"))
    review_on = Day(_l("Look at it again on"), NO_DAY, validators=[Optional()])
    written_correction = TextAreaField(_l("Why is there a new version?"), validators=[AtMost(MAX_WHY)])
    seen = HiddenField(default="0")

    def validate_review_on(self, field: Day) -> None:
        if field.data is not None and not today() <= field.data <= today() + LONGEST:
            raise ValidationError(_("Choose a day within the next 12 months, or leave it empty."))

    @property
    def version_seen(self) -> int:
        return number_in(self.seen.data, 10**6) or 0


class ActionForm(Form):
    written_action = TextAreaField(
        _l("What is to be done?"), validators=[Filled(_l("Write what is to be done.")), AtMost(MAX_ACTION)]
    )
    owner = SelectField(_l("Who does it?"), validators=[Filled(_l("Choose who does it."))])
    due_on = Day(_l("By which day?"), NO_DAY)
    once = HiddenField()

    def validate_due_on(self, field: Day) -> None:
        _check_to_come(field)


class SettleForm(Form):
    written_note = TextAreaField(_l("In a few words"), validators=[AtMost(MAX_WORDS)])
    to = SelectField(_l("Give it on to"), validate_choice=False)


def _check_to_come(field: Day) -> None:
    if field.data is None:
        if not field.errors:
            raise ValidationError(field.message)
    elif not today() <= field.data <= today() + LONGEST:
        raise ValidationError(_("This day is over or too far away. Choose one within the next 12 months."))


def number_in(typed: str | None, most: int) -> int | None:
    """A whole number from 1 to `most` in plain digits, else nothing."""
    text = (typed or "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        return None
    return int(text) if 1 <= int(text) <= most else None
