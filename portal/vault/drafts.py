"""What a resident has typed, sealed under a key that only their cookie holds, until it is sent or an hour has passed."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.config import secrets
from portal.db import UNORDERED, Base, Word, session, transaction, utcnow
from portal.statements import reading
from portal.vault import sealing
from portal.vault.sealing import SealError

IDLE = timedelta(minutes=60)
TOKEN_SIZE = 32
# Bytes of drafts that are deleted in one transaction; none holds less than one, so this bounds their number too.
SWEPT_AT_ONCE = 512 * 1024


class Purpose(enum.StrEnum):
    REPORT = "report"
    COME_BACK = "come_back"
    SURVEY = "survey"
    EQUALITY = "equality"
    """Nothing that was typed: the right to answer the equality questions once."""
    PROPOSAL = "proposal"
    """Which event that a group proposed its code has opened."""
    HELP = "help"
    """Which request for help at an event its number has opened."""
    CASE_REVIEW = "case_review"
    """What somebody who asks for a case review has written so far."""
    CASE_REVIEW_VISIT = "case_review_visit"
    """Which case review its number has opened."""


class SealedDraft(Base):
    """One draft. Its id says nothing: it is derived from the cookie's token and the installation's pepper."""

    __tablename__ = "draft"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(Word(Purpose))
    sealed: Mapped[bytes]
    ends_at: Mapped[datetime]


# Every page of a journey reads its draft and half of them write it: these are built once, and no mapped object is made.
_TABLE = Base.metadata.tables[SealedDraft.__tablename__]
_THIS = _TABLE.c.id == bindparam("row_id")
_READ = select(_TABLE.c.purpose, _TABLE.c.sealed, _TABLE.c.ends_at).where(_THIS)
_READ_AND_LOCK = _READ.with_for_update()
_END = select(_TABLE.c.purpose, _TABLE.c.ends_at).where(_THIS)
_CHANGE = update(_TABLE).where(_THIS)
_CHANGE_AS_READ = _CHANGE.where(_TABLE.c.sealed == bindparam("read"), _TABLE.c.ends_at >= bindparam("now"))
_ADD = insert(_TABLE)


@dataclass
class Draft:
    """An opened draft: `content` is what was typed so far."""

    token: str
    purpose: Purpose
    place: tuple[uuid.UUID, bytes]
    """The row's id and what it is sealed under: both follow from the token, and are worked out once."""
    content: dict[str, Any]
    stored: bytes = b""
    """As what it was last read or saved; empty where it is new."""

    @property
    def row_id(self) -> uuid.UUID:
        return self.place[0]

    def save(self, db: Session, idle: timedelta = IDLE) -> None:
        """Store the content inside the caller's transaction; it then lives `idle` longer."""
        sealed = self.seal()
        kept = {"sealed": sealed, "ends_at": utcnow() + idle}
        if self.stored:
            db.connection().execute(_CHANGE, {"row_id": self.row_id} | kept)
        else:
            db.connection().execute(_ADD, {"id": self.row_id, "purpose": self.purpose} | kept)
        self.stored = sealed

    def seal(self) -> bytes:
        """The content as it is stored."""
        row_id, key = self.place
        return sealing.seal(self.content, key, row_id, _label(self.purpose), row_id, pad_to=1024)

    def store_over(self, db: Connection, sealed: bytes, idle: timedelta) -> bool:
        """Store what `seal` gave in the place of what was read, inside the caller's transaction.

        False, and nothing is stored, where another window stored something meanwhile or the draft has ended.
        """
        now = utcnow()
        given = {"row_id": self.row_id, "read": self.stored, "now": now, "sealed": sealed, "ends_at": now + idle}
        if db.execute(_CHANGE_AS_READ, given).rowcount == 0:
            return False
        self.stored = sealed
        return True


def new_draft(purpose: Purpose, content: dict[str, Any]) -> Draft:
    """A draft that exists once it is saved."""
    token = token_urlsafe(TOKEN_SIZE)
    return Draft(token, purpose, _id_and_key(token), content)


def find_draft(token: str | None, purpose: Purpose, *, lock: bool = False) -> Draft | None:
    """The draft of this cookie, or None where there is none, its hour has passed or it is damaged."""
    if not token:
        return None
    row_id, key = place = _id_and_key(token)
    row = reading().execute(_READ_AND_LOCK if lock else _READ, {"row_id": row_id}).one_or_none()
    if row is None or row.purpose is not purpose or row.ends_at < utcnow():
        return None
    try:
        return Draft(token, purpose, place, sealing.unseal(row.sealed, key, _label(purpose), row_id), row.sealed)
    except SealError:
        return None


def end_of(token: str | None, purpose: Purpose) -> datetime | None:
    """When this cookie's draft ends, as it was last used; None where there is none or its hour has passed."""
    if not token:
        return None
    row = reading().execute(_END, {"row_id": _row_id(token)}).one_or_none()
    return row.ends_at if row is not None and row.purpose is purpose and row.ends_at >= utcnow() else None


def renew(db: Session, draft: Draft) -> None:
    """It lives an hour from now inside the caller's transaction, and never shorter than it would have."""
    until = utcnow() + IDLE
    db.execute(
        update(SealedDraft).where(SealedDraft.id == draft.row_id, SealedDraft.ends_at < until).values(ends_at=until)
    )


def drop_draft(db: Session, token: str) -> None:
    db.execute(delete(SealedDraft).where(SealedDraft.id == _row_id(token)))


def sweep_drafts() -> None:
    """Delete what has passed its hour, a few at a time; the worker does it every minute.

    SQLite writes each page that it empties to its log first, which must not grow by all that is deleted: the disk may be
    full.
    """
    over = select(_TABLE.c.id, func.length(_TABLE.c.sealed)).where(_TABLE.c.ends_at < utcnow())
    few: list[uuid.UUID] = []
    size = 0
    for row_id, length in session.execute(over).all():
        few.append(row_id)
        size += length
        if size >= SWEPT_AT_ONCE:
            _sweep(few)
            few, size = [], 0
    if few:
        _sweep(few)


def _sweep(ids: list[uuid.UUID]) -> None:
    with transaction() as db:
        # One that was used meanwhile lives on.
        db.execute(delete(SealedDraft).where(SealedDraft.id.in_(ids), SealedDraft.ends_at < utcnow()))


def _label(purpose: Purpose) -> str:
    return f"draft.{purpose}/1"


def _row_id(token: str) -> uuid.UUID:
    return uuid.UUID(bytes=sealing.derive(secrets().pepper, "draft id", token.encode())[:16])


def _id_and_key(token: str) -> tuple[uuid.UUID, bytes]:
    return _row_id(token), sealing.derive(secrets().pepper, "draft key", token.encode())
