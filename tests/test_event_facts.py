"""What people ask before they come to an event: editors say it, residents read it, and two things only who asks is told."""

from __future__ import annotations

import re
import unicodedata
import uuid
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.db import today, transaction
from portal.events.models import Event
from portal.languages.i18n import LANGUAGES
from portal.partnership.file import current_partnership
from portal.sample.events import add_events
from portal.text import one_line
from tests.support.announcing import TITLE, add_event, announce, cancel, translate, typed
from tests.support.people import Fields, Officer, Resident

LINK, VENUE, ADDRESS = "https://meet.example.org/Room-7?key=abc", "The Hidden House", "12 Quiet Passage"
ASKED_FOR: Fields = {
    "is_online": "y",
    "online_link": LINK,
    "is_place_on_request": "y",
    "venue": VENUE,
    "address": ADDRESS,
}
FULL: Fields = {
    "kind": "drop_in",
    "for_whom": ["women", "newcomers"],
    "priorities": ["C1", "V4"],
    "booking": "Ring 01908 123456",
    "food": "Soup, halal",
    "is_online": "y",
    "online_link": LINK,
    "help_until": "2",
    "access-creche": "yes",
    "access-lift": "no",
}


class Boxes(HTMLParser):
    """A form as a browser sends it when nobody touches it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self._name = self._text = ""
        self.feed(html[html.index('<form class="app-event-form"') :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "input" and name and (given["type"] != "checkbox" or "checked" in given):
            self.sent.setdefault(name, []).append(value)
        elif tag in {"textarea", "select"}:
            self._name, self._text = name, ""
        elif tag == "option" and "selected" in given:
            self.sent[self._name] = [value]

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.sent[self._name] = [self._text.removeprefix("\n")]


def stored(app: Flask, event_id: str) -> dict[str, object]:
    with app.app_context(), transaction() as db:
        event = db.get_one(Event, uuid.UUID(event_id))
        return {column.name: getattr(event, column.name) for column in Event.__table__.columns}


def open_parts(page: str) -> list[str]:
    """Which folded parts of a form are open."""
    found = re.findall(r'<details class="govuk-details" open>\s*<summary[^>]*><span[^>]*>(.*?)</span>', page)
    return [one.strip() for one in found]


def test_residents_read_what_people_ask_before_they_come(resident: Resident, editor: Officer) -> None:
    event_id = announce(editor, 20, **FULL)
    resident.get(f"/events/{event_id}")
    resident.see("Women only · People new to the area", "Drop in for advice", "How to book Ring 01908 123456", "Soup, halal",
                 "Online: ask for the link", "Bletchley Library", "Lift No", "Crèche Yes", "Captions Not known")  # fmt: skip
    last_day = today() + timedelta(days=18)
    resident.see(f"Ask by {last_day:%A} {last_day.day} {last_day:%B %Y}.")
    plain = announce(editor, 1)
    resident.get(f"/events/{plain}")
    resident.see("Everyone is welcome", "Just come", "It is too late to ask here.")
    resident.not_see("Online", "Food", "Ask for an interpreter or other help")
    only_online = announce(editor, 9, venue="", address="", is_online="y", online_link=LINK)
    resident.get(f"/events/{only_online}")
    resident.see("Online: ask for the link")
    resident.not_see("Where")
    editor.get(f"/staff/events/{event_id}")
    editor.see("Drop in for advice", "Women only, People new to the area", LINK, "2 days before", "C1 Getting on well")


def test_help_is_for_the_next_date_that_takes_place(resident: Resident, editor: Officer) -> None:
    first, second = today() + timedelta(days=5), today() + timedelta(days=12)
    last = second + timedelta(days=7)
    event_id = announce(editor, 5, again="1", until__day=last.day, until__month=last.month, until__year=last.year)
    editor.get(f"/staff/events/{event_id}/dates/{first}/cancel")
    editor.post(editor.path)
    resident.get(f"/events/{event_id}")
    asked_by = second - timedelta(days=7)
    resident.see(f"Ask by {asked_by:%A} {asked_by.day} {asked_by:%B %Y}.")


@pytest.mark.dear
@pytest.mark.same_on_both
def test_no_public_page_feed_or_file_says_what_is_told_only_to_who_asks(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    last = today() + timedelta(days=17)
    until = {"until__day": last.day, "until__month": last.month, "until__year": last.year}
    event_id = announce(editor, 3, again="1", **until, **ASKED_FOR)
    translate(editor, event_id, "ur", "شام", "آئیے")
    told = {"event_id": event_id} | dict.fromkeys(("day", "planned_on"), (today() + timedelta(days=10)).isoformat())
    addresses = [
        app.url_map.bind("localhost").build(rule.endpoint, {name: told[name] for name in rule.arguments})
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.arguments <= told.keys() and not rule.rule.startswith("/staff")
    ]
    ours = {"/events", "/events.ics", f"/events/{event_id}", f"/events/{event_id}.ics"}
    assert ours <= set(addresses)

    def look() -> None:
        prefixes = ["", *(f"/{one.code}" for one in LANGUAGES if one.code != "en")]
        for prefix, address in ((prefix, address) for address in addresses for prefix in prefixes):
            said = resident.get(prefix + address).get_data(as_text=True)
            unfolded = said.replace("\r\n ", "").casefold()
            for secret in (LINK, LINK.partition("://")[2], "Room-7", VENUE, ADDRESS):
                assert secret.casefold() not in unfolded, f"{prefix}{address} says {secret}"

    look()
    resident.get(f"/events/{event_id}")
    resident.see(TITLE, "Only people who ask are told where it is.", "Campbell Park", "Online: ask for the link")
    resident.not_see("Fishermead")  # its parish is told, no smaller part of it
    resident.get("/events")
    resident.see(TITLE, "Ask where it is", "Online too")
    assert TITLE in resident.get("/events.ics").get_data(as_text=True)
    preview = editor.get(f"/staff/events/{event_id}/preview").get_data(as_text=True)
    assert not any(secret in preview for secret in (LINK, "Room-7", VENUE, ADDRESS))
    editor.get(f"/staff/events/{event_id}")
    editor.see(LINK, VENUE, ADDRESS, "Only people who ask")
    cancel(editor, event_id)
    look()


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"is_online": "y", "online_link": "http://example.org/room"}, "Write a web address that begins with https://"),
        ({"is_online": "y", "online_link": "javascript:alert(1)"}, "Write a web address that begins with https://"),
        ({"online_link": LINK}, "Tick that people can take part online, or take the link out."),
        ({"venue": ""}, "Write where it is."),
        ({"venue": "", "is_online": "y", "is_place_on_request": "y"}, "Only people who ask are told."),
        ({"help_until": "soon"}, "Write a number of days from 0 to 60."),
        ({"help_until": ""}, "Write a number of days from 0 to 60."),
        ({"help_until": "-1"}, "Write a number of days from 0 to 60."),
        ({"help_until": "9" * 9000}, "Write a number of days from 0 to 60."),
        ({"kind": "riot"}, "Choose one of the answers on this page."),
        ({"for_whom": ["women", "nobody"]}, "Choose from the answers on this page."),
        ({"priorities": ["Z9"]}, "Choose from the answers on this page."),
        ({"title": "T" * 300}, "This is 140 letters too long. Make it shorter."),
        ({"food": "F" * 121}, "This is 1 letter too long. Make it shorter."),
        (ASKED_FOR | {"booking": f"Join at {LINK.upper()} then"}, "Everyone reads this."),
        (ASKED_FOR | {"web_address": LINK}, "Everyone reads this."),
        (ASKED_FOR | {"description": f"Come to {ADDRESS.lower()}."}, "Everyone reads this."),
    ],
)
def test_each_mistake_has_a_sentence_and_what_was_typed_stays(editor: Officer, wrong: Fields, sentence: str) -> None:
    editor.get("/staff/events/new")
    assert editor.post("/staff/events/new", typed(3, **{"food": "Soup", **wrong})).status_code == 200
    editor.see("There is a problem", sentence)
    assert editor.page.count(sentence) >= 2  # in the summary and at the box
    sent = Boxes(editor.page).sent
    for name, value in wrong.items():
        if isinstance(value, str) and name != "kind":
            assert sent.get(name, [""]) == [value]
    if "online_link" in wrong:
        assert "Online, or a place that is not public" in open_parts(editor.page)


@pytest.mark.same_on_both
def test_a_translation_says_nothing_that_is_for_those_who_ask(editor: Officer) -> None:
    event_id = add_event(editor, **ASKED_FOR)
    path = f"/staff/events/{event_id}/words/ur"
    editor.get(path)
    editor.post(path, title="شام", description=f"آئیے {LINK}")
    editor.see("There is a problem", "Everyone reads this.")
    editor.post(path, title=ADDRESS, description="آئیے")
    editor.see("There is a problem", "Everyone reads this.")


@pytest.mark.same_on_both
def test_a_place_is_not_kept_back_while_a_translation_says_it(editor: Officer) -> None:
    open_to_all = {"venue": "Rosewood House", "address": "12 Secret Lane"}
    event_id = add_event(editor, **open_to_all)
    editor.get(f"/staff/events/{event_id}/words/ur")
    editor.post(editor.path, title="شام", description="آئیے: 12 Secret Lane")
    editor.get(f"/staff/events/{event_id}/change")
    editor.post(editor.path, Boxes(editor.page).sent | {"is_place_on_request": ["y"]})
    editor.see(
        "There is a problem", "A translation tells the link or the address that is not public. Change it first: Urdu"
    )
    editor.post(f"/staff/events/{event_id}/words/ur", title="شام", description="آئیے")
    editor.get(f"/staff/events/{event_id}/change")
    editor.post(editor.path, Boxes(editor.page).sent | {"is_place_on_request": ["y"]})
    assert editor.response
    assert editor.response.status_code == 303


def test_a_save_changes_nothing_that_was_not_touched(app: Flask, editor: Officer) -> None:
    event_id = add_event(editor, **FULL)
    editor.get(f"/staff/events/{event_id}/change")
    assert open_parts(editor.page) == [
        "Online, or a place that is not public", "Only for some people", "Booking, food and asking for help",
        "Who can get in, and which languages", "The strategy",
    ]  # fmt: skip
    with app.app_context(), transaction() as db:
        event = db.get_one(Event, uuid.UUID(event_id))
        # The strategy has no such priority any more, the portal offers no such language, and the order is an older form's.
        event.priorities, event.languages, event.awareness = ["Z9", "V4", "C1"], ["ur", "cy", "en"], ["hate-crime-week"]
    before = stored(app, event_id)
    editor.get(f"/staff/events/{event_id}/change")
    editor.see("Z9 (no longer in the strategy)")
    editor.post(editor.path, Boxes(editor.page).sent)
    assert editor.response
    assert editor.response.status_code == 303
    assert stored(app, event_id) == before
    editor.get(f"/staff/events/{event_id}/change")
    editor.post(editor.path, Boxes(editor.page).sent | {"food": ["Bread"]})
    after = stored(app, event_id)
    moving = {"food": "Bread", "sequence": 1, "changed_at": after["changed_at"]}
    assert after == before | moving
    editor.get(f"/staff/events/{event_id}/change")
    editor.post(editor.path, Boxes(editor.page).sent | {"priorities": ["C1"], "for_whom": [], "help_until": ["0"]})
    after = stored(app, event_id)
    assert (after["priorities"], after["for_whom"], after["help_until"]) == (["C1"], [], 0)


@pytest.mark.same_on_both
def test_a_copy_has_all_of_it_and_an_empty_form_is_short(app: Flask, editor: Officer) -> None:
    event_id = add_event(editor, **FULL)
    editor.get(f"/staff/events/new?copy={event_id}")
    day = typed(9)
    editor.post(
        "/staff/events/new", Boxes(editor.page).sent | {name: day[name] for name in day if name.startswith("day")}
    )
    editor.follow()
    copied = stored(app, editor.path.rsplit("/", 1)[1])
    taken = ("kind", "for_whom", "priorities", "booking", "food", "is_online", "online_link", "help_until", "access")
    assert copied["id"] != uuid.UUID(event_id)
    assert {name: copied[name] for name in taken} == {name: stored(app, event_id)[name] for name in taken}
    editor.get("/staff/events/new")
    assert open_parts(editor.page) == []


@pytest.mark.same_on_both
def test_whoever_saves_second_reads_what_the_first_said(editor: Officer) -> None:
    event_id = add_event(editor)
    editor.get(f"/staff/events/{event_id}/change")
    first = Boxes(editor.page).sent
    editor.post(editor.path, first | FULL | {"is_place_on_request": "y"})
    editor.post(f"/staff/events/{event_id}/change", first)
    editor.see("What is stored now", "Drop in for advice", "Women only, People new to the area", "Ring 01908 123456", LINK,
               "2 days before", "C1 Getting on well together", "Tell the place only to people who ask Yes")  # fmt: skip
    differing = editor.page.partition('id="stored"')[2].partition("</section>")[0]
    assert "Languages" not in differing


@pytest.mark.same_on_both
def test_a_day_in_the_past_is_asked_about_before_it_is_saved(app: Flask, editor: Officer) -> None:
    editor.get("/staff/events/new")
    editor.post("/staff/events/new", typed(-2))
    editor.see("This day is in the past. Is it right?", "Nothing is stored yet.")
    editor.not_see("There is a problem")
    editor.post("/staff/events/new", typed(-3))
    editor.see("This day is in the past. Is it right?")
    editor.post("/staff/events/new", typed(-3))
    editor.follow()
    editor.see(TITLE, "Draft")
    event_id = editor.path.rsplit("/", 1)[1]
    path = f"/staff/events/{event_id}/change"
    editor.get(path)
    editor.post(path, Boxes(editor.page).sent | {"food": ["Soup"]})
    assert editor.response
    assert editor.response.status_code == 303, "its day is stored so: nothing to ask"
    editor.get(path)
    editor.post(path, typed(-300))
    editor.see("This day is in the past. Is it right?")
    assert stored(app, event_id)["food"] == "Soup"


UNSEEN = "\u200b\u200e\u200f\u061c\u2060\u2064\u00ad\u180e\u202a\u202e\u202c\u2066\u2069\ufeff\U000e0041\x07"


@pytest.mark.same_on_both
def test_a_title_has_no_unseen_characters_and_its_brackets_are_text(resident: Resident, editor: Officer) -> None:
    marked = "\u202eTea\u200b & <b>cake</b>\u2066 <script>alert(1)</script>\u200d"
    event_id = announce(editor, title=marked, food="\u200bSoup\u202e <i>", venue=f"{UNSEEN}Hall{UNSEEN}")
    resident.get(f"/events/{event_id}")
    resident.see("Tea & <b>cake</b> <script>alert(1)</script>", "Soup <i>", "Hall")
    assert "<bdi>Tea &amp; &lt;b&gt;cake&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt;</bdi>" in resident.page
    editor.get("/staff/events/new")
    editor.post("/staff/events/new", typed(title=UNSEEN, venue=UNSEEN))
    editor.see("Write a title.", "Write where it is.")


@given(st.text(st.sampled_from("ab <&é7ہےক্ষ\u200c\u200d👩👧" + UNSEEN), max_size=40))
@example("a" + UNSEEN + "b")
def test_one_line_keeps_the_letters_and_drops_what_is_unseen(typed: str) -> None:
    said = one_line(typed)
    assert not set(said) & set(UNSEEN)
    assert one_line(said) == said
    drawn = [letter for letter in unicodedata.normalize("NFC", typed) if unicodedata.category(letter)[0] in "LNPS"]
    assert [
        letter for letter in unicodedata.normalize("NFC", said) if unicodedata.category(letter)[0] in "LNPS"
    ] == drawn


@pytest.mark.parametrize("name", ["می‌خواهم", "ക്‍ഷ", "👩‍👧", "ক্‍ষ", "葛\U000e0100", "🏳️‍🌈", "پڑوسیوں"])
def test_one_line_leaves_the_joiners_that_a_script_needs(name: str) -> None:
    assert one_line(name) == unicodedata.normalize("NFC", name)


@pytest.mark.same_on_both
def test_the_sample_has_each_kind_of_event_that_people_ask_about(app: Flask) -> None:
    with app.app_context():
        add_events("tomasz")
        with transaction() as db:
            events = db.scalars(select(Event)).all()
        assert all(event.kind for event in events)
        assert {code for event in events for code in event.priorities} <= {
            one.code for one in current_partnership().priorities
        }
        assert any(event.online_link for event in events)
        assert any(event.is_place_on_request and event.for_whom == ["women"] for event in events)
