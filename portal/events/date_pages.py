"""The page of one date of an event that comes again, and its file for people's own calendars."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, abort, render_template

from portal.events import facts, listing
from portal.events.calendars import as_calendar
from portal.events.listing import ShownEvent
from portal.events.routes import true_until_something_ends
from portal.languages.i18n import current_language
from portal.web.caching import public

blueprint = Blueprint("event_dates", __name__)
blueprint.before_request(true_until_something_ends)


def _find(event_id: uuid.UUID, day: str) -> ShownEvent:
    return listing.find_public_date(event_id, day, current_language().code) or abort(404)


@blueprint.get("/events/<uuid:event_id>/<day>")
@public
def date(event_id: uuid.UUID, day: str) -> str:
    return render_template("events/event.html", is_preview=False, **facts.about(_find(event_id, day)))


@blueprint.get("/events/<uuid:event_id>/<day>.ics")
@public
def date_feed(event_id: uuid.UUID, day: str) -> Response:
    shown = _find(event_id, day)
    return as_calendar([shown], shown.words.title, f"event-{day}.ics")
