"""The versions of a survey: each is published once, frozen whole, and never changes."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import random_id, session
from portal.languages.words import Words
from portal.partnership.file import current_partnership
from portal.surveys.definition import Instrument, Questionnaire, freeze, hash_of, thaw
from portal.surveys.models import Survey, SurveyVersion, WaveVersion
from portal.vault import keyholders

SURVEY_TEAM = "survey_team"


class NeedsSafeguardingLead(Exception):
    """Children may answer: without the name of the safeguarding lead who agreed, nothing is published."""


def publish_version(
    db: Session, questionnaire: Questionnaire, age_words: dict[str, Words], by: str, safeguarding_lead: str = ""
) -> SurveyVersion:
    """Freeze the questionnaire as the survey's newest version; the same one twice is one version.

    Raises NeedsSafeguardingLead where children may answer and nobody is named.
    """
    survey = db.scalar(select(Survey).where(Survey.code == questionnaire.code).with_for_update())
    if survey is None:
        survey = Survey(id=random_id(), code=questionnaire.code)
        db.add(survey)
        db.flush()
    document = document_of(questionnaire, age_words)
    known = db.scalar(
        select(SurveyVersion).where(SurveyVersion.survey_id == survey.id, SurveyVersion.hash == hash_of(document))
    )
    if known is not None:
        return known
    if questionnaire.needs_safeguarding_lead and not safeguarding_lead:
        raise NeedsSafeguardingLead
    newest = db.scalar(select(func.max(SurveyVersion.number)).where(SurveyVersion.survey_id == survey.id)) or 0
    version = SurveyVersion(
        survey_id=survey.id,
        number=newest + 1,
        document=document,
        hash=hash_of(document),
        published_by=by,
        safeguarding_lead=safeguarding_lead if questionnaire.needs_safeguarding_lead else "",
    )
    db.add(version)
    keyholders.ensure_team(db, SURVEY_TEAM)
    db.flush()
    return version


def document_of(questionnaire: Questionnaire, age_words: dict[str, Words]) -> str:
    """What would be published now."""
    return freeze(questionnaire, age_words, current_partnership().places)


def find_version(code: str, document: str) -> SurveyVersion | None:
    """The version that was published with exactly this document."""
    return session.scalar(
        select(SurveyVersion)
        .join(Survey, Survey.id == SurveyVersion.survey_id)
        .where(Survey.code == code, SurveyVersion.hash == hash_of(document))
    )


def newest_version(code: str) -> SurveyVersion | None:
    return session.scalar(
        select(SurveyVersion)
        .join(Survey, Survey.id == SurveyVersion.survey_id)
        .where(Survey.code == code)
        .order_by(SurveyVersion.number.desc())
        .limit(1)
    )


def published_version(code: str, number: int) -> SurveyVersion | None:
    return session.scalar(
        select(SurveyVersion)
        .join(Survey, Survey.id == SurveyVersion.survey_id)
        .where(Survey.code == code, SurveyVersion.number == number)
    )


def instrument_of(version_id: uuid.UUID) -> Instrument:
    return thaw(session.get_one(SurveyVersion, version_id).document)


def versions_of(wave_id: uuid.UUID) -> list[SurveyVersion]:
    """The versions that the wave asked, newest first."""
    return list(
        session.scalars(
            select(SurveyVersion)
            .join(WaveVersion, WaveVersion.version_id == SurveyVersion.id)
            .where(WaveVersion.wave_id == wave_id)
            .order_by(WaveVersion.position.desc())
        )
    )


def instruments_of(wave_id: uuid.UUID) -> list[Instrument]:
    """Every version that the wave asked, newest first."""
    return [thaw(version.document) for version in versions_of(wave_id)]


def instruments_until(version: SurveyVersion) -> list[Instrument]:
    """The version and every earlier one of its survey, newest first: what numbers of options are counted by."""
    documents = session.scalars(
        select(SurveyVersion.document)
        .where(SurveyVersion.survey_id == version.survey_id, SurveyVersion.number <= version.number)
        .order_by(SurveyVersion.number.desc())
    )
    return [thaw(document) for document in documents]
