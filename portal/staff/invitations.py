"""Survey managers make invitation cards for a wave, print them once, and see how many of each batch led to answers."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from flask import abort, redirect, render_template, url_for
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import audit
from portal.audit import Action
from portal.config import settings
from portal.db import transaction
from portal.languages.i18n import Language, day_in, language_of
from portal.partnership.file import current_partnership
from portal.staff.access import blueprint, officer, only
from portal.staff.invitation_forms import AUDIENCES, BatchForm
from portal.staff.models import Role
from portal.surveys import batches, invitations, versions, waves
from portal.surveys.definition import Questionnaire
from portal.surveys.models import Audience, WaveState
from portal.surveys.waves import WaveIsClosed
from portal.web import errors
from portal.web.squares import drawn


@blueprint.get("/waves/<uuid:wave_id>/invitations", endpoint="invitations")
@only(Role.SURVEY_MANAGER, Role.ANALYST)
def invitations_of_wave(wave_id: uuid.UUID) -> str:
    return _page(wave_id)


def _page(wave_id: uuid.UUID, form: BatchForm | None = None) -> str:
    wave = invitations.find_invited_wave(wave_id) or abort(404)
    return render_template(
        "staff/invitations.html",
        wave=wave,
        form=form or BatchForm(wave.languages, formdata=None, once=str(uuid.uuid4())),
        batches=batches.batches_of(wave),
        audiences=AUDIENCES,
        place_in_words=_place_in_words,
        is_open=wave.state is WaveState.OPEN,
    )


def _place_in_words(code: str) -> str:
    place = current_partnership().places.find(code)
    return place.name if place else code or _("The whole area")


@blueprint.post("/waves/<uuid:wave_id>/invitations", endpoint="make_invitations")
@only(Role.SURVEY_MANAGER)
def make_invitations(wave_id: uuid.UUID) -> Response | str:
    """The cards are on the answer to this and nowhere else: what is kept is a hash of each code."""
    wave = invitations.find_invited_wave(wave_id) or abort(404)
    form = BatchForm(wave.languages)
    if not form.validate():
        return _page(wave_id, form)
    try:
        batch_id = uuid.UUID(form.once.data or "")
    except ValueError:
        abort(400)
    try:
        with transaction() as db:
            locked = waves.lock_running_wave(db, wave_id)
            audience = Audience(form.audience.data)
            codes = invitations.make_batch(db, locked, batch_id, audience, form.place.data or "", form.number)
            audit.record(db, officer().staff.name, Action.MADE_INVITATIONS, f"{wave_id} {batch_id} {len(codes)} cards")
    except WaveIsClosed:
        return errors.page(
            400, _("This wave is closed"), _("It takes no answers, so no cards were made."), _back(wave_id)
        )
    except invitations.NoInvitations:
        return errors.page(
            400,
            _("These cards were made already"),
            _("Their codes cannot be shown again. If they were not printed, withdraw the batch and make a new one."),
            _back(wave_id),
        )
    chosen = dict.fromkeys(filter(None, (form.first_language.data, form.second_language.data)))
    code = waves.survey_code_of(wave)
    questionnaire = versions.instruments_of(wave_id)[0].questionnaire
    texts = [_card_in(language_of(one), questionnaire, code, wave.closes_on) for one in chosen]
    # A code stands behind "#": a phone opens the page with it and sends it to no server.
    return render_template(
        "staff/invitation_cards.html",
        wave=wave,
        title=_("%(who)s, %(where)s", who=AUDIENCES[audience.value], where=_place_in_words(form.place.data or "")),
        texts=texts,
        cards=[(invitations.groups(each), drawn(f"{texts[0]['url']}#{each}")) for each in codes],
    )


def _back(wave_id: uuid.UUID) -> list[tuple[str, str]]:
    return [(_("Back to the cards"), url_for(".invitations", wave_id=wave_id))]


def _card_in(language: Language, questionnaire: Questionnaire, code: str, closes_on: date) -> dict[str, Any]:
    """What a card says, in one language."""
    url = f"{settings().public_url}{language.prefix}/surveys/{code}"
    with force_locale(language.locale):
        return {
            "language": language,
            "title": questionnaire.title.in_(language.code),
            "url": url,
            "asks": ngettext(
                "You are invited. It takes about %(num)s minute. You do not have to give your name.",
                "You are invited. It takes about %(num)s minutes. You do not have to give your name.",
                questionnaire.minutes,
            ),
            "how": _("Scan the square with a phone. Or go to the address and type the code."),
            "address": url.partition("://")[2],
            "until": _(
                "Until %(day)s. The code works once. Nothing says which answers came with it.",
                day=day_in(closes_on, language),
            ),
        }


@blueprint.post("/waves/<uuid:wave_id>/invitations/<uuid:batch_id>/withdraw", endpoint="withdraw_invitations")
@only(Role.SURVEY_MANAGER)
def withdraw_invitations(wave_id: uuid.UUID, batch_id: uuid.UUID) -> Response:
    """Cards that were lost, or never printed, open nothing from now on."""
    if invitations.find_batch(wave_id, batch_id) is None:
        abort(404)
    with transaction() as db:
        invitations.withdraw_batch(db, batch_id)
        audit.record(db, officer().staff.name, Action.WITHDREW_INVITATIONS, f"{wave_id} {batch_id}")
    return redirect(url_for(".invitations", wave_id=wave_id), 303)
