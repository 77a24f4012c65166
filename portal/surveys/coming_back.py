"""Someone saves what they answered, writes the code down, and comes back with it on whatever device they have."""

from __future__ import annotations

from datetime import date

from flask import render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal import limits
from portal.config import settings
from portal.db import today
from portal.surveys import saving, services
from portal.surveys.code_forms import SavedCodeForm
from portal.surveys.routes import MAX_GUESSES_PER_HOUR, blueprint, closed, draft_of, ended, over, see, sent_elsewhere
from portal.vault import receipts
from portal.vault.drafts import Draft
from portal.vault.sealing import SealError
from portal.web import errors


@blueprint.route("/surveys/<code>/save", methods=["GET", "POST"])
def save(code: str) -> AnyResponse | str:
    """What saving means, before anything is saved; pressing the button saves."""
    draft = draft_of(code)
    if draft is None:
        return ended(code)
    if saving.is_over(draft):
        return see(over(draft))
    answering = services.answering_with(draft)
    if not answering.is_open:
        return closed(answering)
    if request.method == "POST":
        try:
            saved = saving.save_answers(draft.token)
        except saving.SentElsewhere:
            return sent_elsewhere(answering)
        return see(url_for(".saved", code=code)) if saved else ended(code)
    last_day, closes_on = today() + saving.kept_for(), answering.wave.closes_on
    return render_template(
        "surveys/save.html",
        has_code="copy" in draft.content,
        last_day=last_day,
        ends_before=closes_on if closes_on < last_day else None,
        back_url=_way_back_in(draft),
    )


@blueprint.route("/surveys/<code>/saved", methods=["GET", "POST"])
def saved(code: str) -> AnyResponse | str:
    """The code, shown until it is said to be written down or 15 minutes have passed."""
    draft = draft_of(code)
    if draft is None:
        return errors.page(
            410,
            _("This page is closed"),
            _("If you wrote your code down, your answers are saved."),
            ways_on=[
                (_("Come back to saved answers"), url_for(".come_back")),
                (_("Go to the start"), url_for("pages.home")),
            ],
        )
    if "saved" not in draft.content:
        return see(url_for(".thanks" if "sent" in draft.content else ".send", code=code))
    kept = draft.content["saved"]
    if request.method == "POST":
        if "go_on" in request.form:
            # The very digits that this page shows: no guess, so it is not counted.
            return _open(kept["code"]) or _opens_nothing(SavedCodeForm(formdata=None))
        services.forget_draft(session.pop("survey"))
        return see(url_for("pages.home"))
    return render_template(
        "surveys/saved.html",
        groups=receipts.groups(kept["code"]),
        last_day=date.fromisoformat(kept["last_day"]),
        address=settings().public_url.partition("://")[2] + url_for(".come_back"),
        back_url=None,
    )


@blueprint.route("/saved-survey", methods=["GET", "POST"])
def come_back() -> AnyResponse | str:
    """I have a code. The digits travel in this POST only."""
    form = SavedCodeForm()
    if request.method == "POST" and "switch" not in request.form and form.validate():
        with limits.one_at_a_time("saved survey"):
            if limits.visits("saved survey") >= MAX_GUESSES_PER_HOUR:
                return errors.page(429)
            opened = _open(form.digits)
            if opened is None:
                # Only what fails is counted: a library's visitors share one address.
                limits.count_visit("saved survey")
        return opened or _opens_nothing(form)
    return _asks_for_code(form)


def _opens_nothing(form: SavedCodeForm) -> str:
    """One sentence for what was never there, has expired or was sent."""
    form.code.errors = [_("That code opens no saved answers. Check each digit and try again.")]
    return _asks_for_code(form)


def _asks_for_code(form: SavedCodeForm) -> str:
    draft = services.find_survey_draft(session.get("survey"))
    return render_template(
        "surveys/come_back.html",
        form=form,
        has_begun=draft is not None and not saving.is_over(draft),
        days=saving.kept_for().days,
        back_url=url_for(".index"),
        picker_form="step",
    )


def _open(code: str) -> AnyResponse | None:
    """To the page on which they stopped; None where the code opens nothing."""
    try:
        draft = saving.open_saved(code)
    except SealError:
        return errors.page(
            500, _("These answers cannot be read"), _("They were damaged. Please start the survey again.")
        )
    if draft is None:
        return None
    if before := session.get("survey"):
        services.forget_draft(before)
    session["survey"] = draft.token
    return see(_way_back_in(draft))


def _way_back_in(draft: Draft) -> str:
    """The page on which they stopped, where it is still asked."""
    code, answering = draft.content["survey"], services.answering_with(draft)
    if draft.content.get("at") == "":
        return url_for(".send", code=code)
    steps = [step.code for step in answering.instrument.questionnaire.steps]
    stopped = next((number for number in answering.asked if steps[number - 1] == draft.content.get("at")), None)
    return url_for(".step", code=code, number=stopped or next(iter(answering.asked)))
