"""Referring a report to a partner: choose the least that serves, black out the rest, look at it, send it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit, outbox
from portal.audit import Action
from portal.db import transaction
from portal.languages.i18n import language_of
from portal.reporting import conversations, deletions, referrals
from portal.reporting.case import OpenReport
from portal.reporting.deletions import WorkHasStopped
from portal.reporting.files import SentFile
from portal.reporting.models import State
from portal.reporting.notes import NoteKind, add_note
from portal.reporting.pages.steps import agency_in_words
from portal.reporting.partners import Asking, CannotAsk, ask_about
from portal.reporting.redaction import BAR, blank_out, not_found
from portal.reporting.referral_models import ReferralWay
from portal.reporting.referral_records import Rows, Sent
from portal.reporting.referrals import IsClosed, NobodyThere, NotAgreed, Refused, WithThemAlready
from portal.staff import colleagues
from portal.staff.access import blueprint, officer, only
from portal.staff.models import Role
from portal.staff.open_report import open_report
from portal.staff.panels.files import links
from portal.staff.refer_forms import WAYS, ReferForm, new_once
from portal.staff.referral_words import (
    LEAST,
    agency_choices,
    asked_often_enough,
    asking_in_words,
    consent_question,
    contact_rows,
    fact_rows,
    override_choices,
    override_in_words,
    words_to_copy,
)
from portal.web.forms import choices


@blueprint.route("/reports/<uuid:report_id>/refer", methods=["GET", "POST"], endpoint="refer")
@only(Role.OFFICER, unlocked=True)
def refer(report_id: uuid.UUID) -> Response | str:
    """One page to choose and to black out, one to look at it as it goes; nothing is kept before it is sent."""
    found = open_report(report_id)
    stopped = conversations.is_stopped(found.conversation, deletions.find_deletion(report_id))
    if stopped or found.conversation.is_request or found.report.state is State.CLOSED:
        return redirect(url_for(".report", report_id=report_id), 303)
    form = _form(found)
    if request.method == "GET":
        return _show(found, form)
    if "blank" in request.form:
        missing = _not_found(found, form)
        form.narrative.data = blank_out(form.narrative.data or "", form.hidden_words)
        return _show(found, form, is_blanked=True, not_found=missing)
    if "ask" in request.form and form.agency.data in agency_choices(found) and form.agency.data:
        return _ask(found, form)
    problem = _problem(found, form)
    if problem is not None or "change" in request.form:
        return _show(found, form, problem)
    if "send" in request.form:
        return _send(found, form)
    return _show_as_it_goes(found, form)


def _form(found: OpenReport) -> ReferForm:
    """Filled in with the least at first: what it is, where and when."""
    rows = fact_rows(found)
    form = ReferForm(
        facts=[code for code in rows if code in LEAST], narrative=words_to_copy(found), once=new_once(), way=""
    )
    form.agency.choices = choices(agency_choices(found))
    form.facts.choices = choices({code: f"{title}: {words}" for code, (title, words) in rows.items()})
    files = links(found.report.id, found.files)
    form.files.choices = choices({str(each.kept.row_id): _file_in_words(each) for each, _url in files})
    form.override.choices = choices(override_choices())
    return form


def _file_in_words(sent: SentFile) -> str:
    """Nobody passes on unawares what may harm a partner's computer."""
    words = str(sent.kind.words)
    return _("%(file)s: the virus check found something in it", file=words) if sent.is_suspect else words


def _problem(found: OpenReport, form: ReferForm) -> Refused | bool | None:
    """What has to be mended first: what its reporter did not agree to, or (True) another mistake."""
    ways = {way.value for way in ReferralWay} - (
        set() if colleagues.has_account(form.agency.data or "") else {ReferralWay.PORTAL.value}
    )
    is_right = form.check([code for code in agency_choices(found) if code], ways)
    if form.agency.errors:
        return True
    wants_contact = bool(form.has_contact.data)
    if wants_contact and not contact_rows(found):
        form.has_contact.errors = [_("Nobody knows how to reach this reporter. Untick this.")]
        return True
    refused = referrals.refusal(referrals.given_now(found), form.agency.data, has_contact=wants_contact)
    if refused is None:
        return None if is_right else True
    if not (form.override.data or form.why.data):
        partner = agency_in_words(form.agency.data)
        if refused is Refused.NOT_AGREED:
            form.agency.errors = [
                _("The reporter has not agreed that this partner is told: %(partner)s.", partner=partner)
            ]
        else:
            form.has_contact.errors = [
                _(
                    "The reporter has not agreed that this partner learns how to reach them: %(partner)s.",
                    partner=partner,
                )
            ]
        return refused
    has_reason = form.check_override([code for code in override_choices() if code])
    return None if is_right and has_reason else refused


def _show(found: OpenReport, form: ReferForm, problem: Refused | bool | None = None, **more: Any) -> str:
    refused = problem if isinstance(problem, Refused) else None
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_REPORT, str(found.report.id))
    shown = {
        "found": found,
        "report": found.report,
        "form": form,
        "files": links(found.report.id, found.files),
        "original": found.narrative,
        "written_in": language_of(found.report.language),
        "has_contact": bool(contact_rows(found)),
        "refused": refused or bool(form.override.data or form.why.data),
        "asking": found.partners.asking(form.agency.data, referrals.given_now(found)).value if refused else "",
        "enough": asked_often_enough(),
        "question": consent_question(language_of(found.report.language), form.agency.data).text if refused else "",
        "partner": agency_in_words(form.agency.data) if refused else "",
        "can_override": len(override_choices()) > 1,
        "is_blanked": False,
        "not_found": [],
    }
    return render_template("staff/refer.html", **shown | more)


