"""Taking a report for someone who tells it by telephone or in person: the residents' own questions, in the same browser."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.languages.i18n import current_language, language_of, languages, moved_to
from portal.partnership.readiness import takes_reports
from portal.reporting import services
from portal.reporting.models import Source
from portal.staff.access import blueprint, officer, only
from portal.staff.forms import TakingForm
from portal.staff.models import Role
from portal.vault.drafts import drop_draft
from portal.web.cookies import SealedCookies, SealedSession


@blueprint.route("/take-a-report", methods=["GET", "POST"], endpoint="take_report")
@only(Role.OFFICER, Role.REPORTING_CENTRE)
def take_report() -> Response | str:
    """How it is done; pressing the button begins it."""
    form = TakingForm()
    if request.method == "GET":
        form.language.data = current_language().code
    visit = _cookies().residents_session(request)
    unsent = services.find_report_draft(visit.get("report"))
    # Another page of this browser may have begun one since: what is written in it is not deleted unasked.
    may_begin = takes_reports() and (unsent is None or "again" in request.form)
    if form.validate_on_submit() and may_begin:
        return _begin(form, visit)
    return render_template(
        "staff/take_report.html",
        form=form,
        takes_reports=takes_reports(),
        unsent=unsent,
        receipt=services.sent_receipt(unsent),
        tags={one.code: one.tag for one in languages()},
    )


def _begin(form: TakingForm, visit: SealedSession) -> Response:
    """The report and the sign-in lie in cookies of their own: to leave the one ends nothing of the other."""
    centre = "" if officer().may(Role.OFFICER) else officer().display_name
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.TOOK_REPORT)
        if "report" in visit:
            drop_draft(db, visit["report"])
        visit["report"] = services.take_report(db, Source(form.told.data), centre).token
    answer = redirect(moved_to(language_of(form.language.data), url_for("reporting.step", number=1)), 303)
    _cookies().keep_residents_session(visit, answer)
    return answer


def _cookies() -> SealedCookies:
    found = current_app.session_interface
    assert isinstance(found, SealedCookies)
    return found
