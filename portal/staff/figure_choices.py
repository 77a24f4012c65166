"""Before figures are drafted: which answers count, with the figures as they would be without the others, and which coded words."""

from __future__ import annotations

import uuid

from flask import Response, abort, render_template, request

from portal import audit
from portal.audit import Action
from portal.cohesion import disclosure
from portal.cohesion.flagged import Beside, beside
from portal.cohesion.measures import Measured, measure_wave
from portal.cohesion.weighting import NotConverged
from portal.db import transaction
from portal.languages.words import Words
from portal.staff.access import blueprint, officer, only
from portal.staff.models import Role
from portal.staff.one_wave import cannot_be_worked_out, find_wave, have_ended, not_yet
from portal.staff.signal_forms import HONEST, SIGNALS, ChoiceForm
from portal.surveys import answers, coding, signals
from portal.surveys.answers import DamagedAnswers


@blueprint.get("/figures/waves/<uuid:wave_id>", endpoint="figure_choices")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def figure_choices(wave_id: uuid.UUID) -> Response | str:
    """How many answers have each signal; what is ticked is in the address, so that a colleague can be sent it."""
    found = find_wave(wave_id)
    if not found.wave.is_packed:
        return not_yet(found)
    if found.wave.answers_ended_on:
        return have_ended(found, found.wave.answers_ended_on)
    counted = coding.counted_frames(wave_id)
    form = ChoiceForm({code: found.written[code].text.in_("en") for code in counted}, formdata=request.args)
    if not form.validate():
        abort(400)
    leave_out = signals.known(form.leave_out.data or ())
    try:
        coded = answers.coded_answers(found.wave)
        everybody = measure_wave(wave_id)
        left = measure_wave(wave_id, leave_out)
    except (DamagedAnswers, NotConverged) as problem:
        return cannot_be_worked_out(problem)
    is_close = 0 < coded.size - left.size < disclosure.MIN_DIFFERENCE
    with transaction() as db:
        subject = f"{wave_id} without {','.join(leave_out)}" if leave_out else f"{wave_id} signals"
        audit.record(db, officer().staff.name, Action.VIEWED_RESULTS, subject)
    return render_template(
        "staff/figure_choices.html",
        found=found,
        wave=found.wave,
        form=form,
        leave_out=leave_out,
        honest=HONEST,
        counts={signal.value: sum(rows) for signal, rows in signals.rows_with(coded.values, coded.size).items()},
        leave_out_words=[str(SIGNALS[signal]) for signal in leave_out],
        size=coded.size,
        left=left.size,
        is_close=is_close,
        compared=_compared(everybody, left) if leave_out and not is_close else [],
        may_change=officer().may(Role.SURVEY_MANAGER),
    )


def _compared(everybody: Measured, left: Measured) -> list[tuple[Words, Beside]]:
    found = beside(everybody, left)
    return [(measure.indicator.title, found[measure.indicator.code]) for measure in everybody.measures]
