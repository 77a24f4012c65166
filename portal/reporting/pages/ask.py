"""Asking for another format, an interpreter or British Sign Language: a short sealed request with a receipt, no name needed."""

from __future__ import annotations

from flask import abort, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from portal import limits
from portal.db import today
from portal.languages.i18n import current_language
from portal.partnership.file import current_partnership
from portal.partnership.readiness import takes_reports
from portal.reporting import services
from portal.reporting.pages.receipt import receipt_page
from portal.reporting.pages.routes import blueprint, see, see_again
from portal.reporting.pages.steps import form_as_left, path
from portal.reporting.questions.formats import FORMATS
from portal.vault.drafts import IDLE
from portal.web import errors
from portal.web.forms import is_too_long, typed_in


@blueprint.route("/ask", methods=["GET", "POST"])
def ask() -> AnyResponse | str:
    """How it goes and how long it takes; the button begins, or goes on with what was begun."""
    if not takes_reports():
        return render_template("reporting/not_ready.html", back_url=url_for("pages.formats"), today=today())
    if request.method == "POST":
        draft = services.find_report_draft(session.get("ask"))
        if draft is None or "sent" in draft.content:
            if draft is not None:
                services.forget_draft(draft.token)
            session["ask"] = services.begin_request().token
        return see(url_for(".ask_step", number=1))
    receipt = services.sent_receipt(services.find_report_draft(session.get("ask")))
    return render_template(
        "reporting/ask.html",
        clocks=current_partnership().clocks,
        receipt=receipt,
        back_url=url_for("pages.formats"),
    )


@blueprint.route("/ask/<int:number>", methods=["GET", "POST"])
def ask_step(number: int) -> AnyResponse | str:
    """What is needed, then how they may be reached; the second page sends."""
    draft = services.find_report_draft(session.get("ask"))
    if draft is None:
        return _ended()
    if "sent" in draft.content:
        return see(url_for(".ask_sent"))
    steps = path(draft.content["answers"])
    if not 1 <= number <= len(steps):
        abort(404)
    found = steps[number - 1]
    if number > 1 and not draft.content["answers"].get(FORMATS.code):
        return see(url_for(".ask_step", number=1))
    form = form_as_left(found, draft, is_sent=request.method == "POST")
    if request.method == "POST":
        if "switch" in request.form:
            if not is_too_long(form):
                services.keep_typed(draft.token, found.code, typed_in(form))
                return see_again()
            form.validate()
        elif form.validate():
            if services.keep_answer(draft.token, found.code, form.answer()) is None:
                return _ended()
            return see(url_for(".ask_step", number=number + 1)) if number < len(steps) else _send(draft.token)
    return render_template(
        "reporting/ask_step.html",
        form=form,
        step=found,
        steps=steps,
        back_url=url_for(".ask_step", number=number - 1) if number > 1 else url_for(".ask"),
        picker_form="step",
    )


def _send(token: str) -> AnyResponse:
    receipt = services.submit_report(token, None, current_language().code, limits.visitor_address())
    return see(url_for(".ask_sent")) if receipt else _closed()


@blueprint.route("/ask/sent", methods=["GET", "POST"])
def ask_sent() -> AnyResponse | str:
    """The receipt, shown until it is said to be saved or 15 minutes have passed."""
    draft = services.find_report_draft(session.get("ask"))
    receipt = services.sent_receipt(draft)
    if draft is not None and receipt is None:
        # Another page of this browser has begun a new request: that one is not to be forgotten.
        return see(url_for(".ask_saved" if request.method == "POST" else ".ask"))
    if request.method == "POST":
        services.forget_draft(session.pop("ask", ""))
        return see(url_for(".ask_saved"))
    return receipt_page(receipt) if receipt else _closed()


@blueprint.get("/ask/saved")
def ask_saved() -> str:
    return render_template(
        "reporting/saved.html", is_request=True, has_questions=False, taken=False, come_back_on=None, back_url=None
    )


def _ended() -> AnyResponse:
    """The draft is gone: say so plainly, give back what was just typed."""
    return errors.page(
        410,
        _("Your request has been cleared"),
        ngettext(
            "You did not use it for %(num)s minute, or you left it. Nothing was sent.",
            "You did not use it for %(num)s minutes, or you left it. Nothing was sent.",
            IDLE.seconds // 60,
        ),
    )


def _closed() -> AnyResponse:
    return errors.page(
        410,
        _("This page is closed"),
        _("If you saw a receipt number, your request is with us: the number opens it. If not, nothing was sent."),
        ways_on=[(_("Come back to your request"), url_for(".come_back")), (_("Ask again"), url_for(".ask"))],
    )
