"""Calendar editors look at the events that groups propose: they accept, ask, decline, and cancel what was called off."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Response as FileResponse
from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.events import (
    facts,
    proposal_decisions,
    proposal_pictures,
    proposals,
    services,
    source_dates,
    sources,
    trusted_groups,
    twins,
)
from portal.events.proposal_contents import CannotBeOpened, KnownProposal, OpenProposal, find_proposal
from portal.events.proposal_decisions import VIEWS, ClashKind, GivesAway, HasPeople, NotWaiting, is_draft
from portal.events.proposal_models import ProposalState
from portal.events.services import ChangedMeanwhile, IsCancelled, IsOver
from portal.languages.i18n import long_day
from portal.staff.access import blueprint, officer, only
from portal.staff.event_differences import differences
from portal.staff.event_proposal_forms import DeclineForm, QuestionForm
from portal.staff.models import Role
from portal.staff.seen import SeenForm

PAGE_SIZE = 50
ONE = "/event-proposals/<uuid:proposal_id>"
STATES = {
    ProposalState.WAITING: (_l("New"), "new"),
    ProposalState.ASKED: (_l("Asked"), "looking"),
    ProposalState.ACCEPTED: (_l("Accepted"), "done"),
    ProposalState.DECLINED: (_l("Declined"), "closed"),
    ProposalState.CALLED_OFF: (_l("Called off by the group"), "new"),
    ProposalState.WITHDRAWN: (_l("Withdrawn"), "closed"),
}
DONE = {"added": Action.ADDED_EVENT, "changed": Action.CHANGED_EVENT, "published": Action.PUBLISHED_EVENT}
ENDS = {"cancelled": Action.CANCELLED_EVENT, "deleted": Action.DELETED_DRAFT_EVENT}
CLASHES = {
    ClashKind.PLACE: _l("Same place, at the same time"),
    ClashKind.AUDIENCE: _l("For the same people, on the same day"),
}


def _find(proposal_id: uuid.UUID) -> KnownProposal:
    return find_proposal(proposal_id) or abort(404)


def _state(proposal: KnownProposal) -> tuple[str, str]:
    if proposal.is_let_through:
        return _("Public, to be looked at"), "new"
    if proposal.state is ProposalState.WAITING and proposal.event_id:
        return _("A change waits"), "new"
    words, kind = STATES[proposal.state]
    return str(words), kind


@blueprint.get("/event-proposals", endpoint="event_proposals")
@only(Role.CALENDAR_EDITOR)
def event_proposals() -> str:
    view = request.args.get("view", VIEWS[0])
    view = view if view in VIEWS else VIEWS[0]
    number = min(max(1, request.args.get("page", 1, type=int)), 10**6)
    names = (_("Waiting"), _("Many from one place"), _("Asked"), _("Decided"))
    counts = {name: proposal_decisions.count_proposals(name) for name in VIEWS}
    rows = proposal_decisions.listed_proposals(view, skip=(number - 1) * PAGE_SIZE, most=PAGE_SIZE)
    return render_template(
        "staff/event_proposals.html",
        rows=[(row, *_state(row)) for row in rows],
        view=view,
        tab_links=[
            (url_for(".event_proposals", view=name), words, name == view, counts[name])
            for name, words in zip(VIEWS, names, strict=True)
        ],
        count=counts[view],
        ending_soon=trusted_groups.count_ending_soon(),
        number=number,
        page_size=PAGE_SIZE,
    )


@blueprint.get(ONE, endpoint="event_proposal")
@only(Role.CALENDAR_EDITOR)
def event_proposal(proposal_id: uuid.UUID) -> str:
    return _page(proposal_id)


def _page(
    proposal_id: uuid.UUID,
    mistake: str = "",
    question: QuestionForm | None = None,
    refusal: DeclineForm | None = None,
) -> str:
    """The proposal as it is now; what the editor typed stays."""
    found = _find(proposal_id)
    if not isinstance(found, OpenProposal):
        return _damaged_page(found, mistake, refusal)
    form = SeenForm(formdata=None)
    question, refusal = question or QuestionForm(formdata=None), refusal or DeclineForm(formdata=None)
    for each in (form, question, refusal):
        each.seen.show(found.version)
    if mistake:
        form.form_errors.append(mistake)
    state, kind = _state(found)
    same = None if found.event_id else twins.find_event_like(found.content)
    return render_template(
        "staff/event_proposal.html",
        form=form,
        question=question,
        refusal=refusal,
        proposal=found,
        state=(state, kind),
        trusted=trusted_groups.find_group(found.group_id),
        picture=proposal_pictures.find_proposed(found.id),
        was_never_public=is_draft(found.event_id),
        shown=proposals.shown_as_event(found.content),
        is_open=found.is_open_to_group,
        differences=differences(found),
        source=sources.source_of(found.id),
        dates=source_dates.dates_of(found.id),
        same_event=services.find_event(same) if same else None,
        same_proposals=[] if found.event_id else twins.proposals_like(found),
        clashes=[(CLASHES[one.kind], one) for one in proposal_decisions.clashes_of(found)],
        thread=_thread(found, found.content.group),
        **_acts(proposal_id),
    )


def _damaged_page(found: KnownProposal, mistake: str, refusal: DeclineForm | None) -> str:
    """What lies in the clear of it, and the way to end it."""
    refusal = refusal or DeclineForm(formdata=None)
    refusal.seen.show(found.version)
    if mistake:
        refusal.form_errors.append(mistake)
    return render_template(
        "staff/event_proposal_damaged.html",
        refusal=refusal,
        proposal=found,
        state=_state(found),
        thread=_thread(found, _("The group")),
        **_acts(found.id),
    )


def _thread(found: KnownProposal, group: str) -> list[dict[str, Any]]:
    return [
        {
            "mine": not one.is_from_group,
            "author": group if one.is_from_group else _("The editors"),
            "day": long_day(one.sent_on),
            "text": _("This message cannot be opened.") if one.text is None else one.text,
        }
        for one in proposals.messages_of(found.id)
    ]


def _acts(proposal_id: uuid.UUID) -> dict[str, Any]:
    return {
        "entries": audit.entries_about(str(proposal_id), most=8),
        "action_words": {
            Action.ASKED_GROUP: _("asked the group"),
            Action.ACCEPTED_PROPOSAL: _("accepted it"),
            Action.DECLINED_PROPOSAL: _("declined it"),
            Action.ENDED_PROPOSAL: _("cancelled it for the group"),
            Action.LET_THROUGH_EVENT: _("sent it with its number"),
            Action.LEFT_EVENT: _("looked at it and left it public"),
            Action.TOOK_EVENT_OFF: _("took it off the calendar"),
        },
    }


@blueprint.get(f"{ONE}/preview", endpoint="preview_event_proposal")
@only(Role.CALENDAR_EDITOR)
def preview_event_proposal(proposal_id: uuid.UUID) -> str:
    found = _find(proposal_id)
    if not isinstance(found, OpenProposal):
        return _page(proposal_id)
    return render_template(
        "staff/event_proposal_preview.html",
        is_preview=True,
        proposal=found,
        **facts.about(proposals.shown_as_event(found.content)),
    )


def _decide(proposal_id: uuid.UUID, act: Callable[[Any], None], **forms: Any) -> Response | str:
    """Do it as one transaction, or show the page as it is now with what stood in the way."""
    try:
        with transaction() as db:
            act(db)
        return redirect(url_for(".event_proposal", proposal_id=proposal_id), 303)
    except ChangedMeanwhile:
        mistake = _(
            "Something changed after you opened this page. Nothing of yours is done yet. Look again, then decide."
        )
    except GivesAway:
        mistake = _(
            "The words say the place or the link that only people who ask are told. Ask the group to take it out."
        )
    except CannotBeOpened:
        mistake = _("It cannot be opened, so nothing of it can become public.")
    except HasPeople:
        mistake = _(
            "People asked for help at this event, or came to it. Change its words if you must, then cancel it on its own page: they read that."
        )
    except NotWaiting:
        mistake = _("There is nothing to decide any more.")
    except IsOver:
        mistake = _("The day of this event has passed. Ask the group for another day, or accept it as a draft.")
    except IsCancelled:
        mistake = _("This event is cancelled, so it cannot be changed any more.")
    return _page(proposal_id, mistake, **forms)


def _record(db: Any, action: Action, subject: uuid.UUID) -> None:
    audit.record(db, officer().staff.name, action, str(subject))


@blueprint.post(f"{ONE}/accept", endpoint="accept_event_proposal")
@only(Role.CALENDAR_EDITOR)
def accept_event_proposal(proposal_id: uuid.UUID) -> Response | str:
    """It becomes an event, public or a draft; a change goes into the event that is there."""
    form, publish = SeenForm(), "publish" in request.form
    before = _find(proposal_id)

    def act(db: Any) -> None:
        event_id, done = proposal_decisions.accept(
            db, proposal_id, form.seen.data, officer().staff.name, publish=publish
        )
        is_its_own = before.event_id is not None or "added" in done
        source_dates.follow_accepted(db, proposal_id, event_id, is_its_own=is_its_own)
        _record(db, Action.ACCEPTED_PROPOSAL, proposal_id)
        for what, action in DONE.items():
            if what in done:
                _record(db, action, event_id)

    return _decide(proposal_id, act)


@blueprint.post(f"{ONE}/ask", endpoint="ask_event_group")
@only(Role.CALENDAR_EDITOR)
def ask_event_group(proposal_id: uuid.UUID) -> Response | str:
    form = QuestionForm()
    _find(proposal_id)
    if not form.validate():
        return _page(proposal_id, question=form)

    def act(db: Any) -> None:
        proposal_decisions.ask_group(db, proposal_id, form.seen.data, form.message.data)
        _record(db, Action.ASKED_GROUP, proposal_id)

    return _decide(proposal_id, act, question=form)


@blueprint.post(f"{ONE}/decline", endpoint="decline_event_proposal")
@only(Role.CALENDAR_EDITOR)
def decline_event_proposal(proposal_id: uuid.UUID) -> Response | str:
    form = DeclineForm()
    _find(proposal_id)
    if not form.validate():
        return _page(proposal_id, refusal=form)

    def act(db: Any) -> None:
        proposal_decisions.decline(db, proposal_id, form.seen.data, form.why.data)
        source_dates.leave_as_they_are(db, proposal_id)
        _record(db, Action.DECLINED_PROPOSAL, proposal_id)

    return _decide(proposal_id, act, refusal=form)


@blueprint.post(f"{ONE}/call-off", endpoint="call_off_event_proposal")
@only(Role.CALENDAR_EDITOR)
def call_off_event_proposal(proposal_id: uuid.UUID) -> Response | str:
    """The group said that it does not take place: everyone is told so now."""
    form = SeenForm()
    _find(proposal_id)

    def act(db: Any) -> None:
        event_id, done = proposal_decisions.call_off(db, proposal_id, form.seen.data)
        _record(db, Action.ENDED_PROPOSAL, proposal_id)
        for what, action in ENDS.items():
            if what in done and event_id is not None:
                _record(db, action, event_id)

    return _decide(proposal_id, act)


@blueprint.post(f"{ONE}/leave", endpoint="leave_event_public")
@only(Role.CALENDAR_EDITOR)
def leave_event_public(proposal_id: uuid.UUID) -> Response | str:
    """An editor looked at what a trusted group sent, and it stays as it is."""
    form = SeenForm()
    _find(proposal_id)

    def act(db: Any) -> None:
        proposal_decisions.leave_public(db, proposal_id, form.seen.data)
        _record(db, Action.LEFT_EVENT, proposal_id)

    return _decide(proposal_id, act)


@blueprint.post(f"{ONE}/take-off", endpoint="take_event_off")
@only(Role.CALENDAR_EDITOR)
def take_event_off(proposal_id: uuid.UUID) -> Response | str:
    """What a trusted group sent leaves the calendar, and is decided on like any other."""
    form = SeenForm()
    _find(proposal_id)

    def act(db: Any) -> None:
        event_id = proposal_decisions.take_off(db, proposal_id, form.seen.data)
        for subject in (proposal_id, event_id):
            _record(db, Action.TOOK_EVENT_OFF, subject)

    return _decide(proposal_id, act)


@blueprint.get(f"{ONE}/picture", endpoint="event_proposal_picture")
@only(Role.CALENDAR_EDITOR)
def event_proposal_picture(proposal_id: uuid.UUID) -> Response:
    proposed = proposal_pictures.find_proposed(_find(proposal_id).id) or abort(404)
    return FileResponse(proposed.picture.jpeg, mimetype="image/jpeg")
