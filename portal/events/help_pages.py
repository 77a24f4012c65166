"""People ask for an interpreter, other help, the place or the link of an event, and come back by a number that only they have."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from portal import limits
from portal.db import transaction
from portal.events import help_requests, listing
from portal.events.help_dates import dates_to_ask, needs_to_ask
from portal.events.help_form import HelpForm, too_late
from portal.events.help_models import HelpState, Need
from portal.events.help_requests import DateClosed, IsEnded, OpenRequest, SaidMessage, TooManyMessages
from portal.events.help_words import need_in_words, outcome_in_words
from portal.events.propose_form import CodeForm, ToEditorsForm
from portal.events.services import words_of
from portal.languages.i18n import current_language, long_day
from portal.partnership.file import current_partnership
from portal.vault import receipts
from portal.vault.drafts import IDLE
from portal.vault.keyholders import find_vault
from portal.web import errors

blueprint = Blueprint("help_requests", __name__, url_prefix="/events/ask")

VISIT = "help"
# More from one address in an hour are kept apart for the editors; none is refused.
MAX_PER_HOUR = 5
MAX_GUESSES_PER_HOUR = 20


def _is_sent() -> bool:
    """Whether a form was sent, and not only its language changed."""
    return request.method == "POST" and "switch" not in request.form


@blueprint.route("/<uuid:event_id>", methods=["GET", "POST"])
def ask(event_id: uuid.UUID) -> Response | str:
    """No name is needed. What can be asked for is what can still be arranged or told."""
    if find_vault() is None:
        return errors.page(503)
    shown = listing.find_public_event(event_id, current_language().code) or abort(404)
    dates = dates_to_ask(shown.event, shown.occurrences)
    if not needs_to_ask(dates):
        return _too_late_page(shown)
    form = HelpForm(data=_begun() | {"once": uuid.uuid4().hex})
    form.offer(dates)
    if _is_sent() and form.validate():
        held = limits.count_visit("help_asked") > MAX_PER_HOUR
        sent = form.page_id, event_id, form.planned_on, form.asked
        try:
            digits = _store(sent, held=held)
            return _sent_page(shown, digits)
        except DateClosed:
            form.day.errors = [too_late()]
    return render_template(
        "events/help_ask.html",
        form=form,
        shown=shown,
        dates=dates,
        back_url=url_for("events.event", event_id=event_id),
        picker_form="step",
    )


def _begun() -> dict[str, Any]:
    """What the link that led here meant: the date, and where it is or the link to take part."""
    wanted = request.args.get("for", "")
    return {"day": request.args.get("day", ""), "needs": [wanted] if wanted in {Need.PLACE, Need.LINK} else []}


def _store(sent: tuple[uuid.UUID, uuid.UUID, Any, help_requests.Asked], *, held: bool) -> str:
    try:
        return help_requests.ask_for_help(*sent, held=held)
    except IntegrityError:  # the same page sent twice at the same moment: the other one stored it
        if help_requests.find_request(help_requests.id_of(*sent)) is None:
            raise
        return help_requests.code_of(*sent)


def _sent_page(shown: listing.ShownEvent, digits: str) -> str:
    return render_template("events/help_sent.html", groups=receipts.groups(digits), shown=shown, back_url=None)


def _too_late_page(shown: listing.ShownEvent) -> str:
    return render_template(
        "events/help_too_late.html",
        shown=shown,
        phone=current_partnership().contact.phone,
        back_url=url_for("events.event", event_id=shown.event.id),
    )


@blueprint.route("/back", methods=["GET", "POST"])
def back() -> Response | str:
    """I have a number. The digits travel in this POST only."""
    form = CodeForm()
    if _is_sent() and form.validate():
        with limits.one_at_a_time("help"):
            if limits.visits("help") >= MAX_GUESSES_PER_HOUR:
                return errors.page(429)
            visit = help_requests.open_with_code(form.digits)
            if visit is None:
                limits.count_visit("help")
        if visit is not None:
            session[VISIT] = visit.token
            return redirect(url_for(".yours"), 303)
        form.code.errors = [_("That number does not open a question about an event. Check each digit and try again.")]
    return render_template("events/help_back.html", form=form, back_url=url_for("events.calendar"), picker_form="step")


def _closed() -> Response:
    return errors.page(
        410,
        _("What you asked for has been closed on this device"),
        ngettext(
            "It closes after %(num)s minute. Type your number to open it again.",
            "It closes after %(num)s minutes. Type your number to open it again.",
            IDLE.seconds // 60,
        ),
        ways_on=[(_("Type my number"), url_for(".back"))],
    )


@blueprint.post("/close")
def close() -> Response:
    """Somebody else may use this device."""
    if token := session.pop(VISIT, None):
        help_requests.end_visit(token)
    return redirect(url_for("events.calendar"), 303)


@blueprint.route("/yours", methods=["GET", "POST"])
def yours() -> Response | str:
    """What came of it, the place and the link where they are told, and what both sides wrote."""
    found = help_requests.find_visited(session.get(VISIT))
    if found is None:
        return _closed()
    form = ToEditorsForm(once=uuid.uuid4().hex)
    if _is_sent() and form.validate():
        try:
            with transaction() as db:
                help_requests.write_to_editors(db, found.id, form.message.data, form.message_id)
            return redirect(url_for(".yours"), 303)
        except TooManyMessages:
            form.message.errors = [_("You have written a lot. Wait for our answer.")]
        except IsEnded:
            return redirect(url_for(".yours"), 303)
    event, one = found.meant.event, found.meant.one
    return render_template(
        "events/help_yours.html",
        form=form,
        asked=found,
        is_withdrawn=found.state is HelpState.WITHDRAWN,
        words=words_of([event.id])[event.id].in_(current_language().code),
        needs=[
            (need_in_words(need, found.language), *outcome_in_words(need, outcome))
            for need, outcome in found.needs.items()
        ],
        place=_place(found),
        link=event.online_link if one and found.is_told(Need.LINK) else "",
        thread=[_message(said) for said in help_requests.messages_of(found.id)],
        back_url=None,
        picker_form="step",
    )


def _place(found: OpenRequest) -> list[str]:
    """As it is now: one date may be somewhere else."""
    event, one = found.meant.event, found.meant.one
    if one is None or not found.is_told(Need.PLACE):
        return []
    there = (one.venue, one.address) if one.venue else (event.venue, event.address)
    return [line for line in there if line]


def _message(said: SaidMessage) -> dict[str, Any]:
    return {
        "mine": said.is_from_person,
        "author": _("You") if said.is_from_person else _("The events team"),
        "day": long_day(said.sent_on),
        "text": _("This message cannot be opened.") if said.text is None else said.text,
    }


@blueprint.route("/yours/take-back", methods=["GET", "POST"])
def take_back() -> Response | str:
    """Ask first: it cannot be undone."""
    found = help_requests.find_visited(session.get(VISIT))
    if found is None:
        return _closed()
    if request.method == "POST":
        with transaction() as db:
            help_requests.take_back(db, found.id)
        return redirect(url_for(".yours"), 303)
    if not found.is_open:
        return redirect(url_for(".yours"), 303)
    return render_template("events/help_take_back.html", back_url=url_for(".yours"))
