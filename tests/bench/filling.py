"""What the measured portal holds: as many public events as its calendar gives out at most."""

from __future__ import annotations

import uuid
from datetime import timedelta
from itertools import islice
from pathlib import Path

from portal import create_app
from portal.db import transaction, utcnow
from portal.events.models import EventKind, ForWhom
from portal.events.outgoing import MAX_FEED_EVENTS
from portal.events.recurrence import weekly
from portal.events.services import Facts, Written, add_event, places, publish_event
from portal.events.times import local
from portal.partnership.file import current_partnership

WORDS = "Practise English with friendly volunteers. All levels are welcome. " * 4
# One event in ten comes again, every week of a quarter of a year.
WEEKS = timedelta(weeks=12)


def fill_calendar(data: Path) -> None:
    """Three a day from now on, of every kind and in many places."""
    app = create_app(data=data)
    with app.app_context(), transaction() as db:
        parishes = [parish.code for parish in places().parishes if not parish.retired]
        priorities = [priority.code for priority in current_partnership().priorities]
        for number in range(MAX_FEED_EVENTS):
            starts_at = utcnow().replace(second=0, microsecond=0) + timedelta(days=1 + number // 3, hours=number % 3)
            facts = Facts(
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=2),
                venue="Bletchley Library",
                address="Westfield Road, 5 minutes from the bus station",
                place_code=parishes[number % len(parishes)],
                organiser="The library",
                contact="01908 123456",
                web_address="",
                cost="" if number % 4 else "£2",
                languages=["en", "ur"] if number % 3 else ["en"],
                access={"step_free": "yes" if number % 2 else "no", "hearing_loop": "no"},
                kind=list(EventKind)[number % len(EventKind)],
                for_whom=list(islice(ForWhom, number % 3)),
                priorities=[priorities[number % len(priorities)]],
                rule="" if number % 10 else weekly(1),
                last_date=None if number % 10 else local(starts_at + WEEKS).date(),
            )
            written = Written(language="en", title=f"Conversation {number}", typed=WORDS, by="bench")
            event_id = uuid.uuid4()
            add_event(db, event_id, facts, written, checked=True)
            publish_event(db, event_id, 0)
    app.extensions["database"].engine.dispose()
