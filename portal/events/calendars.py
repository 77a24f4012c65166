"""What people's own calendars are given: events, or one date, as a file with the addresses that residents open."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response

from portal.events import feeds
from portal.events.entries import entries_of, entry_alone
from portal.events.listing import ShownEvent
from portal.events.routes import address_of
from portal.languages.i18n import current_language

CALENDAR = "text/calendar; charset=utf-8"


def as_calendar(events: Iterable[ShownEvent], name: str, file: str) -> Response:
    entries = [entry for shown in events for entry in _entries(shown)]
    body = feeds.calendar(entries, name, current_language().tag)
    return Response(body, content_type=CALENDAR, headers={"Content-Disposition": f"inline; filename={file}"})


def _entries(shown: ShownEvent) -> list[feeds.Entry]:
    """All of an event, or the one date that is looked at by itself."""
    address = address_of(shown.event.id)
    return entries_of(shown, address) if shown.one is None else [entry_alone(shown, shown.one, address)]
