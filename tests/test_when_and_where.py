"""When and where it happened: told as people write it, understood where it is sure, asked back where it is not, never lost."""

from __future__ import annotations

import re
import unicodedata
from datetime import time
from time import perf_counter

import pytest
from babel import Locale
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from portal.db import today
from portal.languages.i18n import LANGUAGES, Language
from portal.partnership.file import EXAMPLE, load
from portal.partnership.place_search import PlaceSearch
from portal.partnership.places import Place
from portal.reporting.pages.when_and_where import HOURS, PARTS_OF_DAY
from portal.web.dates import read_month, read_time
from tests.support.browsers import Browse
from tests.support.people import Fields, Officer, Resident
from tests.support.sending import send_report
from tests.support.walking import Walk
from tests.test_questions import at

pytestmark = pytest.mark.same_on_both

PLACES = load(EXAMPLE).places
NAMES = {place.code: place.name for place in PLACES.all}


@settings(max_examples=60)
@given(st.sampled_from(PLACES.all), st.data())
def test_a_place_is_found_by_its_name_and_with_one_slip_in_it_too(place: Place, data: st.DataObject) -> None:
    name = place.name
    assert PLACES.search.find(name).near[0] == place.code
    letters = [n for n in range(len(name) - 1) if name[n].isalpha() and name[n + 1].isalpha()]
    n = data.draw(st.sampled_from(letters))
    slip = data.draw(st.sampled_from([name[n] * 2, "", name[n + 1] + name[n]]))
    typed = name[:n] + slip + name[n + (2 if len(slip) == 2 and slip != name[n] * 2 else 1) :]
    assert place.code in PLACES.search.find(typed.swapcase()).near, typed


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("newport pagnel", "p-newport-pagnell"),
        ("cmk", "p-central-milton-keynes"),
        ("  FISHER-MEAD!", "e-fishermead"),
        ("Kent’s hill & Monkston", "p-kents-hill-monkston"),
        ("monkston and kents hill", "p-kents-hill-monkston"),
        ("Wálton", "p-walton"),
        ("Coffee Hall estate", "e-coffee-hall"),
        ("فشرميڈ", "e-fishermead"),
    ],
)
def test_a_name_that_can_be_one_place_only_is_taken_however_it_is_written(typed: str, code: str) -> None:
    assert PLACES.search.find(typed).sure == code


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("wolvertn", ["e-wolverton"]),
        ("Bletchly", ["p-bletchley-fenny-stratford", "p-west-bletchley"]),
        ("بلیچلی", ["p-bletchley-fenny-stratford", "p-west-bletchley"]),
        ("Stratford", ["p-stony-stratford", "e-fenny-stratford"]),
        ("Boughton", ["e-broughton", "e-loughton"]),
        ("Woburn", ["p-woburn-sands"]),
        ("Whaddon", ["e-whaddon-way"]),
        ("Milton Keynes", ["e-milton-keynes-village"]),
        ("Fishermead, Milton Keynes", ["e-fishermead"]),
        ("Hemel Hempstead", []),
        ("?!", []),
        ("", []),
    ],
)
def test_what_may_be_several_places_or_none_is_never_guessed(typed: str, codes: list[str]) -> None:
    found = PLACES.search.find(typed)
    assert found.sure is None
    assert {*codes} <= {*found.near}
    assert bool(found.near) == bool(codes)


def test_saint_may_be_written_in_short() -> None:
    search = PlaceSearch([("a", ["St. Mary’s"]), ("b", ["Saint Giles"])])
    assert search.find("saint marys").sure == "a"
    assert search.find("st giles").sure == "b"


def test_three_hundred_places_are_searched_in_no_time() -> None:
    search = PlaceSearch((str(number), [f"{place.name} {number % 3}"]) for number, place in enumerate(PLACES.all * 2))
    begun = perf_counter()
    for _ in range(20):
        search.find("Fishermead, in the middle of Milton Keynes")
    # Wanted: 5 ms; a busy machine is given more.
    assert (perf_counter() - begun) / 20 < 0.02


def checked(resident: Resident) -> str:
    resident.get("/report/check")
    return resident.text


def test_a_sure_name_goes_on_at_once_and_is_shown_on_the_check_page_and_in_its_box(resident: Resident) -> None:
    at(resident, 4)
    resident.post("/report/4", written_place="fishermed", street="By the lake")
    assert resident.response.status_code == 303
    assert "By the lake, Fishermead" in checked(resident)
    resident.get("/report/4?change=1")
    assert 'value="Fishermead"' in resident.page
    assert "selected" not in resident.page.split("<select")[1].split("Choose from the list")[1]


