"""An analyst's large files: how far the worker is with each, and the file itself for the day that it lasts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from flask import Response, abort, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from portal import audit
from portal.audit import Action
from portal.db import transaction
from portal.staff import export_files, export_jobs
from portal.staff.access import blueprint, held_keys, officer, only
from portal.staff.export_forms import FILES
from portal.staff.export_making import Making, Order
from portal.staff.models import Role
from portal.surveys import waves
from portal.surveys.export import Download
from portal.vault.sealing import SealError
from portal.web import errors


@dataclass(frozen=True)
class Row:
    id: uuid.UUID
    name: str
    file: str
    state: str
    percent: int
    size: int
    ends_at: datetime
    ended_on: date | None
    """When the answers had their time, if a file of them can be made no more."""


@blueprint.get("/exports", endpoint="large_exports")
@only(Role.ANALYST)
def large_exports() -> str:
    rows = []
    for job in export_jobs.exports_of(officer().staff.id):
        making = Making(job.wave_id, Order(**job.chosen))
        wave, file = waves.find_wave(job.wave_id), str(FILES[making.order.file])
        ended_on = wave.answers_ended_on if wave is not None and making.order.has_people else None
        rows.append(Row(job.id, making.name, file, job.state.value, job.percent, job.size, job.ends_at, ended_on))
    return render_template("staff/large_exports.html", rows=rows)


@blueprint.post("/exports/<uuid:job_id>/file", endpoint="large_export")
@only(Role.ANALYST, unlocked=True)
def large_export(job_id: uuid.UUID) -> Response:
    """Opened with the key of who asked for it; each time is written down."""
    job = export_jobs.find_export(officer().staff.id, job_id) or abort(404)
    try:
        blocks = export_jobs.opened(job, held_keys())
    except SealError:
        return errors.page(
            404,
            _("This file cannot be opened"),
            _("It is damaged, or not there any more. Ask for it again."),
            ways_on=[(_("My large files"), url_for(".large_exports"))],
        )
    making, size = Making(job.wave_id, Order(**job.chosen)), job.size
    with transaction() as db:
        audit.record(db, officer().staff.name, Action.EXPORTED_RESULTS, f"{making.wave_id} fetched {making.order.file}")
    return export_files.response(Download(size, blocks), making.order.file, making.name)


@blueprint.post("/exports/<uuid:job_id>/delete", endpoint="delete_large_export")
@only(Role.ANALYST)
def delete(job_id: uuid.UUID) -> Redirect:
    with transaction() as db:
        export_jobs.take_back(db, officer().staff.id, job_id)
    return redirect(url_for(".large_exports"), 303)
