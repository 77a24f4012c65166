"""The officers' queue before a page of it is opened: of every report that is listed, what lies in the clear and what orders it."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, case, cast, exists, func, literal, or_, select, type_coerce
from sqlalchemy.types import NULLTYPE

from portal.db import session, today
from portal.outbox import OutboxMail
from portal.reporting import clocks, newest_first, queue_facts
from portal.reporting.models import Author, Clock, Message, Report, RiskBand, State
from portal.reporting.questions.risk import urgency
from portal.reporting.queue_index import Facts
from portal.reporting.referral_models import Referral, is_late, is_waiting
from portal.vault.keyholders import Grant, Keyring

OPEN_STATES = (State.HELD, State.NEW, State.LOOKED_AT, State.REFERRED, State.ACTION)
UNREAD = (State.HELD, State.NEW)
# Of those that are closed or taken back the newest so many are listed; of a strand or type, the newest that are opened.
MOST_PAST = 2000
MOST_PAST_OPENED = 1000


class Due(enum.StrEnum):
    """How the next promise about a report stands."""

    LATE = "late"
    TODAY = "today"
    LATER = "later"
    WAITING = "waiting"
    """For the reporter: its clock is paused."""
    DONE = "done"


class Entry(NamedTuple):
    """One report of the queue. Days are ISO dates, ids the bytes of a UUID: ten thousand of them are made for one page."""

    id: bytes
    reference: str
    kind: str
    place: str | None
    received_on: str
    state: str
    band: str | None
    immediate: bool
    assignee: bytes | None
    language: str
    source: str
    is_ours: bool
    due_on: str | None
    """The day of the next promise; None where none is running."""
    is_paused: bool
    unseen: int
    facts: Facts | None
    """None where it is another team's, or damaged."""
    has_partner_news: bool
    """A partner that it was referred to said something, or must be told something."""
    is_partner_late: bool
    """A partner should have said by now if it takes it."""

    @property
    def report_id(self) -> uuid.UUID:
        return uuid.UUID(bytes=self.id)

    def due(self, day: str) -> Due:
        if self.due_on is None:
            return Due.WAITING if self.is_paused else Due.DONE
        if self.due_on < day:
            return Due.LATE
        return Due.TODAY if self.due_on == day else Due.LATER

    def is_pressing(self, day: int) -> bool:
        return self.facts is not None and day < self.facts.pressing_until


def open_entries(held: Keyring) -> list[Entry]:
    """All that waits for an officer, however far it is: open, with new words, an alert, news of a partner, or a promise due.

    So a merged report comes back whose leading one ended with nobody who could say so.
    """
    return _entries(held, _is_waiting())


def past_entries(held: Keyring, state: State, *, month: str = "", after: str = "", is_opened: bool) -> list[Entry]:
    """The newest of those that are closed or were taken back, of one month or of all, behind the mark `after`.

    `is_opened` where their answers are asked for.
    """
    most = MOST_PAST_OPENED if is_opened else MOST_PAST
    which = Report.state == state, newest_first.received_in(month), newest_first.behind(after)
    newest = select(Report.id).where(*which).order_by(*newest_first.ORDER).limit(most)
    return _entries(held, Report.id.in_(newest), is_opened=is_opened)


def entries_of(held: Keyring, ids: Collection[uuid.UUID]) -> list[Entry]:
    """These, in any order; those that are gone are left out."""
    return _entries(held, Report.id.in_(list(ids)), is_opened=False)


def count_past(state: State) -> int:
    return session.scalar(select(func.count()).select_from(Report).where(Report.state == state)) or 0


def _is_waiting() -> ColumnElement[bool]:
    unseen = select(Message.report_id).where(Message.author == Author.REPORTER, Message.seen.is_(False))
    due = select(Clock.report_id).where(clocks.is_owed(), Clock.paused_on.is_(None), Clock.due_on <= today())
    referred = select(Referral.report_id).where(is_waiting(today()))
    alerts = select(OutboxMail.subject_id)
    waiting = (unseen, due, referred, alerts)
    return or_(Report.state.in_(OPEN_STATES), *(Report.id.in_(some) for some in waiting))


