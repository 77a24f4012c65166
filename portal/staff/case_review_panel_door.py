"""A case review's panel opened for whoever works on it, or a page that says why not; and one step of it, written down."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import abort, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.case_review import panel_members
from portal.case_review.applicants import find_review
from portal.case_review.panel_access import keys_of_staff
from portal.case_review.panel_labels import OBSTACLES
from portal.case_review.panel_records import OpenPanel, find_panel
from portal.case_review.panel_rules import CannotDo
from portal.case_review.panel_sealing import PanelKeys
from portal.db import transaction
from portal.staff.access import held_keys, officer
from portal.staff.case_review_deciders import WHO, others_who_decide
from portal.staff.case_review_words import nobody_else
from portal.web import errors
from portal.web.forms import Form

PANEL = "/case-reviews/<uuid:review_id>/panel"


@dataclass(frozen=True)
class AtPanel:
    """The panel, and the keys by which it was opened."""

    panel: OpenPanel
    keys: PanelKeys


def open_panel(review_id: uuid.UUID) -> AtPanel:
    """For whoever coordinates it. The same 404 for one that is not there and one that is another team's."""
    turn_away_in_conflict(review_id)
    keys = keys_of_staff(review_id, held_keys()) or abort(404)
    panel = find_panel(review_id, keys) or abort(404)
    if not panel.has_begun:
        abort(404)
    return AtPanel(panel, keys)


def turn_away_in_conflict(review_id: uuid.UUID) -> None:
    """Whoever stepped aside from a case reads nothing of it, whichever team's key they hold."""
    if not panel_members.is_in_conflict(review_id, officer().staff.id):
        return
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.TURNED_AWAY_FROM_PANEL, str(review_id))
    sentences = [_("You are named in it, or near to somebody who is. So its papers are closed to you.")]
    way_on = _("Your panels"), url_for("staff.case_review_panels")
    review = find_review(review_id)
    if review is not None and officer().may(*WHO):
        way_on = _("All case reviews"), url_for("staff.case_reviews")
        if not others_who_decide(review, None, officer().staff.id):
            sentences.append(nobody_else())
    abort(errors.page(403, _("You stepped aside from this case"), " ".join(sentences), ways_on=[way_on]))


def step(review_id: uuid.UUID, form: Form, action: Action, do: Callable[[Session], None]) -> bool:
    """Do it in one transaction and write it down; False, with a sentence on the form, where it cannot be done."""
    try:
        with transaction() as db:
            audit.record(db, officer().staff.name, action, str(review_id))
            do(db)
    except CannotDo as cannot:
        form.form_errors.append(str(OBSTACLES[cannot.obstacle]))
        return False
    return True


def record_look(review_id: uuid.UUID, action: Action = Action.OPENED_PANEL) -> None:
    with transaction() as db:
        audit.record(db, officer().staff.name, action, str(review_id))
