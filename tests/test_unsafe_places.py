"""A place that feels unsafe: ticks become counts and nothing else, and are published by whole months, rounded, from ten on."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.db import Base, session, today, transaction, upsert
from portal.reporting import unsafe_places
from portal.reporting.count_models import UnsafePlaceCount
from portal.web.caching import publish
from tests.support.browsers import Browse
from tests.support.people import Officer, Resident
from tests.support.walking import Walk
from tests.test_db import in_threads

PLACE, OTHER, ELSEWHERE = "e-fishermead", "e-netherfield", "e-greenleys"
TICKS: dict[str, list[str]] = {"time": ["dark"], "spot": ["underpass"], "reason": ["light", "groups"]}
COUNTED = {
    ("told", "told"): (1, 0),
    ("time", "dark"): (1, 0),
    ("spot", "underpass"): (1, 0),
    ("reason", "light"): (1, 0),
    ("reason", "groups"): (1, 0),
}


def months_ago(count: int) -> date:
    month = today().replace(day=1)
    for _month in range(count):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def counted(app: Flask, place: str = PLACE) -> dict[tuple[str, str], tuple[int, int]]:
    """By question and answer, how often it was counted and set aside this month."""
    with app.app_context():
        rows = session.scalars(select(UnsafePlaceCount).where(UnsafePlaceCount.place == place)).all()
        assert {row.month for row in rows} <= {today().replace(day=1)}
        return {(row.question, row.answer): (row.times, row.set_aside) for row in rows}


def add(
    db: Session, times: int, *, place: str = PLACE, ago: int = 1, question: str = "told", answer: str = "told"
) -> None:
    key = {"month": months_ago(ago), "place": place, "question": question, "answer": answer}
    upsert(db, UnsafePlaceCount, key, {"times": times, "set_aside": 0}, add={"times": times})


def tell(resident: Resident, **fields: object) -> None:
    resident.get("/places/tell")
    given: dict[str, object] = {"place": PLACE, **TICKS} | fields
    resident.post("/places/tell", given)


@pytest.mark.same_on_both
def test_what_is_ticked_is_added_to_the_counts_of_the_place_and_stored_nowhere_else(
    app: Flask, resident: Resident
) -> None:
    with app.app_context():
        before = stored()
    tell(resident, place="", written_place="fishermed")
    resident.follow()
    resident.see("Thank you", "told about it 10 times within a year", "no officer answers you")
    assert counted(app) == COUNTED
    with app.app_context():
        changed = {table for table, rows in stored().items() if rows != before[table]}
        assert changed - {"limit_key"} == {"unsafe_place_count", "limit_count"}
        assert PLACE not in repr(session.execute(text("SELECT * FROM limit_count")).all())


def stored() -> dict[str, str]:
    return {
        table: repr(session.execute(text(f"SELECT * FROM {table}")).all()) for table in sorted(Base.metadata.tables)
    }


def test_a_count_says_which_month_place_question_and_answer_and_nothing_else() -> None:
    columns = set(Base.metadata.tables["unsafe_place_count"].columns.keys())
    assert columns == {"month", "place", "question", "answer", "times", "set_aside"}


@pytest.mark.same_on_both
def test_the_same_page_sent_twice_counts_once_and_about_another_place_once_more(app: Flask, resident: Resident) -> None:
    resident.get("/places/tell")
    for place in (PLACE, PLACE, OTHER):
        page = resident.page
        resident.post("/places/tell", {"place": place, **TICKS})
        assert resident.response is not None
        assert resident.response.location == "/places/told"
        resident.page = page  # Back, to the page as it was
    assert counted(app) == COUNTED
    assert counted(app, OTHER) == COUNTED


def test_sent_eight_times_in_the_same_moment_it_is_counted_once(app: Flask) -> None:
    in_threads(app, lambda: unsafe_places.tell_of_place(PLACE, TICKS, "192.0.2.1", "once"))
    assert counted(app) == COUNTED


def test_many_who_tell_at_once_are_all_counted(app: Flask) -> None:
    names = iter(range(100))

    def tell_it() -> None:
        number = next(names)
        unsafe_places.tell_of_place(PLACE, TICKS, f"192.0.2.{number}", f"once {number}")

    in_threads(app, tell_it)
    assert set(counted(app).values()) == {(8, 0)}


@pytest.mark.same_on_both
def test_who_tells_often_is_thanked_alike_and_counted_apart(app: Flask, resident: Resident) -> None:
    pages = set()
    for _time in range(5):
        tell(resident)
        resident.follow()
        pages.add(resident.text)
    assert len(pages) == 1
    assert counted(app)["told", "told"] == (3, 2)
    # Nor may one visitor tell of every place there is.
    for place in app.extensions["partnership"].places.all[:8]:
        tell(resident, place=place.code)
    assert counted(app, app.extensions["partnership"].places.all[7].code)["told", "told"] == (0, 1)


@pytest.mark.same_on_both
def test_what_a_program_sends_is_counted_apart(app: Flask, resident: Resident) -> None:
    tell(resident, second_check="http://spam.test")
    resident.follow()
    resident.see("Thank you")
    assert counted(app)["told", "told"] == (0, 1)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"place": ""}, "Write the place, or choose it from the list."),
        ({"place": "", "written_place": "Xyzzy"}, "We do not know this name. Choose a place near it from the list."),
        ({"place": "", "written_place": "wolv"}, "Choose one of these places, or one from the list."),
        ({"place": "'; DROP TABLE report"}, "Choose one of the answers on this page."),
        ({"place": "", "near": PLACE}, "Write the place, or choose it from the list."),
        ({"time": [], "spot": [], "reason": []}, "Tick at least one answer."),
        ({"reason": ["light", "<b>" * 99]}, "Choose from the answers on this page."),
        ({"place": "", "written_place": "x" * 5000}, "letters too long"),
    ],
)
@pytest.mark.same_on_both
def test_a_mistake_is_said_keeps_what_was_filled_in_and_counts_nothing(
    app: Flask, resident: Resident, fields: dict[str, object], sentence: str
) -> None:
    tell(resident, **fields)
    resident.see("There is a problem", sentence)
    assert ('value="dark" checked' in resident.page) == ("time" not in fields)
    with app.app_context():
        assert session.scalars(select(UnsafePlaceCount)).all() == []


@pytest.mark.same_on_both
def test_a_name_of_several_places_is_asked_about_and_one_of_them_is_taken(app: Flask, resident: Resident) -> None:
    tell(resident, place="", written_place="wolv")
    resident.see("Which place do you mean?")
    resident.post("/places/tell", {"written_place": "wolv", "near": "e-wolverton", **TICKS})
    resident.follow()
    resident.see("Thank you")
    assert counted(app, "e-wolverton") == COUNTED


@pytest.mark.same_on_both
def test_changing_the_language_keeps_what_was_ticked_and_counts_nothing(app: Flask, resident: Resident) -> None:
    resident.get("/places/tell")
    resident.post("/ur/places/tell", {"switch": "ur", "place": PLACE, **TICKS})
    assert 'lang="ur"' in resident.page
    assert 'value="underpass" checked' in resident.page
    assert f'value="{PLACE}" selected' in resident.page
    assert counted(app) == {}


@pytest.mark.same_on_both
def test_a_telling_changes_nothing_that_is_shown_before_its_month_is_over(app: Flask, resident: Resident) -> None:
    with app.app_context(), transaction() as db:
        add(db, 12)
    resident.get("/places")
    before = resident.page
    resident.see("Fishermead We were told about 10 times that it feels unsafe here.")
    with app.app_context(), transaction() as db:
        add(db, 40, ago=0)
        add(db, 40, ago=13)
        publish(db)
    resident.get("/places")
    assert resident.page == before


@pytest.mark.same_on_both
def test_from_ten_on_a_place_and_an_answer_are_shown_rounded_and_fewer_are_not(app: Flask, resident: Resident) -> None:
    with app.app_context(), transaction() as db:
        add(db, 13)
        add(db, 10, ago=12)
        add(db, 13, question="reason", answer="light")
        add(db, 9, question="reason", answer="drugs")
        add(db, 9, question="time", answer="day")
        add(db, 9, place=ELSEWHERE)
    resident.get("/places")
    resident.see("Fishermead We were told about 25 times", "Poor light: about 15 times", "fewer than 10 times")
    resident.not_see("Drug use", "By day", "Greenleys", "The other places here")


@pytest.mark.same_on_both
def test_places_of_which_too_few_told_are_shown_together_where_together_they_are_enough(
    app: Flask, resident: Resident
) -> None:
    with app.app_context(), transaction() as db:
        add(db, 9, place=PLACE)
        add(db, 9, place=OTHER)
    resident.get("/places")
    resident.see("The other places here, together We were told about 20 times")
    resident.not_see("Fishermead", "Netherfield")


@pytest.mark.same_on_both
def test_what_was_set_aside_is_never_published(app: Flask, resident: Resident) -> None:
    with app.app_context(), transaction() as db:
        add(db, 9)
        key = {"month": months_ago(1), "place": PLACE, "question": "told", "answer": "told"}
        upsert(db, UnsafePlaceCount, key, {"times": 0, "set_aside": 99}, add={"set_aside": 99})
    resident.get("/places")
    resident.see("Nothing to show yet.")


@pytest.mark.same_on_both
def test_the_three_most_given_reasons_are_shown_by_what_is_shown_of_them(app: Flask, resident: Resident) -> None:
    with app.app_context(), transaction() as db:
        add(db, 60)
        # Rounded alike, so the order in which they are asked decides, not which is larger by one.
        for answer, times in (("light", 18), ("nobody", 22), ("groups", 21), ("traffic", 30), ("before", 14)):
            add(db, times, question="reason", answer=answer)
    resident.get("/places")
    shown = ("Traffic: about 30", "Poor light: about 20", "Nobody is about: about 20")
    assert sorted(shown, key=resident.text.index) == list(shown)
    resident.not_see("Groups of people: about", "Things that happened there before: about")


@pytest.mark.same_on_both
def test_staff_see_exact_counts_of_months_that_are_over_and_what_was_set_aside(
    app: Flask, hire: Callable[..., Officer]
) -> None:
    with app.app_context(), transaction() as db:
        add(db, 7)
        add(db, 7, question="reason", answer="light")
        add(db, 3, ago=2)
        add(db, 777, ago=0)
        key = {"month": months_ago(1), "place": PLACE, "question": "told", "answer": "told"}
        upsert(db, UnsafePlaceCount, key, {"times": 0, "set_aside": 31}, add={"set_aside": 31})
    officer = hire("ola", teams=())
    officer.sign_in()
    officer.get("/staff/places")
    officer.see("Fishermead 7 31", "Poor light 7")
    officer.not_see("777")
    officer.get(f"/staff/places?month={months_ago(2).isoformat()}")
    officer.see("Fishermead 3 0")
    answer = officer.get("/staff/places.csv")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert [(row["month"], row["name"], row["answer"], row["times"], row["set_aside"]) for row in rows] == [
        (f"{months_ago(2):%Y-%m}", "Fishermead", "told", "3", "0"),
        (f"{months_ago(1):%Y-%m}", "Fishermead", "light", "7", "0"),
        (f"{months_ago(1):%Y-%m}", "Fishermead", "told", "7", "31"),
    ]


@pytest.mark.same_on_both
def test_before_a_month_is_over_staff_see_no_count(resident: Resident, officer: Officer) -> None:
    tell(resident)
    officer.get("/staff/places")
    officer.see("No month in which somebody told us of a place is over yet.")


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "ur"])
def test_a_resident_tells_of_a_place_from_the_home_page(
    app: Flask, browse: Browse, language: str, javascript: bool
) -> None:
    prefix = "" if language == "en" else f"/{language}"
    page = browse(f"{prefix}/", javascript=javascript)
    walk = Walk(page, app, language).go("A place feels unsafe?").at("/places").go("Tell us about a place")
    walk.at("/places/tell").press("Add my ticks").see("Write the place, or choose it from the list.")
    page.locator("input[name=written_place]").fill("Netherfield")
    walk.choose("After dark").choose("Poor light").press("Add my ticks").at("/places/told").see("Thank you")
    told = {("told", "told"): (1, 0), ("time", "dark"): (1, 0), ("reason", "light"): (1, 0)}
    assert counted(app, OTHER) == told


@pytest.mark.dear
def test_the_pages_about_a_place_are_for_everyone(app: Flask, browse: Browse, axe: Callable[[Page], list[str]]) -> None:
    with app.app_context(), transaction() as db:
        for question, answer in (("told", "told"), ("time", "dark"), ("spot", "park"), ("reason", "hidden")):
            add(db, 40, question=question, answer=answer)
    page = browse("/ur/places", viewport={"width": 320, "height": 640})
    for path in ("/ur/places", "/ur/places/tell", "/ur/places/told"):
        page.goto(page.url.split("/ur/")[0] + path)
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.goto(page.url.split("/ur/")[0] + "/ur/places/tell")
    page.locator("input[name=written_place]").fill("wolv")
    page.locator("form#step button.app-button--tall").click()
    page.locator(".govuk-error-summary").wait_for()
    assert axe(page) == []
