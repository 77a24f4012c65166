"""What officers fill in to refer a report, and what an agency says of what was referred to it."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField

from portal.reporting.conversations import MAX_TEXT
from portal.reporting.referral_models import ReferralState, ReferralWay
from portal.reporting.referral_records import MAX_NOTE, MAX_REFERENCE, MAX_REPLY, MAX_WHY
from portal.web.forms import AtMost, Filled, Form, MultiCheckboxField, choices

WAYS = {
    ReferralWay.PORTAL.value: _l("In this portal: someone there has an account"),
    ReferralWay.SHEET.value: _l("On a sheet: printed, or a PDF that you send safely"),
    ReferralWay.TELEPHONE.value: _l("By telephone"),
    ReferralWay.THEIR_FORM.value: _l("On their own form"),
}
ACTS = {
    ReferralState.SENT.value: _l("We wrote to them"),
    ReferralState.ACCEPTED.value: _l("They take it"),
    ReferralState.DECLINED.value: _l("They say no"),
    ReferralState.ANSWERED.value: _l("They answer"),
    ReferralState.ENDED.value: _l("They have finished"),
}
OWN_ACTS = {
    ReferralState.SENT.value: _l("An officer wrote to you"),
    ReferralState.ACCEPTED.value: _l("We take it"),
    ReferralState.DECLINED.value: _l("We cannot take it"),
    ReferralState.ANSWERED.value: _l("We answer"),
    ReferralState.ENDED.value: _l("We have finished, and need it no longer"),
}
MAX_HIDDEN = 1_000
MAX_ASK_WHY = 500


class ReferForm(Form):
    """What goes to whom, and how. The texts bear names under which a page that has ended still shows them."""

    agency = SelectField(_l("To which partner?"), validate_choice=False)
    way = RadioField(_l("How does it reach them?"), choices=choices(WAYS), validate_choice=False)
    facts = MultiCheckboxField(_l("Which answers?"), choices=[])
    has_words = BooleanField(_l("Send a copy of the words"))
    narrative = TextAreaField(_l("The copy"), validators=[AtMost(MAX_TEXT)])
    hidden = TextAreaField(_l("Words to black out"), validators=[AtMost(MAX_HIDDEN)])
    files = MultiCheckboxField(_l("Which photos and files?"), choices=[])
    has_contact = BooleanField(_l("Send how to reach the reporter"))
    message = TextAreaField(_l("What do you ask of them?"), validators=[AtMost(MAX_NOTE)])
    written_ask = TextAreaField(_l("Why do you ask again?"), validators=[AtMost(MAX_ASK_WHY)])
    override = SelectField(_l("For which reason of law?"), validate_choice=False)
    why = TextAreaField(_l("Why, in your own words"), validators=[AtMost(MAX_WHY)])
    once = HiddenField()

    @property
    def hidden_words(self) -> list[str]:
        return [line.strip() for line in (self.hidden.data or "").splitlines() if line.strip()]

    def check(self, agencies: Collection[str], ways: Collection[str]) -> bool:
        """Whether all that does not hang on consent is right."""
        is_right = self.validate()
        if self.agency.data not in agencies:
            self.agency.errors = [_("Choose the partner.")]
        if self.way.data not in WAYS:
            self.way.errors = [_("Choose how it reaches them.")]
        elif self.way.data not in ways:
            self.way.errors = [_("Nobody at this partner has an account here. Choose another way.")]
        if self.has_words.data and not self.narrative.data:
            self.narrative.errors = [*self.narrative.errors, _("Write the copy, or untick “Send a copy of the words”.")]
        if not (self.facts.data or self.has_words.data or self.files.data or self.has_contact.data):
            self.facts.errors = [*self.facts.errors, _("Choose at least one thing that they are told.")]
        return is_right and not self.errors

    def check_override(self, reasons: Collection[str]) -> bool:
        """Whether it is said for which reason of law it goes without consent."""
        if self.override.data not in reasons:
            self.override.errors = [_("Choose the reason of law.")]
        if not self.why.data:
            self.why.errors = [*self.why.errors, _("Write why this reason holds here.")]
        return not (self.override.errors or self.why.errors)


class WriteForm(Form):
    """What an officer writes to an agency that has the report here."""

    narrative = TextAreaField(
        _l("Write to this partner"),
        validators=[Filled(_l("Write what you want to say to them.")), AtMost(MAX_REPLY)],
    )
    once = HiddenField()


class AnswerForm(Form):
    """What an agency says; `acts` are those that can be said now."""

    act = RadioField(_l("What do they say?"), choices=choices(ACTS), validate_choice=False)
    reference = StringField(_l("Their number for it"), validators=[AtMost(MAX_REFERENCE)])
    disposition = SelectField(_l("What became of it"))
    message = TextAreaField(_l("What they say, in their words"), validators=[AtMost(MAX_REPLY)])
    once = HiddenField()

    def offer(self, acts: Collection[str], dispositions: dict[str, str], *, is_own: bool) -> AnswerForm:
        """Only what can be said now; in the words of the agency's own page where it is `is_own`."""
        words = OWN_ACTS if is_own else ACTS
        self.act.choices = choices({act: said for act, said in words.items() if act in acts})
        self.disposition.choices = choices({"": _("Not said")} | dispositions)
        if is_own:
            self.act.label.text = _("What do you say?")
            self.reference.label.text = _("Your number for it")
            self.message.label.text = _("Your answer, or why you cannot take it")
        return self

    def check(self, acts: Collection[str]) -> bool:
        is_right = self.validate()
        if self.act.data not in acts:
            self.act.errors = [_("Choose one.")]
        elif self.act.data == ReferralState.DECLINED and not self.message.data:
            self.message.errors = [*self.message.errors, _("Write why it is not taken.")]
        elif self.act.data == ReferralState.ANSWERED and not self.message.data:
            self.message.errors = [*self.message.errors, _("Write the answer.")]
        return is_right and not self.errors


def new_once() -> str:
    return uuid.uuid4().hex
