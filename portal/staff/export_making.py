"""From what was asked for to the file: the wave's answers, its weights, its words, and the worker's part of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from flask_babel import force_locale

from portal.cohesion.weights import NotReproduced, ReleaseWeights, weights_of
from portal.db import LOCAL_TIME, session
from portal.languages.i18n import LANGUAGES, language_of
from portal.staff import coding_words, export_files, export_jobs
from portal.staff.export_files import Content
from portal.staff.export_forms import ALWAYS_NUMBERS, CODED, NUMBERS
from portal.staff.export_study import study_of
from portal.staff.export_words import about_figures, about_weights, left_out, notes, said_in
from portal.surveys import anonymity, answers, codebook, coding, ddi, scripts, tables, versions, waves
from portal.surveys.anonymity import Blanked
from portal.surveys.definition import Instrument
from portal.surveys.export import Download
from portal.surveys.language_checks import checked_in_all
from portal.surveys.signals import kept_rows
from portal.surveys.tables import Source, Table, Weights
from portal.surveys.variables import Cells, Frame, Said

# Of the day's work of the worker none should take so long that an alert waits for it.
MOST_ROWS = 200_000


@dataclass(frozen=True, kw_only=True)
class Order:
    """What somebody asked for. `columns` are the choices of those that identify."""

    file: str
    cells: Cells
    language: str
    columns: Sequence[str]
    audience: str
    purpose: str
    is_blanked: bool = False
    leave_out: Sequence[str] = ()
    """The signals of responses that are not in the file."""

    @property
    def form(self) -> Cells:
        return NUMBERS if self.file in ALWAYS_NUMBERS else self.cells

    @property
    def has_people(self) -> bool:
        """Whether a row of the file is a person."""
        return self.file != CODED

    def entries(self, rows: int, blanked: int) -> Iterator[str]:
        """As it is written down: who and when stands beside it. The columns over as many entries as they need."""
        yield f"{self.file} {self.form} {self.language} {rows} rows {self.audience} {self.purpose}"
        line = ""
        for code in self.columns if self.has_people else ():
            if line and len(line) + len(code) >= _ENTRY:
                yield f"with {line}"
                line = ""
            line += f",{code}" if line else code
        if line:
            yield f"with {line}"
        if self.leave_out and self.has_people:
            yield f"without {','.join(self.leave_out)}"
        if self.is_blanked:
            yield f"blanked {blanked} rows"


# What one entry of the audit log holds beside the wave's id.
_ENTRY = 75


@dataclass(frozen=True)
class Weighting:
    """The weights of the published figures, or why there are none."""

    found: ReleaseWeights | None
    is_broken: bool = False

    @property
    def weights(self) -> Weights | None:
        if self.found is None:
            return None
        return Weights(self.found.release.number, self.found.weights, self.found.strata, self.found.cells)

    @property
    def words(self) -> str:
        """In the language of now."""
        if self.found is None or self.found.release.published_at is None:
            return about_weights(None, None, self.is_broken)
        day = self.found.release.published_at.astimezone(LOCAL_TIME).date()
        return about_weights(self.found.release.number, day, self.is_broken)


def weighting_of(wave_id: uuid.UUID) -> Weighting:
    try:
        return Weighting(weights_of(wave_id))
    except NotReproduced:
        return Weighting(None, is_broken=True)


class Making:
    """One file of a closed wave."""

    def __init__(self, wave_id: uuid.UUID, order: Order) -> None:
        self.wave_id, self.order = wave_id, order
        self.source = source_of(wave_id)

    @cached_property
    def weighting(self) -> Weighting:
        return weighting_of(self.wave_id)

    @cached_property
    def table(self) -> Table:
        """Raises DamagedAnswers."""
        wave = waves.find_wave(self.wave_id)
        assert wave is not None
        coded = answers.coded_answers(wave)
        kept, weights = answers.without(coded, self.order.leave_out), self.weighting.weights
        if weights is not None and kept.size < coded.size:
            rows = kept_rows(coded.values, coded.size, self.order.leave_out)
            weights = replace(
                weights, weights=[weights.weights[i] for i in rows], strata=[weights.strata[i] for i in rows]
            )
        return Table(self.source, kept.size, kept.values, weights, self.order.columns, kept.orders)

    @cached_property
    def blanked(self) -> Blanked | None:
        return self.table.blanked() if self.order.is_blanked else None

    @cached_property
    def coded(self) -> list[tuple[str, ...]]:
        """How often the codes were given to what people wrote, in the language of the file."""
        with force_locale(language_of(self.order.language).locale):
            return coding_words.rows(coding.counted_frames(self.wave_id), self.source.instruments, self.order.language)

    @property
    def name(self) -> str:
        """Of the file, without its ending."""
        wave = waves.find_wave(self.wave_id)
        assert wave is not None
        return f"{waves.survey_code_of(wave)}-wave-{wave.number}"

    def content(self) -> Content:
        wave = waves.find_wave(self.wave_id)
        assert wave is not None
        said = said_in(self.order.language)
        frame = self.table.frame(said, self.blanked.columns if self.blanked else None)
        figures = []
        if self.weighting.found is not None:
            published = {each["code"]: each.get("percent") for each in self.weighting.found.document["indicators"]}
            indicators = self.weighting.found.measured.instrument.questionnaire.indicators
            figures = scripts.figures_of(indicators, frame, said, published)
        title = self.source.instruments[0].questionnaire.title.in_(said.language)
        blanked = (self.blanked.rows, self.blanked.last_rows) if self.blanked else None
        with force_locale(language_of(said.language).locale):
            explained = notes(
                title,
                wave.number,
                (wave.opens_on, wave.closes_on),
                wave.sample_type.value,
                self.table.size,
                self.weighting.words,
                blanked,
                figures,
            )
            of_choices = coding_words.notes(self.order.leave_out, (wave.answered or 0) - self.table.size, self.coded)
            study = study_of(
                wave,
                waves.survey_code_of(wave),
                self.source,
                frame,
                said,
                self.weighting.words,
                [*left_out(blanked), *of_choices, *about_figures(figures)],
            )
        return Content(
            frame=frame,
            instruments=list(self.source.instruments),
            said=said,
            title=title,
            name=self.name,
            notes=[*explained, *of_choices],
            coded=[coding_words.HEAD, *self.coded] if self.coded else [],
            figures=figures,
            study=study,
            saids=saids_of(self.order.language),
        )

    @property
    def rows(self) -> int:
        """How many rows the file has."""
        return self.table.size if self.order.has_people else len(self.coded)

    @property
    def risk(self) -> anonymity.Risk:
        """Of somebody being found by the columns that were chosen. Raises DamagedAnswers."""
        return self.table.risk if self.order.has_people else anonymity.Risk(self.rows, 0, 0)

    def file(self, tell: Callable[[int], None] = lambda _percent: None) -> Download:
        if not self.order.has_people:
            return export_files.whole(coding_words.HEAD, self.coded)
        with force_locale(language_of(self.order.language).locale):
            return export_files.made(self.order.file, self.content(), self.order.form, tell)


def source_of(wave_id: uuid.UUID) -> Source:
    wave = waves.find_wave(wave_id)
    assert wave is not None
    asked = versions.versions_of(wave_id)
    instruments: list[Instrument] = versions.instruments_of(wave_id)
    return Source(
        number=wave.number,
        sample=wave.sample_type.value,
        versions={str(version.number): one for version, one in zip(asked, instruments, strict=True)},
        instruments=versions.instruments_until(asked[0]),
        reviewed=checked_in_all(waves.survey_code_of(wave), (one.questionnaire for one in instruments))
        | {language.code for language in LANGUAGES if language.reviewed},
        language_names={language.code: language.name for language in LANGUAGES},
    )


def saids_of(language: str) -> list[Said]:
    """What exports say in every language, this one first."""
    return [said_in(code) for code in dict.fromkeys([language, *(each.code for each in LANGUAGES)])]


def _everything(source: Source, said: Said, *, has_weights: bool = True) -> Frame:
    """Every column that a file of the wave could have, and no row."""
    choices = [choice for choice, _question in anonymity.choices(source.instruments)]
    return tables.everything(source, said, choices, has_weights=has_weights)


def entries_of(wave_id: uuid.UUID, language: str) -> Iterator[codebook.Entry]:
    """The codebook of every column that a file of the wave could have."""
    source, said = source_of(wave_id), said_in(language)
    with force_locale(language_of(language).locale):
        yield from codebook.entries(_everything(source, said), source.instruments, said)


def described(wave_id: uuid.UUID, language: str) -> bytes:
    """The same for an archive, as DDI Codebook: of the columns in numbers, as the SPSS file and the scripts have them."""
    wave = waves.find_wave(wave_id)
    assert wave is not None
    source, saids, weighting = source_of(wave_id), saids_of(language), weighting_of(wave_id)
    frame = _everything(source, saids[0], has_weights=weighting.found is not None)
    with force_locale(language_of(language).locale):
        study = study_of(wave, waves.survey_code_of(wave), source, frame, saids[0], weighting.words)
        return ddi.ddi_codebook(study, frame, source.instruments, NUMBERS, saids, f"{study.name}.csv")


def as_stored(order: Order) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(json.dumps(asdict(order)))
    return found


def make_due_exports() -> bool:
    """Make the next file that waits; whether there was one. The worker does it, one at a time: alerts go before."""
    job = export_jobs.claim()
    if job is None:
        return False
    job_id, wave_id, order = job.id, job.wave_id, Order(**job.chosen)
    wave = waves.find_wave(wave_id)
    if wave is not None and wave.answers_ended_on and order.has_people:
        export_jobs.fail(job_id)  # its page says that the answers had their time
        return True
    try:
        # Nothing is open while it is made: whoever writes meanwhile does not wait.
        made = Making(wave_id, order).file(lambda percent: export_jobs.tell(job_id, percent))
        session.rollback()
        with export_files.as_file(made) as content:
            export_jobs.keep(job_id, content)
    except Exception:
        session.rollback()
        export_jobs.fail(job_id)
        raise
    return True
