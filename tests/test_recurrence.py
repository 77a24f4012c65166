"""An event that comes again: one entry, a sentence and its dates, single dates cancelled, and calendars agree."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import icalendar
import vobject
from alembic import command
from dateutil.rrule import rrulestr
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from portal import migrations
from portal.db import LOCAL_TIME, random_id, today, transaction
from portal.events import recurrence
from portal.events.held import held_events
from portal.events.occurrences import occurrences_of
from portal.events.times import local
from tests.support.announcing import add_event, announce, cancel, typed
from tests.support.people import Fields, Officer, Resident

FIRST = today() + timedelta(days=3)


def until(day: date) -> dict[str, object]:
    return {"until__day": day.day, "until__month": day.month, "until__year": day.year}


def walks(editor: Officer, weeks: int = 6, **changed: object) -> str:
    """A public event of every week; gives its id."""
    return announce(editor, again="1", **until(FIRST + timedelta(weeks=weeks)), **changed)


def cancel_date(editor: Officer, event_id: str, day: date) -> None:
    editor.get(f"/staff/events/{event_id}/dates/{day}/cancel")
    editor.see("Cancel this one date?")
    editor.post(editor.path)
    editor.follow()


def component_times(body: bytes) -> list[datetime]:
    """The starts to which a feed's one series expands, read by vobject and dateutil."""
    series = next(one for one in vobject.readOne(body.decode()).vevent_list if "recurrence-id" not in one.contents)
    return [at.astimezone(UTC) for at in series.getrruleset()]


def test_a_walk_of_every_week_is_one_entry_with_its_dates(resident: Resident, editor: Officer) -> None:
    event_id = walks(editor)
    resident.get("/events")
    resident.see("1 event", f"Every {FIRST:%A}, 10:00 to 12:00, until", "and 6 more dates")
    assert resident.text.count("Coffee and English conversation") == 1
    resident.get(f"/events/{event_id}")
    resident.see("7 dates to come", f"Every {FIRST:%A}, 10:00 to 12:00")


def test_one_cancelled_date_is_told_and_the_others_stay(resident: Resident, editor: Officer) -> None:
    event_id = walks(editor)
    cancel_date(editor, event_id, FIRST)
    resident.get("/events")
    resident.see("Cancelled:", "and 6 more dates")
    resident.get(f"/events/{event_id}")
    resident.see("It will not take place on", "Look at the other dates.", "6 dates to come")
    events = icalendar.Calendar.from_ical(resident.get(f"/events/{event_id}.ics").data).walk("VEVENT")
    series, override = events
    assert (series["STATUS"], series["RRULE"]["COUNT"], series["SEQUENCE"]) == ("CONFIRMED", [7], 2)
    assert (override["STATUS"], override["UID"], override["SEQUENCE"]) == ("CANCELLED", event_id, 2)
    assert override["RECURRENCE-ID"].dt == series["DTSTART"].dt == override["DTSTART"].dt
    editor.get(f"/staff/events/{event_id}/dates/{FIRST}/cancel")
    editor.follow()
    assert editor.path == f"/staff/events/{event_id}"


def test_a_cancelled_date_stays_cancelled_when_the_time_is_changed(resident: Resident, editor: Officer) -> None:
    event_id = walks(editor)
    cancel_date(editor, event_id, FIRST + timedelta(weeks=1))
    editor.get(f"/staff/events/{event_id}/change")
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', editor.page)
    assert seen is not None
    changed: Fields = typed(again="1", starts="11:00", seen=seen[1], **until(FIRST + timedelta(weeks=3)))
    editor.post(f"/staff/events/{event_id}/change", changed)
    editor.follow()
    editor.see("3 dates to come", "Cancelled")
    resident.get("/events")
    resident.see("and 2 more dates", "11:00 to 12:00")


def test_calendars_expand_the_feed_to_the_dates_that_are_shown(resident: Resident, editor: Officer) -> None:
    for again in ("1", "3", "day", "weekday"):
        last = today() + timedelta(days=500)
        event_id = announce(editor, again=again, **until(last))
        times = component_times(resident.get(f"/events/{event_id}.ics").data)
        assert times == sorted(set(times))
        assert {f"{local(at):%H:%M}" for at in times} == {"10:00"}, "the clock's time stays when the clocks change"
        resident.get(f"/events/{event_id}")
        resident.see(f"{len(times)} dates to come")


def test_what_is_today_stands_first_under_today(resident: Resident, editor: Officer) -> None:
    announce(editor, title="Later")
    announce(editor, days=-7, ends="23:59", title="Walk", again="1", **until(today() + timedelta(days=14)))
    resident.get("/events")
    resident.see("Today,", "and 2 more dates")
    assert resident.text.index("Walk") < resident.text.index("Later")


def test_a_rule_without_an_end_or_with_one_date_is_refused_and_kept_as_typed(editor: Officer) -> None:
    editor.get("/staff/events/new")
    editor.post("/staff/events/new", typed(again="2"))
    editor.see("Write the day, the month and the year.")
    assert 'value="2" selected' in editor.page
    editor.post("/staff/events/new", typed(again="2", **until(FIRST + timedelta(days=13))))
    editor.see("It comes only once until that day.")


def test_each_time_that_took_place_counts_as_held(app: Flask, editor: Officer, resident: Resident) -> None:
    past = today() - timedelta(days=20)
    event_id = announce(editor, days=-20, again="1", **until(past + timedelta(weeks=4)))
    with app.app_context():
        assert held_events(past, today()).held == 3
        with transaction():
            occurrences_of([uuid.UUID(event_id)])[uuid.UUID(event_id)][0].is_cancelled = True
        held = held_events(past, today())
        assert (held.held, held.cancelled) == (2, 1)
    cancel(editor, event_id)
    with app.app_context():
        held = held_events(past, today())
        assert (held.held, held.cancelled) == (2, 1)


