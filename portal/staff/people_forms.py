"""What an administrator fills in about accounts, and everyone about their own."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, SelectMultipleField, StringField
from wtforms.validators import ValidationError

from portal.reporting.nudges import usable_address
from portal.staff.passkey_forms import FilledUnlessPasskey
from portal.staff.passwords import Weak, weakness
from portal.web.forms import AtMost, Filled, Form

CODE = _l("Code from your authenticator app")


class RenameForm(Form):
    display_name = StringField(_l("Name that colleagues see"), validators=[Filled(_l("Write a name.")), AtMost(80)])


class RolesForm(Form):
    roles = SelectMultipleField(
        _l("What they work on"), validators=[Filled(_l("Choose at least one kind of work."))], choices=[]
    )


class MailForm(Form):
    """Where a link is sent besides being shown."""

    mail = StringField(_l("Email address to send the link to (optional)"), validators=[AtMost(254)])

    def validate_mail(self, field: StringField) -> None:
        if field.data and usable_address(field.data) is None:
            raise ValidationError(_("Write one email address, like name@example.com."))

    def address(self) -> str:
        """The one that was written, or nothing."""
        return usable_address(self.mail.data or "") or ""


class InviteForm(RenameForm, RolesForm, MailForm):
    name = StringField(_l("Sign-in name"), validators=[Filled(_l("Write a sign-in name.")), AtMost(40)])
    teams = SelectMultipleField(_l("Teams whose key they need"), choices=[])


class NewPassword(Form):
    """`names`: what a password must not be made of."""

    password = PasswordField(_l("New password"))
    names: tuple[str, ...] = ()

    def validate_password(self, field: PasswordField) -> None:
        match weakness(field.data or "", self.names):
            case Weak.SHORT:
                raise ValidationError(_("Use at least 12 characters. Four words are good."))
            case Weak.LONG:
                raise ValidationError(_("Use at most 200 characters."))
            case Weak.COMMON:
                raise ValidationError(_("Many people use a password like this. Choose another one."))
            case Weak.NAMES:
                raise ValidationError(_("Do not build it from your name or ours. Choose another one."))


class JoinForm(NewPassword):
    passphrase = PasswordField(_l("Vault passphrase"))
    code = StringField(CODE, validators=[Filled(_l("Write the 6 digits that the app shows.")), AtMost(60)])
    wants_passphrase = True

    def validate_passphrase(self, field: PasswordField) -> None:
        if self.wants_passphrase and weakness(field.data or "", self.names):
            raise ValidationError(_("Use at least 12 characters, and no common words alone."))


class ProofForm(Form):
    """Who sits there is the person whose account it is."""

    current = PasswordField(_l("Your password now"), validators=[Filled(_l("Write your password.")), AtMost(1000)])
    code = StringField(CODE, validators=[FilledUnlessPasskey(_l("Write the 6 digits that the app shows.")), AtMost(60)])
    number, answer = HiddenField(), HiddenField()


class AddPasskeyForm(ProofForm):
    name = StringField(
        _l("What do you call this passkey?"), validators=[Filled(_l("Write a name for this passkey.")), AtMost(60)]
    )


class ChangePasswordForm(ProofForm, NewPassword):
    pass


class ChangeAuthenticatorForm(ProofForm):
    new_code = StringField(
        _l("Code from the new app"), validators=[Filled(_l("Write the 6 digits that the app shows.")), AtMost(20)]
    )


class ChangePassphraseForm(ProofForm):
    old_passphrase = PasswordField(_l("Your vault passphrase now"), validators=[AtMost(1000)])
    passphrase = PasswordField(_l("New vault passphrase"))
    names: tuple[str, ...] = ()

    def validate_passphrase(self, field: PasswordField) -> None:
        if weakness(field.data or "", self.names):
            raise ValidationError(_("Use at least 12 characters, and no common words alone."))
