"""Case reviews at work: the list with its days, one case opened, acknowledged, decided, and decided again on appeal."""

from __future__ import annotations

import uuid

from flask import render_template, request
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.case_review import deciding
from portal.case_review.deciding import PER_PAGE
from portal.case_review.panel_members import kept_out_of
from portal.case_review.panel_recommendations import overdue_in
from portal.case_review.review_words import state_in_words, state_kind
from portal.db import transaction
from portal.reporting.conversations import message_id
from portal.reporting.references import shown_reference
from portal.staff.access import CASE_REVIEW_COUNTERS, blueprint, officer, only
from portal.staff.case_review_deciders import WHO
from portal.staff.case_review_forms import AnswerForm, DecideAppealForm, DecideForm, TakeDownAppealForm
from portal.staff.case_review_page import open_review, show_review, step
from portal.staff.colleagues import whose_work_is_free
from portal.web.forms import Form


@blueprint.get("/case-reviews", endpoint="case_reviews")
@only(*WHO)
def all_reviews() -> str:
    """Those first whose next day comes first. Nothing of it is sealed."""
    is_open = request.args.get("view") != "ended"
    total = deciding.count_reviews(is_open=is_open)
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.LISTED_CASE_REVIEWS)
    rows = deciding.list_reviews(page, is_open=is_open)
    left = whose_work_is_free()
    return render_template(
        "staff/case_reviews.html",
        rows=rows,
        behind=overdue_in([one.review.id for one in rows], left),
        aside=kept_out_of([one.review.id for one in rows]),
        own_id=officer().staff.id,
        total=total,
        page=page,
        pages=pages,
        is_open=is_open,
        may_see_periods=officer().may(*CASE_REVIEW_COUNTERS),
        state_in_words=state_in_words,
        state_kind=state_kind,
        shown_reference=shown_reference,
    )


@blueprint.get("/case-reviews/<uuid:review_id>", endpoint="case_review")
@only(*WHO, unlocked=True)
def one_review(review_id: uuid.UUID) -> Response | str:
    return show_review(open_review(review_id))


@blueprint.post("/case-reviews/<uuid:review_id>/acknowledge", endpoint="acknowledge_case_review")
@only(*WHO, unlocked=True)
def acknowledge(review_id: uuid.UUID) -> Response | str:
    found = open_review(review_id)
    return step(found, Form(), Action.ACKNOWLEDGED_CASE_REVIEW, "state", lambda db: deciding.acknowledge(db, review_id))


@blueprint.post("/case-reviews/<uuid:review_id>/decide", endpoint="decide_case_review")
@only(*WHO, unlocked=True)
def decide(review_id: uuid.UUID) -> Response | str:
    """Whether the threshold is met, with reasons: a person's decision, whatever the check advises."""
    found, form = open_review(review_id), DecideForm()
    by, by_id = officer().display_name, officer().staff.id
    return step(
        found,
        form,
        Action.DECIDED_CASE_REVIEW,
        "decision",
        lambda db: deciding.decide(db, review_id, found.keys, form.decision, by=by, by_id=by_id),
    )


@blueprint.post("/case-reviews/<uuid:review_id>/appeal", endpoint="take_down_appeal")
@only(*WHO, unlocked=True)
def take_down_appeal(review_id: uuid.UUID) -> Response | str:
    """An appeal that came by phone or in a letter."""
    found, form = open_review(review_id), TakeDownAppealForm()
    by = officer().display_name
    return step(
        found,
        form,
        Action.TOOK_DOWN_APPEAL,
        "appeal",
        lambda db: deciding.take_down_appeal(
            db, review_id, found.keys, form.written_appeal.data, form.appeal_language.data, by=by
        ),
    )


@blueprint.post("/case-reviews/<uuid:review_id>/decide-appeal", endpoint="decide_appeal")
@only(*WHO, unlocked=True)
def decide_appeal(review_id: uuid.UUID) -> Response | str:
    """By somebody else than who refused."""
    found, form = open_review(review_id), DecideAppealForm()
    by, by_id = officer().display_name, officer().staff.id
    return step(
        found,
        form,
        Action.DECIDED_APPEAL,
        "appeal",
        lambda db: deciding.decide_appeal(db, review_id, found.keys, form.decision, by=by, by_id=by_id),
    )


@blueprint.post("/case-reviews/<uuid:review_id>/answer", endpoint="answer_case_review")
@only(*WHO, unlocked=True)
def answer(review_id: uuid.UUID) -> Response | str:
    found, form = open_review(review_id), AnswerForm()
    once = message_id(form.once.data, form.message.data or "")
    by = officer().display_name
    return step(
        found,
        form,
        Action.ANSWERED_CASE_REVIEW,
        "messages",
        lambda db: deciding.answer(
            db, review_id, found.keys, form.message.data, form.message_language.data, once, by=by
        ),
    )