def _entries(held: Keyring, wanted: ColumnElement[bool], *, is_opened: bool = True) -> list[Entry]:
    # Rows by their places and without the ORM: here goes the time that a list takes.
    rows: Sequence[Any] = session.connection().execute(_columns(held).where(wanted)).all()
    unseen, owed, referred = _unseen(), _clocks(), _referred()
    facts = queue_facts.facts_of(held, {row[0]: row[_TOLD] for row in rows if row[_IS_OURS]}) if is_opened else {}
    entries = []
    for row in rows:
        one = row[0]
        due_on, is_paused = owed.get(one, _NO_CLOCK)
        if due_on is None and not row[_HAS_CLOCK]:
            due_on = row[_READ_BY]
        of_partners = referred.get(one, (False, False))
        told = (due_on, is_paused, unseen.get(one, 0), facts.get(one), *of_partners)
        entries.append(Entry._make((*row[:_READ_BY], *told)))
    return entries


# Where in a row of _columns() stands what is no part of an entry; before it stand an entry's first fields.
_READ_BY, _TOLD, _HAS_CLOCK = 12, 13, 14
_IS_OURS = 11
_NO_CLOCK = (None, False)


def _columns(held: Keyring) -> Any:
    """As they lie in the database: to make UUIDs, days and words of ten thousand rows takes longer than all the rest."""
    granted = exists().where(Grant.content_id == Report.id, Grant.keyholder_id.in_(list(held.keys)))
    told = select(func.count()).where(Message.report_id == Report.id, Message.author == Author.REPORTER)
    is_unread = Report.state.in_(UNREAD)
    columns: list[Any] = [
        Report.id,
        Report.reference,
        Report.kind,
        Report.place_code,
        cast(Report.received_on, String),
        Report.state,
        Report.risk_band,
        Report.immediate_risk,
        Report.assignee_id,
        Report.language,
        Report.source,
        granted,
        cast(Report.due_on, String),
        told.scalar_subquery(),
        case((is_unread, exists().where(Clock.report_id == Report.id)), else_=literal(True)),
    ]
    return select(*(type_coerce(column, NULLTYPE) for column in columns))


def _unseen() -> dict[bytes, int]:
    rows = select(type_coerce(Message.report_id, NULLTYPE), func.count()).where(
        Message.author == Author.REPORTER, Message.seen.is_(False)
    )
    found: Iterable[Any] = session.connection().execute(rows.group_by(Message.report_id))
    return {row[0]: row[1] for row in found}


def _referred() -> dict[bytes, tuple[bool, bool]]:
    """By report of which a referral waits for an officer: whether there is news, and whether an answer is late."""
    day = today()
    columns: list[Any] = [type_coerce(Referral.report_id, NULLTYPE), Referral.is_news, is_late(day)]
    found: dict[bytes, tuple[bool, bool]] = {}
    rows: Iterable[Any] = session.connection().execute(select(*columns).where(is_waiting(day))).all()
    for report_id, has_news, late in rows:
        before = found.get(report_id, (False, False))
        found[report_id] = before[0] or bool(has_news), before[1] or bool(late)
    return found


def _clocks() -> dict[bytes, tuple[str | None, bool]]:
    """By report, of the clocks that go on: the next day of one that runs, and whether one is paused."""
    columns: list[Any] = [Clock.report_id, cast(Clock.due_on, String), Clock.paused_on.is_not(None)]
    going = select(*(type_coerce(column, NULLTYPE) for column in columns)).where(
        Clock.met_on.is_(None), Clock.ended_on.is_(None)
    )
    found: dict[bytes, tuple[str | None, bool]] = {}
    rows: Iterable[Any] = session.connection().execute(going).all()
    for report_id, due_on, paused in rows:
        before, was_paused = found.get(report_id, _NO_CLOCK)
        if paused:
            found[report_id] = before, True
        elif before is None or due_on < before:
            found[report_id] = due_on, was_paused
    return found


def need(entry: Entry, mine: bytes, day: str, ordinal: int) -> tuple[bool, bool, int, bool, str, bytes]:
    """Where it stands among what waits, the smaller the sooner. The page says so in words: change both.

    Immediate risk first; then what this officer can open, by urgency: see portal/reporting/questions/risk.py `urgency`. Of
    those that are equal, one that a colleague has or that waits for its reporter stands after the others; then by due day.
    """
    urgent = 0
    if entry.is_ours:
        reckoned = entry.facts.weight if entry.facts else 0  # what is damaged stands as standard
        judged = RiskBand(entry.band) if entry.band else None
        is_overdue = entry.is_partner_late or (entry.due_on is not None and entry.due_on < day)
        urgent = urgency(reckoned, judged, is_late=is_overdue, is_pressing=entry.is_pressing(ordinal))
    can_wait = entry.assignee not in (None, mine) or (entry.due_on is None and entry.is_paused)
    return not entry.immediate, not entry.is_ours, -urgent, can_wait, entry.due_on or entry.received_on, entry.id
