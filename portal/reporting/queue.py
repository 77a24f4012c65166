"""The officers' queue: reports in order of need, each opened only by a team it was sealed to."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select

from portal.db import session, today
from portal.outbox import OutboxMail
from portal.partnership.file import current_partnership
from portal.reporting.deletions import Deletion, deletions_of
from portal.reporting.models import Author, Message, Part, Report, ReportPart, State
from portal.reporting.questions.asked import WRITTEN_CODES
from portal.reporting.questions.risk import Score, score, urgency
from portal.reporting.series import Series, series_of
from portal.reporting.storing import SUMMARY
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError


class Triage(enum.StrEnum):
    """Whether someone has read a report by the day by which it was promised."""

    LATE = "late"
    TODAY = "today"
    LATER = "later"
    DONE = "done"


@dataclass(frozen=True)
class QueueRow:
    """A report in the officers' list: facts in the clear and what was ticked; no free text."""

    report: Report
    answers: dict[str, Any] | None
    """None where they are sealed to another team, or damaged."""
    damaged: bool
    score: Score | None
    """What the risk questions say, where there are answers and any."""
    new_messages: int
    deletion: Deletion | None
    series: Series | None
    """Where it has happened again."""

    @property
    def triage(self) -> Triage:
        return triage(self.report.state, self.report.due_on)


# How many a question to the database names at once: it takes tens of thousands at most.
BATCH_SIZE = 500
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


def triage(state: State, due_on: date) -> Triage:
    if state not in (State.NEW, State.HELD):
        return Triage.DONE
    day = today()
    if due_on < day:
        return Triage.LATE
    return Triage.TODAY if due_on == day else Triage.LATER


def is_late(state: State, due_on: date) -> bool:
    """Nobody has read it by the day by which it was promised."""
    return triage(state, due_on) is Triage.LATE


def listed_reports(held: Keyring, states: Collection[State], *, skip: int = 0, most: int = 50) -> list[QueueRow]:
    """A page of a list; what waits stands in order of need. Those sealed to another team show no answers."""
    if State.NEW in states:
        ids = _by_need(held, states)[skip : skip + most]
    else:
        order = (Report.immediate_risk.desc(), Report.due_on, Report.id)
        ids = list(
            session.scalars(select(Report.id).where(_listed_as(states)).order_by(*order).offset(skip).limit(most))
        )
    found = {report.id: report for report in session.scalars(select(Report).where(Report.id.in_(ids)))}
    opened = _opened(held, ids)
    unseen = select(Message.report_id, func.count()).where(
        Message.report_id.in_(ids), Message.author == Author.REPORTER, Message.seen.is_(False)
    )
    waiting = dict(session.execute(unseen.group_by(Message.report_id)).all())
    deletions = deletions_of(ids)
    happened_again = series_of(held, ids)
    rows = []
    for report in (found[one] for one in ids if one in found):
        answers, damaged = opened[report.id]
        weighed = (
            score(answers, current_partnership().risk)
            if answers is not None and current_partnership().risk.questions
            else None
        )
        rows.append(
            QueueRow(
                report,
                answers,
                damaged,
                weighed,
                waiting.get(report.id, 0),
                deletions.get(report.id),
                happened_again.get(report.id),
            )
        )
    return rows


def _by_need(held: Keyring, states: Collection[State]) -> list[uuid.UUID]:
    """Immediate risk first; then what this officer can open, by risk and due day; then the rest, by due day.

    What was ticked lies nowhere in the clear and nor does what it weighs, so every summary that waits is opened here,
    and forgotten again.
    """
    columns = (Report.id, Report.immediate_risk, Report.risk_band, Report.state, Report.due_on)
    rows = session.execute(select(*columns).where(_listed_as(states))).all()
    opened = _opened(held, [row.id for row in rows])
    pressing = _pressing(held, [row.id for row in rows])

    def need(row: Any) -> tuple[bool, bool, int, date, uuid.UUID]:
        answers, damaged = opened[row.id]
        is_ours = damaged or answers is not None
        weighed = score(answers, current_partnership().risk) if answers is not None else None
        late, presses = is_late(row.state, row.due_on), row.id in pressing
        urgent = urgency(weighed, row.risk_band, is_late=late, is_pressing=presses) if is_ours else 0
        return not row.immediate_risk, not is_ours, -urgent, row.due_on, row.id

    return [row.id for row in sorted(rows, key=need)]


def _pressing(held: Keyring, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those that happened again so often, or so badly, that they should not wait their turn."""
    day = today()
    return {
        report_id
        for first in range(0, len(ids), BATCH_SIZE)
        for report_id, series in series_of(held, ids[first : first + BATCH_SIZE]).items()
        if series.is_pressing(day)
    }


def _opened(held: Keyring, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[dict[str, Any] | None, bool]]:
    """By report what was ticked, and whether it is damaged; None where it is another team's."""
    found: dict[uuid.UUID, tuple[dict[str, Any] | None, bool]] = {}
    for first in range(0, len(ids), BATCH_SIZE):
        some = ids[first : first + BATCH_SIZE]
        keys = keyholders.content_keys(held, some)
        of_these = select(ReportPart.report_id, ReportPart.id, ReportPart.sealed).where(
            ReportPart.report_id.in_(keys), ReportPart.part == Part.SUMMARY
        )
        summaries = {row.report_id: row for row in session.execute(of_these)}
        found |= {one: _answers_or_damage(summaries.get(one), keys.get(one)) for one in some}
    return found


def _answers_or_damage(summary: Any, key: bytes | None) -> tuple[dict[str, Any] | None, bool]:
    """One damaged report must not hide the others; without its key it is another team's, not damaged."""
    if key is None or summary is None:
        return None, key is not None
    try:
        return _without_words(ticked_answers(summary, key)), False
    except SealError:
        return None, True


def _without_words(answers: dict[str, Any]) -> dict[str, Any]:
    """Older reports have the street among what was ticked."""
    return {
        question: {code: given for code, given in (answer or {}).items() if code not in WRITTEN_CODES}
        for question, answer in answers.items()
    }


def ticked_answers(part: Any, key: bytes) -> dict[str, Any]:
    found: dict[str, Any] = sealing.unseal(part.sealed, key, SUMMARY, part.id)["answers"]
    return found
