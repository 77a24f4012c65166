"""The applicant's own page, which their number opens: how far it is, the decision, messages, an appeal, taking it back."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal import limits
from portal.case_review import applicants, records
from portal.case_review.applicants import CAN_BE_TAKEN_BACK, IsEnded, MustBeKept, Visit
from portal.case_review.applying_form import AppealForm, NumberForm, WriteForm
from portal.case_review.deciding import due_on, panel_days
from portal.case_review.models import ReviewPart, ReviewState
from portal.case_review.reason_words import rule_in_words
from portal.case_review.records import OpenedMessage, TooManyMessages
from portal.case_review.review_words import (
    appeal_day,
    can_appeal,
    listed_message,
    next_due,
    next_steps,
    state_in_words,
    state_kind,
    verdict_in_words,
    whom_to_appeal_to,
)
from portal.case_review.routes import blueprint
from portal.case_review.rules import find_rules, rules_on
from portal.languages.i18n import current_language, language_of
from portal.reporting.conversations import message_id
from portal.vault.drafts import IDLE
from portal.vault.sealing import SealError
from portal.web import errors

VISIT = "case_review_visit"
MAX_GUESSES_PER_HOUR = 20


def _is_sent() -> bool:
    return request.method == "POST" and "switch" not in request.form


@blueprint.route("/back", methods=["GET", "POST"])
def back() -> Response | str:
    """I have a number. The digits travel in this POST only."""
    form = NumberForm()
    if _is_sent() and form.validate():
        with limits.one_at_a_time("case_review_code"):
            if limits.visits("case_review_code") >= MAX_GUESSES_PER_HOUR:
                return errors.page(429)
            try:
                visit = applicants.open_with_receipt(form.digits)
            except SealError:
                return errors.damaged()
            if visit is None:
                limits.count_visit("case_review_code")
        if visit is not None:
            session[VISIT] = visit.token
            return redirect(url_for(".yours"), 303)
        form.code.errors = [_("That number does not open a case review. Check each digit and try again.")]
    return render_template("case_review/back.html", form=form, back_url=url_for(".procedures"), picker_form="step")


def _closed() -> Response:
    return errors.page(
        410,
        _("Your case review has been closed on this device"),
        ngettext(
            "To keep you safe it closes after %(num)s minute. Type your number to open it again.",
            "To keep you safe it closes after %(num)s minutes. Type your number to open it again.",
            IDLE.seconds // 60,
        ),
        ways_on=[(_("Open my case review"), url_for(".back"))],
    )


@blueprint.route("/yours", methods=["GET", "POST"])
def yours() -> Response | str:
    """State, the next day, the decision with its reasons, and the messages both ways."""
    found = applicants.visited(session.get(VISIT))
    if found is None:
        return _closed()
    visit, review = found
    form = WriteForm(data={"once": uuid.uuid4().hex})
    if _is_sent() and form.validate():
        once = message_id(form.once.data, form.message.data)
        try:
            applicants.write(visit, form.message.data, current_language().code, once)
            return redirect(url_for(".yours", _anchor="messages"), 303)
        except IsEnded:
            form.form_errors.append(_("You took it back. Nothing more can be written here."))
        except TooManyMessages:
            form.form_errors.append(_("No more messages fit here. Please phone us."))
    messages = records.messages_of(review.id, visit.keys, read_by_applicant=True)
    if any(message.is_new for message in messages):
        applicants.mark_read(visit)
    rules = find_rules(review.rules_version) or rules_on(review.received_on)
    panel = panel_days(review.id)
    due = due_on(review, panel.held_on)
    return render_template(
        "case_review/yours.html",
        form=form,
        review=review,
        state=state_in_words(review.state),
        state_kind=state_kind(review.state),
        steps=next_steps(review, panel, due),
        due=next_due(review, panel, due),
        asked=rule_in_words(rules),
        rules=rules,
        decision=_decision(visit, ReviewPart.DECISION),
        appeal=records.readable_part(review.id, visit.keys, ReviewPart.APPEAL),
        appeal_decision=_decision(visit, ReviewPart.APPEAL_DECISION),
        can_appeal=can_appeal(review),
        appeal_by=appeal_day(review),
        whom=whom_to_appeal_to(),
        thread=[_shown(message) for message in messages],
        can_be_taken_back=review.state in CAN_BE_TAKEN_BACK,
        is_withdrawn=review.state is ReviewState.WITHDRAWN,
        back_url=None,
        picker_form="step",
    )


def _decision(visit: Visit, part: ReviewPart) -> dict[str, Any] | None:
    said = records.readable_part(visit.review_id, visit.keys, part)
    if said is None:
        return None
    return said | {"words": verdict_in_words(said["verdict"]), "original_in": language_of(said["language"])}


def _shown(message: OpenedMessage) -> dict[str, Any]:
    author = _("You") if message.is_from_applicant else _("Reporting officer")
    return listed_message(message, author, is_mine=message.is_from_applicant)


@blueprint.route("/yours/appeal", methods=["GET", "POST"])
def appeal() -> Response | str:
    """Somebody else than who refused looks at it again."""
    found = applicants.visited(session.get(VISIT))
    if found is None:
        return _closed()
    visit, review = found
    if not can_appeal(review):
        return redirect(url_for(".yours"), 303)
    form = AppealForm()
    if _is_sent() and form.validate():
        try:
            applicants.appeal(visit, form.message.data, current_language().code)
            return redirect(url_for(".yours"), 303)
        except IsEnded:
            return redirect(url_for(".yours"), 303)
    return render_template(
        "case_review/appeal.html",
        form=form,
        appeal_by=appeal_day(review),
        whom=whom_to_appeal_to(),
        back_url=url_for(".yours"),
        picker_form="step",
    )


@blueprint.route("/yours/take-back", methods=["GET", "POST"])
def take_back() -> Response | str:
    """What taking it back does; pressing the button does it, for good."""
    found = applicants.visited(session.get(VISIT))
    if found is None:
        return _closed()
    visit, review = found
    if review.state not in CAN_BE_TAKEN_BACK:
        return redirect(url_for(".yours"), 303)
    is_kept = review.keep_until is not None
    if request.method == "POST" and not is_kept:
        try:
            applicants.take_back(visit)
            return redirect(url_for(".yours"), 303)
        except IsEnded:
            return redirect(url_for(".yours"), 303)
        except MustBeKept:
            is_kept = True
    return render_template("case_review/take_back.html", is_kept=is_kept, back_url=url_for(".yours"))


@blueprint.post("/yours/close")
def close() -> Response:
    """Forget it on this device."""
    token = session.pop(VISIT, None)
    if token:
        applicants.end_visit(token)
    return redirect(url_for("pages.home"), 303)
