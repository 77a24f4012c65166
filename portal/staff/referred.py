"""A partner agency's own pages: what was referred to it, and what it says to that. Its key opens nothing else."""

from __future__ import annotations

import uuid

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.reporting import agency_mail, files, referred
from portal.reporting.deletions import WorkHasStopped
from portal.reporting.pages.steps import agency_in_words
from portal.reporting.referral_records import OpenReferral
from portal.reporting.referrals import NotPossible
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.models import Role
from portal.staff.panels import files as file_panel
from portal.staff.refer_forms import OWN_ACTS
from portal.staff.referral_words import (
    acts_now,
    answer_form,
    days_in_words,
    disposition_choices,
    reply,
    shown_replies,
    state_tag,
)
from portal.vault import agencies
from portal.vault.sealing import SealError
from portal.web import errors


@blueprint.get("/referred", endpoint="referred")
@only(Role.PARTNER_AGENCY, unlocked=True)
def referred_list() -> str:
    """What they have, and what they had."""
    agency = _agency()
    agency_mail.look(agency)
    rows = [(one, state_tag(one)) for one in referred.referred_to(held_keys(), agency)]
    return render_template("staff/referred.html", rows=rows, agency=agency_in_words(agency))


@blueprint.route("/referred/<uuid:referral_id>", methods=["GET", "POST"], endpoint="referred_one")
@only(Role.PARTNER_AGENCY, unlocked=True)
def referred_one(referral_id: uuid.UUID) -> Response | str:
    """Read it, as long as it is theirs; POST takes it, declines it, answers it or closes it."""
    one = _open(referral_id)
    acts = acts_now(one)
    form = answer_form(one, acts, is_own=True)
    if request.method == "POST" and acts and form.check(acts):
        said = reply(form, officer().display_name)
        try:
            with transaction() as db:
                audit.record(db, officer().staff.name, Action.ANSWERED_REFERRAL, str(one.report_id))
                referred.answer(db, referral_id, held_keys(), said, form.reference.data or "", form.disposition.data)
        except (NotPossible, WorkHasStopped):
            one = _open(referral_id)
            acts = acts_now(one)
            form.form_errors.append(_("This cannot be said of it any more. Look at how far it is now."))
        except SealError:
            abort(errors.damaged())
        else:
            return redirect(url_for(".referred_one", referral_id=referral_id), 303)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_REFERRAL, str(one.report_id))
    kept = one.came_back
    return render_template(
        "staff/referred_one.html",
        one=one,
        form=form,
        acts=acts,
        tag_words=state_tag(one),
        days=days_in_words(one, is_own=True),
        replies=shown_replies(one, OWN_ACTS),
        disposition=disposition_choices(kept.disposition).get(kept.disposition, "") if kept else "",
        files=[
            (each, url_for(".referred_file", referral_id=referral_id, file_id=each.kept.row_id))
            for each in one.sent.files
        ]
        if one.sent
        else [],
    )


@blueprint.route("/referred/<uuid:referral_id>/files/<uuid:file_id>", methods=["GET", "POST"], endpoint="referred_file")
@only(Role.PARTNER_AGENCY, unlocked=True)
def referred_file(referral_id: uuid.UUID, file_id: uuid.UUID) -> Response | str:
    """A file that was sent with it; the look is written down before its first byte. See staff.file on those that are suspect."""
    one = _open(referral_id)
    try:
        chosen = files.find_file(one.sent.files if one.sent else (), file_id) or abort(404)
    except SealError:
        chosen = None
    if chosen is not None and file_panel.must_ask_again(chosen):
        return file_panel.warning(chosen, url_for(".referred_one", referral_id=referral_id))
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.OPENED_FILE, str(one.report_id))
    if chosen is None:
        abort(errors.damaged())
    return file_panel.give(chosen)


def _agency() -> str:
    """The agency whose key they hold; whoever holds none, or another key as well, sees nothing."""
    return agencies.agency_of(held_keys()) or abort(403)


def _open(referral_id: uuid.UUID) -> OpenReferral:
    """The same 404 for one that is not there and one that is another agency's."""
    return referred.find_referred(referral_id, held_keys(), _agency()) or abort(404)
