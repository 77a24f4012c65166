"""Before sending: everything that was answered, who will see it, the button that sends; and the bot check where one is needed."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal import limits
from portal.languages.i18n import current_language
from portal.reporting import files as added_files
from portal.reporting import services
from portal.reporting.pages import desks
from portal.reporting.pages.danger import danger, young
from portal.reporting.pages.forms import CheckForm
from portal.reporting.pages.routes import address, blueprint, ended, perhaps_sent, see, see_again
from portal.reporting.pages.steps import in_words, partners, path
from portal.reporting.questions.asb import ASB_GROUP, ASB_TYPES
from portal.reporting.questions.asked import still_asked
from portal.reporting.questions.contact import BY_RECEIPT, CONTACT, agreed, may_be_contacted
from portal.reporting.questions.first import NARRATIVE, PHOTO
from portal.reporting.storing import taken_by
from portal.vault.drafts import Draft
from portal.web import challenge
from portal.web.challenge import Verdict


@blueprint.route("/report/check", methods=["GET", "POST"])
def check() -> AnyResponse | str:
    """Everything that was answered, before anything is sent; pressing Send is what sends it."""
    draft = services.find_report_draft(session.get("report"))
    if draft is None:
        return perhaps_sent() if request.method == "POST" else ended()
    if "sent" in draft.content:
        return see(url_for(".sent"))
    # As it is stored: nothing is said here of what is no longer part of the report.
    answers = still_asked(draft.content["answers"])
    steps = path(answers)
    if open_step := next((step for step in steps if step.is_required and not answers.get(step.code)), None):
        return see(address(open_step))
    form = CheckForm(data=answers.get("check") or {})
    if request.method == "POST":
        checked = desks.with_choice(form.answer(), request.form, answers)
        if "switch" in request.form:
            services.keep_answer(draft.token, "check", checked)
            return see_again()
        if challenge.is_on() and services.looks_like_a_program(draft, is_trapped=form.is_trapped):
            return see(url_for(".person")) if services.doubt(draft.token, checked) else perhaps_sent()
        return _send(draft, checked, is_trapped=form.is_trapped)
    told = answers | {CONTACT.code: answers.get("contact") or BY_RECEIPT}
    given = [(step, in_words(step.code, told.get(step.code))) for step in steps if not step.is_on_check]
    by_code = {step.code: step for step in steps}
    rows, skipped, names, files = [], [], "", ""
    for step, words in given:
        if step.code == ASB_GROUP.code and answers.get(ASB_TYPES.code):
            continue  # the line of what it is begins there
        if not words and not step.is_extra and step.page is not PHOTO and not step.is_required:
            skipped.append((step.page.title, address(step, change=1)))
        change = by_code[ASB_GROUP.code] if step.code == ASB_TYPES.code else step
        # What need not be told is not held against anyone as a list of gaps.
        if words:
            rows.append((step.page.title, words, address(change, change=1)))
        if step.code == NARRATIVE.code:
            files = address(step, change=1, _anchor="files")
            if names := "\n".join(each.name for each in added_files.files_in(draft)):
                rows.append((_("Photos and files"), names, files))
    return render_template(
        "reporting/check.html",
        form=form,
        rows=rows,
        skipped=skipped,
        **danger(answers),
        **young(answers),
        desks=desks.on_check_page(answers),
        partners=partners(),
        agreed=agreed(answers, has_contact=may_be_contacted(answers)),
        said_risk=(answers.get("risk") or {}).get("risk") == "yes",
        wishes=(answers.get("wish") or {}).get("wish") or (),
        taken=taken_by(answers),
        files=files,
        has_files=bool(names),
        who=next((address(step, change=1) for step in steps if step.is_on_check), None),
        more=next((address(step) for step, words in given if step.is_extra and not words), None),
        back_url=address(next(step for step in reversed(steps) if step.code in answers and not step.is_on_check)),
        picker_form="step",
    )


def _send(draft: Draft, checked: dict[str, Any] | None, **signs: bool) -> AnyResponse:
    language, visitor = current_language().code, limits.visitor_address()
    receipt = services.submit_report(draft.token, checked, language, visitor, **signs)
    return see(url_for(".sent")) if receipt else perhaps_sent()


@blueprint.route("/report/person", methods=["GET", "POST"])
def person() -> AnyResponse | str:
    """A program may have pressed Send: a check by others, who are named and asked for first, or sending without it.

    Without it, and where the check cannot be reached, an officer looks first; nobody is refused.
    """
    draft = services.find_report_draft(session.get("report"))
    if draft is None:
        return perhaps_sent() if request.method == "POST" else ended()
    if "sent" in draft.content:
        return see(url_for(".sent"))
    if not draft.content.get("doubted"):
        return see(url_for(".check"))
    if "switch" in request.form:
        return see_again()
    verdict = None
    if request.method == "POST":
        is_checked = "checked" in request.form and challenge.is_on()
        verdict = challenge.check(request.form.get("h-captcha-response", "")) if is_checked else None
        if verdict is not Verdict.FAILED:
            return _send(draft, draft.content["answers"].get("check"), is_person=verdict is Verdict.PASSED)
    return render_template(
        "reporting/person.html",
        sitekey=challenge.admit() if "check" in request.args else "",
        has_failed=verdict is Verdict.FAILED,
        back_url=url_for(".check"),
        picker_form="step",
    )
