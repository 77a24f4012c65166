"""A sheet for the end of an event, A5: whoever scans its square tells how it was."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, render_template
from flask_babel import force_locale, ngettext

from portal.events import feedback, listing
from portal.events.listing import ShownEvent
from portal.events.routes import blueprint, public_address
from portal.languages.i18n import Language, current_language, languages
from portal.surveys.waves import OpenSurvey
from portal.web.caching import public
from portal.web.squares import drawn

# Of an event that comes again, so many further dates have their sheets beside.
MOST_OTHERS = 12


@blueprint.get("/events/<uuid:event_id>/feedback")
@public
def feedback_sheet(event_id: uuid.UUID) -> str:
    """Of the date that is on or comes next; of what is over, of the last."""
    return _sheet(listing.find_public_event(event_id, current_language().code))


@blueprint.get("/events/<uuid:event_id>/<day>/feedback")
@public
def feedback_sheet_of_date(event_id: uuid.UUID, day: str) -> str:
    return _sheet(listing.find_public_date(event_id, day, current_language().code))


def _sheet(shown: ShownEvent | None) -> str:
    survey = feedback.open_feedback()
    if shown is None or survey is None or not feedback.has_sheet(shown):
        abort(404)
    address = public_address(
        "surveys.start", code=survey.code, at=feedback.code_of(shown.event.id, shown.next.planned_on)
    )
    return render_template(
        "events/feedback_sheet.html",
        shown=shown,
        event=shown.event,
        words=shown.words,
        others=[one for one in shown.coming if not one.is_cancelled and one is not shown.next][:MOST_OTHERS],
        texts=[_text_in(one, survey) for one in languages()],
        address=address,
        typed=public_address("surveys.start", code=survey.code),
        square=drawn(address),
    )


def _text_in(language: Language, survey: OpenSurvey) -> dict[str, Any]:
    """What the sheet says in one language: whoever came together may read different ones."""
    questionnaire = survey.instrument.questionnaire
    with force_locale(language.locale):
        return {
            "language": language,
            "title": questionnaire.title.in_(language.code),
            "asks": ngettext(
                "Scan the square with your phone. It takes %(num)s minute. We do not ask your name.",
                "Scan the square with your phone. It takes %(num)s minutes. We do not ask your name.",
                questionnaire.minutes,
            ),
        }
