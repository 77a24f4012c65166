"""The warning before a visit ends, with "Keep going": a small frame within the page, so that what was typed there stays."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import NamedTuple

from flask import Blueprint, Flask, abort, render_template, request, session, url_for

from portal.db import transaction, utcnow
from portal.vault import drafts
from portal.vault.drafts import Purpose
from portal.web import security

blueprint = Blueprint("keep_open", __name__)
# How long before its end a visit is warned of it. WCAG 2.2.1 asks for 20 seconds at least; many need help to read it.
WARNED_BEFORE = timedelta(minutes=10)
# Without script the style sheet shows the frame at one of these moments: static/src/_keep_open.scss has a rule for each.
STEP = timedelta(minutes=5)
LAST_STEP = 10
# In the frame's address each has a number, so that it does not say what is open.
# By what the visitor's cookie calls it: a request for another format is a report of its own.
NUMBERED = {
    1: ("report", Purpose.REPORT),
    2: ("come_back", Purpose.COME_BACK),
    3: ("survey", Purpose.SURVEY),
    4: ("ask", Purpose.REPORT),
    5: ("proposal", Purpose.PROPOSAL),
    6: ("help", Purpose.HELP),
    7: ("case_review", Purpose.CASE_REVIEW),
    8: ("case_review_visit", Purpose.CASE_REVIEW_VISIT),
}
NUMBERS = {name: number for number, (name, _purpose) in NUMBERED.items()}


class Framed(NamedTuple):
    """What a page needs to hold the frame: its address, and in how many steps of five minutes it is shown."""

    url: str
    steps: int


@blueprint.route("/keep-open/<int:number>", methods=["GET", "POST"])
@security.framed_by_own_pages
def keep_open(number: int) -> str:
    """How long the visit lives still; pressing the button lets it live an hour from now. Asking for it does not."""
    if number not in NUMBERED:
        abort(404)
    name, purpose = NUMBERED[number]
    token = session.get(name)
    is_pressed = request.method == "POST"
    draft = _renewed(token, purpose) if is_pressed else drafts.find_draft(token, purpose)
    if draft is not None and _is_over(draft):
        return _frame("")
    return show(drafts.end_of(token, purpose), is_pressed=is_pressed)


def _is_over(draft: drafts.Draft) -> bool:
    """It was sent, or saved: it shows a receipt or a code for a while, and keeps its time."""
    return bool({"sent", "saved"} & draft.content.keys())


def _renewed(token: str | None, purpose: Purpose) -> drafts.Draft | None:
    with transaction(durable=False) as db:
        draft = drafts.find_draft(token, purpose, lock=True)
        if draft is not None and not _is_over(draft):
            drafts.renew(db, draft)
    return draft


def show(ends_at: datetime | None, *, is_pressed: bool, is_work: bool = False) -> str:
    """The frame about what ends at this moment, or has ended (None); `is_work`: an officer's session."""
    if ends_at is None:
        return _frame("ended", is_work=is_work)
    until_warned = ends_at - WARNED_BEFORE - utcnow()
    if until_warned > timedelta():
        return _frame("kept" if is_pressed else "open", ends_at, until_warned, is_work=is_work)
    return _frame("warned", ends_at, ends_at - utcnow(), is_work=is_work)


def _frame(state: str, ends_at: datetime | None = None, wait: timedelta | None = None, *, is_work: bool = False) -> str:
    """The frame in this state; it asks again after `wait`, when the next one has come."""
    # Not before: the browser counts in whole seconds.
    seconds = None if wait is None else math.ceil(wait.total_seconds()) + 1
    return render_template("keep_open/frame.html", state=state, ends_at=ends_at, seconds=seconds, is_work=is_work)


def hold(url: str, ends_at: datetime | None) -> Framed | None:
    """Let the page that is being made hold the frame of this address; None where nothing ends within the hour."""
    if ends_at is None or ends_at - utcnow() > drafts.IDLE:
        return None
    security.admit(["frame-src"], ["'self'"])
    steps = (ends_at - WARNED_BEFORE - utcnow()) // STEP
    return Framed(url, min(max(steps, 0), LAST_STEP))


def hold_visit(name: str) -> Framed | None:
    """The frame for a resident's page of what their cookie calls so."""
    number = NUMBERS[name]
    address = url_for("keep_open.keep_open", number=number)
    return hold(address, drafts.end_of(session.get(name), NUMBERED[number][1]))


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals["keep_open"] = hold_visit
