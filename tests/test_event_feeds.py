"""What leaves the calendar: feeds of what someone looks for, the list on other sites, posters and sheets."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import icalendar
import pytest
import vobject
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st
from playwright.sync_api import Page

from portal.config import SettingError, read_settings
from portal.db import today, transaction
from portal.events import atom, feeds, outgoing
from portal.events.models import AccessFact, Event, EventKind, Occurrence
from portal.web import caching
from tests.support.announcing import TITLE, announce, cancel
from tests.support.browsers import Browse
from tests.support.people import Officer, Resident

A = "{http://www.w3.org/2005/Atom}"
LISTS = ("/events.ics", "/events.atom", "/events.json", "/events/embed")
SECRET = ("Refuge House", "Hidden Lane", "https://meet.example/room")


def change(app: Flask, event_id: str, **facts: object) -> None:
    """What no form has yet, or no person would type."""
    with app.app_context(), transaction() as db:
        event = db.get_one(Event, uuid.UUID(event_id))
        for name, value in facts.items():
            setattr(event, name, value)
        caching.publish(db)


def components(answer: bytes) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(answer).walk("VEVENT"))


def uids(resident: Resident, query: str) -> dict[str, set[str]]:
    """By kind of feed, the events that it holds."""
    calendar, feed, data = (resident.get(f"{path}?{query}").data for path in LISTS[:3])
    return {
        "ics": {str(one["UID"]) for one in components(calendar)},
        "atom": {
            str(one.findtext(f"{A}id")).removeprefix("urn:uuid:") for one in ET.fromstring(feed).iter(f"{A}entry")
        },
        "json": {one["id"] for one in json.loads(data)["events"]},
    }


@pytest.mark.same_on_both
def test_every_feed_holds_what_the_list_would_show(app: Flask, resident: Resident, editor: Officer) -> None:
    free = announce(editor, title="Free one")
    paid = announce(editor, title="Paid one", cost="£2", languages=["pl"])
    off = announce(editor, title="Called off", cost="£3")
    cancel(editor, off)
    for query, found in {
        "": {free, paid, off},
        "free=yes": {free},
        "language=pl": {paid},
        "free=maybe&language=xx&utm_source=x": {free, paid, off},
        f"when={today() + timedelta(days=3)}": {free, paid, off},
        "when=2031-01": set(),
    }.items():
        assert set(map(frozenset, uids(resident, query).values())) == {frozenset(found)}, query
    calendar = icalendar.Calendar.from_ical(resident.get("/events.ics?free=yes").data)
    assert calendar["X-WR-CALNAME"] == "What is on (your choice): SaferMK"


@pytest.mark.same_on_both
@pytest.mark.parametrize("path", LISTS)
def test_a_feed_of_a_choice_is_made_once_and_known_again(resident: Resident, editor: Officer, path: str) -> None:
    announce(editor)
    first = resident.get(f"{path}?free=yes&language=ur&language=en&junk=1")
    tag = first.headers["ETag"]
    for same in ("language=en&free=yes&language=ur", "language=ur&language=en&language=en&free=yes&access=%00"):
        assert resident.get(f"{path}?{same}").headers["ETag"] == tag
    assert resident.get(f"{path}?free=yes&language=ur&language=en", headers={"If-None-Match": tag}).status_code == 304
    assert "Set-Cookie" not in first.headers
    announce(editor, title="Another")
    assert resident.get(f"{path}?free=yes&language=ur&language=en", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.same_on_both
def test_what_is_for_those_who_ask_leaves_by_no_door(app: Flask, resident: Resident, editor: Officer) -> None:
    event_id = announce(editor, venue=SECRET[0], address=SECRET[1])
    change(app, event_id, is_place_on_request=True, is_online=True, online_link=SECRET[2])
    paths = [*LISTS, f"/events/{event_id}.ics", f"/events/{event_id}/poster", f"/events/sheet?when={day(3)[:7]}"]
    for path in [*paths, *(f"/ur{path}" for path in paths)]:
        answer = resident.get(path)
        said = answer.text.replace("\r\n ", "")
        assert event_id in said or "sheet" in path, path
        assert not [secret for secret in SECRET if secret in said], path
        for searched in SECRET[:2]:
            found = resident.get(f"{path.partition('?')[0]}?q={searched}").text
            assert event_id not in found or f"/{event_id}" in path, path
    linked = linked_data(resident, event_id)
    assert not [secret for secret in SECRET if secret in json.dumps(linked)]
    assert [place["@type"] for place in linked["location"]] == ["Place", "VirtualLocation"]
    (entry,) = components(resident.get("/events.ics").data)
    assert entry["LOCATION"] == "Campbell Park. Ask for the address."


def day(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


def linked_data(resident: Resident, event_id: str) -> dict[str, object]:
    """What the event's page says to search engines."""
    (found,) = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', resident.get(f"/events/{event_id}").text
    )
    said: dict[str, object] = json.loads(found)
    return said


