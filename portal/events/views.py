"""One page for each event, and what every page may say of one."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, render_template
from flask.sansio.blueprints import BlueprintSetupState
from sqlalchemy.exc import SQLAlchemyError

from portal.events import facts, listing
from portal.events.recurrence_words import comes_again
from portal.events.routes import blueprint, true_until_something_ends
from portal.events.times import clock, local
from portal.languages.i18n import current_language, day_and_year, direction, own_name, weekday_name
from portal.text import unmarked
from portal.web.caching import public


@blueprint.app_context_processor
def whats_on() -> dict[str, Any]:
    """For the door on the home page, which knows no feature."""
    return {"has_upcoming_events": _has_upcoming_events}


def _has_upcoming_events() -> bool:
    try:
        true_until_something_ends()
        return listing.has_upcoming_events()
    except SQLAlchemyError:
        return False  # the home page also says how to get help: it is shown whatever else is away


@blueprint.app_context_processor
def about_languages() -> dict[str, Any]:
    return {"own_name": own_name, "written_in": facts.written_in, "direction_of": direction}


@blueprint.record_once
def add_filters(state: BlueprintSetupState) -> None:
    state.app.jinja_env.filters |= {
        "clock": clock,
        "local_day": lambda moment: local(moment).date(),
        "event_day": day_and_year,
        "weekday_name": weekday_name,
        "unmarked": unmarked,
        "comes_again": comes_again,
    }


@blueprint.get("/events/<uuid:event_id>")
@public
def event(event_id: uuid.UUID) -> str:
    shown = listing.find_public_event(event_id, current_language().code) or abort(404)
    return render_template("events/event.html", is_preview=False, **facts.about(shown))
