"""How many answers a wave wants and of whom, beside how many it has."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.staff.access import blueprint, officer, only
from portal.staff.definition_forms import targets_form
from portal.staff.models import Role
from portal.staff.one_wave import closed_meanwhile, find_wave
from portal.surveys import targets
from portal.surveys.models import WaveState
from portal.surveys.waves import WaveIsClosed


@blueprint.route("/waves/<uuid:wave_id>/targets", methods=["GET", "POST"], endpoint="targets")
@only(Role.SURVEY_MANAGER)
def targets_of(wave_id: uuid.UUID) -> Response | str:
    found = find_wave(wave_id)
    if found.wave.state is WaveState.CLOSED:
        return closed_meanwhile(wave_id)
    groupings = targets.groupings(found.wave)
    form = targets_form(groupings, found.wave.targets)
    if form.validate_on_submit():
        try:
            with transaction() as db:
                targets.set_targets(db, wave_id, form.targets())
                audit.record(db, officer().staff.name, Action.CHANGED_WAVE, f"{wave_id} targets")
        except WaveIsClosed:
            return closed_meanwhile(wave_id)
        return redirect(url_for(".wave", wave_id=wave_id), 303)
    return render_template(
        "staff/targets.html",
        found=found,
        wave=found.wave,
        form=form,
        groupings=[
            (one, [form[name] for name in form.boxes[one.code].values()], _is_set(found.wave, one.code))
            for one in groupings
        ],
    )


def _is_set(wave: Any, code: str) -> bool:
    return bool(wave.targets.get(code))