@pytest.mark.same_on_both
def test_search_engines_read_the_event_and_nothing_breaks_out(resident: Resident, editor: Officer) -> None:
    title = "</script><script>alert(1)</script> \u2028 & “quotes” \\"
    event_id = announce(editor, title=title, description="]]> --> <!-- & words")
    said = linked_data(resident, event_id)
    assert "alert(1)</script>" not in resident.page
    assert (said["@type"], said["url"]) == ("Event", said["@id"])
    assert "alert(1)" in str(said["name"])
    assert (said["eventStatus"], said["isAccessibleForFree"]) == ("https://schema.org/EventScheduled", True)
    assert datetime.fromisoformat(str(said["endDate"])) - datetime.fromisoformat(str(said["startDate"])) == timedelta(
        hours=2
    )
    cancel(editor, event_id)
    assert linked_data(resident, event_id)["eventStatus"] == "https://schema.org/EventCancelled"


@pytest.mark.same_on_both
def test_atom_has_what_the_standard_asks_for(app: Flask, resident: Resident, editor: Officer) -> None:
    assert ET.fromstring(resident.get("/events.atom").data).findtext(f"{A}updated") == "2000-01-01T00:00:00+00:00"
    event_id = announce(editor)
    change(app, event_id, kind=EventKind.TALK)
    answer = resident.get("/events.atom?free=yes")
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.data)
    (entry,) = feed.iter(f"{A}entry")
    for element in (feed, entry):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{A}{name}")) == 1, name
            assert element.findtext(f"{A}{name}")
    assert feed.findtext(f"{A}author/{A}name") == "SaferMK"
    own = next(link.get("href") for link in feed.findall(f"{A}link") if link.get("rel") == "self")
    assert own == feed.findtext(f"{A}id")
    assert str(own).endswith("/events.atom?free=yes")
    assert entry.find(f"{A}category").get("term") == "Talk"  # type: ignore[union-attr]
    assert entry.find(f"{A}content").get("type") == "html"  # type: ignore[union-attr]
    assert "Bletchley Library" in str(entry.findtext(f"{A}summary"))
    (calendar,) = components(resident.get("/events.ics").data)
    assert calendar["CATEGORIES"].cats == ["Talk"]


@pytest.mark.same_on_both
def test_one_time_that_was_moved_is_moved_in_calendars(app: Flask, resident: Resident, editor: Officer) -> None:
    until = today() + timedelta(days=24)
    event_id = announce(
        editor, again="1", **{f"until-{part}": getattr(until, part) for part in ("day", "month", "year")}
    )
    with app.app_context(), transaction() as db:
        second = db.get_one(Occurrence, (uuid.UUID(event_id), today() + timedelta(days=10)))
        before = second.moved_from = second.starts_at
        second.starts_at += timedelta(hours=3)
        second.ends_at += timedelta(hours=3)
        caching.publish(db)
    answer = resident.get("/events.ics").data
    whole, moved = components(answer)
    assert whole["RRULE"]["COUNT"] == [4]
    assert moved["RECURRENCE-ID"].dt == before
    assert moved["DTSTART"].dt == before + timedelta(hours=3)
    assert moved["STATUS"] == "CONFIRMED"
    read = vobject.readOne(answer.decode())
    assert len(list(read.vevent_list[0].rruleset)) == 4
    assert read.vevent_list[1].recurrence_id.value == before


