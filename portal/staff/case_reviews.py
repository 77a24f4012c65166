"""Case reviews at work: the list with its days, one case opened, acknowledged, decided, and decided again on appeal."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.case_review import applicants, deciding, records
from portal.case_review.applying_form import HOW, NEEDS
from portal.case_review.deciding import PER_PAGE, CannotDecide
from portal.case_review.models import ReviewPart, ReviewState
from portal.case_review.panel_recommendations import overdue_in
from portal.case_review.records import ReviewKeys, TooManyMessages
from portal.case_review.review_words import state_in_words, state_kind, verdict_in_words
from portal.db import transaction
from portal.languages.i18n import current_language, language_of, long_day, name_for_staff
from portal.reporting.conversations import message_id
from portal.reporting.references import shown_reference
from portal.reporting.shown_receipts import reports_shown
from portal.staff.access import CASE_REVIEW_COUNTERS, blueprint, held_keys, officer, only
from portal.staff.case_review_forms import (
    AnswerForm,
    DecideAppealForm,
    DecideForm,
    KeepForm,
    LetGoForm,
    TakeDownAppealForm,
)
from portal.staff.case_review_panel_door import turn_away_in_conflict
from portal.staff.case_review_words import advice_in_words, lines_of, obstacle_in_words
from portal.staff.colleagues import whose_work_is_free
from portal.staff.models import Role
from portal.vault.sealing import SealError
from portal.web import errors
from portal.web.forms import Form

WHO = (Role.OFFICER, Role.SUPERVISOR)
NO_TRANSLATIONS = {"newest": (), "older": ()}
NO_ENTRY = dict.fromkeys(("persistence", "harm", "response", "reason"), "")


@dataclass(frozen=True)
class AtReview:
    """A review and the keys by which it was opened."""

    review: Any
    keys: ReviewKeys


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
        total=total,
        page=page,
        pages=pages,
        is_open=is_open,
        may_see_periods=officer().may(*CASE_REVIEW_COUNTERS),
        state_in_words=state_in_words,
        state_kind=state_kind,
        shown_reference=shown_reference,
    )


def _open(review_id: uuid.UUID) -> AtReview:
    """The same 404 for one that is not there and one that is another team's; one taken back has nothing left to open."""
    turn_away_in_conflict(review_id)
    review = applicants.find_review(review_id)
    if review is not None and review.state is ReviewState.WITHDRAWN:
        abort(
            errors.page(
                410,
                _("The applicant took it back"),
                _("What was written is deleted. The days are still counted."),
                ways_on=[(_("All case reviews"), url_for(".case_reviews"))],
            )
        )
    keys = records.keys_of_staff(review_id, held_keys())
    if review is None or keys is None:
        abort(404)
    return AtReview(review, keys)


@blueprint.get("/case-reviews/<uuid:review_id>", endpoint="case_review")
@only(*WHO, unlocked=True)
def one_review(review_id: uuid.UUID) -> Response | str:
    return _page(_open(review_id))


def _page(found: AtReview, sent: Form | None = None) -> Response | str:
    """Showing it is a look at it, and is written down."""
    review, keys = found.review, found.keys
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_CASE_REVIEW, str(review.id))
        records.mark_seen(db, review.id, read_by_applicant=False)
    review = applicants.find_review(review.id) or abort(404)
    try:
        told = records.open_part(review.id, keys, ReviewPart.APPLICATION)
    except SealError:
        told = None
    if told is None:
        return errors.damaged()
    judgement = records.judge_review(review, told.get("complaints", ()))
    links = records.readable_part(review.id, keys, ReviewPart.LINKS) or {"reports": []}
    linked = [uuid.UUID(one) for one in links["reports"]]
    assessment = records.readable_part(review.id, keys, ReviewPart.ASSESSMENT) or {"entries": []}
    messages = records.messages_of(review.id, keys, read_by_applicant=False)
    line = deciding.Line(review, has_new=False, held_on=deciding.panel_days(review.id).held_on)
    may_decide_appeal = review.decided_by_id != officer().staff.id
    return render_template(
        "staff/case_review.html",
        review=review,
        reference=shown_reference(review.reference),
        state=state_in_words(review.state),
        state_kind=state_kind(review.state),
        due_on=line.due_on,
        is_late=line.is_late,
        told=told,
        told_in=language_of(told.get("language")),
        contact=records.readable_part(review.id, keys, ReviewPart.CONTACT),
        needs_words=NEEDS,
        how_words=HOW,
        reports=reports_shown(linked),
        gone_reports=len(linked) - len(reports_shown(linked)),
        shown_reference=shown_reference,
        rules=judgement.rules,
        advice=advice_in_words(judgement),
        is_met=judgement.met,
        lines=lines_of(judgement),
        decision=_decision(found, ReviewPart.DECISION),
        appeal=records.readable_part(review.id, keys, ReviewPart.APPEAL),
        appeal_decision=_decision(found, ReviewPart.APPEAL_DECISION),
        appeal_by=deciding.appeal_by(review),
        entries=[
            NO_ENTRY | one | {"on": date.fromisoformat(one["on"])}
            for one in assessment["entries"]
            if NO_ENTRY.keys() & {name for name, text in one.items() if text}
        ],
        thread=[_shown(message) for message in messages],
        language_name=name_for_staff(review.language),
        can_decide=review.state in deciding.UNDECIDED,
        can_take_down=review.state is ReviewState.THRESHOLD_NOT_MET and review.appealed_on is None,
        can_decide_appeal=review.state is ReviewState.THRESHOLD_NOT_MET and review.appealed_on is not None,
        may_decide_appeal=may_decide_appeal,
        has_panel=review.state in (ReviewState.ACCEPTED, ReviewState.REVIEWED),
        form=sent,
        **_forms(review.language, sent),
    )


