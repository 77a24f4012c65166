"""The officers' queue before a page of it is opened: of every report that is listed, what lies in the clear and what orders it."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, select, true, type_coerce
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
# More than `urgency` tells apart.
URGENCIES = 16

# What of a report was asked for, as far as it lies in the clear: the others are listed too, for they are counted.
Chosen = Sequence[ColumnElement[bool]]


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
    received_on: str
    state: str
    band: str | None
    immediate: bool
    assignee: bytes | None
    is_chosen: bool
    """What lies in the clear is as was asked for."""
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


def open_entries(held: Keyring, chosen: Chosen = ()) -> list[Entry]:
    """All that waits for an officer, however far it is: open, with new words, an alert, news of a partner, or a promise due.

    So a merged report comes back whose leading one ended with nobody who could say so.
    """
    beside = _beside()
    rows = _rows(held, Report.state.in_(OPEN_STATES), chosen)
    for some in batches(list(beside.news_of() - {row[0] for row in rows})):
        rows += _rows(held, Report.id.in_([uuid.UUID(bytes=one) for one in some]), chosen)
    return _entries(held, rows, beside)


def past_entries(
    held: Keyring, state: State, chosen: Chosen = (), *, month: str = "", after: str = "", is_opened: bool
) -> list[Entry]:
    """The newest of those that are closed or were taken back, of one month or of all, behind the mark `after`.

    `is_opened` where their answers are asked for.
    """
    most = MOST_PAST_OPENED if is_opened else MOST_PAST
    which = Report.state == state, newest_first.received_in(month), newest_first.behind(after)
    newest = select(Report.id).where(*which).order_by(*newest_first.ORDER).limit(most)
    return _entries(held, _rows(held, Report.id.in_(newest), chosen), _beside(), is_opened=is_opened)


def entries_of(held: Keyring, ids: Collection[uuid.UUID]) -> list[Entry]:
    """These, in any order; those that are gone are left out."""
    return _entries(held, _rows(held, Report.id.in_(list(ids))), _beside(), is_opened=False)


def count_past(state: State) -> int:
    return session.scalar(select(func.count()).select_from(Report).where(Report.state == state)) or 0


class _Beside(NamedTuple):
    """What other tables say of the reports that something is open of, by the report's id."""

    unseen: dict[bytes, int]
    due: dict[bytes, str]
    """The next day of one of its clocks that runs."""
    paused: set[bytes]
    """Those of which a clock goes on and waits for the reporter."""
    referred: dict[bytes, tuple[bool, bool]]
    """Of the referrals that an officer should look at: whether there is news, and whether an answer is late."""

    def news_of(self) -> set[bytes]:
        """Which reports wait for an officer even where they are closed or taken back."""
        day = today().isoformat()
        due = {one for one, due_on in self.due.items() if due_on <= day}
        alerts = _as_they_lie(select(type_coerce(OutboxMail.subject_id, NULLTYPE)))
        return due.union(self.unseen, self.referred, (one for (one,) in alerts if one is not None))


def _beside() -> _Beside:
    return _Beside(_unseen(), _due(), _paused(), _referred())


