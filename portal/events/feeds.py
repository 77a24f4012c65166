"""Events as calendars read them: iCalendar (RFC 5545), in which each keeps its UID and says when it was changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from icalendar import Calendar, Event, Timezone, vRecur, vText

from portal.db import LOCAL_TIME

ASK_AGAIN = timedelta(hours=1)
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


@dataclass(frozen=True)
class OtherTime:
    """One time that is not as the rule gives it: moved, or it does not take place."""

    planned_at: datetime
    starts_at: datetime
    ends_at: datetime
    is_cancelled: bool


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
    """How often the rule gives a day."""
    exceptions: Sequence[OtherTime] = ()
    further: Sequence[datetime] = ()
    """When it starts on days that the rule does not give."""
    cancelled_title: str = ""


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
    for entry in entries:
        whole = _component(entry)
        feed.add_component(whole)
        if entry.rule and entry.times > 1:
            whole.add("rrule", vRecur.from_ical(f"{entry.rule};COUNT={entry.times}"))
            if entry.further:
                whole.add("rdate", [at.astimezone(LOCAL_TIME) for at in entry.further])
            for other in entry.exceptions:
                title = entry.cancelled_title if other.is_cancelled else entry.title
                one = replace(
                    entry,
                    starts_at=other.starts_at,
                    ends_at=other.ends_at,
                    is_cancelled=entry.is_cancelled or other.is_cancelled,
                    title=title,
                )
                override = _component(one)
                override.add("recurrence-id", other.planned_at.astimezone(LOCAL_TIME))
                feed.add_component(override)
    return feed.to_ical()


def _component(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("dtstart", entry.starts_at.astimezone(LOCAL_TIME))
    event.add("dtend", entry.ends_at.astimezone(LOCAL_TIME))
    event.add("summary", entry.title)
    event.add("description", entry.text)
    event.add("location", entry.location)
    if entry.category:
        event.add("categories", [entry.category])
    event.add("url", entry.url)
    return event
