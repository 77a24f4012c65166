"""The iCalendar files (RFC 5545) of groups' own programs: read line by line, forgiving what does no harm.

A parser of our own, because the icalendar library takes a millisecond for each entry: fifty calendars would keep the
worker from its other duties.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from portal.db import LOCAL_TIME
from portal.events.source_entries import Damaged, Entry, NoCalendar, Read
from portal.events.source_models import Skipped

# An entry that says no end is taken to last so long.
USUAL = timedelta(hours=1)
EARLIEST_YEAR, LATEST_YEAR = 1990, 2999
# Of the dates that a series leaves out or adds; more is no calendar of people.
MAX_DATES = 500
_FOLD = re.compile(r"(?:\r\n|\n|\r)[ \t]")
_LINE = re.compile(
    r"""([A-Za-z0-9-]++)((?:;[A-Za-z0-9-]++=(?:"[^"\n]*+"|[^";:,\n]*+)(?:,(?:"[^"\n]*+"|[^";:,\n]*+))*+)*+):(.*+)""",
    re.DOTALL,
)
_PARAMETER = re.compile(r""";([A-Za-z0-9-]++)=("[^"]*+"|[^";:]*+)""")
_ESCAPED = re.compile(r"\\([\\;,nN])")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?")
_DURATION = re.compile(r"P(?:(\d{1,4})W|(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?)")
_ROOMS = ("CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL")
_WANTED = frozenset(
    {
        "UID", "DTSTART", "DTEND", "DURATION", "SUMMARY", "DESCRIPTION", "LOCATION", "URL", "STATUS",
        "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", *_ROOMS,
    }
)  # fmt: skip


class Line(NamedTuple):
    """One property of an entry."""

    parameters: str
    value: str

    def parameter(self, name: str) -> str:
        found = (one[2] for one in _PARAMETER.finditer(self.parameters) if one[1].upper() == name)
        return next(found, "").strip('"')


Properties = dict[str, list[Line]]


def read_ical(text: str, is_late: Callable[[], bool] = lambda: False) -> Read:
    """Every entry that has a day. Raises NoCalendar, and Damaged where the file breaks off or `is_late` says so."""
    if not text.lstrip("\ufeff \t\r\n")[:15].upper().startswith("BEGIN:VCALENDAR"):
        raise NoCalendar
    read = Read()
    for properties in _entries(text):
        if is_late():
            raise Damaged
        found = _entry(properties)
        if isinstance(found, Skipped):
            read.skipped[found] += 1
        else:
            read.entries.append(found)
    return read


def _entries(text: str) -> Iterator[Properties]:
    """The properties of each VEVENT, without those of alarms within it."""
    inside: Properties | None = None
    nested, has_ended = 0, False
    for line in re.split(r"[\r\n]+", _FOLD.sub("", text)):
        name = line[:40].upper()
        if name.startswith("BEGIN:"):
            if inside is not None:
                nested += 1
            elif name.rstrip() == "BEGIN:VEVENT":
                inside, nested = {}, 0
        elif name.startswith("END:"):
            if name.rstrip() == "END:VCALENDAR":
                has_ended = True
            if inside is not None and nested:
                nested -= 1
            elif inside is not None:
                yield inside
                inside = None
        elif inside is not None and not nested and re.split("[:;]", name, maxsplit=1)[0] in _WANTED:
            found = _LINE.fullmatch(line)
            if found:
                inside.setdefault(found[1].upper(), []).append(Line(found[2], found[3]))
    if not has_ended:
        raise Damaged


def _entry(properties: Properties) -> Entry | Skipped:
    first = properties.get("DTSTART", [None])[0]
    starts = _moment(first) if first else None
    if first is None or starts is None:
        return Skipped.NO_DAY
    ends = _end(properties, first, starts)
    if ends is None:
        return Skipped.ENDS_FIRST
    planned = properties.get("RECURRENCE-ID", [None])[0]
    planned_at = _moment(planned) if planned else None
    title, venue = _text(properties, "SUMMARY"), _text(properties, "LOCATION")
    place, _comma, address = venue.replace("\n", ", ").partition(",")
    return Entry(
        # What has no name of its own is known by what it says.
        uid=_text(properties, "UID") or f"{starts.isoformat()} {title}",
        starts_at=starts,
        ends_at=ends,
        title=title,
        text=_text(properties, "DESCRIPTION"),
        venue=place.strip(),
        address=address.strip(),
        web=_text(properties, "URL"),
        room=next((said for name in _ROOMS if (said := _text(properties, name))), ""),
        is_cancelled=_text(properties, "STATUS").strip().upper() == "CANCELLED",
        rule=properties["RRULE"][0].value.strip() if "RRULE" in properties and planned_at is None else "",
        planned_at=planned_at,
        left_out=_moments(properties, "EXDATE"),
        added=_moments(properties, "RDATE"),
    )


def _text(properties: Properties, name: str) -> str:
    if name not in properties:
        return ""
    value = properties[name][0].value
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value) if "\\" in value else value


def _end(properties: Properties, first: Line, starts: datetime) -> datetime | None:
    """None where it ends before it starts. Of whole days the last is the one before DTEND."""
    is_whole_days = "T" not in first.value.upper()
    if "DTEND" in properties:
        ends = _moment(properties["DTEND"][0])
        if ends is None or ends < starts:
            return None
        if is_whole_days and ends > starts:
            return ends - timedelta(minutes=1)
    elif "DURATION" in properties:
        found = _DURATION.fullmatch(properties["DURATION"][0].value.strip().lstrip("+").upper())
        if found is None:
            return None
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        ends = starts + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    else:
        ends = starts
    if ends > starts:
        return ends - timedelta(minutes=1) if is_whole_days else ends
    return starts + (timedelta(days=1, minutes=-1) if is_whole_days else USUAL)


def _moments(properties: Properties, name: str) -> tuple[datetime, ...]:
    found = [
        _moment(Line(line.parameters, part.split("/")[0]))
        for line in properties.get(name, ())
        for part in line.value.split(",")[:MAX_DATES]
    ]
    return tuple(one for one in found if one)[:MAX_DATES]


def _moment(line: Line) -> datetime | None:
    """By the clock of its zone; None where it is no day, or one that no calendar of people has."""
    found = _MOMENT.fullmatch(line.value.strip().upper())
    if found is None or not EARLIEST_YEAR <= int(found[1]) <= LATEST_YEAR:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        # A leap second is the minute's last.
        at = datetime.combine(date(year, month, day), time(hour, minute, min(second, 59)))
    except ValueError:
        return None
    return at.replace(tzinfo=UTC if found[7] else _zone(line.parameter("TZID")) if line.parameters else LOCAL_TIME)


@lru_cache(100)
def _zone(name: str) -> ZoneInfo:
    """The zone of this name, also by Windows' names and behind a program's own prefix; ours where nobody knows it."""
    known = WINDOWS_TO_OLSON.get(name, name)
    for one in (known, "/".join(known.split("/")[-2:])):
        try:
            return ZoneInfo(one)
        except (ValueError, OSError, LookupError):
            continue
    return LOCAL_TIME
