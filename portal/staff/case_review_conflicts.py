"""Whoever is named in a case review steps aside from it, before there is a panel as after; and it can have been a mistake."""

from __future__ import annotations

import uuid

from flask import url_for
from werkzeug.wrappers import Response

from portal.audit import Action
from portal.case_review import deciding, panel_members, panel_sealing
from portal.staff.access import blueprint, officer, only
from portal.staff.case_review_deciders import WHO
from portal.staff.case_review_forms import BackForm
from portal.staff.case_review_page import aside_form, open_review, step
from portal.staff.case_review_panel_accounts import agency_of, panel_accounts

REVIEW = "/case-reviews/<uuid:review_id>"


@blueprint.post(f"{REVIEW}/aside", endpoint="step_aside")
@only(*WHO, unlocked=True)
def step_aside(review_id: uuid.UUID) -> Response | str:
    """Themselves, or a colleague; from then on the case is closed to that account."""
    found, form = open_review(review_id), aside_form(review_id, is_sent=True)
    by, own = officer().display_name, officer().staff.id
    keys = panel_sealing.of_staff(review_id, found.keys.own, found.keys.talk)
    is_own = form.aside.data == own.hex
    accounts = panel_accounts()
    return step(
        found,
        form,
        Action.RECORDED_CONFLICT,
        "aside",
        lambda db: panel_members.keep_out(
            db,
            review_id,
            keys,
            form.staff_id,
            name=accounts[form.staff_id].name,
            agency=agency_of(accounts[form.staff_id]),
            why=form.written_aside.data,
            by=by,
        ),
        url_for(".case_reviews") if is_own else "",
    )


@blueprint.post(f"{REVIEW}/aside/<uuid:member_id>", endpoint="work_on_it_again")
@only(*WHO, unlocked=True)
def work_on_it_again(review_id: uuid.UUID, member_id: uuid.UUID) -> Response | str:
    found, form = open_review(review_id), BackForm()
    by = officer().display_name
    return step(
        found,
        form,
        Action.RECORDED_CONFLICT,
        "aside",
        lambda db: deciding.let_back(db, review_id, found.keys, member_id, form.written_back.data, by=by),
    )
