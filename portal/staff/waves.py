"""Survey managers see their surveys, open a wave and close it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.languages.i18n import current_language, language_of
from portal.partnership.file import current_partnership
from portal.partnership.populations import Population
from portal.staff import questionnaires, result_words
from portal.staff.access import blueprint, officer, only
from portal.staff.models import Role
from portal.staff.one_survey import all_codes, find_survey
from portal.staff.one_wave import closed_meanwhile
from portal.staff.wave_forms import SAMPLE_HINTS, SAMPLES, LastDayForm, WaveForm
from portal.surveys import archive, offline, packing, paper_batches, targets, versions, waves
from portal.surveys.definition import Instrument, thaw
from portal.surveys.models import WaveState
from portal.surveys.wave_results import shown_size
from portal.surveys.waves import AnswersDoNotFit, DaysTheWrongWay, SurveyIsArchived, TooLong, WaveIsClosed, WaveIsOpen
from portal.web import errors

LOOK = (Role.SURVEY_MANAGER, Role.ANALYST)
# Seconds for which whoever closes a wave waits for its answers to be packed: 100,000 take less. The worker does the rest.
PACKED_MEANWHILE = 4.0


@blueprint.get("/surveys", endpoint="surveys")
@only(*LOOK)
def surveys() -> str:
    """Those that are at work; with `archived` in the address those that are over."""
    away, is_archived = archive.archived_surveys(), "archived" in request.args
    codes = [code for code in all_codes() if (code in away) == is_archived]
    return render_template(
        "staff/surveys.html",
        surveys=[find_survey(code) for code in codes],
        is_archived=is_archived,
        archived_number=len(away),
    )


@blueprint.get("/surveys/<code>", endpoint="survey")
@only(*LOOK)
def survey(code: str) -> str:
    found = find_survey(code)
    counts = {wave.id: result_words.how_many(wave, shown_size(wave)) for wave in found["waves"]}
    return render_template("staff/survey.html", **found, counts=counts, sample_words=SAMPLES)


def _fitting(instrument: Instrument) -> list[Population]:
    """The populations whose figures are told apart by what this version asks."""
    partnership = current_partnership()
    asked = {
        question.demographic: set(instrument.codes_of(question))
        for question in instrument.questionnaire.questions.values()
        if question.demographic
    }
    return [
        population
        for population in partnership.populations
        if all(
            set(one.split("|")) <= asked.get(by, set())
            for margin in population.margins
            for cell in margin.cells
            for by, one in zip(margin.by, cell.of, strict=True)
        )
    ]


@blueprint.route("/surveys/<code>/open", methods=["GET", "POST"], endpoint="open_wave")
@only(Role.SURVEY_MANAGER)
def open_wave(code: str) -> Response | str:
    """Begin a wave with the newest published version."""
    found = find_survey(code)
    if found["newest"] is None or found["open_wave"] or found["archived"]:
        return redirect(url_for(".survey", code=code), 303)
    language, instrument = current_language().code, found["instrument"]
    form = WaveForm({one.code: one.name.in_(language) for one in _fitting(instrument)})
    if form.validate_on_submit():
        try:
            with transaction() as db:
                wave = waves.open_wave(
                    db,
                    found["newest"],
                    form.opens_on.data,
                    form.closes_on.data,
                    form.sample_type.data,
                    form.population.data,
                    questionnaires.complete_languages(instrument.questionnaire),
                )
                audit.record(db, officer().staff.name, Action.OPENED_WAVE, str(wave.id))
        except (WaveIsOpen, SurveyIsArchived):
            return redirect(url_for(".survey", code=code), 303)
        return redirect(url_for(".wave", wave_id=wave.id), 303)
    return render_template("staff/open_wave.html", **found, form=form, sample_hints=SAMPLE_HINTS)


@blueprint.get("/waves/<uuid:wave_id>", endpoint="wave")
@only(*LOOK)
def wave(wave_id: uuid.UUID) -> str:
    found = waves.find_wave(wave_id) or abort(404)
    return _wave_page(wave_id, LastDayForm(formdata=None, closes_on=found.closes_on))


def _wave_page(wave_id: uuid.UUID, form: LastDayForm, problem: str = "") -> str:
    found = waves.find_wave(wave_id) or abort(404)
    code = waves.survey_code_of(found)
    asked, newest = versions.versions_of(found.id), versions.newest_version(code)
    partnership = current_partnership()
    population = partnership.find_population(found.population) if found.population else None
    packed = packing.progress_of(found)
    return render_template(
        "staff/wave.html",
        wave=found,
        code=code,
        title=thaw(asked[0].document).questionnaire.title,
        form=form,
        problem=problem,
        answered=result_words.how_many(found, shown_size(found)),
        progress=targets.progress(found) if packed is None else [],
        packed=packed,
        is_taking_answers=waves.is_taking_answers(found),
        versions=asked,
        newer=newest if newest and newest.id != asked[0].id else None,
        population=population.name if population else None,
        asked_languages=[language_of(code) for code in found.languages],
        sample_words=SAMPLES,
        sample_hints=SAMPLE_HINTS,
        figures="staff.releases" if "staff.releases" in current_app.view_functions else None,
    )


@blueprint.post("/waves/<uuid:wave_id>/last-day", endpoint="change_last_day")
@only(Role.SURVEY_MANAGER)
def change_last_day(wave_id: uuid.UUID) -> Response | str:
    waves.find_wave(wave_id) or abort(404)
    form = LastDayForm()
    if not form.validate():
        return _wave_page(wave_id, form)
    try:
        with transaction() as db:
            waves.change_last_day(db, waves.lock_running_wave(db, wave_id), form.closes_on.data)
            how = f"{wave_id} last day {form.closes_on.data}"
            audit.record(db, officer().staff.name, Action.CHANGED_WAVE, how)
    except DaysTheWrongWay:
        return _wave_page(wave_id, form, _("The last day comes before the first. Change one of them."))
    except TooLong:
        return _wave_page(wave_id, form, _("A wave lasts a year at most. Choose an earlier last day."))
    except WaveIsClosed:
        return closed_meanwhile(wave_id)
    return redirect(url_for(".wave", wave_id=wave_id), 303)


@blueprint.post("/waves/<uuid:wave_id>/version", endpoint="ask_version")
@only(Role.SURVEY_MANAGER)
def ask_version(wave_id: uuid.UUID) -> Response | str:
    """Ask the newest published version from now on."""
    found = waves.find_wave(wave_id) or abort(404)
    newest = versions.newest_version(waves.survey_code_of(found)) or abort(404)
    try:
        with transaction() as db:
            waves.ask_version(db, waves.lock_running_wave(db, wave_id), newest)
            audit.record(db, officer().staff.name, Action.CHANGED_WAVE, f"{wave_id} version {newest.number}")
    except AnswersDoNotFit as question:
        problem = _(
            "This version answers the question %(code)s in another way than before. Close the wave and open a new one.",
            code=question,
        )
        return _wave_page(wave_id, LastDayForm(formdata=None, closes_on=found.closes_on), problem)
    except WaveIsClosed:
        return closed_meanwhile(wave_id)
    return redirect(url_for(".wave", wave_id=wave_id), 303)


@blueprint.get("/waves/<uuid:wave_id>/close", endpoint="close_wave")
@only(Role.SURVEY_MANAGER)
def close_wave(wave_id: uuid.UUID) -> Response | str:
    """Say first what closing does: nobody can take it back."""
    found = waves.find_wave(wave_id) or abort(404)
    if found.state is WaveState.CLOSED:
        return redirect(url_for(".wave", wave_id=wave_id), 303)
    return _closing_page(found)


def _closing_page(wave: Any) -> str:
    return render_template("staff/close_wave.html", wave=wave, unsettled=paper_batches.count_unsettled(wave.id))


@blueprint.post("/waves/<uuid:wave_id>/close", endpoint="close_wave_now")
@only(Role.SURVEY_MANAGER)
def close_wave_now(wave_id: uuid.UUID) -> Response | str:
    found = waves.find_wave(wave_id) or abort(404)
    try:
        with transaction() as db:
            offline.check_all_sent(db, waves.lock_running_wave(db, wave_id))
            paper_batches.check_unsettled(wave_id, request.form.get("unsettled", 0, type=int))
            waves.shut_wave(db, wave_id)
            audit.record(db, officer().staff.name, Action.CLOSED_WAVE, str(wave_id))
        packing.pack_wave(wave_id, PACKED_MEANWHILE)
    except offline.TabletsHoldAnswers:
        return errors.page(
            400,
            _("A tablet may still hold answers"),
            _("Take it to where there is internet, let it send, and end the survey on it. Then close the wave."),
            ways_on=[(_("See the tablets"), url_for(".tablets", wave_id=wave_id))],
        )
    except paper_batches.SheetsNotStored:
        return _closing_page(found)
    except WaveIsClosed:
        current_app.logger.info("a wave was closed twice")
    return redirect(url_for(".wave", wave_id=wave_id), 303)
