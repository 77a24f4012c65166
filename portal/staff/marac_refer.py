"""Referring a case to the MARAC: the page says which criteria look met and why, and a person decides."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import today, transaction
from portal.languages.words import in_words
from portal.marac import referring
from portal.marac.criteria import Known, is_enough, looks_met
from portal.marac.referring import Referral
from portal.partnership.community_risk import checks_wanted
from portal.partnership.file import current_partnership
from portal.reporting import conversations, deletions, referrals
from portal.reporting.case import OpenReport
from portal.reporting.notes import NoteKind, add_note
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.marac_forms import AGREED, WITHOUT, ReferForm
from portal.staff.marac_words import criterion, risk_choices
from portal.staff.models import Role
from portal.staff.open_report import open_report
from portal.staff.referral_words import override_choices, override_in_words
from portal.vault import meetings
from portal.web.forms import choices

VULNERABLE_STRANDS, CHILDREN = {"disability", "age"}, "children"


@blueprint.route("/reports/<uuid:report_id>/marac/refer", methods=["GET", "POST"], endpoint="marac_refer_report")
@only(Role.OFFICER, unlocked=True)
def refer_report(report_id: uuid.UUID) -> Response | str:
    """Of a report that somebody works on."""
    found = open_report(report_id)
    stopped = conversations.is_stopped(found.conversation, deletions.find_deletion(report_id))
    if stopped or found.conversation.is_request or not current_partnership().marac.is_held:
        return redirect(url_for(".report", report_id=report_id), 303)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_REPORT, str(report_id))
    return _answer(found)


@blueprint.route("/marac/refer", methods=["GET", "POST"], endpoint="marac_refer")
@only(Role.OFFICER, unlocked=True)
def refer_matter() -> Response | str:
    """Of a matter that nobody reported here."""
    if not current_partnership().marac.is_held:
        abort(404)
    return _answer(None)


def known_of(found: OpenReport) -> Known:
    """What its answers and its officers have said, as far as the criteria ask for it."""
    said = found.answers
    strands = set(said.get("because", {}).get("strands") or ())
    often, harm = said.get("often", {}), said.get("harm", {}).get("harm") or ()
    report = found.report
    judged = report.risk_band.value if report.risk_band else ""  # an officer's word counts for more than the reckoning
    return Known(
        is_vulnerable=bool(strands & VULNERABLE_STRANDS) or CHILDREN in harm,
        is_escalating=report.immediate_risk or often.get("worse") == "yes" or often.get("often") == "daily",
        partners=len({one.agency for one in referrals.referrals_of(found, held_keys()) if one.agency}),
        is_high=(judged or found.score.band.value) == "high",
        was_referred=referring.was_referred([report.id], today()),
    )


def signs_in_words(known: Known) -> dict[str, str]:
    """Why a criterion looks met, by the sign that its file names."""
    words = {
        "vulnerable": _("The report says that it is about a disability or age, or that children are affected."),
        "escalating": _("The report says that it gets worse, happens every day, or that someone is in danger."),
        "several_agencies": _("More than one partner was told already."),
        "high": _("The risk was judged high, or the answers weigh so."),
        "referred_before": _("It was referred before, within the months of a repeat."),
    }
    return {sign: sentence for sign, sentence in words.items() if known.shows(sign)}


def _answer(found: OpenReport | None) -> Response | str:
    rules = current_partnership().marac
    known = known_of(found) if found else Known()
    met = looks_met(rules.criteria, known)
    form = ReferForm(
        once=uuid.uuid4().hex,
        criteria=[each.code for each in met],
    )
    form.criteria.choices = choices({each.code: in_words(each.words) for each in rules.criteria})
    form.risk.choices = choices(risk_choices())
    form.ground.choices = choices(override_choices())
    if form.is_submitted():
        if form.domestic.data:
            form.validate()
            form.domestic.errors = [in_words(rules.domestic)]
        elif form.check(risk_choices(), [code for code in override_choices() if code]):
            return _store(found, form, known)
    signs = signs_in_words(known)
    return render_template(
        "staff/marac/refer.html",
        form=form,
        report=found.report if found else None,
        advice=[(in_words(each.words), signs[each.sign]) for each in met],
        is_enough=is_enough(rules.criteria, [each.code for each in met]),
        together=[in_words(each.words) for each in rules.criteria if each.together],
        alone=[in_words(each.words) for each in rules.criteria if not each.together],
        sources=sorted({each.source for each in rules.criteria}),
        is_to_be_checked=checks_wanted(rules.criteria),
        has_coordinator=bool(meetings.coordinators()),
    )


def _store(found: OpenReport | None, form: ReferForm, known: Known) -> Response:
    is_without = form.consent.data == WITHOUT
    referral = Referral(
        title=form.written_title.data,
        reason=form.written_reason.data,
        criteria=tuple(form.criteria.data or ()),
        risk=form.risk.data,
        agreed=form.consent.data == AGREED,
        ground=form.ground.data if is_without else "",
        why=form.written_why.data or "" if is_without else "",
        by=officer().display_name,
    )
    if not meetings.has_record_team():
        with transaction() as db:
            meetings.ensure_record_team(db)
    once = conversations.message_id(form.once.data, repr(referral))
    report_id = found.report.id if found else None
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.REFERRED_TO_MARAC, str(once))
        if found is not None:
            if is_without:
                audit.record(db, officer().staff.name, Action.PASSED_ON_WITHOUT_CONSENT, str(report_id))
            add_note(db, found.report.id, found.key, NoteKind.NOTE, _note(referral), officer().display_name, once=once)
        referring.refer(db, referral, once, report_id, is_repeat=known.was_referred)
    return redirect(url_for(".marac", referred="yes"), 303)


def _note(referral: Referral) -> str:
    """What stands on the report, for whoever works on it."""
    met = ", ".join(str(criterion(code)) for code in referral.criteria) or _("None was ticked")
    said: dict[str, Any] = {"criteria": met, "reason": referral.reason}
    if referral.agreed:
        return _("Referred to the MARAC, with the person’s consent. %(criteria)s. %(reason)s", **said)
    said["ground"] = override_in_words(referral.ground)
    return _("Referred to the MARAC without consent: %(ground)s. %(criteria)s. %(reason)s", **said)
