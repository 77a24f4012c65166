"""What is on: residents find it, read whether they can get in, and have it in their own calendar."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from threading import Thread
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from portal.db import today, transaction
from portal.events import feeds, services
from portal.events.models import Event
from portal.events.occurrences import occurrences_of
from portal.events.times import NotOnTheClock, TwiceOnTheClock, clock, local, moment, month_ends, week_ends
from tests.support.announcing import TITLE, add_event, announce, cancel, publish, translate, typed
from tests.support.browsers import Browse
from tests.support.people import Officer, Resident
from tests.support.walking import Walk, said

LONDON = ZoneInfo("Europe/London")
URDU = "کافی اور انگریزی گفتگو"


def move(app: Flask, event_id: str, **by: float) -> None:
    """Time goes by: the event is that much earlier."""
    with app.app_context(), transaction() as db:
        earlier = timedelta(**by)
        event = db.get_one(Event, uuid.UUID(event_id))
        event.starts_at -= earlier
        event.ends_at -= earlier
        for one in occurrences_of([event.id])[event.id]:
            one.starts_at -= earlier
            one.ends_at -= earlier


def feed_of(resident: Resident, path: str = "/events.ics") -> dict[str, icalendar.Event]:
    answer = resident.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    return {str(event["UID"]): event for event in icalendar.Calendar.from_ical(answer.data).walk("VEVENT")}


def test_nothing_is_on_until_something_is_published(app: Flask, resident: Resident, editor: Officer) -> None:
    resident.get("/events")
    resident.see("There are no events just now.")
    resident.get("/")
    resident.not_see("What is on")
    event_id = add_event(editor)
    assert resident.get(f"/events/{event_id}").status_code == 404
    assert resident.get(f"/events/{event_id}.ics").status_code == 404
    assert feed_of(resident) == {}
    publish(editor, event_id)
    resident.get("/")
    resident.see("What is on")
    resident.get("/events")
    resident.see("1 event", TITLE, "Bletchley Library", "10:00 to 12:00", "Free", "Step-free way in", "اردو")
    resident.get(f"/events/{event_id}")
    resident.see(TITLE, "Practise with friendly volunteers.", "All levels", "Step-free way in Yes", "Hearing loop No",
                 "Quiet space Not known", "Run by: The library", "We checked this on", "01908 123456")  # fmt: skip
    assert 'href="tel:01908123456"' in resident.page
    assert 'href="https://example.org/coffee" rel="noopener noreferrer nofollow"' in resident.page


def test_the_list_is_by_day_and_can_be_chosen_from(resident: Resident, editor: Officer) -> None:
    announce(editor, 0, title="Tonight", starts="00:00", ends="23:59", cost="£2")
    announce(editor, 40, title="Later", languages=["pl"], place="", access__step_free="", access__hearing_loop="yes")
    announce(editor, 40, title="Also later", starts="09:00", languages=["ur"])
    resident.get("/events")
    assert re.findall(r"<h3>.*?<bdi>(.*?)</bdi>", resident.page) == ["Tonight", "Also later", "Later"]
    assert resident.page.count('class="app-day"') == 2
    for query, found in {
        "when=week": {"Tonight"},
        "free=yes": {"Later", "Also later"},
        "access=step_free": {"Tonight", "Also later"},
        "access=step_free&access=hearing_loop": set(),
        "language=pl&language=ur": {"Tonight", "Later", "Also later"},
        "language=pl": {"Later"},
        "area=nowhere&language=xx&access=ladder&when=yesterday&free=maybe&page=-1": {"Tonight", "Later", "Also later"},
        "page=99999999999999999999": {"Tonight", "Later", "Also later"},
    }.items():
        assert resident.get(f"/events?{query}").status_code == 200
        assert set(re.findall(r"<h3>.*?<bdi>(.*?)</bdi>", resident.page)) == found, query
    area = re.search(r'name="area" value="([^"]+)"', resident.page)
    assert area
    resident.get(f"/events?area={area[1]}&free=yes")
    resident.see("1 event", "Also later", "Show all events")
    resident.get("/events?access=quiet_space")
    resident.see("0 events", "No events match.")


def test_a_long_list_comes_in_pages_that_keep_the_choice(app: Flask, resident: Resident, editor: Officer) -> None:
    with app.app_context():
        event, words = services.find_event(uuid.UUID(announce(editor)))  # type: ignore[misc]
        facts = {name: getattr(event, name) for name in services.Facts.__annotations__}
        written = services.Written(language="en", title="", typed=words.original.typed, by="ed")
        with transaction() as db:
            for number in range(1, 31):
                at = facts["starts_at"] + timedelta(days=number)
                one = services.Facts(**facts | {"starts_at": at, "ends_at": at + timedelta(hours=1)})
                event_id = uuid.uuid4()
                services.add_event(db, event_id, one, replace(written, title=f"Event {number:02}"), checked=False)
                services.publish_event(db, event_id, 0)
    resident.get("/events?free=yes")
    resident.see("31 events", "Event 29", "Page 1 of 2", "Later events")
    resident.not_see("Event 30")
    assert resident.page.count('class="app-event"') == 30
    resident.get("/events?free=yes&page=2")
    resident.see("Event 30", "Earlier events")
    assert "free=yes" in re.findall(r'href="([^"]+)">Earlier', resident.page)[0]


def test_what_is_over_leaves_the_list_and_says_so(app: Flask, resident: Resident, editor: Officer) -> None:
    over, gone = announce(editor, title="Over"), announce(editor, title="Long gone")
    move(app, over, days=20)
    move(app, gone, days=40)
    resident.get("/events?free=yes")
    resident.not_see("Over", "Long gone")
    resident.get(f"/events/{over}")
    resident.see("This event is over.")
    resident.not_see("Add to my calendar")
    assert feed_of(resident).keys() == {over}


def test_a_cancelled_event_says_so_first_everywhere(resident: Resident, editor: Officer) -> None:
    event_id = announce(editor)
    before = feed_of(resident)[event_id]
    cancel(editor, event_id)
    resident.get("/events?free=yes")
    resident.see(f"Cancelled: {TITLE}")
    assert f">{TITLE}</s>" in resident.page
    resident.get(f"/events/{event_id}")
    resident.see("This event will not take place.")
    assert "<title>Cancelled:" in resident.page
    resident.not_see("Add to my calendar")
    after = feed_of(resident)[event_id]
    assert (before["STATUS"], after["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert str(after["SUMMARY"]) == f"Cancelled: {TITLE}"
    resident.get("/")
    resident.not_see("What is on")


@pytest.mark.same_on_both
def test_a_text_is_read_in_ones_own_language_or_marked_as_the_one_it_is_in(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    event_id = announce(editor)
    translate(editor, event_id, "ur", URDU, "سب کا خیر مقدم")
    resident.get(f"/ur/events/{event_id}")
    resident.see(URDU, "سب کا خیر مقدم", "Practise with friendly volunteers.")
    assert f'<h1 class="govuk-heading-l"><bdi>{URDU}</bdi></h1>' in resident.page
    resident.get(f"/pl/events/{event_id}")
    assert '<h1 class="govuk-heading-l" lang="en" dir="ltr">' in resident.page
    resident.see(said(app, "pl", "In English"), TITLE)
    resident.get(f"/events/{event_id}")
    resident.not_see("In English", URDU)
    urdu = feed_of(resident, "/ur/events.ics")[event_id]
    assert str(urdu["SUMMARY"]) == URDU
    assert str(urdu["DESCRIPTION"]).endswith(f"/ur/events/{event_id}")
    assert str(feed_of(resident, f"/ur/events/{event_id}.ics")[event_id]["SUMMARY"]) == URDU


@pytest.mark.same_on_both
def test_both_libraries_read_the_same_from_the_feed(app: Flask, resident: Resident, editor: Officer) -> None:
    summer = (today() + timedelta(days=366)).replace(month=7, day=15)
    days = (summer - today()).days
    title = 'Tea, cake; and \\ more: a "chat" ' + "ہے" * 40
    event_id = announce(editor, days, title=title, starts="18:30", ends="20:00", description="One.\n\n- two, three")
    answer = resident.get("/events.ics")
    assert answer.headers["Content-Disposition"] == "inline; filename=events.ics"
    assert max(map(len, answer.data.split(b"\r\n"))) <= 75
    feed = icalendar.Calendar.from_ical(answer.data)
    assert feed["X-WR-TIMEZONE"] == "Europe/London"
    assert feed["X-WR-CALNAME"] == "What is on: SaferMK"
    assert feed["REFRESH-INTERVAL"].to_ical() == b"PT1H"
    assert [str(zone["TZID"]) for zone in feed.walk("VTIMEZONE")] == ["Europe/London"]
    (event,) = feed.walk("VEVENT")
    other = vobject.readOne(answer.get_data(as_text=True)).vevent
    public_url = app.extensions["settings"].public_url
    url = f"{public_url}/events/{event_id}"
    text = f"One.\n\n• two, three\n\n{url}"
    begins = datetime.combine(summer, clock_time(18, 30), LONDON)
    assert str(event["UID"]) == other.uid.value == event_id
    assert str(event["SUMMARY"]) == other.summary.value == title
    assert str(event["DESCRIPTION"]) == other.description.value == text
    assert str(event["LOCATION"]) == other.location.value == "Bletchley Library, Westfield Road"
    assert str(event["URL"]) == other.url.value == url
    assert event["DTSTART"].params["TZID"] == "Europe/London"
    assert event["DTSTART"].dt == other.dtstart.value.astimezone(LONDON) == begins
    assert event["DTEND"].dt == other.dtend.value.astimezone(LONDON) == begins + timedelta(minutes=90)
    assert begins.utcoffset() == other.dtstart.value.utcoffset() == timedelta(hours=1)
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == other.dtstamp.value


@pytest.mark.same_on_both
def test_words_in_angle_brackets_are_read_on_the_page_and_in_the_feed(resident: Resident, editor: Officer) -> None:
    words = "Write to Anna <anna@example.org>.\nRoom <to be said>."
    event_id = announce(editor, 7, description=words)
    resident.get(f"/events/{event_id}")
    assert "Room &lt;to be said&gt;." in resident.page
    assert '&lt;<a href="mailto:anna@example.org"' in resident.page
    assert str(feed_of(resident, "/events.ics")[event_id]["DESCRIPTION"]).startswith(f"{words}\n\n")


def test_the_feed_is_the_same_bytes_until_something_is_published(resident: Resident, editor: Officer) -> None:
    event_id = announce(editor)
    first = resident.get("/events.ics")
    add_event(editor, title="A draft")
    again = resident.get("/events.ics", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    # Whatever a calendar adds to the address, it is given the one that is kept ready.
    assert resident.get("/events.ics?from=a+calendar").headers["ETag"] == first.headers["ETag"]
    editor.get(f"/staff/events/{event_id}/change")
    editor.post(f"/staff/events/{event_id}/change", typed(title="Another title"))
    changed = resident.get("/events.ics", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert b"Another title" in changed.data
    (event,) = feed_of(resident).values()
    assert int(event["SEQUENCE"]) == 2


def test_a_crowd_that_asks_at_once_has_the_feed_made_once(
    app: Flask, editor: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(editor)
    made, answers = [], []

    def slowly(*given: object) -> object:
        made.append(1)
        time.sleep(0.2)
        return make(*given)

    make = feeds.calendar
    monkeypatch.setattr(feeds, "calendar", slowly)
    crowd = [Thread(target=lambda: answers.append(app.test_client().get("/events.ics").data)) for _ in range(4)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert (len(made), len(answers), len(set(answers))) == (1, 4, 1)


@pytest.mark.same_on_both
def test_what_is_asked_for_at_another_address_is_not_written_into_the_feed(resident: Resident, editor: Officer) -> None:
    announce(editor)
    for path in ("/events.ics", "/events"):
        assert b"evil.example" not in resident.client.get(path, headers={"Host": "evil.example"}).data


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)


@given(texts, texts, texts)
def test_no_words_break_a_calendar(title: str, text: str, location: str) -> None:
    at = datetime(2026, 10, 25, 9, tzinfo=UTC)
    entry = feeds.Entry(
        uid="one", starts_at=at, ends_at=at + timedelta(hours=1), changed_at=at, sequence=1, is_cancelled=False,
        title=title, text=text, location=location, url="https://example.org/",
    )  # fmt: skip
    (event,) = icalendar.Calendar.from_ical(feeds.calendar([entry], "All", "en")).walk("VEVENT")
    assert (event["SUMMARY"], event["DESCRIPTION"], event["LOCATION"]) == (title, text, location)
    assert event["DTSTART"].dt == at


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)))
def test_an_hour_on_the_clock_is_one_moment_and_the_way_back(at: datetime) -> None:
    at = at.replace(second=0, microsecond=0)
    try:
        found = moment(at.date(), at.time())
    except (NotOnTheClock, TwiceOnTheClock):
        assert at.hour == 1
        assert at.month in {3, 10}
    else:
        assert local(found).replace(tzinfo=None) == at
        assert clock(found) == f"{at:%H:%M}"


def test_the_week_ends_on_sunday_and_the_month_on_its_last_day() -> None:
    assert local(week_ends(date(2026, 3, 29))) == datetime(2026, 3, 30, tzinfo=LONDON)
    assert local(week_ends(date(2026, 3, 23))) == datetime(2026, 3, 30, tzinfo=LONDON)
    assert local(month_ends(date(2026, 12, 31))) == datetime(2027, 1, 1, tzinfo=LONDON)
    assert local(month_ends(date(2028, 2, 29))) == datetime(2028, 3, 1, tzinfo=LONDON)


def sign_in(page: Page, editor: Officer) -> None:
    page.locator("#name").fill(editor.name)
    page.locator("#password").fill(editor.password)
    page.locator("#code").fill(editor.next_code())
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.dear
def test_an_editor_announces_a_resident_reads_the_editor_cancels(
    browse: Browse, app: Flask, resident: Resident, editor: Officer, axe: Callable[[Page], list[str]]
) -> None:
    page = browse("/staff/sign-in", phone=False, javascript=False)
    sign_in(page, editor)
    work = Walk(page, app).at("/staff/events").go("Add an event").at("/staff/events/new")
    page.locator("#title").fill(TITLE)
    work.press("Save").see("There is a problem", "Write what will happen, in a few words.")
    expect(page.locator("#title")).to_have_value(TITLE)
    for field, text in typed().items():
        if field not in {"language", "place", "languages", "checked"} and not field.startswith("access"):
            page.locator(f'[name="{field}"]').fill(str(text))
    page.get_by_text("Who can get in, and which languages").click()
    page.locator("#access-step_free").select_option("yes")
    work.press("Save").see_words(TITLE, "Draft")
    here = page.url
    work.go("See it as the public does").see("Preview: this is how the public sees it.")
    page.goto(here)
    work.press("Publish").see_words("Public")
    page.goto(f"{here}/words/ur")
    page.locator("#title").fill(URDU)
    page.locator("#description").fill("سب کا خیر مقدم")
    work.press("Save").see("Translated")

    reader = browse("/", javascript=False)
    Walk(reader, app).go("What is on").at("/events").go(TITLE).see("Can I get in?")
    assert reader.get_by_role("link", name="Add to my calendar").get_attribute("href", timeout=5000)
    reader.get_by_role("link", name="اردو").first.click()
    expect(reader.locator("h1")).to_have_text(URDU)
    before = next(iter(feed_of(resident).values()))

    page.goto(here)
    work.go("Cancel the event").see("Cancel this event?").press("Cancel the event").see_words("Cancelled")
    after = next(iter(feed_of(resident).values()))
    assert (str(after["STATUS"]), after["UID"]) == ("CANCELLED", before["UID"])
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    seen = browse("/events", javascript=True)
    Walk(seen, app).see_words(f"Cancelled: {TITLE}")
    assert axe(seen) == []
    with seen.expect_navigation():
        seen.locator(".app-event a").first.click()
    assert axe(seen) == []
