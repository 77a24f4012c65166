"""What staff fill in."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    MultipleFileField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from portal.languages.i18n import ENGLISH, SPOKEN, languages, name_for_staff
from portal.reporting.conversations import MAX_TEXT
from portal.reporting.judgements import MAX_REASON
from portal.reporting.models import Kind, Refusal, RiskBand, Source, State
from portal.staff.passkey_forms import FilledUnlessPasskey
from portal.staff.replies import REPLIES
from portal.web.forms import AtMost, Filled, FilledUnlessFiles, Form, choices

KINDS = {
    Kind.HATE.value: _l("Hate incident"),
    Kind.ASB.value: _l("Anti-social behaviour"),
    Kind.NOT_SURE.value: _l("Not sure"),
    Kind.REQUEST.value: _l("Request: format or interpreter"),
}
STATES = {
    State.HELD.value: _l("Held: look first"),
    State.NEW.value: _l("Not read yet"),
    State.LOOKED_AT.value: _l("Being looked at"),
    State.REFERRED.value: _l("With a partner"),
    State.ACTION.value: _l("Action taken"),
    State.CLOSED.value: _l("Closed"),
    State.WITHDRAWN.value: _l("Reporter took it back"),
}
REFUSALS = {
    Refusal.LEGAL_HOLD.value: _l("A legal hold"),
    Refusal.REFERRED.value: _l("It was referred already"),
    Refusal.AT_RISK.value: _l("Someone is at risk"),
}
TOLD = {
    Source.PHONE.value: _l("By telephone"),
    Source.IN_PERSON.value: _l("In person"),
}
BANDS = {
    RiskBand.STANDARD.value: _l("Standard"),
    RiskBand.MEDIUM.value: _l("Medium"),
    RiskBand.HIGH.value: _l("High"),
}
RECKONED = {
    RiskBand.STANDARD.value: _l("Risk questions: standard"),
    RiskBand.MEDIUM.value: _l("Risk questions: medium"),
    RiskBand.HIGH.value: _l("Risk questions: high"),
}
JUDGED = {
    RiskBand.STANDARD.value: _l("Judged: standard"),
    RiskBand.MEDIUM.value: _l("Judged: medium"),
    RiskBand.HIGH.value: _l("Judged: high"),
}


# What nobody sets by hand: the reporter would be told that no officer has read it, or takes it back themselves; referring it
# and closing it have pages of their own.
NOT_CHOSEN = {
    State.HELD.value,
    State.NEW.value,
    State.REFERRED.value,
    State.CLOSED.value,
    State.WITHDRAWN.value,
}


class SignInForm(Form):
    name = StringField(_l("Sign-in name"), validators=[Filled(_l("Write your sign-in name.")), AtMost(100)])
    password = PasswordField(_l("Password"), validators=[Filled(_l("Write your password.")), AtMost(1000)])
    code = StringField(
        _l("Code from your authenticator app"),
        validators=[FilledUnlessPasskey(_l("Write the 6 digits that the app shows.")), AtMost(60)],
    )
    number, answer = HiddenField(), HiddenField()


class UnlockForm(Form):
    passphrase = PasswordField(
        _l("Vault passphrase"), validators=[Filled(_l("Write your vault passphrase.")), AtMost(1000)]
    )


def _spoken() -> list[SelectChoice]:
    return choices({code: name_for_staff(code) for code in SPOKEN})


class ReplyForm(Form):
    ready = SelectField(
        _l("Ready-made reply"),
        choices=choices({"": _l("Choose a reply")} | {code: reply.title for code, reply in REPLIES.items()}),
        default="",
    )
    message = TextAreaField(
        _l("Write to the reporter"),
        validators=[FilledUnlessFiles(_l("Write a few words before you press Send.")), AtMost(MAX_TEXT)],
    )
    language = SelectField(_l("Language of this message"), choices=_spoken, default=ENGLISH)
    files = MultipleFileField(_l("Photos, recordings or PDFs"))
    waits = BooleanField(_l("We wait for their answer"))
    formats_told = BooleanField(_l("What they asked for is ready, or this says when it will be"))
    has_files = False
    once = HiddenField()


class TranslationForm(Form):
    language = SelectField(_l("Into which language?"), choices=_spoken, default=ENGLISH)
    translation = TextAreaField(
        _l("Translation"), validators=[Filled(_l("Write the translation before you press Save.")), AtMost(MAX_TEXT)]
    )
    once = HiddenField()


class StateForm(Form):
    state = SelectField(
        _l("State"), choices=choices({state: words for state, words in STATES.items() if state not in NOT_CHOSEN})
    )

    def offer(self, now: State) -> StateForm:
        """A report that is with a partner can be left so."""
        if now is State.REFERRED:
            self.state.choices = [SelectChoice(now.value, STATES[now.value]), *self.state.choices]
        return self


class RefusalForm(Form):
    reason = SelectField(_l("Reason"), choices=choices({"": _l("Choose a reason")} | REFUSALS))

    def validate_reason(self, field: SelectField) -> None:
        if not field.data:
            raise ValidationError(_("Choose a reason."))


class TakingForm(Form):
    """For whom a report is written down: how they tell it, and in which language the questions are read to them."""

    told = RadioField(_l("How do they tell you?"), choices=choices(TOLD))
    language = RadioField(_l("In which language do you read the questions to them?"))

    def __init__(self) -> None:
        super().__init__()
        self.language.choices = choices({one.code: one.name for one in languages()})


def source_in_words(source: Source, taken: Mapping[str, str] | None) -> str:
    """How a report came, where its reporter did not write it; `taken` is under the seal, so another team has None."""
    told, centre = (taken["source"], taken["centre"]) if taken else ("", "")
    match source:
        case Source.WEB:
            return ""
        case Source.PHONE:
            return _("Taken by telephone")
        case Source.IN_PERSON:
            return _("Taken in person")
        case Source.CENTRE if not centre:
            return _("Taken by a reporting centre")
        case Source.CENTRE if told == Source.PHONE:
            return _("Taken by %(centre)s, by telephone", centre=centre)
        case Source.CENTRE:
            return _("Taken by %(centre)s", centre=centre)


class JudgementForm(Form):
    """Nothing is chosen beforehand: the officer judges, not the points."""

    band = SelectField(_l("Your judgement"), choices=choices({"": _l("Choose")} | BANDS))
    why = TextAreaField(_l("Why?"), validators=[AtMost(MAX_REASON)])
    once = HiddenField()

    reckoned: str = ""

    def validate_band(self, field: SelectField) -> None:
        if not field.data:
            raise ValidationError(_("Choose standard, medium or high."))

    def validate_why(self, field: TextAreaField) -> None:
        if self.band.data and self.band.data != self.reckoned and not field.data:
            raise ValidationError(_("Write why you judge it differently from the risk questions."))
