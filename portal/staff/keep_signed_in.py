"""The warning before someone at work is signed out, with "Keep going"; only pressing it counts as work."""

from __future__ import annotations

from flask import request, session, url_for

from portal.staff.access import blueprint
from portal.staff.accounts import find_officer, session_end
from portal.web import keep_open
from portal.web.keep_open import Framed
from portal.web.security import framed_by_own_pages


@blueprint.route("/keep-open", methods=["GET", "POST"])
@framed_by_own_pages
def keep_signed_in() -> str:
    """How long the session lives still. Not behind the door: passing it is work, and would keep the session for ever."""
    token = session.get("staff")
    is_pressed = request.method == "POST"
    if is_pressed:
        find_officer(token)
    return keep_open.show(session_end(token), is_pressed=is_pressed, is_work=True)


@blueprint.app_template_global("keep_signed_in")
def hold() -> Framed | None:
    """The frame for a staff page."""
    return keep_open.hold(url_for("staff.keep_signed_in"), session_end(session.get("staff")))
