"""The pages on which residents report. No address, title or header tells what a report is about."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.db import today
from portal.files import uploads
from portal.languages.i18n import current_language
from portal.partnership.readiness import takes_reports
from portal.reporting import files as added_files
from portal.reporting import services
from portal.reporting.pages.danger import danger, young
from portal.reporting.pages.forms import StepForm
from portal.reporting.pages.routes import address, blueprint, ended, see, see_again
from portal.reporting.pages.steps import (
    MAX_STEPS,
    Step,
    count_first,
    count_more,
    find_page,
    form_as_left,
    form_of,
    is_undecided,
    path,
)
from portal.reporting.questions.asked import fewest_and_most
from portal.reporting.questions.first import NARRATIVE
from portal.vault.drafts import Draft, Purpose
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
        least=fewest_and_most()[0],
        most=fewest_and_most()[1],
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
        return ended()
    if "sent" in draft.content:
        return see(url_for(".sent"))
    answers = draft.content["answers"]
    steps = path(answers)
    # A page may have been open while an earlier answer was changed: what is on it belongs to its own question.
    asked = request.form.get("question")
    found = next((step for step in steps if (step.code == asked if asked else step.number == number)), None)
    if found is None:
        # An earlier answer was changed, so this question is no longer asked.
        _keep_for_later(draft, asked)
        return see(url_for(".check"))
    if found.page.code == NARRATIVE.code and request.method == "GET":
        return see(address(found, change=request.args.get("change")))
    form = form_as_left(found, draft, is_sent=request.method == "POST")
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
            is_changed = found.page.makes_stale and answers.get(found.code) != answer
            stale = found.page.makes_stale if is_changed else ()
            kept = services.keep_answer(draft.token, found.code, answer, stale)
            is_asked_on = bool(found.page.makes_stale and answer)
            return see(_after(found, kept, is_asked_on=is_asked_on)) if kept else ended()
    return _asked(found, form, steps, draft)


@blueprint.route("/report/files", methods=["GET", "POST"])
@takes_files("report")
def narrative() -> AnyResponse | str:
    """What happened, in their own words, and the photos, recordings and papers that show it.

    It has an address of its own since only here a report takes files: large requests are received in another way.
    """
    token = session.get("report")
    draft = services.find_report_draft(token)
    if draft is None:
        return ended()
    if "sent" in draft.content:
        return see(url_for(".sent"))
    steps = path(draft.content["answers"])
    found = next(step for step in steps if step.page.code == NARRATIVE.code)
    if request.method == "GET":
        return _asked(found, form_as_left(found, draft, is_sent=False), steps, draft)
    form: Any = form_of(found.page)()
    # A page that was open before there were words on it has none to give: those that are kept stay.
    has_words = NARRATIVE.code in request.form
    if not has_words:
        form.narrative.data = (draft.content["answers"].get(NARRATIVE.code) or {}).get(NARRATIVE.code, "")
    held = added_files.files_in(draft)
    if "take_out" in request.form:
        added_files.take_out(token, Purpose.REPORT, request.form["take_out"])
    chosen = chosen_files(form.files.name)
    if chosen and has_words:
        # A photo may be slow or refused: by then what was written is kept.
        services.keep_typed(token, found.code, typed_in(form))
    draft, refused = added_files.add_files(token, Purpose.REPORT, chosen, file_sender(), originals=form.originals.data)
    if draft is None:
        return ended()
    is_skipped = "skip" in request.form and not found.is_required
    is_right = is_skipped or form.validate()
    form.files.errors = [uploads.refusal_in_words(name, why) for name, why in refused]
    # Before they go on, they read what of a photo is not in its copy.
    stays = bool({"switch", "take_out", "add"} & request.form.keys()) or added_files.has_change_since(held, draft)
    if stays and not refused and not is_too_long(form):
        if has_words:
            services.keep_typed(token, found.code, typed_in(form))
        return see_again()
    if refused or stays or not is_right:
        return _asked(found, form, steps, draft)
    if not has_words:
        return see(_after(found, draft))
    kept = services.keep_answer(token, found.code, None if is_skipped else form.answer())
    return see(_after(found, kept)) if kept else ended()


def _asked(found: Step, form: StepForm, steps: tuple[Step, ...], draft: Draft) -> str:
    """The page that asks it."""
    just_told = _just_told(found, steps, draft.content["answers"])
    return render_template(
        [f"reporting/{found.code}.html", "reporting/question.html"],
        form=form,
        step=found,
        first=count_first(steps),
        more=count_more(steps),
        is_undecided=is_undecided(draft.content["answers"]),
        added=added_files.files_in(draft),
        accept=uploads.ACCEPT,
        **danger(just_told),
        **young(just_told),
        back_url=_before(found, steps),
        picker_form="step",
    )


def _keep_for_later(draft: Draft, question: str | None) -> None:
    """What was told to a question that is no longer asked is there again when it is asked again."""
    if found := find_page(question):
        services.keep_typed(draft.token, found.code, typed_in(form_of(found)()))


def _before(found: Step, steps: tuple[Step, ...]) -> str:
    if "change" in request.args or found.is_on_check:
        return url_for(".check")
    return address(steps[found.number - 2]) if found.number > 1 else url_for(".start")


def _after(found: Step, draft: Draft, *, is_asked_on: bool = False) -> str:
    """The next question, which may hang on this answer; the check, where this was the last or the person wants no more.

    The first questions are what was promised: whoever skips the last of them has not asked for more. `is_asked_on`: the
    next question belongs to this one, so whoever changes one comes by the other.
    """
    steps = path(draft.content["answers"])
    following = next((step for step in steps if step.number == found.number + 1 and not step.is_on_check), None)
    wants_no_more = "finish" in request.form or ("skip" in request.form and found.number == count_first(steps))
    if "sent" in draft.content or following is None or wants_no_more:
        return url_for(".check")
    if "change" in request.args:
        return address(following, change=1) if is_asked_on else url_for(".check")
    return address(following)


def _just_told(found: Step, steps: tuple[Step, ...], answers: dict[str, Any]) -> dict[str, Any]:
    """Of the answers about danger or a child, the one on the page before this: help is shown at once, and once."""
    before = steps[found.number - 2].page if found.number > 1 else None
    return {before.code: answers.get(before.code)} if before and before.shows_help else {}
