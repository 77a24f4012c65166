"""The officers' queue: reports in order of need, each opened only by a team it was sealed to."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import sealing, vault
from portal.db import session
from portal.reporting.conversations import Conversation, OpenMessage, messages_of
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


@dataclass(frozen=True)
class OpenReport:
    """A report an officer has opened."""

    report: Report
    answers: dict[str, Any]
    """By question, what was ticked and what was written to it."""
    narrative: str
    messages: list[OpenMessage]
    conversation: Conversation


OPEN_STATES = (State.HELD, State.NEW, State.LOOKED_AT, State.REFERRED, State.ACTION)


def count_reports(states: Iterable[State]) -> int:
    return session.scalar(select(func.count()).select_from(Report).where(Report.state.in_(list(states)))) or 0


def listed_reports(held: Keyring, states: Iterable[State], *, skip: int = 0, most: int = 50) -> list[QueueRow]:
    """The queue: immediate risk first, then by the day they are due. Those sealed to another team show no answers."""
    order = (Report.immediate_risk.desc(), Report.due_on, Report.id)
    reports = list(
        session.scalars(select(Report).where(Report.state.in_(list(states))).order_by(*order).offset(skip).limit(most))
    )
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
    return [
        _row(report, summaries.get(report.id), keys.get(report.id), waiting.get(report.id, 0)) for report in reports
    ]


def _row(report: Report, summary: ReportPart | None, key: bytes | None, new_messages: int) -> QueueRow:
    """One damaged report must not hide the others."""
    if key is None:
        return QueueRow(report, None, damaged=False, new_messages=new_messages)
    if summary is None:
        return QueueRow(report, None, damaged=True, new_messages=new_messages)
    try:
        return QueueRow(report, _answers(summary, key), damaged=False, new_messages=new_messages)
    except SealError:
        return QueueRow(report, None, damaged=True, new_messages=new_messages)


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
    conversation_key = keys[report.conversation_id]
    return OpenReport(
        report=report,
        answers=_together(_answers(parts[Part.SUMMARY], key), parts.get(Part.DETAILS), key),
        narrative=sealing.unseal(narrative.sealed, key, NARRATIVE, narrative.id)["text"],
        messages=messages_of(report.id, conversation_key, Author.OFFICER),
        conversation=Conversation(
            report.id, report.conversation_id, conversation_key, report.state, report.received_on
        ),
    )


def change_state(db: Session, report_id: uuid.UUID, state: State) -> None:
    db.get_one(Report, report_id, with_for_update=True).state = state


def mark_read(db: Session, report_id: uuid.UUID) -> None:
    """An officer has opened it: the reporter is told so. A held one waits until someone decides about it."""
    report = db.get_one(Report, report_id, with_for_update=True)
    if report.state is State.NEW:
        report.state = State.LOOKED_AT
