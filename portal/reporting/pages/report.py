"""The pages on which residents report. No address, title or header tells what a report is about."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from portal import limits
from portal.db import today
from portal.files import uploads
from portal.languages.i18n import current_language
from portal.partnership.file import current_partnership
from portal.partnership.readiness import takes_reports
from portal.reporting import files as added_files
from portal.reporting import services
from portal.reporting.pages import desks
from portal.reporting.pages.forms import CheckForm, FilesForm, StepForm
from portal.reporting.pages.routes import blueprint, perhaps_sent, see, see_again
from portal.reporting.pages.steps import MAX_STEPS, Step, find_page, form_of, in_words, partners, path
from portal.reporting.questions.asked import FILES, dangers_in, is_immediate
from portal.reporting.questions.contact import BY_RECEIPT, CONTACT, agreed, may_be_contacted
from portal.reporting.questions.first import FIRST
from portal.reporting.storing import taken_by
from portal.vault.drafts import IDLE, Draft, Purpose
from portal.vault.keyholders import is_demonstration
from portal.web import challenge, errors
from portal.web.challenge import Verdict
from portal.web.forms import is_too_long, typed_in
from portal.web.security import chosen_files, file_sender, takes_files


@blueprint.get("/report")
def start() -> str:
    """The safety gate. It is never a wall and needs no answer."""
    if not takes_reports():
        return render_template("reporting/not_ready.html", back_url=url_for("pages.home"), today=today())
    draft = services.find_report_draft(session.get("report"))
    return render_template(
        "reporting/start.html",
        back_url=url_for("pages.home"),
        first=len(FIRST),
        draft=draft,
        receipt=services.sent_receipt(draft),
    )


@blueprint.post("/report")
def begin() -> AnyResponse:
    """Carry on with the draft that is there, or begin one."""
    if not takes_reports():
        return see(url_for(".start"))
    draft = services.find_report_draft(session.get("report"))
    if draft is None or "sent" in draft.content or "again" in request.form:
        if draft is not None:
            services.forget_draft(draft.token)
        session["report"] = services.begin_report().token
    return see(url_for(".step", number=1))


@blueprint.route("/report/<int:number>", methods=["GET", "POST"])
def step(number: int) -> AnyResponse | str:
    """One question of the report."""
    if not 1 <= number <= MAX_STEPS:
        abort(404)
    draft = services.find_report_draft(session.get("report"))
    if draft is None:
        return _ended()
    if "sent" in draft.content:
        return see(url_for(".sent"))
    steps = path(draft.content["answers"])
    # A page may have been open while an earlier answer was changed: what is on it belongs to its own question.
    asked = request.form.get("question")
    found = next((step for step in steps if (step.code == asked if asked else step.number == number)), None)
    if found is None:
        # An earlier answer was changed, so this question is no longer asked.
        _keep_for_later(draft, asked)
        return see(url_for(".check"))
    if found.page is FILES:
        return see(_address(found, change=request.args.get("change")))
    form = _form_of(found, draft)
    if request.method == "POST":
        if "switch" in request.form:
            if not is_too_long(form):
                services.keep_typed(draft.token, found.code, typed_in(form))
                return see_again()
            form.validate()
        elif (is_skipped := "skip" in request.form and not found.is_required) or form.validate():
            answer = None if is_skipped else form.answer()
            if answer and found.page.keeps_language:
                answer["language"] = current_language().code
            kept = services.keep_answer(draft.token, found.code, answer)
            return see(_after(found, kept)) if kept else _ended()
    just_told = _just_told(found, steps, draft.content["answers"])
    return render_template(
        [f"reporting/{found.code}.html", "reporting/question.html"],
        form=form,
        step=found,
        steps=steps,
        first=len(FIRST),
        **_danger(just_told),
        **_young(just_told),
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
    found = next(step for step in steps if step.page is FILES)
    form = FilesForm()
    if "take_out" in request.form:
        added_files.take_out(token, Purpose.REPORT, request.form["take_out"])
        return see_again()
    if "skip" in request.form:
        return see(_after(found, draft))
    if request.method == "POST":
        held = added_files.files_in(draft)
        draft, refused = added_files.add_files(
            token, Purpose.REPORT, chosen_files("files"), file_sender(), originals=form.originals.data
        )
        if draft is None:
            return _ended()
        if not refused:
            # Before they go on, they read what of a photo is not in its copy.
            is_to_read = added_files.has_change_since(held, draft)
            return see_again() if is_to_read or {"add", "switch"} & request.form.keys() else see(_after(found, draft))
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
        **_young({}),
        back_url=_before(found),
        picker_form="step",
    )


def _address(step: Step, **named: Any) -> str:
    """Only the page for files takes any, so it has an address of its own."""
    return url_for(".files", **named) if step.page is FILES else url_for(".step", number=step.number, **named)


def _form_of(found: Step, draft: Draft) -> StepForm:
    """The form as it was left: what was half typed before the language changed, or what was answered."""
    form = form_of(found.page)
    typed = draft.content["typed"].get(found.code) if request.method == "GET" else None
    if typed is not None:
        return form(MultiDict(typed))
    answers = draft.content["answers"]
    kept = found.page.opens_with(answers) if found.page.opens_with else answers.get(found.code) or {}
    return form(data=form.as_typed(kept))


def _keep_for_later(draft: Draft, question: str | None) -> None:
    """What was told to a question that is no longer asked is there again when it is asked again."""
    if found := find_page(question):
        services.keep_typed(draft.token, found.code, typed_in(form_of(found)()))


def _before(found: Step) -> str:
    if "change" in request.args:
        return url_for(".check")
    return url_for(".step", number=found.number - 1) if found.number > 1 else url_for(".start")


def _after(found: Step, draft: Draft) -> str:
    """The next question, which may hang on this answer; the check, where this was the last or the person wants no more.

    The first questions are what was promised: whoever skips the last of them has not asked for more.
    """
    is_last = "sent" in draft.content or found.number >= len(path(draft.content["answers"]))
    wants_no_more = "finish" in request.form or ("skip" in request.form and found.number == len(FIRST))
    if "change" in request.args or wants_no_more or is_last:
        return url_for(".check")
    return url_for(".step", number=found.number + 1)


def _just_told(found: Step, steps: tuple[Step, ...], answers: dict[str, Any]) -> dict[str, Any]:
    """Of the answers about danger or a child, the one on the page before this: help is shown at once, and once."""
    before = steps[found.number - 2].page if found.number > 1 else None
    return {before.code: answers.get(before.code)} if before and before.shows_help else {}


def _danger(answers: dict[str, Any]) -> dict[str, Any]:
    """What a page shows of danger: whether there is any, and the help lines for it."""
    partnership = current_partnership().localised(current_language().code)
    dangers = {*dangers_in(answers)}
    shown = partnership.shown_help_lines(today(), is_demonstration()) if dangers else ()
    return {
        "at_risk": is_immediate(answers),
        "help_for": [line for line in shown if dangers.intersection(line.dangers)],
        "today": today(),
    }


def _young(answers: dict[str, Any]) -> dict[str, Any]:
    """What a page says to someone under 18, or who helps them. It is calm."""
    partnership = current_partnership().localised(current_language().code)
    is_young = (answers.get("who") or {}).get("under_18") == "yes"
    shown = partnership.shown_help_lines(today(), is_demonstration()) if is_young else ()
    return {"is_young": is_young, "childline": next((line for line in shown if line.code == "childline"), None)}


@blueprint.route("/report/check", methods=["GET", "POST"])
def check() -> AnyResponse | str:
    """Everything that was answered, before anything is sent; pressing Send is what sends it."""
    draft = services.find_report_draft(session.get("report"))
    if draft is None:
        return perhaps_sent() if request.method == "POST" else _ended()
    if "sent" in draft.content:
        return see(url_for(".sent"))
    answers = draft.content["answers"]
    steps = path(answers)
    if open_step := next((step for step in steps if step.is_required and not answers.get(step.code)), None):
        return see(_address(open_step))
    form = CheckForm(data=answers.get("check") or {})
    if request.method == "POST":
        checked = desks.with_choice(form.answer(), request.form, answers)
        if "switch" in request.form:
            services.keep_answer(draft.token, "check", checked)
            return see_again()
        if challenge.is_on() and services.looks_like_a_program(draft, is_trapped=form.is_trapped):
            return see(url_for(".person")) if services.doubt(draft.token, checked) else perhaps_sent()
        return _send(draft, checked, is_trapped=form.is_trapped)
    names = [each.name for each in added_files.files_in(draft)]
    told = answers | {
        FILES.code: {"names": names} if names else None,
        CONTACT.code: answers.get("contact") or BY_RECEIPT,
    }
    given = [(step, in_words(step.code, told.get(step.code))) for step in steps]
    rows = [
        (step.page.title, words, _address(step, change=1))
        for step, words in given
        # What was not told beyond the first answers is not held against anyone as a list of gaps.
        if words or not step.is_extra
    ]
    return render_template(
        "reporting/check.html",
        form=form,
        rows=rows,
        **_danger(answers),
        **_young(answers),
        desks=desks.on_check_page(answers),
        partners=partners(),
        agreed=agreed(answers, has_contact=may_be_contacted(answers)),
        said_risk=(answers.get("risk") or {}).get("risk") == "yes",
        wishes=(answers.get("wish") or {}).get("wish") or (),
        taken=taken_by(answers),
        more=next((_address(step) for step, words in given if step.is_extra and not words), None),
        back_url=_address(next(step for step in reversed(steps) if step.code in answers)),
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
        return perhaps_sent() if request.method == "POST" else _ended()
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


def _ended() -> Response:
    """The draft is gone: say so plainly, give back what was just typed."""
    return errors.page(
        410,
        _("Your report has been cleared"),
        ngettext(
            "You did not use it for %(num)s minute, or you left it. Nothing was sent.",
            "You did not use it for %(num)s minutes, or you left it. Nothing was sent.",
            IDLE.seconds // 60,
        ),
    )
