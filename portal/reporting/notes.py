"""A report's record: notes, hand-overs, states and judgements, sealed apart from what its reporter wrote, never overwritten."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import LOCAL_TIME, existing, random_id, session, utcnow
from portal.reporting.case_models import CaseNote
from portal.reporting.models import Report
from portal.vault import sealing
from portal.vault.sealing import SealError

NOTE = "report.case_note/1"
MAX_NOTE = 4_000
# What 4,000 characters of any script take: a long note and a state are one length.
NOTE_PAD = 16 * 1024


class NoteKind(enum.StrEnum):
    NOTE = "note"
    HAND_OVER = "hand_over"
    STATE = "state"
    JUDGEMENT = "judgement"
    HOLD = "hold"
    """Placed, or looked at again; `to` is the day of its next review."""
    HOLD_ENDED = "hold_ended"


@dataclass(frozen=True)
class Note:
    """An entry that has been opened."""

    id: uuid.UUID
    kind: NoteKind
    text: str | None
    """None where it is damaged: nothing else of it is known then."""
    by: str
    at: datetime | None
    to: str
    """The new owner's display name, the state or the band; empty where a case was put back, and of a note."""
    to_id: uuid.UUID | None
    """The new owner."""

    @property
    def on(self) -> date | None:
        return self.at.astimezone(LOCAL_TIME).date() if self.at else None


def add_note(
    db: Session,
    report_id: uuid.UUID,
    key: bytes,
    kind: NoteKind,
    text: str,
    by: str,
    *,
    once: uuid.UUID | None = None,
    to: str = "",
    to_id: uuid.UUID | None = None,
    at: datetime | None = None,
) -> None:
    """Inside the caller's transaction; the same `once` is kept once. `at` is when, if not now. Raises NotThere.

    Also where its reporter stopped all work: why something was done or not done is written down then most of all.
    """
    # The report's row is the line in which two writers number their entries.
    existing(db, Report, report_id, with_for_update=True)
    if once is not None and db.get(CaseNote, once) is not None:
        return
    last = db.scalar(select(func.max(CaseNote.position)).where(CaseNote.report_id == report_id)) or 0
    row = CaseNote(id=once or random_id(), report_id=report_id, position=last + 1)
    content = {
        "kind": kind.value,
        "text": text,
        "by": by,
        "at": (at or utcnow()).isoformat(timespec="seconds"),
        "to": to,
        "to_id": to_id.hex if to_id else "",
    }
    row.sealed = sealing.seal(content, key, report_id, NOTE, row.id, NOTE_PAD)
    db.add(row)


def has_note(db: Session, note_id: uuid.UUID) -> bool:
    return db.get(CaseNote, note_id) is not None


def notes_of(report_id: uuid.UUID, key: bytes) -> list[Note]:
    """The whole record, oldest first; one that is damaged hides no other."""
    rows = session.scalars(select(CaseNote).where(CaseNote.report_id == report_id).order_by(CaseNote.position))
    return [_opened(row, key) for row in rows]


def _opened(row: CaseNote, key: bytes) -> Note:
    try:
        content: dict[str, Any] = sealing.unseal(row.sealed, key, NOTE, row.id)
    except SealError:
        return Note(row.id, NoteKind.NOTE, None, "", None, "", None)
    return Note(
        row.id,
        NoteKind(content["kind"]),
        content["text"],
        content["by"],
        datetime.fromisoformat(content["at"]),
        content["to"],
        uuid.UUID(content["to_id"]) if content["to_id"] else None,
    )
