"""One report: read it, answer the person, say how far it is. Every look and every act is written down first."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit, outbox
from portal.audit import Action
from portal.db import session, today, transaction
from portal.files import uploads
from portal.languages.i18n import Language, language_of, long_day
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after
from portal.reporting import case, conversations, deletions, files, hand_overs, judgements, queue
from portal.reporting.again import Happening
from portal.reporting.case import OpenReport
from portal.reporting.contacts import Contact, has_contact
from portal.reporting.conversations import OpenMessage
from portal.reporting.deletions import NothingToRefuse, WorkHasStopped
from portal.reporting.files import SentFile
from portal.reporting.judgements import Judgement
from portal.reporting.models import Author, Refusal, RiskBand, State
from portal.reporting.pages.series_wording import happening_in_words, series_rows
from portal.reporting.pages.steps import (
    agency_in_words,
    consents_in_words,
    contact_in_words,
    in_words,
    no_longer_asked,
    place_in_words,
    read_steps,
    risk_in_words,
)
from portal.reporting.pages.wording import shown_translations
from portal.reporting.partners import NOTHING, agreed, pass_on
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.action_words import action_words
from portal.staff.desk_words import shown_hand_overs
from portal.staff.forms import (
    BANDS,
    JUDGED,
    KINDS,
    REFUSALS,
    STATES,
    JudgementForm,
    RefusalForm,
    ReplyForm,
    StateForm,
    source_in_words,
)
from portal.staff.models import Role
from portal.staff.open_report import damaged, open_report
from portal.staff.partner_words import consent_history, partner_choices
from portal.staff.replies import REPLIES, Ready, reply_in
from portal.vault.sealing import SealError
from portal.web.security import chosen_files, file_sender, give_file, takes_files


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
        return _page(found, form, ready=_fill(form, language_of(found.report.language)))
    if request.method == "POST" and _answer(found, form):
        return redirect(url_for(".report", report_id=report_id, _anchor="messages"), 303)
    return _page(found, form)


def _fill(form: ReplyForm, language: Language) -> Ready | None:
    """Put the ready-made reply into the box, in the reporter's language, below what is already written there."""
    code = form.ready.data
    if code not in REPLIES:
        form.ready.errors = [_("Choose a reply first.")]
        return None
    partnership = current_partnership()
    again_by = working_days_after(today(), partnership.clocks.update, partnership.bank_holidays)
    ready = reply_in(language, code, again_by)
    form.message.data = "\n\n".join(filter(None, [form.message.data, ready.text]))
    form.language.data, form.ready.data = ready.language, ""
    return ready


@blueprint.get("/reports/<uuid:report_id>/files/<uuid:file_id>", endpoint="file")
@only(Role.OFFICER, unlocked=True)
def file(report_id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """Give out a file that came with the report; the look is written down before its first byte."""
    found = open_report(report_id)
    of_messages = (each for message in found.messages for each in message.files)
    try:
        chosen = files.find_file((*found.files, *of_messages), file_id) or abort(404)
    except SealError:
        chosen = None
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_FILE, str(report_id))
        case.still_there(db, report_id)  # a file that went with it must not look like a damaged one
    if chosen is None:
        abort(damaged())
    return give_file(chosen.kept.chunks(), chosen.kind.mimetype, chosen.name, chosen.kept.size)


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
    if refused:
        form.files.errors = [uploads.refusal_in_words(name, why) for name, why in refused]
        if added:
            _say_files_are_gone(form)
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
                form.language.data,
                once,
                officer().display_name,
                [each.kept for each in added],
            )
    except WorkHasStopped:
        form.message.errors = [_("The reporter has stopped work on this report. This message was not sent.")]
        return False
    return True


def _say_files_are_gone(form: ReplyForm) -> None:
    """A browser sends the files it was given once, and shows an empty box thereafter."""
    form.files.errors = [*form.files.errors, _("Choose your other files again: they were not kept.")]


