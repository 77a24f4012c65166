"""One entry of a group's own calendar, as its file or page says it, whichever way that is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from portal.events.source_models import Skipped

# A calendar with more is cut: nobody could look at them all.
MAX_ENTRIES = 500


class NoCalendar(Exception):
    """What was read is no calendar, and no page with events."""


class Damaged(Exception):
    """It begins as a calendar and cannot be read to its end."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """In the writer's words and by the writer's clock; nothing of it is clean yet."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    title: str
    text: str = ""
    venue: str = ""
    address: str = ""
    web: str = ""
    room: str = ""
    """The address of an online room, where it is said apart."""
    cost: str | None = None
    """Empty: free; None: nothing is said."""
    is_cancelled: bool = False
    rule: str = ""
    """RFC 5545's RRULE, as it was written."""
    planned_at: datetime | None = None
    """Of one date of a series: when the series would have it start."""
    left_out: tuple[datetime, ...] = ()
    added: tuple[datetime, ...] = ()


@dataclass
class Read:
    """The entries of one calendar, and how many could not be understood, by why."""

    entries: list[Entry] = field(default_factory=list)
    skipped: Counter[Skipped] = field(default_factory=Counter)


@dataclass(frozen=True, kw_only=True)
class DateChange:
    """One date of a series that is otherwise: it does not take place, is elsewhere, or as its series again."""

    day: date
    starts_at: datetime | None = None
    """None: it does not take place."""
    ends_at: datetime | None = None
    venue: str = ""
    address: str = ""
    is_back: bool = False
    """It was moved before, and is when and where its series has it again."""
