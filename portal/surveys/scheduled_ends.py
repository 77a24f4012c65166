"""Answers of old waves end: first what people wrote, then what they ticked; the counts and every release stay."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date

from sqlalchemy import delete, func, select
from sqlalchemy.orm import InstrumentedAttribute

from portal import audit
from portal.audit import Action
from portal.db import LOCAL_TIME, session, today, transaction
from portal.partnership.file import current_partnership
from portal.partnership.retention import Retention, years_after
from portal.surveys.coding_models import CodingFrame, CodingPart
from portal.surveys.models import AnswerColumn, SurveyResponse, Wave, WaveLook, WrittenAnswer
from portal.vault import keyholders

ACTOR = "retention"
# In one transaction; a run stops after so many of them and goes on in the next.
BATCH = 500
BATCHES = 40


def end_due_words() -> int:
    """Delete what was written in waves that were closed long enough ago; returns how many rows. The worker does it."""
    return sum(_in_batches(wave, _end_words) for wave in due_waves(Wave.words_ended_on, _rules().survey_words_years))


def end_due_answers() -> int:
    """Delete what was ticked in waves that were closed long enough ago; returns how many rows. The worker does it."""
    return sum(_in_batches(wave, _end_answers) for wave in due_waves(Wave.answers_ended_on, _rules().survey_years))


def due_waves(ended_on: InstrumentedAttribute[date | None], years: int, by: date | None = None) -> list[uuid.UUID]:
    """The packed waves whose time is over by a day; none while nobody has agreed the years, unless a day is asked about."""
    if by is None and not _rules().agreed_by.strip():
        return []
    closed = session.execute(select(Wave.id, Wave.closed_at).where(Wave.closed_at.is_not(None), ended_on.is_(None)))
    last = by or today()
    return [wave for wave, at in closed if at and years_after(at.astimezone(LOCAL_TIME).date(), years) <= last]


def count_ending(days: list[date]) -> dict[str, list[int]]:
    """How many written answers and responses end by each of these days, by the key of the schedule."""

    def written(day: date) -> int:
        waves = due_waves(Wave.words_ended_on, _rules().survey_words_years, day)
        return (
            session.scalar(select(func.count()).select_from(WrittenAnswer).where(WrittenAnswer.wave_id.in_(waves))) or 0
        )

    def ticked(day: date) -> int:
        waves = due_waves(Wave.answers_ended_on, _rules().survey_years, day)
        return session.scalar(select(func.sum(Wave.answered)).where(Wave.id.in_(waves))) or 0

    return {"survey_years": [ticked(day) for day in days], "survey_words_years": [written(day) for day in days]}


def _rules() -> Retention:
    return current_partnership().retention


def _in_batches(wave_id: uuid.UUID, end: Callable[[uuid.UUID], int]) -> int:
    gone = 0
    for _batch in range(BATCHES):
        ended = end(wave_id)
        gone += ended
        if ended < BATCH:
            break
    return gone


def _end_words(wave_id: uuid.UUID) -> int:
    """One batch; with the last one go the codes that analysts gave to single answers."""
    with transaction() as db:
        audit.stand_in_line(db)
        wave = db.get_one(Wave, wave_id, with_for_update=True)
        ids = list(db.scalars(select(WrittenAnswer.id).where(WrittenAnswer.wave_id == wave_id).limit(BATCH)))
        keyholders.drop_grants(db, ids)
        db.execute(delete(WrittenAnswer).where(WrittenAnswer.id.in_(ids)))
        if len(ids) < BATCH:
            frames = select(CodingFrame.id).where(CodingFrame.wave_id == wave_id)
            parts = list(db.scalars(select(CodingPart.id).where(CodingPart.frame_id.in_(frames))))
            keyholders.drop_grants(db, parts)
            db.execute(delete(CodingPart).where(CodingPart.id.in_(parts)))
            wave.words_ended_on = today()
            audit.record(db, ACTOR, Action.ENDED_BY_SCHEDULE, f"words of wave {wave_id}")
        return len(ids)


def _end_answers(wave_id: uuid.UUID) -> int:
    """One batch of responses; with the last one go the packed columns, so that until then a wave is whole."""
    with transaction() as db:
        audit.stand_in_line(db)
        wave = db.get_one(Wave, wave_id, with_for_update=True)
        ids = list(db.scalars(select(SurveyResponse.id).where(SurveyResponse.wave_id == wave_id).limit(BATCH)))
        db.execute(delete(SurveyResponse).where(SurveyResponse.id.in_(ids)))
        if len(ids) < BATCH:
            db.execute(delete(AnswerColumn).where(AnswerColumn.wave_id == wave_id))
            db.execute(delete(WaveLook).where(WaveLook.wave_id == wave_id))
            wave.answers_ended_on = today()
            audit.record(db, ACTOR, Action.ENDED_BY_SCHEDULE, f"answers of wave {wave_id}")
        return len(ids)
