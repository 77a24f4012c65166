"""One referral as its officers see it: what went, on which consent, what came back; and all that wait for someone."""

from __future__ import annotations

import uuid
from contextlib import suppress

from flask import Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal import audit, outbox
from portal.audit import Action
from portal.db import session, today, transaction, utcnow
from portal.reporting import conversations, referrals
from portal.reporting.case import OpenReport
from portal.reporting.deletions import WorkHasStopped
from portal.reporting.pages.steps import agency_in_words
from portal.reporting.referral_models import ReferralState, ReferralWay
from portal.reporting.referral_records import OpenReferral, Reply
from portal.reporting.referrals import NotPossible
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.evidence_pack import FONTS, unreadable
from portal.staff.models import Role
from portal.staff.open_report import open_report
from portal.staff.refer_forms import ACTS, WAYS, AnswerForm, WriteForm, new_once
from portal.staff.referral_sheet import sheet_in_words
from portal.staff.referral_words import (
    acts_now,
    answer_form,
    basis_in_words,
    days_in_words,
    disposition_choices,
    reply,
    shown_replies,
    state_tag,
)
from portal.vault.sealing import SealError
from portal.web import errors
from portal.web.pdf import CannotTypeset, can_typeset, typeset

ONE = "/reports/<uuid:report_id>/referrals/<uuid:referral_id>"


@blueprint.route(ONE, methods=["GET", "POST"], endpoint="referral")
@only(Role.OFFICER, unlocked=True)
def referral(report_id: uuid.UUID, referral_id: uuid.UUID) -> AnyResponse | str:
    """Read it; POST writes down what the agency said by telephone or on paper, or writes to it."""
    found, one = _open(report_id, referral_id)
    acts = acts_now(one)
    form = answer_form(one, acts, is_own=False)
    letter = _letter_form()
    if request.method == "POST" and "write" in request.form:
        if letter.validate() and _write(found, referral_id, letter):
            return redirect(url_for(".referral", report_id=report_id, referral_id=referral_id), 303)
        found, one = _open(report_id, referral_id)
        return _page(found, one, answer_form(one, acts_now(one), is_own=False, is_empty=True), letter)
    if request.method == "POST" and acts and form.check(acts):
        said = reply(form, officer().display_name)
        try:
            with transaction() as db:
                audit.record(db, officer().staff.name, Action.NOTED_ANSWER, str(report_id))
                referrals.note_answer(
                    db, found, held_keys(), referral_id, said, form.reference.data or "", form.disposition.data
                )
        except NotPossible:
            found, one = _open(report_id, referral_id)
            form.form_errors.append(_("This cannot be said of it any more. Look at how far it is now."))
        except SealError:
            abort(errors.damaged())
        else:
            return redirect(url_for(".referral", report_id=report_id, referral_id=referral_id), 303)
    return _page(found, one, form, letter)


def _letter_form() -> WriteForm:
    """Empty, but where it is what was posted."""
    is_posted = "write" in request.form
    return WriteForm() if is_posted else WriteForm(formdata=None, once=new_once())


def _write(found: OpenReport, referral_id: uuid.UUID, form: WriteForm) -> bool:
    text = form.narrative.data or ""
    once = conversations.message_id(form.once.data, text)
    said = Reply(once.hex, ReferralState.SENT, today(), officer().display_name, text)
    try:
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.WROTE_TO_PARTNER, str(found.report.id))
            referrals.write_to_agency(db, found, held_keys(), referral_id, said)
    except (NotPossible, WorkHasStopped):
        form.form_errors.append(_("This was not sent: the partner does not have it any more, or too much was said."))
        return False
    except SealError:
        abort(errors.damaged())
    return True


