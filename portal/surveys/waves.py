"""The waves in which a survey is asked: opened, prolonged, closed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from portal.db import LOCAL_TIME, NotThere, existing, random_id, session, today, utcnow
from portal.partnership.file import current_partnership
from portal.questions.types import MAX_OPTIONS, type_of
from portal.statements import reading
from portal.surveys import packing
from portal.surveys.definition import (
    Instrument,
    thaw,
)
from portal.surveys.definition_models import ArchivedSurvey
from portal.surveys.models import (
    InvitationBatch,
    InvitationCode,
    Kiosk,
    OfflineKey,
    SampleType,
    Survey,
    SurveyResponse,
    SurveyVersion,
    Wave,
    WaveLook,
    WavePacking,
    WaveState,
    WaveVersion,
)
from portal.surveys.paper_batches import drop_unsettled
from portal.surveys.versions import instruments_of
from portal.vault.drafts import IDLE
from portal.web import caching

LONGEST = timedelta(days=366)


class SurveyError(Exception):
    """What was asked for cannot be done with a survey now."""


class WaveIsOpen(SurveyError):
    """One wave of a survey at a time."""


class DaysTheWrongWay(SurveyError):
    """The last day comes before the first."""


class WaveIsClosed(SurveyError):
    """What is asked and until when cannot be changed any more."""


class AnswersDoNotFit(SurveyError):
    """The text names the question: its answers could not stand in one column with those the wave has already."""


class SurveyIsArchived(SurveyError):
    """It has left the lists; bring it back first."""


class TooLong(SurveyError):
    """A wave lasts a year at most: figures speak of a time, not of an age."""


def open_wave(
    db: Session,
    version: SurveyVersion,
    opens_on: date,
    closes_on: date,
    sample_type: SampleType,
    population: str,
    languages: Iterable[str],
) -> Wave:
    """Begin a wave with this version. Raises WaveIsOpen, SurveyIsArchived or DaysTheWrongWay."""
    if closes_on < opens_on:
        raise DaysTheWrongWay
    db.scalar(select(Survey.id).where(Survey.id == version.survey_id).with_for_update())
    waves = list(db.scalars(select(Wave).where(Wave.survey_id == version.survey_id).order_by(Wave.number)))
    if any(wave.state is WaveState.OPEN for wave in waves):
        raise WaveIsOpen
    if db.scalar(
        select(ArchivedSurvey)
        .join(Survey, Survey.code == ArchivedSurvey.survey_code)
        .where(Survey.id == version.survey_id)
    ):
        raise SurveyIsArchived
    wave = Wave(
        id=random_id(),
        survey_id=version.survey_id,
        number=waves[-1].number + 1 if waves else 1,
        state=WaveState.OPEN,
        opens_on=opens_on,
        closes_on=closes_on,
        sample_type=sample_type,
        population=population,
        languages=sorted(languages),
        recipe=_recipe(population),
    )
    db.add(wave)
    db.flush()
    db.add(WaveVersion(wave_id=wave.id, version_id=version.id, position=1))
    caching.publish(db)
    return wave


def _recipe(population: str) -> dict[str, Any]:
    """How answers are weighted: the population's figures as they stand now, so that a release can be made again."""
    found = current_partnership().find_population(population) if population else None
    return found.as_recipe() if found else {}


def lock_running_wave(db: Session, wave_id: uuid.UUID) -> Wave:
    """The wave, with everyone who would change it or answer in it put in line. Raises WaveIsClosed, NotThere."""
    wave = existing(db, Wave, wave_id, with_for_update=True, populate_existing=True)
    if wave.state is WaveState.CLOSED:
        raise WaveIsClosed
    return wave


def change_last_day(db: Session, wave: Wave, closes_on: date) -> None:
    """Let a locked wave run longer or shorter. Raises DaysTheWrongWay."""
    if closes_on < wave.opens_on:
        raise DaysTheWrongWay
    if closes_on - wave.opens_on > LONGEST:
        raise TooLong
    wave.closes_on = closes_on
    caching.publish(db)


def shut_wave(db: Session, wave_id: uuid.UUID) -> None:
    """Nobody can answer from now on; what was answered waits to be packed, see packing.py. Raises WaveIsClosed, NotThere."""
    wave = lock_running_wave(db, wave_id)
    wave.state = WaveState.CLOSED
    wave.answered = db.scalar(select(func.count()).select_from(SurveyResponse).where(SurveyResponse.wave_id == wave_id))
    db.add(WavePacking(wave_id=wave_id))
    db.execute(delete(WaveLook).where(WaveLook.wave_id == wave_id))
    # Closed early, this was its last day: pages and figures say so.
    wave.closes_on = max(wave.opens_on, min(wave.closes_on, today()))
    # Nobody can use them any more, and which cards were used is nobody's business.
    made = select(InvitationBatch.id).where(InvitationBatch.wave_id == wave.id)
    db.execute(delete(InvitationCode).where(InvitationCode.batch_id.in_(made)))
    # What a tablet still holds opens for nobody from now on; it is told so when it sends.
    for table in (Kiosk, OfflineKey):
        db.execute(delete(table).where(table.wave_id == wave.id))
    drop_unsettled(db, wave.id)
    caching.publish(db)


