"""One report: read it, answer the person, say how far it is. Every look and every act is written down first."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit, errors, outbox, uploads
from portal.audit import Action
from portal.db import today, transaction
from portal.i18n import current_language, language_of, long_day
from portal.reporting import conversations, endings, files, queue
from portal.reporting.conversations import OpenMessage
from portal.reporting.endings import NothingToRefuse, WorkHasStopped
from portal.reporting.files import SentFile
from portal.reporting.models import Author, Refusal, State
from portal.reporting.queue import OpenReport
from portal.reporting.steps import in_words, path, place_in_words
from portal.sealing import SealError
from portal.security import chosen_files, give_file, takes_files
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.forms import KINDS, REFUSALS, STATES, RefusalForm, ReplyForm, StateForm
from portal.staff.models import Role


def _open(report_id: uuid.UUID) -> OpenReport:
    """The report, or the same 404 for one that is not there and one that is another team's."""
    try:
        return queue.find_report(report_id, held_keys()) or abort(404)
    except SealError:
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.OPENED_REPORT, str(report_id))
        abort(_damaged())


@blueprint.route("/reports/<uuid:report_id>", methods=["GET", "POST"], endpoint="report")
@takes_files("staff")
@only(Role.OFFICER, unlocked=True)
def report(report_id: uuid.UUID) -> Response | str:
    """Read it; POST answers the reporter."""
    found = _open(report_id)
    form = ReplyForm(once=uuid.uuid4().hex)
    if request.method == "POST" and _answer(found, form):
        return redirect(url_for(".report", report_id=report_id, _anchor="messages"), 303)
    return _page(found, form, RefusalForm())


@blueprint.get("/reports/<uuid:report_id>/files/<uuid:file_id>", endpoint="file")
@only(Role.OFFICER, unlocked=True)
def file(report_id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """Give out a file that came with the report; the look is written down before its first byte."""
    found = _open(report_id)
    of_messages = (each for message in found.messages for each in message.files)
    try:
        chosen = files.find_file((*found.files, *of_messages), file_id) or abort(404)
    except SealError:
        chosen = None
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_FILE, str(report_id))
    if chosen is None:
        abort(_damaged())
    return give_file(chosen.kept.chunks(), chosen.kind.mimetype, chosen.name, chosen.kept.size)


def _damaged() -> Response:
    return errors.page(
        500,
        _("This report cannot be read"),
        _("It was damaged or changed after it was sealed. Tell whoever looks after the portal: a backup may have it."),
    )


def _answer(found: OpenReport, form: ReplyForm) -> bool:
    """Send the answer; where the reporter stopped all contact meanwhile, say so beside what was written."""
    chosen = chosen_files(form.files.name)
    form.has_files = bool(chosen)
    if not form.validate():
        return False
    added, refused = uploads.take_in(chosen, uploads.MOST_FILES)
    if refused:
        form.files.errors = [uploads.refusal_in_words(name, why) for name, why in refused]
        return False
    text = form.message.data
    once = conversations.message_id(form.once.data, text)
    try:
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.WROTE_MESSAGE, str(found.report.id))
            conversations.answer_report(
                db,
                found.conversation,
                text,
                current_language().code,
                once,
                officer().display_name,
                [each.kept for each in added],
            )
    except WorkHasStopped:
        form.message.errors = [_("The reporter has stopped work on this report. This message was not sent.")]
        return False
    return True


