"""The page of one case review: what was told, how it was judged, what is to be done; and a step that ends on it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.case_review import applicants, deciding, holds, panel_members, panel_sealing, records
from portal.case_review.applying_form import HOW, NEEDS
from portal.case_review.deciding import CannotDecide
from portal.case_review.models import ReviewPart, ReviewState
from portal.case_review.records import Review, ReviewKeys, TooManyMessages
from portal.case_review.review_words import listed_message, state_in_words, state_kind, verdict_in_words
from portal.db import transaction
from portal.languages.i18n import current_language, language_of, name_for_staff
from portal.reporting.references import shown_reference
from portal.reporting.shown_receipts import reports_shown
from portal.staff.access import held_keys, officer
from portal.staff.case_review_deciders import others_who_decide
from portal.staff.case_review_forms import (
    AnswerForm,
    AsideForm,
    BackForm,
    DecideAppealForm,
    DecideForm,
    TakeDownAppealForm,
)
from portal.staff.case_review_panel_accounts import panel_accounts
from portal.staff.case_review_panel_door import turn_away_in_conflict
from portal.staff.case_review_words import advice_in_words, lines_of, nobody_else, obstacle_in_words
from portal.staff.hold_forms import EndHoldForm, HoldForm
from portal.staff.models import Role
from portal.vault.sealing import SealError
from portal.web import errors
from portal.web.forms import Form

NO_ENTRY = dict.fromkeys(("persistence", "harm", "response", "reason", "who", "aside", "back"), "")


@dataclass(frozen=True)
class AtReview:
    """A review and the keys by which it was opened."""

    review: Review
    keys: ReviewKeys


def open_review(review_id: uuid.UUID) -> AtReview:
    """The same 404 for one that is not there and one that is another team's; one taken back has nothing left to open."""
    turn_away_in_conflict(review_id)
    review = applicants.find_review(review_id)
    if review is not None and review.state is ReviewState.WITHDRAWN:
        abort(
            errors.page(
                410,
                _("The applicant took it back"),
                _("What was written is deleted. The days are still counted."),
                ways_on=[(_("All case reviews"), url_for("staff.case_reviews"))],
            )
        )
    keys = records.keys_of_staff(review_id, held_keys())
    if review is None or keys is None:
        abort(404)
    return AtReview(review, keys)


def show_review(found: AtReview, sent: Form | None = None) -> Response | str:
    """Showing it is a look at it, and is written down."""
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_CASE_REVIEW, str(found.review.id))
        records.mark_seen(db, found.review.id, read_by_applicant=False)
    found = AtReview(applicants.find_review(found.review.id) or abort(404), found.keys)
    try:
        told = records.open_part(found.review.id, found.keys, ReviewPart.APPLICATION)
    except SealError:
        told = None
    if told is None:
        return errors.damaged()
    return render_template(
        "staff/case_review.html",
        review=found.review,
        reference=shown_reference(found.review.reference),
        state=state_in_words(found.review.state),
        state_kind=state_kind(found.review.state),
        language_name=name_for_staff(found.review.language),
        form=sent,
        **_application(found, told),
        **_judged(found, told),
        **_to_do(found, told, sent),
        **_forms(found.review, sent),
    )


def _application(found: AtReview, told: dict[str, Any]) -> dict[str, Any]:
    """What the applicant told, who they are, and their own reports."""
    review, keys = found.review, found.keys
    links = records.readable_part(review.id, keys, ReviewPart.LINKS) or {"reports": []}
    reports = reports_shown([uuid.UUID(one) for one in links["reports"]])
    return {
        "told": told,
        "told_in": language_of(told.get("language")),
        "contact": records.readable_part(review.id, keys, ReviewPart.CONTACT),
        "needs_words": NEEDS,
        "how_words": HOW,
        "reports": reports,
        "gone_reports": len(links["reports"]) - len(reports),
        "shown_reference": shown_reference,
        "thread": [_shown(one) for one in records.messages_of(review.id, keys, read_by_applicant=False)],
    }


def _judged(found: AtReview, told: dict[str, Any]) -> dict[str, Any]:
    """What the check advises, what was decided, and what staff keep for themselves."""
    review, keys = found.review, found.keys
    judgement = records.judge_review(review, told.get("complaints", ()))
    assessment = records.readable_part(review.id, keys, ReviewPart.ASSESSMENT) or {"entries": []}
    return {
        "rules": judgement.rules,
        "advice": advice_in_words(judgement),
        "is_met": judgement.met,
        "lines": lines_of(judgement),
        "decision": _decision(found, ReviewPart.DECISION),
        "appeal": records.readable_part(review.id, keys, ReviewPart.APPEAL),
        "appeal_decision": _decision(found, ReviewPart.APPEAL_DECISION),
        "entries": [
            NO_ENTRY | one | {"on": date.fromisoformat(one["on"])}
            for one in assessment["entries"]
            if NO_ENTRY.keys() & {name for name, text in one.items() if text}
        ],
    }