@pytest.mark.same_on_both
def test_a_feed_that_cannot_hold_all_says_so(
    resident: Resident, editor: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "MAX_FEED_EVENTS", 1)
    monkeypatch.setattr(outgoing, "MAX_EMBEDDED", 1)
    monkeypatch.setattr(outgoing, "MAX_ON_PAPER", 1)
    announce(editor, 0, starts="00:00", ends="23:59")
    announce(editor, 0, title="Another", starts="00:01", ends="23:59")
    said = json.loads(resident.get("/events.json").data)
    assert (said["name"], len(said["events"])) == ("What is on: SaferMK (1 event)", 1)
    resident.get("/events/embed")
    resident.see("More events")
    resident.get("/events/sheet")
    resident.see(TITLE, "There is more on the web page.")


@pytest.mark.same_on_both
def test_the_page_on_subscribing_carries_the_filters(resident: Resident, editor: Officer) -> None:
    resident.get("/ur/events?language=ur&free=yes")
    assert 'href="/ur/events/subscribe?free=yes&amp;language=ur"' in resident.page
    resident.get("/ur/events/subscribe?language=ur&free=yes&x=%3Cscript%3E")
    links = [unescape(one) for one in re.findall(r'href="([^"]*)" rel="noopener noreferrer nofollow"', resident.page)]
    assert [urlsplit(link).hostname for link in links[1:]] == [
        "calendar.google.com", "outlook.live.com", "outlook.office.com",
    ]  # fmt: skip
    assert links[0].startswith("webcal://")
    assert links[0].endswith("/ur/events.ics?free=yes&language=ur")
    assert parse_qs(urlsplit(links[1]).query)["cid"] == [links[0]]
    assert parse_qs(urlsplit(links[2]).query)["url"] == [links[0].replace("webcal", "http")]
    assert not re.findall(r'(?:src|action)="(?:https?:)?//', resident.page)


def test_only_sites_that_are_named_may_frame_the_list(
    make_app: Callable[..., Flask], app: Flask, recovery_key: str
) -> None:
    closed = app.test_client().get("/events/embed")
    assert closed.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in closed.headers["Content-Security-Policy"]
    client = make_app(embed_on=("https://a.example", "https://b.example:8443")).test_client()
    for framed in (client.get("/events/embed"), client.get("/events/embed?free=yes"), client.get("/ur/events/embed")):
        assert "X-Frame-Options" not in framed.headers
        assert framed.headers["Content-Security-Policy"].endswith(
            "frame-ancestors https://a.example https://b.example:8443"
        )
        assert "<script" not in framed.text
        assert len(re.findall("<a ", framed.text)) == len(re.findall('<a target="_top" ', framed.text))
    assert client.get("/events").headers["X-Frame-Options"] == "DENY"
    assert "/events/embed" in client.get("/events/subscribe").text


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "value", ["*", "http://a.example", "https://a.example/", "https://a.example;", "https://*.example", "a.example",
              "https://a.example'self'", "https://a.example:99999", "https://a..example", "https://user@a.example"],
)  # fmt: skip
def test_what_is_no_site_is_not_put_into_a_header(value: str) -> None:
    with pytest.raises(SettingError, match="PORTAL_EMBED_ON"):
        read_settings({"PORTAL_EMBED_ON": value})
    assert read_settings({"PORTAL_EMBED_ON": " https://A.example  https://a.example:8443 "}).embed_on == (
        "https://a.example", "https://a.example:8443",
    )  # fmt: skip


