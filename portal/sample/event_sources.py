"""An invented group's own calendar that an editor let through, with one event in it that waits; nothing is fetched for it."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from portal.db import LOCAL_TIME, random_id, today, transaction, utcnow
from portal.events import sources
from portal.events.source_content import Source, understand
from portal.events.source_entries import Entry, Read
from portal.events.source_following import follow
from portal.events.source_models import EventSource, Rhythm
from portal.sample.told import MARK

GROUP = f"{MARK} Bradwell gardeners"
ADDRESS = "https://gardeners.example.org/calendar.ics"
# The worker of a demonstration asks nobody on the network unless an editor presses "Read it now".
NOT_SOON = timedelta(days=3650)


def add_calendar(by: str) -> None:
    """As if it had just been read; its number was given to nobody."""
    wanted = sources.Settings(address=ADDRESS, group=GROUP, language="en", rhythm=Rhythm.DAILY)
    once = random_id()
    source_id = sources.id_of(once, wanted)
    with transaction() as db:
        sources.let_in(db, once, wanted, sources.new_lookup(), by)
        row = db.get_one(EventSource, source_id)
        about = Source(group=GROUP, language="en", ask="Ask the group")
        found = understand(Read([_planting()]), about, lambda _uid: None, utcnow())
        follow(db, row, found.wanted)
        row.found, row.read_at, row.good_at = len(found.wanted), utcnow(), utcnow()
        row.due_at = utcnow() + NOT_SOON


def _planting() -> Entry:
    starts_at = datetime.combine(today() + timedelta(days=9), time(14), LOCAL_TIME)
    return Entry(
        uid="bulbs@gardeners.example.org",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        title="Planting bulbs together",
        text="We plant bulbs for the spring. Tools are there.\n\nChildren are welcome.",
        venue="Bradwell community garden",
        address="Loughton Road, Bradwell",
        cost="",
        rule="FREQ=WEEKLY;COUNT=4",
    )
