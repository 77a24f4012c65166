"""Events as programs read them: JSON for other sites, and schema.org's words for search engines.

What stands in the JSON is written down in docs/event-feeds.md; a name there keeps its meaning.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from portal.events.listing import ShownEvent
from portal.events.outgoing_words import Where, title_in_words, where_is
from portal.events.times import local
from portal.text import unmarked

SCHEMA = "https://schema.org"


def feed(events: Iterable[tuple[ShownEvent, str]], *, name: str, language: str, page: str) -> bytes:
    """The same bytes for the same events; each comes with the address of its page."""
    said = {"name": name, "language": language, "url": page, "events": [_event(*one) for one in events]}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _event(shown: ShownEvent, url: str) -> dict[str, Any]:
    event, where = shown.event, where_is(shown)
    return {
        "id": str(event.id),
        "url": url,
        "state": event.state.value,
        "title": shown.words.title,
        "description": unmarked(shown.words.description),
        "language": shown.words.language,
        "dates": [
            {
                "planned_on": one.planned_on.isoformat(),
                "starts_at": _local(one.starts_at),
                "ends_at": _local(one.ends_at),
                "cancelled": one.is_cancelled or shown.is_cancelled,
                "venue": there.name,
                "address": there.address,
            }
            for one in shown.occurrences
            for there in [where_is(shown, one)]
        ],
        "venue": where.name,
        "address": where.address,
        "place": where.place,
        "place_on_request": where.is_on_request,
        "online": where.is_online,
        "kind": event.kind.value if event.kind else None,
        "for_whom": event.for_whom,
        "cost": event.cost,
        "spoken": event.languages,
        "access": dict(sorted(event.access.items())),
        "organiser": event.organiser,
        "checked_on": event.checked_on.isoformat() if event.checked_on else None,
        "changed_at": event.changed_at.isoformat(timespec="seconds"),
        "sequence": event.sequence,
    }


def linked_data(shown: ShownEvent, url: str, image: str | None = None) -> dict[str, Any]:
    """One event as schema.org says it, of the time that comes next; `image` is the address of its picture."""
    event, next_ = shown.event, shown.next
    where = where_is(shown, next_)
    # How to join an online room is for those who ask: its place is the page that says whom.
    rooms = [{"@type": "VirtualLocation", "url": url}] if event.is_online else []
    on_site = [_place(where)] if where.name or where.is_on_request or not rooms else []
    mode = "Mixed" if rooms and on_site else "Online" if rooms else "Offline"
    return {
        "@context": SCHEMA,
        "@type": "Event",
        "@id": url,
        "url": url,
        "name": title_in_words(shown, is_cancelled=shown.is_next_cancelled),
        "description": unmarked(shown.words.description),
        "inLanguage": shown.words.language,
        "startDate": _local(next_.starts_at),
        "endDate": _local(next_.ends_at),
        "eventStatus": f"{SCHEMA}/{'EventCancelled' if shown.is_next_cancelled else 'EventScheduled'}",
        "eventAttendanceMode": f"{SCHEMA}/{mode}EventAttendanceMode",
        "location": on_site + rooms,
        "organizer": {"@type": "Organization", "name": event.organiser},
        "isAccessibleForFree": not event.cost,
    } | ({"image": _image(shown, image)} if image else {})


def _image(shown: ShownEvent, url: str) -> dict[str, Any]:
    assert shown.picture is not None
    language, said = shown.picture_said
    size = {"width": shown.picture.width, "height": shown.picture.height}
    return {"@type": "ImageObject", "contentUrl": url, "caption": said, "inLanguage": language} | size


def _place(where: Where) -> dict[str, Any]:
    named = where.name or where.in_one_line
    address = ", ".join(filter(None, (where.address, where.place)))
    return {"@type": "Place", "name": named} | ({"address": address} if address else {})


def _local(at: datetime) -> str:
    """With the difference from Greenwich that holds there and then."""
    return local(at).isoformat(timespec="seconds")
