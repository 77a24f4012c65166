"""What somebody who sits on a panel sees: the panels that are theirs, and the papers of each; of any other case nothing."""

from __future__ import annotations

import uuid

from flask import abort, render_template, url_for
from flask_babel import gettext as _

from portal.audit import Action
from portal.case_review import panel_members, panel_minutes, panel_recommendations
from portal.case_review.panel_labels import ATTENDANCE, PROGRESS, body_in_words
from portal.case_review.panel_records import find_panel
from portal.case_review.panel_sealing import PanelKeys
from portal.case_review.panel_statements import statements_of
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.case_review_panel_door import record_look, turn_away_in_conflict
from portal.staff.colleagues import names_of
from portal.staff.models import Role
from portal.web import errors


@blueprint.get("/case-review-panels", endpoint="case_review_panels")
@only(Role.OFFICER, Role.SUPERVISOR, Role.PARTNER_AGENCY, unlocked=True)
def own_panels() -> str:
    """The next meeting first. Whoever stepped aside is told so, and nothing of the case."""
    return render_template("staff/case_review_panels.html", seats=panel_members.seats_of_account(officer().staff.id))


@blueprint.get("/case-reviews/<uuid:review_id>/panel/papers", endpoint="case_review_papers")
@only(Role.OFFICER, Role.SUPERVISOR, Role.PARTNER_AGENCY, unlocked=True)
def papers(review_id: uuid.UUID) -> str:
    """The meeting, what the applicant wants the panel to know, what is recommended; opened by the member's own key."""
    turn_away_in_conflict(review_id)
    keys = _keys(review_id)
    record_look(review_id, Action.OPENED_PANEL_PAPERS)
    members = panel_members.members_of(review_id, keys)
    return render_template(
        "staff/case_review_papers.html",
        panel=find_panel(review_id, keys) or abort(404),
        members=[one for one in members if one.sits],
        names=names_of(one.staff_id for one in members if one.staff_id),
        statements=statements_of(review_id, keys),
        recommendations=panel_recommendations.recommendations_of(review_id, keys),
        minutes=panel_minutes.minutes_of(review_id, keys),
        attendance_words=ATTENDANCE,
        progress_words=PROGRESS,
        body_in_words=body_in_words,
    )


def _keys(review_id: uuid.UUID) -> PanelKeys:
    """The same 404 for a panel that is not there and one on which they do not sit."""
    seat = panel_members.seat_of(review_id, officer().staff.id) or abort(404)
    keys = panel_members.keys_of_member(review_id, officer().staff.id, held_keys())
    if keys is None:
        sentence = (
            _("Your key was changed since you got them. Ask whoever runs the panel to give you the papers again.")
            if seat.sealed_keys is not None
            else _("The panel has done its work: its minutes are agreed. Ask whoever runs it if you need something.")
        )
        abort(
            errors.page(
                403,
                _("The papers are closed"),
                sentence,
                ways_on=[(_("Your panels"), url_for(".case_review_panels"))],
            )
        )
    return keys
