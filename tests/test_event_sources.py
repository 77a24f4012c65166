"""Groups' own calendars: an editor lets one through, the worker reads it, and what stands there becomes events."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.support.announcing import announce
from tests.support.feeding import GROUP, TITLE, Site, at, entry, ical, let_through, number_on, read, site
from tests.support.people import Officer, Resident
from tests.support.proposing import comes_back, kites, sends


@pytest.fixture
def bakers() -> Iterator[Site]:
    with site() as there:
        yield there


@pytest.fixture
def bare_app(make_app: Callable[..., Flask]) -> Flask:
    """A portal that may read calendars from this machine too: no operator can have it so."""
    return make_app(feeds_on_loopback=True)


def decide(editor: Officer, act: str, **fields: object) -> str:
    """On what waits longest."""
    editor.get("/staff/event-proposals")
    found = re.search(r"/staff/event-proposals/[0-9a-f-]{36}", editor.page)
    assert found, editor.text
    editor.get(found[0])
    editor.post(f"{found[0]}/{act}", **fields)
    editor.follow()
    return found[0]


def test_an_entry_waits_for_an_editor_and_what_changes_in_it_follows(
    app: Flask, bakers: Site, editor: Officer, resident: Resident
) -> None:
    source = let_through(editor, bakers.say(ical(entry())))
    number = number_on(editor.page)
    read(app)
    resident.get("/events")
    resident.not_see(TITLE)
    one = decide(editor, "accept", publish="yes")
    editor.see("Accepted", GROUP, "We bake together.", "Fishermead Trinity Centre")
    resident.get("/events")
    resident.see(TITLE, "Fishermead Trinity Centre")

    bakers.say(ical(entry(DTSTART=f"{at(6):%Y%m%dT%H%M%S}", DTEND=f"{at(6, 12):%Y%m%dT%H%M%S}", **{"DTSTART;TZID=Europe/London": None, "DTEND;TZID=Europe/London": None}, LOCATION="The old bakery")))
    read(app)
    editor.get(one)
    editor.see("A change waits", "Now: The old bakery")
    resident.get("/events")
    resident.not_see("The old bakery")
    decide(editor, "decline", why="Too far away.")
    read(app)
    editor.get("/staff/event-proposals")
    editor.not_see(TITLE)
    comes_back(resident, number)
    resident.see("We can read your calendar.", TITLE, "Too far away.")

    bakers.say(ical(entry(STATUS="CANCELLED")))
    read(app)
    resident.get("/events")
    resident.not_see("Cancelled:")
    decide(editor, "call-off")
    resident.get("/events")
    resident.see(f"Cancelled: {TITLE}")
    editor.get(f"/staff/event-calendars/{source}")
    editor.see(GROUP, "Withdrawn", "let it through")
