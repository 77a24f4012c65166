"""Someone saves what they answered and comes back: sealed under a code that only they have, found by nothing else."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import disk
from portal.db import random_id, session, today, transaction
from portal.partnership.file import current_partnership
from portal.surveys.models import SavedAnswers
from portal.vault import receipts, sealing
from portal.vault.drafts import Draft, Purpose, find_draft, new_draft
from portal.vault.keyholders import find_vault
from portal.vault.receipts import ReceiptKeys

DIGITS = 12
# A draft that was opened on the last day may be sent on the next: until then a copy that is gone was used by another.
GRACE = timedelta(days=1)
SHOWN_FOR = timedelta(minutes=15)
USE = "saved survey"
LABEL = "survey.saved/1"
# Whoever wrote much and whoever wrote nothing look alike as long as they are kept.
PAD = 16 * 1024
MAX_ATTEMPTS = 3
# What of a draft is saved: not its token, so that nothing leads from a saved copy to what is sent later.
SAVED = ("survey", "wave", "version", "batch", "occasion", "answers", "typed", "at", "left")


def kept_for() -> timedelta:
    """For so long they can come back."""
    return timedelta(days=current_partnership().retention.saved_answers_days)


class SentElsewhere(Exception):
    """The saved answers that this draft came from were sent from another device or window, or deleted there."""


def save_answers(token: str) -> Draft | None:
    """Seal the draft's answers under its code, new or the one they came back with; the draft then holds that code alone.

    None where the draft has ended; one that was sent or saved before is given back as it is. Raises SentElsewhere.
    """
    for attempt in range(MAX_ATTEMPTS):
        draft = find_draft(token, Purpose.SURVEY)
        if draft is None or is_over(draft):
            return draft
        code = draft.content["copy"]["code"] if "copy" in draft.content else receipts.draw(DIGITS)
        keys = receipts.derive(code, USE)  # before the transaction: it is slow on purpose
        try:
            with transaction() as db:
                draft = find_draft(token, Purpose.SURVEY, lock=True)
                if draft is None or is_over(draft):
                    return draft
                _seal(db, draft.content, keys)
                draft.content = {name: draft.content[name] for name in ("survey", "wave")} | {
                    "saved": {"code": code, "last_day": (today() + kept_for()).isoformat()}
                }
                draft.save(db, SHOWN_FOR)
        except IntegrityError:
            # Someone has drawn this very code: draw another.
            if attempt == MAX_ATTEMPTS - 1:
                raise
        else:
            return draft
    return None


def is_over(draft: Draft) -> bool:
    """Whether it holds no answers any more: they were sent, or saved under a code."""
    return bool({"sent", "saved"} & draft.content.keys())


def _seal(db: Session, content: dict[str, Any], keys: ReceiptKeys) -> None:
    row_id = _row_id(keys)
    kept = {name: content[name] for name in SAVED if name in content}
    sealed = sealing.seal(kept, keys.key, row_id, LABEL, row_id, PAD)
    row = db.get(SavedAnswers, row_id, with_for_update=True) if "copy" in content else None
    if row is not None:
        row.sealed, row.last_day = sealed, today() + kept_for()
        return
    _must_have_expired(content)
    db.add(SavedAnswers(id=row_id, sealed=sealed, last_day=today() + kept_for()))


def open_saved(code: str) -> Draft | None:
    """A draft of the answers that were saved under this code; None where it opens nothing. Raises SealError, NoRoom.

    What was never there, has expired or was sent is told alike. The draft is a response of its own: its id is new.
    """
    if find_vault() is None:
        return None
    keys = receipts.derive(code, USE)
    row = session.get(SavedAnswers, _row_id(keys))
    if row is None or row.last_day < today():
        return None
    disk.check_room_for_draft()
    content = sealing.unseal(row.sealed, keys.key, LABEL, row.id)
    copy = {"code": code, "id": row.id.hex, "last_day": row.last_day.isoformat()}
    kept = {name: content[name] for name in SAVED if name in content}
    draft = new_draft(Purpose.SURVEY, kept | {"token": random_id().hex, "copy": copy})
    with transaction(durable=False) as db:
        draft.save(db)
    return draft


def delete_copy(db: Session, content: dict[str, Any]) -> None:
    """What was saved goes as its answers are sent, in the caller's transaction. Raises SentElsewhere."""
    if "copy" not in content:
        return
    row_id = uuid.UUID(content["copy"]["id"])
    if db.scalar(delete(SavedAnswers).where(SavedAnswers.id == row_id).returning(SavedAnswers.id)) is None:
        _must_have_expired(content)


def _must_have_expired(content: dict[str, Any]) -> None:
    """Of a copy that is gone: before its time it can only have been sent."""
    if "copy" in content and today() <= date.fromisoformat(content["copy"]["last_day"]) + GRACE:
        raise SentElsewhere


def count_expired(by: date) -> int:
    """How many are deleted by that day, if nobody comes back to them."""
    return session.scalar(select(func.count()).where(SavedAnswers.last_day < by - GRACE)) or 0


def delete_expired() -> int:
    """Delete what nobody came back to; gives how many."""
    is_over = SavedAnswers.last_day < today() - GRACE
    if session.scalar(select(SavedAnswers.id).where(is_over).limit(1)) is None:
        return 0
    with transaction() as db:
        return len(db.scalars(delete(SavedAnswers).where(is_over).returning(SavedAnswers.id)).all())


def _row_id(keys: ReceiptKeys) -> uuid.UUID:
    return uuid.UUID(bytes=keys.lookup[:16])
