"""Editors trust a group: it is given a number, and what it sends with that number is public before an editor looks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from portal.config import secrets
from portal.db import existing, session, today
from portal.events.services import ChangedMeanwhile
from portal.events.trusted_models import TrustedGroup
from portal.vault import receipts, sealing

# Trust is given for a year at most, and then looked at again.
LONGEST = timedelta(days=366)
ENDS_SOON = timedelta(days=30)
# Why a group was trusted, and by whom, can be asked for as long after the trust ended.
KEPT_DAYS = 365
MOST = 500


@dataclass(frozen=True)
class GroupNumber:
    """A number as it is shown once, and what finds the group by it."""

    digits: str
    lookup: bytes


def draw_number(once: uuid.UUID) -> GroupNumber:
    """The number that this page gives: the same page sent twice gives one number. Outside a transaction: it is slow."""
    digits = receipts.digits_of(sealing.derive(secrets().pepper, "trusted group", once.bytes))
    return GroupNumber(digits, _lookup(digits))


def _lookup(digits: str) -> bytes:
    return receipts.derive(digits, "trusted group").lookup


def find_by_number(digits: str) -> TrustedGroup | None:
    """The group that has this number and is trusted today; an unknown number and an ended trust are alike."""
    found = session.scalar(select(TrustedGroup).where(TrustedGroup.lookup == _lookup(digits)))
    return found if found is not None and found.is_trusted else None


def find_group(group_id: uuid.UUID | None) -> TrustedGroup | None:
    return session.get(TrustedGroup, group_id) if group_id else None


def listed_groups() -> list[TrustedGroup]:
    """Those that are trusted first, in the order in which their trust ends."""
    order = (TrustedGroup.ended_on.is_not(None), TrustedGroup.until < today(), TrustedGroup.until, TrustedGroup.name)
    return list(session.scalars(select(TrustedGroup).order_by(*order, TrustedGroup.id).limit(MOST)))


def count_ending_soon() -> int:
    """Trust that an editor may want to renew."""
    is_soon = TrustedGroup.until.between(today(), today() + ENDS_SOON)
    asked = select(func.count()).select_from(TrustedGroup).where(TrustedGroup.ended_on.is_(None), is_soon)
    return session.scalar(asked) or 0


def trust(db: Session, number: GroupNumber, name: str, reason: str, until: date, by: str) -> tuple[uuid.UUID, bool]:
    """Gives the group, and False where this page was sent before: nothing is stored twice."""
    before = db.scalar(select(TrustedGroup).where(TrustedGroup.lookup == number.lookup))
    if before is not None:
        return before.id, False
    group = TrustedGroup(lookup=number.lookup, name=name, reason=reason, until=until, given_by=by)
    db.add(group)
    db.flush()
    return group.id, True


def renew(db: Session, group_id: uuid.UUID, seen: int | None, reason: str, until: date, by: str) -> None:
    """Trusted again until that day, also where it had been taken back. Raises ChangedMeanwhile."""
    group = _locked(db, group_id, seen)
    group.reason, group.until, group.given_by, group.given_on, group.ended_on = reason, until, by, today(), None
    group.sequence += 1


def give_number(db: Session, group_id: uuid.UUID, seen: int | None, number: GroupNumber) -> bool:
    """Whatever number it had before lets nothing through any more; False where this page was sent before.

    Raises ChangedMeanwhile.
    """
    group = existing(db, TrustedGroup, group_id, with_for_update=True)
    if group.lookup == number.lookup:
        return False
    group = _locked(db, group_id, seen)
    group.lookup, group.number_on = number.lookup, today()
    group.sequence += 1
    return True


def take_back(db: Session, group_id: uuid.UUID) -> bool:
    """From now on its number lets nothing through; what is public stays. False where that was so already."""
    group = existing(db, TrustedGroup, group_id, with_for_update=True)
    if not group.is_trusted:
        return False
    group.ended_on = today()
    group.sequence += 1
    return True


def _locked(db: Session, group_id: uuid.UUID, seen: int | None) -> TrustedGroup:
    group = existing(db, TrustedGroup, group_id, with_for_update=True)
    if group.sequence != seen:
        raise ChangedMeanwhile
    return group


def sweep_groups(db: Session) -> None:
    """A group that has not been trusted for a year is forgotten."""
    long_ago = today() - timedelta(days=KEPT_DAYS)
    db.execute(delete(TrustedGroup).where(or_(TrustedGroup.until < long_ago, TrustedGroup.ended_on < long_ago)))
