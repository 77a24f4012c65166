"""Calendar editors answer those who ask for an interpreter, other help or the place of an event, and tell the organiser how many."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import session, today, transaction
from portal.events import help_answers, help_counts, help_requests, services
from portal.events.help_answers import VIEWS, NothingToDecide
from portal.events.help_dates import TOLD
from portal.events.help_form import INTERPRETED
from portal.events.help_labels import DECIDED, NEEDS
from portal.events.help_models import HelpState, Need, Outcome
from portal.events.help_words import language_in_words, need_in_words, told_in_words
from portal.events.services import ChangedMeanwhile
from portal.languages.i18n import current_language, day_and_year, long_day, name_for_staff
from portal.small_counts import QUARTER, ShownCounts, month_after
from portal.staff.access import blueprint, officer, only
from portal.staff.event_help_forms import AnswerForm
from portal.staff.figure_words import told
from portal.staff.models import Role
from portal.staff.seen import SeenForm

PAGE_SIZE = 50
ONE = "/events/help/<uuid:help_id>"
QUARTERS = 4
STATES = {
    HelpState.OPEN: (_l("New"), "new"),
    HelpState.DECIDED: (_l("Decided"), "done"),
    HelpState.WITHDRAWN: (_l("Taken back"), "closed"),
}
KINDS = {Outcome.OPEN: "looking", Outcome.MET: "done", Outcome.NOT_MET: "closed"}


def _find(help_id: uuid.UUID) -> help_requests.OpenRequest:
    return help_requests.find_request(help_id) or abort(404)


def _state(asked: help_requests.OpenRequest) -> tuple[str, str]:
    if asked.state is not HelpState.WITHDRAWN and asked.meant.is_called_off:
        return _("The event is called off"), "closed"
    if asked.state is HelpState.OPEN and asked.waits_since is None:
        return _("Answered, not decided"), "looking"
    words, kind = STATES[asked.state]
    return str(words), kind


@blueprint.get("/events/help", endpoint="event_help_requests")
@only(Role.CALENDAR_EDITOR)
def event_help_requests() -> str:
    view = request.args.get("view", VIEWS[0])
    view = view if view in VIEWS else VIEWS[0]
    number = min(max(1, request.args.get("page", 1, type=int)), 10**6)
    names = (_("Waiting"), _("Many from one place"), _("Done"))
    counts = help_answers.count_requests()
    rows = help_answers.listed_requests(view, skip=(number - 1) * PAGE_SIZE, most=PAGE_SIZE)
    words = services.words_of({row.request.meant.event.id for row in rows})
    return render_template(
        "staff/event_help_requests.html",
        rows=[
            (
                row,
                words[row.request.meant.event.id].in_(current_language().code),
                [need_in_words(need, row.request.language) for need in row.request.needs],
                _state(row.request),
            )
            for row in rows
        ],
        view=view,
        tab_links=[
            (url_for(".event_help_requests", view=name), words_of_view, name == view, counts[name])
            for name, words_of_view in zip(VIEWS, names, strict=True)
        ],
        count=counts[view],
        number=number,
        page_size=PAGE_SIZE,
    )


@blueprint.get(ONE, endpoint="event_help_request")
@only(Role.CALENDAR_EDITOR)
def event_help_request(help_id: uuid.UUID) -> str:
    return _page(_find(help_id))


def _as_form(asked: help_requests.OpenRequest) -> dict[str, Any]:
    return {"outcomes": {need.value: outcome.value for need, outcome in asked.needs.items()}}


def _name_needs(form: AnswerForm, asked: help_requests.OpenRequest) -> None:
    form.asked = asked
    for need, box in zip(asked.needs, form.of_needs, strict=True):
        box.label.text = need_in_words(need, asked.language)


def _answer_form(asked: help_requests.OpenRequest) -> AnswerForm:
    form = AnswerForm(data=_as_form(asked))
    _name_needs(form, asked)
    return form


def _page(asked: help_requests.OpenRequest, mistake: str = "", form: AnswerForm | None = None) -> str:
    """The request as it is now; what the editor typed stays."""
    form = form or AnswerForm(formdata=None, data=_as_form(asked))
    _name_needs(form, asked)
    seen = SeenForm(formdata=None)
    for each in (form, seen):
        each.seen.show(asked.version)
    if mistake:
        form.form_errors.append(mistake)
    event, due = asked.meant.event, help_answers.due_of(asked)
    return render_template(
        "staff/event_help_request.html",
        form=form,
        seen=seen,
        asked=asked,
        words=services.words_of([event.id])[event.id].in_(current_language().code),
        state=_state(asked),
        due=due,
        is_overdue=due is not None and due < today(),
        can_decide=help_answers.can_decide(asked),
        needs=[
            (need_in_words(need, asked.language), DECIDED[need in TOLD][outcome], KINDS[outcome])
            for need, outcome in asked.needs.items()
        ],
        can_tell={
            "place": asked.needs.get(Need.PLACE) is Outcome.OPEN and event.is_place_on_request,
            "link": asked.needs.get(Need.LINK) is Outcome.OPEN and bool(event.online_link),
        },
        reads=name_for_staff(asked.reads),
        thread=[
            {
                "mine": not one.is_from_person,
                "author": _("Who asks") if one.is_from_person else _("The events team"),
                "day": long_day(one.sent_on),
                "text": _("This message cannot be opened.") if one.text is None else one.text,
            }
            for one in help_requests.messages_of(asked.id)
        ],
        entries=audit.entries_about(str(asked.id), most=8),
        action_words={
            Action.ANSWERED_HELP_REQUEST: _("answered"),
            Action.DECIDED_HELP_REQUEST: _("said what is met"),
            Action.TOLD_PLACE_OR_LINK: _("told the place or the link"),
        },
    )


def _decide(help_id: uuid.UUID, act: Callable[[Any], None], form: AnswerForm | None = None) -> Response | str:
    """Do it as one transaction, or show the page as it is now with what stood in the way."""
    try:
        with transaction() as db:
            act(db)
        return redirect(url_for(".event_help_request", help_id=help_id), 303)
    except ChangedMeanwhile:
        mistake = _(
            "Something changed after you opened this page. Nothing of yours is done yet. Look again, then decide."
        )
    except NothingToDecide:
        mistake = _("There is nothing to decide any more.")
    return _page(_find(help_id), mistake, form)


def _record(db: Any, action: Action, help_id: uuid.UUID) -> None:
    audit.record(db, officer().staff.name, action, str(help_id))


@blueprint.post(f"{ONE}/answer", endpoint="answer_event_help")
@only(Role.CALENDAR_EDITOR)
def answer_event_help(help_id: uuid.UUID) -> Response | str:
    """In the editor's own words, with what is met; what is not met has its reason."""
    asked = _find(help_id)
    form = _answer_form(asked)
    if not form.validate():
        return _page(asked, form=form)
    text, chosen = form.message.data or "", form.chosen

    def act(db: Any) -> None:
        is_decided = help_answers.answer_request(db, help_id, form.seen.data, text, chosen)
        if text:
            _record(db, Action.ANSWERED_HELP_REQUEST, help_id)
        if is_decided:
            _record(db, Action.DECIDED_HELP_REQUEST, help_id)

    return _decide(help_id, act, form)