def _to_do(found: AtReview, told: dict[str, Any], sent: Form | None) -> dict[str, Any]:
    """The next day, what can be done now, and who must leave it to somebody else."""
    review, keys = found.review, found.keys
    line = deciding.Line(review, has_new=False, held_on=deciding.panel_days(review.id).held_on)
    waits_for_appeal = review.state is ReviewState.THRESHOLD_NOT_MET and review.appealed_on is not None
    can_decide = review.state in deciding.UNDECIDED
    obstacle = deciding.why_not_free(review, keys, officer().staff.id) if can_decide or waits_for_appeal else None
    members = panel_members.members_of(review.id, panel_sealing.of_staff(review.id, keys.own, keys.talk))
    return {
        "due_on": line.due_on,
        "is_late": line.is_late,
        "appeal_by": deciding.appeal_by(review),
        "can_decide": can_decide,
        "can_take_down": review.state is ReviewState.THRESHOLD_NOT_MET and review.appealed_on is None,
        "can_decide_appeal": waits_for_appeal,
        "obstacle": obstacle_in_words(obstacle) if obstacle else "",
        "others": others_who_decide(review, keys, officer().staff.id),
        "nobody_else": nobody_else(),
        "names_you": _is_named(officer().display_name, told),
        "may_hold": officer().may(Role.OFFICER),
        "is_hold_due": holds.is_due(found.review),
        "kept_out": [one for one in members if not one.sits],
        # Whose form is not there any more: somebody else was quicker, and what was written must not be lost.
        "unsent": errors.typed() if isinstance(sent, DecideForm) and not (can_decide or waits_for_appeal) else "",
    }


def _is_named(name: str, told: dict[str, Any]) -> bool:
    """Whether somebody called so may be meant; an applicant rarely knows more than one name of theirs."""
    name = name.split()[0] if name.split() else name
    words = f"{told.get('happened', '')}\n{told.get('not_done', '')}".casefold()
    return bool(re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", words))


def _forms(review: Review, sent: Form | None) -> dict[str, Form]:
    """Each form of the page; the one that was sent and is not right as it was."""
    own, once = current_language().code, uuid.uuid4().hex
    fresh: dict[str, Form] = {
        "decide_form": DecideForm(formdata=None, language=own),
        "appeal_form": DecideAppealForm(formdata=None, language=own),
        "take_down_form": TakeDownAppealForm(formdata=None, appeal_language=review.language),
        "answer_form": AnswerForm(formdata=None, message_language=review.language, once=once),
        "hold_form": HoldForm(formdata=None, once=once),
        "end_hold_form": EndHoldForm(formdata=None, once=once),
        "aside_form": aside_form(review.id, is_sent=False),
        "back_form": BackForm(formdata=None),
    }
    return {name: sent if sent is not None and type(sent) is type(form) else form for name, form in fresh.items()}


def aside_form(review_id: uuid.UUID, *, is_sent: bool) -> AsideForm:
    """Whoever works here or for a partner; who fills it in comes first. Those who stepped aside already are not shown."""
    own = officer().staff.id
    out = set() if is_sent else {staff_id for _review_id, staff_id in panel_members.kept_out_of([review_id])}
    accounts = [(staff_id, one.name) for staff_id, one in panel_accounts().items() if staff_id not in out]
    form = AsideForm() if is_sent else AsideForm(formdata=None, aside=own.hex)
    form.offer(sorted(accounts, key=lambda one: one[0] != own))
    return form


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
    author = _("The applicant") if message.is_from_applicant else message.by
    return listed_message(message, author, is_mine=not message.is_from_applicant)


def step(
    found: AtReview, form: Form, action: Action, anchor: str, do: Callable[[Session], None], then: str = ""
) -> Response | str:
    """Do it in one transaction and write it down; or show the page again with a sentence that says why not.

    `then` is where it leads on to, where that is not the page itself.
    """
    review_id = found.review.id
    if not form.validate():
        return show_review(found, form)
    try:
        with transaction() as db:
            audit.record(db, officer().staff.name, action, str(review_id))
            do(db)
    except CannotDecide as cannot:
        form.form_errors.append(obstacle_in_words(cannot.obstacle))
        return show_review(open_review(review_id), form)
    except TooManyMessages:
        form.form_errors.append(_("No more messages fit here. Please phone them."))
        return show_review(found, form)
    return redirect(then or url_for("staff.case_review", review_id=review_id, _anchor=anchor), 303)
