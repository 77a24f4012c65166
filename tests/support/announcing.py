"""An event as a calendar editor types it, and the way to have it in the calendar."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select

from portal.db import today, transaction, utcnow
from portal.events.models import Event, EventState, Occurrence
from tests.support.people import Fields, Officer

TITLE = "Coffee and English conversation"


def typed(days: int = 3, **changed: object) -> Fields:
    """The fields of the form for an event so many days from now; an underscore stands for a field's hyphen."""
    day = today() + timedelta(days=days)
    fields: Fields = {
        "language": "en",
        "title": TITLE,
        "description": "Practise with friendly volunteers.\n\n- All levels\n- Nobody asks about your papers",
        "day-day": day.day,
        "day-month": day.month,
        "day-year": day.year,
        "starts": "10:00",
        "ends": "12:00",
        "venue": "Bletchley Library",
        "address": "Westfield Road",
        "place": "e-fishermead",
        "organiser": "The library",
        "contact": "01908 123456",
        "web_address": "https://example.org/coffee",
        "cost": "",
        "languages": ["en", "ur"],
        "access-step_free": "yes",
        "access-hearing_loop": "no",
        "checked": "y",
    }
    return fields | {name.replace("__", "-"): value for name, value in changed.items()}


def add_event(editor: Officer, days: int = 3, **changed: object) -> str:
    """A draft; gives its id."""
    editor.get("/staff/events/new")
    # Where the day is in the past, the page has told of it once.
    told = {"past": (today() + timedelta(days=days)).isoformat()} if days < 0 else {}
    editor.post("/staff/events/new", typed(days, **changed) | told)
    editor.follow()
    return editor.path.rsplit("/", 1)[1]


def publish(editor: Officer, event_id: str) -> str:
    editor.get(f"/staff/events/{event_id}")
    editor.post(f"/staff/events/{event_id}/publish")
    editor.follow()
    return event_id


def announce(editor: Officer, days: int = 3, **changed: object) -> str:
    """A public event; gives its id."""
    return publish(editor, add_event(editor, days, **changed))


def translate(editor: Officer, event_id: str, language: str, title: str, description: str) -> None:
    path = f"/staff/events/{event_id}/words/{language}"
    editor.get(path)
    editor.post(path, title=title, description=description)
    editor.follow()


def cancel(editor: Officer, event_id: str) -> None:
    editor.get(f"/staff/events/{event_id}/cancel")
    editor.post(f"/staff/events/{event_id}/cancel")
    editor.follow()


def hold(app: Flask, event_id: str, days_ago: int = 1) -> date:
    """The event, which has one date, was public and so many days ago; gives the day in that date's address."""
    with app.app_context(), transaction() as db:
        event = db.get_one(Event, uuid.UUID(event_id))
        event.state = EventState.PUBLISHED
        one = db.scalars(select(Occurrence).where(Occurrence.event_id == event.id)).one()
        back = utcnow() - timedelta(days=days_ago)
        event.starts_at, event.ends_at = one.starts_at, one.ends_at = back - timedelta(hours=2), back
        return one.planned_on
