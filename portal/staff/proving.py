"""Before something of an account changes, whoever sits there shows once more who they are."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.staff import own_account, passkeys
from portal.staff.access import officer
from portal.web.forms import Form


def proven(form: Form) -> bool:
    """By the password and a second factor in this form; else the form says so. Raises TooManyTries."""
    instead = passkeys.in_place_of_code(form.number.data, form.answer.data)
    if own_account.is_theirs(officer().staff.id, form.current.data, form.code.data or "", instead):
        return True
    form.form_errors.append(
        _("The password or the passkey is not right.")
        if instead
        else _("The password or the code is not right. A code works once: wait for the next.")
    )
    return False
