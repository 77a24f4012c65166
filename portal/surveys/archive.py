"""A survey that is over leaves the lists, with all that came of it kept, and can be brought back."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.db import session
from portal.surveys.definition_models import ArchivedSurvey
from portal.surveys.models import Survey, Wave, WaveState
from portal.surveys.waves import WaveIsOpen


def archive_survey(db: Session, code: str, by: str) -> None:
    """Archiving twice is archiving once. Raises WaveIsOpen."""
    # As whoever opens a wave does: one of the two comes first.
    survey_id = db.scalar(select(Survey.id).where(Survey.code == code).with_for_update())
    audit.stand_in_line(db)
    if db.scalar(select(Wave.id).where(Wave.survey_id == survey_id, Wave.state == WaveState.OPEN).limit(1)):
        raise WaveIsOpen
    if db.get(ArchivedSurvey, code) is None:
        db.add(ArchivedSurvey(survey_code=code, archived_by=by))
        audit.record(db, by, Action.ARCHIVED_SURVEY, code)


def restore_survey(db: Session, code: str, by: str) -> None:
    audit.stand_in_line(db)
    found = db.get(ArchivedSurvey, code)
    if found is not None:
        db.delete(found)
        audit.record(db, by, Action.RESTORED_SURVEY, code)


def archived_surveys() -> dict[str, ArchivedSurvey]:
    """By the survey's code."""
    return {one.survey_code: one for one in session.scalars(select(ArchivedSurvey))}
