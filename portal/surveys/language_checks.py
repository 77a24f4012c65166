"""Who has read a survey's words in a language, and which of them nobody has read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.db import random_id, session
from portal.languages.words import Words
from portal.surveys.definition import Questionnaire
from portal.surveys.definition_models import LanguageCheck


class Checks:
    """What was read of one survey, whichever of its definitions it stood in: a sentence is the same in all of them."""

    def __init__(self, code: str) -> None:
        rows = session.scalars(
            select(LanguageCheck).where(LanguageCheck.survey_code == code).order_by(LanguageCheck.noted_at.desc())
        )
        self.rows: dict[str, list[LanguageCheck]] = {}
        for row in rows:
            self.rows.setdefault(row.language, []).append(row)
        self._read = {
            language: {one for row in found for one in row.sentences} for language, found in self.rows.items()
        }

    def is_read(self, words: Words, language: str) -> bool:
        return _hash(words, language) in self._read.get(language, ())

    def of(self, questionnaire: Questionnaire, language: str) -> LanguageCheck | None:
        """The newest that covers every sentence there is; a sentence that was changed or added since takes it away."""
        there = set(hashes(questionnaire, language))
        return next((row for row in self.rows.get(language, ()) if there and there <= set(row.sentences)), None)


def note_check(
    db: Session, questionnaire: Questionnaire, language: str, checked_by: str, noted_by: str
) -> LanguageCheck | None:
    """Write down that this person has read every sentence that there is; None where there is none."""
    found = hashes(questionnaire, language)
    if not found:
        return None
    row = LanguageCheck(
        id=random_id(),
        survey_code=questionnaire.code,
        language=language,
        checked_by=checked_by,
        noted_by=noted_by,
        sentences=found,
    )
    db.add(row)
    audit.record(db, noted_by, Action.CHECKED_LANGUAGE, f"{questionnaire.code} {language}")
    return row


def checked_in_all(code: str, questionnaires: Iterable[Questionnaire]) -> frozenset[str]:
    """The languages whose words somebody has read in every one of these."""
    checks, asked = Checks(code), list(questionnaires)
    return frozenset(language for language in checks.rows if all(checks.of(one, language) for one in asked))


def hashes(questionnaire: Questionnaire, language: str) -> list[str]:
    """Of each sentence that there is in this language, each once."""
    return sorted({_hash(words, language) for _at, words in questionnaire.sentences if words.get(language)})


def _hash(words: Words, language: str) -> str:
    """Of the sentence with its English: a translation of a changed sentence has to be read again."""
    return sha256(json.dumps([words["en"], words.get(language, "")]).encode()).hexdigest()[:16]
