"""The pages of a tablet that works without a line: the survey on it in each language, and where its sealed answers arrive."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from flask import Response, abort, current_app, g, jsonify, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from portal.db import today
from portal.languages.i18n import language_of, speaking
from portal.languages.words import spoken
from portal.partnership.file import current_partnership
from portal.partnership.place_search import SAME
from portal.questions import question as base
from portal.questions.shuffling import DRAWS, UNKNOWN
from portal.questions.types import type_of
from portal.surveys import kiosks, offline, sheet, sheet_words
from portal.surveys.definition import Instrument, Page, Question
from portal.surveys.forms import PageForm, Part, page_form
from portal.surveys.kiosk_door import blueprint
from portal.surveys.models import SampleType
from portal.surveys.offline import Opened, Taken
from portal.surveys.routing import asked_of, reworded
from portal.surveys.waves import OpenSurvey
from portal.web import errors
from portal.web.assets import Assets
from portal.web.dates import month_names
from portal.web.security import csrf

MAX_TICKET = 64
STATUS = {Taken.STORED: 200, Taken.CLOSED: 410, Taken.REFUSED: 403, Taken.DAMAGED: 400}


class Asked(NamedTuple):
    """One question or grid in one of its wordings, -1 the first."""

    name: str
    variant: int
    form: PageForm
    part: Part


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
    if found is None:
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
    files = [
        assets.address(name)
        for name in assets.names
        if name.startswith(("app.", "kiosk.", "offline.", "sheet.", "mark."))
    ]
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
        return render_template(
            "kiosk/sheet.html",
            survey=survey,
            questionnaire=questionnaire,
            steps=[(step, *_parts(survey.instrument, step.page, step.questions)) for step in questionnaire.steps],
            changed=sheet_words.changed(),
            has_words=any(type_of(one).is_written for one in questionnaire.questions.values()),
            anyone_can_answer=survey.wave.sample_type is SampleType.OPEN_LINK,
            data={
                **_routing(survey.instrument),
                "home": url_for(".sheets"),
                "to": url_for(".take", wave_id=survey.wave.id),
                "wave": survey.wave.id.hex,
                "version": survey.version_id.hex,
                "key": (offline.public_key(survey.wave.id) or abort(410)).hex(),
                "ticket": offline.ticket_of(session["kiosk"]),
                "language": language,
                "size": sheet.size(questionnaire),
                "minutes": questionnaire.minutes,
                "draws": DRAWS,
                "words": sheet_words.words(),
                **_finding(survey),
            },
        )


def _parts(instrument: Instrument, page: Page, questions: Sequence[Question]) -> tuple[bool, list[Asked]]:
    """Whether one question or grid stands alone on the page, and what stands on it in all wordings."""
    found = []
    grouped = [list(part) for _code, part in groupby(questions, lambda one: one.grid or one.code)]
    for part in grouped:
        name = f"grid {part[0].grid}" if part[0].grid else f"question {part[0].code}"
        for number in range(-1, len(part[0].variants)):
            worded = part if number < 0 else [reworded(one, one.variants[number]) for one in part]
            form = page_form(instrument, worded)(formdata=None)
            found.append(Asked(name, number, form, form.parts[0]))
    return len(grouped) == 1 and not any(page.intro.values()), found


def _routing(instrument: Instrument) -> dict[str, Any]:
    """The questions with the names of their fields, and what is said where an option excludes the others."""
    found = sheet.routing(instrument.questionnaire)
    names: dict[str, str] = {}
    alone: dict[str, dict[str, str]] = {}
    for step in instrument.questionnaire.steps:
        form = page_form(instrument, step.questions)(formdata=None)
        names |= {one.code: form.field_of(one).name for one in form.asked}
        alone |= {one.code: _alone(one) for one in form.asked}
    for page in found["pages"]:
        for question in page["questions"]:
            question["name"] = names[question["code"]]
    return {**found, "alone": alone}


def _finding(survey: OpenSurvey) -> dict[str, Any]:
    """By what the browser finds a place by its name and reads a date; only where one is asked."""
    kinds = {sheet.kind_of(question) for question in survey.instrument.questionnaire.questions.values()}
    found: dict[str, Any] = {}
    if "place" in kinds:
        places = current_partnership().places
        parishes = {place.code: place.parish_name for place in places.all if place.parish_name != place.name}
        found["places"] = {**places.search.rules, "parishes": parishes}
    if "date" in kinds:
        found["dates"] = {
            **sheet_words.dates(),
            "months": {name: sorted(numbers) for name, numbers in month_names().items()},
            "same": {chr(letter): other for letter, other in SAME.items()},
            "since": today().isoformat(),
            "until": survey.wave.closes_on.isoformat(),
        }
    return found


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
    request.max_content_length = max(current_app.config["MAX_CONTENT_LENGTH"], offline.largest(wave_id))
    opened = offline.open_sealed(wave_id, request.get_data(cache=False))
    if isinstance(opened, Taken):
        return _told(opened)
    instrument = offline.asked_in(wave_id, opened.version)
    if instrument is None:
        return _told(Taken.DAMAGED)
    answers, left_out = checked(instrument, opened)
    if all(one is None for one in answers.values()):
        return _told(Taken.DAMAGED)
    taken = offline.store(wave_id, opened, instrument, answers, left_out)
    if taken is not Taken.STORED:
        return _told(taken)
    return _told(taken, is_taking=offline.is_taking(wave_id, opened.ticket), left_out=left_out)


@blueprint.post("/offline/<uuid:wave_id>/state")
@csrf.exempt
def state(wave_id: uuid.UUID) -> AnyResponse:
    """Whether the tablet that says this ticket may go on asking, and is still lent. It changes nothing."""
    ticket = request.get_data(cache=False, as_text=True)[:MAX_TICKET]
    answer = jsonify({"known": offline.is_known(wave_id, ticket), "taking": offline.is_taking(wave_id, ticket)})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _told(taken: Taken, *, is_taking: bool = False, left_out: int = 0) -> Response:
    told = {"is": taken.value, "taking": is_taking}
    answer = jsonify(told | {"left_out": left_out} if left_out else told)
    answer.status_code = STATUS[taken]
    answer.headers["Cache-Control"] = "no-store"
    return answer


def checked(instrument: Instrument, opened: Opened) -> tuple[dict[str, Any], int]:
    """The answers that the forms of the web would have taken, page by page, and how many parts are none and are left out."""
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
                # An order that cannot be: the answer is kept, and that nobody knows in which order it was chosen.
                left_out += question.shuffle and answers[question.code] is not None and opened.draw == UNKNOWN
    if left_out:
        current_app.logger.warning("of an offline answer %d parts were none that its page takes", left_out)
    return answers, left_out


@blueprint.get("/worker.js")
def worker() -> Response:
    """The browser's helper that gives the kept pages where there is no line. It asks for a newer one each time."""
    assets: Assets = current_app.extensions["assets"]
    built = assets.names.get("kiosk-worker.js") or abort(404)
    answer = Response(assets.files[built][""], mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer
