"""The page that somebody was turned away from at the door: to sign in or to unlock leads on to it.

The door's own address names it, as `to`. So nothing is stored, and two tabs that were turned away do not get in each other's way.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode

from flask import current_app, request
from werkzeug.exceptions import HTTPException

from portal.staff.accounts import Officer

MOST = 500
# Each would only lead to itself, or on to where everybody goes anyway.
DOORS = {"staff.sign_in", "staff.unlock", "staff.start"}


def asked_for() -> str | None:
    """What this request wants to see, for the address of a door; None where that is nothing to come back to."""
    if request.endpoint in DOORS:
        return carried()
    wanted = request.full_path.removesuffix("?")
    return wanted if request.method == "GET" and len(wanted) <= MOST else None


def carried() -> str | None:
    """What this door's own address names, for the address of the next one."""
    return request.args.get("to", "")[: MOST + 1] or None


def address_of(wanted: str | None, someone: Officer) -> str | None:
    """Its address in the language that was chosen at the door; None where it is no staff page that they may open.

    Whatever was written there, it leads nowhere else: only the path of a page counts, and what asks it for something.
    """
    # To match a path forgives what a browser does not: //staff/reports would be another site.
    if not wanted or len(wanted) > MOST or not wanted.startswith("/staff/"):
        return None
    path, _mark, query = wanted.partition("?")
    try:
        endpoint, _values = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return None
    roles = getattr(current_app.view_functions[endpoint], "roles", None)
    if roles is None or endpoint in DOORS or (roles and not someone.may(*roles)):
        return None
    address = f"{request.script_root}{quote(path)}"
    asked = urlencode(parse_qsl(query, keep_blank_values=True))
    return f"{address}?{asked}" if asked else address
