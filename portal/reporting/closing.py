"""How a report ends: an outcome, a message that says what was done, a reason, and a second look where the partnership wants one."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal import outbox
from portal.db import random_id, session, today
from portal.partnership.file import current_partnership
from portal.partnership.outcomes import HATE, IMMEDIATE_RISK
from portal.reporting import clocks, contacts, nudges, unfinished
from portal.reporting.conversations import Conversation, add_message, set_seen
from portal.reporting.counts import count_answers
from portal.reporting.decisions import Decision, Step, add_decision
from portal.reporting.deletions import lock_for_work
from portal.reporting.links import keep_links, links_in
from portal.reporting.models import INCIDENTS, Author, Kind, Message, Part, Promise, Report, ReportPart, State
from portal.reporting.referral_records import has_open
from portal.reporting.second_look_models import SecondLook
from portal.reporting.unfinished import WithMerged
from portal.vault import sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

ENDING = "report.outcome/1"
SECOND_LOOK = "report.second_look/1"
# The longest message and reason take less, in any script.
SECOND_LOOK_PAD = 32 * 1024
MAX_REASON = 1000
COUNTED_AS = "outcome"


class Obstacle(enum.StrEnum):
    """Why a report cannot be closed just now."""

    ALERT_WAITS = "alert_waits"
    REPORTER_WROTE = "reporter_wrote"
    """Something that whoever closes it has not seen."""
    TASK_ADDED = "task_added"
    """It would end with the closing, unseen."""
    PARTNER_HAS_IT = "partner_has_it"
    """Nobody has chosen if the partner's part ends or goes on."""
    IS_CLOSED = "is_closed"
    WAITS_ALREADY = "waits_already"
    """Another closing of it waits for a second look."""
    IS_GONE = "is_gone"
    """The closing that was looked at does not wait any more."""
    OWN_CLOSING = "own_closing"
    IS_OPEN = "is_open"
    """It cannot be opened again."""


