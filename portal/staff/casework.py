"""One report: read it, answer the person. Every look and every act is written down first."""

from __future__ import annotations

import uuid
from contextlib import suppress
from functools import partial

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import session, today, transaction
from portal.files import uploads
from portal.files.virus_check import Check
from portal.languages.i18n import Language, language_of
from portal.reporting import case, clocks, conversations, deletions, files
from portal.reporting.case import OpenReport
from portal.reporting.contacts import has_contact
from portal.reporting.deletions import NothingToRefuse, WorkHasStopped
from portal.reporting.meanwhile import ChangedMeanwhile, check_unchanged
from portal.reporting.models import Promise, Refusal
from portal.reporting.pages.steps import contact_in_words
from portal.staff.access import blueprint, officer, only
from portal.staff.acting import SEEN, act
from portal.staff.forms import RefusalForm, ReplyForm
from portal.staff.models import Role
from portal.staff.open_report import damaged, open_report
from portal.staff.panels import files as file_panel
from portal.staff.panels.page import show_report
from portal.staff.panels.people import contact_rules
from portal.staff.replies import REPLIES, Ready, reply_in
from portal.vault.sealing import SealError
from portal.web.security import chosen_files, file_sender, takes_files


@blueprint.route("/reports/<uuid:report_id>", methods=["GET", "POST"], endpoint="report")
@takes_files("staff")
@only(Role.OFFICER, unlocked=True)
def report(report_id: uuid.UUID) -> Response | str:
    """Read it; POST answers the reporter."""
    found = open_report(report_id)
    form = ReplyForm(once=uuid.uuid4().hex)
    if "fill" in request.form:
        if chosen_files(form.files.name):
            _say_files_are_gone(form)
        return show_report(found, form, ready=_fill(form, language_of(found.report.language)))
    if request.method == "POST":
        if _answer(found, form):
            return redirect(url_for(".report", report_id=report_id, _anchor="messages"), 303)
        found = open_report(report_id)  # with what came meanwhile
    return show_report(found, form)


def _fill(form: ReplyForm, language: Language) -> Ready | None:
    """Put the ready-made reply into the box, in the reporter's language, below what is already written there."""
    code = form.ready.data
    if code not in REPLIES:
        form.ready.errors = [_("Choose a reply first.")]
        return None
    ready = reply_in(language, code, clocks.due_after(today(), Promise.WRITE_AGAIN))
    form.message.data = "\n\n".join(filter(None, [form.message.data, ready.text]))
    form.language.data, form.ready.data = ready.language, ""
    return ready


@blueprint.route("/reports/<uuid:report_id>/files/<uuid:file_id>", methods=["GET", "POST"], endpoint="file")
@only(Role.OFFICER, Role.SUPERVISOR, unlocked=True)
def file(report_id: uuid.UUID, file_id: uuid.UUID) -> Response | str:
    """Give out a file that came with the report; the look is written down before its first byte.

    One in which the virus check found something wants a POST, from a page that says so.
    """
    found = open_report(report_id)
    of_messages = (each for message in found.messages for each in message.files)
    try:
        chosen = files.find_file((*found.files, *of_messages), file_id) or abort(404)
    except SealError:
        chosen = None
    if chosen is not None and file_panel.must_ask_again(chosen):
        return file_panel.warning(chosen, url_for(".report", report_id=report_id))
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_FILE, str(report_id))
        case.still_there(db, report_id)  # a file that went with it must not look like a damaged one
    if chosen is None:
        abort(damaged())
    return file_panel.give(chosen)


