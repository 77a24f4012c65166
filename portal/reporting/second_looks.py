"""Closings that wait until a second person has agreed: which, and what comes of them. Their reporters see nothing meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.db import session, today
from portal.reporting.closing import (
    CannotClose,
    Closing,
    Obstacle,
    check_obstacles,
    end_report,
    read_second_look,
)
from portal.reporting.conversations import Conversation
from portal.reporting.decisions import Decision, Step, add_decision
from portal.reporting.deletions import lock_for_work
from portal.reporting.models import Author, DeletionRequest, Message, Report, State
from portal.reporting.queue_facts import batches
from portal.reporting.second_look_models import SecondLook
from portal.reporting.unfinished import lock_for_ending
from portal.vault import keyholders
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError


@dataclass(frozen=True)
class Waiting:
    """A closing that waits, with what has come since it was proposed."""

    report: Report
    closing: Closing | None
    """None where it is damaged: only sending it back is left."""
    wrote_since: bool
    """Whether the reporter has written something that whoever closed it had not seen."""


def _in_work(*columns: Any) -> Any:
    """Not of reports on which their reporters have stopped all work."""
    deleted = exists().where(DeletionRequest.report_id == Report.id, DeletionRequest.refused_on.is_(None))
    wanted = select(*columns).select_from(SecondLook).join(Report, Report.id == SecondLook.report_id)
    return wanted.where(Report.state != State.WITHDRAWN, ~deleted)


def count_waiting() -> int:
    """For whichever team."""
    return session.scalar(_in_work(func.count())) or 0


def waiting_closings(held: Keyring, of: Collection[uuid.UUID] | None = None) -> list[Waiting]:
    """Those that this keyring opens, the longest waiting first; `of` these reports alone, where it is given."""
    found: list[Waiting] = []
    # A flood of jokes can wait, each in 32 KB: never all of them in memory.
    ids = session.scalars(_in_work(SecondLook.report_id)).all()
    for some in batches([one for one in ids if of is None or one in of]):
        keys = keyholders.content_keys(held, some)
        written = _written(keys)
        for row, report in session.execute(_in_work(SecondLook, Report).where(Report.id.in_(keys))):
            found.append(_waiting(row, report, keys[report.id], written.get(report.id, 0)))
            session.expunge(row)
    return sorted(found, key=lambda one: (one.closing.on if one.closing else today(), one.report.id))


def waiting_closing(report_id: uuid.UUID, key: bytes) -> Waiting | None:
    """The one of this report, where one waits; `key` is the report's own."""
    row, report = session.get(SecondLook, report_id), session.get(Report, report_id)
    if row is None or report is None:
        return None
    return _waiting(row, report, key, _written([report_id]).get(report_id, 0))


def _waiting(row: SecondLook, report: Report, key: bytes, written: int) -> Waiting:
    try:
        closing = read_second_look(row, key)
    except SealError:
        return Waiting(report, None, wrote_since=False)
    return Waiting(report, closing, written > closing.read)


def _written(report_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    counted = select(Message.report_id, func.count()).where(
        Message.report_id.in_(report_ids), Message.author == Author.REPORTER
    )
    return dict(session.execute(counted.group_by(Message.report_id)).all())


def agree(
    db: Session,
    held: Keyring,
    talk: Conversation,
    key: bytes,
    once: uuid.UUID,
    *,
    by: str,
    by_id: uuid.UUID,
    read: int,
    tasks: Collection[str] = (),
) -> None:
    """The closing that was looked at is done now, and its message goes; inside the caller's transaction.

    `once` is that closing's, `read` how many of the reporter's messages were seen, `tasks` the ids of the open tasks that
    were, here and on what is merged into it: they end with it. Agreed to twice it is done once.
    Raises CannotClose, WorkHasStopped, NotThere.
    """
    report, ending = lock_for_ending(db, held, talk.report_id, key)
    if report.state is State.CLOSED and db.get(Message, once) is not None:
        return
    row = db.get(SecondLook, report.id)
    closing = _waiting(row, report, key, 0).closing if row is not None else None
    if row is None or closing is None or closing.once != once:
        raise CannotClose(Obstacle.IS_GONE)
    if closing.by_id == by_id:
        raise CannotClose(Obstacle.OWN_CLOSING)
    check_obstacles(db, report, ending, read, tasks, closing.partner_choices)
    db.delete(row)
    end_report(db, report, talk, key, closing, ending, second=by)


def send_back(db: Session, report_id: uuid.UUID, key: bytes, *, by: str, note: str) -> None:
    """It does not close the report; whoever proposed it reads the note. Raises CannotClose, WorkHasStopped, NotThere."""
    _end(db, report_id, key, Step.SENT_BACK, by, note)


def take_back(db: Session, report_id: uuid.UUID, key: bytes, *, by: str) -> None:
    """Whoever proposed it, or another officer, does so no longer. Raises CannotClose, WorkHasStopped, NotThere."""
    _end(db, report_id, key, Step.TAKEN_BACK, by, "")


def _end(db: Session, report_id: uuid.UUID, key: bytes, step: Step, by: str, note: str) -> None:
    report = lock_for_work(db, report_id)
    row = db.get(SecondLook, report_id)
    if row is None:
        raise CannotClose(Obstacle.IS_GONE)
    waiting = _waiting(row, report, key, 0).closing
    db.delete(row)
    decision = Decision(step, by, today(), why=note)
    if waiting:
        decision = replace(
            decision,
            outcome=waiting.outcome,
            message=waiting.message,
            language=waiting.language,
            partner_choices=dict(waiting.partner_choices),
        )
    add_decision(db, report, key, decision)
