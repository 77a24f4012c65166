"""Analysts code what people wrote in a closed wave: the codes, two people's coding, their differences, the counts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal import audit
from portal.audit import Action
from portal.cohesion.coded import shown_counts
from portal.db import LOCAL_TIME, transaction
from portal.languages.i18n import language_of
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.coding_forms import FIXED, FrameForm, TicksForm, frame_form, ticks_form
from portal.staff.coding_words import STRENGTHS, labels
from portal.staff.models import Role
from portal.staff.one_wave import Wave, find_wave, have_ended, not_yet
from portal.surveys import answers, coding
from portal.surveys.coding_books import Book, Coding, open_coding
from portal.vault.sealing import SealError
from portal.web import errors

PAGE_SIZE = 20


@blueprint.get("/waves/<uuid:wave_id>/coding", endpoint="coding")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def coding_of_wave(wave_id: uuid.UUID) -> Response | str:
    """Each question to which people write: how far its coding is, and the counts under the rule of every figure."""
    found = find_wave(wave_id)
    if not found.wave.is_packed:
        return not_yet(found)
    counted = coding.counted_frames(wave_id)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.VIEWED_RESULTS, f"{wave_id} coded")
    return render_template(
        "staff/coding.html",
        found=found,
        wave=found.wave,
        written=answers.count_written(wave_id),
        frames={code: frames[0] for code, frames in coding.frames_of(wave_id).items()},
        counted={
            code: (frame, frame.counted_at.astimezone(LOCAL_TIME).date(), labels(frame), shown_counts(frame.counted))
            for code, frame in counted.items()
            if frame.counted_at is not None
        },
        strengths=STRENGTHS,
        may_code=officer().may(Role.ANALYST),
    )


def _found(wave_id: uuid.UUID, question: str) -> tuple[Wave, Response | None]:
    """The wave, and the page that says why nothing can be coded."""
    found = find_wave(wave_id)
    if question not in found.written:
        abort(404)
    if not found.wave.is_packed:
        return found, not_yet(found)
    if found.wave.words_ended_on:
        return found, have_ended(found, found.wave.words_ended_on)
    if not answers.may_read_written(held_keys()):
        return found, errors.page(
            403,
            _("These answers are sealed to the survey team"),
            _("You are not in it. Ask whoever keeps the recovery key."),
            ways_on=[(_("What people wrote, in codes"), url_for(".coding", wave_id=wave_id))],
        )
    return found, None


def _opened(wave_id: uuid.UUID, question: str) -> Coding | None:
    """What is coded so far with the newest codes; None where there are no codes yet, or what was coded is damaged."""
    frame = coding.newest_frame(wave_id, question)
    if frame is not None:
        with suppress(SealError):
            return open_coding(held_keys(), frame)
    return None


@blueprint.get("/waves/<uuid:wave_id>/coding/<question>", endpoint="coding_frame")
@only(Role.ANALYST, unlocked=True)
def coding_frame(wave_id: uuid.UUID, question: str) -> AnyResponse | str:
    found, problem = _found(wave_id, question)
    return problem or _page(found, question)


def _page(found: Wave, question: str, form: FrameForm | None = None) -> str:
    """The codes while nobody has coded; then who codes and how far they are; then how far they agree."""
    made = _opened(found.wave.id, question)
    written = answers.count_written(found.wave.id).get(question, 0)
    frame = coding.newest_frame(found.wave.id, question)
    is_drafted = frame is None or (made is not None and not made.coders)
    called = labels(frame) if frame else {}
    agreement = made.agreement() if made and made.are_both_in else {}
    return render_template(
        "staff/coding_frame.html",
        found=found,
        wave=found.wave,
        question=found.written[question],
        written=written,
        codes_used=frame,
        coding=made,
        is_damaged=frame is not None and made is None,
        form=form or (_frame_form(frame, posted=False) if is_drafted else None),
        labels=called,
        fixed=FIXED,
        mine=made.of(officer().staff.name) if made else None,
        second_size=coding.second_size(written, frame.second_share) if frame else 0,
        least_second=coding.LEAST_SECOND,
        agreement=agreement,
        weak=[called[code] for code, agreed in agreement.items() if agreed.is_weak],
        counted=shown_counts(frame.counted) if frame and frame.counted_at else None,
        strengths=STRENGTHS,
    )


def _frame_form(frame: Any, *, posted: bool) -> FrameForm:
    return frame_form(frame.codes if frame else [], frame.second_share if frame else 20, posted=posted)


def _back(wave_id: uuid.UUID, question: str) -> AnyResponse:
    return redirect(url_for(".coding_frame", wave_id=wave_id, question=question), 303)


@blueprint.post("/waves/<uuid:wave_id>/coding/<question>", endpoint="change_codes")
@only(Role.ANALYST, unlocked=True)
def change_codes(wave_id: uuid.UUID, question: str) -> AnyResponse | str:
    """Draft the codes, or change them while nobody has coded."""
    found, problem = _found(wave_id, question)
    if problem:
        return problem
    form = _frame_form(coding.newest_frame(wave_id, question), posted=True)
    if not form.validate():
        return _page(found, question, form)
    try:
        with transaction() as db:
            coding.set_codes(db, wave_id, question, form.codes, int(form.second_share.data))
            audit.record(db, officer().staff.name, Action.CHANGED_CODING_FRAME, f"{wave_id} {question}")
    except coding.FrameInUse:
        return _moved_on(
            wave_id, question, _("Somebody has begun to code, so the codes were not changed. Make a new version.")
        )
    return _back(wave_id, question)


def _moved_on(wave_id: uuid.UUID, question: str, why: str) -> Response:
    way_on = url_for(".coding_frame", wave_id=wave_id, question=question)
    return errors.page(409, _("Something has changed meanwhile"), why, ways_on=[(_("Back to the coding"), way_on)])


@blueprint.post("/waves/<uuid:wave_id>/coding/<question>/version", endpoint="new_codes")
@only(Role.ANALYST, unlocked=True)
def new_codes(wave_id: uuid.UUID, question: str) -> AnyResponse:
    """A new version of codes that are in use; what was coded and counted with the old one stays."""
    _wave, problem = _found(wave_id, question)
    frame = coding.newest_frame(wave_id, question)
    if problem or frame is None:
        return problem or abort(404)
    with transaction() as db:
        made = coding.make_version(db, frame.id)
        audit.record(db, officer().staff.name, Action.CHANGED_CODING_FRAME, f"{wave_id} {question} {made.number}")
    return _back(wave_id, question)


@blueprint.post("/waves/<uuid:wave_id>/coding/<question>/begin", endpoint="begin_coding")
@only(Role.ANALYST, unlocked=True)
def begin_coding(wave_id: uuid.UUID, question: str) -> AnyResponse:
    _wave, problem = _found(wave_id, question)
    frame = coding.newest_frame(wave_id, question)
    if problem or frame is None:
        return problem or abort(404)
    try:
        with transaction() as db:
            coding.begin_part(db, frame.id, officer().staff.name)
            audit.record(db, officer().staff.name, Action.BEGAN_CODING, f"{wave_id} {question} {frame.number}")
    except coding.NoPlace:
        return _moved_on(wave_id, question, _("Two people code these answers already, or there are none."))
    return redirect(url_for(".code_words", wave_id=wave_id, question=question), 303)


@blueprint.route("/waves/<uuid:wave_id>/coding/<question>/words", methods=["GET", "POST"], endpoint="code_words")
@only(Role.ANALYST, unlocked=True)
def code_words(wave_id: uuid.UUID, question: str) -> AnyResponse | str:
    """Written answers, a page at a time, with boxes for the codes; nothing of what the other coder gave."""
    found, problem = _found(wave_id, question)
    if problem:
        return problem
    made = _opened(wave_id, question)
    mine = made.of(officer().staff.name) if made else None
    if made is None or mine is None or mine.is_handed_in:
        return _back(wave_id, question)
    number = _page_number(mine.asked, mine.left_at(PAGE_SIZE))
    on_page = mine.asked[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    form = _ticks_form(made, on_page, mine.codes, number)
    said = _said(wave_id, question, on_page, "coding", number)
    if request.method == "POST":
        is_right = form.validate()
        right = {each: form.ticks(each).data for each in on_page if not form.ticks(each).errors}
        damaged = [each for each in on_page if each not in said or said[each].text is None]
        try:
            with transaction() as db:
                coding.save_codes(db, held_keys(), made.frame.id, officer().staff.name, right, damaged)
        except coding.HandedIn:
            return _moved_on(wave_id, question, _("Your part was handed in, so nothing was changed."))
        if is_right:
            if number * PAGE_SIZE >= len(mine.asked):
                return _back(wave_id, question)
            return redirect(url_for(".code_words", wave_id=wave_id, question=question, page=number + 1), 303)
    return _words_page("staff/code_words.html", found, question, made, form, said, number, mine.asked, mine=mine)


def _page_number(asked: Sequence[uuid.UUID], otherwise: int) -> int:
    last = max(1, -(-len(asked) // PAGE_SIZE))
    return min(max(1, request.args.get("page", otherwise, type=int)), last)


def _ticks_form(
    made: Coding, on_page: Sequence[uuid.UUID], given: Mapping[uuid.UUID, Sequence[str]], number: int
) -> TicksForm:
    first = (number - 1) * PAGE_SIZE + 1
    return ticks_form(on_page, labels(made.frame), given, first=first, posted=request.method == "POST")


def _said(
    wave_id: uuid.UUID, question: str, on_page: Sequence[uuid.UUID], what: str, number: int
) -> dict[uuid.UUID, Any]:
    """The words of the answers on a page; the look is written down before."""
    with transaction() as db:
        subject = f"{wave_id} {question} {what} page {number}"
        audit.record(db, officer().staff.name, Action.READ_WRITTEN_ANSWERS, subject)
    return answers.written_answers_by_id(held_keys(), on_page)


def _words_page(
    template: str,
    found: Wave,
    question: str,
    made: Coding,
    form: TicksForm,
    said: Mapping[uuid.UUID, Any],
    number: int,
    asked: Sequence[uuid.UUID],
    mine: Book | None,
) -> str:
    first = (number - 1) * PAGE_SIZE
    on_page = asked[first : first + PAGE_SIZE]
    return render_template(
        template,
        found=found,
        wave=found.wave,
        question=found.written[question],
        coding=made,
        codes_used=made.frame,
        labels=labels(made.frame),
        form=form,
        mine=mine,
        shown=[
            (each, said[each].text, language_of(said[each].language))
            if each in said
            else (each, None, language_of("en"))
            for each in on_page
        ],
        first=first + 1,
        last=first + len(on_page),
        all=len(asked),
        number=number,
    )


@blueprint.post("/waves/<uuid:wave_id>/coding/<question>/hand-in", endpoint="hand_in_coding")
@only(Role.ANALYST, unlocked=True)
def hand_in_coding(wave_id: uuid.UUID, question: str) -> AnyResponse:
    _wave, problem = _found(wave_id, question)
    frame = coding.newest_frame(wave_id, question)
    if problem or frame is None:
        return problem or abort(404)
    try:
        with transaction() as db:
            coding.hand_in(db, held_keys(), frame.id, officer().staff.name)
            audit.record(db, officer().staff.name, Action.HANDED_IN_CODING, f"{wave_id} {question} {frame.number}")
    except coding.NotDone:
        return _moved_on(wave_id, question, _("Some answers have no code yet. Give each one first."))
    except coding.HandedIn:
        pass
    return _back(wave_id, question)


@blueprint.route("/waves/<uuid:wave_id>/coding/<question>/differences", methods=["GET", "POST"], endpoint="differences")
@only(Role.ANALYST, unlocked=True)
def differences(wave_id: uuid.UUID, question: str) -> AnyResponse | str:
    """What the coders gave differently, side by side; what they agree on after talking is kept beside it."""
    found, problem = _found(wave_id, question)
    if problem:
        return problem
    made = _opened(wave_id, question)
    if made is None or not made.are_both_in or not made.differences or made.frame.counted_at is not None:
        return _back(wave_id, question)
    asked = made.differences
    left = next((place for place, each in enumerate(asked) if each not in made.settled), 0)
    number = _page_number(asked, left // PAGE_SIZE + 1)
    on_page = asked[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    form = _ticks_form(made, on_page, made.settled, number)
    if request.method == "POST":
        is_right = form.validate()
        right = {each: form.ticks(each).data for each in on_page if not form.ticks(each).errors}
        try:
            with transaction() as db:
                coding.settle(db, held_keys(), made.frame.id, right)
                audit.record(db, officer().staff.name, Action.SETTLED_CODING, f"{wave_id} {question} page {number}")
        except coding.CodingError:
            return _moved_on(wave_id, question, _("The codes were counted, so nothing was changed."))
        if is_right:
            if number * PAGE_SIZE >= len(asked):
                return _back(wave_id, question)
            return redirect(url_for(".differences", wave_id=wave_id, question=question, page=number + 1), 303)
    said = _said(wave_id, question, on_page, "differences", number)
    return _words_page("staff/differences.html", found, question, made, form, said, number, asked, mine=None)


@blueprint.post("/waves/<uuid:wave_id>/coding/<question>/count", endpoint="count_codes")
@only(Role.ANALYST, unlocked=True)
def count_codes(wave_id: uuid.UUID, question: str) -> AnyResponse:
    _wave, problem = _found(wave_id, question)
    frame = coding.newest_frame(wave_id, question)
    if problem or frame is None:
        return problem or abort(404)
    try:
        with transaction() as db:
            coding.count(db, held_keys(), frame.id)
            audit.record(db, officer().staff.name, Action.COUNTED_CODES, f"{wave_id} {question} {frame.number}")
    except coding.NotDone:
        return _moved_on(wave_id, question, _("Some differences are not settled. Settle each one first."))
    return _back(wave_id, question)
