"""You said, we did: a finding is added, changed, translated, published and taken back, and its history tells it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cohesion.finding_models import (
    ActionState,
    Finding,
    FindingAct,
    FindingChange,
    FindingSource,
    FindingState,
    FindingWords,
)
from portal.db import existing, session, utcnow
from portal.web import caching

PARTS = ("said", "did", "outcome")


class ChangedMeanwhile(Exception):
    """Somebody else saved it after this editor's page was made."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a finding is in every language; of what each means, see its table."""

    source: FindingSource
    priority: str
    action: ActionState
    owner: str
    found_on: date
    due_on: date | None
    answered_on: date | None
    release_id: uuid.UUID | None
    indicator: str


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was said, what is done, and what changed or why nothing is done, as somebody typed it in one language."""

    language: str
    said: str
    did: str
    outcome: str
    by: str
    is_checked: bool = True

    @property
    def texts(self) -> tuple[str, str, str]:
        return self.said, self.did, self.outcome


class WordsOfFinding:
    """A finding's newest words: the original and its translations. `versions`: these, and every earlier original."""

    def __init__(self, versions: Iterable[FindingWords]) -> None:
        versions = sorted(versions, key=lambda words: words.version)
        self._originals = {words.version: words for words in versions if words.translates is None}
        self.original = self._originals[max(self._originals)]
        self._translations = {
            words.language: words
            for words in versions
            if words.translates is not None and words.language != self.original.language
        }

    def translation(self, language: str) -> FindingWords | None:
        return self._translations.get(language)

    def in_(self, language: str) -> FindingWords:
        """What someone who reads this language is shown: the translation, or the original as it is."""
        return self._translations.get(language, self.original)

    def is_older(self, words: FindingWords | None) -> bool:
        """Whether the original was written anew after this was translated."""
        return words is not None and words.translates is not None and words.translates < self.original.version

    def part_in(self, language: str, part: str) -> FindingWords:
        """Whose text of this part such a reader is shown: the original's where it says something else since."""
        words = self.in_(language)
        translated = self._originals.get(words.translates or words.version, self.original)
        return words if getattr(translated, part) == getattr(self.original, part) else self.original

    @property
    def languages(self) -> list[str]:
        return [self.original.language, *self._translations]


def words_of(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, WordsOfFinding]:
    """The words of these findings, in one question."""
    found: dict[uuid.UUID, list[FindingWords]] = {}
    for words in session.scalars(select(FindingWords).where(FindingWords.finding_id.in_(list(ids)))):
        found.setdefault(words.finding_id, []).append(words)
    return {finding_id: WordsOfFinding(words) for finding_id, words in found.items()}


def find_finding(finding_id: uuid.UUID) -> tuple[Finding, WordsOfFinding] | None:
    finding = session.get(Finding, finding_id)
    return (finding, words_of([finding_id])[finding_id]) if finding is not None else None


def facts_of(finding: Finding) -> Facts:
    return Facts(**{name: getattr(finding, name) for name in Facts.__dataclass_fields__})


def versions_seen(words: WordsOfFinding, language: str) -> tuple[int, int]:
    """What a translator's page shows: the versions of the original and of the translation, 0 where there is none."""
    translation = words.translation(language)
    return words.original.version, translation.version if translation else 0


def add_finding(db: Session, finding_id: uuid.UUID, facts: Facts, written: Written) -> bool:
    """A new draft; False, and nothing is stored, where this id was stored before: the form came twice."""
    if db.get(Finding, finding_id) is not None:
        return False
    db.add(Finding(id=finding_id, state=FindingState.DRAFT, **vars(facts)))
    db.flush()
    version = _write(db, finding_id, written)
    _note(db, finding_id, written.by, FindingAct.ADDED, words_version=version)
    return True


def change_finding(db: Session, finding_id: uuid.UUID, seen: int, facts: Facts, written: Written) -> bool:
    """Store what differs; False where nothing does. Raises ChangedMeanwhile, NotThere."""
    finding = _locked(db, finding_id)
    if finding.sequence != seen:
        raise ChangedMeanwhile
    before, original = facts_of(finding), words_of([finding_id])[finding_id].original
    changed = {
        name: [_as_text(getattr(before, name)), _as_text(value)]
        for name, value in vars(facts).items()
        if value != getattr(before, name)
    }
    stored = (original.language, original.said, original.did, original.outcome)
    has_new_words = stored != (written.language, *written.texts)
    if not changed and not has_new_words:
        return False
    for name, value in vars(facts).items():
        setattr(finding, name, value)
    version = _write(db, finding_id, written) if has_new_words else None
    _note(db, finding_id, written.by, FindingAct.CHANGED, facts=changed, words_version=version)
    _changed(db, finding)
    return True


