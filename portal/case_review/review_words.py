"""How far a case review is, what was decided and what comes next, as its applicant reads it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _

from portal.case_review.deciding import PanelDays, Verdict, appeal_by
from portal.case_review.models import CaseReview, ReviewState
from portal.case_review.records import OpenedMessage
from portal.db import today
from portal.languages.i18n import full_day, language_of, long_day
from portal.partnership.file import current_partnership

STEP = tuple[str, str, str]
NO_TRANSLATIONS = {"newest": (), "older": ()}


def state_in_words(state: ReviewState) -> str:
    match state:
        case ReviewState.RECEIVED:
            return _("We have it")
        case ReviewState.ACKNOWLEDGED:
            return _("We are looking if the threshold is met")
        case ReviewState.THRESHOLD_NOT_MET:
            return _("Threshold not met")
        case ReviewState.ACCEPTED:
            return _("There will be a review")
        case ReviewState.REVIEWED:
            return _("Reviewed")
        case ReviewState.CLOSED:
            return _("Closed")
        case ReviewState.WITHDRAWN:
            return _("Taken back")


def state_kind(state: ReviewState) -> str:
    """In which tint its label is shown."""
    if state in (ReviewState.RECEIVED, ReviewState.ACKNOWLEDGED):
        return "new"
    return "done" if state in (ReviewState.ACCEPTED, ReviewState.REVIEWED) else "closed"


def verdict_in_words(verdict: str) -> str:
    """To the applicant."""
    match Verdict(verdict):
        case Verdict.MET:
            return _("The threshold is met. There will be a review.")
        case Verdict.DISCRETION:
            return _("There will be a review, because of how long it goes on, the harm, or what was done about it.")
        case Verdict.NOT_MET:
            return _("The threshold is not met. There will be no review.")


def next_steps(review: CaseReview, panel: PanelDays, due_on: date | None) -> list[STEP]:
    """What is done and what comes, each with its day."""
    steps = [(_("On %(day)s", day=full_day(review.received_on)), _("You asked for a case review."), "done")]
    if review.acknowledged_on:
        steps.append((_("On %(day)s", day=full_day(review.acknowledged_on)), _("We told you that we have it."), "done"))
    elif review.state is ReviewState.RECEIVED:
        steps.append(_until(review.acknowledge_by, _("We tell you here that we have it."), "next"))
    if review.decided_on:
        steps.append((_("On %(day)s", day=full_day(review.decided_on)), _("We decided on the threshold."), "done"))
    elif review.state in (ReviewState.RECEIVED, ReviewState.ACKNOWLEDGED):
        kind = "later" if review.state is ReviewState.RECEIVED else "next"
        steps.append(_until(review.decide_by, _("We tell you if the threshold is met, and why."), kind))
    if review.appealed_on:
        steps.append((_("On %(day)s", day=full_day(review.appealed_on)), _("You asked us to look again."), "done"))
        if review.appeal_decided_on:
            on = _("On %(day)s", day=full_day(review.appeal_decided_on))
            steps.append((on, _("Somebody else decided on it."), "done"))
    if panel.held_on:
        steps.append((_("On %(day)s", day=full_day(panel.held_on)), _("The panel talked about your case."), "done"))
    if panel.told_on:
        steps.append((_("On %(day)s", day=full_day(panel.told_on)), _("We told you what the panel found."), "done"))
    elif review.state is ReviewState.ACCEPTED and due_on:
        next_one = (
            _("We tell you here what the panel found.") if panel.held_on else _("The panel talks about your case.")
        )
        steps.append(_until(due_on, next_one, "next"))
    return steps


def _until(day: date, text: str, kind: str) -> STEP:
    return _("By %(day)s", day=full_day(day)), text, kind


def next_due(review: CaseReview, panel: PanelDays, due_on: date | None) -> str:
    """The next step and its day in one sentence; empty where nothing is due. What is late is said to be."""
    is_accepted = review.state is ReviewState.ACCEPTED
    if is_accepted and panel.invited_on and panel.meets_on and not panel.held_on and panel.meets_on >= today():
        day = full_day(panel.meets_on)
        return _("The panel talks about your case on %(day)s. Say how you want to take part.", day=day)
    if due_on is None:
        return ""
    day = full_day(due_on)
    if due_on < today():
        return _("We are late: this was to be done by %(day)s. You can ask us about it below.", day=day)
    match review.state:
        case ReviewState.ACCEPTED if panel.held_on:
            return _("By %(day)s we write to you here what the panel found.", day=day)
        case ReviewState.ACCEPTED:
            return _("By %(day)s the panel talks about your case.", day=day)
        case ReviewState.RECEIVED:
            return _("By %(day)s we tell you here that we have it.", day=day)
        case ReviewState.ACKNOWLEDGED:
            return _("By %(day)s we tell you here if the threshold is met, and why.", day=day)
    return _("By %(day)s somebody else looks at it again and writes to you here.", day=day)


def listed_message(message: OpenedMessage, author: str, *, is_mine: bool) -> dict[str, Any]:
    """As the list of messages takes it, on the applicant's page and on that of staff."""
    return {
        "mine": is_mine,
        "author": author,
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


def whom_to_appeal_to() -> str:
    """Named, with how to reach them besides this page."""
    partnership = current_partnership()
    contact = partnership.case_review.contact
    phone, email = contact.phone or partnership.contact.phone, contact.email or partnership.contact.email
    return ", ".join(filter(None, (contact.name, phone, email)))


def can_appeal(review: CaseReview) -> bool:
    return review.state is ReviewState.THRESHOLD_NOT_MET and review.appealed_on is None


def appeal_day(review: CaseReview) -> str:
    day = appeal_by(review)
    return full_day(day) if day else ""
