"""The views of the officers' queue, what each may be narrowed to, and in which order its reports stand."""

from __future__ import annotations

import enum
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement

from portal.db import today
from portal.partnership.file import current_partnership
from portal.reporting import newest_first
from portal.reporting.models import Kind, Report, Source, State
from portal.reporting.queue_entries import Entry, count_past, need, open_entries, past_entries
from portal.reporting.queue_facts import BITS, UNKNOWN
from portal.vault.keyholders import Keyring


class View(enum.StrEnum):
    """Which reports; all but the last two are of those that wait for an officer."""

    FIRST = "first"
    OVERDUE = "overdue"
    TODAY = "today"
    IMMEDIATE = "immediate"
    MESSAGES = "messages"
    UNASSIGNED = "unassigned"
    NEW = "new"
    MINE = "mine"
    TEAM = "team"
    WAITING = "waiting"
    HELD = "held"
    SERIES = "series"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


PAST = {View.CLOSED: State.CLOSED, View.WITHDRAWN: State.WITHDRAWN}


class Sort(enum.StrEnum):
    NEED = "need"
    DUE = "due"
    NEWEST = "newest"
    OLDEST = "oldest"


NOBODY, ME = "nobody", "me"
GROUP = "group-"


@dataclass(frozen=True)
class Wanted:
    """What an officer chose to see; empty is all. Codes of closed vocabularies: it stands in the address."""

    view: View = View.FIRST
    sort: Sort | None = None
    kind: str = ""
    strand: str = ""
    type: str = ""
    place: str = ""
    """A place's code, which for a parish means its estates too, or a group's after GROUP."""
    language: str = ""
    source: str = ""
    month: str = ""
    """In which it was received, as 2026-11."""
    state: str = ""
    owner: str = ""
    """NOBODY, ME, or the id of one of the staff, as hex."""
    after: str = ""
    """Of a long list of what is over: where the reports end that were looked through before, see Stretch."""

    @property
    def chosen(self) -> dict[str, str]:
        """By name what it is narrowed to."""
        return {name: getattr(self, name) for name in FILTERS if getattr(self, name)}

    @property
    def order(self) -> Sort:
        return self.sort or (Sort.NEWEST if self.view in PAST else Sort.NEED)

    def without(self, *names: str) -> Wanted:
        nothing: dict[str, Any] = dict.fromkeys((*names, "after"), "")
        return replace(self, **nothing)

    def as_address(self) -> dict[str, str]:
        """The parts of its address; what is as usual is left out."""
        usual = {"view": self.view.value} if self.view is not View.FIRST else {}
        order = {"sort": self.sort.value} if self.sort else {}
        return usual | self.chosen | order | ({"after": self.after} if self.after else {})


FILTERS = tuple(field.name for field in fields(Wanted) if field.name not in ("view", "sort", "after"))


@dataclass(frozen=True)
class Stretch:
    """So many reports of what is over as one page looks through, before they are narrowed by anything but their month."""

    number: int
    back_to: date
    older: str
    """Where the next one begins; empty where there are no older reports."""


@dataclass(frozen=True)
class Listing:
    """A view's reports, narrowed and in order; how many stand in each view."""

    entries: list[Entry]
    counts: Mapping[View, int]
    unknown: int
    """How many of them have not been opened yet, so that their order is not final."""
    stretch: Stretch | None
    """Of what is closed or taken back the part that was looked through; None where nothing is there."""


def listing(held: Keyring, mine: bytes, wanted: Wanted) -> Listing:
    """`mine` is the id of the member of staff who asks."""
    chosen = _chosen(wanted, mine)
    waiting = open_entries(held, chosen)
    day = today().isoformat()
    seen = [views_of(entry, mine, day) for entry in waiting]
    counts = _counts(seen) | {view: count_past(state) for view, state in PAST.items()}
    stretch = None
    if wanted.view in PAST:
        state, is_opened = PAST[wanted.view], bool(wanted.strand or wanted.type)
        entries = past_entries(held, state, chosen, month=wanted.month, after=wanted.after, is_opened=is_opened)
        stretch = _stretch(entries, state, wanted.month)
    else:
        entries = [entry for entry, views in zip(waiting, seen, strict=True) if views & _BIT[wanted.view]]
    entries = _narrowed(entries, wanted)
    entries.sort(key=_key(wanted.order, mine, day))
    if wanted.order is Sort.NEWEST:
        entries.reverse()
    unknown = sum(entry.facts is UNKNOWN for entry in waiting)
    return Listing(entries, counts, unknown, stretch)


