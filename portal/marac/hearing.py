"""One case at one meeting: what each agency knows, the minutes in their versions, and how high the risk is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import existing, random_id, session, today
from portal.marac.models import MaracItem, MaracKnowledge, MaracMinutes
from portal.marac.referring import OpenCase, open_cases
from portal.marac.tables import NotPossible, case_rows, find_meeting, lock_open
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

KNOWLEDGE, MINUTES = "marac.knowledge/1", "marac.minutes/1"
MAX_KNOWLEDGE, MAX_DISCUSSION, MAX_WHY = 6_000, 8_000, 500
PAD = 32 * 1024


@dataclass(frozen=True)
class Knowledge:
    """What an agency said; `text` is None where it is damaged."""

    agency: str
    text: str | None
    by: str
    on: date
    mark: str
    """Another one after each writing."""


@dataclass(frozen=True)
class Version:
    """The minutes of a case in one version; `why` of a later one."""

    number: int
    discussion: str | None
    risk_before: str
    risk_after: str
    by: str
    why: str
    on: date


@dataclass(frozen=True)
class OpenItem:
    """A case on an agenda, opened."""

    row: MaracItem
    case: OpenCase
    knowledge: list[Knowledge]
    versions: list[Version]
    """The newest first."""
    key: bytes

    def said_by(self, agency: str) -> Knowledge | None:
        """What this agency has said so far."""
        return next((one for one in self.knowledge if one.agency == agency), None)


def find_item(item_id: uuid.UUID, held: Keyring) -> OpenItem | None:
    """None where there is none that this keyring opens."""
    row = session.get(MaracItem, item_id)
    key = keyholders.content_keys(held, [item_id]).get(item_id)
    cases = open_cases(case_rows([row.case_id]), held) if row is not None else []
    if row is None or key is None or not cases:
        return None
    known = session.scalars(select(MaracKnowledge).where(MaracKnowledge.item_id == item_id))
    written = session.scalars(
        select(MaracMinutes).where(MaracMinutes.item_id == item_id).order_by(MaracMinutes.number.desc())
    )
    return OpenItem(
        row,
        cases[0],
        sorted((_knowledge(one, key) for one in known), key=lambda one: one.agency),
        [_version(one, key) for one in written],
        key,
    )


def say(db: Session, item: OpenItem, agency: str, text: str, by: str, seen: str = "") -> None:
    """What the agency knows, in place of what it said before, inside the caller's transaction.

    `seen` is the mark of what its writer saw: two of one agency do not write over each other. The same words of the same
    person are there already. Raises Over, NotPossible, NotThere.
    """
    lock_open(db, item.row.meeting_id)
    its = MaracKnowledge.item_id == item.row.id, MaracKnowledge.agency == agency
    row = db.scalar(select(MaracKnowledge).where(*its))
    if (_mark(row.sealed) if row is not None else "") != seen:
        if row is not None and _is_same(row.sealed, item.key, KNOWLEDGE, row.id, text=text, by=by):
            return
        raise NotPossible
    if row is None:
        row = MaracKnowledge(id=random_id(), item_id=item.row.id, agency=agency)
        db.add(row)
    row.written_on = today()
    row.sealed = sealing.seal({"text": text, "by": by}, item.key, item.row.id, KNOWLEDGE, row.id, PAD)


def write_minutes(
    db: Session,
    item: OpenItem,
    discussion: str,
    risks: tuple[str, str],
    review_on: date | None,
    by: str,
    seen: int,
) -> None:
    """As long as nobody has agreed them, in place of what was written before, inside the caller's transaction.

    `seen` is the number of the version that its writer saw: two at once do not write over each other. The same words of
    the same person are there already. Raises Over, NotPossible, NotThere.
    """
    lock_open(db, item.row.meeting_id)
    row = db.scalar(select(MaracMinutes).where(MaracMinutes.item_id == item.row.id))
    if (row.number if row is not None else 0) != seen:
        is_there = row is not None and _is_same(
            row.sealed, item.key, MINUTES, row.id, **_content(discussion, risks, by, "")
        )
        if is_there and existing(db, MaracItem, item.row.id).review_on == review_on:
            return
        raise NotPossible
    if row is None:
        row = MaracMinutes(id=random_id(), item_id=item.row.id, number=0)
        db.add(row)
    # Before they are agreed each saving counts, so that a page that was opened earlier is found out.
    row.number += 1
    _write(db, row, item, discussion, risks, by, "")
    stored = existing(db, MaracItem, item.row.id)
    stored.is_heard, stored.review_on = True, review_on


def correct_minutes(
    db: Session, item: OpenItem, discussion: str, risks: tuple[str, str], by: str, why: str, seen: int
) -> None:
    """A new version, with its reason, once they are agreed; the others stay. Raises NotPossible, NotThere.

    The same one of the same person is there already.
    """
    meeting = find_meeting(item.row.meeting_id)
    existing(db, MaracItem, item.row.id, with_for_update=True)
    newest = select(MaracMinutes).where(MaracMinutes.item_id == item.row.id).order_by(MaracMinutes.number.desc())
    last = db.scalars(newest.limit(1)).first()
    number = last.number if last is not None else 0
    if meeting is None or meeting.agreed_on is None:
        raise NotPossible
    if number != seen:
        if last is not None and _is_same(
            last.sealed, item.key, MINUTES, last.id, **_content(discussion, risks, by, why)
        ):
            return
        raise NotPossible
    row = MaracMinutes(id=random_id(), item_id=item.row.id, number=number + 1)
    db.add(row)
    _write(db, row, item, discussion, risks, by, why)


def _write(
    db: Session, row: MaracMinutes, item: OpenItem, discussion: str, risks: tuple[str, str], by: str, why: str
) -> None:
    row.written_on = today()
    content = _content(discussion, risks, by, why)
    row.sealed = sealing.seal(content, item.key, item.row.id, MINUTES, row.id, PAD)
    stored = existing(db, MaracItem, item.row.id)
    stored.risk_before, stored.risk_after = risks


def _content(discussion: str, risks: tuple[str, str], by: str, why: str) -> dict[str, str]:
    return {"discussion": discussion, "before": risks[0], "after": risks[1], "by": by, "why": why}


def _is_same(sealed: bytes, key: bytes, label: str, row_id: uuid.UUID, **content: str) -> bool:
    """Whether this stands there: a button that was pressed twice is no change by somebody else."""
    found = _opened(sealed, key, label, row_id)
    return all(found.get(name) == words for name, words in content.items())


def _opened(sealed: bytes, key: bytes, label: str, row_id: uuid.UUID) -> dict[str, Any]:
    """Nothing where it is damaged: it hides no other."""
    try:
        return sealing.unseal(sealed, key, label, row_id)
    except SealError:
        return {}


def _knowledge(row: MaracKnowledge, key: bytes) -> Knowledge:
    content = _opened(row.sealed, key, KNOWLEDGE, row.id)
    return Knowledge(row.agency, content.get("text"), content.get("by", ""), row.written_on, _mark(row.sealed))


def _mark(sealed: bytes) -> str:
    return sha256(sealed).hexdigest()[:16]


def _version(row: MaracMinutes, key: bytes) -> Version:
    found = _opened(row.sealed, key, MINUTES, row.id)
    before, after, by, why = (found.get(name, "") for name in ("before", "after", "by", "why"))
    return Version(row.number, found.get("discussion"), before, after, by, why, row.written_on)