def _page(
    found: OpenReport,
    form: ReplyForm | None = None,
    refusal_form: RefusalForm | None = None,
    judgement_form: JudgementForm | None = None,
    ready: Ready | None = None,
    state_form: StateForm | None = None,
) -> str:
    """The report's page, with the form that was sent where it holds a mistake; the others are empty."""
    report_id = found.report.id
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_REPORT, str(report_id))
        case.mark_read(db, report_id)
    deletion = deletions.find_deletion(report_id)
    is_stopped = conversations.is_stopped(found.conversation, deletion)
    return render_template(
        "staff/report.html",
        **_contact_rules(found.contact),
        consent_history=consent_history,
        consents=consents_in_words(found.answers, has_contact=found.contact is not None),
        form=form or ReplyForm(formdata=None, once=uuid.uuid4().hex),
        refusal_form=refusal_form or RefusalForm(formdata=None),
        judgement_form=judgement_form or JudgementForm(formdata=None),
        refusal_words=REFUSALS,
        handed_over=shown_hand_overs(hand_overs.handed_over(report_id, found.conversation.key)),
        deletion=deletion,
        is_stopped=is_stopped,
        state_form=state_form or _state_form(found),
        passed_on=[(agency_in_words(each.agency), long_day(each.on), each.why) for each in found.partners.passed_on],
        found=found,
        report=found.report,
        steps=[step for step in read_steps(found.answers) if step.code not in {"narrative", "consent", "contact"}],
        in_words=in_words,
        came=source_in_words(found.report.source, found.answers.get("taken")),
        no_longer_asked=no_longer_asked(found.answers),
        weighed=[(*risk_in_words(given), given.points) for given in found.score.given if given.points],
        not_answered=[risk_in_words(given)[0] for given in found.score.given if not given.chosen],
        band_words=BANDS,
        judged_words=JUDGED,
        place=place_in_words(found.report.place_code),
        written_in=language_of(found.report.language),
        consent_in=language_of((found.answers.get("consent") or {}).get("language")),
        series=series_rows(found),
        thread=[_shown(found, message, is_stopped=is_stopped) for message in found.messages],
        ready=ready,
        first_translations=shown_translations(found.translations.get(None, []), for_staff=True),
        read_in=next((message.read_in for message in reversed(found.messages) if message.read_in), ""),
        files=_links(report_id, found.files),
        accept=uploads.ACCEPT,
        action_words=action_words(),
        kind_words=KINDS,
        state_words=STATES,
        alert=outbox.waiting_alert(report_id),
        is_late=queue.is_late(found.report.state, found.report.due_on),
        looks=audit.entries_about(str(report_id), most=8),
        text_limit=conversations.MAX_TEXT,
    )


def _state_form(found: OpenReport) -> StateForm:
    with_partner = found.partners.has_it
    form = StateForm(formdata=None, state=found.report.state.value, partner=with_partner.agency if with_partner else "")
    form.partner.choices = partner_choices(found)
    return form


def _contact_rules(contact: Contact | None) -> dict[str, Any]:
    """What an officer must know before contacting the reporter: no name and no number."""
    told = (contact and contact.told) or {}
    return {
        "contact": contact,
        "contact_rules": contact_in_words(told, hidden=False),
        "leave_message": told.get("contact", {}).get("leave_message"),
    }


def _links(report_id: uuid.UUID, sent: Iterable[SentFile]) -> list[tuple[SentFile, str]]:
    return [(each, url_for(".file", report_id=report_id, file_id=each.kept.id)) for each in sent]


