"""Closing a report: how it ends, what its reporter reads, and why; and opening it again."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal import audit, outbox
from portal.audit import Action
from portal.db import today, transaction
from portal.languages.i18n import ENGLISH, language_of, name_for_staff
from portal.partnership.file import current_partnership
from portal.reporting import belonging, closing, conversations, deletions, merging, second_looks
from portal.reporting.case import OpenReport
from portal.reporting.closing import CannotClose, Closing
from portal.reporting.decisions import Decision, Step, decisions_of
from portal.reporting.deletions import WorkHasStopped
from portal.reporting.links import LinkKind
from portal.reporting.models import Author, State
from portal.reporting.pages.steps import place_in_words
from portal.reporting.references import shown_reference
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.closing_forms import ClosingForm, ReopenForm, closing_form, ids_in, number_in
from portal.staff.forms import KINDS
from portal.staff.link_words import isolated_reference
from portal.staff.models import Role
from portal.staff.open_report import open_report
from portal.staff.outcome_words import obstacle_in_words, outcome_choices, outcome_in_words
from portal.staff.panels.closing_ends import open_parts, open_tasks
from portal.staff.panels.messages import shown_message
from portal.staff.panels.page import show_report
from portal.staff.replies import Ready

# Of those that are merged into a report so many are named where it is closed; the others are counted.
MOST_NAMED = 10


@blueprint.route("/reports/<uuid:report_id>/close", methods=["GET", "POST"], endpoint="close_report")
@only(Role.OFFICER, unlocked=True)
def close_report(report_id: uuid.UUID) -> Response | str:
    """How it ends. Nothing is sent before the last button; where a second look is needed, not even then."""
    found = open_report(report_id)
    back = redirect(url_for(".report", report_id=report_id), 303)
    if request.method == "GET" and (_is_stopped(found) or found.report.state is State.CLOSED):
        return back
    if request.method == "GET" and second_looks.waiting_closing(report_id, found.key):
        return redirect(url_for(".second_look", report_id=report_id), 303)
    form = _form(found)
    ready = None
    if "fill" in request.form:
        if form.chosen is None:
            form.outcome.errors = [_("Choose how it ends first.")]
        else:
            ready = form.fill(form.chosen, language_of(found.report.language))
    elif request.method == "POST" and form.validate() and _close(found, form):
        return back
    return _page(found, form, ready)


def _form(found: OpenReport) -> ClosingForm:
    """Empty, or as it was when the closing was sent back or taken back."""
    written = _written(found)
    begun: dict[str, Any] = {"once": uuid.uuid4().hex, "read": len(written)}
    partner_choices: dict[str, str] = {}
    last = _last_decision(found)
    if last is not None and last.step in (Step.SENT_BACK, Step.TAKEN_BACK):
        begun |= {"outcome": last.outcome, "message": last.message, "language": last.language or ENGLISH}
        partner_choices = last.partner_choices
    form = closing_form(open_parts(found), partner_choices, **begun)
    form.outcome.choices = outcome_choices()
    # What has come since the page was opened is not what was ticked about: the service says so.
    form.unread = sum(message.new for message in written[: number_in(form.read)])
    return form


def _last_decision(found: OpenReport) -> Decision | None:
    decisions = decisions_of(found.report.id, found.key)
    return decisions[-1] if decisions else None


def _written(found: OpenReport) -> list[conversations.OpenMessage]:
    return [message for message in found.messages if message.author is Author.REPORTER]


def _is_stopped(found: OpenReport) -> bool:
    return conversations.is_stopped(found.conversation, deletions.find_deletion(found.report.id))


def _close(found: OpenReport, form: ClosingForm) -> bool:
    """Close it; where that cannot be, say why beside what was written."""
    decided = Closing(
        outcome=form.outcome.data,
        message=form.message.data,
        language=form.language.data,
        reason=form.why.data or "",
        by=officer().display_name,
        by_id=officer().staff.id,
        once=conversations.message_id(form.once.data, form.message.data),
        read=number_in(form.read),
        tasks=ids_in(form.tasks),
        partner_choices=form.partner_choices,
        on=today(),
    )
    try:
        with transaction() as db:
            is_second_looked = closing.needs_second_look(found.report.kind, immediate_risk=found.report.immediate_risk)
            done = Action.PROPOSED_CLOSING if is_second_looked else Action.CLOSED_REPORT
            audit.record(db, officer().staff.name, done, str(found.report.id))
            closing.close_report(db, held_keys(), found.conversation, found.key, decided)
    except WorkHasStopped:
        form.form_errors.append(
            _("The reporter has stopped work on this report. It was not closed, and nothing was sent.")
        )
        return False
    except CannotClose as cannot:
        form.form_errors.append(obstacle_in_words(cannot.obstacle))
        return False
    return True


def _page(found: OpenReport, form: ClosingForm, ready: Ready | None) -> str:
    """Showing it is a look at the report."""
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_REPORT, str(found.report.id))
    found = replace(found, messages=conversations.messages_of(found.conversation, Author.OFFICER))
    written = _written(found)
    form.read.data, form.unread = len(written), sum(message.new for message in written)
    ending = open_tasks(found)
    form.tasks.data = " ".join(one.task.id.hex for one in ending)
    needs_look = closing.needs_second_look(found.report.kind, immediate_risk=found.report.immediate_risk)
    last = _last_decision(found)
    return render_template(
        "staff/close_report.html",
        form=form,
        report=found.report,
        reference=shown_reference(found.report.reference),
        kind=KINDS[found.report.kind.value],
        place=place_in_words(found.report.place_code),
        ready=ready,
        written_in=language_of(found.report.language),
        reporter_language=name_for_staff(found.report.language),
        new_messages=[shown_message(found, message, may_translate=False) for message in written if message.new],
        needs_look=needs_look,
        look_by=current_partnership().closing.second_look_by,
        alert=outbox.waiting_alert(found.report.id),
        waits=second_looks.waiting_closing(found.report.id, found.key),
        is_stopped=_is_stopped(found),
        sent_back=last if last is not None and last.step is Step.SENT_BACK else None,
        ending=ending,
        unfinished=_unfinished(found),
        outcome_in_words=outcome_in_words,
        text_limit=conversations.MAX_TEXT,
    )


def _unfinished(found: OpenReport) -> list[str]:
    """What goes on after closing, unless somebody ends it first."""
    linked = belonging.belonging_of(held_keys(), found.report.id).linked
    led = [one.report for one in linked if one.link.kind is LinkKind.DUPLICATE and one.link.leads]
    wishes = deletions.deletions_of([each.id for each in led])
    merged = [each.reference for each in led if not merging.is_over(each, wishes.get(each.id))]
    sentences = [
        _(
            "Merged into this report: %(reference)s. Once you have closed this one, write to its reporter too.",
            reference=isolated_reference(each),
        )
        for each in sorted(merged)[:MOST_NAMED]
    ]
    if len(merged) > MOST_NAMED:
        sentences.append(
            ngettext(
                "%(num)s more report is merged into this one. Write to its reporter too.",
                "%(num)s more reports are merged into this one. Write to their reporters too.",
                len(merged) - MOST_NAMED,
            )
        )
    return sentences


@blueprint.post("/reports/<uuid:report_id>/close/take-back", endpoint="take_back_closing")
@only(Role.OFFICER, unlocked=True)
def take_back_closing(report_id: uuid.UUID) -> Response | str:
    """It does not wait for a second look any more; what was written is in the form again."""
    found = open_report(report_id)
    try:
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.TOOK_BACK_CLOSING, str(report_id))
            second_looks.take_back(db, report_id, found.key, by=officer().display_name)
    except WorkHasStopped:
        return redirect(url_for(".report", report_id=report_id), 303)
    except CannotClose as cannot:
        form = _form(found)
        form.form_errors.append(obstacle_in_words(cannot.obstacle))
        return _page(found, form, None)
    return redirect(url_for(".close_report", report_id=report_id), 303)


@blueprint.post("/reports/<uuid:report_id>/reopen", endpoint="reopen_report")
@only(Role.OFFICER, unlocked=True)
def reopen_report(report_id: uuid.UUID) -> Response | str:
    """Work on it again; the reason is sealed, and the reporter reads that it is being looked at."""
    found = open_report(report_id)
    form = ReopenForm()
    if not form.validate():
        return show_report(found, form)
    with suppress(WorkHasStopped, CannotClose), transaction() as db:
        audit.record(db, officer().staff.name, Action.REOPENED_REPORT, str(report_id))
        closing.reopen_report(db, report_id, found.key, officer().display_name, form.written_why.data)
    return redirect(url_for(".report", report_id=report_id), 303)
