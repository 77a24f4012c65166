"""What the applicant reads of the panel, and tells it: the meeting, the outcome, each recommendation, a second look."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.case_review import panel_meeting, panel_recommendations, panel_second_look, panel_statements
from portal.case_review.applicants import find_visit
from portal.case_review.panel_access import open_for_applicant
from portal.case_review.panel_forms import AskForLookForm, TakePartForm
from portal.case_review.panel_labels import (
    ACCEPTANCE,
    OBSTACLES,
    OWN_ATTENDANCE,
    PROGRESS,
    body_in_words,
    policing_body,
)
from portal.case_review.panel_records import OpenPanel, find_panel
from portal.case_review.panel_rules import CannotDo
from portal.case_review.panel_sealing import PanelKeys
from portal.case_review.routes import blueprint
from portal.db import transaction
from portal.languages.i18n import current_language, language_of
from portal.vault.drafts import IDLE
from portal.web import errors

VISIT = "case_review_visit"


def _is_sent() -> bool:
    """Whether a form was sent, and not only its language changed."""
    return request.method == "POST" and "switch" not in request.form


def _opened() -> tuple[OpenPanel, PanelKeys] | None:
    visit = find_visit(session.get(VISIT))
    return open_for_applicant(visit) if visit else None


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


@blueprint.route("/yours/panel", methods=["GET", "POST"])
def panel() -> Response | str:
    """Choose how to take part and write to the panel, until it has met; then read what came of it."""
    visited = _opened()
    if visited is None:
        return _closed()
    shown, keys = visited
    answer = shown.answer
    known = {"way": answer.way.value, "with_supporter": answer.with_supporter, "needs": answer.needs} if answer else {}
    form = TakePartForm(data={"once": uuid.uuid4().hex} | known)
    form.is_invited = shown.invited_on is not None
    if _is_sent() and form.validate():
        try:
            with transaction() as db:
                _store(db, shown.review_id, keys, form)
            return redirect(url_for(".panel"), 303)
        except CannotDo as cannot:
            form.form_errors.append(str(OBSTACLES[cannot.obstacle]))
            shown = find_panel(shown.review_id, keys) or shown
    look = panel_second_look.look_at(shown.review_id, keys)
    return render_template(
        "case_review/panel.html",
        form=form,
        panel=shown,
        can_write=shown.is_open and shown.held_on is None,
        statements=panel_statements.statements_of(shown.review_id, keys),
        recommendations=panel_recommendations.recommendations_of(shown.review_id, keys) if shown.told_on else [],
        look=look,
        may_ask=panel_second_look.may_ask(shown, look),
        ask_until=panel_second_look.last_day(shown),
        policing_body=policing_body(),
        outcome_in=language_of(shown.outcome_language),
        **_words(),
    )


def _store(db: Session, review_id: uuid.UUID, keys: PanelKeys, form: TakePartForm) -> None:
    if form.chosen:
        panel_meeting.answer_invitation(
            db, review_id, keys, form.chosen, with_supporter=form.with_supporter.data, needs=form.needs.data or ""
        )
    if form.message.data:
        panel_statements.add_statement(db, review_id, keys, form.message.data, current_language().code, form.message_id)


def _words() -> dict[str, Any]:
    return {
        "attendance_words": OWN_ATTENDANCE,
        "progress_words": PROGRESS,
        "acceptance_words": ACCEPTANCE,
        "body_in_words": body_in_words,
        "back_url": url_for(".yours"),
        "picker_form": "step",
    }


@blueprint.route("/yours/second-look", methods=["GET", "POST"])
def second_look() -> Response | str:
    """Ask the local policing body to look at it again, within the days."""
    visited = _opened()
    if visited is None:
        return _closed()
    shown, keys = visited
    form = AskForLookForm()
    if not panel_second_look.may_ask(shown, panel_second_look.look_at(shown.review_id, keys)):
        return redirect(url_for(".panel"), 303)
    if _is_sent() and form.validate():
        try:
            with transaction() as db:
                panel_second_look.ask_for_look(db, shown.review_id, keys, form.message.data)
            return redirect(url_for(".panel", _anchor="look"), 303)
        except CannotDo as cannot:
            form.form_errors.append(str(OBSTACLES[cannot.obstacle]))
    return render_template(
        "case_review/ask_for_look.html",
        form=form,
        until=panel_second_look.last_day(shown),
        policing_body=policing_body(),
        back_url=url_for(".panel"),
        picker_form="step",
    )
