"""The pages on which residents report. No address, title or header tells what a report is about."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, current_app, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse
from wtforms import FormField

from portal import errors, limits, uploads
from portal.db import today
from portal.drafts import IDLE, Draft, Purpose
from portal.i18n import current_language
from portal.reporting import files as added_files
from portal.reporting import services
from portal.reporting.forms import CheckForm, FilesForm, StepForm, WhereForm, as_typed, question_form
from portal.reporting.questions import FILES, QUESTIONS, dangers_in, is_immediate
from portal.reporting.routes import blueprint, see, see_again
from portal.reporting.steps import FIRST, MOST_STEPS, Step, in_words, path
from portal.security import chosen_files, takes_files
from portal.working_days import working_days_after

# fmt: off
DIGITS = [
    _l("zero"), _l("one"), _l("two"), _l("three"), _l("four"), _l("five"), _l("six"), _l("seven"), _l("eight"), _l("nine"),
]
# fmt: on


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
    if not 1 <= number <= MOST_STEPS:
        abort(404)
    draft = services.find_report_draft(session.get("report"))
    if draft is None:
        return _ended()
    if "sent" in draft.content:
        return see(url_for(".sent"))
    steps = path(draft.content["answers"])
    # A page may have been open while an earlier answer was changed: what is on it belongs to its own question.
    asked = request.form.get("question")
    found = next((step for step in steps if (step.question == asked if asked else step.number == number)), None)
    if found is None:
        # An earlier answer was changed, so this question is no longer asked.
        _keep_for_later(draft, asked)
        return see(url_for(".check"))
    if found.asked is FILES:
        return see(_address(found, **request.args))
    form = _form_of(found, draft)
    if request.method == "POST":
        if "switch" in request.form:
            services.keep_typed(draft.token, found.question, _typed_in(form))
            return see_again()
        is_skipped = "skip" in request.form and not found.required
        if is_skipped or form.validate_on_submit():
            kept = services.keep_answer(draft.token, found.question, None if is_skipped else form.answer())
            return see(_after(found, kept)) if kept else _ended()
    return render_template(
        "reporting/question.html" if found.asked else f"reporting/{found.question}.html",
        form=form,
        step=found,
        steps=steps,
        first=len(FIRST),
        **_danger(_just_told(found, draft.content["answers"])),
        back_url=_before(found),
        picker_form="step",
    )


@blueprint.route("/report/files", methods=["GET", "POST"])
@takes_files("report")
def files() -> AnyResponse | str:
    """Photos, recordings and papers: added, taken out again, or left."""
    token = session.get("report")
    draft = services.find_report_draft(token)
    if draft is None:
        return _ended()
    if "sent" in draft.content:
        return see(url_for(".sent"))
    steps = path(draft.content["answers"])
    found = next(step for step in steps if step.asked is FILES)
    form = FilesForm()
    if "take_out" in request.form:
        added_files.take_out(token, Purpose.REPORT, request.form["take_out"])
        return see_again()
    if "skip" in request.form:
        return see(_after(found, draft))
    if request.method == "POST":
        draft, refused = added_files.add_files(
            token, Purpose.REPORT, chosen_files("files"), limits.visitor_address(), originals=form.originals.data
        )
        if draft is None:
            return _ended()
        if not refused:
            return see_again() if {"add", "switch"} & request.form.keys() else see(_after(found, draft))
        form.files.errors = [uploads.refusal_in_words(name, why) for name, why in refused]
    return render_template(
        "reporting/files.html",
        form=form,
        step=found,
        steps=steps,
        first=len(FIRST),
        added=added_files.files_in(draft),
        accept=uploads.ACCEPT,
        **_danger({}),
        back_url=_before(found),
        picker_form="step",
    )


def _address(step: Step, **named: Any) -> str:
    """Only the page for files takes any, so it has an address of its own."""
    return url_for(".files", **named) if step.asked is FILES else url_for(".step", number=step.number, **named)


def _form_of(found: Step, draft: Draft) -> StepForm:
    """The form as it was left: what was half typed before the language changed, or what was answered."""
    typed = draft.content["typed"].get(found.question) if request.method == "GET" else None
    kept = dict(draft.content["answers"].get(found.question) or {})
    if found.asked:
        kept = as_typed(found.asked, kept)
    if "date" in kept:
        year, month, day = (str(int(part)) for part in kept.pop("date").split("-"))
        kept["exact"] = {"day": day, "month": month, "year": year}
    form = found.form(MultiDict(typed)) if typed is not None else found.form(data=kept)
    if isinstance(form, WhereForm):
        form.offer(current_app.extensions["portal"].partnership.places)
    return form


def _keep_for_later(draft: Draft, question: str | None) -> None:
    """What was told to a question that is no longer asked is there again when it is asked again."""
    if question in QUESTIONS:
        form = question_form(QUESTIONS[question], current_app.extensions["portal"].partnership.extra_strands)()
        services.keep_typed(draft.token, question, _typed_in(form))


def _typed_in(form: StepForm) -> dict[str, list[str]]:
    """What the boxes of this page hold, right or wrong; whatever else was posted is not kept."""
    boxes = [box.name for field in form for box in (field if isinstance(field, FormField) else [field])]
    return {name: request.form.getlist(name) for name in boxes if name in request.form}


def _before(found: Step) -> str:
    if "change" in request.args:
        return url_for(".check")
    return url_for(".step", number=found.number - 1) if found.number > 1 else url_for(".start")


def _after(found: Step, draft: Draft) -> str:
    """The next question, which may hang on this answer; the check, where this was the last or the person wants no more."""
    is_last = "sent" in draft.content or found.number >= len(path(draft.content["answers"]))
    if "change" in request.args or "finish" in request.form or is_last:
        return url_for(".check")
    return url_for(".step", number=found.number + 1)


def _just_told(found: Step, answers: dict[str, Any]) -> dict[str, Any]:
    """Of the answers about danger, the one on the page before this: help is shown at once, and once."""
    before = path(answers)[found.number - 2].question if found.number > 1 else ""
    return {before: answers.get(before)} if before in {"risk", "dangers", "asb_types"} else {}


def _danger(answers: dict[str, Any]) -> dict[str, Any]:
    """What a page shows of danger: whether there is any, and the help lines for it."""
    partnership = current_app.extensions["portal"].partnership.localised(current_language().code)
    dangers = {*dangers_in(answers)}
    shown = partnership.shown_help_lines(today(), current_app.extensions["portal"].is_demonstration) if dangers else ()
    return {
        "at_risk": is_immediate(answers),
        "help_for": [line for line in shown if dangers.intersection(line.dangers)],
        "today": today(),
    }


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
        receipt = services.submit_report(draft.token, form.answer(), language, visitor, is_trapped=form.is_trapped)
        return see(url_for(".sent")) if receipt else _perhaps_sent()
    steps = path(answers)
    names = [each.name for each in added_files.files_in(draft)]
    told = answers | {FILES.code: {"names": names} if names else None}
    given = [(step, in_words(step.question, told.get(step.question))) for step in steps]
    rows = [
        (step.title, words, _address(step, change=1))
        for step, words in given
        # What was not told beyond the first answers is not held against anyone as a list of gaps.
        if words or not step.asked
    ]
    return render_template(
        "reporting/check.html",
        form=form,
        rows=rows,
        **_danger(answers),
        said_risk=(answers.get("risk") or {}).get("risk") == "yes",
        wishes=(answers.get("wish") or {}).get("wish") or (),
        more=next((_address(step) for step, words in given if step.asked and not words), None),
        back_url=url_for(".step", number=len(steps)),
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
        digit_words=DIGITS,
        read_by=services.read_by(receipt.received_on, immediate_risk=receipt.immediate_risk),
        told_by=working_days_after(receipt.received_on, clocks.tell_reporter, holidays),
        back_url=None,
    )


@blueprint.get("/report/saved")
def saved() -> str:
    return render_template("reporting/saved.html", back_url=None)


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