def test_a_day_of_which_all_dates_are_cancelled_leaves_none_to_come(resident: Resident, editor: Officer) -> None:
    event_id = walks(editor, weeks=1)
    for day in (FIRST, FIRST + timedelta(weeks=1)):
        cancel_date(editor, event_id, day)
    editor.see("0 dates to come")
    resident.get("/")
    resident.get(f"/events/{event_id}")
    resident.see("It will not take place on", "0 dates to come")
    resident.not_see("Look at the other dates.")
    resident.get("/events")
    resident.see("Cancelled:")


def test_what_no_list_offers_is_refused(editor: Officer) -> None:
    last = FIRST + timedelta(weeks=3)
    for again in ("abc", "0", "-1", "1;COUNT=2", "5"):
        editor.get("/staff/events/new")
        assert editor.post("/staff/events/new", typed(again=again, **until(last))).status_code in (200, 422)
        assert editor.path == "/staff/events/new"


def test_the_only_date_is_cancelled_with_its_event(resident: Resident, editor: Officer) -> None:
    event_id = announce(editor)
    for act in ("cancel", "move", "move-back"):
        editor.get(f"/staff/events/{event_id}")
        editor.post(f"/staff/events/{event_id}/dates/{FIRST}/{act}", typed(9))
        assert editor.response is not None
        assert editor.response.location == f"/staff/events/{event_id}"
    resident.get("/events")
    resident.not_see("Cancelled")


def test_a_draft_has_no_date_to_cancel(editor: Officer) -> None:
    event_id = add_event(editor, again="1", **until(FIRST + timedelta(weeks=2)))
    editor.get(f"/staff/events/{event_id}")
    editor.see("3 dates to come")
    editor.not_see("Cancel this date")


def test_a_copy_has_everything_but_the_days(editor: Officer) -> None:
    event_id = walks(editor, venue="The boat house")
    editor.get(f"/staff/events/{event_id}")
    editor.see("Copy it to a new event")
    editor.get(f"/staff/events/new?copy={event_id}")
    assert 'value="The boat house"' in editor.page
    assert 'value="1" selected' in editor.page
    assert f'value="{FIRST.year}"' not in editor.page
    editor.get("/staff/events/new?copy=nothing")
    editor.see("Add an event")


@given(
    st.dates(date(2025, 1, 1), date(2030, 1, 1)), st.integers(0, 450), st.integers(0, 10), st.sets(st.integers(0, 6))
)
def test_the_days_are_those_of_the_standard(first: date, length: int, kind: int, others: set[int]) -> None:
    weekdays = sorted(others | {first.weekday()})
    rules = [recurrence.weekly(every, on) for every in (1, 2, 3, 4) for on in ((), weekdays)] + [
        recurrence.monthly_by_day(first),
        recurrence.monthly_by_weekday(first),
        recurrence.monthly_by_weekday(first, last=recurrence.is_last_of_its_month(first)),
    ]
    last = first + timedelta(days=length)
    start = datetime(first.year, first.month, first.day, 10)
    standard = rrulestr(rules[kind], dtstart=start).between(start, start + timedelta(days=length), inc=True)
    found = recurrence.days(rules[kind], first, last)
    assert found == [at.date() for at in standard]
    assert recurrence.last_of(rules[kind], first, len(found)) == found[-1]


def test_ten_o_clock_stays_ten_o_clock_across_october() -> None:
    starts = datetime(2026, 10, 20, 10, tzinfo=LOCAL_TIME)
    found = recurrence.moments(recurrence.weekly(1), date(2026, 10, 27), starts, starts + timedelta(hours=1))
    assert [start for start, _end in found] == [
        datetime(2026, 10, 20, 9, tzinfo=UTC),
        datetime(2026, 10, 27, 10, tzinfo=UTC),
    ]


def test_every_time_ends_after_it_starts_in_the_night_in_which_an_hour_is_left_out() -> None:
    start = datetime(2026, 3, 22, 1, 15, tzinfo=UTC)
    end = start + timedelta(minutes=45)
    found = recurrence.moments(recurrence.weekly(1), date(2026, 4, 5), start, end)
    assert [(ends - starts) for starts, ends in found] == [timedelta(minutes=45)] * 3


def test_an_event_from_before_this_is_once(database_before: str, make_app: Callable[..., Flask]) -> None:
    app = make_app(database_url=database_before)
    engine = app.extensions["database"].engine
    command.upgrade(migrations._config(engine), "0028")
    starts, ends = "2026-11-01 10:00:00+00:00", "2026-11-01 12:00:00+00:00"
    event_id = random_id()
    given: dict[str, object] = {"id": event_id.bytes, "starts": starts, "ends": ends, "facts": "{}", "list": "[]"}
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO event (id, state, starts_at, ends_at, venue, address, place_geography, place_version,"
                " organiser, contact, web_address, cost, languages, access, sequence, created_at, changed_at)"
                " VALUES (:id, 'published', :starts, :ends, 'Hall', '', 'g', 'v', 'Us', '', '', '',"
                " :list, :facts, 4, :starts, :starts)"
            ),
            given,
        )
    migrations.migrate(engine)
    with app.app_context():
        (one,) = occurrences_of([event_id])[event_id]
        assert (one.starts_at.hour, one.ends_at.hour, one.is_cancelled) == (10, 12, False)