def close_wave(db: Session, wave_id: uuid.UUID) -> int:
    """End a wave of few answers and pack them in the caller's transaction; returns how many. Closing twice packs once."""
    wave = existing(db, Wave, wave_id)
    if wave.state is WaveState.OPEN:
        shut_wave(db, wave_id)
    packing.pack_at_once(db, wave_id)
    return wave.answered or 0


def ask_version(db: Session, wave: Wave, version: SurveyVersion) -> None:
    """Ask another version in a locked wave from now on; whoever has begun ends with theirs. Raises AnswersDoNotFit."""
    asked = {row.version_id: row for row in db.scalars(select(WaveVersion).where(WaveVersion.wave_id == wave.id))}
    newest = max(row.position for row in asked.values())
    if version.id in asked and asked[version.id].position == newest:
        return
    _must_fit(thaw(version.document), instruments_of(wave.id))
    if version.id in asked:
        asked[version.id].position = newest + 1
    else:
        db.add(WaveVersion(wave_id=wave.id, version_id=version.id, position=newest + 1))
    caching.publish(db)


def _must_fit(new: Instrument, asked: list[Instrument]) -> None:
    """A question keeps how it is answered, and one with several answers has at most so many options in all versions."""
    measured = {code for indicator in new.questionnaire.indicators for code in indicator.questions}
    for code, question in new.questionnaire.questions.items():
        earlier = {c for i in asked if (q := i.questionnaire.questions.get(code)) for c in i.codes_of(q)}
        if code in measured and earlier - set(new.codes_of(question)):
            # The figure is worked out by the newest version, which would not know what an older option counts as.
            raise AnswersDoNotFit(code)
        same = [i.questionnaire.questions[code] for i in asked if code in i.questionnaire.questions]
        if any(type_of(one).packed != type_of(question).packed for one in same):
            raise AnswersDoNotFit(code)
        options = {c for i in (new, *asked) if (q := i.questionnaire.questions.get(code)) for c in i.codes_of(q)}
        if type_of(question).packed in ("several", "ranking") and len(options) > MAX_OPTIONS:
            raise AnswersDoNotFit(code)


class Fieldwork(NamedTuple):
    """What of a wave says whether it takes answers: every page of a survey needs it, and nothing else of the wave."""

    state: WaveState
    opens_on: date
    closes_on: date


# Built once.
_FIELDWORK = select(Wave.state, Wave.opens_on, Wave.closes_on).where(Wave.id == bindparam("wave_id"))


def fieldwork_of(wave_id: uuid.UUID) -> Fieldwork:
    """As it is now. Raises NotThere."""
    row = reading().execute(_FIELDWORK, {"wave_id": wave_id}).one_or_none()
    if row is None:
        raise NotThere(Wave.__tablename__)
    return Fieldwork(*row)


def is_taking_answers(wave: Wave | Fieldwork) -> bool:
    """From someone who has begun: who did so before the last midnight has the hour of a draft to send."""
    an_hour_ago = (utcnow() - IDLE).astimezone(LOCAL_TIME).date()
    return wave.state is WaveState.OPEN and wave.opens_on <= today() and an_hour_ago <= wave.closes_on


@dataclass(frozen=True)
class OpenSurvey:
    """A survey that residents can answer now."""

    code: str
    wave: Wave
    version_id: uuid.UUID
    instrument: Instrument


def open_surveys() -> list[OpenSurvey]:
    """Those that take answers today, by when they end."""
    rows = session.execute(
        select(Survey.code, Wave)
        .join(Wave, Wave.survey_id == Survey.id)
        .where(Wave.state == WaveState.OPEN, Wave.opens_on <= today(), Wave.closes_on >= today())
        .order_by(Wave.closes_on, Survey.code)
    )
    return [OpenSurvey(code, wave, *_current_version(wave.id)) for code, wave in rows]


def find_open_survey(code: str) -> OpenSurvey | None:
    return next((survey for survey in open_surveys() if survey.code == code), None)


def is_survey(code: str) -> bool:
    return code in survey_codes()


def _current_version(wave_id: uuid.UUID) -> tuple[uuid.UUID, Instrument]:
    version = session.scalars(
        select(SurveyVersion)
        .join(WaveVersion, WaveVersion.version_id == SurveyVersion.id)
        .where(WaveVersion.wave_id == wave_id)
        .order_by(WaveVersion.position.desc())
        .limit(1)
    ).one()
    return version.id, thaw(version.document)


def waves_of(code: str) -> list[Wave]:
    """A survey's waves, newest first."""
    return list(
        session.scalars(
            select(Wave)
            .join(Survey, Survey.id == Wave.survey_id)
            .where(Survey.code == code)
            .order_by(Wave.number.desc())
        )
    )


def find_wave(wave_id: uuid.UUID) -> Wave | None:
    return session.get(Wave, wave_id)


def lock_wave(db: Session, wave_id: uuid.UUID) -> Wave | None:
    """The wave, held to the transaction's end, so that what two people do with it comes one after the other."""
    return db.get(Wave, wave_id, with_for_update=True, populate_existing=True)


def survey_codes() -> list[str]:
    return list(session.scalars(select(Survey.code).order_by(Survey.code)))


def survey_code_of(wave: Wave) -> str:
    return session.get_one(Survey, wave.survey_id).code