def _answer(found: OpenReport, form: ReplyForm) -> bool:
    """Send the answer; where the reporter stopped all contact meanwhile, say so beside what was written."""
    chosen = chosen_files(form.files.name)
    form.has_files = bool(chosen)
    if not form.validate():
        if chosen:
            _say_files_are_gone(form)
        return False
    # Photos take seconds, and who reads meanwhile holds up PostgreSQL's nightly rewriting, and everyone behind it.
    session.rollback()
    added, refused = uploads.take_in(chosen, uploads.MAX_FILES, file_sender())
    # A reporter is sent nothing that could harm them; what is not named by a row is swept.
    suspect = [each for each in added if each.kept.check_said is Check.FOUND]
    added = [each for each in added if each not in suspect]
    refused += [(each.name, uploads.Refused.VIRUS) for each in suspect]
    if refused:
        form.files.errors = [uploads.refusal_in_words(name, why) for name, why in refused]
        if added:
            _say_files_are_gone(form)
        return False
    text = form.message.data
    once = conversations.message_id(form.once.data, text)

    def send(db: Session) -> None:
        conversations.answer_report(
            db,
            found.conversation,
            text,
            form.language.data,
            once,
            officer().display_name,
            [each.kept for each in added],
            waits=form.waits.data,
            formats_told=form.formats_told.data,
        )

    try:
        is_sent = act(
            found.report.id,
            form,
            Action.WROTE_MESSAGE,
            send,
            is_repeated=partial(conversations.has_message, message_id=once),
        )
    except WorkHasStopped:
        form.message.errors = [_("The reporter has stopped work on this report. This message was not sent.")]
        return False
    if not is_sent and chosen:
        _say_files_are_gone(form)
    return is_sent


def _say_files_are_gone(form: ReplyForm) -> None:
    """A browser sends the files it was given once, and shows an empty box thereafter."""
    form.files.errors = [*form.files.errors, _("Choose your other files again: they were not kept.")]


@blueprint.post("/reports/<uuid:report_id>/contact", endpoint="contact")
@only(Role.OFFICER, unlocked=True)
def contact(report_id: uuid.UUID) -> Response | str:
    """Name and numbers, once they are asked for; not of a report whose reporter wants no contact any more."""
    found = open_report(report_id)
    back = redirect(url_for(".report", report_id=report_id), 303)
    if found.contact is None:
        return back
    try:
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.SHOWED_CONTACT, str(report_id))
            deletions.lock_for_work(db, report_id)
            if not has_contact(report_id):  # its reporter has just taken it out
                raise WorkHasStopped
    except WorkHasStopped:
        return back
    return render_template(
        "staff/contact.html",
        report=found.report,
        details=contact_in_words(found.contact.told or {}, hidden=True),
        **contact_rules(found.contact),
    )


@blueprint.post("/reports/<uuid:report_id>/refuse-deletion", endpoint="refuse_deletion")
@only(Role.OFFICER, unlocked=True)
def refuse_deletion(report_id: uuid.UUID) -> Response | str:
    """Keep a report that its reporter wants deleted, for one of three reasons; they are told which."""
    found = open_report(report_id)
    form = RefusalForm()
    if not form.validate():
        return show_report(found, form)
    with suppress(NothingToRefuse), transaction() as db:
        audit.record(db, officer().staff.name, Action.REFUSED_DELETION, str(report_id))
        deletions.refuse_deletion(db, report_id, Refusal(form.reason.data), officer().display_name)
    return redirect(url_for(".report", report_id=report_id), 303)


@blueprint.post("/reports/<uuid:report_id>/read", endpoint="read")
@only(Role.OFFICER, unlocked=True)
def read(report_id: uuid.UUID) -> Response | str:
    """I have read this: opening it never says so. What came since the page was shown has not been read."""
    found = open_report(report_id)
    try:
        with transaction() as db:
            audit.stand_in_line(db)
            check_unchanged(db, report_id, request.form.get(SEEN))
            if case.mark_read(db, report_id):
                audit.record(db, officer().staff.name, Action.READ_REPORT, str(report_id))
    except ChangedMeanwhile:
        return show_report(found)
    return redirect(url_for(".report", report_id=report_id), 303)


@blueprint.post("/reports/<uuid:report_id>/alert", endpoint="acknowledge")
@only(Role.OFFICER, unlocked=True)
def acknowledge(report_id: uuid.UUID) -> Response:
    """Say that someone has seen it, so that the alert stops."""
    open_report(report_id)
    with transaction() as db:
        audit.stand_in_line(db)
        if case.acknowledge_risk(db, report_id):
            audit.record(db, officer().staff.name, Action.ACKNOWLEDGED_ALERT, str(report_id))
    return redirect(url_for(".report", report_id=report_id), 303)
