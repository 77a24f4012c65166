"""Definitions that survey managers upload: each is kept as a draft until it is published or thrown away."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.db import random_id, session
from portal.languages.words import Words
from portal.surveys import versions
from portal.surveys.definition import Questionnaire
from portal.surveys.definition_models import SurveyDraft
from portal.surveys.mistakes import read_questionnaire
from portal.surveys.models import Survey, SurveyVersion


class DraftIsGone(LookupError):
    """It was thrown away, or published, meanwhile."""


class HasGaps(Exception):
    """Languages lack words, and nobody agreed to publish these in part; `languages` are their codes."""

    def __init__(self, languages: list[str]) -> None:
        super().__init__(languages)
        self.languages = languages


def store_draft(db: Session, text: str, by: str) -> SurveyDraft:
    """Keep this TOML as the newest draft of the survey that it names; the same text twice is one draft.

    Raises BrokenDefinition: nothing with a mistake is kept. What was stored is written down.
    """
    code = read_questionnaire(text).code
    audit.stand_in_line(db)
    newest = db.scalar(_drafts(code).limit(1))
    if newest is not None and newest.text == text:
        return newest
    draft = SurveyDraft(id=random_id(), survey_code=code, text=text, uploaded_by=by)
    db.add(draft)
    audit.record(db, by, Action.UPLOADED_DEFINITION, f"{code} draft {draft.id}")
    return draft


def drafts_of(code: str) -> list[SurveyDraft]:
    """What was uploaded and not published yet, newest first."""
    return list(session.scalars(_drafts(code)))


def draft_codes() -> list[str]:
    """The surveys of which something was uploaded."""
    return list(session.scalars(select(SurveyDraft.survey_code).distinct().order_by(SurveyDraft.survey_code)))


def find_draft(code: str, draft_id: uuid.UUID) -> SurveyDraft | None:
    """One that is not published yet."""
    found = session.get(SurveyDraft, draft_id)
    return found if found is not None and found.survey_code == code and found.version_id is None else None


def find_upload(code: str, draft_id: uuid.UUID) -> SurveyDraft | None:
    """One that was uploaded, published or not."""
    found = session.get(SurveyDraft, draft_id)
    return found if found is not None and found.survey_code == code else None


def source_of(version_id: uuid.UUID) -> SurveyDraft | None:
    """The upload from which a version was published; None where that was a file."""
    found = select(SurveyDraft).where(SurveyDraft.version_id == version_id)
    return session.scalar(found.order_by(SurveyDraft.uploaded_at.desc()).limit(1))


def throw_away(db: Session, code: str, draft_id: uuid.UUID, by: str) -> None:
    """Delete a draft; one that is gone, or was published, is left as it is."""
    audit.stand_in_line(db)
    gone = db.scalar(
        delete(SurveyDraft)
        .where(SurveyDraft.id == draft_id, SurveyDraft.survey_code == code, SurveyDraft.version_id.is_(None))
        .returning(SurveyDraft.id)
    )
    if gone is not None:
        audit.record(db, by, Action.DELETED_DEFINITION, f"{code} draft {draft_id}")


def publish_definition(
    db: Session,
    questionnaire: Questionnaire,
    age_words: dict[str, Words],
    by: str,
    *,
    safeguarding_lead: str = "",
    partial: Collection[str] = (),
    draft_id: uuid.UUID | None = None,
) -> SurveyVersion:
    """Publish what a file or a draft says. `partial`: the languages with gaps that are published all the same.

    The survey's older drafts are thrown away; one that a colleague has uploaded since stays. Raises HasGaps, NeedsSafeguardingLead, DraftIsGone.
    """
    open_gaps = [code for code in questionnaire.partial if code not in partial]
    document = versions.document_of(questionnaire, age_words)
    if open_gaps and versions.find_version(questionnaire.code, document) is None:
        raise HasGaps(open_gaps)
    # The survey before the audit log, as whoever opens a wave does.
    db.scalar(select(Survey.id).where(Survey.code == questionnaire.code).with_for_update())
    audit.stand_in_line(db)
    before = versions.newest_version(questionnaire.code)
    draft = db.get(SurveyDraft, draft_id, populate_existing=True) if draft_id else None
    if draft_id and (draft is None or draft.version_id is not None):
        raise DraftIsGone
    version = versions.publish_version(db, questionnaire, age_words, by, safeguarding_lead)
    if before is None or version.number > before.number:
        version.partial = [*questionnaire.partial]
        how = f" partial {' '.join(version.partial)}" if version.partial else ""
        audit.record(db, by, Action.PUBLISHED_VERSION, f"{questionnaire.code} version {version.number}{how}")
    if draft is not None:
        draft.version_id = version.id
        db.flush()
        db.execute(
            delete(SurveyDraft).where(
                SurveyDraft.survey_code == questionnaire.code,
                SurveyDraft.version_id.is_(None),
                SurveyDraft.uploaded_at <= draft.uploaded_at,
            )
        )
    return version


def _drafts(code: str) -> Select[SurveyDraft]:
    return (
        select(SurveyDraft)
        .where(SurveyDraft.survey_code == code, SurveyDraft.version_id.is_(None))
        .order_by(SurveyDraft.uploaded_at.desc(), SurveyDraft.id)
    )