def _forms(language: str, sent: Form | None) -> dict[str, Form]:
    """Each form of the page; the one that was sent and is not right as it was."""
    own = current_language().code
    fresh: dict[str, Form] = {
        "decide_form": DecideForm(formdata=None, language=own),
        "appeal_form": DecideAppealForm(formdata=None, language=own),
        "take_down_form": TakeDownAppealForm(formdata=None, appeal_language=language),
        "answer_form": AnswerForm(formdata=None, message_language=language, once=uuid.uuid4().hex),
        "keep_form": KeepForm(formdata=None),
        "let_go_form": LetGoForm(formdata=None),
    }
    return {name: sent if sent is not None and type(sent) is type(form) else form for name, form in fresh.items()}


def _decision(found: AtReview, part: ReviewPart) -> dict[str, Any] | None:
    said = records.readable_part(found.review.id, found.keys, part)
    if said is None:
        return None
    return said | {
        "words": verdict_in_words(said["verdict"]),
        "original_in": language_of(said["language"]),
        "on": date.fromisoformat(said["on"]),
    }


def _shown(message: records.OpenedMessage) -> dict[str, Any]:
    return {
        "mine": not message.is_from_applicant,
        "author": _("The applicant") if message.is_from_applicant else message.by,
        "day": long_day(message.sent_on),
        "new": message.is_new,
        "language_tag": language_of(message.language).tag,
        "dir": "auto",
        "translations": NO_TRANSLATIONS,
        "translate_url": None,
        "text": message.text if message.text is not None else _("This message cannot be read."),
        "files": [],
        "again": [],
        "files_note": "",
    }


def _step(found: AtReview, form: Form, action: Action, anchor: str, do: Callable[[Session], None]) -> Response | str:
    """Do it in one transaction and write it down; or show the page again with a sentence that says why not."""
    review_id = found.review.id
    if not form.validate():
        return _page(found, form)
    try:
        with transaction() as db:
            audit.record(db, officer().staff.name, action, str(review_id))
            do(db)
    except CannotDecide as cannot:
        form.form_errors.append(obstacle_in_words(cannot.obstacle))
        return _page(_open(review_id), form)
    except TooManyMessages:
        form.form_errors.append(_("No more messages fit here. Please phone them."))
        return _page(found, form)
    return redirect(url_for(".case_review", review_id=review_id, _anchor=anchor), 303)


@blueprint.post("/case-reviews/<uuid:review_id>/acknowledge", endpoint="acknowledge_case_review")
@only(*WHO, unlocked=True)
def acknowledge(review_id: uuid.UUID) -> Response | str:
    found = _open(review_id)
    return _step(
        found, Form(), Action.ACKNOWLEDGED_CASE_REVIEW, "state", lambda db: deciding.acknowledge(db, review_id)
    )


@blueprint.post("/case-reviews/<uuid:review_id>/decide", endpoint="decide_case_review")
@only(*WHO, unlocked=True)
def decide(review_id: uuid.UUID) -> Response | str:
    """Whether the threshold is met, with reasons: a person's decision, whatever the check advises."""
    found, form = _open(review_id), DecideForm()
    by, by_id = officer().display_name, officer().staff.id
    return _step(
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
    found, form = _open(review_id), TakeDownAppealForm()
    by = officer().display_name
    return _step(
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
    found, form = _open(review_id), DecideAppealForm()
    by, by_id = officer().display_name, officer().staff.id
    return _step(
        found,
        form,
        Action.DECIDED_APPEAL,
        "appeal",
        lambda db: deciding.decide_appeal(db, review_id, found.keys, form.decision, by=by, by_id=by_id),
    )


@blueprint.post("/case-reviews/<uuid:review_id>/answer", endpoint="answer_case_review")
@only(*WHO, unlocked=True)
def answer(review_id: uuid.UUID) -> Response | str:
    found, form = _open(review_id), AnswerForm()
    once = message_id(form.once.data, form.message.data or "")
    by = officer().display_name
    return _step(
        found,
        form,
        Action.ANSWERED_CASE_REVIEW,
        "messages",
        lambda db: deciding.answer(
            db, review_id, found.keys, form.message.data, form.message_language.data, once, by=by
        ),
    )


@blueprint.post("/case-reviews/<uuid:review_id>/keep", endpoint="keep_case_review")
@only(*WHO, unlocked=True)
def keep(review_id: uuid.UUID) -> Response | str:
    """Under a legal hold nothing of it ends by itself, and its applicant cannot have it deleted."""
    found, form = _open(review_id), KeepForm()
    by = officer().display_name
    return _step(
        found,
        form,
        Action.KEPT_CASE_REVIEW,
        "hold",
        lambda db: deciding.hold(db, review_id, found.keys, form.keep_until.data, form.written_keep.data, by=by),
    )


@blueprint.post("/case-reviews/<uuid:review_id>/let-go", endpoint="let_go_case_review")
@only(*WHO, unlocked=True)
def let_go(review_id: uuid.UUID) -> Response | str:
    found, form = _open(review_id), LetGoForm()
    by = officer().display_name
    return _step(
        found,
        form,
        Action.LET_GO_CASE_REVIEW,
        "hold",
        lambda db: deciding.hold(db, review_id, found.keys, None, form.written_let_go.data, by=by),
    )
