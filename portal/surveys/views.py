"""The pages on which residents answer a survey: no account, no address, and nothing that leads back to them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from portal import limits
from portal.languages.i18n import current_language, long_day
from portal.questions.types import type_of
from portal.surveys import services, waves
from portal.surveys.definition import Question
from portal.surveys.forms import PageForm, as_typed, page_form
from portal.surveys.models import SampleType
from portal.surveys.services import Answering
from portal.vault.drafts import IDLE, Draft
from portal.web import errors
from portal.web.caching import public
from portal.web.forms import is_too_long, typed_in

blueprint = Blueprint("surveys", __name__)


@blueprint.app_context_processor
def surveys_for_every_page() -> dict[str, Any]:
    """The home page shows a door while a survey is open."""
    return {"open_surveys": waves.open_surveys}


@blueprint.get("/surveys")
@public
def index() -> str:
    return render_template("surveys/index.html", surveys=waves.open_surveys())


@blueprint.get("/surveys/<code>")
def start(code: str) -> AnyResponse | str:
    """What the survey is and what becomes of the answers, before anything is asked."""
    survey = waves.find_open_survey(code)
    if survey is None:
        return _not_open(code)
    draft = services.find_survey_draft(session.get("survey"))
    return render_template(
        "surveys/start.html",
        survey=survey,
        questionnaire=survey.instrument.questionnaire,
        anyone_can_answer=survey.wave.sample_type is SampleType.OPEN_LINK,
        begun=draft is not None and _is_of(draft, survey) and "sent" not in draft.content,
        sent=draft is not None and _is_of(draft, survey) and "sent" in draft.content,
        other_begun=draft is not None and not _is_of(draft, survey) and "sent" not in draft.content,
        back_url=url_for(".index"),
    )


def _is_of(draft: Draft, survey: waves.OpenSurvey) -> bool:
    return bool(draft.content["wave"] == survey.wave.id.hex)


@blueprint.post("/surveys/<code>")
def begin(code: str) -> AnyResponse:
    """Carry on with the answers that are there, or begin."""
    survey = waves.find_open_survey(code)
    if survey is None:
        return _not_open(code)
    draft = services.find_survey_draft(session.get("survey"))
    if draft is None or "sent" in draft.content or "again" in request.form or not _is_of(draft, survey):
        if draft is not None:
            services.forget_draft(draft.token)
        draft = services.begin_answers(survey)
        session["survey"] = draft.token
    first = next(iter(services.answering_with(draft).asked))
    return _see(url_for(".step", code=code, number=first))


@blueprint.route("/surveys/<code>/<int:number>", methods=["GET", "POST"])
def step(code: str, number: int) -> AnyResponse | str:
    """One page of questions; the number is the questionnaire's, from 1."""
    draft = _draft_of(code)
    if draft is None:
        return _ended(code)
    if "sent" in draft.content:
        return _see(url_for(".thanks", code=code))
    answering = services.answering_with(draft)
    if not answering.is_open:
        return _closed(answering)
    pages = answering.instrument.questionnaire.pages
    if not 1 <= number <= len(pages):
        abort(404)
    questions = answering.asked.get(number)
    if questions is None:
        # What was answered before takes this page away.
        return _see(_after(code, answering, number))
    form = _form_of(answering, number, questions)
    if request.method == "POST":
        if "switch" in request.form or form.pressed:
            if not is_too_long(form):
                services.keep_typed(draft.token, pages[number - 1].code, typed_in(form))
                part = form.pressed.goes_on_at if form.pressed else None
                return _see(url_for(".step", code=code, number=number, _anchor=part))
            form.validate()
        elif "skip" in request.form or form.validate_on_submit():
            answers = dict.fromkeys(q.code for q in questions) if "skip" in request.form else form.answers()
            return _keep(code, number, answering, answers)
    return _show(code, number, answering, form)


def _draft_of(code: str) -> Draft | None:
    draft = services.find_survey_draft(session.get("survey"))
    return draft if draft is not None and draft.content["survey"] == code else None


def _form_of(answering: Answering, number: int, questions: list[Question]) -> PageForm:
    """The form as it was left: what was half typed before the language changed, or what was answered."""
    form = page_form(answering.instrument, questions, answering.draw)
    if request.method == "POST":
        return form()
    content = answering.draft.content
    typed = content["typed"].get(answering.instrument.questionnaire.pages[number - 1].code)
    # Nothing ticked is something typed: it counts more than what was kept before.
    return form(MultiDict(typed)) if typed is not None else form(data=as_typed(questions, content["answers"]))


