"""One wave, as the pages about its answers find it, and what they say while it is open."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, url_for
from flask_babel import gettext as _

from portal.languages.words import Words
from portal.questions.types import type_of
from portal.surveys import versions, waves
from portal.surveys.definition import Instrument, Question
from portal.web import errors


@dataclass(frozen=True)
class Wave:
    """A wave with the versions it asked, newest first."""

    wave: Any
    code: str
    versions: list[Any]
    instruments: list[Instrument]

    @property
    def title(self) -> Words:
        return self.instruments[0].questionnaire.title

    @property
    def written(self) -> dict[str, Question]:
        """The questions to which people write."""
        return {
            code: question
            for instrument in reversed(self.instruments)
            for code, question in instrument.questionnaire.questions.items()
            if type_of(question).is_written
        }


def find_wave(wave_id: uuid.UUID) -> Wave:
    found = waves.find_wave(wave_id) or abort(404)
    return Wave(found, waves.survey_code_of(found), versions.versions_of(wave_id), versions.instruments_of(wave_id))


def not_yet(found: Wave) -> Response:
    """Whoever looked before and after one person answered would have that person's ticks beside their words."""
    return errors.page(
        403,
        _("The wave is still open"),
        _("Single answers and what people wrote can be read once it is closed. Else two looks would show one person."),
        ways_on=[(_("Look at the counts"), url_for(".results", wave_id=found.wave.id))],
    )


def closed_meanwhile(wave_id: uuid.UUID) -> Response:
    return errors.page(
        400,
        _("This wave is closed"),
        _("It cannot be changed any more."),
        ways_on=[(_("Look at the wave"), url_for(".wave", wave_id=wave_id))],
    )
