"""Events as web pages say them to search engines: schema.org's Event as JSON-LD within the page."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from portal.db import LOCAL_TIME
from portal.events.source_entries import MAX_ENTRIES, Damaged, Entry, NoCalendar, Read
from portal.events.source_ical import EARLIEST_YEAR, LATEST_YEAR, USUAL
from portal.events.source_models import Skipped

# Of things within things; a list of a graph of series of events is five.
MAX_NESTING = 12
# Kinds of event that are not called so, of all that schema.org knows.
_EVENTS = frozenset({"festival", "hackathon", "courseinstance", "eventseries"})
_OFF = ("cancelled", "canceled", "postponed")
_ADDRESS = ("streetAddress", "addressLocality", "postalCode")


_SCRIPT = re.compile(r"<!--|<script\b", re.IGNORECASE)
_SCRIPT_END = re.compile(r"</script", re.IGNORECASE)
_IS_LINKED_DATA = re.compile(r"\btype\s*=\s*[\"']?\s*application/ld\+json\b", re.IGNORECASE)


def _scripts(html: str) -> Iterator[str]:
    """The texts of a page's JSON-LD. It goes over the page once, however the page is made: html.parser goes back."""
    at = 0
    while opening := _SCRIPT.search(html, at):
        if opening[0] == "<!--":
            at = html.find("-->", opening.end())
        else:
            begins = html.find(">", opening.end())
            ending = _SCRIPT_END.search(html, begins) if begins >= 0 else None
            if ending is not None and _IS_LINKED_DATA.search(html, opening.end(), begins):
                yield html[begins + 1 : ending.start()]
            at = ending.end() if ending else -1
        if at < 0:
            return


def read_page(html: str, is_late: Callable[[], bool] = lambda: False) -> Read:
    """Every event of the page. Raises NoCalendar where it has none, Damaged where `is_late` says so."""
    read, events = Read(), []
    for script in _scripts(html):
        if is_late():
            raise Damaged
        try:
            events += list(_events(json.loads(script, strict=False), 0))
        except (ValueError, RecursionError):
            continue  # the page may say other things beside it
    if not events:
        raise NoCalendar
    # One address may stand for all dates of an event.
    times = Counter(_uid(event) for event in events)
    for event in events[: MAX_ENTRIES * 2]:
        if is_late():
            raise Damaged
        found = _entry(event, is_one_of_many=times[_uid(event)] > 1)
        if isinstance(found, Skipped):
            read.skipped[found] += 1
        else:
            read.entries.append(found)
    return read


def _events(said: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > MAX_NESTING:
        return
    if isinstance(said, list):
        for one in said:
            yield from _events(one, depth + 1)
    elif isinstance(said, dict):
        kinds = {str(kind).rpartition("/")[2].lower() for kind in _list(said.get("@type"))}
        within = [
            said[name] for name in ("@graph", "subEvent", "itemListElement", "item", "event", "events") if name in said
        ]
        if any(kind.endswith("event") or kind in _EVENTS for kind in kinds) and "startDate" in said:
            yield said
        for one in within:
            yield from _events(one, depth + 1)


def _entry(event: dict[str, Any], *, is_one_of_many: bool) -> Entry | Skipped:
    starts, is_whole_day = _moment(event.get("startDate"))
    if starts is None:
        return Skipped.NO_DAY
    ends, ends_whole_day = _moment(event.get("endDate"))
    if ends is not None and ends_whole_day:
        ends += timedelta(days=1, minutes=-1)
    if ends is None or (ends == starts and not is_whole_day):
        ends = starts + (timedelta(days=1, minutes=-1) if is_whole_day else USUAL)
    if ends <= starts:
        return Skipped.ENDS_FIRST
    venue, address, room = _place(event.get("location"))
    return Entry(
        uid=f"{_uid(event)} {starts.isoformat()}" if is_one_of_many else _uid(event),
        starts_at=starts,
        ends_at=ends,
        title=_word(event.get("name")),
        text=_word(event.get("description")),
        venue=venue,
        address=address,
        web=_word(event.get("url")),
        room=room,
        cost=_cost(event),
        is_cancelled=_word(event.get("eventStatus")).lower().removeprefix("event").endswith(_OFF),
    )


def _uid(event: dict[str, Any]) -> str:
    return _word(event.get("@id")) or _word(event.get("url")) or f"{event.get('startDate')} {_word(event.get('name'))}"


def _list(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [said]


def _word(said: Any) -> str:
    """A text, also as the first of several or as a value with its language."""
    first = next(iter(_list(said)), "")
    if isinstance(first, dict):
        first = first.get("@value", first.get("name", first.get("@id", "")))
    # JSON may spell half a letter, which nothing can store.
    return first.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(first, str) else ""


def _place(said: Any) -> tuple[str, str, str]:
    """Venue, address and online room."""
    venue = address = room = ""
    for one in _list(said):
        if isinstance(one, str):
            first, _comma, rest = one.partition(",")
            venue, address = venue or first.strip(), address or rest.strip()
        elif isinstance(one, dict):
            if "virtuallocation" in str(one.get("@type", "")).lower():
                room = room or _word(one.get("url"))
                continue
            where = next(iter(_list(one.get("address"))), "")
            lines = [_word(where.get(name)) for name in _ADDRESS] if isinstance(where, dict) else [_word(where)]
            venue, address = venue or _word(one.get("name")), address or ", ".join(filter(None, lines))
    return venue, address, room


def _cost(event: dict[str, Any]) -> str | None:
    offer = next(iter(_list(event.get("offers"))), None)
    price = offer.get("price", offer.get("lowPrice")) if isinstance(offer, dict) else None
    said = str(price).strip() if isinstance(price, (int, float, str)) else ""
    is_free = str(event.get("isAccessibleForFree")).lower().rpartition("/")[2] == "true"
    if is_free or (said and not said.strip("0.,£ ")):
        return ""
    if not said or not isinstance(offer, dict):
        return None
    currency = _word(offer.get("priceCurrency")).upper()
    return f"£{said.lstrip('£')}" if currency in {"GBP", ""} else f"{said} {currency}"


def _moment(said: Any) -> tuple[datetime | None, bool]:
    """The moment, and whether it is a day without an hour. Without an offset it is by our own clock."""
    text = _word(said).strip()
    try:
        at = datetime.combine(date.fromisoformat(text), time()) if len(text) <= 10 else datetime.fromisoformat(text)
    except ValueError:
        return None, False
    if not EARLIEST_YEAR <= at.year <= LATEST_YEAR:
        return None, False
    return at if at.tzinfo else at.replace(tzinfo=LOCAL_TIME), len(text) <= 10