def _keep(code: str, number: int, answering: Answering, answers: dict[str, Any]) -> AnyResponse:
    page = answering.instrument.questionnaire.pages[number - 1]
    draft = services.keep_answers(answering.draft.token, page.code, answers)
    if draft is None:
        return _ended(code)
    if "sent" in draft.content:
        return _see(url_for(".thanks", code=code))
    return _see(_after(code, services.answering_with(draft), number))


def _after(code: str, answering: Answering, number: int) -> str:
    following = answering.after(number)
    return url_for(".step", code=code, number=following) if following else url_for(".send", code=code)


def _show(code: str, number: int, answering: Answering, form: PageForm) -> str:
    before, places = answering.before(number), list(answering.asked)
    return render_template(
        "surveys/step.html",
        form=form,
        page=answering.instrument.questionnaire.pages[number - 1],
        questions=form.asked,
        has_words=any(type_of(question).is_written for question in form.asked),
        place=places.index(number) + 1,
        places=len(places),
        back_url=url_for(".step", code=code, number=before) if before else url_for(".start", code=code),
        picker_form="step",
    )


@blueprint.route("/surveys/<code>/send", methods=["GET", "POST"])
def send(code: str) -> AnyResponse | str:
    """The last page before anything is sent; pressing Send is what sends it."""
    draft = _draft_of(code)
    if draft is None:
        return _perhaps_sent() if request.method == "POST" else _ended(code)
    if "sent" in draft.content:
        return _see(url_for(".thanks", code=code))
    answering = services.answering_with(draft)
    if not answering.is_open:
        return _closed(answering)
    if request.method == "POST" and answering.counting:
        try:
            is_stored = services.record_response(draft.token, current_language().code, limits.visitor_address())
        except services.WaveClosed:
            return _closed(answering)
        return _see(url_for(".thanks", code=code)) if is_stored else _perhaps_sent()
    return render_template(
        "surveys/send.html",
        answered=len(answering.counting),
        asked=sum(map(len, answering.asked.values())),
        first_url=url_for(".step", code=code, number=next(iter(answering.asked))),
        back_url=url_for(".step", code=code, number=max(answering.asked)),
    )


@blueprint.get("/surveys/<code>/thanks")
def thanks(code: str) -> AnyResponse | str:
    draft = _draft_of(code)
    if draft is None:
        return _perhaps_sent()
    if "sent" not in draft.content:
        return _see(url_for(".send", code=code))
    survey = waves.find_open_survey(code)
    return render_template(
        "surveys/thanks.html",
        closes_on=survey.wave.closes_on if survey else None,
        figures_url=url_for("cohesion.figures") if "cohesion.figures" in current_app.view_functions else None,
        back_url=None,
    )


def _see(address: str) -> AnyResponse:
    return redirect(address, 303)


def _not_open(code: str) -> Response:
    if not waves.is_survey(code):
        return errors.page(404, _("There is no survey here"), _("Check the address, or see which surveys are open."))
    return errors.page(
        410,
        _("This survey is not open now"),
        _("It takes no answers today."),
        ways_on=[(_("See which surveys are open"), url_for(".index")), (_("Go to the start"), url_for("pages.home"))],
    )


def _ended(code: str) -> Response:
    """The draft is gone, or was never there: say so plainly, give back what was just typed."""
    if not waves.is_survey(code):
        return _not_open(code)
    return errors.page(
        410,
        _("Your answers have been cleared"),
        ngettext(
            "You did not use the survey for %(num)s minute, or you left it. Nothing was sent.",
            "You did not use the survey for %(num)s minutes, or you left it. Nothing was sent.",
            IDLE.seconds // 60,
        ),
        ways_on=[(_("Start the survey"), url_for(".start", code=code)), (_("Go to the start"), url_for("pages.home"))],
    )


def _closed(answering: Answering) -> Response:
    """The wave ended while someone was answering: what they wrote is given back."""
    return errors.page(
        410,
        _("This survey has ended"),
        _("It took answers until %(day)s. Your answers were not sent.", day=long_day(answering.wave.closes_on)),
        kept_text="\n\n".join(dict.fromkeys(filter(None, (answering.written, *_half_typed(answering))))),
    )


def _half_typed(answering: Answering) -> list[str]:
    """What was being written when the language was changed."""
    pages = answering.draft.content["typed"].values()
    return [
        text
        for page in pages
        for name, texts in page.items()
        if name.startswith(errors.WRITTEN_FIELD)
        for text in texts
    ]


def _perhaps_sent() -> Response:
    """The draft has ended, or Send was pressed in one that has: only the person knows which."""
    return errors.page(
        410,
        _("This page is closed"),
        _("If you saw “Thank you”, we have your answers. If not, nothing was sent."),
    )