def test_a_name_of_several_places_is_asked_back_once_without_reproach(resident: Resident) -> None:
    at(resident, 4)
    resident.post("/report/4", written_place="Bletchly", street="By the shop")
    resident.see("Which place do you mean?", "West Bletchley", "None of these", "We still take your report.")
    resident.not_see("There is a problem")
    for typed in ("Bletchly", "By the shop"):
        assert f'value="{typed}"' in resident.page
    resident.post("/report/4", written_place="Bletchly", asked="Bletchly", street="By the shop")
    resident.see("There is a problem", "Choose one of these, or “None of these”.")
    resident.post(
        "/report/4", written_place="Bletchly", asked="Bletchly", near="p-west-bletchley", street="By the shop"
    )
    assert "By the shop, West Bletchley" in checked(resident)


def test_a_choice_belongs_to_the_name_that_was_asked_about(resident: Resident) -> None:
    at(resident, 4)
    resident.post("/report/4", written_place="wolvertn", asked="Bletchly", near="p-west-bletchley")
    resident.see("Which place do you mean?", "Old Wolverton")
    assert "near-p-west-bletchley" not in resident.page


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"written_place": "Hemel Hempstead", "near": "none", "street": "By the shop"}, "Hemel Hempstead, By the shop"),
        ({"written_place": "Hemel Hempstead", "near": "outside"}, "Hemel Hempstead, Somewhere else"),
        ({"written_place": "Bletchly", "near": "none"}, "Bletchly"),
        ({"written_place": "the blue market", "place": "p-olney"}, "the blue market, Olney"),
        ({"written_place": "Bletchly", "place": "p-west-bletchley"}, "West Bletchley"),
        ({"written_place": "Olney", "place": "p-hanslope"}, "Olney, Hanslope"),
        ({"written_place": "Fishermead", "place": "not_sure"}, "Fishermead"),
        ({"written_place": "Fishermead", "place": "outside"}, "Fishermead"),
        ({"place": "outside", "street": "Bedford"}, "Bedford, Somewhere else"),
    ],
)
def test_no_word_for_a_place_is_lost(resident: Resident, fields: dict[str, str], shown: str) -> None:
    at(resident, 4)
    resident.post("/report/4", fields | {"asked": fields.get("written_place", "")})
    assert resident.response.status_code == 303
    assert re.search(rf"Where\s+Change\s+Where\s+{shown}\s|Where\s+{shown}\s", checked(resident)), resident.text


def test_an_unknown_name_is_asked_about_kindly_and_the_next_press_keeps_it(resident: Resident) -> None:
    at(resident, 4)
    resident.post("/report/4", written_place="Hemel <b>Hempstead")
    resident.see("We do not know this name. That is all right.", "Keep what I wrote", "Somewhere else")
    resident.not_see("There is a problem")
    assert re.search(r'id="near-none"[^>]* checked', resident.page)
    assert "<b>" not in resident.page


def test_words_that_are_too_long_together_are_given_back_together(resident: Resident) -> None:
    at(resident, 4)
    resident.post("/report/4", written_place="Bedford", asked="Bedford", near="outside", street="x" * 195)
    resident.see("This is 4 letters too long. Make it shorter.")
    assert f'value="Bedford, {"x" * 195}"' in resident.page
    assert re.search('value="outside" selected', resident.page)


def test_a_question_about_a_place_survives_a_change_of_language(resident: Resident) -> None:
    at(resident, 4)
    fields = {"written_place": "Bletchly", "asked": "Bletchly", "near": "p-west-bletchley", "street": "half"}
    resident.post("/ur/report/4", fields, switch="ur")
    resident.follow()
    assert re.search(r'id="near-p-west-bletchley"[^>]* checked', resident.page)
    for typed in ("Bletchly", "half"):
        assert f'value="{typed}"' in resident.page
    assert len(resident.page.encode()) < 25_000


DAY = {"exact-day": "29", "exact-month": "2", "exact-year": "2024"}
FIRST = {"first-day": "3", "first-month": "1", "first-year": "2026"}
LAST = {"last-day": "۵", "last-month": "1", "last-year": "2026"}
DAYS = {"when": "between"} | FIRST | LAST


