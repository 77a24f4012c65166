"""The minutes of a panel: written until they are agreed, then never changed; what is to be put right is a new version."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.case_review import panel_sealing
from portal.case_review.panel_members import close_papers
from portal.case_review.panel_models import Minutes
from portal.case_review.panel_records import AFTER, BEFORE, lock_panel
from portal.case_review.panel_rules import CannotDo, Obstacle
from portal.case_review.panel_sealing import PanelKeys
from portal.db import random_id, session, today

LABEL = "panel_minutes"
MAX_MINUTES = 20_000
PAD = 64 * 1024
NEW = ""
"""What a page saw that showed no minutes."""


@dataclass(frozen=True)
class OpenMinutes:
    version: int
    text: str | None
    """None where they are damaged."""
    by: str
    written_on: date | None
    why: str
    """Why there is this version, where it is not the first."""
    agreed_on: date | None
    agreed_by: str
    seen: str
    """What tells these words from any that are written over them."""


def minutes_of(review_id: uuid.UUID, keys: PanelKeys) -> list[OpenMinutes]:
    """Every version, the newest first."""
    rows = session.scalars(select(Minutes).where(Minutes.review_id == review_id).order_by(Minutes.version.desc()))
    return [_opened(row, keys) for row in rows]


def write_minutes(
    db: Session, review_id: uuid.UUID, keys: PanelKeys, *, text: str, by: str, seen: str, why: str = ""
) -> None:
    """Over those that are not agreed yet, or, with a reason, a new version after those that are.

    `seen` is what the page showed. The same words sent again are nothing new. Inside the caller's transaction.
    Raises CannotDo (AGREED where they were agreed and no reason is given, CHANGED where somebody wrote meanwhile), NotThere.
    """
    newest = _lock_newest(db, review_id)
    known = panel_sealing.opened(newest.sealed, keys.papers, LABEL, newest.id) if newest is not None else None
    if known and (known["text"], known["by"]) == (text, by) and why in ("", known["why"]):
        return
    if newest is not None and newest.agreed_on is not None and not why:
        raise CannotDo(Obstacle.AGREED)
    if _seen(newest) != seen:
        raise CannotDo(Obstacle.CHANGED)
    content = {"text": text, "by": by, "on": today().isoformat(), "why": why, "agreed_by": ""}
    if newest is None or newest.agreed_on is not None:
        newest = Minutes(id=random_id(), review_id=review_id, version=newest.version + 1 if newest else 1)
    elif known:
        content["why"] = why or known["why"]
    _seal(newest, keys, content)
    db.add(newest)


def agree_minutes(db: Session, review_id: uuid.UUID, keys: PanelKeys, *, by: str, seen: str) -> None:
    """These words and no others from now on. The members' papers close: the panel's work is done.

    Inside the caller's transaction. Raises CannotDo, NotThere.
    """
    newest = _lock_newest(db, review_id)
    content = panel_sealing.opened(newest.sealed, keys.papers, LABEL, newest.id) if newest is not None else None
    if (
        newest is not None
        and newest.agreed_on is not None
        and content
        and seen in (_seen(newest), content.get("agreed_as"))
    ):
        return
    if newest is None or content is None or _seen(newest) != seen:  # nobody agrees to what nobody can read
        raise CannotDo(Obstacle.CHANGED)
    newest.agreed_on = today()
    # What the page showed on which they were agreed: that page sent again changes nothing.
    _seal(newest, keys, content | {"agreed_by": by, "agreed_as": seen})
    close_papers(db, review_id)


def _lock_newest(db: Session, review_id: uuid.UUID) -> Minutes | None:
    """Raises CannotDo where there was no meeting, NotThere."""
    _review, panel = lock_panel(db, review_id, BEFORE | AFTER)
    if panel.held_on is None:
        raise CannotDo(Obstacle.NOT_HELD)
    newest = select(Minutes).where(Minutes.review_id == review_id).order_by(Minutes.version.desc()).limit(1)
    return db.scalar(newest.with_for_update())


def _seen(row: Minutes | None) -> str:
    return blake2b(row.sealed, digest_size=16).hexdigest() if row is not None else NEW


def _seal(row: Minutes, keys: PanelKeys, content: dict[str, Any]) -> None:
    row.sealed = panel_sealing.seal(content, keys.papers, LABEL, row.id, row.review_id, PAD)


def _opened(row: Minutes, keys: PanelKeys) -> OpenMinutes:
    said = panel_sealing.opened(row.sealed, keys.papers, LABEL, row.id)
    if said is None:
        return OpenMinutes(row.version, None, "", None, "", row.agreed_on, "", _seen(row))
    on = date.fromisoformat(said["on"])
    return OpenMinutes(
        row.version, said["text"], said["by"], on, said["why"], row.agreed_on, said["agreed_by"], _seen(row)
    )