def translate_finding(db: Session, finding_id: uuid.UUID, seen: tuple[int, int], written: Written) -> bool:
    """Store a translation beside the original; False where nothing differs from the one that is there.

    `seen`: the versions of the original and of the translation before it. Raises ChangedMeanwhile, NotThere.
    """
    finding = _locked(db, finding_id)
    words = words_of([finding_id])[finding_id]
    if seen != versions_seen(words, written.language) or written.language == words.original.language:
        raise ChangedMeanwhile
    before = words.translation(written.language)
    stored = (before.said, before.did, before.outcome, before.is_checked) if before else None
    if stored == (*written.texts, written.is_checked) and not words.is_older(before):
        return False
    version = _write(db, finding_id, written, translates=words.original.version)
    _note(db, finding_id, written.by, FindingAct.TRANSLATED, words_version=version)
    finding.changed_at = utcnow()
    _renew_pages(db, finding)
    return True


def publish_finding(db: Session, finding_id: uuid.UUID, seen: int, by: str) -> bool:
    """Show a draft, or what was taken back, to everyone; False where it is shown. Raises ChangedMeanwhile, NotThere."""
    finding = _locked(db, finding_id)
    if finding.state is FindingState.PUBLISHED:
        return False
    if finding.sequence != seen:
        raise ChangedMeanwhile
    finding.state = FindingState.PUBLISHED
    _note(db, finding_id, by, FindingAct.PUBLISHED)
    _changed(db, finding)
    return True


def withdraw_finding(db: Session, finding_id: uuid.UUID, reason: str, by: str) -> bool:
    """Take it from public view, or put a draft away; False where it is so already. Raises NotThere."""
    finding = _locked(db, finding_id)
    if finding.state is FindingState.WITHDRAWN:
        return False
    _renew_pages(db, finding)
    finding.state = FindingState.WITHDRAWN
    _note(db, finding_id, by, FindingAct.WITHDREW, reason=reason)
    _changed(db, finding)
    return True


def delete_finding(db: Session, finding_id: uuid.UUID, seen: int) -> None:
    """Delete what was taken back, with all its words and its history. Raises ChangedMeanwhile, NotThere."""
    finding = _locked(db, finding_id)
    if finding.sequence != seen or finding.state is not FindingState.WITHDRAWN:
        raise ChangedMeanwhile
    db.delete(finding)


@dataclass(frozen=True)
class Past:
    """An entry of the history, with the words that were written then."""

    change: FindingChange
    words: FindingWords | None


def history_of(finding_id: uuid.UUID) -> list[Past]:
    """The newest first."""
    rows = select(FindingChange).where(FindingChange.finding_id == finding_id).order_by(FindingChange.number.desc())
    versions = select(FindingWords).where(FindingWords.finding_id == finding_id)
    words = {each.version: each for each in session.scalars(versions)}
    return [Past(change, words.get(change.words_version or 0)) for change in session.scalars(rows)]


def _locked(db: Session, finding_id: uuid.UUID) -> Finding:
    return existing(db, Finding, finding_id, with_for_update=True)


def _changed(db: Session, finding: Finding) -> None:
    finding.sequence += 1
    finding.changed_at = utcnow()
    _renew_pages(db, finding)


def _renew_pages(db: Session, finding: Finding) -> None:
    if finding.state is FindingState.PUBLISHED:
        caching.publish(db)


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def _write(db: Session, finding_id: uuid.UUID, written: Written, translates: int | None = None) -> int:
    newest = db.scalar(select(func.max(FindingWords.version)).where(FindingWords.finding_id == finding_id)) or 0
    db.add(
        FindingWords(
            finding_id=finding_id,
            language=written.language,
            version=newest + 1,
            translates=translates,
            said=written.said,
            did=written.did,
            outcome=written.outcome,
            is_checked=written.is_checked,
            written_by=written.by,
        )
    )
    return newest + 1


def _note(
    db: Session,
    finding_id: uuid.UUID,
    by: str,
    act: FindingAct,
    *,
    facts: Mapping[str, Any] | None = None,
    words_version: int | None = None,
    reason: str = "",
) -> None:
    newest = db.scalar(select(func.max(FindingChange.number)).where(FindingChange.finding_id == finding_id)) or 0
    db.add(
        FindingChange(
            finding_id=finding_id,
            number=newest + 1,
            by=by,
            act=act,
            facts=dict(facts or {}),
            words_version=words_version,
            reason=reason,
        )
    )
