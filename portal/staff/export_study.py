"""A wave as archives and the web of data are told of it: how people were asked, whom it speaks for, what may be done with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.db import today
from portal.partnership.file import current_partnership
from portal.staff.export_words import MISSING, keep_safe
from portal.staff.wave_forms import SAMPLE_HINTS, SAMPLES
from portal.surveys.ddi import Study
from portal.surveys.tables import MODES, Source
from portal.surveys.variables import Frame, Said


def study_of(
    wave: Any, code: str, source: Source, frame: Frame, said: Said, weights: str, notes: Iterable[tuple[str, str]] = ()
) -> Study:
    """In the language of now. `notes`: what else a file of it says of itself, under headings."""
    partnership, newest = current_partnership(), source.instruments[0].questionnaire
    sample = wave.sample_type.value
    return Study(
        code=code,
        wave=wave.number,
        title=newest.title,
        about=newest.about,
        made_on=today(),
        first_day=wave.opens_on,
        last_day=wave.closes_on,
        producer=partnership.name,
        area=partnership.area,
        universe=ngettext(
            "People aged %(num)s or over in the partnership’s area.",
            "People aged %(num)s or over in the partnership’s area.",
            newest.least_age,
        ),
        unit=_("One person"),
        data_kind=_("Answers to a survey"),
        time_method=_("The survey is asked again from time to time. Nobody is followed from one time to the next."),
        sampling=(str(SAMPLES[sample]), str(SAMPLE_HINTS[sample])),
        modes=_modes(frame, said),
        instrument=_("A questionnaire with answers to choose from. What people wrote is not in the data."),
        weights=weights,
        missing="; ".join(f"{kind.value}: {text}" for kind, text in MISSING.items()),
        rights=keep_safe(),
        languages=wave.languages,
        notes=list(notes),
    )


def _modes(frame: Frame, said: Said) -> Sequence[str]:
    """As the file tells them: a way in which few answered is blank there. All, where the file has no rows."""
    found = next(variable for variable in frame.variables if variable.name == MODES)
    present = set(found.values)
    return [text for code, text in said.modes.items() if not found.values or code in present]
