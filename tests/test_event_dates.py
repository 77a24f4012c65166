"""One date of an event that comes again: its own page and file, moved and moved back; a change spares what is over."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import vobject
from flask import Flask

from portal.db import LOCAL_TIME, today, transaction
from portal.events import entries, feeds, recurrence
from portal.events.listing import ShownEvent
from portal.events.models import Event, EventState, EventWords, Occurrence
from portal.events.occurrences import occurrences_of
from portal.events.times import local
from tests.support.announcing import announce, cancel, typed
from tests.support.people import Fields, Officer, Resident

FIRST = today() + timedelta(days=3)
SECOND, THIRD = FIRST + timedelta(weeks=1), FIRST + timedelta(weeks=2)


def until(day: date) -> dict[str, object]:
    return {"until__day": day.day, "until__month": day.month, "until__year": day.year}


def walks(editor: Officer, **changed: object) -> str:
    """A public event of four weeks; gives its id."""
    return announce(editor, **{"again": "1"} | until(FIRST + timedelta(weeks=3)) | changed)


def to(day: date, starts: str = "14:00", ends: str = "16:00", **more: object) -> dict[str, object]:
    return {"day-day": day.day, "day-month": day.month, "day-year": day.year, "starts": starts, "ends": ends} | more


def move_date(editor: Officer, event_id: str, planned_on: date, fields: dict[str, object]) -> None:
    editor.get(f"/staff/events/{event_id}/dates/{planned_on}/move")
    editor.post(editor.path, **fields)


def change(editor: Officer, event_id: str, days: int, **changed: object) -> None:
    editor.get(f"/staff/events/{event_id}/change")
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', editor.page)
    assert seen
    # The page has told once that the first day is in the past.
    told = {"past": (today() + timedelta(days=days)).isoformat()}
    editor.post(editor.path, typed(days, **changed) | {"seen": seen[1]} | told)
    editor.follow()


def components(resident: Resident, path: str) -> list[icalendar.Event]:
    return icalendar.Calendar.from_ical(resident.get(path).data).walk("VEVENT")


def expanded(feed: bytes) -> set[datetime]:
    """When a calendar shows the event, read by vobject and dateutil: rules unfolded, single dates in place of theirs."""
    found: set[datetime] = set()
    for one in vobject.readOne(feed.decode()).vevent_list:
        start = one.dtstart.value.astimezone(UTC)
        if "recurrence-id" in one.contents:
            planned = one.contents["recurrence-id"][0].value.astimezone(UTC)
            assert planned in found, "it stands for a date that the series has"
            found.remove(planned)
        elif "rrule" in one.contents:
            found |= {at.astimezone(UTC) for at in one.getrruleset()}
            continue
        found.add(start)
    return found


def stored(app: Flask, event_id: str) -> dict[date, Occurrence]:
    with app.app_context():
        return {one.planned_on: one for one in occurrences_of([uuid.UUID(event_id)])[uuid.UUID(event_id)]}


def test_each_date_has_its_own_page_and_file(resident: Resident, editor: Officer) -> None:
    event_id = walks(editor)
    resident.get(f"/events/{event_id}")
    assert f'href="/events/{event_id}/{SECOND}"' in resident.page
    answer = resident.get(f"/events/{event_id}/{SECOND}")
    assert "max-age" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    resident.see(f"{SECOND:%A} {SECOND.day} {SECOND:%B}", "This is one of 4 dates.", "See the whole event")
    for other in (FIRST, THIRD):
        assert f'href="/events/{event_id}/{other}"' in resident.page
    (alone,) = components(resident, f"/events/{event_id}/{SECOND}.ics")
    assert alone["UID"] == f"{event_id}-{SECOND}"
    assert "RRULE" not in alone
    assert "RECURRENCE-ID" not in alone
    assert local(alone["DTSTART"].dt).date() == SECOND
    for wrong in (FIRST + timedelta(days=1), f"{SECOND:%Y%m%d}", "0000-00-00", "%E2%80%AE", "x" * 400):
        assert resident.get(f"/events/{event_id}/{wrong}").status_code == 404
    once = announce(editor)
    assert resident.get(f"/events/{once}/{FIRST}").status_code == 404
    cancel(editor, event_id)
    resident.get(f"/events/{event_id}/{SECOND}")
    resident.see("This event will not take place.")


def test_a_date_is_moved_and_moved_back(resident: Resident, editor: Officer) -> None:
    event_id = walks(editor)
    moved_to = SECOND + timedelta(days=1)
    move_date(editor, event_id, SECOND, to(moved_to, venue="The boat house", address="Canal Street"))
    editor.follow()
    editor.see("Moved")
    resident.get(f"/events/{event_id}/{SECOND}")
    resident.see(
        "Moved from", "14:00 to 16:00", "The boat house", "Canal Street", "It is in another place on this day."
    )
    resident.not_see("Bletchley Library")
    series, override = components(resident, f"/events/{event_id}.ics")
    assert override["RECURRENCE-ID"].dt == series["DTSTART"].dt + timedelta(weeks=1)
    assert local(override["DTSTART"].dt).date() == moved_to
    assert (override["STATUS"], override["LOCATION"]) == ("CONFIRMED", "The boat house, Canal Street")
    assert override["SEQUENCE"] == series["SEQUENCE"] == 2
    assert override["LAST-MODIFIED"].dt == series["LAST-MODIFIED"].dt
    shown = expanded(resident.get(f"/events/{event_id}.ics").data)
    assert {local(at).date() for at in shown} == {FIRST, moved_to, THIRD, THIRD + timedelta(weeks=1)}
    editor.get(f"/staff/events/{event_id}/dates/{SECOND}/move")
    editor.post(f"/staff/events/{event_id}/dates/{SECOND}/move-back")
    editor.follow()
    editor.not_see("Moved")
    resident.get(f"/events/{event_id}/{SECOND}")
    resident.see("10:00 to 12:00", "Bletchley Library")
    resident.not_see("Moved from")
    assert len(components(resident, f"/events/{event_id}.ics")) == 1


def test_a_place_for_those_who_ask_is_not_told_by_one_date(app: Flask, resident: Resident, editor: Officer) -> None:
    event_id = walks(editor)
    move_date(editor, event_id, SECOND, to(SECOND, venue="The secret house", address="Hidden Street"))
    with app.app_context(), transaction() as db:
        db.get_one(Event, uuid.UUID(event_id)).is_place_on_request = True
    for path in (f"{event_id}/{SECOND}", f"{event_id}/{SECOND}.ics", f"{event_id}.ics", event_id):
        body = resident.get(f"/events/{path}").get_data(as_text=True)
        assert "secret house" not in body
        assert "Bletchley Library" not in body


def test_a_date_is_not_moved_where_it_cannot_be(app: Flask, editor: Officer) -> None:
    event_id = walks(editor)
    last = FIRST + timedelta(weeks=3)
    for fields, sentence in (
        (to(THIRD), "This event has another date then."),
        (to(THIRD - timedelta(days=1), "23:00", "11:00") | {"last_day-day": THIRD.day, "last_day-month": THIRD.month,
         "last_day-year": THIRD.year}, "This event has another date then."),
        (to(FIRST - timedelta(days=1)), "The event begins on"),
        (to(today() - timedelta(days=1)), "That time has passed."),
        (to(SECOND, "later", "16:00"), "Write when it starts, like 18:30."),
        (to(SECOND, "16:00", "14:00"), "The end must come after the start."),
        (to(SECOND, address="Canal Street"), "Write the place that this address belongs to."),
        (to(SECOND, venue="x" * 121), "There is a problem"),
    ):  # fmt: skip
        move_date(editor, event_id, SECOND, fields)
        editor.see(sentence)
        assert f'value="{fields["starts"]}"' in editor.page, "what was typed stays"
    editor.get(f"/staff/events/{event_id}/dates/{last}/cancel")
    editor.post(editor.path)
    for gone in (last, FIRST + timedelta(days=1), "tomorrow"):
        assert editor.get(f"/staff/events/{event_id}/dates/{gone}/move").location == f"/staff/events/{event_id}"
    assert not any(one.moved_from for one in stored(app, event_id).values())


def test_who_moves_a_date_second_sees_what_the_first_one_saved(app: Flask, editor: Officer) -> None:
    event_id = walks(editor)
    editor.get(f"/staff/events/{event_id}/dates/{SECOND}/move")
    early = {name: value for name, value in editor._hidden(editor.path).items() if name == "seen"}
    editor.post(editor.path, **to(SECOND, "15:00", "17:00"))
    editor.get(f"/staff/events/{event_id}/dates/{SECOND}/move")
    editor.post(editor.path, **to(SECOND, "09:00", "10:00") | early)
    editor.see("Somebody else saved this event after you opened it.", "What is stored now", "15:00")
    assert 'value="09:00"' in editor.page
    editor.post(editor.path, **to(SECOND, "09:00", "10:00"))
    assert f"{local(stored(app, event_id)[SECOND].starts_at):%H:%M}" == "09:00"


def test_a_change_of_a_running_series_spares_the_dates_that_are_over(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    began = today() - timedelta(days=20)
    ends_on = began + timedelta(weeks=8)
    event_id = announce(editor, days=-20, again="1", **until(ends_on))
    coming = [began + timedelta(weeks=number) for number in range(3, 9)]
    editor.get(f"/staff/events/{event_id}/dates/{coming[0]}/cancel")
    editor.post(editor.path)
    move_date(editor, event_id, coming[1], to(coming[1] + timedelta(days=1)))
    before = stored(app, event_id)
    change(editor, event_id, -20, again="2", starts="11:00", ends="13:00", **until(ends_on))
    after = stored(app, event_id)
    for day in [began + timedelta(weeks=number) for number in range(3)]:
        assert (after[day].starts_at, after[day].ends_at) == (before[day].starts_at, before[day].ends_at)
    assert sorted(day for day in after if day > today()) == [coming[1], coming[3], coming[5]]
    assert f"{local(after[coming[1]].starts_at):%A %H:%M}" == f"{coming[1] + timedelta(days=1):%A} 14:00"
    assert f"{local(after[coming[1]].moved_from or after[coming[1]].ends_at):%H:%M}" == "11:00"
    feed = resident.get(f"/events/{event_id}.ics").data
    assert expanded(feed) == {one.starts_at for one in after.values()}
    assert sorted(str(one["UID"]) for one in icalendar.Calendar.from_ical(feed).walk("VEVENT")).count(event_id) == 2
    change(editor, event_id, -20, again="1", starts="11:00", ends="13:00", **until(ends_on))
    assert set(stored(app, event_id)) == set(after) | {coming[2], coming[4], coming[0]}
    assert expanded(resident.get(f"/events/{event_id}.ics").data) == {
        one.starts_at for one in stored(app, event_id).values()
    }


def test_several_days_of_the_week_so_many_times(resident: Resident, editor: Officer) -> None:
    other = FIRST + timedelta(days=2)
    days = sorted((FIRST, other), key=date.weekday)
    event_id = announce(editor, again="1", weekdays=[str(day.weekday()) for day in days], times="10")
    resident.get(f"/events/{event_id}")
    resident.see(f"Every {days[0]:%A} and {days[1]:%A}, 10:00 to 12:00, 10 times", "10 dates to come")
    times = expanded(resident.get(f"/events/{event_id}.ics").data)
    assert len(times) == 10
    assert {local(at).date().weekday() for at in times} == {FIRST.weekday(), other.weekday()}
    editor.get(f"/staff/events/{event_id}/change")
    assert re.search(r'name="times"[^>]*value="10"', editor.page)
    assert len(re.findall(r'name="weekdays"[^>]*checked', editor.page)) == 2


@pytest.mark.same_on_both
def test_a_rule_that_cannot_be_has_a_sentence(editor: Officer) -> None:
    first, other = str(FIRST.weekday()), str((FIRST.weekday() + 1) % 7)
    far = FIRST.replace(year=today().year + 3, day=1)
    every_day = {"again": "1", "weekdays": list("0123456")}
    for changed, sentence in (
        (every_day | until(far), "That is too many dates. An event can have up to 500."),
        (every_day | {"times": "501"}, "That is too many dates. An event can have up to 500."),
        (every_day | {"times": "999999999"}, "That is too many dates."),
        ({"again": "4", "times": "500"}, "The last time would be in"),
        ({"again": "1", "times": "10"} | until(THIRD), "Write the last day or how many times, not both."),
        ({"again": "1", "weekdays": [other], "times": "5"}, "The first day is a different day of the week."),
        ({"again": "day", "weekdays": [first], "times": "5"}, "Days of the week are for an event that comes every week."),
        *(({"again": "1", "times": typo}, "Write how many times as a number") for typo in ("1", "-5", "ten", "9" * 5000, "²")),
        ({"again": "1", "weekdays": ["7", "x"], "times": "5"}, "Check this answer."),
    ):  # fmt: skip
        editor.get("/staff/events/new")
        editor.post("/staff/events/new", typed(**changed))  # type: ignore[arg-type]
        editor.see(sentence)


def series_at(start: datetime, rule: str, last: date) -> ShownEvent:
    """An event of an hour as it is stored, with all its dates."""
    end = start + timedelta(hours=1)
    facts = dict.fromkeys(("venue", "address", "organiser", "contact", "web_address", "cost"), "x")
    event = Event(id=uuid.uuid4(), state=EventState.PUBLISHED, starts_at=start, ends_at=end, rule=rule, last_date=last,
                  sequence=1, changed_at=start, is_place_on_request=False, **facts)  # fmt: skip
    words = EventWords(title="Walk", description="Walk", language="en")
    dates = [
        Occurrence(planned_on=local(starts).date(), starts_at=starts, ends_at=ends, venue="", address="")
        for starts, ends in recurrence.moments(rule, last, start, end)
    ]
    return ShownEvent(event, words, words, is_older=False, occurrences=dates)


@pytest.mark.same_on_both
@pytest.mark.parametrize("sunday", [date(2026, 3, 29), date(2026, 10, 25)])
def test_calendars_and_pages_agree_where_the_clocks_change(app: Flask, sunday: date) -> None:
    for hour, minute in ((18, 30), (1, 30)):
        first = sunday - timedelta(weeks=2)
        start = datetime(first.year, first.month, first.day, hour, minute, tzinfo=LOCAL_TIME).astimezone(UTC)
        shown = series_at(start, recurrence.weekly(1), sunday + timedelta(weeks=2))
        said = [f"{local(one.starts_at):%H:%M}" for one in shown.occurrences]
        left_out = hour == 1 and sunday.month == 3
        assert said == ["02:30" if left_out and week == 2 else f"{hour:02}:{minute:02}" for week in range(5)]
        assert all(one.ends_at > one.starts_at for one in shown.occurrences)
        with app.test_request_context():
            feed = feeds.calendar(entries.entries_of(shown, lambda _day: "https://example.org"), "All", "en")
        assert expanded(feed) == {one.starts_at for one in shown.occurrences}
        overrides = [one for one in icalendar.Calendar.from_ical(feed).walk("VEVENT") if "RECURRENCE-ID" in one]
        in_the_night = {shown.occurrences[2].ends_at} if hour == 1 else set()
        assert {one["DTEND"].dt.astimezone(UTC) for one in overrides} == in_the_night, "readers differ on such a night"


@pytest.mark.same_on_both
def test_the_last_date_of_a_series_says_in_calendars_that_it_is_cancelled(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    began = today() - timedelta(days=13)
    event_id = announce(editor, days=-13, again="1", **until(began + timedelta(weeks=2)))
    last = began + timedelta(weeks=2)
    change(editor, event_id, -13, again="1", starts="11:00", ends="13:00", **until(last))
    editor.get(f"/staff/events/{event_id}/dates/{last}/cancel")
    editor.post(editor.path)
    (one,) = [one for one in components(resident, f"/events/{event_id}.ics") if one["UID"] == event_id]
    assert one["STATUS"] == "CANCELLED"
    assert local(one["DTSTART"].dt).date() == last


@pytest.mark.same_on_both
def test_a_series_that_is_once_now_keeps_what_is_over_however_often_it_is_changed(app: Flask, editor: Officer) -> None:
    event_id = announce(editor, days=-13, again="1", **until(today() + timedelta(days=30)))
    over = [day for day in stored(app, event_id) if day < today()]
    assert len(over) == 2
    for starts, ends in (("11:00", "13:00"), ("12:00", "13:00")):
        change(editor, event_id, 8, again="", starts=starts, ends=ends)
        assert sorted(day for day in stored(app, event_id) if day < today()) == over


def test_the_place_of_one_date_is_kept_back_too(editor: Officer) -> None:
    hidden: Fields = {"venue": "Rosewood House", "address": "12 Quiet Lane, Wolverton", "is_place_on_request": "y"}
    again: Fields = {"again": "1"} | until(FIRST + timedelta(weeks=3)) | hidden
    event_id = walks(editor, **hidden, description="We meet now and then at 7 Hidden Row.")
    elsewhere = to(SECOND, venue="Larch Cottage", address="7 Hidden Row, Stantonbury")
    move_date(editor, event_id, SECOND, elsewhere)
    editor.see("There is a problem", "The words of this event tell that place to everyone.")
    assert 'value="Larch Cottage"' in editor.page
    change(editor, event_id, 3, **again, description="Come and walk.")
    move_date(editor, event_id, SECOND, elsewhere)
    editor.follow()
    editor.get(f"/staff/events/{event_id}/change")
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', editor.page)
    assert seen
    editor.post(editor.path, typed(3, **again, description="On one day: 7 hidden row.") | {"seen": seen[1]})
    editor.see("There is a problem", "Everyone reads this.")
    editor.get(f"/staff/events/{event_id}/words/ur")
    editor.post(editor.path, title="سیر", description="Larch Cottage")
    editor.see("There is a problem", "Everyone reads this.")
