"""Where groups come back to what they proposed, and what they read where that cannot be opened."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal.vault.drafts import IDLE
from portal.web import errors

blueprint = Blueprint("proposals", __name__, url_prefix="/events/propose")

# In the cookie: the visit that a number opened.
VISIT = "proposal"


def closed() -> Response:
    return errors.page(
        410,
        _("Your event has been closed on this device"),
        ngettext(
            "It closes after %(num)s minute. Type your number to open it again.",
            "It closes after %(num)s minutes. Type your number to open it again.",
            IDLE.seconds // 60,
        ),
        ways_on=[(_("Type my number"), url_for(".back"))],
    )


def damaged() -> Response:
    return errors.page(
        410,
        _("We cannot open your event"),
        _("What we stored of it is damaged. We are sorry. Tell us about your event again."),
        ways_on=[(_("Tell us about your event"), url_for(".propose"))],
    )
