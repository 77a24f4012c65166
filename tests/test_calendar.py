"""The calendar is searched, chosen from, seen by the month and looked back on; one question has one address."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from alembic import command
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from portal import migrations
from portal.db import Database, today, transaction
from portal.events import months
from portal.events.filters import MAX_SEARCH, Wanted, first_day, query_of, wanted_from
from portal.events.models import Event, EventKind, Occurrence
from portal.events.searching import folded, searchable
from portal.partnership.file import current_partnership
from tests.support.announcing import announce, cancel, translate
from tests.support.browsers import Browse
from tests.support.people import Officer, Resident
from tests.test_events import move


def change(app: Flask, event_id: str, **facts: object) -> None:
    """What no box of these tests' form fills in."""
    with app.app_context(), transaction() as db:
        event = db.get_one(Event, uuid.UUID(event_id))
        for name, value in facts.items():
            setattr(event, name, value)


def titles(resident: Resident, address: str) -> set[str]:
    assert resident.get(address).status_code == 200, address
    return set(re.findall(r"<h3>.*?<(?:bdi|s)[^>]*>(.*?)</(?:bdi|s)>", resident.page))


def in_month(day: date) -> str:
    return f"{day:%Y-%m}"


def test_search_words_find_every_language_and_keep_a_hidden_place_hidden(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    cafe = announce(
        editor, title="Café Zażółć", description="Bring a friend", venue="Łódź Hall", organiser="Neighbours"
    )
    translate(editor, cafe, "ur", "چائے کی محفل", "سب آئیں")
    hidden = announce(editor, title="Safe talk", venue="Rosewood House", address="", organiser="Women together")
    change(app, hidden, is_place_on_request=True)
    for typed, found in {
        "cafe": {"Café Zażółć"},
        "ZAZOLC  friend": {"Café Zażółć"},
        "lodz hall neighbours": {"Café Zażółć"},
        "چائے كي": {"Café Zażółć"},
        "together": {"Safe talk"},
        "cafe together": set(),
        "rosewood": set(),
        "<script>": set(),
        "%_": {"Café Zażółć", "Safe talk"},
        "\u200b\u202e": {"Café Zażółć", "Safe talk"},
    }.items():
        assert resident.client.get("/events", query_string={"q": typed}).status_code == 200
        assert titles(resident, f"/events?q={typed.replace('%', '%25')}") == found, typed
    translate(editor, cafe, "ur", "چائے", "آئیں")
    assert titles(resident, "/events?q=محفل") == set(), "words that were written anew are not found any more"
    assert titles(resident, "/events?q=چائے") == {"Café Zażółć"}
    assert titles(resident, "/events?q=cafe&free=yes") == {"Café Zażółć"}
    assert '<input type="hidden" name="free" value="yes">' in resident.page
    assert 'value="cafe"' in resident.page
    resident.get("/events?q=rosewood")
    resident.see("No events match. Take away a filter.", "Or see everything in")
    assert titles(resident, re.findall(r'href="([^"]+)">Or see', resident.page)[0].replace("&amp;", "&"))


def test_kind_audience_and_priority_are_chosen_with_their_counts(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    talk, walk, women = (announce(editor, title=title) for title in ("Talk", "Walk", "Women"))
    with app.app_context():
        code = current_partnership().priorities[0].code
    change(app, talk, kind=EventKind.TALK, for_whom=["older"], priorities=[code])
    change(app, walk, kind=EventKind.ACTIVITY)
    change(app, women, kind=EventKind.TALK, for_whom=["women"])
    for query, found in {
        "kind=talk": {"Talk", "Women"},
        "kind=talk&kind=activity": {"Talk", "Walk", "Women"},
        "for=older": {"Talk", "Walk"},
        "for=women": {"Women"},
        "for=women&kind=activity": set(),
        f"priority={code}": {"Talk"},
        "for=nobody&kind=nothing&priority=none&when=2026-13&when=2026-02-30": {"Talk", "Walk", "Women"},
    }.items():
        assert titles(resident, f"/events?{query}") == found, query
    resident.get("/events?kind=activity")
    counts = dict(re.findall(r'for="beside-(.*?)">.*?times">(\d+)<', resident.page))
    assert (counts["kind-talk"], counts["kind-activity"], counts["for-older"]) == ("2", "1", "1")
    assert "for-young" not in counts


def test_a_day_and_a_month_hold_all_of_it(app: Flask, resident: Resident, editor: Officer) -> None:
    over, now, later = announce(editor, title="Over"), announce(editor, 0, title="Now", starts="00:00", ends="23:59"), \
        announce(editor, 70, title="Later")  # fmt: skip
    move(app, over, days=5)
    then = today() - timedelta(days=2)
    assert titles(resident, f"/events?when={then}") == {"Over"}
    resident.see("This event is over.")
    assert titles(resident, "/events?when=today") == {"Now"}
    assert titles(resident, "/events") == {"Now", "Later"}
    after = today() + timedelta(days=70)
    assert f'<h2 class="govuk-heading-l">{after:%B %Y}</h2>' in resident.page.replace("\xa0", " ")
    assert titles(resident, f"/events?when={in_month(after)}") == {"Later"}
    assert titles(resident, "/events/past") == {"Over"}
    resident.see("1 event", "This event is over.")
    assert {over, now, later} >= set(re.findall(r"/events/([0-9a-f-]{36})", resident.page))


def test_a_month_shows_every_date_three_a_day(app: Flask, resident: Resident, editor: Officer) -> None:
    first = months.next_month(months.next_month(today().replace(day=1)))
    away = (first - today()).days + 9
    day = today() + timedelta(days=away)
    until = {f"until__{part}": getattr(first.replace(day=28), part) for part in ("day", "month", "year")}
    weekly = announce(editor, away, title="Weekly", starts="08:00", ends="09:00", again="1", **until)
    for number in range(3):
        announce(editor, away, title=f"Number {number}", starts=f"{10 + number}:00", ends="18:00", cost="£2")
    with app.app_context(), transaction() as db:
        db.get_one(Occurrence, (uuid.UUID(weekly), day + timedelta(days=7))).is_cancelled = True
    cancel(editor, announce(editor, away + 1, title="Off"))
    address = f"/events/month/{in_month(first)}"
    resident.get(address)
    resident.see("1 more event", "Cancelled: Off", "Cancelled: Weekly", "Number 1")
    resident.not_see("Number 2")
    assert resident.page.count("Weekly") == 3
    assert re.findall(r'<th scope="col">(\w+)</th>', resident.page)[::6] == ["Monday", "Sunday"]
    assert "<caption" in resident.page
    further = re.findall(r'href="([^"]+)" aria-label="1 more event on', resident.page)[0]
    assert titles(resident, further) == {"Weekly", "Number 0", "Number 1", "Number 2"}
    resident.get(f"{address}?free=yes")
    resident.not_see("Number 0")
    assert f"when={in_month(first)}&amp;free=yes" in resident.page
    assert f"{in_month(months.month_before(first))}?free=yes" in resident.page
    assert f"month/{in_month(months.next_month(first))}" not in resident.page
    resident.get(f"/events/month/{in_month(today())}")
    assert resident.page.count('aria-current="date"') == 1
    resident.see("Nothing is on in this month.")
    for wrong in ("1999-01", "2099-12", "2026-13", "2026-1", "٢٠٢٦-١١", "today", in_month(months.next_month(first))):
        assert resident.get(f"/events/month/{wrong}").status_code == 404, wrong


def test_one_question_has_one_address(app: Flask) -> None:
    def asked(query: str) -> dict[str, object]:
        with app.test_request_context(f"/events?{query}") as context:
            return query_of(wanted_from(context.request.args))

    assert asked("q=+tea++and&access=toilet&access=step_free&access=toilet&x=1") == asked(
        "access=step_free&access=toilet&q=tea%20and"
    )
    assert asked("when=never&free=1&kind=&for=x&area=y&q=%E2%80%8B...&when=today") == {}
    assert len(str(asked(f"q={'a' * 5000}")["q"])) == MAX_SEARCH


@pytest.mark.parametrize(
    ("typed", "other"), [("Café", "CAFE"), ("Łódź", "lodz"), ("𝑨", "a"), ("كي", "کی"), ("Straße", "STRASSE")]
)
def test_accents_and_capitals_do_not_count(typed: str, other: str) -> None:
    assert folded(typed) == folded(other)


@given(st.text(max_size=200))
def test_no_words_are_too_strange_to_look_for(typed: str) -> None:
    assert folded(unicodedata.normalize("NFC", typed)) == folded(unicodedata.normalize("NFD", typed))
    said = searchable(["Another text", typed])
    assert all(word in said for word in Wanted(text=typed).search_words)
    assert first_day(typed) is None or typed.startswith("20")


def test_a_month_can_be_read_on_a_phone_and_at_a_desk(
    browse: Browse, editor: Officer, axe: Callable[[Page], list[str]]
) -> None:
    announce(editor, 0, title="Tonight", starts="00:00", ends="23:59")
    desk = browse(f"/events/month/{in_month(today())}", phone=False, javascript=True)
    cell = desk.locator("td[aria-current=date]")
    expect(cell).to_contain_text("today")
    expect(desk.get_by_role("table")).to_be_visible()
    expect(desk.get_by_role("columnheader")).to_have_count(7)
    assert axe(desk) == []
    phone = browse(f"/ur/events/month/{in_month(today())}", javascript=True)
    expect(phone.locator(".app-month td:visible")).to_have_count(1)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.same_on_both
def test_words_that_were_written_before_they_were_kept_for_searches_are_found(tmp_path: Path) -> None:
    found = Database(f"sqlite:///{tmp_path / 'old.db'}", threads=1)
    command.upgrade(migrations._config(found.engine), "0054")
    spoken = [  # language, version, of which it is a translation, title
        ("en", 1, None, "Tea"), ("pl", 2, 1, "Herbata"), ("ur", 3, 1, "چائے"),
        ("pl", 4, 1, "Café Łódź"), ("ur", 5, None, "محفل"),
    ]  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "old.db", isolation_level=None)) as db:  # the event itself is not needed
        for language, version, translates, title in spoken:
            db.execute(
                "INSERT INTO event_words (id, event_id, language, version, translates, title, description, typed, "
                "written_by, written_at) VALUES (?, ?, ?, ?, ?, ?, '', 'Some words', 'sam', '2026-01-01')",
                (bytes([version]) * 16, b"e" * 16, language, version, translates, title),
            )
    migrations.migrate(found.engine)
    with found.engine.connect() as db:
        kept = dict(db.exec_driver_sql("SELECT version, searched FROM event_words").all())
    found.engine.dispose()
    assert {version: text for version, text in kept.items() if text} == {
        4: "cafe lodz\nsome words", 5: f"{folded('محفل')}\nsome words",
    }  # fmt: skip
