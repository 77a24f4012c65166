"""Whose case a report is: taken, handed to a colleague, put back, and nobody's once its owner cannot open it any more."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.reporting.deletions import lock_for_work
from portal.reporting.models import Report
from portal.reporting.notes import NoteKind, add_note
from portal.vault.keyholders import Grant, Membership


def is_owner(db: Session, report_id: uuid.UUID, staff_id: uuid.UUID | None) -> bool:
    return db.scalar(select(Report.assignee_id).where(Report.id == report_id)) == staff_id


def give_to(
    db: Session, report_id: uuid.UUID, key: bytes, to_id: uuid.UUID | None, to: str, text: str, by: str
) -> None:
    """Another owner, or none, with a note for them, inside the caller's transaction. Raises WorkHasStopped, NotThere."""
    report = lock_for_work(db, report_id)
    report.assignee_id = to_id
    add_note(db, report_id, key, NoteKind.HAND_OVER, text, by, to=to, to_id=to_id)


def release_unreadable(db: Session, staff_id: uuid.UUID, member_id: uuid.UUID) -> None:
    """Of someone who has left a team, inside the caller's transaction: what they cannot open any more is nobody's."""
    opened = (
        select(Grant.content_id)
        .join(Membership, Membership.keyholder_id == Grant.keyholder_id)
        .where(Membership.member_id == member_id)
    )
    db.execute(
        update(Report)
        .where(Report.assignee_id == staff_id, Report.id.not_in(opened))
        .values(assignee_id=None)
        .execution_options(synchronize_session=False)
    )


def release_all(db: Session, staff_ids: Sequence[uuid.UUID]) -> None:
    """What these had is nobody's, inside the caller's transaction."""
    db.execute(
        update(Report)
        .where(Report.assignee_id.in_(staff_ids))
        .values(assignee_id=None)
        .execution_options(synchronize_session=False)
    )