def _shown(found: OpenReport, message: OpenMessage, *, is_stopped: bool) -> dict[str, Any]:
    is_officer = message.author is Author.OFFICER
    may_translate = bool(message.text) and not (is_officer and is_stopped)
    return {
        "mine": is_officer,
        "author": message.by if is_officer else _("The reporter"),
        "day": long_day(message.sent_on),
        "new": message.new,
        "language_tag": message.language,
        "dir": "auto",
        "translations": shown_translations(found.translations.get(message.id, []), for_staff=True),
        "translate_url": url_for(".translate", report_id=found.report.id, original_id=message.id)
        if may_translate
        else None,
        "text": message.text if message.text is not None else _("This message cannot be read."),
        "files": _links(found.report.id, message.files),
        "files_note": "",
        "again": happening_in_words(happened) if (happened := Happening.read(message)) else [],
    }


@blueprint.post("/reports/<uuid:report_id>/state", endpoint="change_state")
@only(Role.OFFICER, unlocked=True)
def change_state(report_id: uuid.UUID) -> Response | str:
    found = open_report(report_id)
    form = StateForm()
    form.partner.choices = partner_choices(found)
    is_right = form.validate()
    given = agreed(found.answers, has_contact=found.contact is not None)
    if not (form.check_partner(given, [code for code, _words in partner_choices(found) if code]) and is_right):
        return _page(found, state_form=form)
    # Where the reporter stopped work meanwhile, nothing is done, and the report's page says why.
    with suppress(WorkHasStopped), transaction() as db:
        audit.record(db, officer().staff.name, Action.CHANGED_STATE, str(report_id))
        if form.state.data == State.REFERRED:
            if given.get(form.partner.data, NOTHING) == NOTHING:
                audit.record(db, officer().staff.name, Action.PASSED_ON_WITHOUT_CONSENT, str(report_id))
            pass_on(db, found.conversation, form.partner.data, form.why.data)
        case.change_state(db, report_id, State(form.state.data))
    return redirect(url_for(".report", report_id=report_id), 303)


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
        **_contact_rules(found.contact),
    )


@blueprint.post("/reports/<uuid:report_id>/refuse-deletion", endpoint="refuse_deletion")
@only(Role.OFFICER, unlocked=True)
def refuse_deletion(report_id: uuid.UUID) -> Response | str:
    """Keep a report that its reporter wants deleted, for one of three reasons; they are told which."""
    found = open_report(report_id)
    form = RefusalForm()
    if not form.validate():
        return _page(found, refusal_form=form)
    with suppress(NothingToRefuse), transaction() as db:
        audit.record(db, officer().staff.name, Action.REFUSED_DELETION, str(report_id))
        deletions.refuse_deletion(db, report_id, Refusal(form.reason.data), officer().display_name)
    return redirect(url_for(".report", report_id=report_id), 303)


@blueprint.post("/reports/<uuid:report_id>/risk", endpoint="judge_risk")
@only(Role.OFFICER, unlocked=True)
def judge_risk(report_id: uuid.UUID) -> Response | str:
    """Say how urgent it is; it counts before what the risk questions say."""
    found = open_report(report_id)
    form = JudgementForm()
    form.reckoned = found.score.band.value
    if not form.validate():
        return _page(found, judgement_form=form)
    judged = Judgement(
        RiskBand(form.band.data),
        form.why.data or "",
        officer().display_name,
        today(),
        found.score.band,
        found.score.points,
    )
    with suppress(WorkHasStopped), transaction() as db:
        audit.record(db, officer().staff.name, Action.JUDGED_RISK, str(report_id))
        judgements.judge_risk(db, held_keys(), report_id, judged)
    return redirect(url_for(".report", report_id=report_id, _anchor="judgement"), 303)


@blueprint.post("/reports/<uuid:report_id>/alert", endpoint="acknowledge")
@only(Role.OFFICER, unlocked=True)
def acknowledge(report_id: uuid.UUID) -> Response:
    """Say that someone has seen it, so that the alert stops."""
    open_report(report_id)
    with transaction() as db:
        if outbox.acknowledge(db, report_id):
            audit.record(db, officer().staff.name, Action.ACKNOWLEDGED_ALERT, str(report_id))
    return redirect(url_for(".report", report_id=report_id), 303)
