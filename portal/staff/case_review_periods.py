"""The four numbers of case reviews: looked at as drafts, published by a person; and the rules, with what nobody checked yet."""

from __future__ import annotations

from flask import abort, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.case_review import figures
from portal.case_review.figures import CannotPublish, NeedsCorrection
from portal.case_review.period_models import Correction
from portal.case_review.reason_words import promise_in_words, rule_in_words
from portal.case_review.rules import find_rules, rules_on
from portal.db import today
from portal.partnership.case_review import Period, case_review_missing
from portal.partnership.file import current_partnership
from portal.staff.access import CASE_REVIEW_COUNTERS, blueprint, officer, only
from portal.staff.case_review_period_forms import PublishForm
from portal.staff.models import Role


@blueprint.get("/case-reviews/periods", endpoint="case_review_periods")
@only(*CASE_REVIEW_COUNTERS)
def periods() -> str:
    return _page()


@blueprint.post("/case-reviews/periods/<code>/publish", endpoint="publish_case_review_period")
@only(Role.SURVEY_MANAGER, Role.SUPERVISOR)
def publish(code: str) -> Response | tuple[str, int]:
    """What was looked at and nothing else; numbers that stand already change with a reason only."""
    period = next((one for one in _ended()[: figures.RECOUNTED] if one.code == code), None) or abort(404)
    form = PublishForm(prefix=code)
    if not form.validate():
        return _page(form, code), 422
    correction = Correction(form.correction.data) if form.correction.data else None
    try:
        figures.publish_period(period, form.seen.data or "", correction, officer().staff.name)
    except NeedsCorrection:
        form.correction.errors = [_("These numbers were published before. Choose why they change.")]
        return _page(form, code), 422
    except CannotPublish:
        form.form_errors.append(_("The numbers have changed since you looked. Look at them again, then publish."))
        return _page(form, code), 409
    return redirect(url_for(".case_review_periods"), 303)


@blueprint.get("/case-reviews/rules", endpoint="case_review_rules")
@only(Role.OFFICER, Role.SUPERVISOR, Role.SURVEY_MANAGER, Role.ADMINISTRATOR)
def rules() -> str:
    """What the partnership's file says, version by version, and which of it nobody has looked up."""
    case_review = current_partnership().case_review
    now = rules_on(today())
    versions = sorted(case_review.rules, key=lambda one: one.valid_from, reverse=True)
    return render_template(
        "staff/case_review_rules.html",
        case_review=case_review,
        problems=case_review_missing(case_review, today()),
        unchecked=list(case_review.unchecked()),
        versions=[
            (one, rule_in_words(one), [promise_in_words(name, days) for name, days in one.promises.items()])
            for each in versions
            for one in [find_rules(each.version) or each]
        ],
        current=now.version,
    )


def _ended() -> list[Period]:
    return current_partnership().case_review.ended_periods(today())


def _page(failed: PublishForm | None = None, failed_code: str = "") -> str:
    drafts = figures.drafts(_ended())
    forms = {one.period.code: PublishForm(formdata=None, prefix=one.period.code) for one in drafts}
    if failed is not None:
        forms[failed_code] = failed
    for one in drafts:
        forms[one.period.code].seen.data = one.numbers.seen
    return render_template(
        "staff/case_review_periods.html",
        drafts=drafts,
        forms=forms,
        form=failed or PublishForm(formdata=None),
        running=current_partnership().case_review.period_of(today()),
        may_publish=officer().may(Role.SURVEY_MANAGER, Role.SUPERVISOR),
    )
