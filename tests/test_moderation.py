"""Calendar editors at work: every mistake has a sentence, nothing typed is lost, and two at once are told of each other."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import audit
from portal.db import session, today, transaction
from portal.events import services
from portal.events.models import Event, EventState, EventWords
from portal.staff.models import Role
from tests.support.announcing import TITLE, add_event, announce, cancel, publish, translate, typed
from tests.support.people import Fields, Officer, Resident
from tests.support.walking import said

TURNED = "\u202egnp.exe\u202c <script>alert(1)</script>"


def stored(app: Flask, event_id: str) -> Event:
    with app.app_context():
        return session.get_one(Event, uuid.UUID(event_id))


def how_many(app: Flask, model: type) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(model)) or 0


def dated(year: int, month: int | str, day: int) -> Fields:
    return {"day-day": day, "day-month": month, "day-year": year}


def last_sunday(month: int) -> Fields:
    """The day on which the clocks change, next year."""
    year = today().year + 1
    day = next(d for d in range(31, 24, -1) if (today().replace(year=year, month=month, day=d)).weekday() == 6)
    return dated(year, month, day)


CALENDAR = "Write a date that is on the calendar, like 17 11 2026."
ENDS = "The end must come after the start. If it ends on a later day, write that day."
WEB = "Write a web address that begins with https://, like https://example.org."
MISTAKES: list[tuple[Fields, str]] = [
    ({"title": " \u202e\x00 "}, "Write a title."),
    ({"description": ""}, "Write what will happen, in a few words."),
    ({"venue": "", "address": "x"}, "Write where it is."),
    ({"organiser": ""}, "Write who runs it."),
    (dated(2027, 2, 29), CALENDAR),
    (dated(2027, 4, 31), CALENDAR),
    ({"day-day": "9" * 400}, "Write the day as a number from 1 to 31."),
    ({"day-month": "Brumaire"}, "Write the month as a number from 1 to 12, or as a word, like November."),
    ({"day-year": "²"}, "Write the year with four digits, like 2026."),
    ({"day-day": "", "day-month": "", "day-year": ""}, "Write the day, the month and the year."),
    ({"last_day-day": "31", "last_day-month": "2", "last_day-year": "2027"}, CALENDAR),
    ({"starts": "half past six"}, "Write when it starts, like 18:30."),
    ({"starts": "24:00"}, "Write when it starts, like 18:30."),
    ({"starts": ""}, "Write when it starts, like 18:30."),
    ({"ends": "12:60"}, "Write when it ends, like 20:00."),
    ({"starts": "18:30", "ends": "18:30"}, ENDS),
    ({"starts": "18:30", "ends": "10:00"}, ENDS),
    ({"web_address": "javascript:alert(1)//https://a.example"}, WEB),
    ({"web_address": "example.org"}, WEB),
    ({"web_address": 'https://a.example/" onclick="x'}, WEB),
    ({"place": "atlantis"}, "Choose one of the answers on this page."),
    ({"language": "xx"}, "Choose one of the answers on this page."),
    ({"languages": ["en", "<b>"]}, "Choose from the answers on this page."),
    ({"access-step_free": "maybe"}, "Choose one of the answers on this page."),
    ({"seen": "x"}, "Use digits, like 17."),
]


@pytest.mark.same_on_both
@pytest.mark.parametrize("language", ["en", "ur"])
def test_every_mistake_has_its_sentence_and_nothing_typed_is_lost(app: Flask, editor: Officer, language: str) -> None:
    path = "/staff/events/new" if language == "en" else f"/{language}/staff/events/new"
    editor.get(path)
    for changed, sentence in MISTAKES:
        editor.post(path, typed(address="Kept address & more") | changed)
        assert editor.response is not None
        assert editor.response.status_code == 200, changed
        editor.see(said(app, language, "There is a problem"), said(app, language, sentence))
        assert "Kept address &amp; more" in editor.page or "address" in changed
        assert "Practise with friendly volunteers." in editor.page or "description" in changed
    assert how_many(app, Event) == 0


@pytest.mark.same_on_both
def test_the_clocks_and_the_years_have_sentences_of_their_own(app: Flask, editor: Officer) -> None:
    editor.get("/staff/events/new")
    first, last = today().year - 1, today().year + 3
    long = today() + timedelta(days=50)
    too_long = {"last_day-day": long.day, "last_day-month": long.month, "last_day-year": long.year}
    for changed, sentence in (
        (last_sunday(3) | {"starts": "01:30"}, "The clocks go forward in that night, so this hour does not exist."),
        (last_sunday(10) | {"starts": "00:30", "ends": "01:00"}, "The clocks go back in that night"),
        (dated(2926, 1, 1), f"Write a year from {first} to {last}."),
        (dated(1900, 1, 1), f"Write a year from {first} to {last}."),
        (too_long, "An event can last up to 31 days."),
        ({"title": "x" * 161}, "This is 1 letter too long."),
        ({"description": "x" * 5_000}, "This is 1000 letters too long."),
        ({"web_address": "https://example.org/" + "x" * 400}, "letters too long"),
    ):
        editor.post("/staff/events/new", typed() | changed)
        editor.see("There is a problem", sentence)
    editor.post("/staff/events/new", typed(description="y" * 5_000))
    assert "y" * 5_000 in editor.page
    assert how_many(app, Event) == 0


@pytest.mark.same_on_both
@pytest.mark.parametrize("fields", [last_sunday(3) | {"starts": "03:00"}, dated(2028, 2, 29), {"starts": "9.05"}, {"starts": "۹:۳۰"}, {"starts": "9", "ends": "9.30 pm"}, {"starts": "1830", "ends": "20h15"}, dated(2027, "Sept", 1)])  # fmt: skip
def test_a_day_and_a_time_may_be_unusual(editor: Officer, fields: Fields) -> None:
    add_event(editor, title="Kept", **fields)
    editor.see("Kept", "Draft")


@pytest.mark.same_on_both
def test_a_trick_in_a_title_is_a_word_like_any_other(app: Flask, resident: Resident, editor: Officer) -> None:
    event_id = announce(editor, title=TURNED, description=TURNED, venue=TURNED, organiser=TURNED, cost=TURNED)
    for path in (f"/events/{event_id}", "/events?free=", f"/events/{event_id}.ics"):
        answer = resident.get(path).get_data(as_text=True)
        assert "\u202e" not in answer
        assert "<script>alert" not in answer or path.endswith(".ics")
    resident.get(f"/events/{event_id}")
    resident.see("gnp.exe <script>alert(1)</script>")
    for path in ("", "/change", "/preview", "/cancel", "/words/pl"):
        editor.get(f"/staff/events/{event_id}{path}")
        assert "<script>alert" not in editor.page
    editor.get("/staff/events")
    assert "<script>alert" not in editor.page


@pytest.mark.same_on_both
def test_a_day_that_has_passed_may_be_written_but_not_published(app: Flask, editor: Officer) -> None:
    event_id = add_event(editor, -1)
    publish_path = f"/staff/events/{event_id}/publish"
    editor.post(publish_path)
    editor.see("The day of this event has passed. Change the day, then publish it.")
    assert stored(app, event_id).state is EventState.DRAFT


def test_pressing_twice_adds_one_event_and_publishes_it_once(app: Flask, editor: Officer) -> None:
    editor.get("/staff/events/new")
    fields = editor._hidden("/staff/events/new") | typed()
    answers = []
    start = Barrier(3)

    def press() -> None:
        client = app.test_client()
        client.set_cookie("work", editor.client.get_cookie("work").value)  # type: ignore[union-attr]
        start.wait()
        answers.append(client.post("/staff/events/new", data=fields))

    pressing = [Thread(target=press) for _ in range(3)]
    for one in pressing:
        one.start()
    for one in pressing:
        one.join()
    assert [answer.status_code for answer in answers] == [303] * 3
    assert how_many(app, Event) == how_many(app, EventWords) == 1
    event_id = answers[0].location.rsplit("/", 1)[1]
    editor.get(f"/staff/events/{event_id}")
    fields = editor._hidden(f"/staff/events/{event_id}/publish")
    for _ in range(2):
        assert editor.client.post(f"/staff/events/{event_id}/publish", data=fields).status_code == 303
    assert stored(app, event_id).sequence == 1
    with app.app_context():
        entries = [entry.action.value for entry in audit.entries_about(event_id)]
    assert entries == ["published_event", "added_event"]
    editor.post("/staff/events/new", fields | typed(title="Gone back and changed"))
    assert how_many(app, Event) == 2


def test_who_saves_second_sees_both_and_decides(app: Flask, editor: Officer, hire: Callable[..., Officer]) -> None:
    other = hire("other", teams=(), roles=(Role.CALENDAR_EDITOR,))
    other.sign_in()
    event_id = announce(editor)
    path = f"/staff/events/{event_id}/change"
    editor.get(path)
    other.get(path)
    editor.post(path, typed(title="The first to save", access__step_free="no"))
    other.post(path, typed(title="The second to save"))
    other.see("Somebody else saved this event after you opened it.", "What is stored now", "The first to save",
              "Step-free way in: No")  # fmt: skip
    assert 'value="The second to save"' in other.page
    assert stored(app, event_id).access["step_free"] == "no"
    other.post(path, typed(title="The second to save"))
    other.follow()
    other.see("The second to save")
    assert stored(app, event_id).access["step_free"] == "yes"


def test_what_was_looked_at_is_what_is_published(app: Flask, editor: Officer, resident: Resident) -> None:
    event_id = add_event(editor)
    editor.get(f"/staff/events/{event_id}")
    here, page = editor.path, editor.page
    editor.get(f"/staff/events/{event_id}/change")
    editor.post(f"/staff/events/{event_id}/change", typed(title="Changed in another tab"))
    editor.path, editor.page = here, page
    editor.post(f"/staff/events/{event_id}/publish")
    editor.see("Somebody else saved this event after you opened it. Look at it, then publish it.")
    assert resident.get(f"/events/{event_id}").status_code == 404
    publish(editor, event_id)
    assert resident.get(f"/events/{event_id}").status_code == 200


def test_a_cancelled_event_is_changed_no_more_and_what_was_typed_is_given_back(app: Flask, editor: Officer) -> None:
    event_id = announce(editor)
    paths = [f"/staff/events/{event_id}/{part}" for part in ("change", "words/pl")]
    pages = [editor.get(path).text for path in paths]
    cancel(editor, event_id)
    for path, page in zip(paths, pages, strict=True):
        editor.path, editor.page = path, page
        editor.post(path, typed(title="Late change"))
        editor.see("This event is cancelled, so it cannot be changed any more.")
        assert "Late change" in editor.page
        assert editor.get(path).location == f"/staff/events/{event_id}"
    assert editor.get(f"/staff/events/{event_id}/cancel").location == f"/staff/events/{event_id}"
    assert stored(app, event_id).sequence == 2


def test_a_changed_original_marks_its_translation_and_keeps_every_version(
    app: Flask, editor: Officer, resident: Resident
) -> None:
    event_id = announce(editor)
    translate(editor, event_id, "pl", "Kawa", "Zapraszamy.")
    editor.see("Translated")
    editor.get(f"/staff/events/{event_id}/change")
    editor.post(f"/staff/events/{event_id}/change", typed(title="Tea, not coffee"))
    editor.follow()
    editor.see("Older than the original")
    resident.get(f"/pl/events/{event_id}")
    resident.see(
        "Kawa",
        said(app, "pl", "The text was changed after it was translated. The time and the place above are right."),
        "Tea, not coffee",
    )
    translate(editor, event_id, "pl", "Herbata", "Zapraszamy.")
    editor.not_see("Older than the original")
    with app.app_context():
        kept = session.execute(select(EventWords.language, EventWords.version, EventWords.translates, EventWords.title))
        assert sorted(tuple(row) for row in kept) == [
            ("en", 1, None, TITLE), ("en", 3, None, "Tea, not coffee"), ("pl", 2, 1, "Kawa"), ("pl", 4, 3, "Herbata"),
        ]  # fmt: skip


def test_two_translators_are_told_of_each_other(app: Flask, editor: Officer) -> None:
    event_id = announce(editor)
    path = f"/staff/events/{event_id}/words/pl"
    editor.get(path)
    first_page = editor.page
    translate(editor, event_id, "pl", "Kawa", "Zapraszamy.")
    editor.path, editor.page = path, first_page
    editor.post(path, title="Kawka", description="Chodźcie.")
    editor.see("Somebody else saved these words after you opened them.", "What is stored now", "Kawa")
    assert 'value="Kawka"' in editor.page
    editor.post(path, title="Kawka", description="Chodźcie.")
    editor.follow()
    with app.app_context():
        found = services.find_event(uuid.UUID(event_id))
        assert found is not None
        assert found[1].in_("pl").title == "Kawka"
    for language in ("en", "xx", "PL"):
        assert editor.get(f"/staff/events/{event_id}/words/{language}").status_code == 404


def test_saving_what_is_the_same_changes_nothing(app: Flask, editor: Officer) -> None:
    event_id = announce(editor)
    before = stored(app, event_id)
    editor.get(f"/staff/events/{event_id}/change")
    values = dict(re.findall(r'<input class="govuk-input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', editor.page))
    assert values["starts"] == "10:00"
    assert values["last_day-day"] == ""
    editor.post(f"/staff/events/{event_id}/change", typed())
    assert editor.response.status_code == 303  # type: ignore[union-attr]
    after = stored(app, event_id)
    assert (after.sequence, after.changed_at) == (before.sequence, before.changed_at)


@pytest.mark.same_on_both
def test_what_was_typed_before_being_signed_out_is_given_back(editor: Officer) -> None:
    editor.get("/staff/events/new")
    page = editor.page
    editor.post("/staff/sign-out")
    editor.get("/staff/sign-in")
    token = editor._hidden("/staff/sign-in")
    editor.page = page
    answer = editor.client.post("/staff/events/new", data=typed(description="Typed for an hour") | token)
    assert answer.status_code == 403
    assert "Typed for an hour" in answer.text


@pytest.mark.same_on_both
def test_a_place_that_is_offered_no_more_stays(app: Flask, editor: Officer) -> None:
    event_id = add_event(editor)
    with app.app_context(), transaction() as db:
        db.get_one(Event, uuid.UUID(event_id)).place_code = "e-no-more"
    editor.get(f"/staff/events/{event_id}/change")
    editor.post(f"/staff/events/{event_id}/change", typed(place="e-no-more", title="Changed"))
    editor.follow()
    editor.see("Changed")
    assert stored(app, event_id).place_code == "e-no-more"


def test_the_lists_hold_each_event_once(editor: Officer) -> None:
    add_event(editor, title="A draft")
    announce(editor, title="To come soon")
    cancel(editor, announce(editor, title="Called off"))
    for view, shown in {"upcoming": "To come soon", "drafts": "A draft", "cancelled": "Called off"}.items():
        editor.get(f"/staff/events?view={view}&page=1")
        found = re.findall(r"<td><a[^>]*><bdi>(.*?)</bdi>", editor.page)
        assert found == [shown]
    editor.get("/staff/events?view=past")
    editor.see("There are no events in this list.")
    for query in ("view=x", "page=x", "page=-1", "page=99999999999999999999"):
        assert editor.get(f"/staff/events?{query}").status_code == 200
