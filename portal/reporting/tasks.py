"""What is to be done about a report, by whom and by when; and all that one officer has to do."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import existing, session, today
from portal.reporting.case_models import CaseTask
from portal.reporting.deletions import lock_for_work
from portal.reporting.models import Kind, Report, State
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

TASK = "report.case_task/1"
MAX_TASK = 300
TASK_PAD = 2 * 1024


@dataclass(frozen=True)
class Task:
    """A task that has been opened."""

    id: uuid.UUID
    text: str | None
    """None where it is damaged, or sealed to another team."""
    owner_id: uuid.UUID
    due_on: date
    done_on: date | None
    by: str
    """Who wrote it down."""
    added_on: date | None
    done_by: str
    is_ended: bool = False
    """Whether it was not done, but ended when its report was closed, by `done_by`."""

    @property
    def is_overdue(self) -> bool:
        return self.done_on is None and self.due_on < today()

    @property
    def is_for_today(self) -> bool:
        return self.done_on is None and self.due_on == today()


@dataclass(frozen=True)
class MyTask:
    """One of an officer's tasks, with the case that it is about."""

    task: Task
    report_id: uuid.UUID
    reference: str
    kind: Kind
    state: State
    can_open: bool


def add_task(
    db: Session,
    report_id: uuid.UUID,
    key: bytes,
    text: str,
    owner_id: uuid.UUID,
    due_on: date,
    by: str,
    once: uuid.UUID,
    *,
    on: date | None = None,
) -> None:
    """Inside the caller's transaction; the same `once` is kept once. Raises WorkHasStopped, NotThere.

    `on` is the day on which it was written down, if not today.
    """
    lock_for_work(db, report_id)
    if db.get(CaseTask, once) is not None:
        return
    row = CaseTask(id=once, report_id=report_id, owner_id=owner_id, due_on=due_on)
    _seal(row, key, text, by, on or today(), "")
    db.add(row)


def set_done(db: Session, report_id: uuid.UUID, task_id: uuid.UUID, key: bytes, by: str, *, is_done: bool) -> None:
    """Say that it is done, or that it is not after all, inside the caller's transaction. Raises NotThere.

    One that is damaged can be done too, or it would stand on its owner's list for ever; who did it is not known then.
    """
    row = _locked(db, report_id, task_id)
    if row is None or (row.done_on is not None) == is_done:
        return
    row.done_on = today() if is_done else None
    task = _opened(row, key)
    if task.text is not None and task.added_on is not None:
        _seal(row, key, task.text, task.by, task.added_on, by if is_done else "")


def open_task_ids(db: Session, report_id: uuid.UUID) -> set[uuid.UUID]:
    """What is still to be done about this report."""
    still_open = select(CaseTask.id).where(CaseTask.report_id == report_id, CaseTask.done_on.is_(None))
    return set(db.scalars(still_open))


def end_tasks(db: Session, report_id: uuid.UUID, key: bytes, by: str) -> None:
    """What is not done is ended, because the report is closed; inside the caller's transaction, which has locked the report."""
    still_open = select(CaseTask).where(CaseTask.report_id == report_id, CaseTask.done_on.is_(None))
    for row in db.scalars(still_open.with_for_update()):
        row.done_on = today()
        task = _opened(row, key)
        if task.text is not None and task.added_on is not None:
            _seal(row, key, task.text, task.by, task.added_on, by, is_ended=True)


def take_task(db: Session, report_id: uuid.UUID, task_id: uuid.UUID, owner_id: uuid.UUID) -> None:
    """Make it one's own while it is not done, inside the caller's transaction. Raises NotThere."""
    row = _locked(db, report_id, task_id)
    if row is not None and row.done_on is None:
        row.owner_id = owner_id


def tasks_of(report_id: uuid.UUID, key: bytes) -> list[Task]:
    """What is to be done first, by day; then what is done."""
    rows = session.scalars(select(CaseTask).where(CaseTask.report_id == report_id))
    return sorted(
        (_opened(row, key) for row in rows), key=lambda task: (task.done_on is not None, task.due_on, task.id)
    )


def count_open_tasks(owner_ids: Collection[uuid.UUID]) -> int:
    theirs = CaseTask.owner_id.in_(list(owner_ids)), CaseTask.done_on.is_(None)
    return session.scalar(select(func.count()).select_from(CaseTask).where(*theirs)) or 0


def open_tasks(held: Keyring, owner_ids: Collection[uuid.UUID], *, skip: int = 0, most: int = 50) -> list[MyTask]:
    """What these have to do, the earliest day first, across reports; words only of what the keyring opens."""
    rows = session.execute(
        select(CaseTask, Report.reference, Report.kind, Report.state)
        .join(Report, Report.id == CaseTask.report_id)
        .where(CaseTask.owner_id.in_(list(owner_ids)), CaseTask.done_on.is_(None))
        .order_by(CaseTask.due_on, CaseTask.id)
        .offset(skip)
        .limit(most)
    ).all()
    keys = keyholders.content_keys(held, {row.report_id for row, *_rest in rows})
    return [
        MyTask(_opened(row, keys.get(row.report_id)), row.report_id, reference, kind, state, row.report_id in keys)
        for row, reference, kind, state in rows
    ]


def _locked(db: Session, report_id: uuid.UUID, task_id: uuid.UUID) -> CaseTask | None:
    """The report's row first, as everywhere."""
    existing(db, Report, report_id, with_for_update=True)
    row = db.get(CaseTask, task_id, with_for_update=True)
    return row if row is not None and row.report_id == report_id else None


def _seal(
    row: CaseTask, key: bytes, text: str, by: str, added_on: date, done_by: str, *, is_ended: bool = False
) -> None:
    content = {
        "text": text, "by": by, "added_on": added_on.isoformat(), "done_by": done_by, "is_ended": is_ended,
    }  # fmt: skip
    row.sealed = sealing.seal(content, key, row.report_id, TASK, row.id, TASK_PAD)


def _opened(row: CaseTask, key: bytes | None) -> Task:
    """One that is damaged hides no other."""
    try:
        if key is None:
            raise SealError("another team's")
        content = sealing.unseal(row.sealed, key, TASK, row.id)
    except SealError:
        return Task(row.id, None, row.owner_id, row.due_on, row.done_on, "", None, "")
    return Task(
        row.id,
        content["text"],
        row.owner_id,
        row.due_on,
        row.done_on,
        content["by"],
        date.fromisoformat(content["added_on"]),
        content["done_by"],
        content.get("is_ended", False),
    )
