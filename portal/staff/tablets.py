"""Survey managers lend a tablet on which one person after the other answers: it is signed out and opens that survey only."""

from __future__ import annotations

import uuid

from flask import abort, current_app, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.db import transaction, utcnow
from portal.staff import accounts
from portal.staff.access import blueprint, officer, only
from portal.staff.models import Role
from portal.staff.tablet_forms import TabletForm
from portal.surveys import kiosks, offline, waves
from portal.surveys.models import WaveState
from portal.surveys.waves import WaveIsClosed
from portal.web import errors
from portal.web.cookies import SealedCookies


@blueprint.get("/waves/<uuid:wave_id>/tablets", endpoint="tablets")
@only(Role.SURVEY_MANAGER)
def tablets(wave_id: uuid.UUID) -> str:
    return _page(wave_id)


def _page(wave_id: uuid.UUID, form: TabletForm | None = None) -> str:
    wave = waves.find_wave(wave_id) or abort(404)
    return render_template(
        "staff/tablets.html",
        wave=wave,
        form=form or TabletForm(wave.languages, formdata=None),
        kiosks=kiosks.kiosks_of(wave_id),
        is_open=wave.state is WaveState.OPEN,
        may_run=kiosks.may_run(wave),
    )


@blueprint.post("/waves/<uuid:wave_id>/tablets", endpoint="start_tablet")
@only(Role.SURVEY_MANAGER)
def start_tablet(wave_id: uuid.UUID) -> Response | str:
    """From here on whoever holds this tablet is a stranger: the staff session ends, and its cookie goes."""
    wave = waves.find_wave(wave_id) or abort(404)
    form = TabletForm(wave.languages)
    if not form.validate():
        return _page(wave_id, form)
    name = officer().staff.name
    try:
        with transaction() as db:
            locked = waves.lock_running_wave(db, wave_id)
            token = kiosks.start_kiosk(
                db,
                locked,
                utcnow() + form.lasts,
                form.spoken.data or [],
                form.digits,
                is_offline=bool(form.is_offline.data),
            )
            audit.record(db, name, Action.STARTED_KIOSK, str(wave_id))
    except offline.NotOffline:
        form.is_offline.errors = [_("This server cannot open what is sealed on a tablet. Untick this box.")]
        return _page(wave_id, form)
    except (WaveIsClosed, kiosks.NotOnTablets):
        return errors.page(
            400,
            _("This wave cannot be asked on a tablet"),
            _("It is closed, or it asks only people who were invited, or children may answer it."),
            ways_on=[(_("Look at the wave"), url_for(".wave", wave_id=wave_id))],
        )
    accounts.sign_out(session["staff"])
    session.clear()
    answer = redirect(url_for("kiosk.sheets" if form.is_offline.data else "kiosk.home"), 303)
    cookies = current_app.session_interface
    assert isinstance(cookies, SealedCookies)
    # Nothing that somebody began on it before is left either.
    visit = cookies.residents_session(request)
    visit.clear()
    visit["kiosk"] = token
    cookies.keep_residents_session(visit, answer)
    return answer


@blueprint.post("/waves/<uuid:wave_id>/tablets/<int:number>/end", endpoint="end_tablet")
@only(Role.SURVEY_MANAGER)
def end_tablet(wave_id: uuid.UUID, number: int) -> Response:
    """One that was lost, or whose number was forgotten."""
    waves.find_wave(wave_id) or abort(404)
    with transaction() as db:
        kiosks.end_kiosk(db, wave_id, number)
        audit.record(db, officer().staff.name, Action.ENDED_KIOSK, f"{wave_id} tablet {number}")
    return redirect(url_for(".tablets", wave_id=wave_id), 303)