def _as_they_lie(asked: Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows as the driver gives them, all at once: ten thousand of SQLAlchemy's take longer than all the rest."""
    result = session.connection().execute(asked)
    rows: Any = result.cursor.fetchall()
    result.close()
    return list(rows)


def _rows(held: Keyring, wanted: ColumnElement[bool], chosen: Chosen = ()) -> list[tuple[Any, ...]]:
    """An entry's first fields, and when it should have been read.

    As they lie in the database and without the ORM: to make UUIDs, days and words of ten thousand rows takes longer than
    all the rest. What other tables say is read table by table: as subqueries of this one it took SQLite twice as long.
    """
    granted = exists().where(Grant.content_id == Report.id, Grant.keyholder_id.in_(list(held.keys)))
    columns: list[Any] = [
        Report.id,
        cast(Report.received_on, String),
        Report.state,
        Report.risk_band,
        Report.immediate_risk,
        Report.assignee_id,
        and_(true(), *chosen),
        granted,
        cast(Report.due_on, String),
    ]
    return _as_they_lie(select(*(type_coerce(column, NULLTYPE) for column in columns)).where(wanted))


# Where in such a row stand its state, whether this keyring opens it, and when it should have been read.
_STATE, _IS_OURS, _READ_BY = 2, 7, 8
_NO_NEWS = (False, False)
# Without the length check of Entry._make, in C.
_AS_ENTRY: Callable[[tuple[Any, ...]], Entry] = partial(tuple.__new__, Entry)


def _entries(held: Keyring, rows: Sequence[tuple[Any, ...]], beside: _Beside, *, is_opened: bool = True) -> list[Entry]:
    unseen, due, paused, referred = beside
    facts: Found = {}
    if is_opened:
        facts = queue_facts.facts_of(held, [row[0] for row in rows if row[_IS_OURS]], _told())
    no_clock = [row for row in rows if row[_STATE] in UNREAD and row[0] not in due and row[0] not in paused]
    without_clock = _without_clock([row[0] for row in no_clock])
    due |= {row[0]: row[_READ_BY] for row in no_clock if row[0] in without_clock}
    return [
        _AS_ENTRY(
            (
                *row[:_READ_BY],
                due.get(row[0]),
                row[0] in paused,
                unseen.get(row[0], 0),
                facts.get(row[0]),
                *referred.get(row[0], _NO_NEWS),
            )
        )
        for row in rows
    ]


def _without_clock(ids: Sequence[bytes]) -> set[bytes]:
    """Which of these came before there were clocks."""
    found: set[Any] = set()
    for some in batches(ids):
        of_these = Clock.report_id.in_([uuid.UUID(bytes=one) for one in some])
        found.update(one for (one,) in _as_they_lie(select(type_coerce(Clock.report_id, NULLTYPE)).where(of_these)))
    return set(ids) - found


def _told() -> dict[bytes, int]:
    """By report how many messages its reporter has written."""
    return _counted(Message.author == Author.REPORTER)


def _unseen() -> dict[bytes, int]:
    return _counted(Message.author == Author.REPORTER, Message.seen.is_(False))


def _counted(*which: ColumnElement[bool]) -> dict[bytes, int]:
    rows = select(type_coerce(Message.report_id, NULLTYPE), func.count()).where(*which).group_by(Message.report_id)
    return _by_report(rows)


def _by_report(asked: Select[*tuple[Any, ...]]) -> dict[bytes, Any]:
    """Of rows of two columns."""
    rows: list[Any] = _as_they_lie(asked)
    return dict(rows)


def _referred() -> dict[bytes, tuple[bool, bool]]:
    day = today()
    columns: list[Any] = [type_coerce(Referral.report_id, NULLTYPE), Referral.is_news, is_late(day)]
    found: dict[bytes, tuple[bool, bool]] = {}
    for report_id, has_news, late in _as_they_lie(select(*columns).where(is_waiting(day))):
        before = found.get(report_id, _NO_NEWS)
        found[report_id] = before[0] or bool(has_news), before[1] or bool(late)
    return found


def _due() -> dict[bytes, str]:
    columns: list[Any] = [Clock.report_id, cast(func.min(Clock.due_on), String)]
    running = select(*(type_coerce(column, NULLTYPE) for column in columns))
    return _by_report(running.where(clocks.is_owed(), Clock.paused_on.is_(None)).group_by(Clock.report_id))


def _paused() -> set[bytes]:
    paused = select(type_coerce(Clock.report_id, NULLTYPE)).where(clocks.is_owed(), Clock.paused_on.is_not(None))
    return {one for (one,) in _as_they_lie(paused)}


def need(entry: Entry, mine: bytes, day: str, ordinal: int) -> tuple[int, str, bytes]:
    """Where it stands among what waits, the smaller the sooner. The page says so in words: change both.

    Immediate risk first; then what this officer can open, by urgency: see portal/reporting/questions/risk.py `urgency`. Of
    those that are equal, one that a colleague has or that waits for its reporter stands after the others; then by due day.
    """
    facts, due_on, urgent = entry.facts, entry.due_on, 0
    if entry.is_ours:
        reckoned = facts.weight if facts else 0  # what is damaged stands as standard
        judged = RiskBand(entry.band) if entry.band else None
        is_overdue = entry.is_partner_late or (due_on is not None and due_on < day)
        is_pressing = facts is not None and ordinal < facts.pressing_until
        urgent = urgency(reckoned, judged, is_late=is_overdue, is_pressing=is_pressing)
    can_wait = entry.assignee not in (None, mine) or (due_on is None and entry.is_paused)
    # One number, the first that differs having the most weight: tuples of so many parts are slow to compare.
    place = ((not entry.immediate) * 2 + (not entry.is_ours)) * 2 * URGENCIES + (URGENCIES - urgent) * 2 + can_wait
    return place, due_on or entry.received_on, entry.id
