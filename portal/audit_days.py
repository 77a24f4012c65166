"""What is published of the log: one value a day, from which nobody learns what or how much was done.

Each value holds on to the one before and to the root of a tree over what was added to the log since. The leaves are salted
hashes, filled up to one of few numbers, so that a quiet day looks like a busy one. See docs/audit.md.
"""

from __future__ import annotations

import enum
import hmac
import secrets
from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal import audit, keeper
from portal.audit import Action, AuditEntry, AuditHead
from portal.db import LOCAL_TIME, Base, Word, session

# A tree has at least so many leaves; one of more acts has the next power of two.
FEWEST_LEAVES = 256


class Standing(enum.StrEnum):
    """Whether a day has a value, and why not."""

    DRAWN = "drawn"
    MISSED = keeper.MISSED
    """Nobody was there to draw it: the portal was switched off."""
    RESTORED = keeper.RESTORED
    """A backup was put back: what was published that day, if anything, went with what was put aside."""


class AuditDay(Base):
    """One published day: the log as it was when the day began. Only `day`, `standing` and `value` are shown to everyone."""

    __tablename__ = "audit_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    standing: Mapped[Standing] = mapped_column(Word(Standing))
    last_id: Mapped[int | None]
    head: Mapped[bytes | None]
    salt: Mapped[bytes | None]
    root: Mapped[bytes | None]
    value: Mapped[str | None] = mapped_column(String(64))
    """None where none was drawn."""

    @property
    def shown(self) -> str:
        """As it stands in the list: its value, or why there is none."""
        return self.value or f"none {self.standing.value}"


def drawn_before(day: date) -> AuditDay | None:
    """The newest day before this one that has a value."""
    drawn = select(AuditDay).where(AuditDay.value.is_not(None), AuditDay.day < day)
    return session.scalar(drawn.order_by(AuditDay.day.desc()).limit(1))


def published(today: date, most: int | None = None) -> list[AuditDay]:
    """The days that are public, the newest first. One after today was drawn while the clock was ahead."""
    days = select(AuditDay).where(AuditDay.day <= today).order_by(AuditDay.day.desc()).limit(most)
    return list(session.scalars(days))


def due(today: date) -> list[AuditDay]:
    """What there is to publish: this day, and before it those on which nobody was there; nothing where it is done.

    Apart from the transaction in which it is stored, because a first day may be about a million entries.
    """
    if session.get(AuditDay, today) is not None:
        return []
    newest = session.scalar(select(AuditDay.day).where(AuditDay.day < today).order_by(AuditDay.day.desc()).limit(1))
    before = drawn_before(today)
    restored_on = _restored_since(before)
    found = []
    if newest is not None:
        missed = (newest + timedelta(days=past) for past in range(1, (today - newest).days))
        found = [AuditDay(day=day, standing=_why_none(day, restored_on)) for day in missed]
    if restored_on == today:
        return [*found, AuditDay(day=today, standing=Standing.RESTORED)]
    return [*found, _drawn(today, before)]


def publish(db: Session, found: Collection[AuditDay], today: date) -> bool:
    """Store them inside the caller's transaction; False where another worker was first.

    What was drawn for later days while the clock was ahead goes: else there would be nothing new until those days.
    """
    audit.stand_in_line(db)
    if db.scalar(select(AuditDay.day).where(AuditDay.day == today)) is not None:
        return False
    db.execute(delete(AuditDay).where(AuditDay.day > today))
    db.add_all(found)
    return True


def _restored_since(before: AuditDay | None) -> date | None:
    restored = select(AuditEntry.at).where(AuditEntry.action == Action.RESTORED)
    if before is None or before.last_id is None:
        return None
    at = session.scalar(restored.where(AuditEntry.id > before.last_id).order_by(AuditEntry.at.desc()).limit(1))
    return at.astimezone(LOCAL_TIME).date() if at is not None else None


def _why_none(day: date, restored_on: date | None) -> Standing:
    return Standing.RESTORED if restored_on is not None and day <= restored_on else Standing.MISSED


def _drawn(day: date, before: AuditDay | None) -> AuditDay:
    # The head first: what others append meanwhile comes after it, and into the next day's tree.
    head = session.get_one(AuditHead, 1, populate_existing=True)
    found = AuditDay(
        day=day, standing=Standing.DRAWN, last_id=head.last_id, head=head.hash, salt=secrets.token_bytes(32)
    )
    found.root = tree_of(found, before)[-1][0]
    found.value = keeper.value_of((before.value if before else None) or keeper.BEGINNING, day, found.root)
    return found


def first_id(before: AuditDay | None) -> int:
    """Of the entries that are new in the day after this one."""
    return ((before.last_id if before else None) or 0) + 1


def secret_of(day: AuditDay, place: int) -> bytes:
    """What blinds the leaf at that place: shown with it, it opens no other."""
    assert day.salt is not None, "only of a day that was drawn"
    return hmac.digest(day.salt, place.to_bytes(8, "big"), "sha256")


def tree_of(day: AuditDay, before: AuditDay | None) -> list[list[bytes]]:
    """The tree over the head and what came since `before`: at place 0 the head, then each entry's hash."""
    assert day.head is not None, "only of a day that was drawn"
    since = select(AuditEntry.hash).where(AuditEntry.id >= first_id(before), AuditEntry.id <= day.last_id)
    said = [day.head, *session.scalars(since.order_by(AuditEntry.id))]
    size = max(FEWEST_LEAVES, 1 << (len(said) - 1).bit_length())
    said += [b""] * (size - len(said))
    return keeper.levels([keeper.leaf(secret_of(day, place), each) for place, each in enumerate(said)])
