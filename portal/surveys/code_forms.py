"""The codes that people type: that of an invitation's card, and that to saved answers."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import StringField
from wtforms.validators import ValidationError

from portal.surveys import invitations, saving
from portal.web.digits import read_digits
from portal.web.forms import AtMost, Form


class InvitationForm(Form):
    invitation = StringField(_l("The code on your card"), validators=[AtMost(100)])

    def validate_invitation(self, field: StringField) -> None:
        if field.errors:
            return
        if not field.data:
            raise ValidationError(_("Type the code on your card."))
        try:
            invitations.read(field.data)
        except invitations.NotACode as problem:
            raise ValidationError(
                ngettext(
                    "The code on the card has 9 letters and digits. You typed %(num)s.",
                    "The code on the card has 9 letters and digits. You typed %(num)s.",
                    problem.typed,
                )
            ) from None


class SavedCodeForm(Form):
    code = StringField(_l("Your code"), validators=[AtMost(100)])

    digits: str = ""

    def validate_code(self, field: StringField) -> None:
        self.digits = read_digits(
            field,
            _l("Type the 12 digits only, without letters."),
            lambda typed: ngettext(
                "You typed %(num)s digit. The code has 12.", "You typed %(num)s digits. The code has 12.", typed
            ),
            saving.DIGITS,
        )
