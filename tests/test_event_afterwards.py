"""After an event: how many came, what came of it, and how it was, without a word on any one person."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update

from portal.cohesion.activity_rows import activity_rows
from portal.db import session, today, transaction
from portal.events import feedback
from portal.events.afterwards import Told
from portal.events.afterwards_form import told_filled_in
from portal.events.afterwards_models import EventOutcome
from portal.events.headcounts import MOST, BelowNothing, Count, NotACount, TooMany, read_count
from portal.events.held import held_events
from portal.events.help_counts import final_quarters
from portal.events.help_models import HelpCount, Need, Outcome
from portal.events.models import Event, EventState, Occurrence
from portal.languages.i18n import LANGUAGES
from portal.package_data import folder
from portal.small_counts import month_after
from portal.staff.activity_figures import activity_document
from portal.staff.models import Role
from portal.staff.spans import Span
from portal.surveys import occasions
from portal.surveys.models import OccasionCount, SampleType, SurveyResponse
from portal.surveys.waves import close_wave
from tests.support.announcing import TITLE, add_event, announce, hold
from tests.support.people import Officer, Resident
from tests.support.proposing import comes_back, sends
from tests.support.surveying import open_survey

FEEDBACK = folder("surveys") / "event-feedback.toml"


def held(app: Flask, editor: Officer, days_ago: int = 1, **facts: object) -> tuple[str, str]:
    """An event that was held; gives its id and its address for what came of it."""
    event_id = announce(editor, **facts)
    return event_id, f"/staff/events/{event_id}/dates/{hold(app, event_id, days_ago)}/afterwards"


def status(person: Resident) -> int:
    assert person.response is not None
    return person.response.status_code


def writes(editor: Officer, path: str, **fields: object) -> None:
    editor.get(path)
    editor.post(path, {"language": "en"} | fields)
    if status(editor) == 303:
        editor.follow()


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("40", Count(40, False)),
        ("about 40", Count(40, True)),
        ("ca. 40 people", Count(40, True)),
        ("~40", Count(40, True)),
        ("około 1 200 osób", Count(1200, True)),
        ("aproximativ 35 de persoane", Count(35, True)),
        ("تقریباً ۴۰", Count(40, True)),
        ("٤٠", Count(40, False)),
        ("١٬٢٠٠", Count(1200, False)),
        ("1,200", Count(1200, False)),
        ("1.200", Count(1200, False)),
        ("4\u200b0", Count(40, False)),
        ("\u202e40", Count(40, False)),
        ("nobody", Count(0, False)),
        ("100,000", Count(100_000, False)),
        ("many", NotACount),
        ("forty", NotACount),
        ("12,5", NotACount),
        ("40+", NotACount),
        ("½", NotACount),
        ("-5", BelowNothing),
        ("\u22125", BelowNothing),
        ("100001", TooMany),
        ("9" * 90, TooMany),
    ],
)
def test_a_count_is_read_as_people_write_it(typed: str, count: Count | type[NotACount]) -> None:
    if isinstance(count, Count):
        assert read_count(typed) == count
    else:
        with pytest.raises(NotACount) as refused:
            read_count(typed)
        assert refused.type is count


@given(st.integers(0, MOST), st.sampled_from(["{}", "{:,}", "about {}", "ok. {} osób", "circa {:,}", "{} افراد"]))
def test_whatever_the_number_it_is_read_back(number: int, written: str) -> None:
    assert read_count(written.format(number)).number == number


@given(st.text(max_size=60))
def test_no_text_is_anything_but_a_count_or_refused(typed: str) -> None:
    with suppress(NotACount):
        assert 0 <= read_count(typed).number <= MOST


@pytest.mark.same_on_both
def test_an_estimate_stands_in_the_box_as_it_can_be_read_again_in_every_language(app: Flask) -> None:
    told = Told(came=40, is_about=True, text="", language="")
    for language in LANGUAGES:
        with app.test_request_context(), force_locale(language.locale):
            assert read_count(told_filled_in(told, "en")["came"]) == Count(40, True), language.code


@pytest.mark.same_on_both
def test_an_editor_counts_and_everyone_reads_a_rounded_number_and_the_words(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    event_id, path = held(app, editor)
    editor.get("/staff/events")
    editor.see("1 past event has no count")
    writes(editor, path, came="about 43", text="Six <b>people</b> meet\u202e every week now.", is_public="y")
    editor.see("About 43 people came.", "Six <b>people</b> meet every week now.", "Public", "wrote what came of it")
    for public in (f"/events/{event_id}", "/events/past"):
        resident.get(public)
        resident.see("About 45 people came.", "Six <b>people</b> meet every week now.")
        resident.not_see("43")
        assert "<b>people</b>" not in resident.page
    editor.get("/staff/events")
    editor.not_see("no count")
    writes(editor, path, came="7", text="", is_public="y")
    editor.see("7 people came.")
    resident.get(f"/events/{event_id}")
    resident.not_see("people came", "What came of it")
    writes(editor, path, came="60", text="Not for everyone yet.")
    resident.get(f"/events/{event_id}")
    resident.not_see("people came", "Not for everyone yet.")


@pytest.mark.same_on_both
def test_what_cannot_be_is_refused_with_a_sentence_and_stays_in_the_box(app: Flask, editor: Officer) -> None:
    _event_id, path = held(app, editor, is_place_on_request="y")
    for typed, sentence in (
        ({"came": "-5"}, "A number of people cannot be below 0."),
        ({"came": "many"}, "Write how many people came as a number, like 40 or about 40."),
        ({"came": "1000000"}, "Write a number from 0 to 100,000."),
        ({"came": "9" * 5000}, "letters too long"),
        ({"came": "", "text": "\u200b"}, "Write how many people came, or what came of it."),
        ({"came": "40", "text": "x" * 401}, "This is 1 letter too long. Make it shorter."),
        ({"came": "40", "text": "It was at Bletchley Library."}, "Take out the link or the address"),
        ({"came": "40", "text": "Good", "language": "xx"}, "Choose one of the answers on this page."),
    ):
        writes(editor, path, **typed)
        editor.see(sentence)
        assert not typed["came"] or f'value="{typed["came"]}"' in editor.page
    with app.app_context():
        assert session.scalars(select(EventOutcome)).all() == []


@pytest.mark.same_on_both
def test_dates_that_are_to_come_or_were_called_off_are_not_counted(app: Flask, editor: Officer) -> None:
    to_come = announce(editor, days=2)
    day = today() + timedelta(days=2)
    writes(editor, f"/staff/events/{to_come}/dates/{day}/afterwards", came="40")
    editor.see("This date is not over yet. Come back after")
    event_id, path = held(app, editor)
    with app.app_context(), transaction() as db:
        db.execute(update(Occurrence).where(Occurrence.event_id == uuid.UUID(event_id)).values(is_cancelled=True))
    writes(editor, path, came="40")
    editor.see("This date did not take place, so nobody can be counted.")
    draft = add_event(editor)
    for nowhere in (f"/staff/events/{draft}/dates/2020-01-01/afterwards", f"/staff/events/{draft}/dates/x/afterwards"):
        writes(editor, nowhere, came="40")
    with app.app_context():
        assert session.scalars(select(EventOutcome)).all() == []


@pytest.mark.same_on_both
def test_whoever_saves_second_sees_what_the_first_one_saved(
    app: Flask, editor: Officer, hire: Callable[..., Officer]
) -> None:
    _event_id, path = held(app, editor)
    other = hire("ann", teams=(), roles=(Role.CALENDAR_EDITOR,))
    other.sign_in()
    editor.get(path)
    other.get(path)
    other.post(path, came="40", text="It rained.", language="en")
    editor.post(path, came="50", text="The sun shone.", language="en")
    editor.see("Somebody else saved this date after you opened it.", "40 people came.", "It rained.", "The sun shone.")
    page = editor.page
    for _time in range(2):  # sent twice it is stored once
        editor.page = page
        editor.post(path, came="50", text="The sun shone.", language="en")
        assert status(editor) == 303
    with app.app_context():
        row = session.scalars(select(EventOutcome)).one()
        assert (row.came, row.text, row.sequence) == (50, "The sun shone.", 2)
        acts = session.scalars(text("SELECT actor FROM audit_entry WHERE action = 'told_of_event'")).all()
        assert sorted(acts) == ["ann", "ed"]


def test_a_groups_words_lie_sealed_until_an_editor_lets_them_through(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    code = sends(resident)
    editor.get("/staff/event-proposals")
    one = re.search(r"/staff/event-proposals/[0-9a-f-]{36}", editor.page)
    assert one
    editor.get(one[0])
    editor.post(f"{one[0]}/accept", publish="yes")
    comes_back(resident, code)
    resident.not_see("How did it go?")
    with app.app_context():
        event_id = str(session.scalars(select(Event.id)).one())
    day = hold(app, event_id)
    comes_back(resident, code)
    here = f"/events/propose/yours/afterwards/{day}"
    resident.get(here)
    resident.post(here, came="lots", text="Zebrafish kites flew.", language="en")
    resident.see("Write how many people came as a number", "Zebrafish kites flew.")
    resident.post(here, came="about 40", text="Zebrafish kites flew.", language="en")
    resident.follow()
    resident.see("We are looking at it", "About 40 people came.", "Zebrafish kites flew.")
    with app.app_context():
        assert "Zebrafish" not in repr(session.execute(text("SELECT * FROM event_outcome")).all())
    visitor = Resident(app.test_client())
    visitor.get(f"/events/{event_id}")
    visitor.not_see("Zebrafish", "people came")

    editor.get("/staff/events")
    editor.see("A group told us how 1 date went")
    editor.get("/staff/events/afterwards")
    path = f"/staff/events/{event_id}/dates/{day}/afterwards"
    assert path in editor.page
    editor.get(path)
    editor.see("What the group told us", "Zebrafish kites flew.")
    assert 'value="about 40"' in editor.page
    resident.get(here)
    resident.post(here, came="45", text="Zebrafish kites flew high.", language="en")
    editor.post(path, came="about 40", text="Zebrafish kites flew.", language="en", is_public="y")
    editor.see("Somebody else saved this date after you opened it.", "Zebrafish kites flew high.")
    writes(editor, path, came="45", text="Kites flew high.", is_public="y")
    visitor.get(f"/events/{event_id}")
    visitor.see("About 45 people came.", "Kites flew high.")
    comes_back(resident, code)
    resident.see("45 people came.", "Kites flew high.")
    resident.not_see("We are looking at it", "Zebrafish")

    resident.get(here)
    resident.post(here, came="1", text="Zebrafish again.", language="en")
    editor.get(path)
    editor.post(f"{path}/leave-out")
    editor.follow()
    editor.not_see("Zebrafish")
    editor.see("Kites flew high.")
    with app.app_context():
        row = session.scalars(select(EventOutcome)).one()
        assert (row.sealed, row.came) == (None, 45)


def answers(person: Resident, start: str) -> None:
    person.get(start)
    person.post(start.partition("?")[0])
    person.follow()
    while re.search(r"/surveys/event-feedback/\d+$", person.path):
        person.post(person.path, {"answer_welcome": "very_welcome"})
        person.follow()
    person.post(person.path)
    person.follow()
    person.see("Thank you")


def test_feedback_by_the_events_code_is_counted_and_no_answer_says_which_event_it_was(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    event_id, path = held(app, editor)
    page = f"/events/{event_id}"
    resident.get(page)
    resident.not_see("Were you there? Tell us how it was")
    assert resident.get(f"{page}/feedback").status_code == 404
    wave = open_survey(app, FEEDBACK)
    resident.get(f"{page}/feedback")
    resident.not_see("For another date")
    resident.see("How was the event?", "Jak było na wydarzeniu?", "پروگرام کیسا رہا؟")
    resident.get(page)
    start = re.search(r'href="(/surveys/event-feedback\?at=[\w-]{32})"', resident.page)
    assert start
    resident.get(start[1])
    resident.see("Nothing says which answers they are.")
    for forged in (start[1][:-1] + ("A" if start[1][-1] != "A" else "B"), "/surveys/event-feedback?at=ü", start[1] * 9):
        resident.get(forged)
        resident.not_see("You come from an event.")
    answers(resident, start[1])
    answers(resident, "/surveys/event-feedback")
    with app.app_context():
        assert session.scalars(select(OccasionCount.sent)).all() == [1]
        kept = repr([vars(row) for row in session.scalars(select(SurveyResponse))])
        occasion = session.scalars(select(OccasionCount.occasion)).one()
        assert occasion.hex not in kept
        assert event_id not in kept
    writes(editor, path, came="80")
    editor.not_see("told us how it was:")
    day = path.rsplit("/", 2)[1]
    for sent, told in ((29, None), (32, 30), (41, 30), (42, 40)):
        with app.app_context():
            with transaction() as db:
                db.execute(update(OccasionCount).values(sent=sent))
            found = feedback.answers_of(uuid.UUID(event_id), [date.fromisoformat(day)])
            assert found == ({date.fromisoformat(day): told} if told else {}), sent
    editor.get(f"/staff/events/{event_id}")
    editor.see("About 40 people told us how it was: 50 in 100 of those who came.")
    with app.app_context(), transaction() as db:
        close_wave(db, wave)
    resident.get(page)
    resident.not_see("Were you there?")
    assert resident.get(f"{page}/feedback").status_code == 404


@pytest.mark.same_on_both
def test_feedback_is_asked_only_of_who_could_have_been_there(app: Flask, resident: Resident, editor: Officer) -> None:
    open_survey(app, FEEDBACK, sample_type=SampleType.INVITED)
    event_id, _path = held(app, editor)
    resident.get(f"/events/{event_id}")
    resident.not_see("Were you there?")
    with app.app_context():
        assert occasions.find_survey_for_all("event-feedback") is None
    with app.app_context(), transaction() as db:
        db.execute(text("UPDATE wave SET sample_type = 'open_link'"))
    old, _path = held(app, editor, days_ago=31)
    to_come = announce(editor)
    for asked, one in ((True, event_id), (False, old), (False, to_come)):
        resident.get(f"/events/{one}")
        assert ("Were you there?" in resident.text) == asked, one
    resident.get(f"/events/{to_come}/feedback")
    resident.see(TITLE)


def test_engagement_is_told_with_its_base_and_no_small_number(app: Flask, editor: Officer) -> None:
    _one, path = held(app, editor, kind="action", for_whom=["women", "older"])
    held(app, editor, for_whom=["women"])
    off, _path = held(app, editor)
    with app.app_context(), transaction() as db:
        db.execute(update(Event).where(Event.id == uuid.UUID(off)).values(state=EventState.CANCELLED))
    first = today() - timedelta(days=3)
    for came, counted, attendance in (("9", 0, None), ("43", 1, 45)):
        writes(editor, path, came=came)
        with app.app_context():
            found = held_events(first, today())
            assert (found.held, found.planned, found.days_of_action) == (2, 3, 1)
            assert (found.groups, found.all_groups) == (2, 8)
            assert (found.counted, found.attendance) == (counted, attendance)
    with app.app_context():
        month = today().replace(day=1)
        document = activity_document(Span((month - timedelta(days=1)).replace(day=1), month))
        assert document["events"]["attendance"] == 45


def test_the_day_of_an_event_that_is_over_can_be_mended_without_losing_what_came_of_it(
    app: Flask, resident: Resident, editor: Officer
) -> None:
    event_id, path = held(app, editor, days_ago=1)
    writes(editor, path, came="40", text="It rained.", is_public="y")
    editor.get(f"/staff/events/{event_id}/change")
    day = today() - timedelta(days=9)
    editor.post(
        f"/staff/events/{event_id}/change",
        {"day-day": day.day, "day-month": day.month, "day-year": day.year, "starts": "10:00", "ends": "11:00"}
        | {"title": TITLE, "description": "x", "venue": "Hall", "organiser": "The library", "language": "en"}
        | {"past": day.isoformat(), "help_until": "7"},
    )
    assert status(editor) == 303, editor.text
    resident.get(f"/events/{event_id}")
    resident.see("It rained.")
    with app.app_context():
        assert session.scalars(select(EventOutcome.planned_on)).all() == [day]


@pytest.mark.same_on_both
def test_help_that_people_asked_for_stands_beside_with_no_small_number(
    app: Flask, editor: Officer, survey_manager: Officer
) -> None:
    event_id = uuid.UUID(add_event(editor))
    with app.app_context():
        quarter = final_quarters(1)[0]
    span = Span(quarter, month_after(quarter, 2))
    for times, told in (
        (9, None),
        (14, {"made": {"number": 14, "is_all": False}, "met": {"number": 14, "is_all": False}}),
    ):
        with app.app_context():
            with transaction() as db:
                db.execute(delete(HelpCount))
                db.add(
                    HelpCount(
                        event_id=event_id,
                        held_on=quarter,
                        need=Need.INTERPRETER,
                        language="ur",
                        outcome=Outcome.MET,
                        times=times,
                    )
                )
            document = activity_document(span)
            assert document["help"] == told
            rows = [row for row in activity_rows(document) if row[0] == "help at events"]
            assert rows == ([["help at events", name, "at_least", 14] for name in ("made", "met")] if told else [])
            # Of a quarter that was published before help was counted nothing is said, and nothing breaks.
            assert list(activity_rows(document | {"help": None})) == [
                row for row in activity_rows(document) if row not in rows
            ]
    survey_manager.get(f"/staff/figures/years?year={quarter.year}")
    survey_manager.see("Help that people asked for and had")