def _show_as_it_goes(found: OpenReport, form: ReferForm) -> str:
    sent, contact = _sent(found, form)
    refused = referrals.refusal(referrals.given_now(found), sent.agency, has_contact=bool(contact))
    return render_template(
        "staff/refer_check.html",
        report=found.report,
        form=form,
        sent=sent,
        contact=contact,
        partner=agency_in_words(sent.agency),
        way=WAYS[sent.way.value],
        is_mailed=outbox.is_mailed(sent.agency),
        override=override_in_words(form.override.data) if refused is not None else "",
        not_found=_not_found(found, form),
        kept=[(name, value) for name, value in request.form.items(multi=True) if name not in {"csrf_token", "look"}],
    )


def _not_found(found: OpenReport, form: ReferForm) -> list[str]:
    """What was to be hidden and stands neither in the answers nor in the words, as they were before any of it was hidden."""
    copy = form.narrative.data or ""
    was_blanked = [words_to_copy(found), found.narrative] if BAR in copy else []
    facts = [words for _title, words in fact_rows(found).values()]
    return not_found([copy, *was_blanked, *facts], form.hidden_words)


def _sent(found: OpenReport, form: ReferForm) -> tuple[Sent, Rows]:
    """All that goes, with what is to be hidden blacked out in whatever was written."""
    hidden = form.hidden_words
    facts = (
        (title, blank_out(words, hidden))
        for code, (title, words) in fact_rows(found).items()
        if code in form.facts.data
    )
    words = blank_out(form.narrative.data, hidden) if form.has_words.data else ""
    files = tuple(each for each in found.files if str(each.kept.row_id) in (form.files.data or ()))
    way = ReferralWay(form.way.data)
    sent = Sent(form.agency.data, way, tuple(facts), words, files, form.message.data or "", officer().display_name)
    return sent, contact_rows(found) if form.has_contact.data else ()


def _send(found: OpenReport, form: ReferForm) -> Response | str:
    report_id = found.report.id
    sent, contact = _sent(found, form)
    said = repr(
        (sent.agency, sent.way, sent.facts, sent.words, [each.kept.id for each in sent.files], contact, sent.note)
    )
    once = conversations.message_id(form.once.data, said)
    refused = referrals.refusal(referrals.given_now(found), sent.agency, has_contact=bool(contact))
    # A reason counts only where it was asked for and checked: one that was left in the form is nobody's word.
    override, why = (form.override.data or "", form.why.data or "") if refused is not None else ("", "")
    try:
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.SENT_REFERRAL, str(report_id))
            if refused is not None:
                audit.record(db, officer().staff.name, Action.PASSED_ON_WITHOUT_CONSENT, str(report_id))
            row = referrals.refer(db, found, sent, contact, override, why, once)
    except NotAgreed:
        form.agency.errors = [_("The reporter has just taken back what they had agreed to. Nothing was sent.")]
    except WithThemAlready:
        form.agency.errors = [_("This partner has the report already. Nothing was sent again.")]
    except NobodyThere:
        form.way.errors = [_("Nobody at this partner has an account here. Choose another way.")]
    except IsClosed:
        form.agency.errors = [_("The report was closed meanwhile. Nothing was sent.")]
    except WorkHasStopped:
        form.agency.errors = [_("The reporter has stopped work on this report. Nothing was sent.")]
    else:
        return redirect(url_for(".referral", report_id=report_id, referral_id=row.id), 303)
    return _show(found, form)


def _ask(found: OpenReport, form: ReferForm) -> Response | str:
    """Ask the reporter, in their language, among the messages; the partner stands on their page of choices from now on."""
    agency, given = form.agency.data, referrals.given_now(found)
    refused = referrals.refusal(given, agency, has_contact=True)
    if refused is None or not form.written_ask.validate(form):
        return _show(found, form, refused)
    question = consent_question(language_of(found.report.language), agency)
    once = conversations.message_id(request.form.get("once"), question.text)
    try:
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.WROTE_MESSAGE, str(found.report.id))
            why = form.written_ask.data or ""
            if ask_about(db, found.conversation, agency, given, once, has_reason=bool(why)):
                conversations.ask_reporter(
                    db, found.conversation, question.text, question.language, once, officer().display_name
                )
                if why:
                    partner = agency_in_words(agency)
                    kept = _("Asked the reporter again about %(partner)s: %(why)s", partner=partner, why=why)
                    add_note(db, found.report.id, found.key, NoteKind.NOTE, kept, officer().display_name)
    except CannotAsk as cannot:
        box = form.written_ask if cannot.asking is Asking.NEEDS_REASON else form.agency
        box.errors = [asking_in_words(cannot.asking)]
        return _show(open_report(found.report.id), form, refused)
    except WorkHasStopped:
        return redirect(url_for(".report", report_id=found.report.id), 303)
    return redirect(url_for(".report", report_id=found.report.id, _anchor="messages"), 303)
