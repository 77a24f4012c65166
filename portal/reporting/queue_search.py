"""Looking for words in what was written: opened in memory, newest reports first, so many at a time; nothing is kept of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from portal.db import session
from portal.reporting.models import Report
from portal.reporting.queue_facts import batches
from portal.reporting.texts import Where, all_texts, folded
from portal.vault.keyholders import Grant, Keyring

# Reports that one search opens; the next goes on behind them. About a millisecond each, more with long conversations.
OPENED_AT_ONCE = 300
MAX_TYPED = 100


@dataclass(frozen=True)
class Searched:
    """What was found: by report in which of its texts, the newest first."""

    found: dict[uuid.UUID, list[Where]]
    looked_at: int
    back_to: date | None
    """The day on which the last that was looked at came; None where there was none."""
    after: str
    """Where the next search goes on; empty where all were looked at."""


def find_reference(held: Keyring, reference: str) -> tuple[uuid.UUID, bool] | None:
    """The report that has it, and whether this keyring may open it."""
    granted = exists().where(Grant.content_id == Report.id, Grant.keyholder_id.in_(list(held.keys)))
    row = session.execute(select(Report.id, granted).where(Report.reference == reference)).first()
    return (row[0], bool(row[1])) if row else None


def search(held: Keyring, typed: str, after: str = "") -> Searched:
    """The reports in whose texts each of these words stands, as a part of a word too; `after` as an earlier search gave it."""
    words = folded(typed[:MAX_TYPED]).split()
    rows = session.execute(_newest(held, after)).all() if words else []
    ids = [row.id for row in rows]
    found: dict[uuid.UUID, list[Where]] = {}
    for some in batches(ids):
        texts = all_texts(held, some)
        for one in some:
            found |= _in_texts(one, texts.get(one, []), words)
    last = rows[-1] if rows else None
    goes_on = f"{last.received_on.isoformat()}.{last.id.hex}" if last and len(rows) == OPENED_AT_ONCE else ""
    return Searched(found, len(rows), last.received_on if last else None, goes_on)


def _in_texts(one: uuid.UUID, texts: list[Any], words: list[str]) -> dict[uuid.UUID, list[Where]]:
    compared = [(text.where, folded(text.words)) for text in texts]
    if not all(any(word in text for _where, text in compared) for word in words):
        return {}
    return {one: list(dict.fromkeys(where for where, text in compared if any(word in text for word in words)))}


def _newest(held: Keyring, after: str) -> Any:
    granted = exists().where(Grant.content_id == Report.id, Grant.keyholder_id.in_(list(held.keys)))
    rows = select(Report.id, Report.received_on).where(granted)
    if (before := _behind(after)) is not None:
        rows = rows.where(before)
    return rows.order_by(Report.received_on.desc(), Report.id).limit(OPENED_AT_ONCE)


def _behind(after: str) -> ColumnElement[bool] | None:
    """None, which is from the beginning, for whatever no search gave."""
    day, _dot, report_id = after.partition(".")
    try:
        received_on, last = date.fromisoformat(day), uuid.UUID(report_id)
    except ValueError:
        return None
    return or_(Report.received_on < received_on, and_(Report.received_on == received_on, Report.id > last))
