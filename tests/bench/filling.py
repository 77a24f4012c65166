"""What the measured portal holds: as many public events as its calendar gives out at most."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

from portal import create_app
from portal.db import transaction, utcnow
from portal.events.outgoing import MAX_FEED_EVENTS
from portal.events.services import Facts, Written, add_event, publish_event

WORDS = "Practise English with friendly volunteers. All levels are welcome. " * 4


def fill_calendar(data: Path) -> None:
    """Three a day from now on."""
    app = create_app(data=data)
    with app.app_context(), transaction() as db:
        for number in range(MAX_FEED_EVENTS):
            starts_at = utcnow().replace(second=0, microsecond=0) + timedelta(days=1 + number // 3, hours=number % 3)
            facts = Facts(
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=2),
                venue="Bletchley Library",
                address="Westfield Road, 5 minutes from the bus station",
                place_code=None,
                organiser="The library",
                contact="01908 123456",
                web_address="",
                cost="" if number % 4 else "£2",
                languages=["en", "ur"],
                access={"step_free": "yes", "hearing_loop": "no"},
            )
            written = Written(language="en", title=f"Conversation {number}", typed=WORDS, by="bench")
            event_id = uuid.uuid4()
            add_event(db, event_id, facts, written, checked=True)
            publish_event(db, event_id, 0)
    app.extensions["database"].engine.dispose()
