"""One wave, as the pages about its answers find it, and what they say while it is open."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, abort, url_for
from flask_babel import gettext as _

from portal.cohesion.weighting import NotConverged
from portal.languages.i18n import long_day
from portal.languages.words import Words
from portal.questions.types import type_of
from portal.surveys import versions, waves
from portal.surveys.answers import DamagedAnswers
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


def being_closed(found: Wave) -> Response:
    """Nobody can answer any more, and not all answers are packed."""
    return errors.page(
        409,
        _("The wave is being closed"),
        _("Its answers are being stored for good. Look again in a minute."),
        ways_on=[(_("Look at the wave"), url_for(".wave", wave_id=found.wave.id))],
    )


def have_ended(found: Wave, on: date) -> Response:
    """They have had their years: how many answered, and every release, is still there."""
    return errors.page(
        410,
        _("These answers have ended"),
        _("They ended on %(day)s by the schedule. The published figures stay.", day=long_day(on)),
        ways_on=[(_("Look at the wave"), url_for(".wave", wave_id=found.wave.id))],
    )


def not_yet(found: Wave) -> Response:
    """Whoever looked before and after one person answered would have that person's ticks beside their words."""
    if found.wave.is_closing:
        return being_closed(found)
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


def cannot_be_worked_out(problem: NotConverged | DamagedAnswers) -> Response:
    """Figures that cannot be weighted, or whose answers are damaged."""
    if isinstance(problem, NotConverged):
        return errors.page(
            409,
            _("These answers cannot be adjusted"),
            _(
                "The official figures contradict each other for the people who answered. Look at the population in partnership.toml."
            ),
            ways_on=[(_("Back to the figures"), url_for("staff.releases"))],
        )
    return errors.page(
        500,
        _("These figures cannot be worked out"),
        _(
            "The answers to these questions are damaged: %(codes)s. Tell whoever looks after the portal: "
            "a backup may have them.",
            codes=", ".join(problem.questions),
        ),
        ways_on=[(_("Back to the figures"), url_for("staff.releases"))],
    )