def _page(found: OpenReport, form: ReplyForm, refusal_form: RefusalForm) -> str:
    report_id = found.report.id
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_REPORT, str(report_id))
        queue.mark_read(db, report_id)
    deletion = endings.find_deletion(report_id)
    return render_template(
        "staff/report.html",
        form=form,
        refusal_form=refusal_form,
        refusal_words=REFUSALS,
        deletion=deletion,
        is_stopped=found.report.state is State.WITHDRAWN or (deletion is not None and deletion.is_standing),
        state_form=StateForm(state=found.report.state.value),
        found=found,
        report=found.report,
        steps=[step for step in path(found.answers) if step.question != "narrative"],
        in_words=in_words,
        place=place_in_words(found.report.place_code),
        written_in=language_of(found.report.language),
        thread=[_shown(report_id, message) for message in found.messages],
        files=_links(report_id, found.files),
        accept=uploads.ACCEPT,
        action_words=action_words(),
        kind_words=KINDS,
        state_words=STATES,
        alert=outbox.waiting_alert(report_id),
        is_late=found.report.due_on < today() and found.report.state in (State.NEW, State.HELD),
        looks=audit.entries_about(str(report_id), most=8),
        text_limit=conversations.TEXT_LIMIT,
    )


def _links(report_id: uuid.UUID, sent: Iterable[SentFile]) -> list[tuple[SentFile, str]]:
    return [(each, url_for(".file", report_id=report_id, file_id=each.kept.id)) for each in sent]


def _shown(report_id: uuid.UUID, message: OpenMessage) -> dict[str, Any]:
    is_officer = message.author is Author.OFFICER
    return {
        "mine": is_officer,
        "author": message.by if is_officer else _("The reporter"),
        "day": long_day(message.sent_on),
        "new": message.new,
        "language_tag": language_of(message.language).tag,
        "dir": "auto",
        "text": message.text if message.text is not None else _("This message cannot be read."),
        "files": _links(report_id, message.files),
    }


def action_words() -> dict[str, str]:
    """What was done to a report, as its page says it."""
    return {
        Action.OPENED_REPORT: _("opened it"),
        Action.OPENED_FILE: _("opened a file"),
        Action.WROTE_MESSAGE: _("wrote a message"),
        Action.CHANGED_STATE: _("changed the state"),
        Action.ACKNOWLEDGED_ALERT: _("answered the alert"),
        Action.REFUSED_DELETION: _("refused to delete it"),
    }


@blueprint.post("/reports/<uuid:report_id>/state", endpoint="change_state")
@only(Role.OFFICER, unlocked=True)
def change_state(report_id: uuid.UUID) -> Response:
    _open(report_id)
    form = StateForm()
    if not form.validate():
        abort(400)
    # Where the reporter stopped work meanwhile, nothing is done, and the report's page says why.
    with suppress(WorkHasStopped), transaction() as db:
        audit.record(db, officer().staff.name, Action.CHANGED_STATE, str(report_id))
        queue.change_state(db, report_id, State(form.state.data))
    return redirect(url_for(".report", report_id=report_id), 303)


@blueprint.post("/reports/<uuid:report_id>/refuse-deletion", endpoint="refuse_deletion")
@only(Role.OFFICER, unlocked=True)
def refuse_deletion(report_id: uuid.UUID) -> Response | str:
    """Keep a report that its reporter wants deleted, for one of three reasons; they are told which."""
    found = _open(report_id)
    form = RefusalForm()
    if not form.validate():
        return _page(found, ReplyForm(formdata=None, once=uuid.uuid4().hex), form)
    with suppress(NothingToRefuse), transaction() as db:
        audit.record(db, officer().staff.name, Action.REFUSED_DELETION, str(report_id))
        endings.refuse_deletion(db, report_id, Refusal(form.reason.data), officer().display_name)
    return redirect(url_for(".report", report_id=report_id), 303)


@blueprint.post("/reports/<uuid:report_id>/alert", endpoint="acknowledge")
@only(Role.OFFICER, unlocked=True)
def acknowledge(report_id: uuid.UUID) -> Response:
    """Say that someone has seen it, so that the alert stops."""
    _open(report_id)
    with transaction() as db:
        if outbox.acknowledge(db, report_id):
            audit.record(db, officer().staff.name, Action.ACKNOWLEDGED_ALERT, str(report_id))
    return redirect(url_for(".report", report_id=report_id), 303)
