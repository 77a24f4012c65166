"""The pages on which residents report. No address, title or header tells what a report is about."""

from __future__ import annotations

from flask import Response, abort, current_app, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse
from wtforms import FormField

from portal import errors, limits
from portal.db import today
from portal.drafts import IDLE, Draft
from portal.i18n import current_language
from portal.reporting import services
from portal.reporting.forms import CheckForm, StepForm, WhereForm
from portal.reporting.routes import blueprint, see, see_again
from portal.reporting.steps import STEPS, Step, find_step, in_words
from portal.working_days import working_days_after


@blueprint.get("/report")
def start() -> str:
    """The safety gate. It is never a wall and needs no answer."""
    if not _takes_reports():
        return render_template("reporting/not_ready.html", back_url=url_for("pages.home"), today=today())
    draft = services.find_report_draft(session.get("report"))
    return render_template(
        "reporting/start.html", back_url=url_for("pages.home"), draft=draft, receipt=services.sent_receipt(draft)
    )


@blueprint.post("/report")
def begin() -> AnyResponse:
    """Carry on with the draft that is there, or begin one."""
    if not _takes_reports():
        return see(url_for(".start"))
    draft = services.find_report_draft(session.get("report"))
    if draft is None or "sent" in draft.content or "again" in request.form:
        if draft is not None:
            services.forget_draft(draft.token)
        session["report"] = services.begin_report().token
    return see(url_for(".step", number=1))


def _takes_reports() -> bool:
    """A live installation that lacks something shows who can help instead of the form."""
    portal = current_app.extensions["portal"]
    return portal.has_vault and (portal.is_demonstration or not portal.missing_for_live())


@blueprint.route("/report/<int:number>", methods=["GET", "POST"])
def step(number: int) -> AnyResponse | str:
    """One question of the report."""
    found = find_step(number) or abort(404)
    draft = services.find_report_draft(session.get("report"))
    if draft is None:
        return _ended()
    if "sent" in draft.content:
        return see(url_for(".sent"))
    form = _form_of(found, draft)
    if request.method == "POST":
        if "switch" in request.form:
            services.keep_typed(draft.token, found.question, _typed_in(form))
            return see_again()
        if "skip" in request.form and not found.required:
            services.keep_answer(draft.token, found.question, None)
            return see(_after(found))
        if form.validate_on_submit():
            services.keep_answer(draft.token, found.question, form.answer())
            return see(_after(found))
    return render_template(
        f"reporting/{found.question}.html",
        form=form,
        step=found,
        steps=STEPS,
        back_url=_before(found),
        picker_form="step",
    )


def _form_of(found: Step, draft: Draft) -> StepForm:
    """The form as it was left: what was half typed before the language changed, or what was answered."""
    typed = draft.content["typed"].get(found.question) if request.method == "GET" else None
    kept = dict(draft.content["answers"].get(found.question) or {})
    if "date" in kept:
        year, month, day = (str(int(part)) for part in kept.pop("date").split("-"))
        kept["exact"] = {"day": day, "month": month, "year": year}
    form = found.form(MultiDict(typed)) if typed else found.form(data=kept)
    if isinstance(form, WhereForm):
        form.offer(current_app.extensions["portal"].partnership.places)
    return form


def _typed_in(form: StepForm) -> dict[str, list[str]]:
    """What the boxes of this page hold, right or wrong; whatever else was posted is not kept."""
    boxes = [box.name for field in form for box in (field if isinstance(field, FormField) else [field])]
    return {name: request.form.getlist(name) for name in boxes if name in request.form}


def _before(found: Step) -> str:
    if "change" in request.args:
        return url_for(".check")
    return url_for(".step", number=found.number - 1) if found.number > 1 else url_for(".start")


def _after(found: Step) -> str:
    if "change" in request.args or found is STEPS[-1]:
        return url_for(".check")
    return url_for(".step", number=found.number + 1)


@blueprint.route("/report/check", methods=["GET", "POST"])
def check() -> AnyResponse | str:
    """Everything that was answered, before anything is sent; pressing Send is what sends it."""
    draft = services.find_report_draft(session.get("report"))
    if draft is None:
        return _perhaps_sent() if request.method == "POST" else _ended()
    if "sent" in draft.content:
        return see(url_for(".sent"))
    answers = draft.content["answers"]
    if not answers.get("narrative"):
        return see(url_for(".step", number=2))
    form = CheckForm(data=answers.get("check") or {})
    if request.method == "POST":
        if "switch" in request.form:
            services.keep_answer(draft.token, "check", form.answer())
            return see_again()
        language, visitor = current_language().code, limits.visitor_address()
        receipt = services.submit_report(draft.token, form.answer(), language, visitor)
        return see(url_for(".sent")) if receipt else _perhaps_sent()
    rows = [
        (
            step.title,
            in_words(step.question, answers.get(step.question)),
            url_for(".step", number=step.number, change=1),
        )
        for step in STEPS
    ]
    return render_template(
        "reporting/check.html",
        form=form,
        rows=rows,
        at_risk=(answers.get("risk") or {}).get("risk") == "yes",
        back_url=url_for(".step", number=STEPS[-1].number),
        picker_form="step",
    )


@blueprint.route("/report/sent", methods=["GET", "POST"])
def sent() -> AnyResponse | str:
    """The receipt, shown until it is said to be saved or 15 minutes have passed."""
    draft = services.find_report_draft(session.get("report"))
    receipt = services.sent_receipt(draft)
    if draft is not None and receipt is None:
        # Another page of this browser has begun a new report: that one is not to be forgotten.
        return see(url_for(".saved" if request.method == "POST" else ".check"))
    if request.method == "POST":
        services.forget_draft(session.pop("report", ""))
        return see(url_for(".saved"))
    if receipt is None:
        return _perhaps_sent()
    partnership = current_app.extensions["portal"].partnership
    clocks, holidays = partnership.clocks, partnership.bank_holidays
    return render_template(
        "reporting/sent.html",
        receipt=receipt,
        digit_words=_digit_words(),
        read_by=services.read_by(receipt.received_on, immediate_risk=receipt.immediate_risk),
        told_by=working_days_after(receipt.received_on, clocks.tell_reporter, holidays),
        back_url=None,
    )


@blueprint.get("/report/saved")
def saved() -> str:
    return render_template("reporting/saved.html", back_url=None)


def _digit_words() -> list[str]:
    return [
        _("zero"),
        _("one"),
        _("two"),
        _("three"),
        _("four"),
        _("five"),
        _("six"),
        _("seven"),
        _("eight"),
        _("nine"),
    ]


def _ended() -> Response:
    """The draft is gone: say so plainly, give back what was just typed."""
    return errors.page(
        410,
        _("Your report has been cleared"),
        _("You did not use it for %(minutes)s minutes, or you left it. Nothing was sent.", minutes=IDLE.seconds // 60),
    )


def _perhaps_sent() -> Response:
    """The receipt page has ended, or Send was pressed in a draft that has: only the person knows which."""
    return errors.page(
        410,
        _("This page is closed"),
        _("If you saw a receipt number, your report is with us: the number opens it. If not, nothing was sent."),
        ways_on=[
            (_("Come back to your report"), url_for(".come_back")),
            (_("Report what happened"), url_for(".start")),
        ],
    )
