"""What staff fill in."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, MultipleFileField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.forms import AtMost, Filled, FilledUnlessFiles, Form, choices
from portal.reporting.conversations import TEXT_LIMIT
from portal.reporting.models import Kind, Refusal, State

KINDS = {
    Kind.HATE.value: _l("Hate incident"),
    Kind.ASB.value: _l("Anti-social behaviour"),
    Kind.NOT_SURE.value: _l("Not sure"),
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


# What nobody sets by hand: the reporter would be told that no officer has read it, or takes it back themselves.
NOT_CHOSEN = {State.HELD.value, State.NEW.value, State.WITHDRAWN.value}


class SignInForm(Form):
    name = StringField(_l("Sign-in name"), validators=[Filled(_l("Write your sign-in name.")), AtMost(100)])
    password = PasswordField(_l("Password"), validators=[Filled(_l("Write your password.")), AtMost(1000)])
    code = StringField(
        _l("Code from your authenticator app"),
        validators=[Filled(_l("Write the 6 digits that the app shows.")), AtMost(20)],
    )


class UnlockForm(Form):
    passphrase = PasswordField(
        _l("Vault passphrase"), validators=[Filled(_l("Write your vault passphrase.")), AtMost(1000)]
    )


class ReplyForm(Form):
    message = TextAreaField(
        _l("Write to the reporter"),
        validators=[FilledUnlessFiles(_l("Write a few words before you press Send.")), AtMost(TEXT_LIMIT)],
    )
    files = MultipleFileField(_l("Photos, recordings or PDFs"))
    has_files = False
    once = HiddenField()


class StateForm(Form):
    state = SelectField(
        _l("State"), choices=choices({state: words for state, words in STATES.items() if state not in NOT_CHOSEN})
    )


class RefusalForm(Form):
    reason = SelectField(_l("Reason"), choices=choices({"": _l("Choose a reason")} | REFUSALS))

    def validate_reason(self, field: SelectField) -> None:
        if not field.data:
            raise ValidationError(_("Choose a reason."))