def _page(found: OpenReport, one: OpenReferral, form: AnswerForm, letter: WriteForm) -> str:
    """Showing it is a look at it."""
    report_id = found.report.id
    is_here = one.is_open and one.sent is not None and one.sent.way is ReferralWay.PORTAL
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_REFERRAL, str(report_id))
        referrals.look(db, report_id, one.id)
    return render_template(
        "staff/referral.html",
        report=found.report,
        one=one,
        form=form,
        letter=letter,
        can_write=is_here and one.came_back is not None and referrals.can_write(one.state, one.came_back),
        is_unmailed=is_here and not outbox.is_mailed(one.agency),
        acts=acts_now(one),
        partner=agency_in_words(one.agency) if one.agency else _("Partner"),
        tag_words=state_tag(one),
        days=days_in_words(one),
        basis=basis_in_words(one.basis) if one.basis else [],
        way=WAYS[one.sent.way.value] if one.sent else "",
        replies=shown_replies(one, ACTS),
        disposition=disposition_choices(one.came_back.disposition).get(one.came_back.disposition, "")
        if one.came_back
        else "",
        is_no_longer_agreed=referrals.is_no_longer_agreed(found, one),
        is_ended_by_reporter=referrals.is_ended_by_reporter(found, one),
        is_contact_taken_out=referrals.is_contact_taken_out(found, one),
        files=[(each, url_for(".file", report_id=report_id, file_id=each.kept.row_id)) for each in one.sent.files]
        if one.sent
        else [],
        can_typeset=can_typeset(),
    )


@blueprint.post(f"{ONE}/take-back", endpoint="take_back")
@only(Role.OFFICER, unlocked=True)
def take_back(report_id: uuid.UUID, referral_id: uuid.UUID) -> AnyResponse:
    """End the agency's access; what it has read or printed it keeps, and the page says so."""
    found, _one = _open(report_id, referral_id)
    with suppress(WorkHasStopped), transaction() as db:
        audit.record(db, officer().staff.name, Action.TOOK_REFERRAL_BACK, str(report_id))
        referrals.take_back(db, found, referral_id)
    return redirect(url_for(".referral", report_id=report_id, referral_id=referral_id), 303)


@blueprint.get(f"{ONE}/sheet", endpoint="referral_sheet")
@only(Role.OFFICER, unlocked=True)
def sheet(report_id: uuid.UUID, referral_id: uuid.UUID) -> str:
    """To be printed: exactly what was sent, under the handling mark."""
    found, one = _printed(report_id, referral_id)
    return render_template(
        "staff/referral_sheet.html", report=found.report, one=one, sheet=sheet_in_words(found.report.reference, one)
    )


@blueprint.post(f"{ONE}/sheet.pdf", endpoint="referral_pdf")
@only(Role.OFFICER, unlocked=True)
def sheet_pdf(report_id: uuid.UUID, referral_id: uuid.UUID) -> AnyResponse:
    """The same as a file; its name tells nothing of what it is about."""
    found, one = _printed(report_id, referral_id)
    data, at = sheet_in_words(found.report.reference, one), utcnow()
    session.rollback()
    try:
        made = typeset("staff/referral.typ", data, FONTS, unreadable, int(at.timestamp()))
    except CannotTypeset:
        return errors.page(500, _("The PDF cannot be made here"), _("Print the sheet instead."))
    headers = {"Content-Disposition": 'attachment; filename="referral.pdf"'}
    return Response(made, mimetype="application/pdf", headers=headers)


@blueprint.get("/referrals", endpoint="referrals")
@only(Role.OFFICER, unlocked=True)
def all_waiting() -> str:
    """Which agency should have answered by now, and what came that nobody has looked at."""
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.LISTED_REPORTS, "referrals")
    rows = referrals.waiting(held_keys())
    return render_template(
        "staff/referrals.html",
        rows=[(one, agency_in_words(one.agency) if one.agency else _("Partner"), state_tag(one)) for one in rows],
    )


def _open(report_id: uuid.UUID, referral_id: uuid.UUID) -> tuple[OpenReport, OpenReferral]:
    """The report and its referral, or the same 404 for one that is not there and one of another report."""
    found = open_report(report_id)
    all_of_it = referrals.referrals_of(found, held_keys())
    return found, next((each for each in all_of_it if each.id == referral_id), None) or abort(404)


def _printed(report_id: uuid.UUID, referral_id: uuid.UUID) -> tuple[OpenReport, OpenReferral]:
    """Written down before it is given out."""
    found, one = _open(report_id, referral_id)
    if one.sent is None:
        abort(errors.damaged())
    if one.state is ReferralState.TAKEN_BACK:
        abort(404)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.PRINTED_REFERRAL, str(report_id))
    return found, one
