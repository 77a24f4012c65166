"""The officers' queue: reports in order of need, each opened only by a team it was sealed to."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from portal import sealing, vault
from portal.db import session
from portal.outbox import OutboxMail
from portal.reporting.conversations import Conversation, OpenMessage, conversation_about, messages_of, set_seen
from portal.reporting.endings import Deletion, deletions_of, is_stopped, lock_for_work
from portal.reporting.files import SentFile, files_of_report
from portal.reporting.models import Author, Message, Part, Report, ReportPart, State
from portal.reporting.services import DETAILS, NARRATIVE, SUMMARY
from portal.sealing import SealError
from portal.vault import Keyring


@dataclass(frozen=True)
class QueueRow:
    """A report in the officers' list: facts in the clear and what was ticked; no free text."""

    report: Report
    answers: dict[str, Any] | None
    """None where they are sealed to another team, or damaged."""
    damaged: bool
    new_messages: int
    deletion: Deletion | None


@dataclass(frozen=True)
class OpenReport:
    """A report an officer has opened."""

    report: Report
    answers: dict[str, Any]
    """By question, what was ticked and what was written to it."""
    narrative: str
    files: list[SentFile]
    messages: list[OpenMessage]
    conversation: Conversation


OPEN_STATES = (State.HELD, State.NEW, State.LOOKED_AT, State.REFERRED, State.ACTION)


def _listed_as(states: Collection[State]) -> ColumnElement[bool]:
    """In the open list stands whatever waits for an officer, however far it is: new words, or an alert."""
    listed = Report.state.in_(list(states))
    if State.NEW not in states:
        return listed
    unseen = exists().where(Message.report_id == Report.id, Message.author == Author.REPORTER, Message.seen.is_(False))
    return or_(listed, unseen, exists().where(OutboxMail.subject_id == Report.id))


def count_reports(states: Collection[State]) -> int:
    return session.scalar(select(func.count()).select_from(Report).where(_listed_as(states))) or 0


def listed_reports(held: Keyring, states: Collection[State], *, skip: int = 0, most: int = 50) -> list[QueueRow]:
    """The queue: immediate risk first, then by the day they are due. Those sealed to another team show no answers."""
    order = (Report.immediate_risk.desc(), Report.due_on, Report.id)
    reports = list(session.scalars(select(Report).where(_listed_as(states)).order_by(*order).offset(skip).limit(most)))
    ids = [report.id for report in reports]
    keys = vault.content_keys(held, ids)
    summaries = {
        part.report_id: part
        for part in session.scalars(
            select(ReportPart).where(ReportPart.report_id.in_(ids), ReportPart.part == Part.SUMMARY)
        )
    }
    unseen = select(Message.report_id, func.count()).where(
        Message.report_id.in_(ids), Message.author == Author.REPORTER, Message.seen.is_(False)
    )
    waiting = dict(session.execute(unseen.group_by(Message.report_id)).all())
    deletions = deletions_of(ids)
    rows = []
    for report in reports:
        answers, damaged = _answers_or_damage(summaries.get(report.id), keys.get(report.id))
        rows.append(QueueRow(report, answers, damaged, waiting.get(report.id, 0), deletions.get(report.id)))
    return rows


def _answers_or_damage(summary: ReportPart | None, key: bytes | None) -> tuple[dict[str, Any] | None, bool]:
    """One damaged report must not hide the others; without its key it is another team's, not damaged."""
    if key is None or summary is None:
        return None, key is not None
    try:
        return _answers(summary, key), False
    except SealError:
        return None, True


def _answers(part: ReportPart, key: bytes) -> dict[str, Any]:
    found: dict[str, Any] = sealing.unseal(part.sealed, key, SUMMARY, part.id)["answers"]
    return found


def _together(ticked: dict[str, Any], details: ReportPart | None, key: bytes) -> dict[str, Any]:
    """Reports that came before the details were asked have none."""
    written = sealing.unseal(details.sealed, key, DETAILS, details.id)["written"] if details else {}
    return {question: (answer or {}) | written.get(question, {}) for question, answer in ticked.items()}


def find_report(report_id: uuid.UUID, held: Keyring) -> OpenReport | None:
    """The whole report, or None where there is none that this keyring opens. Raises SealError where it is damaged."""
    report = session.get(Report, report_id)
    if report is None:
        return None
    keys = vault.content_keys(held, [report.id, report.conversation_id])
    if len(keys) < 2:
        return None
    parts = {part.part: part for part in session.scalars(select(ReportPart).where(ReportPart.report_id == report.id))}
    key, narrative = keys[report.id], parts[Part.NARRATIVE]
    conversation = conversation_about(report, keys[report.conversation_id])
    return OpenReport(
        report=report,
        answers=_together(_answers(parts[Part.SUMMARY], key), parts.get(Part.DETAILS), key),
        narrative=sealing.unseal(narrative.sealed, key, NARRATIVE, narrative.id)["text"],
        files=files_of_report(report.id, key),
        messages=messages_of(conversation, Author.OFFICER),
        conversation=conversation,
    )


def change_state(db: Session, report_id: uuid.UUID, state: State) -> None:
    """Inside the caller's transaction; whoever closes it has seen what the reporter wrote. Raises WorkHasStopped."""
    lock_for_work(db, report_id).state = state
    if state is State.CLOSED:
        set_seen(db, report_id, Author.OFFICER)


def mark_read(db: Session, report_id: uuid.UUID) -> None:
    """An officer has opened it: the reporter is told so. A held one waits until someone decides about it.

    In one that was taken back or is to be deleted nobody can answer, so what its reporter wrote is seen by being read.
    """
    report = db.get_one(Report, report_id, with_for_update=True)
    if report.state is State.NEW:
        report.state = State.LOOKED_AT
    if is_stopped(db, report):
        set_seen(db, report_id, Author.OFFICER)
