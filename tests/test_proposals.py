"""Groups tell us about their events without an account, and editors decide what becomes public."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from portal.db import session, today, transaction
from portal.events import proposing
from portal.events.models import Event
from portal.events.proposal_models import Proposal
from portal.events.proposals import count_over, sweep_proposals
from tests.support.announcing import announce
from tests.support.people import Officer, Resident
from tests.support.proposing import GROUP, TITLE, comes_back, kites, sends
from tests.test_retention import agree

pytestmark = pytest.mark.same_on_both


def newest(editor: Officer) -> str:
    editor.get("/staff/event-proposals")
    found = re.search(r"/staff/event-proposals/[0-9a-f-]{36}", editor.page)
    assert found, editor.text
    editor.get(found[0])
    return found[0]


def answer_of(person: Resident) -> int:
    assert person.response is not None
    return person.response.status_code


def decide(editor: Officer, path: str, act: str, **fields: object) -> None:
    editor.get(path)
    editor.post(f"{path}/{act}", **fields)
    if answer_of(editor) == 303:
        editor.follow()


def test_a_group_proposes_talks_with_the_editors_and_becomes_public(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    code = sends(resident, languages=["ur"])
    assert len(code) == 16
    resident.get("/events")
    resident.not_see(TITLE)
    one = newest(editor)
    editor.see(GROUP, "Fishermead field")
    editor.get(f"{one}/preview")
    editor.see("Preview: this is how the public sees it.", TITLE)
    decide(editor, one, "ask", message="Is there a <toilet>?")
    editor.see("Asked", "Is there a <toilet>?")

    comes_back(resident, code)
    resident.see("We asked you something", "Is there a <toilet>?")
    resident.post("/events/propose/yours", message="Yes, in the pavilion.")
    resident.follow()
    resident.see("We are looking at it", "Yes, in the pavilion.")
    resident.get("/events/propose/yours/change")
    resident.post("/events/propose/yours/change", kites(languages=["ur"], venue="The pavilion"))
    resident.see("Preview: nothing is sent yet", "The pavilion")
    resident.post("/events/propose/yours/change", send="yes")
    assert answer_of(resident) == 303

    editor.get(one)
    editor.see("What the group changed", "Before: Fishermead field", "Now: The pavilion", "Yes, in the pavilion.")
    decide(editor, one, "accept", publish="yes")
    editor.see("Accepted", "accepted it")
    resident.get("/events")
    resident.see(TITLE, "The pavilion")
    comes_back(resident, code)
    resident.see("Accepted")

    resident.get("/events/propose/yours/change")
    resident.post("/events/propose/yours/change", kites(languages=["ur"], venue="The big hall"))
    resident.post("/events/propose/yours/change", send="yes")
    resident.follow()
    resident.see("Your change waits.")
    resident.get("/events")
    resident.see("The pavilion")
    resident.not_see("The big hall")
    editor.get(one)
    editor.see("A change waits", "Now: The big hall")
    decide(editor, one, "accept", draft="yes")
    resident.get("/events")
    resident.see("The big hall")

    comes_back(resident, code)
    resident.get("/events/propose/yours/withdraw")
    resident.post("/events/propose/yours/withdraw")
    resident.follow()
    resident.see("You called it off")
    resident.get("/events")
    resident.not_see("Cancelled:")
    decide(editor, newest(editor), "call-off")
    editor.see("Withdrawn")
    resident.get("/events")
    resident.see("Cancelled: Kite making in the park")
    with app.app_context():
        acts = set(session.scalars(text("SELECT action FROM audit_entry WHERE actor = 'ed'")))
    assert acts >= {"asked_group", "accepted_proposal", "ended_proposal", "added_event", "published_event"}


def test_the_same_page_sent_twice_is_one_proposal_with_one_code(app: Flask, resident: Resident) -> None:
    resident.get("/events/propose")
    resident.post("/events/propose", kites())
    preview = resident.page
    resident.post("/events/propose", send="yes")
    first = re.findall(r"<span>(\d{4})</span>", resident.page)
    resident.page = preview
    resident.post("/events/propose", send="yes")
    assert re.findall(r"<span>(\d{4})</span>", resident.page) == first != []
    with app.app_context():
        assert len(session.scalars(select(Proposal)).all()) == 1


def test_what_a_group_typed_lies_in_no_row_in_the_clear_until_it_is_accepted(app: Flask, resident: Resident) -> None:
    code = sends(resident)
    with app.app_context():
        rows = repr(session.execute(text("SELECT * FROM event_proposal")).all())
        assert session.scalars(select(Event)).all() == []
    assert TITLE not in rows
    assert GROUP not in rows
    assert code not in rows


def test_an_editor_does_not_decide_on_what_the_group_changed_meanwhile(resident: Resident, editor: Officer) -> None:
    code = sends(resident)
    one = newest(editor)
    comes_back(resident, code)
    resident.post("/events/propose/yours", message="One thing more.")
    editor.post(f"{one}/accept", publish="yes")
    editor.see("Something changed after you opened this page.", "One thing more.")
    resident.get("/events")
    resident.not_see(TITLE)
    editor.post(f"{one}/accept", publish="yes")
    editor.follow()
    editor.see("Accepted")


def test_a_reason_is_required_and_the_group_reads_it(resident: Resident, editor: Officer) -> None:
    code = sends(resident)
    one = newest(editor)
    decide(editor, one, "decline", why="")
    editor.see("Write why, in a few words.", "New")
    decide(editor, one, "decline", why="We cannot list sales.")
    editor.see("Declined")
    comes_back(resident, code)
    resident.see("Not accepted", "We cannot list sales.")
    resident.not_see("Change your event")
    resident.post("/events/propose/yours/change", kites() | {"send": "yes"})
    assert answer_of(resident) == 303
    decide(editor, one, "accept", publish="yes")
    editor.see("There is nothing to decide any more.")


def test_what_editors_mended_stays_when_a_group_changes_something_else(resident: Resident, editor: Officer) -> None:
    code = sends(resident, contact="kites@example.org")
    one = newest(editor)
    decide(editor, one, "accept", draft="yes")
    found = re.search(r"/staff/events/[0-9a-f-]{36}", editor.page)
    assert found
    editor.get(f"{found[0]}/change")
    editor.post(f"{found[0]}/change", kites(contact="kites@example.org") | {"title": "Make a kite"})
    comes_back(resident, code)
    resident.get("/events/propose/yours/change")
    resident.post("/events/propose/yours/change", kites(contact="new@example.org") | {"send": "yes"})
    decide(editor, one, "accept", publish="yes")
    resident.get("/events")
    resident.see("Make a kite")
    editor.get(found[0])
    editor.see("new@example.org")


def test_no_change_of_a_group_tells_what_editors_keep_for_those_who_ask(resident: Resident, editor: Officer) -> None:
    there = {"venue": "Rosewood House", "address": "12 Secret Lane, Bletchley"}
    code = sends(resident, description="Come to 12 Secret Lane.", **there)
    one = newest(editor)
    decide(editor, one, "accept", draft="yes")
    found = re.search(r"/staff/events/[0-9a-f-]{36}", editor.page)
    assert found
    kept_back = kites(**there) | {"is_place_on_request": "y"}
    for telling in ("Come to 12 Secret Lane.", "Come to 12, secret lane", "It is in ROSEWOOD-HOUSE."):
        editor.get(f"{found[0]}/change")
        editor.post(f"{found[0]}/change", kept_back | {"description": telling})
        editor.see("Everyone reads this. Take out the link or the address that is not public.")
    editor.post(f"{found[0]}/change", kept_back | {"description": "Come and fly."})
    editor.follow()
    comes_back(resident, code)
    resident.get("/events/propose/yours/change")
    wanted = kites(**there) | {"description": "Come to 12 Secret Lane, all of you.", "send": "yes"}
    resident.post("/events/propose/yours/change", wanted)
    decide(editor, one, "accept", publish="yes")
    editor.see("The words say the place or the link that only people who ask are told.")
    resident.get("/events")
    resident.not_see(TITLE)


@pytest.mark.parametrize("days", [["", "x"], ["9"], ["-1"], ["0", "1e3"]])
def test_a_weekday_that_there_is_not_has_a_sentence(resident: Resident, days: list[str]) -> None:
    resident.get("/events/propose")
    resident.post("/events/propose", kites(again="1", times="3", weekdays=days))
    assert answer_of(resident) == 200
    resident.see("There is a problem")


def test_an_editor_is_told_of_clashes(resident: Resident, editor: Officer) -> None:
    announce(editor, 5, title="Drums", venue="FISHERMEAD  field", place="")
    announce(editor, 6, title="Far away", venue="Elsewhere", place="")
    sends(resident, starts="11:00", ends="13:00")
    newest(editor)
    editor.see("Same place, at the same time: Drums")
    editor.not_see("Far away")


def test_many_from_one_place_are_kept_apart_and_none_is_lost(
    resident: Resident, editor: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposing, "MAX_PER_HOUR", 1)
    sends(resident)
    code = sends(resident, starts="09:00")
    editor.get("/staff/event-proposals")
    assert editor.text.count(GROUP) == 1
    editor.get("/staff/event-proposals?view=held")
    assert editor.text.count(GROUP) == 1
    comes_back(resident, code)
    resident.see("We are looking at it")


def test_bad_input_has_its_sentence_and_keeps_what_was_typed(resident: Resident) -> None:
    resident.get("/events/propose")
    resident.post("/events/propose", kites() | {"group": "\u200b\u202e ", "day-day": "31", "day-month": "2"})
    resident.see("Write which group you are.", "Write a date that is on the calendar")
    assert f'value="{TITLE}"' in resident.page
    hostile = kites() | {"description": "<script>alert(1)</script>", "once": "x" * 10_000, "seen": "x" * 99}
    resident.post("/events/propose", hostile)
    assert "<script>alert" not in resident.page
    resident.post("/events/propose", kites() | {"switch": "pl", "title": ""})
    resident.not_see("Write a title.")
    resident.get("/events/propose/back")
    for typed_code in ("", "12", "x" * 5_000, "1" * 16, "1234 5678 9012 345x"):
        resident.post("/events/propose/back", code=typed_code)
        assert answer_of(resident) == 200
    resident.get("/events/propose/yours")
    assert answer_of(resident) == 410


def test_numbers_cannot_be_tried_for_ever(resident: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposing, "MAX_GUESSES_PER_HOUR", 1)
    resident.get("/events/propose/back")
    resident.post("/events/propose/back", code="1" * 16)
    resident.see("That number does not open an event.")
    resident.post("/events/propose/back", code="2" * 16)
    assert answer_of(resident) == 429


def test_what_came_to_nothing_is_deleted_when_the_schedule_says_so(app: Flask, resident: Resident) -> None:
    agree(app, refused_proposal_days=20)
    code = sends(resident)
    sends(resident, starts="09:00")
    comes_back(resident, code)
    resident.get("/events/propose/yours/withdraw")
    resident.post("/events/propose/yours/withdraw")
    resident.follow()
    resident.see("It does not become public.", "What you sent is deleted after 20 days.")
    kept = timedelta(days=20)
    for since, left in ((kept, 2), (kept + timedelta(days=1), 1)):
        with app.app_context(), transaction() as db:
            db.execute(update(Proposal).values(changed_on=today() - since))
            assert count_over(db, [today(), today() + timedelta(days=1)])["refused_proposal_days"] == [2 - left, 1]
            assert sweep_proposals(db) == 2 - left
            assert len(db.scalars(select(Proposal)).all()) == left
