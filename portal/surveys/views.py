"""The pages on which residents answer a survey: no account, no address, and nothing that leads back to them."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import abort, current_app, render_template, request, session, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from portal import limits
from portal.languages.i18n import current_language
from portal.languages.words import in_words
from portal.questions import question as base
from portal.questions.types import type_of
from portal.surveys import invitations, occasions, saving, services, waves
from portal.surveys.code_forms import InvitationForm
from portal.surveys.definition import Question
from portal.surveys.forms import PageForm, as_typed, page_form
from portal.surveys.kiosk_door import is_kiosk
from portal.surveys.models import SampleType
from portal.surveys.routes import (
    MAX_GUESSES_PER_HOUR,
    blueprint,
    closed,
    draft_of,
    ended,
    not_open,
    over,
    perhaps_sent,
    see,
    sent_elsewhere,
)
from portal.surveys.services import Answering
from portal.vault.drafts import Draft
from portal.web import errors
from portal.web.caching import public
from portal.web.forms import is_too_long, typed_in


@blueprint.app_context_processor
def surveys_for_every_page() -> dict[str, Any]:
    """The home page shows a door while a survey is open that anyone can answer: whoever has a card knows the way."""
    return {"open_surveys": lambda: [one for one in waves.open_surveys() if not _needs_invitation(one)]}


@blueprint.get("/surveys")
@public
def index() -> str:
    return render_template("surveys/index.html", surveys=waves.open_surveys())


@blueprint.get("/surveys/<code>")
def start(code: str) -> AnyResponse | str:
    """What the survey is and what becomes of the answers, before anything is asked."""
    survey = waves.find_open_survey(code)
    if survey is None:
        return not_open(code)
    return _start_page(survey, InvitationForm(formdata=None))


def _start_page(survey: waves.OpenSurvey, form: InvitationForm) -> str:
    draft, at = services.find_survey_draft(session.get("survey")), request.values.get("at", "")
    is_begun = draft is not None and not saving.is_over(draft)
    return render_template(
        "surveys/start.html",
        form=form,
        survey=survey,
        questionnaire=survey.instrument.questionnaire,
        has_words=any(type_of(one).is_written for one in survey.instrument.questionnaire.questions.values()),
        anyone_can_answer=survey.wave.sample_type is SampleType.OPEN_LINK,
        is_invited=_needs_invitation(survey),
        begun=draft is not None and is_begun and _is_of(draft, survey),
        sent=draft is not None and _is_of(draft, survey) and "sent" in draft.content,
        other_begun=draft is not None and is_begun and not _is_of(draft, survey),
        saved_days=saving.kept_for().days,
        at=at if not _needs_invitation(survey) and occasions.find_occasion(at) else "",
        back_url=url_for(".index"),
        # Where there is a box to keep, the strip of languages sends it along.
        picker_form="start" if _needs_invitation(survey) else None,
    )


def _is_of(draft: Draft, survey: waves.OpenSurvey) -> bool:
    return bool(draft.content["wave"] == survey.wave.id.hex)


@blueprint.post("/surveys/<code>")
def begin(code: str) -> AnyResponse | str:
    """Carry on with the answers that are there, or begin: with an invitation where people are invited."""
    survey = waves.find_open_survey(code)
    if survey is None:
        return not_open(code)
    form = InvitationForm()
    if "switch" in request.form:
        return _start_page(survey, form)
    old = services.find_survey_draft(session.get("survey"))
    draft = old if old is not None and not saving.is_over(old) and _is_of(old, survey) else None
    if draft is not None and "again" in request.form:
        draft = services.start_afresh(draft, survey)
        if draft is not None and saving.is_over(draft):
            return see(over(draft))
    if draft is None:
        begun = _redeemed(survey, form) if _needs_invitation(survey) else _begun(survey)
        if not isinstance(begun, Draft):
            return begun
        draft = begun
        if old is not None:
            services.forget_draft(old.token)
        session["survey"] = draft.token
    first = next(iter(services.answering_with(draft).asked))
    return see(url_for(".step", code=code, number=first))


def _needs_invitation(survey: waves.OpenSurvey) -> bool:
    return survey.wave.sample_type is SampleType.INVITED


def _begun(survey: waves.OpenSurvey) -> Draft:
    return services.begin_answers(survey, occasion=occasions.find_occasion(request.form.get("at", "")))


def _redeemed(survey: waves.OpenSurvey, form: InvitationForm) -> Draft | AnyResponse | str:
    """The right to answer that the typed code buys, or the page that says why it buys none."""
    if not form.validate():
        return _start_page(survey, form)
    with limits.one_at_a_time("invitation"):
        if limits.visits("invitation") >= MAX_GUESSES_PER_HOUR:
            return errors.page(429)
        try:
            return invitations.redeem(survey, form.invitation.data)
        except invitations.UsedCode:
            why = _("This code was used before. Each code works once.")
        except invitations.UnknownCode:
            why = _("That code does not open this survey. Check each letter and digit and try again.")
        # Only what fails is counted: a library's visitors share one address.
        limits.count_visit("invitation")
    form.invitation.errors = [why]
    return _start_page(survey, form)


@blueprint.route("/surveys/<code>/<int:number>", methods=["GET", "POST"])
def step(code: str, number: int) -> AnyResponse | str:
    """One step of the questionnaire; the number is its place in it, from 1."""
    draft = draft_of(code)
    if draft is None:
        return ended(code)
    if saving.is_over(draft):
        return see(over(draft))
    answering = services.answering_with(draft)
    if not answering.is_open:
        return closed(answering)
    steps = answering.instrument.questionnaire.steps
    if not 1 <= number <= len(steps):
        abort(404)
    questions = answering.asked.get(number)
    if questions is None:
        # What was answered before takes this page away.
        return see(_after(code, answering, number))
    form = _form_of(answering, number, questions)
    if request.method == "POST":
        if "switch" in request.form or form.pressed:
            if not is_too_long(form):
                services.keep_typed(draft, steps[number - 1].code, typed_in(form))
                part = form.pressed.goes_on_at if form.pressed else None
                return see(url_for(".step", code=code, number=number, change=request.args.get("change"), _anchor=part))
            form.validate()
        elif "save" in request.form and not is_kiosk():
            if not is_too_long(form):
                return _pause(code, answering, number, form)
            form.validate()
        elif "skip" in request.form or form.validate_on_submit():
            answers = dict.fromkeys(q.code for q in questions) if "skip" in request.form else form.answers()
            return _keep(code, number, answering, answers)
    return _show(code, number, answering, form)


def _pause(code: str, answering: Answering, number: int, form: PageForm) -> AnyResponse:
    """Keep what stands on the page, right or wrong, and go on to saving it."""
    is_right = form.validate()
    paused = services.pause(
        answering.draft,
        answering.instrument.questionnaire.steps[number - 1].code,
        form.answers() if is_right else {},
        None if is_right else typed_in(form),
    )
    return see(url_for(".save", code=code)) if paused else ended(code)


def _form_of(answering: Answering, number: int, questions: list[Question]) -> PageForm:
    """The form as it was left: what was half typed before the language changed, or what was answered."""
    form = page_form(answering.instrument, questions, answering.draw)
    if request.method == "POST":
        return form()
    content = answering.draft.content
    typed = content["typed"].get(answering.instrument.questionnaire.steps[number - 1].code)
    # Nothing ticked is something typed: it counts more than what was kept before.
    return form(MultiDict(typed)) if typed is not None else form(data=as_typed(questions, content["answers"]))


def _keep(code: str, number: int, answering: Answering, answers: dict[str, Any]) -> AnyResponse:
    step = answering.instrument.questionnaire.steps[number - 1]
    now = services.keep_answers(answering, step.code, answers)
    if now is None:
        return ended(code)
    if saving.is_over(now.draft):
        return see(over(now.draft))
    if "change" in request.args:
        # Back to where it was changed, but for what is asked because of it.
        new = next((other for other in now.asked if other > number and other not in answering.asked), None)
        return see(url_for(".step", code=code, number=new, change=1) if new else url_for(".send", code=code))
    return see(_after(code, now, number))


def _after(code: str, answering: Answering, number: int) -> str:
    following = answering.after(number)
    return url_for(".step", code=code, number=following) if following else url_for(".send", code=code)


def _show(code: str, number: int, answering: Answering, form: PageForm) -> str:
    before, places = answering.before(number), list(answering.asked)
    if "change" in request.args:
        back_url = url_for(".send", code=code)
    else:
        back_url = url_for(".step", code=code, number=before) if before else url_for(".start", code=code)
    return render_template(
        "surveys/step.html",
        form=form,
        page=answering.instrument.questionnaire.steps[number - 1].page,
        questions=form.asked,
        has_words=any(type_of(question).is_written for question in form.asked),
        place=places.index(number) + 1,
        places=answering.about(number),
        **_what_changed(answering),
        questionnaire=answering.instrument.questionnaire,
        step=answering.instrument.questionnaire.steps[number - 1],
        minutes_left=answering.minutes_left(number),
        back_url=back_url,
        picker_form="step",
    )


def _what_changed(answering: Answering) -> dict[str, int]:
    """How many answers the page before took away, because they no longer apply, or brought back."""
    content = answering.draft.content
    return {"dropped": content.get("dropped", 0), "returned": content.get("returned", 0)}


@blueprint.route("/surveys/<code>/send", methods=["GET", "POST"])
def send(code: str) -> AnyResponse | str:
    """Everything that was answered, before anything is sent; pressing Send is what sends it."""
    draft = draft_of(code)
    if draft is None:
        return perhaps_sent() if request.method == "POST" else ended(code)
    if saving.is_over(draft):
        return see(over(draft))
    answering = services.answering_with(draft)
    if not answering.is_open:
        return closed(answering)
    if "save" in request.form and not is_kiosk():
        services.pause(draft, "", {}, None)
        return see(url_for(".save", code=code))
    if request.method == "POST" and answering.counting:
        try:
            is_stored = services.record_response(
                draft.token,
                current_language().code,
                limits.visitor_address(),
                is_trapped=bool(request.form.get("website")),
            )
        except services.WaveClosed:
            return closed(answering)
        except saving.SentElsewhere:
            return sent_elsewhere(answering)
        return see(url_for(".thanks", code=code)) if is_stored else perhaps_sent()
    return render_template(
        "surveys/send.html",
        answered=len(answering.counting),
        asked=sum(map(len, answering.asked.values())),
        **_what_changed(answering),
        sections=_sections(code, answering),
        first_url=url_for(".step", code=code, number=next(iter(answering.asked))),
        back_url=url_for(".step", code=code, number=max(answering.asked)),
    )


def _sections(code: str, answering: Answering) -> list[tuple[Any, list[tuple[Any, str, str]]]]:
    """Each page of the file that is asked: its title, and its questions with what was answered and the way to change it."""
    steps, counting = answering.instrument.questionnaire.steps, answering.counting
    return [
        (
            in_words(page.title),
            [
                (
                    in_words(question.text),
                    _answer_in_words(question, counting.get(question.code)),
                    url_for(".step", code=code, number=number, change=1),
                )
                for number in numbers
                for question in page_form(answering.instrument, answering.asked[number]).asked
            ],
        )
        for page, numbers in groupby(answering.asked, lambda number: steps[number - 1].page)
    ]


def _answer_in_words(question: base.Question, answer: Any) -> str:
    """Empty where it was skipped; English that stands in for a questionnaire's own words is marked as English."""
    if answer is None:
        return ""
    codes = answer if isinstance(answer, list) else [answer]
    if all(code in question.texts for code in codes):
        return Markup("<br>").join(in_words(question.texts[code]) for code in codes)
    return "\n".join(type_of(question).words(question, answer))


@blueprint.get("/surveys/<code>/thanks")
def thanks(code: str) -> AnyResponse | str:
    draft = draft_of(code)
    if draft is None:
        return perhaps_sent()
    if "sent" not in draft.content:
        return see(url_for(".send", code=code))
    survey = waves.find_open_survey(code)
    return render_template(
        "kiosk/thanks.html" if is_kiosk() else "surveys/thanks.html",
        closes_on=survey.wave.closes_on if survey else None,
        others_are_open=any(other.code != code for other in waves.open_surveys()),
        figures_url=url_for("cohesion.figures") if "cohesion.figures" in current_app.view_functions else None,
        back_url=None,
    )
