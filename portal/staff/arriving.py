"""Whoever has shown who they are gets a session of their own, and comes to the pages where they work."""

from __future__ import annotations

from flask import abort, redirect, session, url_for
from werkzeug.wrappers import Response

from portal.staff import accounts, way_back
from portal.staff.access import workplaces
from portal.staff.accounts import Officer
from portal.staff.models import Role


def come_in(token: str, wanted: str | None) -> Response:
    """With a new session: one that was there before ends, whoever planted it. `wanted`: as way_back.carried gives it."""
    earlier = session.get("staff")
    if earlier:
        accounts.sign_out(earlier)
    session.clear()
    session["staff"] = token
    return to_work(officer_of(token), wanted)


def officer_of(token: str) -> Officer:
    found = accounts.find_officer(token)
    return found if found is not None else abort(403)


def to_work(someone: Officer, wanted: str | None = None) -> Response:
    """To the page that they wanted, or the first part of the staff pages in which they work; reports want an open key."""
    address = way_back.address_of(wanted, someone)
    if someone.may(Role.OFFICER, Role.SUPERVISOR, Role.PARTNER_AGENCY) and someone.keyring is None:
        return redirect(url_for(".unlock", to=wanted if address else None), 303)
    if address:
        return redirect(address, 303)
    endpoint, _name = next(iter(workplaces(someone)), (".unlock", ""))
    return redirect(url_for(endpoint), 303)
