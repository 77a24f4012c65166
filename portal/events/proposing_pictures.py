"""A group shows the editors a picture for its event; it becomes public when an editor accepts it."""

from __future__ import annotations

from contextlib import suppress

from flask import Response as FlaskResponse
from flask import abort, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import limits
from portal.db import transaction
from portal.events import proposal_pictures, proposals
from portal.events.kept_back import kept_back_of
from portal.events.picture_form import PictureForm, keeps_back, take
from portal.events.proposal_contents import OpenProposal
from portal.events.proposal_door import VISIT, blueprint, closed, damaged
from portal.events.proposal_pictures import ProposedPicture
from portal.events.proposals import IsDecided
from portal.files.public_pictures import ACCEPT
from portal.web.security import chosen_files, file_sender, takes_files

MAX_PICTURES_PER_HOUR = 20


@blueprint.route("/yours/picture", methods=["GET", "POST"])
@takes_files(VISIT)
def picture() -> Response | str:
    """One picture, and in words what is on it."""
    found = proposals.find_visited(session.get(VISIT))
    if found is None:
        return closed()
    if not isinstance(found, OpenProposal):
        return damaged()
    if not found.is_open_to_group:
        return redirect(url_for(".yours"), 303)
    form = PictureForm()
    if request.method == "POST" and "switch" not in request.form and form.validate() and _is_taken(form, found):
        return redirect(url_for(".yours"), 303)
    return render_template(
        "events/propose_picture.html",
        form=form,
        accept=ACCEPT,
        language_of_event=found.content.written.language,
        has_picture=proposal_pictures.has_picture(found.id),
        proposal=found,
        back_url=url_for(".yours"),
        picker_form="step",
    )


def _is_taken(form: PictureForm, found: OpenProposal) -> bool:
    """Whether there is nothing more to say about it: it waits for an editor, or the event was decided on meanwhile."""
    if not keeps_back(form.said, kept_back_of(found.content.facts)):
        return False
    if limits.count_visit("event_picture") > MAX_PICTURES_PER_HOUR:
        form.picture.errors = [_("Many pictures came from your network in this hour. Try again later.")]
        return False
    made = take(form.picture, chosen_files("picture"), file_sender())
    if made is None:
        return False
    with suppress(IsDecided), transaction() as db:
        proposed = ProposedPicture(made, form.said.data, found.content.written.language)
        proposal_pictures.propose_picture(db, found.id, proposed)
    return True


@blueprint.get("/yours/picture/file")
def picture_file() -> Response:
    """As it would be shown, for the group itself."""
    found = proposals.find_visited(session.get(VISIT))
    if found is None:
        return closed()
    proposed = proposal_pictures.find_proposed(found.id) or abort(404)
    return FlaskResponse(proposed.picture.jpeg, mimetype="image/jpeg")


@blueprint.post("/yours/picture/remove")
def remove_picture() -> Response:
    found = proposals.find_visited(session.get(VISIT))
    if found is None:
        return closed()
    with suppress(IsDecided), transaction() as db:
        proposal_pictures.withdraw_picture(db, found.id)
    return redirect(url_for(".yours"), 303)
