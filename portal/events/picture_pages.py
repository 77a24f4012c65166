"""The file of an event's picture, for everyone who may see the event."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, abort, request

from portal.events import pictures

blueprint = Blueprint("event_pictures", __name__)

JPEG = "image/jpeg"
# Its address changes with the picture. For an hour only, so that one which had to go is soon nowhere.
MAX_AGE = 3600


@blueprint.get("/events/<uuid:event_id>/picture/<uuid:picture_id>")
def picture(event_id: uuid.UUID, picture_id: uuid.UUID) -> Response:
    """Not kept in memory as pages are: pictures are large, and rarely asked for twice by one browser."""
    answer = Response(pictures.public_bytes_of(event_id, picture_id) or abort(404), mimetype=JPEG)
    answer.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    answer.set_etag(picture_id.hex)
    return answer.make_conditional(request)  # type: ignore[return-value]