@pytest.mark.parametrize(
    ("typed", "parts", "meant"),
    [
        ("9", [], time(9)), ("9", ["evening"], time(21)), ("9", ["morning"], time(9)), ("9", ["morning", "evening"], time(9)),
        ("21:30", ["morning"], time(21, 30)), ("9.30 pm", [], time(21, 30)), ("9 P.M.", [], time(21)), ("12 am", [], time(0)),
        ("12", ["night"], time(0)), ("21h30", [], time(21, 30)), ("2130", [], time(21, 30)), ("930", [], time(9, 30)),
        ("۲۱:۳۰", [], time(21, 30)), ("٩", [], time(9)), ("0:05", [], time(0, 5)), ("6", ["evening"], time(18)),
        ("24:00", [], None), ("9:60", [], None), ("13 pm", [], None), ("9 1", [], None), ("after dinner", [], None), ("²", [], None),
    ],
)  # fmt: skip
def test_a_time_is_read_as_people_write_it(typed: str, parts: list[str], meant: time | None) -> None:
    assert read_time(typed, {hour for part in parts for hour in HOURS[part]}) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("11", 11), ("۱۱", 11), ("07", 7), ("November", 11), ("NOV.", 11), ("sept", 9), ("paź", 10), ("Pazdziernika", 10),
        ("listopad", 11), ("Sierpień", 8), ("ian.", 1), ("IUNIE", 6), ("noiembrie", 11), ("مئی", 5), ("نومبر", 11), ("اكتوبر", 10),
        ("ju", None), ("ma", None), ("13", None), ("0", None), ("", None), (".", None), ("novembermber", None), ("1st", None),
    ],
)  # fmt: skip
def test_a_month_may_be_written_as_a_word(typed: str, meant: int | None) -> None:
    assert read_month(typed) == meant


@given(
    st.sampled_from(LANGUAGES),
    st.sampled_from(["wide", "abbreviated"]),
    st.sampled_from(["format", "stand-alone"]),
    st.integers(1, 12),
    st.data(),
)
def test_every_name_of_a_month_in_every_language_is_understood_however_it_is_typed(
    language: Language, width: str, use: str, month: int, data: st.DataObject
) -> None:
    name = Locale.parse(language.locale).months[use][width][month]
    bare = "".join(letter for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter))
    change = data.draw(st.sampled_from([str, str.upper, str.title, lambda name: f" {name.rstrip('.')}. "]))
    assert read_month(change(data.draw(st.sampled_from([name, bare, unicodedata.normalize("NFD", name)])))) == month


ALL_EMPTY = "Write the day, the month and the year, or choose another answer."
DAY_WRONG = "Write the day as a number from 1 to 31."
MONTH_WRONG = "Write the month as a number from 1 to 12, or as a word, like November."
YEAR_WRONG = "Write the year with four digits, like 2026."
FUTURE = "Choose a day that is not in the future."
OFF_CALENDAR = "Write a date that is on the calendar, like 17 11 2026."


@pytest.mark.parametrize(
    ("day", "month", "year", "wrong"),
    [
        ("", "", "", [("day", ALL_EMPTY)]),
        ("32", "1", "2024", [("day", DAY_WRONG)]),
        ("", "1", "2024", [("day", DAY_WRONG)]),
        ("3", "13", "2024", [("month", MONTH_WRONG)]),
        ("3", "", "2024", [("month", MONTH_WRONG)]),
        ("3", "1", "24", [("year", YEAR_WRONG)]),
        ("x", "1", "", [("day", DAY_WRONG), ("year", YEAR_WRONG)]),
        ("30", "Feb", "2024", [("day", OFF_CALENDAR)]),
        ("1", "1", "2926", [("year", FUTURE)]),
    ],
)
def test_only_the_wrong_box_of_a_date_is_marked_and_its_error_leads_there(
    resident: Resident, day: str, month: str, year: str, wrong: list[tuple[str, str]]
) -> None:
    at(resident, 3)
    resident.post("/report/3", {"when": "exact", "exact-day": day, "exact-month": month, "exact-year": year})
    assert re.findall(r'<a href="#exact-(\w+)">([^<]+)</a>', resident.page) == wrong
    marked = re.findall(r'id="exact-(\w+)"[^>]* aria-invalid="true"', resident.page)
    assert marked == (["day", "month", "year"] if wrong[0][1] == ALL_EMPTY else [box for box, _sentence in wrong])


@pytest.mark.parametrize(
    ("last", "box"), [(("2", "1", "2026"), "day"), (("5", "12", "2025"), "year"), (("5", "1", "2025"), "year")]
)
def test_of_a_last_day_before_the_first_the_box_that_makes_it_so_is_marked(
    resident: Resident, last: tuple[str, str, str], box: str
) -> None:
    at(resident, 3)
    boxes = dict(zip(("last-day", "last-month", "last-year"), last, strict=True))
    resident.post("/report/3", {"when": "between"} | FIRST | boxes)
    sentence = "The last day is before the first day. Change one of the two."
    assert f'<a href="#last-{box}">{sentence}</a>' in resident.page
    assert re.findall(r'id="([\w-]+)"[^>]* aria-invalid="true"', resident.page) == [f"last-{box}"]


