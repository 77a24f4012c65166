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
from tests.support.proposing import TITLE as KITES
from tests.support.proposing import comes_back, sends


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


def waiting(editor: Officer) -> str:
    editor.get("/staff/event-proposals")
    return editor.text


def test_what_a_trusted_calendar_says_is_public_at_once_and_follows_by_itself(
    app: Flask, bakers: Site, editor: Officer, resident: Resident
) -> None:
    let_through(editor, bakers.say(ical(entry())), is_trusted="y")
    read(app)
    resident.get("/events")
    resident.see(TITLE, "Fishermead Trinity Centre")
    bakers.say(ical(entry(LOCATION="The old bakery")))
    read(app)
    resident.get("/events")
    resident.see("The old bakery")
    bakers.say(ical(entry(LOCATION="The old bakery", STATUS="CANCELLED")))
    read(app)
    resident.get("/events")
    resident.see(f"Cancelled: {TITLE}")
    assert "There are no events in this list." in waiting(editor)


def test_what_is_missing_from_a_calendar_waits_even_of_a_trusted_one_and_may_come_back(
    app: Flask, bakers: Site, editor: Officer, resident: Resident
) -> None:
    let_through(editor, bakers.say(ical(entry())), is_trusted="y")
    read(app)
    bakers.say(ical())
    read(app)
    resident.get("/events")
    resident.see(TITLE)
    resident.not_see("Cancelled:")
    assert "Called off by the group" in waiting(editor)
    bakers.say(ical(entry()))
    read(app)
    assert "There are no events in this list." in waiting(editor)


def test_a_declined_entry_does_not_come_back_until_it_changes(app: Flask, bakers: Site, editor: Officer) -> None:
    let_through(editor, bakers.say(ical(entry())))
    read(app)
    decide(editor, "decline", why="It is not for everyone.")
    read(app)
    assert TITLE not in waiting(editor)
    bakers.say(ical(entry(DESCRIPTION="Everyone may come.")))
    read(app)
    assert TITLE in waiting(editor)


def test_what_is_here_already_is_linked_and_not_doubled(
    app: Flask, bakers: Site, editor: Officer, resident: Resident
) -> None:
    event = announce(editor, 5, title=TITLE.upper(), venue="Fishermead Trinity Centre", starts="10:00")
    source = let_through(editor, bakers.say(ical(entry())))
    read(app)
    assert TITLE not in waiting(editor)
    editor.get(f"/staff/event-calendars/{source}")
    editor.see(TITLE, "Accepted")
    bakers.say(ical(entry(LOCATION="The old bakery")))
    read(app)
    decide(editor, "accept", draft="yes")
    resident.get(f"/events/{event}")
    resident.see("The old bakery")
    resident.get("/events")
    assert resident.text.casefold().count(TITLE.casefold()) == 1


def test_what_comes_later_by_another_way_is_not_doubled_either(
    app: Flask, bakers: Site, editor: Officer, resident: Resident
) -> None:
    """First in the calendar and then by hand; and again with both still waiting for an editor."""
    let_through(editor, bakers.say(ical(entry(SUMMARY=KITES.upper()))))
    read(app)
    sends(resident, venue="Fishermead Trinity Centre", starts="10:00")
    first = decide(editor, "accept", publish="yes")
    editor.get("/staff/event-proposals")
    second = re.search(r"/staff/event-proposals/[0-9a-f-]{36}", editor.page)
    assert second and second[0] != first
    editor.get(second[0])
    editor.see("Already here")
    decide(editor, "accept", publish="yes")
    resident.get("/events")
    assert resident.text.casefold().count(KITES.casefold()) == 1


def test_an_entry_waits_with_the_proposal_that_says_the_same(app: Flask, bakers: Site, editor: Officer) -> None:
    sends(Resident(app.test_client()), venue="Fishermead Trinity Centre", starts="10:00")
    source = let_through(editor, bakers.say(ical(entry(SUMMARY=KITES)), ETag='"1"'))
    read(app)
    assert waiting(editor).count(KITES) == 1
    editor.get(f"/staff/event-calendars/{source}")
    editor.see("Already here")
    decide(editor, "accept", publish="yes")
    read(app)
    assert KITES not in waiting(editor)
    editor.get(f"/staff/event-calendars/{source}")
    editor.see("Accepted")
    editor.not_see("Already here")
    editor.get("/staff/events")
    assert editor.text.count(KITES) == 1


