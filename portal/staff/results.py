"""What a wave has brought in: counts and what people wrote."""

from __future__ import annotations

import uuid

from flask import Response, abort, render_template, request

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.languages.i18n import language_of
from portal.staff import result_pages
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.models import Role
from portal.staff.one_wave import being_closed, find_wave, have_ended, not_yet
from portal.surveys import answers

PAGE_SIZE = 50


@blueprint.get("/waves/<uuid:wave_id>/results", endpoint="results")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def results(wave_id: uuid.UUID) -> Response | str:
    """What was answered, `?view=cross` two questions crossed, `?view=fieldwork` who is heard and how far people come.

    The address holds all that was chosen, as codes: language, version, group, rows, columns, and the words looked for.
    Every look is written down.
    """
    found = find_wave(wave_id)
    if found.wave.is_closing:
        return being_closed(found)
    if found.wave.answers_ended_on:
        return have_ended(found, found.wave.answers_ended_on)
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.VIEWED_RESULTS, str(wave_id))
    may_read = officer().may(Role.ANALYST)
    return result_pages.show(found.wave, found.code, found.versions, found.instruments, may_read=may_read)


@blueprint.get("/waves/<uuid:wave_id>/written/<question>", endpoint="written")
@only(Role.ANALYST, unlocked=True)
def written(wave_id: uuid.UUID, question: str) -> Response | str:
    """What people wrote, a page at a time; each look is written down before it is shown."""
    found = find_wave(wave_id)
    asked = found.written.get(question) or abort(404)
    if not found.wave.is_packed:
        return not_yet(found)
    if found.wave.words_ended_on:
        return have_ended(found, found.wave.words_ended_on)
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
