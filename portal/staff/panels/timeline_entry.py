"""One line of a case's timeline: what happened, when, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.db import LOCAL_TIME
from portal.reporting.case import OpenReport


@dataclass(frozen=True)
class TimelineEntry:
    """`words` is a whole sentence or the name of what happened, without the actor and the day, which stand beside it."""

    on: date
    words: Any
    by: str = ""
    """The display name of whoever did it; empty where that is said in the words, or nobody did."""
    href: str = ""
    """Where it can be read whole: an anchor of the report's page, or a page."""
    at: datetime | None = None
    """The moment, where the portal keeps it: staff's acts only, never a resident's."""
    quote: str = ""
    """The beginning of what was written, in whatever language."""
    is_late: bool = False
    """Of a promise or a task that was not kept by its day."""

    @classmethod
    def of_moment(cls, at: datetime, words: Any, by: str = "", href: str = "", quote: str = "") -> TimelineEntry:
        return cls(at.astimezone(LOCAL_TIME).date(), words, by, href, at, quote)


MAX_QUOTE = 120


def beginning(text: str) -> str:
    """As much of a text as a line of the list has room for."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_QUOTE else f"{line[:MAX_QUOTE].rstrip()}…"


# Each gives what it knows of one report, in any order.
TimelineSource = Callable[[OpenReport], list[TimelineEntry]]
