"""Whether the threshold of a case review looks met: asked without a name, answered at once, stored nowhere."""

from __future__ import annotations

from flask import render_template, request, url_for

from portal.case_review.checker_form import KINDS, MOST, TOLD, CheckerForm
from portal.case_review.reason_words import reason_in_words, way_in_words
from portal.case_review.routes import blueprint
from portal.case_review.rules import rules_on
from portal.case_review.threshold import Judgement, Way, judge
from portal.db import today
from portal.partnership.file import current_partnership
from portal.reporting.pages.outcome_wording import complaining


@blueprint.route("/check", methods=["GET", "POST"])
def check() -> str:
    """With another language the answer is given again in it, if there was one."""
    rules = rules_on(today())
    form = CheckerForm()
    form.offer(rules)
    answer = None
    if request.method == "POST" and "more" in request.form:
        form.show_more()
    elif (request.method == "POST" and ("switch" not in request.form or form.checked.data)) and form.validate():
        answer = _answer(form, judge([complaint for _number, complaint in form.complaints], today(), rules))
    form.checked.data = "1" if answer else ""
    form.shown.data = str(form.shown_now)
    return render_template(
        "case_review/check.html",
        form=form,
        rules=rules,
        answer=answer,
        complaining=complaining(),
        can_add=form.shown_now < MOST,
        phone=current_partnership().case_review.contact.phone or current_partnership().contact.phone,
        back_url=url_for(".procedures"),
        picker_form="step",
    )


def _answer(form: CheckerForm, judgement: Judgement) -> dict[str, object]:
    """What the page says: whether, why, and of each complaint what speaks for or against it."""
    verdicts = zip(form.complaints, judgement.verdicts, strict=True)
    return {
        "met": judgement.met,
        "needs_person": judgement.needs_person,
        "missing": judgement.missing,
        "apply_by": judgement.apply_by,
        "ways": [way_in_words(way, judgement.rules) for way in Way if way in judgement.ways],
        "lines": [
            {
                "number": number,
                "told_on": complaint.reported_on,
                "told": TOLD[complaint.told],
                "kind": KINDS[form[f"kind_{number}"].data],
                "counts": reason is None,
                "why": reason_in_words(reason, judgement.rules),
            }
            for (number, _complaint), (complaint, reason) in verdicts
        ],
    }
