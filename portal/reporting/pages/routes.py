"""What the residents' pages hang on, and how one page leads to the next."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal.vault.drafts import IDLE
from portal.web import errors

blueprint = Blueprint("reporting", __name__)


def see(address: str) -> Response:
    return redirect(address, 303)


def see_again() -> Response:
    """This same page, in the language it was asked in."""
    return see(f"{request.script_root}{request.full_path}".removesuffix("?"))


def perhaps_sent() -> Response:
    """The receipt page has ended, or Send was pressed in a draft that has: only the person knows which."""
    return errors.page(
        410,
        _("This page is closed"),
        _("If you saw a receipt number, your report is with us: the number opens it. If not, nothing was sent."),
        ways_on=[
            (_("Come back to your report"), url_for(".come_back")),
            (_("Report what happened"), url_for(".start")),
        ],
    )


def closed() -> Response:
    """The visit has ended: its receipt opens the report again."""
    return errors.page(
        410,
        _("Your report has been closed on this device"),
        ngettext(
            "To keep you safe it closes after %(num)s minute. Type your receipt number to open it again.",
            "To keep you safe it closes after %(num)s minutes. Type your receipt number to open it again.",
            IDLE.seconds // 60,
        ),
    )
