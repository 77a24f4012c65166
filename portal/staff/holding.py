"""Legal holds: a report or a case review is kept until somebody says that it need not be; and the list of them all."""

from __future__ import annotations

import uuid

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.case_review import holds as review_holds
from portal.case_review.endings import held_reviews
from portal.db import transaction
from portal.reporting import conversations, held, holds
from portal.reporting.holds import EndsToday
from portal.reporting.references import shown_reference
from portal.staff.access import blueprint, officer, only
from portal.staff.case_review_page import AtReview, open_review, step
from portal.staff.forms import KINDS
from portal.staff.hold_forms import EndHoldForm, HoldForm
from portal.staff.models import Role
from portal.staff.open_report import open_report
from portal.staff.panels.page import show_report


@blueprint.post("/reports/<uuid:report_id>/hold", endpoint="place_hold")
@only(Role.OFFICER, unlocked=True)
def place_hold(report_id: uuid.UUID) -> Response | str:
    """Keep it, or look at it again and keep it on; the reason is sealed with the report."""
    found = open_report(report_id)
    form = HoldForm(once=uuid.uuid4().hex)
    if not form.validate():
        return show_report(found, form)
    reason, review_on = form.hold_reason.data, form.last_day
    once = conversations.message_id(form.once.data, f"{review_on} {reason}")
    try:
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.PLACED_HOLD, str(report_id))
            holds.place_hold(
                db, report_id, found.key, reason=reason, review_on=review_on, by=officer().display_name, once=once
            )
    except EndsToday:
        form.form_errors.append(_("The reporter's deletion is carried out today: it is too late to keep this report."))
        return show_report(found, form)
    return redirect(url_for(".report", report_id=report_id, _anchor="hold"), 303)


@blueprint.post("/reports/<uuid:report_id>/end-hold", endpoint="end_hold")
@only(Role.OFFICER, unlocked=True)
def end_hold(report_id: uuid.UUID) -> Response | str:
    found = open_report(report_id)
    form = EndHoldForm(once=uuid.uuid4().hex)
    if not form.validate():
        return show_report(found, form)
    reason = form.end_reason.data
    once = conversations.message_id(form.once.data, reason)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.ENDED_HOLD, str(report_id))
        holds.end_hold(db, report_id, found.key, reason=reason, by=officer().display_name, once=once)
    return redirect(url_for(".report", report_id=report_id, _anchor="hold"), 303)


@blueprint.post("/case-reviews/<uuid:review_id>/keep", endpoint="keep_case_review")
@only(Role.OFFICER, unlocked=True)
def keep_case_review(review_id: uuid.UUID) -> Response | str:
    """By the rule of a report's hold. While it is kept its applicant cannot have it deleted."""
    found, form = open_review(review_id), HoldForm(once=uuid.uuid4().hex)
    by = officer().display_name
    return step(found, form, Action.KEPT_CASE_REVIEW, "hold", lambda db: _keep(db, found, form, by))


def _keep(db: Session, found: AtReview, form: HoldForm, by: str) -> None:
    reason, review_on = form.hold_reason.data, form.last_day
    once = conversations.message_id(form.once.data, f"{review_on} {reason}")
    review_holds.place_hold(db, found.review.id, found.keys, reason=reason, review_on=review_on, by=by, once=once)


@blueprint.post("/case-reviews/<uuid:review_id>/let-go", endpoint="let_go_case_review")
@only(Role.OFFICER, unlocked=True)
def let_go_case_review(review_id: uuid.UUID) -> Response | str:
    found, form = open_review(review_id), EndHoldForm(once=uuid.uuid4().hex)
    by = officer().display_name
    return step(found, form, Action.LET_GO_CASE_REVIEW, "hold", lambda db: _let_go(db, found, form, by))


def _let_go(db: Session, found: AtReview, form: EndHoldForm, by: str) -> None:
    reason = form.end_reason.data
    once = conversations.message_id(form.once.data, reason)
    review_holds.end_hold(db, found.review.id, found.keys, reason=reason, by=by, once=once)


@blueprint.get("/holds", endpoint="holds")
@only(Role.OFFICER, Role.SUPERVISOR)
def all_holds() -> str:
    """Which reports and case reviews are kept, and until which review: nothing that is sealed."""
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.LISTED_HOLDS)
    return render_template(
        "staff/holds.html",
        rows=held.all_holds(),
        case_reviews=held_reviews(),
        kind_words=KINDS,
        shown_reference=shown_reference,
    )
