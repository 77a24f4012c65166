"""Invented events: a year of them, from six months ago to six months ahead, one cancelled and one not yet published."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from portal.db import LOCAL_TIME, random_id, today, transaction, utcnow
from portal.events.models import Event, EventKind, EventState
from portal.events.occurrences import occurrences_of
from portal.events.one_date import Moved, cancel_occurrence, move_occurrence, planned
from portal.events.recurrence import weekly
from portal.events.services import (
    Facts,
    Written,
    add_event,
    cancel_event,
    publish_event,
    translate_event,
)
from portal.partnership.file import current_partnership
from portal.sample.told import MARK

EVENTS_FILE = Path(__file__).with_name("events.toml")
HALF_A_YEAR = timedelta(days=182)


def add_events(by: str) -> None:
    """Add every event of the file on each of its days; one of every week is one event, of which a day is cancelled."""
    happenings = tomllib.loads(EVENTS_FILE.read_text(encoding="utf-8"))["happenings"]
    with transaction() as db:
        coming = [_add(db, happening, day, by) for happening in happenings for day in _days(happening)]
        coming = sorted((event for event in coming if event.starts_at.date() > today()), key=lambda e: e.starts_at)
        cancel_event(db, coming[2].id)
        coming[-1].state = EventState.DRAFT


def _days(happening: dict[str, Any]) -> Iterator[date]:
    day = today() - HALF_A_YEAR
    day += timedelta(days=(happening["day"] - day.weekday()) % 7)
    while day <= today() + HALF_A_YEAR:
        yield day
        if happening["every"] == 1:
            return  # its rule says the others
        day += timedelta(weeks=happening["every"])


def _add(db: Session, happening: dict[str, Any], day: date, by: str) -> Event:
    starts_at = datetime.combine(day, time.fromisoformat(happening["starts"]), LOCAL_TIME)
    facts = Facts(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=happening["minutes"]),
        venue=happening["venue"],
        address=happening["address"],
        place_code=happening["place"],
        organiser=f"{MARK} {happening['organiser']}",
        contact="",
        web_address="",
        cost=happening["cost"],
        kind=EventKind(happening["kind"]),
        for_whom=happening.get("for_whom", []),
        # Another partnership may have other priorities.
        priorities=[code for code in happening["priorities"] if current_partnership().find_priority(code)],
        booking=happening.get("booking", ""),
        food=happening.get("food", ""),
        is_online="online_link" in happening,
        online_link=happening.get("online_link", ""),
        is_place_on_request=happening.get("is_place_on_request", False),
        languages=happening["languages"],
        rule=weekly(1) if happening["every"] == 1 else "",
        last_date=today() + HALF_A_YEAR if happening["every"] == 1 else None,
        access=dict.fromkeys(happening["yes"], "yes") | dict.fromkeys(happening["no"], "no"),
    )
    event_id = random_id()
    original, *translations = (
        Written(language=code, title=words["title"], typed=words["description"].strip(), by=by)
        for code, words in happening["words"].items()
    )
    add_event(db, event_id, facts, original, checked=True)
    event = db.get_one(Event, event_id)
    for translation in translations:
        translate_event(db, event_id, (1, 0), translation)
    if day > today():
        publish_event(db, event_id, event.sequence)
    else:
        # What is over cannot be published any more; this was, in its day.
        event.state = EventState.PUBLISHED
    if event.rule:
        later = [one for one in occurrences_of([event_id])[event_id] if one.starts_at > utcnow()]
        cancel_occurrence(db, event_id, later[1].planned_on)
        start, end = (at + timedelta(days=1) for at in planned(event, later[3].planned_on))
        move_occurrence(db, event_id, event.sequence, later[3].planned_on, Moved(starts_at=start, ends_at=end))
    return event
