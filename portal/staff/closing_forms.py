"""What staff fill in to close a report, to look at a closing a second time, and to open a report again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.validators import ValidationError

from portal.languages.i18n import ENGLISH, SPOKEN, Language, name_for_staff
from portal.partnership.file import current_partnership
from portal.partnership.outcomes import Outcome
from portal.reporting.closing import MAX_REASON
from portal.reporting.conversations import MAX_TEXT
from portal.reporting.unfinished import PartnerChoice
from portal.staff.replies import Ready, in_both
from portal.web.forms import AtMost, Filled, Form, choices


def ready_text(outcome: Outcome, language: Language) -> Ready:
    """What is ready for the reporter in this language; where nobody has checked its words the English goes beneath."""
    return in_both(language, outcome.text.get(language.code, ""), outcome.text[ENGLISH])


PARTNER_CHOICES = {
    PartnerChoice.GOES_ON.value: _l("It goes on: they still work on it, and we watch for their answer"),
    PartnerChoice.ENDS.value: _l("It ends: they can no longer open it here, and they read that the report was closed"),
}
NOT_HERE = {PartnerChoice.ENDS.value: _l("It ends: you tell them that the report was closed")}
"""Of a partner that has no account here, or was told another way."""
PART = "part_"


@dataclass(frozen=True)
class OpenPart:
    """A partner that has the report; `is_here` where it reads that in an account of its own."""

    partner: str
    is_here: bool


class ClosingForm(Form):
    """`unread` is how many messages of the reporter wait for an answer; see `closing_form` for what partners have it."""

    outcome = SelectField(_l("How does it end?"), validate_choice=False)
    message = TextAreaField(
        _l("Write to the reporter"),
        validators=[Filled(_l("Write to the reporter what was done.")), AtMost(MAX_TEXT)],
    )
    language = SelectField(
        _l("Language of this message"),
        choices=lambda: choices({code: name_for_staff(code) for code in SPOKEN}),
        default=ENGLISH,
    )
    answered = BooleanField(_l("I have read what the reporter wrote, and my message answers it"))
    why = TextAreaField(_l("Reason, for us only"), validators=[AtMost(MAX_REASON)])
    read = IntegerField()
    tasks = HiddenField()
    once = HiddenField()

    unread = 0

    @property
    def parts(self) -> list[Any]:
        """The questions about each partner's part."""
        return [field for field in self if field.name.startswith(PART)]

    @property
    def partner_choices(self) -> dict[str, str]:
        """What was chosen of each partner's part, by the referral's id."""
        return {field.name.removeprefix(PART): field.data for field in self.parts if field.data in PARTNER_CHOICES}

    @property
    def chosen(self) -> Outcome | None:
        """The outcome, where it is one that can be chosen."""
        outcome = current_partnership().find_outcome(self.outcome.data or "")
        return outcome if outcome and not outcome.retired else None

    def validate_outcome(self, _field: SelectField) -> None:
        if self.chosen is None:
            raise ValidationError(_("Choose how it ends."))

    def validate_message(self, field: TextAreaField) -> None:
        """A ready text is a beginning: what its square brackets hold is written by the officer, or taken out."""
        left = [blank for blank in self._blanks() if blank in (field.data or "")]
        if left:
            raise ValidationError(
                ngettext(
                    "Fill in what stands in square brackets, or take it out: %(blanks)s",
                    "Fill in all that stands in square brackets, or take it out: %(blanks)s",
                    len(left),
                    blanks=" ".join(left),
                )
            )

    def _blanks(self) -> list[str]:
        return sorted({blank for outcome in current_partnership().outcomes for blank in outcome.blanks})

    def validate_answered(self, field: BooleanField) -> None:
        if self.unread and not field.data:
            raise ValidationError(_("Read what the reporter wrote, answer it in your message, and tick this."))

    def validate_why(self, field: TextAreaField) -> None:
        if self.chosen is not None and self.chosen.reason and not field.data:
            raise ValidationError(_("Write why: this outcome needs a reason."))

    def fill(self, outcome: Outcome, language: Language) -> Ready:
        """Put the ready text into the box: in the place of another ready text, else below what is written there."""
        ready = ready_text(outcome, language)
        others = {ready_text(each, language).text for each in current_partnership().outcomes}
        written = self.message.data or ""
        self.message.data = ready.text if written in others else "\n\n".join(filter(None, [written, ready.text]))
        self.language.data = ready.language
        return ready


def closing_form(parts: Mapping[str, OpenPart], partner_choices: Mapping[str, str], **begun: Any) -> ClosingForm:
    """The form of a report that partners have: by the referral's id each partner, and what was chosen before."""
    fields = {
        f"{PART}{referral}": RadioField(
            _("%(partner)s: what happens to their part?", partner=part.partner),
            choices=choices(PARTNER_CHOICES if part.is_here else PARTNER_CHOICES | NOT_HERE),
            default=partner_choices.get(referral),
            validators=[_choose_part],
            validate_choice=False,
        )
        for referral, part in parts.items()
    }
    form: ClosingForm = type("ClosingFormOfPartners", (ClosingForm,), fields)(**begun)
    return form


def _choose_part(_form: Form, field: RadioField) -> None:
    if field.data not in PARTNER_CHOICES:
        raise ValidationError(_("Choose if their part goes on or ends."))


class JokesForm(Form):
    """One reason for all that are closed together."""

    why = TextAreaField(
        _l("Reason, for us only"),
        default=lambda: _("It looks like a joke: nothing in it tells of anyone who needs us."),
        validators=[Filled(_l("Write why you close them.")), AtMost(MAX_REASON)],
    )


class ReopenForm(Form):
    written_why = TextAreaField(
        _l("Why do you open it again?"),
        validators=[Filled(_l("Write why you open it again.")), AtMost(MAX_REASON)],
    )


class SecondLookForm(Form):
    """Agreeing needs no word; sending it back needs a note. `unread`: what the reporter wrote since it was proposed."""

    answered = BooleanField(_l("I have read what the reporter wrote, and the message still fits"))
    why = TextAreaField(_l("What must change?"), validators=[AtMost(MAX_REASON)])
    read = IntegerField()
    tasks = HiddenField()
    once = HiddenField()

    unread = 0
    sends_back = False

    def validate_answered(self, field: BooleanField) -> None:
        if self.unread > 0 and not self.sends_back and not field.data:
            raise ValidationError(_("Read what the reporter has written since, and tick this; or send it back."))

    def validate_why(self, field: TextAreaField) -> None:
        if self.sends_back and not field.data:
            raise ValidationError(_("Write what must change before it can be closed."))


def ids_in(field: Any) -> Collection[str]:
    """The ids that a page carried unseen."""
    return (field.data or "").split()


def number_in(field: Any) -> int:
    """The number that a page carried unseen; none read where it was tampered with."""
    return field.data if isinstance(field.data, int) and field.data >= 0 else 0
