"""One batch of sheets of paper, as the pages about it find it, and what they say where nothing can be done."""

from __future__ import annotations

import uuid

from flask import Response, abort, url_for
from flask_babel import gettext as _

from portal.staff.access import held_keys
from portal.staff.models import Role
from portal.staff.one_wave import find_wave
from portal.surveys import answers, paper_batches
from portal.surveys.paper_batches import Batch
from portal.web import errors

TYPISTS = (Role.SURVEY_MANAGER, Role.ANALYST)


def find_batch(wave_id: uuid.UUID, number: int) -> Batch:
    find_wave(wave_id)
    return paper_batches.find_batch(wave_id, number) or abort(404)


def closed(wave_id: uuid.UUID) -> Response:
    return errors.page(
        400,
        _("This wave is closed"),
        _("It takes no sheets any more. Nothing was stored."),
        ways_on=[(_("Look at the wave"), url_for(".wave", wave_id=wave_id))],
    )


def not_in_team(wave_id: uuid.UUID, number: int) -> Response | None:
    if answers.may_read_written(held_keys()):
        return None
    return errors.page(
        403,
        _("What was typed in is sealed to the survey team"),
        _("You are not in it. Ask whoever keeps the recovery key."),
        ways_on=[(_("Back to the batch"), url_for(".paper_batch", wave_id=wave_id, number=number))],
    )
