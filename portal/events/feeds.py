"""Events as calendars read them: iCalendar (RFC 5545), in which each keeps its UID and says when it was changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Timezone, vText

from portal.db import LOCAL_TIME

ASK_AGAIN = timedelta(hours=1)
MAX_LINE = 75
TZID = "TZID=Europe/London"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
# By rules, as every calendar knows them: a list of days would end some year. What was before 1996 nobody asks.
LONDON = b"""BEGIN:VTIMEZONE
TZID:Europe/London
BEGIN:DAYLIGHT
DTSTART:19960331T010000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:BST
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T020000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:GMT
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
END:STANDARD
END:VTIMEZONE
"""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event in someone's calendar. `text` ends with the event's address: many calendars show no other."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    sequence: int
    is_cancelled: bool
    title: str
    text: str
    location: str
    url: str
    created_at: datetime | None = None
    category: str = ""
    """What people do there, in words."""
    html: str = ""
    """The description as the page shows it."""
    language: str = ""
    """BCP 47: of the title and the description."""
    rule: str = ""
    """RFC 5545 without its end; empty: it is once."""
    times: int = 1
    planned_at: datetime | None = None
    """Of one date that is otherwise than its series, which has the same UID: when the series would have it start."""


def calendar(entries: Iterable[Entry], name: str, language: str) -> bytes:
    """The same bytes for the same entries, whenever it is asked for."""
    feed = Calendar()
    feed.add("prodid", f"-//Community safety portal//{language.upper()}")
    feed.add("version", "2.0")
    feed.add("calscale", "GREGORIAN")
    feed.add("method", "PUBLISH")
    feed.add("name", vText(name))  # icalendar does not know it as a text, which may hold commas
    feed.add("x-wr-calname", vText(name))
    feed.add("x-wr-timezone", LOCAL_TIME.key)
    feed.add("refresh-interval", ASK_AGAIN, {"VALUE": "DURATION"})
    feed.add("x-published-ttl", "PT1H")
    feed.add_component(Timezone.from_ical(LONDON))
    head, end, _nothing = feed.to_ical().rpartition(b"END:VCALENDAR")
    # Written here, because icalendar takes half a second for a thousand events.
    return head + "".join(line for entry in entries for line in _component(entry)).encode() + end + b"\r\n"


def _component(entry: Entry) -> Iterator[str]:
    changed = f"{entry.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    lines = [
        "BEGIN:VEVENT",
        f"UID:{_escaped(entry.uid)}",
        f"DTSTAMP:{changed}",
        f"LAST-MODIFIED:{changed}",
        f"SEQUENCE:{entry.sequence}",
        f"STATUS:{'CANCELLED' if entry.is_cancelled else 'CONFIRMED'}",
        f"DTSTART;{TZID}:{_clock(entry.starts_at)}",
        f"DTEND;{TZID}:{_clock(entry.ends_at)}",
        *([f"RRULE:{entry.rule};COUNT={entry.times}"] if entry.rule and entry.times > 1 else []),
        *([f"RECURRENCE-ID;{TZID}:{_clock(entry.planned_at)}"] if entry.planned_at is not None else []),
        f"SUMMARY:{_escaped(entry.title)}",
        f"DESCRIPTION:{_escaped(entry.text)}",
        f"LOCATION:{_escaped(entry.location)}",
        f"URL:{entry.url}",
        *([f"CATEGORIES:{_escaped(entry.category)}"] if entry.category else []),
        "END:VEVENT",
    ]
    return map(_folded, lines)


def _clock(at: datetime) -> str:
    """As the wall shows it: a moment that is said by that clock already may be in the hour that is left out in March."""
    return f"{at.astimezone(LOCAL_TIME):%Y%m%dT%H%M%S}"


def _escaped(text: str) -> str:
    """A TEXT of RFC 5545, 3.3.11, which holds no control character."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n"))
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """No line is longer than 75 bytes, and none is cut within a letter."""
    if len(line) * 4 <= MAX_LINE:
        return f"{line}\r\n"
    rest, parts, room = line.encode(), [], MAX_LINE
    while len(rest) > room:
        cut = room
        while rest[cut] & 0xC0 == 0x80:
            cut -= 1
        parts.append(rest[:cut])
        rest, room = rest[cut:], MAX_LINE - 1  # the blank before it counts
    return b"\r\n ".join([*parts, rest]).decode() + "\r\n"
