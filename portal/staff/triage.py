"""The officers' list: what waits, most urgent first, with no free text on it."""

from __future__ import annotations

import uuid

from flask import redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.staff import saved_views
from portal.staff.access import blueprint, officer, only
from portal.staff.models import Role
from portal.staff.queue_list import address_of, show_list, wanted_in
from portal.staff.saved_views import MAX_NAME, TooMany
from portal.text import one_line


@blueprint.get("/reports", endpoint="reports")
@only(Role.OFFICER, unlocked=True)
def reports() -> str:
    """One page of the list; it opens what was ticked in the reports that wait, so it is written down."""
    return show_list(request.args)


@blueprint.post("/saved-views", endpoint="save_view")
@only(Role.OFFICER, unlocked=True)
def save_view() -> Response | str:
    """Name the view that is shown, to open it again."""
    name = one_line(request.form.get("name"))
    wanted, _choices = wanted_in(request.form)
    if not name or len(name) > MAX_NAME:
        wrong = _("Write a name for this list, of a few words at most.")
        return show_list(request.form, view_error=wrong, view_name=name)
    try:
        saved_views.save_view(officer().staff.id, name, wanted.without().as_address())
    except TooMany:
        wrong = _("You have as many saved lists as there can be. Delete one first.")
        return show_list(request.form, view_error=wrong, view_name=name)
    return redirect(address_of(wanted), 303)


@blueprint.post("/saved-views/<uuid:view_id>", endpoint="delete_view")
@only(Role.OFFICER, unlocked=True)
def delete_view(view_id: uuid.UUID) -> Response:
    saved_views.drop_view(officer().staff.id, view_id)
    wanted, _choices = wanted_in(request.form)
    return redirect(address_of(wanted), 303)


@blueprint.get("/search", endpoint="back_to_list")
@blueprint.get("/ticked", endpoint="back_to_list")
@blueprint.get("/assign", endpoint="back_to_list")
@blueprint.get("/close-jokes", endpoint="back_to_list")
@blueprint.get("/saved-views", endpoint="back_to_list")
@only(Role.OFFICER, unlocked=True)
def back_to_list() -> Response:
    """Of the pages that only a form opens: in large print, or by their bare address, the list is shown."""
    return redirect(url_for(".reports"), 303)
