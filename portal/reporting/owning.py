"""Whose case a report is: taken, handed to a colleague, put back, and nobody's once its owner cannot open it any more."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from portal.db import session
from portal.reporting.case_models import CaseTask, EarlierOwner
from portal.reporting.deletions import lock_for_work
from portal.reporting.models import Report
from portal.reporting.notes import NoteKind, add_note
from portal.vault.keyholders import Grant, Membership


def is_owner(db: Session, report_id: uuid.UUID, staff_id: uuid.UUID | None) -> bool:
    return db.scalar(select(Report.assignee_id).where(Report.id == report_id)) == staff_id


def who_worked_on(report_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """The accounts whose case any of these reports is, or was before, and those that have or had a task in it."""
    now = select(Report.assignee_id).where(Report.id.in_(report_ids), Report.assignee_id.is_not(None))
    before = select(EarlierOwner.staff_id).where(EarlierOwner.report_id.in_(report_ids))
    by_task = select(CaseTask.owner_id).where(CaseTask.report_id.in_(report_ids))
    return set(session.scalars(now.union(before, by_task)))


def hand_on(db: Session, report: Report, to_id: uuid.UUID | None) -> None:
    """Another owner, or none, inside the caller's transaction, which has locked the report; whose it was stays known."""
    if report.assignee_id not in (None, to_id):
        db.merge(EarlierOwner(report_id=report.id, staff_id=report.assignee_id))
    report.assignee_id = to_id


def give_to(
    db: Session, report_id: uuid.UUID, key: bytes, to_id: uuid.UUID | None, to: str, text: str, by: str
) -> None:
    """Another owner, or none, with a note for them, inside the caller's transaction. Raises WorkHasStopped, NotThere."""
    report = lock_for_work(db, report_id)
    hand_on(db, report, to_id)
    add_note(db, report_id, key, NoteKind.HAND_OVER, text, by, to=to, to_id=to_id)


def release_unreadable(db: Session, staff_id: uuid.UUID, member_id: uuid.UUID) -> None:
    """Of someone who has left a team, inside the caller's transaction: what they cannot open any more is nobody's."""
    opened = (
        select(Grant.content_id)
        .join(Membership, Membership.keyholder_id == Grant.keyholder_id)
        .where(Membership.member_id == member_id)
    )
    _release(db, staff_id, Report.id.not_in(opened))


def release_all(db: Session, staff_ids: Sequence[uuid.UUID]) -> None:
    """What these had is nobody's, inside the caller's transaction."""
    for staff_id in staff_ids:
        _release(db, staff_id)


def _release(db: Session, staff_id: uuid.UUID, *which: ColumnElement[bool]) -> None:
    theirs = update(Report).where(Report.assignee_id == staff_id, *which).values(assignee_id=None).returning(Report.id)
    released = set(db.scalars(theirs.execution_options(synchronize_session=False)))
    known = set(db.scalars(select(EarlierOwner.report_id).where(EarlierOwner.staff_id == staff_id)))
    db.add_all(EarlierOwner(report_id=one, staff_id=staff_id) for one in released - known)
