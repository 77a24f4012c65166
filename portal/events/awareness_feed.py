"""Awareness days as a feed for calendars (RFC 5545): whole days, each ending before the day after its last."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from portal.partnership.awareness import Span

# Of this namespace and a day's code and year its UID is made: the same in every language and after every change.
_NAMESPACE = uuid.UUID("6f0d3b34-5b0e-4c1c-9d0a-3a1f5b0c7e42")
CONTENT_TYPE = "text/calendar; charset=utf-8"
ASK_AGAIN = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class WholeDays:
    code: str
    year: int
    number: int
    span: Span
    changed_at: datetime
    sequence: int
    title: str
    text: str


def calendar(entries: Iterable[WholeDays], name: str, language: str) -> bytes:
    """The same bytes for the same entries, whenever it is asked for."""
    feed = Calendar()
    feed.add("prodid", f"-//Community safety portal//{language.upper()}")
    feed.add("version", "2.0")
    feed.add("calscale", "GREGORIAN")
    feed.add("method", "PUBLISH")
    feed.add("name", name)
    feed.add("x-wr-calname", name)
    feed.add("refresh-interval", ASK_AGAIN, {"VALUE": "DURATION"})
    feed.add("x-published-ttl", "P1D")
    for entry in entries:
        event = Event()
        event.add("uid", str(uuid.uuid5(_NAMESPACE, f"{entry.code}/{entry.year}/{entry.number}")))
        event.add("dtstamp", entry.changed_at)
        event.add("sequence", entry.sequence)
        event.add("status", "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        event.add("dtstart", entry.span[0])
        event.add("dtend", entry.span[1] + timedelta(days=1))
        event.add("summary", entry.title)
        if entry.text:
            event.add("description", entry.text)
        feed.add_component(event)
    return feed.to_ical()
