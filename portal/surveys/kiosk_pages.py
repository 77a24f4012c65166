"""The pages of a tablet that goes from hand to hand: choose a language, read what it is, answer, and nothing stays for the next."""

from __future__ import annotations

from typing import Any

from flask import abort, g, render_template, request, session, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse
from wtforms import PasswordField

from portal import text
from portal.languages.i18n import Language, language_of, moved_to
from portal.questions.types import type_of
from portal.surveys import kiosks, saving, services
from portal.surveys.kiosk_door import blueprint, home_url, is_kiosk
from portal.surveys.models import Mode, SampleType
from portal.surveys.routes import see
from portal.surveys.waves import OpenSurvey
from portal.web import errors
from portal.web.forms import AtMost, Filled, Form

# Seconds: without script nobody can tell whether the page is touched, so it has longer.
ASKED_AFTER, FORGOTTEN_AFTER, ASKED_WITHOUT_SCRIPT, THANKS_SHOWN = 60, 20, 300, 20


class PinForm(Form):
    pin = PasswordField(_l("Number that ends it"), validators=[Filled(_l("Write the number.")), AtMost(20)])


@blueprint.app_context_processor
def about_tablets() -> dict[str, Any]:
    """Not among Jinja's globals, where each name makes every page of the portal some thirty calls dearer."""
    return {
        "is_kiosk": is_kiosk,
        "kiosk_home": home_url,
        "kiosk_times": {
            "asked": ASKED_AFTER,
            "forgotten": FORGOTTEN_AFTER,
            "asked_without_script": ASKED_WITHOUT_SCRIPT,
            "thanks": THANKS_SHOWN,
        },
    }


def _ended() -> AnyResponse:
    return errors.page(
        410,
        _("This tablet asks no survey now"),
        _("It was ended, or its time is over. Give it back to whoever gave it to you."),
        ways_on=[],
    )


@blueprint.get("")
def home() -> AnyResponse | str:
    """Choose a language. Whoever comes here, by a press or because nobody touched the screen, forgets what was begun."""
    kiosk = g.get("kiosk")
    if kiosk is None:
        session.pop("kiosk", None)
        return _ended()
    if request.script_root != request.environ.get("portal.site", ""):
        return see(home_url())
    _forget()
    if kiosk.ticket is not None:
        return see(url_for(".sheets"))
    survey = kiosks.survey_of(kiosk) if kiosks.is_taking(kiosk) else None
    about = url_for(".about")
    return render_template(
        "kiosk/home.html",
        kiosk=kiosk,
        survey=survey,
        doors=[(one, moved_to(one, about), _choose(one)) for one in map(language_of, kiosk.languages)],
    )


def _choose(language: Language) -> str:
    with force_locale(language.locale):
        return _("Choose your language")


def _forget() -> None:
    token = session.pop("survey", None)
    if token is not None:
        services.forget_draft(token)


def _survey() -> OpenSurvey:
    kiosk = g.get("kiosk") or abort(_ended())
    return kiosks.survey_of(kiosk) or abort(see(home_url()))


@blueprint.get("/about")
def about() -> AnyResponse | str:
    """What the survey is and what becomes of the answers."""
    survey = _survey()
    questionnaire = survey.instrument.questionnaire
    return render_template(
        "kiosk/about.html",
        survey=survey,
        questionnaire=questionnaire,
        has_words=any(type_of(one).is_written for one in questionnaire.questions.values()),
        anyone_can_answer=survey.wave.sample_type is SampleType.OPEN_LINK,
    )


@blueprint.post("/about")
def begin() -> AnyResponse:
    """Begin, or go on where Back was pressed on the first page of questions."""
    survey = _survey()
    draft = services.find_survey_draft(session.get("survey"))
    if draft is None or saving.is_over(draft) or draft.content["wave"] != survey.wave.id.hex:
        if not kiosks.is_taking(g.kiosk):
            return see(home_url())
        _forget()
        draft = services.begin_answers(survey, mode=Mode.KIOSK)
        session["survey"] = draft.token
    first = next(iter(services.answering_with(draft).asked))
    return see(url_for("surveys.step", code=survey.code, number=first))


@blueprint.get("/still")
def still() -> AnyResponse | str:
    """Without script: ask whether somebody is still there, and go back to the first page where nobody is."""
    survey = _survey()
    number = request.args.get("at", type=int)
    draft = services.find_survey_draft(session.get("survey"))
    if draft is None:
        on_url = url_for(".about")
    elif number is None:
        on_url = url_for("surveys.send", code=survey.code)
    else:
        on_url = url_for("surveys.step", code=survey.code, number=number)
    return render_template("kiosk/still.html", on_url=on_url)


@blueprint.route("/end", methods=["GET", "POST"])
def end() -> AnyResponse | str:
    """For staff: the tablet is an ordinary one again."""
    if g.get("kiosk") is None:
        session.pop("kiosk", None)
        return _ended()
    form = PinForm()
    if form.validate_on_submit():
        try:
            kiosks.end_with_pin(session["kiosk"], text.digits(form.pin.data or ""))
        except kiosks.TooManyPins:
            form.pin.errors = [_("Too many wrong numbers. A colleague can end it on the wave’s page.")]
        except kiosks.WrongPin:
            form.pin.errors = [_("That is not the number. Try again.")]
        else:
            _forget()
            session.pop("kiosk", None)
            return see(url_for(".ended"))
    return render_template("kiosk/end.html", form=form, is_offline=g.kiosk.ticket is not None)


@blueprint.get("/ended")
def ended() -> AnyResponse | str:
    return render_template("kiosk/ended.html") if g.get("kiosk") is None else see(home_url())
