"""What the applicant wants the panel to know before it meets: in their own words, kept as they came."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.case_review import panel_sealing
from portal.case_review.panel_models import PanelWords
from portal.case_review.panel_records import lock_panel
from portal.case_review.panel_rules import CannotDo, Obstacle
from portal.case_review.panel_sealing import LONG_PAD, PanelKeys
from portal.db import session, today

LABEL = "panel_words"
# More is a conversation, and belongs into the messages.
MOST = 20


@dataclass(frozen=True)
class Statement:
    text: str | None
    """None where it is damaged."""
    language: str
    on: date | None
    by: str
    """Of staff who took it down; empty where the applicant wrote it."""


def add_statement(
    db: Session, review_id: uuid.UUID, keys: PanelKeys, text: str, language: str, once: uuid.UUID, *, by: str = ""
) -> None:
    """Inside the caller's transaction; the same `once` is kept once. Raises CannotDo, NotThere."""
    _review, panel = lock_panel(db, review_id)
    if panel.held_on is not None:
        raise CannotDo(Obstacle.HELD)
    if db.get(PanelWords, once) is not None:
        return
    last = db.scalar(select(func.max(PanelWords.position)).where(PanelWords.review_id == review_id)) or 0
    if last >= MOST:
        raise CannotDo(Obstacle.TOO_MUCH)
    said = {"text": text, "language": language, "on": today().isoformat(), "by": by}
    sealed = panel_sealing.seal(said, keys.shared, LABEL, once, review_id, LONG_PAD)
    db.add(PanelWords(id=once, review_id=review_id, position=last + 1, sealed=sealed))


def statements_of(review_id: uuid.UUID, keys: PanelKeys) -> list[Statement]:
    """In the order in which they came."""
    rows = session.scalars(select(PanelWords).where(PanelWords.review_id == review_id).order_by(PanelWords.position))
    return [_opened(row, keys) for row in rows]


def _opened(row: PanelWords, keys: PanelKeys) -> Statement:
    said = panel_sealing.opened(row.sealed, keys.shared, LABEL, row.id)
    if said is None:
        return Statement(None, "", None, "")
    return Statement(said["text"], said["language"], date.fromisoformat(said["on"]), said["by"])