def test_a_series_is_one_event_whose_single_dates_follow(
    app: Flask, bakers: Site, editor: Officer, resident: Resident
) -> None:
    series = {"RRULE": "FREQ=WEEKLY", "EXDATE;TZID=Europe/London": f"{at(5 + 7):%Y%m%dT%H%M%S}"}
    moved = entry(
        5 + 14,
        LOCATION="The old bakery",
        **{
            "RECURRENCE-ID;TZID=Europe/London": f"{at(5 + 14):%Y%m%dT%H%M%S}",
            "DTSTART;TZID=Europe/London": f"{at(5 + 15, 14):%Y%m%dT%H%M%S}",
            "DTEND;TZID=Europe/London": f"{at(5 + 15, 16):%Y%m%dT%H%M%S}",
        },
    )
    let_through(editor, bakers.say(ical(entry(**series), moved)))
    read(app)
    editor.get("/staff/event-proposals")
    assert editor.text.count(TITLE) == 1
    one = decide(editor, "accept", publish="yes")
    editor.see("Every ")
    event = re.search(r"/staff/events/[0-9a-f-]{36}", editor.page)
    assert event
    address = event[0].removeprefix("/staff")
    resident.get(f"{address}/{at(5 + 7).date()}")
    resident.see("It will not take place")
    resident.get(f"{address}/{at(5 + 14).date()}")
    resident.see("The old bakery", "14:00")

    bakers.say(ical(entry(**series | {"EXDATE;TZID=Europe/London": f"{at(5 + 21):%Y%m%dT%H%M%S}"})))
    read(app)
    resident.get(f"{address}/{at(5 + 21).date()}")
    resident.not_see("It will not take place")
    editor.get(one)
    editor.see("A change waits", "does not take place", "as the others again")
    decide(editor, "accept", draft="yes")
    resident.get(f"{address}/{at(5 + 21).date()}")
    resident.see("It will not take place")
    resident.get(f"{address}/{at(5 + 14).date()}")
    resident.not_see("The old bakery")


PAGE = """<!doctype html><title>x</title><script type="application/ld+json">{{"@context": "https://schema.org", "@graph": [
{{"@type": ["Thing", "http://schema.org/FoodEvent"], "@id": "https://b.example/1", "name": "{title}", "startDate": "{starts}",
"description": "<p>Come &amp; bake</p>", "isAccessibleForFree": true,
"location": [{{"@type": "Place", "name": "The old bakery", "address": {{"streetAddress": "1 Mill Lane"}}}},
{{"@type": "VirtualLocation", "url": "https://rooms.example.org/secret-room"}}]}}]}}</script><script>{{"@type": "Event"</script>"""


def test_a_page_that_tells_search_engines_of_events_is_read_and_its_room_is_kept_back(
    app: Flask, bakers: Site, editor: Officer, resident: Resident
) -> None:
    let_through(editor, bakers.say(PAGE.format(title=TITLE, starts=at(4).isoformat())), is_trusted="y")
    read(app)
    resident.get("/events")
    resident.see(TITLE, "The old bakery", "Free")
    event = re.search(r"/events/[0-9a-f-]{36}", resident.page)
    assert event
    resident.get(event[0])
    resident.see("Come & bake", "1 Mill Lane")
    assert "secret-room" not in resident.page


def test_a_room_to_meet_in_is_never_told_wherever_the_calendar_says_it(
    app: Flask, bakers: Site, editor: Officer, resident: Resident
) -> None:
    room = "https://us02web.zoom.us/j/81234567890?pwd=abc"
    words = f"Bake at home.\\nJoin Zoom Meeting\\n{room}\\nMeeting ID: 812 3456 7890\\nPasscode: 4711"
    let_through(editor, bakers.say(ical(entry(LOCATION=room, DESCRIPTION=words, URL=room))), is_trusted="y")
    read(app)
    event = re.search(r"/events/[0-9a-f-]{36}", resident.get("/events").get_data(as_text=True))
    assert event
    for path in (event[0], f"{event[0]}.ics", "/events.json", "/events.atom"):
        page = resident.get(path).get_data(as_text=True)
        assert "Bake at home" in page
        assert not re.search("81234567890|812 3456|4711|zoom", page)
