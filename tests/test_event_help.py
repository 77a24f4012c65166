"""Somebody asks for an interpreter, other help or the place of an event; editors answer, and the organiser is told how many."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from datetime import date, time, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from portal.db import session, today, transaction
from portal.events import help_pages, help_requests
from portal.events.help_answers import count_overdue, due_day
from portal.events.help_counts import (
    RequestsMet,
    count_over,
    help_figures,
    needs_to_tell,
    requests_met,
    sweep_help_requests,
)
from portal.events.help_dates import TOLD, MeantDate
from portal.events.help_models import HelpCount, HelpMessage, HelpRequest, HelpState, Need, Outcome
from portal.events.help_words import told_in_words
from portal.events.models import Event, EventState, Occurrence
from portal.events.occurrences import occurrences_of
from portal.events.times import moment
from tests.support import proposing
from tests.support.announcing import announce, cancel, typed
from tests.support.needing import NOTE, asked, asks, comes_back, does, newest, number_on
from tests.support.people import Officer, Resident
from tests.test_retention import agree

PLACE, LINK = "12 Secret Lane", "https://meet.example.org/quiet-room"
ON_REQUEST: dict[str, object] = {
    "is_place_on_request": "y", "venue": "Rosewood House", "address": PLACE, "is_online": "y", "online_link": LINK,
}  # fmt: skip


def answer_of(person: Resident) -> int:
    assert person.response is not None
    return person.response.status_code


def other(app: Flask) -> Resident:
    return Resident(app.test_client())


def put_off(event_id: str, days: int) -> None:
    """The event's one date is so many days from now instead."""
    with transaction() as db:
        one = occurrences_of([uuid.UUID(event_id)])[uuid.UUID(event_id)][0]
        moved = timedelta(days=days) - (one.starts_at.date() - today())
        ids = Occurrence.event_id == one.event_id
        new_day = one.planned_on + moved
        db.execute(update(HelpRequest).where(HelpRequest.event_id == one.event_id).values(planned_on=new_day))
        db.execute(
            update(Occurrence)
            .where(ids)
            .values(planned_on=new_day, starts_at=one.starts_at + moved, ends_at=one.ends_at + moved)
        )


