"""Batches of invitations, and how many of each were used and answered: counts only, and no small one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from portal.db import session
from portal.small_counts import LEAST, is_small, rounded
from portal.surveys.looks import shown_of
from portal.surveys.models import Audience, InvitationBatch, InvitationCount, SampleType, Wave


@dataclass(frozen=True)
class Batch:
    """`used` and `sent` to the nearest five, of an open wave as they were when ten more had come; None below ten."""

    row: InvitationBatch
    used: int | None
    sent: int | None

    @property
    def percent(self) -> int | None:
        """How many of the cards led to answers, as far as it may be told."""
        return None if self.sent is None else min(100, round(100 * self.sent / self.row.made))


def batches_of(wave: Wave) -> list[Batch]:
    """A wave's batches, the newest first."""
    rows = session.execute(
        select(InvitationBatch, InvitationCount)
        .join(InvitationCount, InvitationCount.batch_id == InvitationBatch.id)
        .where(InvitationBatch.wave_id == wave.id)
        .order_by(InvitationBatch.number.desc())
    ).all()
    return [
        Batch(
            row,
            _shown(wave, f"cards {row.number} used", count.used),
            _shown(wave, f"cards {row.number} sent", count.sent),
        )
        for row, count in rows
    ]


# Cards went to whole streets or groups: people of one are alike, and nobody drew them one by one.
INVITED_TOGETHER = "invited_together"


def sample_of(wave: Wave) -> str:
    """How its people came to answer, as a release tells it: `SampleType`, or `INVITED_TOGETHER`.

    Cards that were withdrawn count where the answers to them do: where staff are shown how many there are.
    """
    if wave.sample_type is not SampleType.INVITED:
        return wave.sample_type.value
    together = session.scalar(
        select(InvitationBatch.id)
        .join(InvitationCount, InvitationCount.batch_id == InvitationBatch.id)
        .where(
            InvitationBatch.wave_id == wave.id,
            InvitationBatch.audience != Audience.LIST,
            or_(InvitationBatch.is_withdrawn.is_(False), InvitationCount.sent >= LEAST),
        )
        .limit(1)
    )
    return wave.sample_type.value if together is None else INVITED_TOGETHER


def _shown(wave: Wave, part: str, count: int) -> int | None:
    if wave.answered is not None:
        return None if is_small(count) else rounded(count)
    # Else a number that moves from one look to the next would tell that a home of this batch has answered in between.
    kept = shown_of(wave.id, part, count, lambda: (count, {"number": rounded(count)}))
    return kept["number"] if kept is not None else None


def count_used(db: Session, batch_id: uuid.UUID) -> None:
    _count(db, batch_id, {InvitationCount.used: InvitationCount.used + 1})


def count_sent(db: Session, content: dict[str, Any]) -> None:
    """Count the answers of a draft that an invitation began, in the caller's transaction."""
    if "batch" in content:
        _count(db, uuid.UUID(content["batch"]), {InvitationCount.sent: InvitationCount.sent + 1})


def _count(db: Session, batch_id: uuid.UUID, one_more: Any) -> None:
    db.execute(update(InvitationCount).where(InvitationCount.batch_id == batch_id).values(one_more))
