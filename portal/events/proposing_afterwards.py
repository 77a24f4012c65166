"""A group tells how a date of its event went, with the number it was given; an editor looks before others read it."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.db import transaction
from portal.events import afterwards, proposals
from portal.events.afterwards import DidNotTakePlace, NotYet
from portal.events.afterwards_form import ToldForm, told_filled_in
from portal.events.afterwards_shown import DateToTell, dates_to_tell_of
from portal.events.kept_back import for_those_who_ask
from portal.events.proposal_contents import OpenProposal
from portal.events.proposal_door import VISIT, blueprint, closed, damaged
from portal.events.services import ChangedMeanwhile, find_event


@blueprint.route("/yours/afterwards/<day>", methods=["GET", "POST"])
def tell(day: str) -> Response | str:
    """How a date went. What is written waits for an editor; until then the group alone sees it, and can change it."""
    found = proposals.find_visited(session.get(VISIT))
    if found is None:
        return closed()
    if not isinstance(found, OpenProposal):
        return damaged()
    event, words = (find_event(found.event_id) if found.event_id else None) or abort(404)
    line = _date_to_tell(found, day) or abort(404)
    form = ToldForm(data=told_filled_in(line.told or line.stored, words.original.language) | {"seen": line.version})
    form.begin(for_those_who_ask(event))
    is_changed = False
    if request.method == "POST" and "switch" not in request.form and form.validate():
        try:
            with transaction() as db:
                afterwards.tell(db, event.id, line.one.planned_on, form.seen_version, form.told())
            return redirect(url_for(".yours", _anchor="afterwards"), 303)
        except ChangedMeanwhile:
            line, is_changed = _date_to_tell(found, day) or abort(404), True
            form.show_version(line.version)
            form.form_errors.append(
                _("Somebody else saved this date after you opened it. Nothing of yours is stored yet.")
            )
        except (NotYet, DidNotTakePlace):
            return redirect(url_for(".yours"), 303)
    return render_template(
        "events/propose_tell.html",
        form=form,
        line=line,
        is_changed=is_changed,
        words=words.original,
        back_url=url_for(".yours"),
        picker_form="step",
    )


def _date_to_tell(found: OpenProposal, day: str) -> DateToTell | None:
    return next((line for line in dates_to_tell_of(found) if line.one.planned_on.isoformat() == day), None)
