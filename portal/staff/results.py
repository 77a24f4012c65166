"""What a wave has brought in: counts and what people wrote."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Response, abort, render_template, request

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.languages.i18n import language_of
from portal.languages.words import Words
from portal.questions.types import type_of
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.models import Role
from portal.staff.one_wave import find_wave, not_yet
from portal.surveys import answers
from portal.surveys.answers import FLAGGED, LANGUAGE, CodedAnswers, DamagedAnswers
from portal.surveys.definition import Instrument, Question
from portal.surveys.models import WaveState
from portal.surveys.tallies import Spread, Tally, spread, tally
from portal.surveys.variables import options_of

PAGE_SIZE = 50


@dataclass(frozen=True)
class Result:
    """One question with what was answered to it; the words of an option that the version lacks are another version's."""

    question: Question
    tally: Tally | None = None
    spread: Spread | None = None
    options: tuple[tuple[Words | str, int], ...] = ()


@blueprint.get("/waves/<uuid:wave_id>/results", endpoint="results")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def results(wave_id: uuid.UUID) -> str:
    """Every question's answers as they came, in the words of the version that is asked for."""
    found = find_wave(wave_id)
    number = request.args.get("version", found.versions[0].number, type=int)
    place = next((place for place, one in enumerate(found.versions) if one.number == number), 0)
    damaged: list[str] = []
    try:
        coded = answers.coded_answers(found.wave)
    except DamagedAnswers as problem:
        coded, damaged = problem.sound, problem.questions
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.VIEWED_RESULTS, str(wave_id))
    shown = found.instruments[place]
    return render_template(
        "staff/results.html",
        found=found,
        wave=found.wave,
        version=found.versions[place],
        pages=[(page, _results(page.questions, coded, shown, found.instruments)) for page in shown.questionnaire.pages],
        size=coded.size,
        languages_used=[
            (language_of(str(code)), n) for code, n in Counter(coded.values.get(LANGUAGE, ())).most_common()
        ],
        flagged=sum(value == "yes" for value in coded.values.get(FLAGGED, ())),
        damaged=damaged,
        written=answers.count_written(wave_id),
        is_open=found.wave.state is WaveState.OPEN,
        may_read=officer().may(Role.ANALYST),
    )


def _results(
    questions: Iterable[Question], coded: CodedAnswers, shown: Instrument, instruments: list[Instrument]
) -> list[Result]:
    return [_result(question, coded, [shown, *instruments]) for question in questions]


def _result(question: Question, coded: CodedAnswers, instruments: list[Instrument]) -> Result:
    values = coded.values.get(question.code)
    if values is None:
        return Result(question)
    if type_of(question).packed == "number":
        return Result(question, spread=spread(values))
    if type_of(question).packed == "date":
        years = tally((), [str(value)[:4] if value is not None else None for value in values])
        return Result(question, years, options=tuple(sorted(years.counts)))
    if question.type == "place":
        places = {place.code: place.name for i in reversed(instruments) for place in i.places}
        counted = tally((), values)
        counts = sorted(counted.counts, key=lambda each: (-each[1], places.get(each[0], each[0])))
        return Result(question, counted, options=tuple((places.get(code, code), n) for code, n in counts))
    words = {code: option.text for code, option in options_of(question.code, instruments).items()}
    counted = tally(instruments[0].codes_of(question), values)
    return Result(question, counted, options=tuple((words.get(code, code), n) for code, n in counted.counts))


@blueprint.get("/waves/<uuid:wave_id>/written/<question>", endpoint="written")
@only(Role.ANALYST, unlocked=True)
def written(wave_id: uuid.UUID, question: str) -> Response | str:
    """What people wrote, a page at a time; each look is written down before it is shown."""
    found = find_wave(wave_id)
    asked = found.written.get(question) or abort(404)
    if found.wave.state is WaveState.OPEN:
        return not_yet(found)
    number = min(max(1, request.args.get("page", 1, type=int)), 10**6)
    may_read, said = answers.may_read_written(held_keys()), []
    if may_read:
        subject = f"{wave_id} {question} page {number}"
        with transaction() as db:
            audit.record(db, officer().staff.name, Action.READ_WRITTEN_ANSWERS, subject)
        said = answers.written_answers(held_keys(), wave_id, question, skip=(number - 1) * PAGE_SIZE, most=PAGE_SIZE)
    return render_template(
        "staff/written.html",
        found=found,
        wave=found.wave,
        question=asked,
        may_read=may_read,
        opened=[(one.text, language_of(one.language)) for one in said],
        all=answers.count_written(wave_id).get(question, 0),
        number=number,
        page_size=PAGE_SIZE,
    )
