"""A group looks how the reading of its own calendar goes, by the number that an editor gave it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal.events import proposals, sources
from portal.events.proposal_models import ProposalState
from portal.events.source_words import RHYTHMS, skipped_in_words, trouble_of
from portal.vault.drafts import IDLE
from portal.web import errors

blueprint = Blueprint("group_calendar", __name__, url_prefix="/events/your-calendar")

STATES = {
    ProposalState.WAITING: (_l("We are looking at it"), "looking"),
    ProposalState.ASKED: (_l("We asked you something"), "new"),
    ProposalState.ACCEPTED: (_l("Accepted"), "done"),
    ProposalState.DECLINED: (_l("Not accepted"), "closed"),
    ProposalState.CALLED_OFF: (_l("You called it off"), "looking"),
    ProposalState.WITHDRAWN: (_l("You took it back"), "closed"),
}


@blueprint.get("")
def yours() -> Response | str:
    """When it was read, what went wrong, and what became of each event."""
    found = sources.find_visited(session.get(sources.VISIT))
    if found is None:
        return errors.page(
            410,
            _("Type your number to see your calendar"),
            ngettext(
                "It closes after %(num)s minute. Type your number to open it again.",
                "It closes after %(num)s minutes. Type your number to open it again.",
                IDLE.seconds // 60,
            ),
            ways_on=[(_("Type my number"), url_for("proposals.back"))],
        )
    return render_template(
        "events/your_calendar.html",
        source=found,
        trouble=trouble_of(found),
        rhythm=RHYTHMS[found.settings.rhythm],
        skipped=skipped_in_words(found.skipped),
        entries=[(one, *STATES[one.proposal.state]) for one in sources.entries_of(found.id)],
        back_url=None,
    )


@blueprint.post("/close")
def close() -> Response:
    """Somebody else may use this device."""
    if token := session.pop(sources.VISIT, None):
        proposals.end_visit(token)
    return redirect(url_for("events.calendar"), 303)
