"""What a person translated of a report's first words or of a message: sealed as its original is, which it never replaces."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import existing, session, today
from portal.reporting.conversations import LONG_TEXT_PAD
from portal.reporting.deletions import lock_for_work
from portal.reporting.models import Author, Report, Translation
from portal.reporting.nudges import mark_due
from portal.vault import sealing
from portal.vault.sealing import SealError

TRANSLATION = "report.translation/1"


@dataclass(frozen=True)
class Original:
    """What may be translated: a message, or (no message) the report's first words; and the key both are sealed under."""

    report_id: uuid.UUID
    message_id: uuid.UUID | None
    author: Author
    text: str
    language: str
    key_id: uuid.UUID
    key: bytes


@dataclass(frozen=True)
class OpenTranslation:
    """A translation that has been opened."""

    text: str | None
    """None where it is damaged."""
    language: str
    made_on: date
    by: str


Translations = dict[uuid.UUID | None, list[OpenTranslation]]


def translations_of(report_id: uuid.UUID, conversation_key: bytes, report_key: bytes | None = None) -> Translations:
    """By message, the newest first; those of the first words by None, for whoever has the report's key.

    Whoever comes with the receipt has only the conversation's.
    """
    rows = select(Translation).where(Translation.report_id == report_id).order_by(Translation.position.desc())
    found: Translations = {}
    for row in session.scalars(rows):
        key = conversation_key if row.message_id else report_key
        if key is None:
            continue
        try:
            content = sealing.unseal(row.sealed, key, TRANSLATION, row.id)
        except SealError:
            content = {"text": None, "by": ""}
        opened = OpenTranslation(content["text"], row.language, row.made_on, content["by"])
        found.setdefault(row.message_id, []).append(opened)
    return found


def add_translation(db: Session, original: Original, text: str, language: str, once: uuid.UUID, by: str) -> None:
    """Inside the caller's transaction; the same `once` is stored once.

    What a reporter wrote may be translated, to be understood, even when they stopped all work; what was written to them
    may not: it would reach them, and is news. Raises WorkHasStopped, NotThere.
    """
    if original.author is Author.OFFICER:
        lock_for_work(db, original.report_id)
    else:
        existing(db, Report, original.report_id, with_for_update=True)
    if db.get(Translation, once) is not None:
        return
    last = db.scalar(select(func.max(Translation.position)).where(Translation.report_id == original.report_id)) or 0
    row = Translation(id=once, position=last + 1, language=language, made_on=today())
    seal_translation(db, row, original, text, by)
    if original.author is Author.OFFICER:
        mark_due(db, original.report_id)


def seal_translation(db: Session, row: Translation, original: Original, text: str, by: str) -> None:
    """Seal the text into the row as its original is sealed, inside the caller's transaction."""
    row.report_id, row.message_id = original.report_id, original.message_id
    content = {"text": text, "by": by}
    row.sealed = sealing.seal(content, original.key, original.key_id, TRANSLATION, row.id, LONG_TEXT_PAD)
    db.add(row)
