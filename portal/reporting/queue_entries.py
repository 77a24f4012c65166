"""The officers' queue before a page of it is opened: of every report that is listed, what lies in the clear and what orders it."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, case, cast, exists, func, select, type_coerce
from sqlalchemy.types import NULLTYPE

from portal.db import session, today
from portal.outbox import OutboxMail
from portal.reporting import clocks, newest_first, queue_facts
from portal.reporting.models import Author, Clock, Message, Report, RiskBand, State
from portal.reporting.questions.risk import urgency
from portal.reporting.queue_facts import batches
from portal.reporting.queue_index import Facts, Found
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
    beside = _beside()
    rows = _rows(held, Report.state.in_(OPEN_STATES))
    for some in batches(list(beside.news_of() - {row[0] for row in rows})):
        rows += _rows(held, Report.id.in_([uuid.UUID(bytes=one) for one in some]))
    return _entries(held, rows, beside)


def past_entries(held: Keyring, state: State, *, month: str = "", after: str = "", is_opened: bool) -> list[Entry]:
    """The newest of those that are closed or were taken back, of one month or of all, behind the mark `after`.

    `is_opened` where their answers are asked for.
    """
    most = MOST_PAST_OPENED if is_opened else MOST_PAST
    which = Report.state == state, newest_first.received_in(month), newest_first.behind(after)
    newest = select(Report.id).where(*which).order_by(*newest_first.ORDER).limit(most)
    return _entries(held, _rows(held, Report.id.in_(newest)), _beside(), is_opened=is_opened)


def entries_of(held: Keyring, ids: Collection[uuid.UUID]) -> list[Entry]:
    """These, in any order; those that are gone are left out."""
    return _entries(held, _rows(held, Report.id.in_(list(ids))), _beside(), is_opened=False)


def count_past(state: State) -> int:
    return session.scalar(select(func.count()).select_from(Report).where(Report.state == state)) or 0


class _Beside(NamedTuple):
    """What other tables say of the reports that something is open of, by the report's id."""

    unseen: dict[bytes, int]
    owed: dict[bytes, tuple[str | None, bool]]
    """Of its clocks that go on: the next day of one that runs, and whether one is paused."""
    referred: dict[bytes, tuple[bool, bool]]
    """Of the referrals that an officer should look at: whether there is news, and whether an answer is late."""

    def news_of(self) -> set[bytes]:
        """Which reports wait for an officer even where they are closed or taken back."""
        day = today().isoformat()
        due = {one for one, (due_on, _is_paused) in self.owed.items() if due_on is not None and due_on <= day}
        alerts: Iterable[Any] = session.connection().execute(select(type_coerce(OutboxMail.subject_id, NULLTYPE)))
        return due.union(self.unseen, self.referred, (row[0] for row in alerts if row[0] is not None))


def _beside() -> _Beside:
    return _Beside(_unseen(), _clocks(), _referred())


def _rows(held: Keyring, wanted: ColumnElement[bool]) -> list[Any]:
    """An entry's first fields, and when it should have been read.

    As they lie in the database and without the ORM: to make UUIDs, days and words of ten thousand rows takes longer than
    all the rest. What other tables say is read table by table: as subqueries of this one it took SQLite twice as long.
    """
    granted = exists().where(Grant.content_id == Report.id, Grant.keyholder_id.in_(list(held.keys)))
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
    ]
    rows = select(*(type_coerce(column, NULLTYPE) for column in columns)).where(wanted)
    return list(session.connection().execute(rows))


# Where in such a row stand whether this keyring opens it, and when it should have been read.
_STATE, _IS_OURS, _READ_BY = 5, 11, 12
_NO_CLOCK = (None, False)
_NO_NEWS = (False, False)


def _entries(held: Keyring, rows: Sequence[Any], beside: _Beside, *, is_opened: bool = True) -> list[Entry]:
    unseen, owed, referred = beside
    facts: Found = {}
    if is_opened:
        told = _told()
        facts = queue_facts.facts_of(held, {row[0]: told.get(row[0], 0) for row in rows if row[_IS_OURS]})
    without_clock = _without_clock([row[0] for row in rows if row[_STATE] in UNREAD and row[0] not in owed])
    entries = []
    for row in rows:
        one = row[0]
        due_on, is_paused = owed.get(one, _NO_CLOCK)
        if one in without_clock:
            due_on = row[_READ_BY]
        more = (due_on, is_paused, unseen.get(one, 0), facts.get(one), *referred.get(one, _NO_NEWS))
        entries.append(Entry._make(row[:_READ_BY] + more))
    return entries


def _without_clock(ids: Sequence[bytes]) -> set[bytes]:
    """Which of these came before there were clocks."""
    found: set[Any] = set()
    for some in batches(ids):
        of_these = Clock.report_id.in_([uuid.UUID(bytes=one) for one in some])
        rows = session.connection().execute(select(type_coerce(Clock.report_id, NULLTYPE)).where(of_these))
        found.update(row[0] for row in rows)
    return set(ids) - found


def _told() -> dict[bytes, int]:
    """By report how many messages its reporter has written."""
    return _counted(Message.author == Author.REPORTER)


def _unseen() -> dict[bytes, int]:
    return _counted(Message.author == Author.REPORTER, Message.seen.is_(False))


def _counted(*which: ColumnElement[bool]) -> dict[bytes, int]:
    rows = select(type_coerce(Message.report_id, NULLTYPE), func.count()).where(*which).group_by(Message.report_id)
    found: Sequence[Any] = session.connection().execute(rows).all()
    return dict(found)


def _referred() -> dict[bytes, tuple[bool, bool]]:
    day = today()
    columns: list[Any] = [type_coerce(Referral.report_id, NULLTYPE), Referral.is_news, is_late(day)]
    found: dict[bytes, tuple[bool, bool]] = {}
    rows: Iterable[Any] = session.connection().execute(select(*columns).where(is_waiting(day)))
    for report_id, has_news, late in rows:
        before = found.get(report_id, _NO_NEWS)
        found[report_id] = before[0] or bool(has_news), before[1] or bool(late)
    return found


def _clocks() -> dict[bytes, tuple[str | None, bool]]:
    next_due = func.min(case((Clock.paused_on.is_(None), Clock.due_on)))
    columns: list[Any] = [Clock.report_id, cast(next_due, String), func.count(Clock.paused_on)]
    going = select(*(type_coerce(column, NULLTYPE) for column in columns)).where(clocks.is_owed())
    found: Iterable[Any] = session.connection().execute(going.group_by(Clock.report_id))
    return {one: (due_on, paused > 0) for one, due_on, paused in found}


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