class CannotClose(Exception):
    """What was wanted, closing or opening again, cannot be done just now: nothing is changed."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle


@dataclass(frozen=True, kw_only=True)
class Decided:
    """How it ends, and what its reporter is told. `once` is the id of the message: the same one is stored once."""

    outcome: str
    """Its code in the partnership file."""
    message: str
    language: str
    reason: str
    by: str
    """As the page of the report names them."""
    once: uuid.UUID
    partner_choices: Mapping[str, str] = field(default_factory=dict)
    """Of each partner that has it what becomes of its part, by the id of the referral: see unfinished.py."""


@dataclass(frozen=True, kw_only=True)
class Closing(Decided):
    """What an officer decides, and perhaps somebody else looks at."""

    by_id: uuid.UUID
    """Their account, which must not agree to its own closing."""
    read: int
    """How many messages of the reporter whoever closes it has seen."""
    tasks: Collection[str] = ()
    """The ids of the open tasks that they have seen, which end with it."""
    on: date


@dataclass(frozen=True)
class Ending:
    """How a closed report ended, as its reporter reads it."""

    outcome: str
    group: str
    on: date
    message_id: uuid.UUID


def close_report(db: Session, held: Keyring, talk: Conversation, key: bytes, closing: Closing) -> bool:
    """Close it and send the message, inside the caller's transaction; `key` is the report's own, `held` opens what is merged into it.

    False where it waits for a second look instead: the reporter sees nothing of it yet. Pressed twice it is done once.
    Raises CannotClose, WorkHasStopped, NotThere.
    """
    report, ending = unfinished.lock_for_ending(db, held, talk.report_id, key)
    if report.state is State.CLOSED:
        if db.get(Message, closing.once) is not None:
            return True
        raise CannotClose(Obstacle.IS_CLOSED)
    waiting = db.get(SecondLook, report.id)
    if waiting is not None:
        with suppress(SealError):
            if read_second_look(waiting, key).once == closing.once:
                return False
        raise CannotClose(Obstacle.WAITS_ALREADY)
    check_obstacles(db, report, ending, closing.read, closing.tasks, closing.partner_choices)
    if not needs_second_look(report.kind, immediate_risk=report.immediate_risk):
        end_report(db, report, talk, key, closing, ending)
        return True
    # Whoever wants to close it has read it.
    clocks.meet(db, report.id, today(), Promise.READ)
    if report.state in clocks.NOT_READ:
        report.state = State.LOOKED_AT
    row = SecondLook(report_id=report.id)
    content = {
        **vars(closing), "by_id": closing.by_id.hex, "once": closing.once.hex, "on": closing.on.isoformat(),
        "partner_choices": dict(closing.partner_choices), "tasks": list(closing.tasks),
    }  # fmt: skip
    row.sealed = sealing.seal(content, key, report.id, SECOND_LOOK, report.id, SECOND_LOOK_PAD)
    db.add(row)
    add_decision(
        db, report, key, Decision(Step.PROPOSED, closing.by, today(), outcome=closing.outcome, why=closing.reason)
    )
    return False


def needs_second_look(kind: Kind, *, immediate_risk: bool) -> bool:
    wanted = current_partnership().closing.second_look
    return (IMMEDIATE_RISK in wanted and immediate_risk) or (HATE in wanted and kind is Kind.HATE)


def check_obstacles(
    db: Session,
    report: Report,
    ending: WithMerged,
    read: int,
    tasks: Collection[str],
    partner_choices: Mapping[str, str],
) -> None:
    """Raises CannotClose while somebody must look now, where the reporter has written more than was `read`, where a task
    would end that is not among `tasks`, or a partner has the report whose part is not among `partner_choices`.
    """
    if outbox.waiting_alert(report.id):
        raise CannotClose(Obstacle.ALERT_WAITS)
    written = select(func.count()).where(Message.report_id == report.id, Message.author == Author.REPORTER)
    if (db.scalar(written) or 0) > read:
        raise CannotClose(Obstacle.REPORTER_WROTE)
    if unfinished.has_unseen_task(db, ending, tasks):
        raise CannotClose(Obstacle.TASK_ADDED)
    if unfinished.has_undecided_partner(db, ending, partner_choices):
        raise CannotClose(Obstacle.PARTNER_HAS_IT)


def end_report(
    db: Session,
    report: Report,
    talk: Conversation,
    key: bytes,
    closing: Decided,
    ending: WithMerged | None,
    *,
    second: str = "",
) -> None:
    """All that closing does to a report that is locked and that nothing stands against.

    `ending` is what ends with it, None where it is merged: it goes on as a part of another report. `second` has agreed to it.
    """
    merged = ending is None
    add_message(db, talk, Author.OFFICER, closing.message, closing.language, closing.once, closing.by, merged=merged)
    set_seen(db, report.id, Author.OFFICER)
    report.state = State.CLOSED
    clocks.officer_wrote(db, report, today(), goes_on=merged)
    if ending is not None:
        clocks.end(db, report.id, today())
        unfinished.end_unfinished(db, ending, closing.partner_choices, closing.by)
        _leave_leading(db, report, key)
    keep_ending(db, report, talk.key, key, closing, today(), second)
    contacts.follow_state(db, report)
    nudges.follow_state(db, report)
    nudges.mark_due(db, report.id)


def _leave_leading(db: Session, report: Report, key: bytes) -> None:
    """One that was merged and ends by itself is a part of the other no more, which forgets it when it is opened."""
    links = links_in(report.id, key)
    if links.led_by is not None:
        kept = tuple(each for each in links.links if each.to != links.led_by)
        keep_links(db, report.id, key, replace(links, links=kept))


def keep_ending(
    db: Session, report: Report, talk_key: bytes, key: bytes, closing: Decided, on: date, second: str = ""
) -> None:
    """All that is kept of a closing but its message: the outcome for the reporter, the decision for officers, the count.

    Inside the caller's transaction. `talk_key` is the conversation's, `key` the report's own.
    """
    outcome = current_partnership().find_outcome(closing.outcome)
    report.closed_on = on
    row = db.scalar(_ending_of(report.id)) or ReportPart(id=random_id(), report_id=report.id, part=Part.OUTCOME)
    content = {
        "outcome": closing.outcome,
        "group": outcome.group if outcome else "",
        "on": on.isoformat(),
        "message": closing.once.hex,
    }
    row.sealed = sealing.seal(content, talk_key, report.conversation_id, ENDING, row.id)
    db.add(row)
    decision = Decision(
        Step.CLOSED,
        closing.by,
        on,
        closing.outcome,
        closing.reason,
        second,
        partner_choices=dict(closing.partner_choices),
    )
    add_decision(db, report, key, decision)
    if report.kind in INCIDENTS:
        count_answers(db, report, on, {COUNTED_AS: [closing.outcome]})


def reopen_report(db: Session, report_id: uuid.UUID, key: bytes, by: str, why: str) -> None:
    """An officer works on it again, inside the caller's transaction. Raises CannotClose where it is open, WorkHasStopped, NotThere."""
    report = lock_for_work(db, report_id)
    if report.state is not State.CLOSED:
        raise CannotClose(Obstacle.IS_OPEN)
    report.state = State.REFERRED if has_open(db, report_id) else State.LOOKED_AT
    forget_ending(db, report)
    clocks.reopen(db, report, today())
    add_decision(db, report, key, Decision(Step.REOPENED, by, today(), why=why))
    nudges.mark_due(db, report_id)


def forget_ending(db: Session, report: Report) -> None:
    """Of a report that was closed and is open again, inside the caller's transaction; the decisions keep it."""
    report.closed_on = None
    db.execute(delete(ReportPart).where(ReportPart.report_id == report.id, ReportPart.part == Part.OUTCOME))
    contacts.follow_state(db, report)
    nudges.follow_state(db, report)


def ending_of(talk: Conversation) -> Ending | None:
    """None of an open report, of one that was closed before outcomes were kept, and where it is damaged."""
    row = session.scalar(_ending_of(talk.report_id)) if talk.state is State.CLOSED else None
    if row is None:
        return None
    try:
        content = sealing.unseal(row.sealed, talk.key, ENDING, row.id)
    except SealError:
        return None
    return Ending(
        content["outcome"], content["group"], date.fromisoformat(content["on"]), uuid.UUID(content["message"])
    )


def _ending_of(report_id: uuid.UUID) -> Any:
    return select(ReportPart).where(ReportPart.report_id == report_id, ReportPart.part == Part.OUTCOME)


def read_second_look(row: SecondLook, key: bytes) -> Closing:
    """Raises SealError where it is damaged."""
    content = sealing.unseal(row.sealed, key, SECOND_LOOK, row.report_id)
    del content["is"]
    return Closing(
        **content
        | {
            "by_id": uuid.UUID(content["by_id"]),
            "once": uuid.UUID(content["once"]),
            "on": date.fromisoformat(content["on"]),
        }
    )
