"""Calendar editors put a picture beside an event, say what is on it, and take it away."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response as FileResponse
from flask import abort, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.events import pictures, services
from portal.events.kept_back import for_those_who_ask
from portal.events.models import EventState
from portal.events.picture_form import take
from portal.events.pictures import NoPicture
from portal.events.services import IsCancelled
from portal.files.public_pictures import ACCEPT
from portal.staff.access import blueprint, officer, only
from portal.staff.event_forms import CANCELLED_MEANWHILE
from portal.staff.models import Role
from portal.staff.picture_forms import EventPictureForm, picture_form
from portal.web.security import chosen_files, file_sender, takes_files

PICTURE = "/events/<uuid:event_id>/picture"


def _to(event_id: uuid.UUID) -> Response:
    return redirect(url_for(".event", event_id=event_id), 303)


def _record(db: Any, action: Action, event_id: uuid.UUID) -> None:
    audit.record(db, officer().staff.name, action, str(event_id))


@blueprint.route(PICTURE, methods=["GET", "POST"], endpoint="event_picture")
@takes_files("staff")
@only(Role.CALENDAR_EDITOR)
def event_picture(event_id: uuid.UUID) -> Response | str:
    """Another picture takes the place of the one that is there; without one, what is said of it is changed."""
    found, words = services.find_event(event_id) or abort(404)
    before = pictures.find_picture(event_id)
    form = picture_form((one.language for one in words.newest), before.said if before else {})
    if form.validate_on_submit() and form.keeps_back(for_those_who_ask(found)):
        try:
            if _is_stored(form, event_id, has_picture=before is not None):
                return _to(event_id)
        except IsCancelled:
            form.form_errors.append(str(CANCELLED_MEANWHILE))
        except NoPicture:
            form.picture.errors = [_("Choose one picture.")]
    elif found.state is EventState.CANCELLED and not form.is_submitted():
        return _to(event_id)
    return render_template(
        "staff/event_picture.html",
        form=form,
        event=found,
        words=words,
        picture=before,
        accept=ACCEPT,
        hint=_("JPEG, PNG or WebP, up to 10 MB. We make it smaller and take hidden details out."),
    )


def _is_stored(form: EventPictureForm, event_id: uuid.UUID, *, has_picture: bool) -> bool:
    """Raises IsCancelled, NoPicture."""
    chosen = chosen_files("picture")
    if has_picture and not chosen:
        with transaction() as db:
            if pictures.describe_picture(db, event_id, form.said):
                _record(db, Action.CHANGED_PICTURE, event_id)
        return True
    made = take(form.picture, chosen, file_sender())
    if made is None:
        return False
    with transaction() as db:
        pictures.set_picture(db, event_id, made, form.said, officer().staff.name)
        _record(db, Action.CHANGED_PICTURE, event_id)
    return True


@blueprint.get(f"{PICTURE}/file", endpoint="event_picture_file")
@only(Role.CALENDAR_EDITOR)
def event_picture_file(event_id: uuid.UUID) -> FileResponse:
    """Also of a draft."""
    return FileResponse(pictures.bytes_of(event_id) or abort(404), mimetype="image/jpeg")


@blueprint.post(f"{PICTURE}/remove", endpoint="remove_event_picture")
@only(Role.CALENDAR_EDITOR)
def remove_event_picture(event_id: uuid.UUID) -> Response:
    if services.find_event(event_id) is None:
        abort(404)
    with transaction() as db:
        if pictures.delete_picture(db, event_id):
            _record(db, Action.DELETED_PICTURE, event_id)
    return _to(event_id)
