"""The pages of a tablet that works without a line: the survey on it in each language, and where its sealed answers arrive."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Response, abort, current_app, g, jsonify, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Field

from portal.languages.i18n import language_of, speaking
from portal.languages.words import spoken
from portal.questions import question as base
from portal.questions.types import type_of
from portal.surveys import kiosks, offline, sheet
from portal.surveys.definition import Instrument, Page, Question
from portal.surveys.forms import page_form
from portal.surveys.kiosk_door import blueprint
from portal.surveys.models import SampleType
from portal.surveys.offline import Opened, Taken
from portal.surveys.routing import asked_of, reworded
from portal.surveys.versions import instrument_of
from portal.surveys.waves import OpenSurvey
from portal.web import errors
from portal.web.assets import Assets
from portal.web.security import csrf

MAX_TICKET = 64
STATUS = {Taken.STORED: 200, Taken.CLOSED: 410, Taken.REFUSED: 403, Taken.DAMAGED: 400}


class Asked(NamedTuple):
    """One question in one of its wordings, -1 the first."""

    code: str
    variant: int
    question: base.Question
    field: Field


def _survey() -> OpenSurvey:
    kiosk = g.get("kiosk")
    if kiosk is None or kiosk.ticket is None:
        abort(
            errors.page(
                410,
                _("This tablet asks no survey now"),
                _("It was ended, or its time is over. Give it back to whoever gave it to you."),
                ways_on=[],
            )
        )
    found = kiosks.survey_of(kiosk)
    if found is None or sheet.cannot_ask(found.instrument):
        abort(
            errors.page(
                410,
                _("This tablet asks no survey now"),
                _("The survey takes no answers now, or the time of this tablet is over."),
                ways_on=[],
            )
        )
    return found


@blueprint.get("/offline")
def sheets() -> str:
    """Choose a language; for staff what waits on the tablet, and whether it is ready. The browser keeps this page."""
    survey = _survey()
    spoken_here = [language_of(code) for code in g.kiosk.languages]
    assets: Assets = current_app.extensions["assets"]
    files = [assets.address(name) for name in assets.names if name.startswith(("app.", "kiosk.", "offline.", "mark."))]
    kept = [url_for(".sheets"), *(url_for(".sheet_in", language=one.code) for one in spoken_here)]
    return render_template(
        "kiosk/sheets.html",
        kiosk=g.kiosk,
        survey=survey,
        doors=[(one, url_for(".sheet_in", language=one.code), _choose(one)) for one in spoken_here],
        ticket=offline.ticket_of(session["kiosk"]),
        kept=[*kept, *filter(None, files)],
        last_day=offline.last_day_to_send(survey.wave),
    )


def _choose(language: Any) -> str:
    with speaking(language):
        return _("Choose your language")


@blueprint.get("/offline/<language>")
def sheet_in(language: str) -> str:
    """The whole survey in one language, on one page that a script takes apart."""
    survey = _survey()
    if language not in g.kiosk.languages:
        abort(404)
    with speaking(language_of(language)):
        questionnaire = survey.instrument.questionnaire
        pages = [_page(survey.instrument, *step) for step in sheet.steps(questionnaire)]
        asked = [one for _page_of, _alone, found in pages for one in found]
        return render_template(
            "kiosk/sheet.html",
            survey=survey,
            questionnaire=questionnaire,
            pages=pages,
            has_words=any(type_of(one).is_written for one in questionnaire.questions.values()),
            anyone_can_answer=survey.wave.sample_type is SampleType.OPEN_LINK,
            data={
                **sheet.routing(questionnaire),
                "home": url_for(".sheets"),
                "to": url_for(".take", wave_id=survey.wave.id),
                "wave": survey.wave.id.hex,
                "version": survey.version_id.hex,
                "key": (offline.public_key(survey.wave.id) or abort(410)).hex(),
                "ticket": offline.ticket_of(session["kiosk"]),
                "language": language,
                "size": sheet.size(questionnaire),
                "names": {one.code: one.field.name for one in asked},
                "alone": {one.code: _alone(one.question) for one in asked},
            },
        )


def _page(instrument: Instrument, page: Page, questions: Sequence[Question]) -> tuple[Page, bool, list[Asked]]:
    """The page, whether one question stands alone on it, and its questions in all their wordings."""
    found = []
    for question in questions:
        worded = [question, *(reworded(question, variant) for variant in question.variants)]
        found += [_asked(instrument, one, number) for number, one in enumerate(worded, -1)]
    return page, len(questions) == 1 and not any(page.intro.values()), found


def _asked(instrument: Instrument, question: Question, variant: int) -> Asked:
    form = page_form(instrument, [question])(formdata=None)
    (shown,) = form.asked
    return Asked(question.code, variant, shown, form.field_of(shown))


def _alone(question: base.Question) -> dict[str, str]:
    """By the code of an option that excludes the others, what is said where others are ticked as well."""
    return {
        option.code: _(
            "“%(answer)s” does not go with other answers. Untick it, or untick the others.", answer=spoken(option.text)
        )
        for option in question.options
        if option.alone
    }


@blueprint.post("/offline/<uuid:wave_id>")
@csrf.exempt
def take(wave_id: uuid.UUID) -> AnyResponse:
    """One sealed answer. It needs no cookie: the tablet's may have ended with its hour, and what it holds is still taken.

    No other site can make one: what is sealed names the tablet by a secret that only it was given.
    """
    opened = offline.open_sealed(wave_id, request.get_data(cache=False))
    if isinstance(opened, Taken):
        return _told(opened, is_taking=False)
    if not offline.is_asked(wave_id, opened.version):
        return _told(Taken.DAMAGED, is_taking=False)
    instrument = instrument_of(opened.version)
    answers = checked(instrument, opened)
    taken = (
        offline.store(wave_id, opened, answers) if any(one is not None for one in answers.values()) else Taken.DAMAGED
    )
    return _told(taken, is_taking=taken is Taken.STORED and offline.is_taking(wave_id, opened.ticket))


@blueprint.post("/offline/<uuid:wave_id>/state")
@csrf.exempt
def state(wave_id: uuid.UUID) -> AnyResponse:
    """Whether the tablet that says this ticket may go on asking, and is still lent. It changes nothing."""
    ticket = request.get_data(cache=False, as_text=True)[:MAX_TICKET]
    answer = jsonify({"known": offline.is_known(wave_id, ticket), "taking": offline.is_taking(wave_id, ticket)})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _told(taken: Taken, *, is_taking: bool) -> Response:
    answer = jsonify({"is": taken.value, "taking": is_taking})
    answer.status_code = STATUS[taken]
    answer.headers["Cache-Control"] = "no-store"
    return answer


def checked(instrument: Instrument, opened: Opened) -> dict[str, Any]:
    """The answers that the forms of the web would have taken, page by page; what they would not take is left out."""
    answers: dict[str, Any] = {}
    left_out = 0
    with speaking(language_of(opened.language)):
        # Which questions a page asks depends on the answers before it, and they grow as the pages are walked.
        for _position, questions in asked_of(instrument, answers):
            form = page_form(instrument, questions)(formdata=MultiDict(opened.fields))
            form.validate()
            for question in form.asked:
                field = form.field_of(question)
                left_out += bool(field.errors)
                answers[question.code] = None if field.errors else type_of(question).answer(field.data)
    if left_out:
        current_app.logger.warning("of an offline answer %d fields were no answer that its page takes", left_out)
    return answers


@blueprint.get("/worker.js")
def worker() -> Response:
    """The browser's helper that gives the kept pages where there is no line. It asks for a newer one each time."""
    assets: Assets = current_app.extensions["assets"]
    built = assets.names.get("kiosk-worker.js") or abort(404)
    answer = Response(assets.files[built][""], mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer
