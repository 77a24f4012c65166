"""What somebody fills in who asks for a case review: for whom, how to reach them, what happened, and what was not done."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, FormField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError

from portal.db import today
from portal.text import one_line
from portal.vault import receipts
from portal.vault.receipts import NotAReceipt
from portal.web.forms import AtMost, DateForm, Filled, Form, MultiCheckboxField, choices

ME, OTHER = "me", "other"
YES, NO = "yes", "no"
WRITTEN, SPOKEN, BY_LAW = "written", "spoken", "by_law"
WHOM = {ME: _l("For me"), OTHER: _l("For somebody else, who asked me to")}
AGREED = {YES: _l("Yes"), NO: _l("No, or I have not asked them")}
HOW = {
    WRITTEN: _l("They wrote it down and signed it"),
    SPOKEN: _l("They said so to me"),
    BY_LAW: _l("I decide for them by law, for example as their parent"),
}
NEEDS = {
    "interpreter": _l("An interpreter"),
    "sign_language": _l("British Sign Language"),
    "large_print": _l("Large print"),
    "easy_read": _l("Easy Read: short words and pictures"),
    "braille": _l("Braille"),
    "read_aloud": _l("Somebody who reads it to me"),
    "step_free": _l("A place without steps"),
    "supporter": _l("Somebody I trust comes with me"),
}
MAX_NAME, MAX_SAFE, MAX_STORY, MAX_NOT_DONE, MAX_WORDS = 120, 500, 4_000, 2_000, 4_000


class WhoForm(Form):
    for_whom = RadioField(_l("For whom do you ask?"), choices=choices(WHOM))
    victim = StringField(_l("The name of the person it happened to"), validators=[AtMost(MAX_NAME)])
    relation = StringField(
        _l("Who are you to them? For example a friend, a family member or a worker"), validators=[AtMost(MAX_NAME)]
    )
    agreed = RadioField(_l("Do they agree that you ask for them?"), choices=choices(AGREED), validators=[Optional()])
    how = RadioField(_l("How did they agree?"), choices=choices(HOW), validators=[Optional()])

    @property
    def did_not_agree(self) -> bool:
        return self.for_whom.data == OTHER and self.agreed.data == NO

    def validate_for_whom(self, field: RadioField) -> None:
        if field.data not in WHOM:
            raise ValidationError(_("Choose for whom you ask."))

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        if self.for_whom.data != OTHER:
            return is_valid
        for field in (self.victim, self.relation):
            field.data = one_line(field.data)
        wrong = []
        if not self.victim.data:
            wrong.append((self.victim, _("Write the name of the person it happened to.")))
        if self.agreed.data not in AGREED:
            wrong.append((self.agreed, _("Say if they agree.")))
        elif self.did_not_agree:
            wrong.append(
                (self.agreed, _("We cannot take this yet: they have to agree first. Read below what you can do."))
            )
        elif self.how.data not in HOW:
            wrong.append((self.how, _("Say how they agreed.")))
        for field, sentence in wrong:
            field.errors = [*field.errors, sentence]
        return is_valid and not wrong


class ContactForm(Form):
    name = StringField(_l("Your name"), validators=[Filled(_l("Write your name.")), AtMost(MAX_NAME)])
    phone = StringField(_l("Phone number"), validators=[AtMost(60)])
    email = StringField(_l("Email"), validators=[AtMost(200)])
    address = TextAreaField(_l("Postal address"), validators=[AtMost(MAX_SAFE)])
    safe = TextAreaField(_l("How and when is it safe to reach you?"), validators=[AtMost(MAX_SAFE)])
    needs = MultiCheckboxField(_l("What do you need?"), choices=choices(NEEDS))
    needs_more = StringField(_l("Which language, or what else?"), validators=[AtMost(200)])

    def validate_name(self, field: StringField) -> None:
        field.data = one_line(field.data)
        if not field.data:
            raise ValidationError(_("Write your name."))

    def validate_email(self, field: StringField) -> None:
        field.data = one_line(field.data)
        if field.data and ("@" not in field.data.strip("@") or " " in field.data):
            raise ValidationError(_("Write an email address, like name@example.org. Or leave it empty."))


class StoryForm(Form):
    happened = TextAreaField(
        _l("What happens, and what does it do to you?"),
        validators=[Filled(_l("Write what happens, in a few words.")), AtMost(MAX_STORY)],
    )
    not_done = TextAreaField(
        _l("What was done about it? What was not done?"),
        validators=[Filled(_l("Write what was done, or that nothing was.")), AtMost(MAX_NOT_DONE)],
    )


class ShownReceiptForm(Form):
    receipt = StringField(_l("The receipt number of a report you sent here"), validators=[AtMost(100)])
    happened = FormField(DateForm, _l("When did it happen?"))
    agree = BooleanField(_l("I agree: the people who look at my case read this report, and know that it is mine"))

    digits: str = ""

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        try:
            self.digits = receipts.read(self.receipt.data or "")
        except NotAReceipt as wrong:
            sentence = ngettext(
                "You typed %(num)s digit. The receipt number has 16.",
                "You typed %(num)s digits. The receipt number has 16.",
                wrong.typed,
            )
            self.receipt.errors = [*self.receipt.errors, sentence]
        if not self.agree.data:
            self.agree.errors = [*self.agree.errors, _("Tick this box if you agree. Or go on without this report.")]
        day = self.happened.form
        if day.is_filled and (happened := day.check("")) and happened > today():
            day.refuse(_("This day is in the future. Write a day up to today."), today())
        return is_valid and not (self.receipt.errors or self.agree.errors or day.errors or day.form_errors)


class SendForm(Form):
    agree = BooleanField(
        _l("I agree that the police, the council, the health service and landlords read this and work on it together")
    )

    def validate_agree(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError(_("Tick this box if you agree. Without it nobody can look at your case."))


class NumberForm(Form):
    code = StringField(_l("The number of your case review"), validators=[AtMost(100)])

    digits: str = ""

    def validate_code(self, field: StringField) -> None:
        try:
            self.digits = receipts.read(field.data or "")
        except NotAReceipt as wrong:
            raise ValidationError(
                ngettext(
                    "You typed %(num)s digit. The number has 16.",
                    "You typed %(num)s digits. The number has 16.",
                    wrong.typed,
                )
            ) from None


class WriteForm(Form):
    message = TextAreaField(
        _l("Write to us"), validators=[Filled(_l("Write a few words before you press Send.")), AtMost(MAX_WORDS)]
    )
    once = HiddenField()


class AppealForm(Form):
    message = TextAreaField(
        _l("Why should it be looked at again?"),
        validators=[Filled(_l("Write why it should be looked at again.")), AtMost(MAX_WORDS)],
    )
