"""Groups without an account tell us about their event, and come back to it by a number that only they have."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from portal import limits
from portal.db import session as database_session
from portal.db import transaction
from portal.events import (
    facts,
    feedback,
    listing,
    proposal_pictures,
    proposals,
    sources,
    trusted_groups,
)
from portal.events.afterwards_shown import dates_to_tell_of
from portal.events.help_counts import needs_to_tell
from portal.events.help_words import told_in_words
from portal.events.proposal_contents import KnownProposal, OpenProposal, code_of, find_proposal, id_of
from portal.events.proposal_decisions import is_draft
from portal.events.proposal_door import VISIT, blueprint, closed, damaged
from portal.events.proposal_models import ProposalState
from portal.events.proposals import IsDecided, TooManyMessages
from portal.events.propose_form import CodeForm, ProposalForm, ToEditorsForm, proposal_filled_in
from portal.events.services import ChangedMeanwhile, places
from portal.languages.i18n import current_language, day_and_year, long_day
from portal.partnership.file import current_partnership
from portal.vault import receipts
from portal.vault.keyholders import find_vault
from portal.web import errors

# More from one address in an hour are kept apart for the editors; none is refused.
MAX_PER_HOUR = 5
MAX_GUESSES_PER_HOUR = 20

STATES = {
    ProposalState.WAITING: (_l("We are looking at it"), "looking"),
    ProposalState.ASKED: (_l("We asked you something"), "new"),
    ProposalState.ACCEPTED: (_l("Accepted"), "done"),
    ProposalState.DECLINED: (_l("Not accepted"), "closed"),
    ProposalState.CALLED_OFF: (_l("You called it off"), "looking"),
    ProposalState.WITHDRAWN: (_l("You took it back"), "closed"),
}
NEXT = {
    ProposalState.WAITING: _l(
        "An editor looks at every event before anyone sees it. Come back here to read the answer."
    ),
    ProposalState.ASKED: _l("Read our question below, and answer it or change your event."),
    ProposalState.ACCEPTED: _l("Thank you. You can still change it: an editor looks at the change first."),
    ProposalState.DECLINED: _l("Read below why not. You can tell us about another event at any time."),
    ProposalState.CALLED_OFF: _l("An editor will cancel it in the calendar soon."),
    ProposalState.WITHDRAWN: _l("It does not become public."),
}


def _is_pressed(name: str) -> bool:
    return request.method == "POST" and name in request.form


def _is_unsent(form: ProposalForm) -> bool:
    """Whether the form is only to be shown: it was not sent, goes back to be changed, or changes its language."""
    return request.method == "GET" or _is_pressed("switch") or _is_pressed("change") or not form.validate()


@blueprint.route("", methods=["GET", "POST"])
def propose() -> Response | str:
    """Fill in, look at it as everyone would see it, send. Between the pages the form itself holds what was typed."""
    if find_vault() is None:
        return errors.page(503)
    form = ProposalForm(data={"once": uuid.uuid4().hex, "language": current_language().code})
    form.offer(places())
    if _is_unsent(form):
        return _form_page(form, None)
    trusted = _trusted(form)
    if form.group_number.errors:
        return _form_page(form, None)
    if not _is_pressed("send"):
        return _preview_page(form, url_for(".propose"))
    held = limits.count_visit("proposal_sent") > MAX_PER_HOUR
    page_id, content = form.page_id, form.content
    try:
        digits = proposals.propose(page_id, content, trusted, held=held)
    except IntegrityError:  # the same page sent twice at the same moment: the other one stored it
        if find_proposal(id_of(page_id, content)) is None:
            raise
        digits = code_of(page_id, content)
    stored = find_proposal(id_of(page_id, content))
    return render_template(
        "events/propose_sent.html",
        groups=receipts.groups(digits),
        back_url=None,
        title_of_event=form.title.data,
        event_id=stored.event_id if stored and stored.is_let_through else None,
    )


def _trusted(form: ProposalForm) -> Any:
    """The group whose number was typed; where it is none, the box says so. Guessing ends as it does with other numbers."""
    if not form.group_digits:
        return None
    with limits.one_at_a_time("proposal"):
        if limits.visits("proposal") >= MAX_GUESSES_PER_HOUR:
            form.group_number.errors = [
                _("Too many wrong numbers came from your network. Leave this empty, or try again in an hour.")
            ]
            return None
        found = trusted_groups.find_by_number(form.group_digits)
        if found is None:
            limits.count_visit("proposal")
            form.group_number.errors = [
                _("We do not know this number, or it has ended. Check each digit, or leave it empty.")
            ]
    return found


def _form_page(form: ProposalForm, proposal: OpenProposal | None) -> str:
    return render_template(
        "events/propose.html",
        form=form,
        proposal=proposal,
        is_mended=proposal is not None and proposal.declined is not None and "accepted" not in request.args,
        back_url=url_for(".yours") if proposal else url_for("events.calendar"),
        picker_form="step",
    )


def _preview_page(form: ProposalForm, address: str) -> str:
    """Exactly the page that it would have."""
    return render_template(
        "events/propose_preview.html",
        is_preview=True,
        kept=form.kept(),
        address=address,
        picker_form="step",
        **facts.about(proposals.shown_as_event(form.content)),
    )


@blueprint.route("/back", methods=["GET", "POST"])
def back() -> Response | str:
    """I have a number. The digits travel in this POST only."""
    form = CodeForm()
    if request.method == "POST" and not _is_pressed("switch") and form.validate():
        with limits.one_at_a_time("proposal"):
            if limits.visits("proposal") >= MAX_GUESSES_PER_HOUR:
                return errors.page(429)
            visit = proposals.open_with_code(form.digits)
            calendar = None if visit else sources.open_with_code(form.digits)
            if visit is None and calendar is None:
                limits.count_visit("proposal")
        if visit is not None:
            session[VISIT] = visit.token
            return redirect(url_for(".yours"), 303)
        if calendar is not None:
            session[sources.VISIT] = calendar.token
            return redirect(url_for("group_calendar.yours"), 303)
        form.code.errors = [_("That number does not open an event. Check each digit and try again.")]
    return render_template(
        "events/propose_back.html", form=form, back_url=url_for("events.calendar"), picker_form="step"
    )


@blueprint.post("/close")
def close() -> Response:
    """Somebody else may use this device."""
    if token := session.pop(VISIT, None):
        proposals.end_visit(token)
    return redirect(url_for("events.calendar"), 303)


@blueprint.route("/yours", methods=["GET", "POST"])
def yours() -> Response | str:
    """How far it is, and what both sides wrote."""
    found = proposals.find_visited(session.get(VISIT))
    if found is None:
        return closed()
    if not isinstance(found, OpenProposal):
        return damaged()
    form = ToEditorsForm(once=uuid.uuid4().hex)
    if request.method == "POST" and not _is_pressed("switch") and form.validate():
        try:
            with transaction() as db:
                proposals.write_to_editors(db, found.id, form.message.data, form.message_id)
            return redirect(url_for(".yours"), 303)
        except TooManyMessages:
            form.message.errors = [_("You have written a lot. Wait for our answer.")]
        except IsDecided:
            return redirect(url_for(".yours"), 303)
    state, kind = STATES[found.state]
    return render_template(
        "events/propose_yours.html",
        form=form,
        proposal=found,
        state=(state, kind),
        next=_next_in_words(found),
        shown=proposals.shown_as_event(found.content),
        dates=dates_to_tell_of(found),
        has_feedback=feedback.has_sheet(_public_event(found)),
        needs=_needs(found),
        thread=[_message(one) for one in proposals.messages_of(found.id)],
        kept_for=_kept_in_words(found),
        has_picture=proposal_pictures.has_picture(found.id),
        back_url=None,
        picker_form="step",
    )


def _kept_in_words(found: KnownProposal) -> str:
    """Until when what they sent lies here."""
    rules = current_partnership().retention
    if found.state in {ProposalState.DECLINED, ProposalState.WITHDRAWN}:
        return ngettext(
            "What you sent is deleted after %(num)s day.",
            "What you sent is deleted after %(num)s days.",
            rules.refused_proposal_days,
        )
    return ngettext(
        "What you sent is deleted %(num)s day after the last date of your event.",
        "What you sent is deleted %(num)s days after the last date of your event.",
        rules.proposal_days,
    )


def _next_in_words(found: OpenProposal) -> str:
    if found.is_let_through and found.state is ProposalState.ACCEPTED:
        return _("It is in the calendar. An editor still looks at it.")
    if found.declined is not None and found.state is ProposalState.ACCEPTED:
        return _("We did not take your change: read below why. It is kept for you to mend. The event stays as it was.")
    if found.state is ProposalState.WITHDRAWN and found.event_id is not None:
        return _("It is cancelled in the calendar.")
    if found.state is ProposalState.CALLED_OFF and is_draft(found.event_id):
        return _("An editor will take it out soon. Nobody has seen it in the calendar.")
    if found.is_change and found.state is ProposalState.WAITING:
        return _("Your change waits. Until an editor has looked at it, everyone sees the event as it was.")
    return str(NEXT[found.state])


def _needs(found: OpenProposal) -> list[tuple[str, list[str]]]:
    """What people need who come, by the day: how many, and never who."""
    told = needs_to_tell(database_session, found.event_id) if found.event_id else {}
    return [(day_and_year(day), told_in_words(counts)) for day, counts in told.items()]


def _message(said: proposals.SaidMessage) -> dict[str, Any]:
    return {
        "mine": said.is_from_group,
        "author": _("Your group") if said.is_from_group else _("The editors"),
        "day": long_day(said.sent_on),
        "text": _("This message cannot be opened.") if said.text is None else said.text,
    }


@blueprint.route("/yours/change", methods=["GET", "POST"])
def change() -> Response | str:
    """The same form and the same preview; an editor looks at what differs."""
    found = proposals.find_visited(session.get(VISIT))
    if found is None:
        return closed()
    if not isinstance(found, OpenProposal):
        return damaged()
    if not found.is_open_to_group:
        return redirect(url_for(".yours"), 303)
    begins = found.declined if found.declined is not None and "accepted" not in request.args else found.content
    form = ProposalForm(data=proposal_filled_in(begins) | {"seen": found.version, "once": ""})
    form.offer(places(), kept=begins.facts.place_code)
    if _is_unsent(form):
        return _form_page(form, found)
    if not _is_pressed("send"):
        return _preview_page(form, url_for(".change"))
    try:
        with transaction() as db:
            proposals.change_proposal(db, found.id, form.seen.data, form.content)
        return redirect(url_for(".yours"), 303)
    except IsDecided:
        return redirect(url_for(".yours"), 303)
    except ChangedMeanwhile:
        form.seen.data, form.seen.raw_data = found.version, None
        form.form_errors.append(
            _(
                "Something happened to this event after you opened it. Read your event’s page, then send your change again."
            )
        )
    return _form_page(form, found)


@blueprint.route("/yours/withdraw", methods=["GET", "POST"])
def withdraw() -> Response | str:
    """Ask first: it cannot be taken back."""
    found = proposals.find_visited(session.get(VISIT))
    if found is None:
        return closed()
    if not isinstance(found, OpenProposal):
        return damaged()
    if request.method == "POST":
        with transaction() as db:
            proposals.withdraw_proposal(db, found.id)
        return redirect(url_for(".yours"), 303)
    if not found.is_open_to_group:
        return redirect(url_for(".yours"), 303)
    return render_template("events/propose_withdraw.html", proposal=found, back_url=url_for(".yours"))


def _public_event(found: proposals.OpenProposal) -> listing.ShownEvent | None:
    return listing.find_public_event(found.event_id, current_language().code) if found.event_id else None
