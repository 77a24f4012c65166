"""What a group's calendar may change in ours by itself, even where it is trusted, and what keeps no other from being read."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.db import LOCAL_TIME, session, transaction
from portal.events.models import Event, EventState, Occurrence
from portal.events.proposal_models import Proposal, ProposalState
from portal.events.source_content import Source, content_of
from portal.events.source_entries import Damaged, Entry, NoCalendar
from portal.events.source_models import EventSource, SourceEntry, Trouble
from portal.events.source_rules import series
from portal.events.source_schema import read_page
from tests.support.announcing import announce, publish
from tests.support.feeding import TITLE, Site, at, entry, ical, let_through, read, site
from tests.support.people import Officer, Resident
from tests.test_event_sources import decide

MOVED = {"RECURRENCE-ID;TZID=Europe/London": f"{at(12):%Y%m%dT%H%M%S}", "LOCATION": "Rosewood House\\, 12 Quiet Lane"}


@pytest.fixture
def bakers() -> Iterator[Site]:
    with site() as there:
        yield there


@pytest.fixture
def bare_app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(feeds_on_loopback=True)


def found(app: Flask, what: Any) -> list[Any]:
    with app.app_context():
        return list(session.scalars(what))


@pytest.mark.parametrize(
    "news", [{"LOCATION": None, "STATUS": "CANCELLED"}, {"LOCATION": "Elsewhere", "DESCRIPTION": "Other words."}]
)
def test_an_event_that_came_another_way_is_changed_by_an_editor_alone(
    app: Flask, bakers: Site, editor: Officer, resident: Resident, news: dict[str, str | None]
) -> None:
    """Six dates of the library's are not one date of a trusted group's, nor cancelled because that group is."""
    event = announce(editor, 5, title=TITLE, venue="Bletchley Library", starts="10:00", again="1", times="6")
    let_through(editor, bakers.say(ical(entry(LOCATION=None))), is_trusted="y")
    read(app)
    bakers.say(ical(entry(**news)))
    read(app)
    with app.app_context():
        one = session.get_one(Event, uuid.UUID(event))
        assert (one.state, one.venue, len(session.scalars(select(Occurrence)).all())) == (
            EventState.PUBLISHED,
            "Bletchley Library",
            6,
        )
        (proposal,) = session.scalars(select(Proposal))
        assert proposal.waits_for_editor
    resident.get(f"/events/{event}")
    resident.not_see("Other words.", "Cancelled")


def test_what_an_editor_declined_is_not_public_after_the_next_change(
    app: Flask, bakers: Site, editor: Officer, resident: Resident
) -> None:
    let_through(editor, bakers.say(ical(entry(LOCATION=None))), is_trusted="y")
    read(app)
    decide(editor, "decline", why="Not in our calendar.")
    for place in ("Hall of bakers", "Another hall"):
        bakers.say(ical(entry(LOCATION=place)))
        read(app)
        assert [one.state for one in found(app, select(Proposal))] == [ProposalState.WAITING]
    resident.get("/events")
    resident.not_see(TITLE)


@pytest.mark.parametrize("is_public", [True, False])
def test_a_date_whose_place_everyone_would_read_of_keeps_no_calendar_from_being_read(
    app: Flask, bakers: Site, editor: Officer, is_public: bool
) -> None:
    series_of = entry(RRULE="FREQ=WEEKLY;COUNT=5", DESCRIPTION="We bake. One day at Rosewood House.")
    let_through(editor, bakers.say(ical(series_of) if is_public else ical(series_of, entry(days=12, **MOVED))))
    read(app)
    decide(editor, "accept", **({"publish": "yes"} if is_public else {}))
    with app.app_context(), transaction() as db:
        db.execute(update(Event).values(is_place_on_request=True))
    if is_public:
        bakers.say(ical(series_of, entry(days=12, **MOVED)))
        read(app)
        decide(editor, "accept")
    else:
        publish(editor, str(found(app, select(Event.id))[0]))
    let_through(editor, bakers.say(ical(entry(UID="other", SUMMARY="Other")), path="/other.ics"), group="Others")
    read(app)
    assert all(found(app, select(EventSource.read_at)))


def test_a_calendar_whose_record_is_damaged_is_named_and_the_others_are_read(
    app: Flask, bakers: Site, editor: Officer
) -> None:
    first = let_through(editor, bakers.say(ical(entry())))
    let_through(editor, bakers.say(ical(entry(UID="other", SUMMARY="Other")), path="/other.ics"), group="Others")
    with app.app_context(), transaction() as db:
        row = db.get_one(EventSource, uuid.UUID(first))
        row.sealed = row.sealed[:-1] + bytes([row.sealed[-1] ^ 1])
    read(app)
    assert sorted(map(str, found(app, select(EventSource.trouble)))) == ["None", Trouble.DAMAGED]
    editor.get("/staff/event-calendars")
    editor.see("What is stored of it is damaged.", "Others")
    assert editor.get(f"/staff/event-calendars/{first}").status_code == 200


def test_an_entry_that_is_over_before_an_editor_looked_waits_no_more(app: Flask, bakers: Site, editor: Officer) -> None:
    let_through(editor, bakers.say(ical(entry())))
    read(app)
    with app.app_context(), transaction() as db:
        db.execute(update(SourceEntry).values(ends_at=datetime(2020, 1, 1, tzinfo=UTC)))
    bakers.say(ical(entry(UID="another", SUMMARY="Another")))
    read(app)
    assert sorted(one.state for one in found(app, select(Proposal))) == [ProposalState.WAITING, ProposalState.WITHDRAWN]


def test_half_a_letter_in_a_name_keeps_no_entry_from_being_read(app: Flask, bakers: Site, editor: Officer) -> None:
    events = [
        {"@type": "Event", "@id": name, "name": f"Baking {name[0]}\ud800", "startDate": at(5).isoformat()}
        for name in ("a\ud800b", "b")
    ]
    page = f'<script type="application/ld+json">{json.dumps(events)}</script>'
    let_through(editor, bakers.say(page, path="/page.html"))
    read(app)
    assert found(app, select(EventSource.trouble)) == [None]
    assert len(found(app, select(Proposal))) == 2


@pytest.mark.parametrize(
    "piece", ["<a ", "<script ", "<script>", "<!--", "</script", "<script type=application/ld+json>["]
)
def test_a_page_is_gone_over_once_however_it_is_made(piece: str) -> None:
    page, begun = piece * (2_000_000 // len(piece)), time.process_time()
    with pytest.raises(NoCalendar):
        read_page(page)
    assert time.process_time() - begun < 2


def test_events_are_found_in_any_spelling_of_their_script_and_not_in_comments() -> None:
    event = json.dumps({"@type": "Event", "name": "Baking", "startDate": at(5).isoformat()})
    for opening in ('<script type="application/ld+json">', "<SCRIPT async TYPE = 'application/LD+JSON' >"):
        assert [one.title for one in read_page(f"<p>{opening}{event}</SCRIPT ></p>").entries] == ["Baking"]
    for hidden in (f'<!-- <script type="application/ld+json">{event}</script> -->', f"<script>{event}</script>"):
        with pytest.raises(NoCalendar):
            read_page(hidden)
    with pytest.raises(Damaged):
        read_page(f'<script type="application/ld+json">{event}</script>', lambda: True)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Chat https://zoom.us/j/88776655?pwd=abc", "Come."),
        ("Chat", "Join: zoom.us/j/88776655?pwd=abc\nPasscode: 1234"),
        ("Chat", "Join: http://us02web.zoom.us/j/88776655?pwd=abc\nMeeting ID: 8877 6655"),
        ("meet.google.com/abc-defg-hij", "Come."),
    ],
)
def test_the_way_into_a_room_is_kept_however_it_is_written(title: str, text: str) -> None:
    one = Entry(uid="1", starts_at=at(5), ends_at=at(6), title=title, text=text, venue="Hall", address="", web="")
    content = content_of(one, title, at(5), at(6), Source(group="Bakers", language="en", ask="Ask"), {})
    said = f"{content.written.title} {content.written.typed}"
    assert not any(secret in said for secret in ("88776655", "abc", "1234", "8877 6655"))
    assert content.facts.online_link.startswith("https://")
    assert content.written.title


def test_words_about_rooms_and_addresses_of_people_there_stay() -> None:
    text = "Write to ann@zoom.us or look at https://www.example.org/zoom.us/help. We talk about zoom.uses."
    one = Entry(uid="1", starts_at=at(5), ends_at=at(6), title="Talk", text=text, venue="Hall", address="", web="")
    content = content_of(one, "Talk", at(5), at(6), Source(group="Bakers", language="en", ask="Ask"), {})
    assert (content.written.typed, content.facts.online_link) == (text, "")


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20261124T185959Z", date(2026, 11, 17)),
        ("20261124T190000Z", date(2026, 11, 24)),
        ("20261124T185959", date(2026, 11, 17)),
        ("20261124", date(2026, 11, 24)),
        ("20261125T000000Z", date(2026, 11, 24)),
    ],
)
def test_a_series_ends_before_the_moment_that_it_names(until: str, last: date) -> None:
    starts = datetime(2026, 11, 3, 19, tzinfo=LOCAL_TIME)
    found_days = series(f"FREQ=WEEKLY;UNTIL={until}", starts, date(2026, 11, 1), date(2027, 6, 1)).days
    assert found_days[-1] == last
