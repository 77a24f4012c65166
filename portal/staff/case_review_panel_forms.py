"""What staff fill in for the panel of a case review."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator
from datetime import date, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError

from portal.case_review.panel_labels import ACCEPTANCE, ATTENDANCE, PROGRESS, bodies_in_words
from portal.case_review.panel_minutes import MAX_MINUTES
from portal.case_review.panel_models import Acceptance, Attendance, Progress
from portal.case_review.panel_recommendations import Owner
from portal.case_review.panel_sealing import MAX_LINE, MAX_REASON, MAX_TEXT
from portal.db import random_id, today
from portal.languages.i18n import languages
from portal.staff.case_review_panel_accounts import PanelAccount
from portal.text import one_line
from portal.web.dates import read_time
from portal.web.forms import AtMost, Day, Filled, Form, MultiCheckboxField, choices

CHOOSE, OUTSIDE = "choose", "outside"
# Further away is a slip of the keyboard.
LAST_YEARS = 2


def once_of(form: Any) -> uuid.UUID:
    """What tells this page from every other that was given out."""
    try:
        return uuid.UUID(form.once.data or "")
    except ValueError:
        return random_id()


def not_far(day: date) -> None:
    """Raises ValidationError."""
    if day.year > today().year + LAST_YEARS:
        raise ValidationError(_("This day is too far away. Choose one within the next two years."))


def _translation(most: int) -> TextAreaField:
    """The box for what the applicant reads, in their language."""
    return TextAreaField(_l("The same in the applicant’s language"), validators=[AtMost(most)])


class MeetingForm(Form):
    meets_on = Day(_l("Day of the meeting"), _l("Choose the day, or write it like 2026-11-30."))
    starts = StringField(_l("When does it start?"))
    is_online = BooleanField(_l("It takes place online only"))
    place = TextAreaField(
        _l("Where is it, or how do people join?"),
        validators=[Filled(_l("Write where it is, or how people join.")), AtMost(MAX_REASON)],
    )

    def validate_meets_on(self, field: Day) -> None:
        if field.data is None:
            if not field.errors:
                raise ValidationError(field.message)
        else:
            not_far(field.data)
            if field.data.year < today().year - 1:
                raise ValidationError(_("Check the year of this day."))

    def validate_starts(self, field: StringField) -> None:
        if self.time is None:
            raise ValidationError(_("Write when it starts, like 18:30."))

    @property
    def time(self) -> time | None:
        return read_time(self.starts.data or "")


class MemberForm(Form):
    """Somebody with an account, or somebody from outside by name."""

    who = SelectField(_l("Who?"))
    name = StringField(_l("Name, if they have no account here"), validators=[AtMost(MAX_LINE)])
    agency = StringField(_l("Which agency are they from?"), validators=[AtMost(MAX_LINE)])
    role = StringField(_l("What do they do there?"), validators=[AtMost(MAX_LINE)])
    once = HiddenField()

    def offer(self, accounts: Iterable[PanelAccount]) -> None:
        known = {one.account.staff_id.hex: one.name for one in accounts}
        first = {CHOOSE: pgettext("a colleague", "Choose"), OUTSIDE: _("Somebody without an account here")}
        self.who.choices = choices(first | known)

    def validate_who(self, field: SelectField) -> None:
        if field.data == CHOOSE:
            raise ValidationError(_("Choose who it is."))

    def validate_name(self, field: StringField) -> None:
        field.data = one_line(field.data or "")
        if self.who.data == OUTSIDE and not field.data:
            raise ValidationError(_("Write the name of this person."))

    def validate_agency(self, field: StringField) -> None:
        field.data = one_line(field.data or "")
        if self.who.data == OUTSIDE and not field.data:
            raise ValidationError(_("Write which agency they are from."))


class ReasonForm(Form):
    """Why something is so; the page says what."""

    why = TextAreaField(_l("Why?"), validators=[Filled(_l("Write the reason in a few words.")), AtMost(MAX_REASON)])


class TakeDownForm(Form):
    """What the applicant said on the telephone or in person."""

    way = RadioField(_l("How do they take part?"), validators=[Optional()])
    with_supporter = BooleanField(_l("Somebody comes with them"))
    needs = TextAreaField(_l("What do they need?"), validators=[AtMost(MAX_REASON)])
    note = TextAreaField(_l("What do they want the panel to know?"), validators=[AtMost(MAX_TEXT)])
    language = SelectField(_l("In which language is it written?"))
    once = HiddenField()

    def offer(self) -> None:
        self.way.choices = choices({way.value: words for way, words in ATTENDANCE.items()})
        self.language.choices = choices({one.code: one.name for one in languages()})

    def validate(self, extra_validators: Any = None) -> bool:
        if super().validate(extra_validators) and not self.way.data and not self.note.data:
            self.form_errors.append(_("Choose how they take part, or write what they want the panel to know."))
        return not self.errors

    @property
    def chosen(self) -> Attendance | None:
        return Attendance(self.way.data) if self.way.data else None


class SummaryForm(Form):
    note = TextAreaField(
        _l("What the panel is told of the case"),
        validators=[Filled(_l("Write what the panel is to know.")), AtMost(MAX_TEXT)],
    )


class HeldForm(Form):
    attended = MultiCheckboxField(_l("Who was there?"))

    def validate_attended(self, field: MultiCheckboxField) -> None:
        if not field.data:
            raise ValidationError(_("Tick who was there."))


class OwnerFields(Form):
    """Who answers for a recommendation, and by when."""

    owner = SelectField(_l("Who answers for it?"))
    owner_name = StringField(_l("Name, if they have no account here"), validators=[AtMost(MAX_LINE)])
    due_on = Day(_l("By which day?"), _l("Choose the day, or write it like 2026-11-30."))

    def offer(self, accounts: Iterable[PanelAccount]) -> None:
        known = {one.account.staff_id.hex: one.name for one in accounts}
        first = {CHOOSE: pgettext("a colleague", "Choose"), OUTSIDE: _("Somebody without an account here")}
        self.owner.choices = choices(first | known)

    def validate_owner(self, field: SelectField) -> None:
        if field.data == CHOOSE:
            raise ValidationError(_("Choose who it is."))

    def validate_owner_name(self, field: StringField) -> None:
        field.data = one_line(field.data or "")
        if self.owner.data == OUTSIDE and not field.data:
            raise ValidationError(_("Write the name of this person."))

    def validate_due_on(self, field: Day) -> None:
        if field.data is None:
            if not field.errors:
                raise ValidationError(field.message)
        elif field.data < today():
            raise ValidationError(_("This day is over. Choose today or a later day."))
        else:
            not_far(field.data)

    def owner_in(self, accounts: Collection[PanelAccount]) -> Owner:
        chosen = next((one for one in accounts if one.account.staff_id.hex == self.owner.data), None)
        if chosen is None:
            return Owner(None, self.owner_name.data or "")
        return Owner(chosen.account.staff_id, chosen.name)


class RecommendationForm(OwnerFields):
    text = TextAreaField(
        _l("What is recommended?"), validators=[Filled(_l("Write what is recommended.")), AtMost(MAX_REASON)]
    )
    translation = _translation(MAX_REASON)
    body = SelectField(_l("Which body is it for?"))
    other_body = StringField(_l("The name of another body"), validators=[AtMost(MAX_LINE)])
    once = HiddenField()

    def __iter__(self) -> Iterator[Field]:
        """What is recommended and to whom, before who answers for it and by when."""
        own = ("text", "translation", "body", "other_body")
        return iter([self._fields[name] for name in (*own, *(name for name in self._fields if name not in own))])

    def offer(self, accounts: Iterable[PanelAccount]) -> None:
        super().offer(accounts)
        first = {CHOOSE: pgettext("a body", "Choose")}
        self.body.choices = choices(first | bodies_in_words() | {OUTSIDE: _("Another body")})

    def validate_body(self, field: SelectField) -> None:
        if field.data == CHOOSE:
            raise ValidationError(_("Choose the body it is for."))

    def validate_other_body(self, field: StringField) -> None:
        field.data = one_line(field.data or "")
        if self.body.data == OUTSIDE and not field.data:
            raise ValidationError(_("Write the name of the body."))

    @property
    def chosen_body(self) -> str:
        return self.other_body.data or "" if self.body.data == OUTSIDE else self.body.data


class AcceptanceForm(Form):
    acceptance = RadioField(
        _l("What did the body say to it?"), choices=choices({said.value: words for said, words in ACCEPTANCE.items()})
    )
    acceptance_why = TextAreaField(_l("Why?"), validators=[AtMost(MAX_REASON)])
    acceptance_translation = _translation(MAX_REASON)

    def validate_acceptance_why(self, field: TextAreaField) -> None:
        needs_reason = self.acceptance.data in (Acceptance.NOT_ACCEPTED, Acceptance.IN_PART)
        if not field.data and (needs_reason or self.acceptance_translation.data):
            raise ValidationError(_("Write the reason in a few words."))


class SettleForm(Form):
    progress = RadioField(
        _l("Was it done?"), choices=choices({code.value: words for code, (words, _kind) in PROGRESS.items()})
    )
    settled_why = TextAreaField(_l("What was done, or why was it not done?"), validators=[AtMost(MAX_REASON)])
    settled_translation = _translation(MAX_REASON)

    def validate_settled_why(self, field: TextAreaField) -> None:
        if self.progress.data == Progress.NOT_DONE and not field.data:
            raise ValidationError(_("Write the reason in a few words."))
        if self.settled_translation.data and not field.data:
            raise ValidationError(_("Write a few words."))


class MinutesForm(Form):
    note = TextAreaField(
        _l("Minutes"), validators=[Filled(_l("Write the minutes before you save.")), AtMost(MAX_MINUTES)]
    )
    why = TextAreaField(_l("Why must they be put right?"), validators=[AtMost(MAX_REASON)])
    seen = HiddenField()


class OutcomeForm(Form):
    message = TextAreaField(_l("What came of it?"), validators=[Filled(_l("Write what came of it.")), AtMost(MAX_TEXT)])
    language = SelectField(_l("In which language is it written?"))
    translation = _translation(MAX_TEXT)

    def offer(self) -> None:
        self.language.choices = choices({one.code: one.name for one in languages()})


class LookForm(Form):
    message = TextAreaField(_l("Your words"), validators=[Filled(_l("Write a few words.")), AtMost(MAX_TEXT)])
    translation = _translation(MAX_TEXT)
    """Of an answer alone: what the applicant asks is theirs."""
