"""A case is referred to the MARAC, read by its coordinators, and left out where it does not belong there."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import existing, session, today
from portal.marac.models import CaseState, MaracCase
from portal.partnership.file import current_partnership
from portal.small_counts import month_after
from portal.vault import keyholders, meetings, sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

REFERRAL = "marac.referral/1"
MAX_TITLE, MAX_REASON = 120, 4_000
PAD = 16 * 1024


@dataclass(frozen=True)
class Referral:
    """What its officer wrote; `ground` is the law's reason where the person did not agree, `why` their words on it."""

    title: str
    reason: str
    criteria: tuple[str, ...]
    risk: str
    agreed: bool
    ground: str = ""
    why: str = ""
    by: str = ""
    not_taken: str = ""
    """Why the coordinator left it out."""


@dataclass(frozen=True)
class OpenCase:
    """A case that has been opened; nothing is known of a damaged one's words."""

    row: MaracCase
    referral: Referral | None
    key: bytes


class Settled(Exception):
    """Somebody else has decided about this case in the meantime."""


def was_referred(report_ids: Collection[uuid.UUID], day: date) -> bool:
    """Whether one of these reports was referred within the months of a repeat before this day."""
    since = _earliest(day)
    asked = select(func.count()).where(MaracCase.report_id.in_(list(report_ids)), MaracCase.referred_on >= since)
    return bool(session.scalar(asked))


def _earliest(day: date) -> date:
    """The same day so many months ago; of a day that month has not, its last."""
    first = month_after(day.replace(day=1), -current_partnership().marac.repeat_months)
    last = month_after(first) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def refer(
    db: Session,
    referral: Referral,
    once: uuid.UUID,
    report_id: uuid.UUID | None = None,
    *,
    is_repeat: bool,
    on: date | None = None,
) -> MaracCase:
    """Inside the caller's transaction; the same `once` is referred once. The coordinators' team must be there."""
    known = db.get(MaracCase, once)
    if known is not None:
        return known
    key = sealing.new_key()
    row = MaracCase(
        id=once,
        report_id=report_id,
        state=CaseState.WAITING,
        referred_on=on or today(),
        is_repeat=is_repeat,
        risk_before=referral.risk,
        sealed=_seal(referral, key, once),
    )
    db.add(row)
    keyholders.grant(db, once, key, [meetings.RECORD_TEAM])
    db.flush()
    return row


def leave_out(db: Session, case_id: uuid.UUID, held: Keyring, why: str) -> None:
    """The coordinator does not take it, inside the caller's transaction. Raises Settled, NotThere."""
    row = existing(db, MaracCase, case_id, with_for_update=True)
    found = _opened(row, keyholders.content_keys(held, [case_id]))
    if row.state is not CaseState.WAITING or found is None or found.referral is None:
        raise Settled
    row.state, row.review_on = CaseState.LEFT_OUT, None
    row.sealed = _seal(Referral(**vars(found.referral) | {"not_taken": why}), found.key, row.id)


def find_case(case_id: uuid.UUID, held: Keyring) -> OpenCase | None:
    """The case, or None where there is none that this keyring opens."""
    row = session.get(MaracCase, case_id)
    return _opened(row, keyholders.content_keys(held, [case_id])) if row is not None else None


def waiting_cases(held: Keyring) -> list[OpenCase]:
    """Those on no agenda, the one that waits longest first."""
    waiting = select(MaracCase).where(MaracCase.state == CaseState.WAITING)
    return open_cases(list(session.scalars(waiting.order_by(MaracCase.referred_on, MaracCase.id))), held)


def open_cases(rows: Collection[MaracCase], held: Keyring) -> list[OpenCase]:
    """Those of these that the keyring opens."""
    keys = keyholders.content_keys(held, [row.id for row in rows])
    return [found for row in rows if (found := _opened(row, keys)) is not None]


def cases_of(report_id: uuid.UUID) -> list[MaracCase]:
    """What was referred of this report, as rows whose words stay closed: the newest first."""
    theirs = select(MaracCase).where(MaracCase.report_id == report_id)
    return list(session.scalars(theirs.order_by(MaracCase.referred_on.desc(), MaracCase.id)))


def _seal(referral: Referral, key: bytes, case_id: uuid.UUID) -> bytes:
    return sealing.seal(vars(referral) | {"criteria": list(referral.criteria)}, key, case_id, REFERRAL, case_id, PAD)


def _opened(row: MaracCase, keys: dict[uuid.UUID, bytes]) -> OpenCase | None:
    key = keys.get(row.id)
    if key is None:
        return None
    try:
        content: dict[str, Any] = sealing.unseal(row.sealed, key, REFERRAL, row.id)
    except SealError:
        return OpenCase(row, None, key)
    del content["is"]
    return OpenCase(row, Referral(**content | {"criteria": tuple(content["criteria"])}), key)