def _stretch(entries: Sequence[Entry], state: State, month: str) -> Stretch | None:
    """None where nothing is there."""
    if not entries:
        return None
    back_to = min(entry.received_on for entry in entries)
    last = max(entry.id for entry in entries if entry.received_on == back_to)
    older = newest_first.mark(date.fromisoformat(back_to), uuid.UUID(bytes=last))
    goes_on = newest_first.goes_on(older, Report.state == state, newest_first.received_in(month))
    return Stretch(len(entries), date.fromisoformat(back_to), older if goes_on else "")


_BIT = {view: 1 << number for number, view in enumerate(View)}
# As numbers: to find each by its view, for ten thousand reports, takes as long as all else that is asked of them.
_FIRST, _OVERDUE, _TODAY, _IMMEDIATE, _MESSAGES, _UNASSIGNED, _NEW, _MINE, _TEAM, _WAITING, _HELD, _SERIES = (
    _BIT[view] for view in View if view not in PAST
)

# As they lie in the database.
_WITHDRAWN, _AS_NEW, _AS_HELD = State.WITHDRAWN.value, State.NEW.value, State.HELD.value


def _counts(seen: Iterable[int]) -> dict[View, int]:
    alike = Counter(seen).items()
    return {view: sum(times for views, times in alike if views & bit) for view, bit in _BIT.items()}


def views_of(entry: Entry, mine: bytes, day: str) -> int:
    """In which views of what waits it stands, a bit for each. Immediate risk is shown to all; the rest to those who can open it."""
    views = _FIRST | _IMMEDIATE if entry.immediate else _FIRST
    if not entry.is_ours:
        return views
    views |= _TEAM
    if entry.due_on is not None and entry.due_on <= day:
        views |= _TODAY if entry.due_on == day else _OVERDUE
    if entry.is_partner_late:
        views |= _OVERDUE
    if entry.unseen:
        views |= _MESSAGES
    if entry.state == _WITHDRAWN:  # its reporter stopped all work: it is there to be read
        return views
    if entry.assignee is None:
        views |= _UNASSIGNED
    elif entry.assignee == mine:
        views |= _MINE
    if entry.is_paused:
        views |= _WAITING
    if entry.state == _AS_NEW:
        views |= _NEW
    elif entry.state == _AS_HELD:
        views |= _HELD
    if entry.facts and entry.facts.times:
        views |= _SERIES
    return views


def _key(order: Sort, mine: bytes, day: str) -> Callable[[Entry], tuple[object, ...]]:
    if order is Sort.NEED:
        ordinal = today().toordinal()
        return lambda entry: need(entry, mine, day, ordinal)
    if order is Sort.DUE:
        return lambda entry: (entry.due_on is None, entry.due_on or "", entry.id)
    return lambda entry: (entry.received_on, entry.id)


def _chosen(wanted: Wanted, mine: bytes) -> list[ColumnElement[bool]]:
    """Of what it is narrowed to, what lies in the clear."""
    chosen: list[ColumnElement[bool]] = []
    if wanted.kind:
        chosen.append(Report.kind == Kind(wanted.kind))
    if wanted.language:
        chosen.append(Report.language == wanted.language)
    if wanted.source:
        chosen.append(Report.source == Source(wanted.source))
    if wanted.state:
        chosen.append(Report.state == State(wanted.state))
    if wanted.place:
        chosen.append(Report.place_code.in_(_places(wanted.place)))
    if wanted.month:
        chosen.append(newest_first.received_in(wanted.month))
    if wanted.owner == NOBODY:
        chosen.append(Report.assignee_id.is_(None))
    elif wanted.owner:
        chosen.append(
            Report.assignee_id == uuid.UUID(bytes=mine if wanted.owner == ME else bytes.fromhex(wanted.owner))
        )
    return chosen


def _narrowed(entries: Iterable[Entry], wanted: Wanted) -> list[Entry]:
    """Also by what is sealed."""
    narrowed = [entry for entry in entries if entry.is_chosen]
    for code in (f"strand-{wanted.strand}" if wanted.strand else "", wanted.type):
        if code:
            bit = BITS.get(code, 0)
            narrowed = [entry for entry in narrowed if entry.facts and entry.facts.ticked & bit]
    return narrowed


def _places(code: str) -> set[str]:
    known = current_partnership().places.all
    if code.startswith(GROUP):
        return {place.code for place in known if place.group == code.removeprefix(GROUP)}
    return {place.code for place in known if code in (place.code, place.parish)}