def test_somebody_asks_and_is_answered_and_the_organiser_learns_only_how_many(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    event_id = announce(editor, 20)
    resident.get(f"/events/{event_id}")
    resident.see("Ask for an interpreter or other help", "Ask by")
    code = asks(resident, event_id, needs=["interpreter", "step_free"], language="pl")
    assert len(code) == 16
    resident.see("We have got what you asked", "Keep it: it is the only way to our answer.")
    asks(other(app), event_id, needs=["interpreter"], language="pl")
    comes_back(resident, code)
    resident.see("An interpreter: Polish", "We are looking at it", NOTE, "We have not answered yet.")
    resident.post("/events/ask/yours", message="I come with my <sister>.")
    resident.follow()
    resident.see("I come with my <sister>.")

    with app.app_context():
        ours = session.scalars(select(HelpMessage.request_id)).one()
    one = f"/staff/events/help/{ours}"
    editor.get("/staff/events")
    editor.see("2 people who ask for help wait")
    editor.get("/staff/events/help")
    editor.see("An interpreter: Polish (Polski) · A seat without steps", "Coffee and English conversation")
    does(editor, one, "answer", message="", outcomes__x="")
    editor.see("Write an answer, or say what is met.")
    does(editor, one, "answer", **{"message": "", "outcomes-interpreter": "not_met"})
    editor.see("Write why not. They read this.")
    does(editor, one, "answer", **{"message": "", "outcomes-interpreter": "met"})
    editor.see("An interpreter: Polish (Polski) Met", "A seat without steps Still open")
    does(editor, one, "answer", **{"message": "There are only stairs.", "outcomes-interpreter": "met", "outcomes-step_free": "not_met"})  # fmt: skip
    editor.see("Decided", "ed, answered", "ed, said what is met")

    comes_back(resident, code)
    resident.see("Yes, it will be there", "A seat without steps Sorry, no", "There are only stairs.")
    editor.get(f"/staff/events/{event_id}/help")
    editor.see("2 people need an interpreter: Polish (Polski).")
    editor.not_see(NOTE, "sister", "without steps")


def test_what_was_asked_lies_in_no_row_in_the_clear(app: Flask, resident: Resident, editor: Officer) -> None:
    code = asks(resident, announce(editor, 20), needs=["sign_language", "other"])
    comes_back(resident, code)
    resident.post("/events/ask/yours", message="My sister comes too.")
    with app.app_context():
        tables = ("event_help_request", "event_help_message", "event_help_count", "audit_entry", "limit_count")
        rows = "".join(repr(session.execute(text(f"SELECT * FROM {table}")).all()) for table in tables)
    for said in (NOTE, "sister", "sign_language", code):
        assert said not in rows


@pytest.mark.same_on_both
def test_place_and_link_are_told_to_whoever_asked_and_is_told_and_to_nobody_else(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    event_id = announce(editor, 20, **ON_REQUEST)
    resident.get(f"/events/{event_id}")
    resident.see("Only people who ask are told where it is.", "Ask where it is", "Ask for the link")
    resident.get(f"/events/ask/{event_id}?for=place")
    assert re.search(r'value="place" checked', resident.page)
    code = asks(resident, event_id, needs=["place", "link"])
    comes_back(resident, code)
    resident.not_see(PLACE, LINK, "Rosewood House")
    one = newest(editor)
    editor.post(f"{one}/tell", place="yes")
    editor.follow()
    editor.see("told the place or the link")
    comes_back(resident, code)
    resident.see("Rosewood House", PLACE)
    resident.not_see(LINK)
    does(editor, one, "tell", link="yes")
    comes_back(resident, code)
    resident.see(LINK)
    assert resident.response is not None
    assert "no-store" in resident.response.headers["Cache-Control"]
    editor.get(f"/staff/events/{event_id}/help")
    editor.see("Nobody has asked for help for a date to come.")
    stranger = other(app)
    for path in ("", "?day=2000-01-01", "?for=link"):
        stranger.get(f"/events/ask/{event_id}{path}")
        stranger.not_see(PLACE, LINK, "Rosewood House")

    cancel(editor, event_id)
    comes_back(resident, code)
    resident.see("It will not take place on")
    resident.not_see(PLACE, LINK)


@pytest.mark.same_on_both
def test_the_same_page_sent_twice_is_one_request_and_many_from_one_place_stand_apart(
    app: Flask, resident: Resident, editor: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = announce(editor, 20)
    path = f"/events/ask/{event_id}"
    resident.get(path)
    page, day = resident.page, (today() + timedelta(days=20)).isoformat()
    numbers = []
    for _again in range(2):
        resident.page = page
        resident.post(path, asked(day=day))
        numbers.append(number_on(resident))
    assert numbers[0] == numbers[1] != ""
    monkeypatch.setattr(help_pages, "MAX_PER_HOUR", 0)
    asks(resident, event_id)
    with app.app_context():
        assert len(session.scalars(select(HelpRequest)).all()) == 2
        assert needs_to_tell(session, uuid.UUID(event_id)) == {today() + timedelta(days=20): {(Need.STEP_FREE, ""): 1}}
    one = newest(editor, "held")
    does(editor, one, "answer", message="Yes.", **{"outcomes-step_free": "met"})
    with app.app_context():
        assert requests_met(session, today(), today() + timedelta(days=30)) == RequestsMet(2, 1, 0, 1)


@pytest.mark.same_on_both
def test_too_late_is_told_with_whom_to_phone_and_the_place_can_be_asked_until_it_begins(
    resident: Resident, editor: Officer
) -> None:
    late = announce(editor, 3)
    resident.get(f"/events/ask/{late}")
    resident.see("It is too late to ask here.", "Phone us: we may still find a way.")
    hidden = announce(editor, 3, title="Hidden", **ON_REQUEST)
    resident.get(f"/events/ask/{hidden}")
    resident.see("To know where it is")
    resident.not_see("A BSL interpreter", "which language?")
    assert len(asks(resident, hidden, needs=["place"])) == 16
    series = announce(editor, 3, title="Weekly", again="1", times="3")
    first, third = (today() + timedelta(days=days) for days in (3, 17))
    path = f"/events/ask/{series}"
    resident.get(f"{path}?day={third}")
    assert f'value="{third}" selected' in resident.page
    resident.post(path, asked(day=first.isoformat()))
    resident.see("It is too late to ask for this here. Phone us:", NOTE)
    resident.post(path, asked(day=third.isoformat()))
    resident.see("We have got what you asked")


@pytest.mark.same_on_both
def test_whoever_comes_back_reads_what_became_of_the_date(app: Flask, resident: Resident, editor: Officer) -> None:
    series = announce(editor, 10, again="1", times="3")
    days = [today() + timedelta(days=10 + 7 * week) for week in range(3)]
    codes = [asks(resident, series, day=day.isoformat()) for day in days]
    editor.get(f"/staff/events/{series}/dates/{days[0]}/cancel")
    editor.post(f"/staff/events/{series}/dates/{days[0]}/cancel")
    with app.app_context(), transaction() as db:
        gone = db.get_one(Occurrence, (uuid.UUID(series), days[1]))
        db.delete(gone)
    for code, said in zip(codes, ("It will not take place on", "not in the calendar any more", NOTE), strict=True):
        comes_back(resident, code)
        resident.see(said)
    with app.app_context():
        assert requests_met(session, days[0], days[2]).made == 1
    once = announce(editor, 12, title="Once")
    code = asks(resident, once)
    editor.get(f"/staff/events/{once}/change")
    editor.post(f"/staff/events/{once}/change", typed(15, title="Once"))
    comes_back(resident, code)
    day = today() + timedelta(days=15)
    resident.see(f"{day:%A} {day.day} {day:%B %Y}", "Only the events team reads it.")


def test_what_is_taken_back_is_deleted_and_stops_what_was_arranged(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    event_id = announce(editor, 20)
    code = asks(resident, event_id)
    one = newest(editor)
    does(editor, one, "answer", message="We keep you a seat.", **{"outcomes-step_free": "met"})
    comes_back(resident, code)
    resident.get("/events/ask/yours/take-back")
    resident.post("/events/ask/yours/take-back")
    resident.follow()
    resident.see("You took this back.")
    resident.not_see(NOTE, "We keep you a seat.")
    resident.post("/events/ask/yours", resident.token, message="Once more")
    assert answer_of(resident) == 303
    editor.get(f"/staff/events/{event_id}/help")
    editor.see("Nobody has asked for help for a date to come.")
    editor.get(newest(editor))
    editor.see("It was taken back after something was arranged.")
    editor.not_see(NOTE, "We keep you a seat.")
    does(editor, one, "answer", message="Hello?")
    editor.see("There is nothing to decide any more.")
    does(editor, one, "notice")
    editor.not_see("It was taken back after something was arranged.")
    with app.app_context():
        assert requests_met(session, today(), today() + timedelta(days=30)).made == 0
        assert session.scalars(select(HelpMessage)).all() == []


def test_so_long_after_the_event_as_the_schedule_says_only_counts_are_left(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    agree(app, help_request_days=45)
    event_id, kept = announce(editor, 20), announce(editor, 21, title="Kept")
    for needs, outcomes in (
        (["interpreter", "place"], {"outcomes-interpreter": "met"}),
        (["captions"], {}),
    ):
        code = asks(other(app), event_id, needs=needs[:1], language="ur" if "interpreter" in needs else "")
        if outcomes:
            does(editor, newest(editor), "answer", message="Yes.", **outcomes)
    asks(resident, kept)
    for days, left in ((-45, 3), (-46, 1)):
        with app.app_context():
            put_off(event_id, days)
            assert [count_over(session, today() + timedelta(days=later)) for later in (0, 1)] == [3 - left, 2]
            with transaction() as db:
                sweep_help_requests(db)
                sweep_help_requests(db)
            assert len(session.scalars(select(HelpRequest)).all()) == left
    day = today() - timedelta(days=46)
    with app.app_context():
        counts = {(row.need, row.language, row.outcome, row.times) for row in session.scalars(select(HelpCount))}
        assert counts == {
            (Need.INTERPRETER, "ur", Outcome.MET, 1),
            (Need.CAPTIONS, "", Outcome.NOT_MET, 1),
        }
        assert requests_met(session, day, day) == RequestsMet(2, 1, 1, 0)
        assert session.scalars(select(HelpMessage)).all() == []
    resident.get("/events/ask/back")
    resident.post("/events/ask/back", code=code)
    resident.see("That number does not open a question about an event.")


@pytest.mark.same_on_both
def test_what_is_overdue_is_named_on_the_desk(app: Flask, resident: Resident, editor: Officer) -> None:
    asks(resident, announce(editor, 40))
    editor.get("/staff/figures/overview")
    editor.see("Requests for help at events that wait 1")
    editor.not_see("overdue")
    with app.app_context(), transaction() as db:
        db.execute(update(HelpRequest).values(waits_since=today() - timedelta(days=30)))
    editor.get("/staff/figures/overview")
    editor.see("Requests for help at events that are overdue 1")
    editor.get("/staff/events/help")
    editor.see("Overdue")
    one = newest(editor)
    editor.see("Overdue: it was to be answered by")
    does(editor, one, "answer", message="We are looking for a seat.")
    with app.app_context():
        assert count_overdue() == 0


@pytest.mark.same_on_both
def test_an_answer_is_due_before_the_day_and_never_before_it_was_asked_for(app: Flask) -> None:
    asked_on = date(2026, 12, 21)  # before the bank holidays of Christmas
    with app.app_context():
        for ahead in range(40):
            day = asked_on + timedelta(days=ahead)
            starts_at = moment(day, time(10))
            one = Occurrence(planned_on=day, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
            meant = MeantDate(Event(state=EventState.PUBLISHED), day, one, comes_again=False)
            for state in HelpState:
                due = due_day(asked_on, state, meant)
                assert due is not None
                assert asked_on <= due <= max(asked_on, day - timedelta(days=1))
                assert due <= date(2026, 12, 24)
            assert due_day(None, HelpState.OPEN, meant) == day - timedelta(days=1)
            assert due_day(None, HelpState.DECIDED, meant) is None


@pytest.mark.same_on_both
def test_the_group_whose_event_it_is_reads_needs_and_numbers_and_no_words(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    code = proposing.sends(resident, days=20)
    editor.get("/staff/event-proposals")
    one = re.search(r"/staff/event-proposals/[0-9a-f-]{36}", editor.page)
    assert one
    editor.get(one[0])
    editor.post(f"{one[0]}/accept", publish="yes")
    with app.app_context():
        event_id = session.scalars(select(Event.id)).one()
    asks(other(app), str(event_id), needs=["transport", "other"], note=NOTE)
    proposing.comes_back(resident, code)
    resident.see("1 person needs help to get there.", "1 person needs something else. Ask us what.")
    resident.not_see(NOTE)


@pytest.mark.same_on_both
def test_bad_input_has_its_sentence_and_keeps_what_was_typed(resident: Resident, editor: Officer) -> None:
    event_id = announce(editor, 20)
    path, day = f"/events/ask/{event_id}", (today() + timedelta(days=20)).isoformat()
    resident.get(path)
    for changed, said in (
        ({"needs": []}, "Tick what you need."),
        ({"needs": ["interpreter"]}, "Choose the language of the interpreter."),
        ({"needs": ["other"], "note": "\u200b\u202e "}, "Write in a few words what you need."),
        ({"needs": [], "language": "other", "note": ""}, "Write in a few words what you need."),
        ({"needs": ["place"]}, "Choose from the answers on this page."),
        ({"needs": ["x" * 9_000]}, "Choose from the answers on this page."),
        ({"day": "2026-02-31"}, "Choose one of the answers on this page."),
        ({"language": "xx"}, "Choose one of the answers on this page."),
        ({"note": "x" * 1_001}, "This is 1 letter too long. Make it shorter."),
        ({"note": "x" * 60_000}, "Make it shorter."),
    ):
        resident.post(path, asked(**({"day": day, "once": "x" * 99} | changed)))
        assert answer_of(resident) == 200, changed
        resident.see(said)
    resident.post(path, asked(day=day, switch="pl", needs=[]))
    resident.not_see("Tick what you need.")
    resident.see(NOTE)
    hostile = "<script>alert(1)</script>\u202e{{ 7*7 }}"
    code = asks(resident, event_id, note=hostile)
    for _time in range(11):
        comes_back(resident, code)
        resident.post("/events/ask/yours", message=hostile + str(_time))
    resident.see("You have written a lot. Wait for our answer.")
    newest(editor)
    for page in (resident.page, editor.page):
        assert "<script>alert" not in page
    for typed_code in ("", "12", "x" * 5_000, "1" * 16, "1234 5678 9012 345x"):
        resident.get("/events/ask/back")
        resident.post("/events/ask/back", code=typed_code)
        assert answer_of(resident) == 200
    resident.post("/events/ask/close")
    assert resident.get("/events/ask/yours").status_code == 410
    assert resident.get(f"/events/ask/{uuid.uuid4()}").status_code == 404


@pytest.mark.same_on_both
def test_numbers_cannot_be_tried_for_ever_and_an_editor_does_not_answer_what_changed(
    app: Flask, resident: Resident, editor: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = asks(resident, announce(editor, 20))
    one = newest(editor)
    comes_back(resident, code)
    resident.post("/events/ask/yours", message="One thing more.")
    editor.post(f"{one}/answer", message="Yes!", **{"outcomes-step_free": "met"})
    editor.see("Something changed after you opened this page.", "One thing more.", "Still open", "Yes!")
    monkeypatch.setattr(help_pages, "MAX_GUESSES_PER_HOUR", 1)
    stranger = other(app)
    for guess, status in (("1" * 16, 200), ("2" * 16, 429), (code, 429)):
        stranger.get("/events/ask/back")
        stranger.post("/events/ask/back", code=guess)
        assert answer_of(stranger) == status


@pytest.mark.same_on_both
def test_figures_of_help_hide_what_is_small(app: Flask, editor: Officer) -> None:
    event_id = uuid.UUID(announce(editor, 3))
    day = (today() - timedelta(days=200)).replace(day=5)
    with app.app_context(), transaction() as db:
        for need, language, outcome, times in (
            (Need.STEP_FREE, "", Outcome.MET, 30),
            (Need.CAPTIONS, "", Outcome.MET, 2),
            (Need.INTERPRETER, "pl", Outcome.MET, 20),
            (Need.INTERPRETER, "ur", Outcome.NOT_MET, 3),
            (Need.PLACE, "", Outcome.MET, 50),
        ):
            db.add(
                HelpCount(event_id=event_id, held_on=day, need=need, language=language, outcome=outcome, times=times)
            )
    with app.app_context():
        assert requests_met(session, day, day) == RequestsMet(55, 52, 3, 0)
        figures = help_figures(session, ["pl", "ps", "ur"])
        month = day.replace(day=1)
        assert figures.made.over(month, month, "all").number == 55
        for shown, answer in (
            (figures.outcomes, Outcome.NOT_MET),
            (figures.needs, Need.CAPTIONS),
            (figures.languages, "ur"),
            (figures.languages, "pl"),
        ):
            assert not shown.over(month, month, answer).is_known, answer
    editor.get("/staff/events/help/figures")
    editor.see("Asked for", "not shown")
    editor.not_see("Captions", "Urdu", " 52 ", " 53 ")


NEEDS_COUNTED = st.dictionaries(
    st.one_of(
        st.tuples(st.sampled_from([need for need in Need if need not in TOLD | {Need.INTERPRETER}]), st.just("")),
        st.tuples(st.just(Need.INTERPRETER), st.sampled_from(["pl", "ur", "other", "pa"])),
    ),
    st.integers(1, 10**6),
)


@pytest.mark.same_on_both
def test_the_organiser_reads_one_sentence_for_each_need_with_its_number(app: Flask) -> None:
    @given(NEEDS_COUNTED)
    def each(counts: dict[tuple[Need, str], int]) -> None:
        sentences = told_in_words(Counter(counts))
        assert sorted(int(sentence.split()[0]) for sentence in sentences) == sorted(counts.values())
        assert len(set(sentences)) == len(counts)

    with app.test_request_context():
        each()


def test_a_request_that_is_damaged_hides_no_other_and_ends_with_its_date(
    app: Flask, editor: Officer, resident: Resident
) -> None:
    event = announce(editor, 20)
    code = asks(resident, event)
    asks(Resident(app.test_client()), event, needs=["captions"])
    with app.app_context(), transaction() as db:
        for row in db.scalars(select(HelpRequest)):
            if "step_free" in str(help_requests.unseal_request(row)):
                row.sealed = row.sealed[:-1] + bytes([row.sealed[-1] ^ 1])
                damaged = row.id
    editor.get("/staff/events/help")
    editor.see("What is stored of it is damaged.", "Captions")
    for path in (f"/staff/events/help/{damaged}", f"/staff/events/{event}/help", "/staff/events"):
        assert editor.get(path).status_code == 200
    comes_back(resident, code)
    resident.see("What is stored of it is damaged.")
    with app.app_context():
        assert requests_met(session, today(), today() + timedelta(days=60)).made == 1
        with transaction() as db:
            gone = today() - timedelta(days=40)
            db.execute(update(HelpRequest).values(planned_on=gone))
            at = {"starts_at": moment(gone, time(10)), "ends_at": moment(gone, time(11))}
            db.execute(update(Occurrence).values(planned_on=gone, **at))
            db.expire_all()
            sweep_help_requests(db)
        assert session.scalars(select(HelpRequest)).all() == []
