"""Figures are drafted from a closed wave and looked at."""

from __future__ import annotations

import uuid

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.cohesion import services
from portal.cohesion.lapsed import waves_to_draft_anew
from portal.cohesion.weighting import NotConverged
from portal.db import transaction
from portal.staff.access import blueprint, officer, only
from portal.staff.models import Role
from portal.staff.one_wave import being_closed, cannot_be_worked_out, find_wave, have_ended
from portal.staff.release_pages import found_release, shown, state_words
from portal.surveys import signals
from portal.surveys.answers import DamagedAnswers


@blueprint.get("/figures", endpoint="releases")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def releases() -> str:
    return render_template(
        "staff/releases.html",
        waves=services.closed_waves(),
        draft_anew=waves_to_draft_anew(),
        state_words=state_words(),
        may_change=officer().may(Role.SURVEY_MANAGER),
    )


@blueprint.post("/figures/waves/<uuid:wave_id>", endpoint="draft_release")
@only(Role.SURVEY_MANAGER)
def draft_release(wave_id: uuid.UUID) -> Response:
    """With everybody's ticks and without coded words, unless it is chosen otherwise: see figure_choices."""
    leave_out = signals.known(request.form.getlist("leave_out"))
    try:
        with transaction() as db:
            coded = request.form.getlist("coded")
            release = services.draft_release(db, wave_id, officer().staff.name, leave_out, coded)
            audit.record(db, officer().staff.name, Action.DRAFTED_RELEASE, str(release.id))
            if leave_out:
                without = f"{release.id} without {','.join(leave_out)}"
                audit.record(db, officer().staff.name, Action.DRAFTED_RELEASE, without)
    except services.WaveNotClosed:
        found = find_wave(wave_id)
        return being_closed(found) if found.wave.is_closing else abort(404)
    except (NotConverged, DamagedAnswers) as problem:
        ended_on = find_wave(wave_id).wave.answers_ended_on
        if ended_on:
            return have_ended(find_wave(wave_id), ended_on)
        return cannot_be_worked_out(problem)
    return redirect(url_for(".release", release_id=release.id), 303)


@blueprint.get("/figures/<uuid:release_id>", endpoint="release")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def release(release_id: uuid.UUID) -> str:
    return render_template("staff/release.html", **shown(found_release(release_id)))