@blueprint.post(f"{ONE}/tell", endpoint="tell_event_place")
@only(Role.CALENDAR_EDITOR)
def tell_event_place(help_id: uuid.UUID) -> Response | str:
    """One press: who asks reads the place, or the link."""
    form, need = SeenForm(), Need.LINK if "link" in request.form else Need.PLACE
    _find(help_id)

    def act(db: Any) -> None:
        help_answers.tell(db, help_id, form.seen.data, need)
        _record(db, Action.TOLD_PLACE_OR_LINK, help_id)

    return _decide(help_id, act)


@blueprint.post(f"{ONE}/notice", endpoint="notice_event_help")
@only(Role.CALENDAR_EDITOR)
def notice_event_help(help_id: uuid.UUID) -> Response | str:
    """What was taken back after it was arranged is seen to."""
    form = SeenForm()
    _find(help_id)

    def act(db: Any) -> None:
        help_answers.notice(db, help_id, form.seen.data)
        _record(db, Action.DECIDED_HELP_REQUEST, help_id)

    return _decide(help_id, act)


@blueprint.get("/events/<uuid:event_id>/help", endpoint="event_needs")
@only(Role.CALENDAR_EDITOR)
def event_needs(event_id: uuid.UUID) -> str:
    """What the organiser is told: how many people need what, to copy or to print."""
    event, words = services.find_event(event_id) or abort(404)
    needs = help_counts.needs_to_tell(session, event_id)
    return render_template(
        "staff/event_needs.html",
        event=event,
        words=words.original,
        days=[(day_and_year(day), told_in_words(counts)) for day, counts in needs.items()],
    )


@blueprint.get("/events/help/figures", endpoint="event_help_figures")
@only(Role.CALENDAR_EDITOR, Role.SURVEY_MANAGER, Role.ANALYST)
def event_help_figures() -> str:
    """The newest quarters of which no request is left, without small counts."""
    figures = help_counts.help_figures(session, INTERPRETED)
    quarters = help_counts.final_quarters(QUARTERS)
    outcomes = {Outcome.MET: _("Met"), Outcome.NOT_MET: _("Not met")}
    spoken = {code: language_in_words(code) for code in figures.languages.answers}
    groups = [
        (_("All"), _rows(figures.made, quarters, {help_counts.ALL: _("Asked for")})),
        (_("Met or not"), _rows(figures.outcomes, quarters, outcomes)),
        (_("What was needed"), _rows(figures.needs, quarters, NEEDS)),
        (_("Language of the interpreter"), _rows(figures.languages, quarters, spoken)),
    ]
    return render_template(
        "staff/event_help_figures.html",
        headings=[_("Q%(quarter)s %(year)s", quarter=(first.month + 2) // 3, year=first.year) for first in quarters],
        groups=[(title, rows) for title, rows in groups if rows],
    )


def _rows(counts: ShownCounts, quarters: list[date], words: Mapping[Any, Any]) -> list[tuple[str, list[str]]]:
    """Only what is shown of one quarter at least: what was never asked for and what few asked for look alike."""
    found = []
    for answer in counts.answers:
        cells = [counts.over(first, month_after(first, QUARTER - 1), answer) for first in quarters]
        if any(cell.is_known for cell in cells):
            found.append((str(words[answer]), [told(cell) for cell in cells]))
    return found