texts = st.text(max_size=200)
hostile = st.one_of(
    texts, st.text("\r\n;,:\\\"^ \t\u200f\u202e\u2028é漢😀", max_size=200), st.just("x" * 74 + "é" * 60), st.just("END:VEVENT\r\nX:1")
)  # fmt: skip


@pytest.mark.dear
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200), hostile)
@example("x" * 64 + "é" * 90, "x")
@example("漢" * 90, "x")
def test_no_words_break_out_of_a_feed(title: str, wild: str) -> None:
    at = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)

    def entry(title: str) -> feeds.Entry:
        return feeds.Entry(
            uid="one", starts_at=at, ends_at=at + timedelta(hours=2), changed_at=at, sequence=3, is_cancelled=True,
            title=title, text=title, location=title, url="https://example.org/", category="Talk", html=f"<p>{title}</p>",
            language="ur",
        )  # fmt: skip

    written = feeds.calendar([entry(title)], title, "en")
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    (event,) = components(written)
    assert (event["SUMMARY"], event["STATUS"], event["SEQUENCE"]) == (title, "CANCELLED", 3)
    assert vobject.readOne(written.decode()).vevent.dtstart.value == at
    if "\r" not in wild and not re.search("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", wild):
        written = feeds.calendar([entry(wild)], wild, "en")
        assert written.replace(b"\r\n ", b"").count(b"\r\nEND:VEVENT\r\n") == 1
        assert len(components(written)) == 1
    named = {"author": wild, "language": "en", "own_address": "https://example.org/", "page": "https://example.org/"}
    read = ET.fromstring(atom.feed([(entry(wild), wild)], name=wild, **named))
    (one,) = read.iter(f"{A}entry")
    assert [child.tag for child in one].count(f"{A}title") == 1


@pytest.mark.dear
def test_a_poster_is_one_sheet_and_its_square_leads_to_the_event(
    browse: Browse, app: Flask, resident: Resident, editor: Officer
) -> None:
    longest = {
        "title": "A long title for a poster " * 6,
        "description": "\n\n".join(["Words that go on and on. " * 12, "- One of many things\n" * 30, "w" * 900]),
        "venue": "The hall of the library " * 5,
        "address": "Behind the station, the second door on the left " * 4,
        "cost": "£2, or what you can pay " * 5,
        "languages": ["en", "pl", "ro", "ur", "ar", "bn", "es", "fa", "fr", "gu", "hi"],
        "for_whom": ["women", "children", "young", "older", "families"],
    } | {f"access-{fact}": "yes" for fact in AccessFact}
    ids = [announce(editor, title="A title for a poster", description="Words. " * 30), announce(editor, **longest)]
    page: Page = browse("/", phone=False)
    here = page.url.rstrip("/")
    for event_id, prefix in zip((*ids, *ids), ("", "/ur", "/ur", ""), strict=True):
        for size, height in (("", 1123), ("?size=a5", 794)):
            page.goto(f"{here}{prefix}/events/{event_id}/poster{size}")
            page.emulate_media(media="print")
            assert page.locator("article svg.app-scan__square path").count() == 1
            assert not page.locator(".app-strip").is_visible()
            # The square and who runs it are never what there is no room for.
            overlap = page.locator("article").evaluate(
                "it => it.lastElementChild.getBoundingClientRect().bottom - it.getBoundingClientRect().bottom"
            )
            assert overlap <= 1, (prefix, size)
            pdf = page.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type /Page\b", pdf)) == 1, (prefix, size)
            assert any(
                abs(float(found) - height * 0.75) < 2
                for found in re.findall(rb"/MediaBox \[0 0 [\d.]+ ([\d.]+)\]", pdf)
            )
            page.emulate_media(media="screen")