def test_the_error_of_a_date_puts_the_cursor_into_its_first_wrong_box(
    browse: Browse, app: Flask, resident: Resident
) -> None:
    page = browse("/report")
    walk = Walk(page, app).begin()
    page.goto(re.sub(r"/report/.*", "/report/3", page.url))
    page.locator("#when-exact").check()
    for box, typed in (("day", "3"), ("month", "Brumaire"), ("year", "2024")):
        page.locator(f"#exact-{box}").fill(typed)
    walk.press("Continue")
    page.get_by_role("link", name=MONTH_WRONG).click()
    expect(page.locator("#exact-month")).to_be_focused()
    page.locator("#exact-month").fill("Nov")
    walk.press("Continue")
    expect(page.locator("h1")).to_have_text("Where did it happen?")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"when": "between"}, "Write the day, the month and the year, or choose another answer."),
        ({"when": "between"} | FIRST, "Write the day, the month and the year, or choose another answer."),
        (DAYS | {"first-month": "13"}, MONTH_WRONG),
        (DAYS | {"first-month": "2", "first-day": "31"}, OFF_CALENDAR),
        (DAYS | {"last-year": "2926"}, "Choose a day that is not in the future."),
        (DAYS | {"last-day": "2"}, "The last day is before the first day. Change one of the two."),
        (
            {"when": "exact", "at": "after dinner"} | DAY,
            "Write the time in digits, like 21:30 or 9 pm, or leave it empty.",
        ),
        ({"when": "exact", "at": "9" * 21} | DAY, "This is 1 letter too long. Make it shorter."),
        ({"when": "today", "part": "noon"}, "Choose from the answers on this page."),
    ],
)
def test_each_mistake_about_when_has_its_sentence_and_keeps_what_was_typed(
    resident: Resident, fields: dict[str, str], says: str
) -> None:
    at(resident, 3)
    resident.post("/report/3", fields)
    resident.see("There is a problem", says)
    for name, value in fields.items():
        if name not in {"when", "part"}:
            assert re.search(f'name="{name}"[^>]* value="{value}"', resident.page), name


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        (DAYS, ["Between Saturday 3 January 2026 and Monday 5 January 2026"]),
        (FIRST | LAST, ["Between Saturday 3 January 2026 and Monday 5 January 2026"]),
        (DAYS | {"last-day": "3", "part": ["night", "evening"]}, ["Between Saturday 3", "In the evening", "At night"]),
        (DAY | {"at": "9", "part": "evening"}, ["Thursday 29 February 2024", "About 21:00", "In the evening"]),
        ({"when": "keeps_happening", "part": "night"}, ["It keeps happening", "At night"]),
        ({"part": "night"}, ["I am not sure", "At night"]),
        ({"when": "yesterday", "at": "21:30"}, ["Yesterday", "About 21:30"]),
    ],
)
def test_what_is_known_of_the_time_is_said_in_words_and_stands_in_the_boxes_again(
    resident: Resident, fields: dict[str, Fields], lines: list[str]
) -> None:
    at(resident, 3)
    resident.post("/report/3", fields)
    assert resident.response.status_code == 303
    said = checked(resident)
    assert [line for line in lines if line not in said] == []
    assert sorted(lines, key=said.index) == lines
    resident.get("/report/3?change=1")
    boxes = dict(re.findall(r'name="([a-z-]+)" type="text"[^>]* value="([\d:]*)"', resident.page))
    chosen = re.search(r'value="(\w+)" checked', resident.page)[1]
    resident.post("/report/3?change=1", {"when": chosen} | boxes)
    said = checked(resident)
    assert [line for line in [lines[0], *lines] if line not in said and line not in PARTS_OF_DAY.values()] == []


def test_a_half_written_time_survives_a_change_of_language(resident: Resident) -> None:
    at(resident, 3)
    resident.post("/ur/report/3", DAYS | {"at": "after di", "part": ["night"]}, switch="ur")
    resident.follow()
    assert re.search(r'id="part-night"[^>]* checked', resident.page)
    for value in ("after di", "۵", "3"):
        assert f'value="{value}"' in resident.page


def test_an_officer_reads_when_and_where_and_the_list_keeps_its_lines_apart(
    resident: Resident, officer: Officer
) -> None:
    send_report(
        resident,
        more={
            "when": {"when": "exact", "at": "9.30 pm", "part": ["evening"]} | DAY,
            "where": {"written_place": "cmk", "street": "Bus stop"},
        },
    )
    officer.get("/staff/reports")
    officer.see("Thursday 29 February 2024", "In the evening", "Central Milton Keynes")
    officer.get(re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)[0])
    officer.see("About 21:30", "Bus stop, Central Milton Keynes")


def test_a_day_may_be_today(resident: Resident) -> None:
    day = today()
    at(resident, 3)
    both = {f"{box}-{part}": str(getattr(day, part)) for box in ("first", "last") for part in ("day", "month", "year")}
    resident.post("/report/3", both | {"when": "between"})
    assert resident.response.status_code == 303
