"""Each type of question by a definition of its own in tests/questionnaires/types: asked, answered, kept and exported."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.db import session, today, transaction
from portal.questions import shuffling
from portal.questions.question import Option, Question, missing_of
from portal.questions.types import MAX_OPTIONS, TYPES
from portal.questions.types import date as date_type
from portal.staff.export_making import Making, Order
from portal.staff.export_words import FACTS, said_in
from portal.surveys import columns, export, reading
from portal.surveys.anonymity import choices
from portal.surveys.answers import coded_answers, count_written
from portal.surveys.models import SurveyResponse, Wave
from portal.surveys.reading import DefinitionError, read_definition
from portal.surveys.services import store_response
from portal.surveys.versions import instruments_of, versions_of
from tests.support.asking import close_a_wave
from tests.support.people import Fields, Officer, Resident
from tests.support.surveying import QUESTIONNAIRES, open_survey

FOLDER = QUESTIONNAIRES / "types"
# Of each type what somebody fills in, what is kept of it by question, and the row of it in an export.
ASKED: dict[str, tuple[Fields, dict[str, Any], dict[str, str]]] = {
    "single": ({"answer_told": "no"}, {"told": "no"}, {"told": "no"}),
    "several": (
        {"answer_worries": ["noise", "litter"]},
        {"worries": ("litter", "noise")},
        {"worries__litter": "1", "worries__noise": "1", "worries__hate": "0", "worries__none": "0"},
    ),
    "list": ({"answer_way": "bus"}, {"way": "bus"}, {"way": "bus"}),
    "scale": ({"answer_together": "neither"}, {"together": "neither"}, {"together": "neither"}),
    "grid": (
        {"answer_clean": "agree", "answer_kind": "dont_know"},
        {"clean": "agree", "calm": None, "kind": "dont_know"},
        {"clean": "agree", "calm": "-9", "kind": "dont_know"},
    ),
    "ranking": (
        {"answer_first": ["youth", "bins"]},
        {"first": ("youth", "bins")},
        {"first__lights": "", "first__bins": "2", "first__patrols": "", "first__youth": "1"},
    ),
    "number": ({"answer_years": "۱۲"}, {"years": 12}, {"years": "12"}),
    "points": ({"answer_safe": "0"}, {"safe": 0}, {"safe": "0"}),
    "date": (
        {
            "answer_seen-day": "۷", "answer_seen-month": "November", "answer_seen-year": "۲۰۲۴",
            "answer_moved-month": "2", "answer_moved-year": "1999",
        },
        {"seen": "2024-11-07", "moved": "1999-02"},
        {"seen": "2024-11-07", "moved": "1999-02"},
    ),
    "short_text": ({"written_good": "The lake"}, {}, {}),
    "long_text": ({"written_change": "More buses"}, {}, {}),
    "age_band": ({"answer_age": "35_49"}, {"age": "35_49"}, {"age__band": "35_64", "age": "35_49"}),
    "place": ({"answer_home-named": "fishermeed"}, {"home": "e-fishermead"}, {"home": "e-fishermead", "home__group": "g-centre"}),
}  # fmt: skip


def file_of(kind: str) -> Path:
    return FOLDER / f"{kind.replace('_', '-')}.toml"


def begin(app: Flask, resident: Resident, kind: str, path: Path | None = None) -> tuple[uuid.UUID, str]:
    """Open the survey of this type and press Start; gives the wave's id and the path of the first page."""
    wave_id = open_survey(app, path or file_of(kind), languages=("en", "ur"))
    code = (path or file_of(kind)).stem
    resident.get(f"/surveys/{code}")
    resident.post(f"/surveys/{code}")
    resident.follow()
    return wave_id, f"/surveys/{code}/1"


def send(resident: Resident, path: str, fields: Fields) -> None:
    resident.post(path, fields)
    assert resident.response is not None
    assert resident.response.status_code == 303, resident.text
    resident.follow()
    resident.post(resident.path)
    resident.follow()
    resident.see("Thank you")


def mistake(resident: Resident, path: str, fields: Fields) -> str:
    """What stands in the summary of what is wrong."""
    resident.get(path)
    resident.post(path, fields)
    assert resident.response is not None
    assert resident.response.status_code == 200, resident.response.location
    return " ".join(re.findall(r'<li><a href="#[^"]+">([^<]+)</a></li>', resident.page))


def exported(wave_id: uuid.UUID) -> dict[str, str]:
    """The one row of a wave's export, by the names of the columns."""
    columns = [choice for choice, _question in choices(instruments_of(wave_id))]
    order = Order(file="csv", cells="codes", language="en", columns=columns, audience="analyst", purpose="figures")
    frame = Making(wave_id, order).content().frame
    made = export.table(frame, "codes", said_in("en"))
    whole = b"".join(made.blocks)
    assert len(whole) == made.size
    head, row = csv.reader(io.StringIO(whole.decode("utf-8-sig"), newline=""), strict=True)
    return {name: text for name, text in zip(head, row, strict=True) if name not in FACTS}


def test_every_type_has_a_definition_that_shows_it() -> None:
    assert {path.stem.replace("-", "_") for path in FOLDER.glob("*.toml")} == set(ASKED)
    assert set(ASKED) == {code for code, kind in TYPES.items() if not kind.is_composite}


@pytest.mark.parametrize("kind", ASKED)
def test_what_is_answered_is_kept_when_the_wave_closes_and_exported(app: Flask, resident: Resident, kind: str) -> None:
    wave_id, path = begin(app, resident, kind)
    fields, kept, row = ASKED[kind]
    send(resident, path, fields)
    with app.app_context():
        before = coded_answers(session.get_one(Wave, wave_id))
    close_a_wave(app, wave_id)
    with app.app_context():
        closed = coded_answers(session.get_one(Wave, wave_id))
        assert (closed.values, closed.orders) == (before.values, before.orders)
        assert {code: values for code, (values,) in closed.values.items() if code[0] != "_"} == kept
        found = exported(wave_id)
        orders = {name: found.pop(name.replace(".", "__")) for name in closed.orders}
        assert found == row
        assert {name: sorted(text.split()) for name, text in orders.items()} == (
            {"way.order": ["bus", "car", "other", "walk"]} if kind == "list" else {}
        )
        assert sum(count_written(wave_id).values()) == (1 if TYPES[kind].is_written else 0)


@pytest.mark.same_on_both
@pytest.mark.parametrize("kind", ["grid", "ranking", "date", "points", "place", "several"])
def test_what_was_answered_stands_on_the_page_when_somebody_comes_back(
    app: Flask, resident: Resident, kind: str
) -> None:
    _wave_id, path = begin(app, resident, kind)
    resident.post(path, ASKED[kind][0])
    resident.get(path)
    shown = {
        "grid": ['value="agree" checked', 'value="dont_know" checked'],
        "ranking": ['<input type="hidden" name="answer_first" value="youth">', '"answer_first" value="bins"'],
        "date": [
            'name="answer_seen-day" type="text" inputmode="numeric" autocomplete="off" dir="ltr" value="7"',
            'value="1999"',
        ],
        "points": ['value="0" checked'],
        "place": ['value="Fishermead"'],
        "several": ['value="litter" checked', 'value="noise" checked'],
    }[kind]
    for each in shown:
        assert each in resident.page, resident.page
    resident.get(f"/ur{path}")
    for each in shown:
        assert each in resident.page


def test_a_grid_asks_its_rows_as_questions_on_one_page(app: Flask, resident: Resident) -> None:
    _wave_id, path = begin(app, resident, "grid")
    resident.see("How far do you agree?", "Think of the streets near your home.", "My street is clean.")
    assert resident.page.count('role="radiogroup"') == 3
    assert "answer_feel" not in resident.page
    questions = read_definition(file_of("grid")).questions
    assert {code: (one.type, one.scale, one.grid) for code, one in questions.items()} == dict.fromkeys(
        ("clean", "calm", "kind"), ("scale", "agree", "feel")
    )
    assert mistake(resident, path, {"answer_clean": "maybe", "answer_calm": "agree"}) == (
        "Choose one of the answers on this page."
    )
    assert resident.page.count("app-error__line") == 1
    assert 'value="agree" checked' in resident.page


def test_a_ranking_is_made_by_buttons_alone(app: Flask, resident: Resident) -> None:
    _wave_id, path = begin(app, resident, "ranking")
    resident.see("Press up to 2 answers, your first choice first.")

    def order() -> list[str]:
        return re.findall(r'type="hidden" name="answer_first" value="(\w+)"', resident.page)

    def press(what: str, expected: list[str]) -> None:
        resident.post(path, {"answer_first": order(), "answer_first-press": what})
        assert resident.response is not None
        assert resident.response.status_code == 303
        resident.follow()
        assert order() == expected

    press("add youth", ["youth"])
    press("add bins", ["youth", "bins"])
    resident.see("To choose another, take one out.")
    assert 'value="add lights" hidden' in resident.page
    press("add lights", ["youth", "bins"])
    press("up bins", ["bins", "youth"])
    press("up bins", ["bins", "youth"])
    press("down bins", ["youth", "bins"])
    press("down bins", ["youth", "bins"])
    press("add youth", ["youth", "bins"])
    press("out gone", ["youth", "bins"])
    press("explode youth", ["youth", "bins"])
    press("out youth", ["bins"])
    press("out bins", [])
    press("out bins", [])
    press("add lights", ["lights"])
    resident.post(path, {"answer_first": order()})
    resident.get(path)
    assert order() == ["lights"]


def test_a_press_keeps_what_else_was_typed_and_leads_to_what_was_moved(
    app: Flask, resident: Resident, tmp_path: Path
) -> None:
    path = tmp_path / "mixed.toml"
    text = file_of("ranking").read_text(encoding="utf-8").replace('code = "ranking"', 'code = "mixed"', 1)
    text = text.replace("[[pages]]", "[[pages]]\ntogether = true", 1)
    path.write_text(
        f'{text}\n[[pages.questions]]\ncode = "why"\ntype = "long_text"\ntext = {{ en = "Why?" }}\n', encoding="utf-8"
    )
    _wave_id, at = begin(app, resident, "ranking", path)
    resident.post(at, {"written_why": "Because", "answer_first-press": "add bins"})
    assert resident.response is not None
    assert resident.response.location.endswith("/surveys/mixed/1#answer_first-1")
    resident.follow()
    resident.see("Because")
    resident.post(at, {"answer_first": "bins", "written_why": "x" * 10_000, "answer_first-press": "add youth"})
    resident.see("This is 6000 letters too long. Make it shorter.")
    assert "x" * 10_000 in resident.page
    assert 'name="answer_first" value="youth"' in resident.page


FORGED: list[tuple[str, Fields, str]] = [
    ("ranking", {"answer_first": ["bins", "bogus"]}, "Choose from the answers on this page."),
    ("ranking", {"answer_first": ["bins", "youth", "lights"]}, "Put 2 answers in order at most. Take out the others."),
    ("several", {"answer_worries": ["litter", "noise", "hate"]}, "You can tick 2. Untick 1 answer."),
    ("several", {"answer_worries": ["none", "hate"]}, "“None of these” does not go with other answers. Untick it, or untick the others."),
    ("several", {"answer_worries": ["<b>"]}, "Choose from the answers on this page."),
    ("points", {"answer_safe": "11"}, "Choose one of the answers on this page."),
    ("points", {"answer_safe": "-1"}, "Choose one of the answers on this page."),
    ("list", {"answer_way": "rocket"}, "Choose one of the answers on this page."),
    ("place", {"answer_home-chosen": "e-atlantis"}, "Choose one of the answers on this page."),
    ("place", {"answer_home-named": "Zzyzx"}, "We do not know this name. Choose a place near it from the list, or leave it empty."),
    ("place", {"answer_home-named": "x" * 101}, "This is 1 letter too long. Make it shorter."),
    ("date", {"answer_seen-day": "31", "answer_seen-month": "2", "answer_seen-year": "2024"}, "Write a date that is on the calendar, like 17 11 2026."),
    ("date", {"answer_seen-day": "1"}, "Write the month as a number from 1 to 12, or as a word, like November. Write the year with four digits, like 2026."),
    ("date", {"answer_seen-day": "31", "answer_seen-month": "12", "answer_seen-year": "2019"}, "Write a date that is not before Wednesday 1 January 2020."),
    ("date", {"answer_seen-day": "1", "answer_seen-month": "1", "answer_seen-year": "2999"}, "Choose a day that is not in the future."),
    ("date", {"answer_moved-month": "1", "answer_moved-year": "2999"}, "Choose a month that is not in the future."),
    ("date", {"answer_moved-month": "13", "answer_moved-year": "2999"}, "Write the month as a number from 1 to 12, or as a word, like November."),
    ("date", {"answer_moved-month": "m" * 10_000, "answer_moved-year": "9" * 10_000}, "Write the month as a number from 1 to 12, or as a word, like November. Write the year with four digits, like 2026."),
]  # fmt: skip


@pytest.mark.same_on_both
def test_what_does_not_fit_is_said_and_kept_on_the_page(app: Flask, resident: Resident) -> None:
    begun: dict[str, str] = {}
    for kind, fields, sentence in FORGED:
        if kind not in begun:
            begun = {kind: begin(app, resident, kind)[1]}
        said = mistake(resident, begun[kind], fields)
        assert re.sub("[\u2060\u00a0]+ ?", " ", said).replace("  ", " ") == sentence, (kind, fields)
    resident.get("/surveys/date/send")
    resident.see("You have not answered any question.")


def test_ticks_stay_where_too_many_were_ticked(app: Flask, resident: Resident) -> None:
    _wave_id, path = begin(app, resident, "several")
    resident.see("Choose up to 2 answers.")
    mistake(resident, path, {"answer_worries": ["litter", "noise", "hate"]})
    assert resident.page.count(" checked") == 3


def test_a_name_that_may_be_several_places_is_asked_about_once(app: Flask, resident: Resident) -> None:
    wave_id, path = begin(app, resident, "place")
    resident.post(path, {"answer_home-named": "Newport"})
    resident.see("Which place do you mean?", "Newport Pagnell")
    assert "There is a problem" not in resident.text
    resident.post(path, {"answer_home-named": "Newport"})
    resident.see("Choose one of these, or “None of these”.")
    resident.post(path, {"answer_home-named": "Newport", "answer_home-near": "none"})
    resident.see("Choose the nearest place from the list, or leave this empty.")
    near = re.findall(r'name="answer_home-near" type="radio" value="([\w-]+)"', resident.page)
    resident.post(path, {"answer_home-named": "Newport", "answer_home-near": "e-forged"})
    resident.see("Choose one of these, or “None of these”.")
    send(resident, path, {"answer_home-named": "Newport", "answer_home-near": near[0]})
    with app.app_context():
        (stored,) = session.scalars(SurveyResponse.__table__.select().with_only_columns(SurveyResponse.answers))
        assert stored == {"home": near[0]}
        assert sum(count_written(wave_id).values()) == 0


def test_a_place_chosen_from_the_list_comes_before_a_name(app: Flask, resident: Resident) -> None:
    wave_id, path = begin(app, resident, "place")
    send(resident, path, {"answer_home-named": "Zzyzx", "answer_home-chosen": "e-fishermead"})
    with app.app_context():
        assert coded_answers(session.get_one(Wave, wave_id)).values["home"] == ["e-fishermead"]


def test_today_is_a_day_that_is_not_in_the_future(app: Flask, resident: Resident) -> None:
    wave_id, path = begin(app, resident, "date")
    day = today()
    fields = {"answer_seen-day": str(day.day), "answer_seen-month": str(day.month), "answer_seen-year": str(day.year)}
    send(resident, path, fields | {"answer_moved-month": str(day.month), "answer_moved-year": str(day.year)})
    with app.app_context():
        values = coded_answers(session.get_one(Wave, wave_id)).values
        assert (values["seen"], values["moved"]) == ([day.isoformat()], [day.isoformat()[:7]])


@pytest.mark.parametrize(
    ("grain", "answer", "taken"),
    [
        ("", "2026-11-30", True), ("", "2026-12-01", True), ("", "2026-12-02", False), ("", "2026-10-31", True),
        ("", "2026-10-30", True), ("", "2026-10-29", False), ("", "2026-02-30", False), ("", "2026-11", False),
        ("", "9999-12-31", False), ("", "0001-01-01", False), ("", 20261130, False), ("", "2026-11-30\n", False),
        ("month", "2026-11", True), ("month", "2026-12", True), ("month", "2027-01", False), ("month", "2026-09", True),
        ("month", "2026-08", False), ("month", "2026-13", False), ("month", "2026-11-30", False),
    ],
)  # fmt: skip
def test_a_date_is_held_against_its_bounds_again_where_it_is_stored(
    monkeypatch: pytest.MonkeyPatch, grain: str, answer: object, taken: bool
) -> None:
    """With a day, or of a month a month, to spare: it was given before midnight."""
    monkeypatch.setattr(date_type, "today", lambda: date(2026, 11, 30))
    question = Question(code="q", type="date", text="", grain=grain, earliest="today-30", latest="today")
    assert TYPES["date"].accepts(question, (), answer) is taken


def order_of(page: str) -> list[str]:
    return re.findall(r'<option value="(\w+)"', page)


def test_somebody_sees_one_order_on_every_visit_and_in_every_language_and_it_is_recorded(
    app: Flask, resident: Resident
) -> None:
    wave_id, path = begin(app, resident, "list")
    seen = []
    for _person in range(5):
        resident.get("/surveys/list")
        resident.post("/surveys/list")
        resident.get(path)
        shown = order_of(resident.page)
        assert sorted(shown) == ["bus", "car", "other", "walk"]
        assert shown[-1] == "other"
        for again in (path, f"/ur{path}", path):
            resident.get(again)
            assert order_of(resident.page) == shown
        send(resident, path, {"answer_way": "bus"})
        seen.append(" ".join(shown))
    with app.app_context():
        recorded = coded_answers(session.get_one(Wave, wave_id)).orders["way.order"]
        assert sorted(map(str, recorded)) == sorted(seen)


def test_an_order_is_not_recorded_of_a_question_that_was_skipped(
    app: Flask, resident: Resident, tmp_path: Path
) -> None:
    path = tmp_path / "two.toml"
    text = file_of("list").read_text(encoding="utf-8").replace('code = "list"', 'code = "two"', 1)
    text = text.replace("[[pages]]", "[[pages]]\ntogether = true", 1)
    more = '\n[[pages.questions]]\ncode = "years"\ntype = "number"\nleast = 0\nmost = 9\ntext = "Years?"\n'
    path.write_text(text + more, encoding="utf-8")
    wave_id, at = begin(app, resident, "list", path)
    send(resident, at, {"answer_years": "3"})
    with app.app_context():
        assert coded_answers(session.get_one(Wave, wave_id)).orders == {"way.order": [None]}


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7, 10])
def test_over_all_orders_each_option_stands_everywhere_and_beside_each_other_equally_often(size: int) -> None:
    options = [Option(code=f"o{n}", text="") for n in range(size)]
    orders = [[one.code for one in shuffling.shuffled(options, draw)] for draw in range(2 * size)]
    assert all(sorted(order) == sorted(one.code for one in options) for order in orders)
    assert set(Counter((place, code) for order in orders for place, code in enumerate(order)).values()) == {2}
    pairs = Counter(pair for order in orders for pair in pairwise(order))
    assert len(pairs) == size * (size - 1)
    assert len(set(pairs.values())) == 1


def test_an_order_tells_nobody_apart() -> None:
    draws = Counter(shuffling.draw_of(uuid.UUID(int=number)) for number in range(6_000))
    assert set(draws) == set(range(shuffling.DRAWS))
    assert max(draws.values()) < 160
    apart = [Option(code="a", text=""), Option(code="no", text="", apart=True), Option(code="b", text="")]
    assert {shuffling.shuffled(apart, draw)[-1].code for draw in range(shuffling.DRAWS)} == {"no"}
    assert shuffling.shuffled([], 7) == []


def test_kinds_of_no_answer_are_told_by_code_or_by_what_the_option_says() -> None:
    told = {
        code: missing_of(Option(code=code, text=""))
        for code in ("dont_know", "unsure", "prefer_not_to_say", "not_said", "none", "no")
    }
    assert told == {"dont_know": "dont_know", "unsure": "dont_know", "prefer_not_to_say": "not_said", "not_said": "not_said", "none": "", "no": ""}  # fmt: skip
    assert missing_of(Option(code="blank", text="", missing="not_said")) == "not_said"
    assert missing_of(Option(code="unsure", text="", missing="no")) == ""
    options = {one.code: one for one in read_definition(file_of("single")).questions["told"].options}
    assert {code: missing_of(one) for code, one in options.items()} == {
        "yes": "", "no": "", "dont_know": "dont_know", "rather_keep": "not_said",
    }  # fmt: skip


CODES = [f"o{number}" for number in range(MAX_OPTIONS)]


@given(st.lists(st.none() | st.lists(st.sampled_from(CODES), min_size=1, unique=True).map(tuple), max_size=40))
def test_a_packed_ranking_keeps_every_order(values: list[tuple[str, ...] | None]) -> None:
    assert columns.unpack(columns.pack("ranking", CODES, values)) == values


@given(
    st.lists(
        st.none()
        | st.dates(date(1000, 1, 1)).map(date.isoformat)
        | st.dates(date(1000, 1, 1)).map(lambda d: d.isoformat()[:7])
    )
)
def test_a_packed_date_keeps_its_day_or_its_month(values: list[str | None]) -> None:
    assert columns.unpack(columns.pack("date", [], values)) == values


def test_a_damaged_ranking_is_said_to_be_damaged() -> None:
    packed = columns.pack("ranking", ["a", "b"], [("b", "a"), ("a",)])
    assert columns.unpack(packed) == [("b", "a"), ("a",)]
    forged = columns.pack("ranking", ["a"], [("a",)])
    assert columns.unpack(forged) == [("a",)]
    with pytest.raises(ValueError, match="damaged"):
        columns.unpack(packed[:-3])
    with pytest.raises(KeyError):
        columns.pack("ranking", ["a"], [("b",)])


WRONG = [
    ("grid", "rows = [", "rows_ = [", "pages.first.questions.feel.rows_ is not a key of this file; take it out or write rows"),
    ("grid", 'code = "calm"', 'code = "clean"', "pages.first.questions.feel.rows has the code clean twice"),
    ("grid", 'scale = "agree"\n', "", "pages.first.questions.feel.scale is missing; name one of scales"),
    ("grid", 'type = "grid"', 'type = "scale"', "pages.first.questions.feel.rows does not go with the type scale; take it out or write grid"),
    ("grid", 'hint = {', 'most = 2\nhint = {', "pages.first.questions.feel.most does not go with the type grid; take it out or write number, points, several or ranking"),
    ("ranking", "most = 2", "most = 5", "pages.first.questions.first.most must be how many may be put in order, 1 to 4"),
    ("ranking", 'ur = "نوجوانوں کے لیے جگہ" }', 'ur = "x" }, apart = true', "pages.first.questions.first.options has apart, which has no place in an order"),
    ("several", "most = 2", "most = 9", "pages.first.questions.worries.most must be how many may be ticked, from 2 to fewer than there are"),
    ("points", "most = 10", "most = 11", "pages.first.questions.safe needs least and most, from 0 on and with 11 points at most"),
    ("points", "ends = ", "# ", 'pages.first.questions.safe.ends must say what the first and the last point mean, like ["Not at all", "Completely"]'),
    ("date", 'earliest = "2020-01-01"', 'earliest = "2020-02-30"', 'pages.first.questions.seen.earliest must be a day like "2026-11-30", or "today"'),
    ("date", 'earliest = "2020-01-01"', 'earliest = "today+1"', "pages.first.questions.seen.latest comes before earliest"),
    ("date", 'grain = "month"', 'grain = "week"', "pages.first.questions.moved.grain must be month, or left out to ask for a day"),
    ("single", 'missing = "not_said"', 'missing = "refused"', "options.rather_keep.missing must be dont_know, not_said or no"),
    ("number", "least = 0", "shuffle = true\nleast = 0", "pages.first.questions.years.shuffle does not go with the type number; take it out or write single, several, list or ranking"),
    ("list", 'code = "walk"', 'code = "order"', "pages.first.questions.way.options has the code order, which names the column of the order; give it another"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "old", "new", "sentence"), WRONG, ids=[f"{one[0]} {one[2]}" for one in WRONG])
def test_a_mistake_in_a_file_is_said_with_its_place(
    tmp_path: Path, kind: str, old: str, new: str, sentence: str
) -> None:
    text = file_of(kind).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / f"{kind}.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError) as raised:
        read_definition(path)
    assert sentence in str(raised.value)


EMOJI = "👩🏽‍🦽 z̴̢̛͓a̷l̸g̵o क्षि"


def test_sixty_options_a_hundred_questions_and_any_letters_go_all_the_way(
    app: Flask, resident: Resident, tmp_path: Path
) -> None:
    options = ", ".join(f'{{ code = "o{n}", text = {{ en = "{EMOJI} {n}" }} }}' for n in range(MAX_OPTIONS))
    questions = [
        f'[[pages.questions]]\ncode = "q{n}"\ntype = "{"several" if n % 2 else "ranking"}"\ntext = "{EMOJI}?"\noptions = [{options}]\n'
        for n in range(4)
    ]
    questions += [
        f'[[pages.questions]]\ncode = "n{n}"\ntype = "number"\nleast = 0\nmost = 9\ntext = "How many?"\n'
        for n in range(96)
    ]
    path = tmp_path / "large.toml"
    head = 'code = "large"\ntitle = "Large"\nabout = "All at once"\nminutes = 30\n[[pages]]\ncode = "all"\ntitle = "All"\ntogether = true\n'
    path.write_text(head + "\n".join(questions), encoding="utf-8")
    wave_id, at = begin(app, resident, "several", path)
    assert f"{EMOJI} 59" in resident.text
    backwards = [f"o{n}" for n in reversed(range(MAX_OPTIONS))]
    fields: Fields = {f"answer_q{n}": backwards for n in range(4)}
    send(resident, at, fields | {f"answer_n{n}": str(n % 10) for n in range(96)})
    close_a_wave(app, wave_id)
    with app.app_context():
        values = coded_answers(session.get_one(Wave, wave_id)).values
        assert values["q0"] == [tuple(backwards)]
        assert values["q1"] == [tuple(reversed(backwards))]
        assert values["n95"] == [5]
        assert exported(wave_id)["q2__o59"] == "1"


def test_what_the_words_of_a_question_hold_is_shown_as_words(app: Flask, resident: Resident, tmp_path: Path) -> None:
    text = file_of("grid").read_text(encoding="utf-8").replace('code = "grid"', 'code = "marked"', 1)
    path = tmp_path / "marked.toml"
    path.write_text(text.replace("My street is clean.", "<script>alert(1)</script>"), encoding="utf-8")
    begin(app, resident, "grid", path)
    assert "<script>alert(1)</script>" not in resident.page
    resident.see("<script>alert(1)</script>")


def test_staff_read_each_type_before_it_is_published(
    app: Flask, survey_manager: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FOLDER", FOLDER)
    wanted = {
        "grid": ("How far do you agree?", "My street is clean.", "One answer on a scale", "Don’t know"),
        "ranking": ("Answers put in order: 2 at most", "A place for young people"),
        "points": ("Points between two ends: ", "0 to 10 (Not safe at all – Completely safe)"),
        "several": ("Several answers: 2 at most", "(excludes the others)"),
        "list": ("One answer from a list (in random order)",),
        "date": ("A date", "When did you move here?"),
    }
    for kind, texts in wanted.items():
        survey_manager.get(f"/staff/surveys/{kind}/preview")
        survey_manager.see(*texts)


def test_an_analyst_reads_rankings_dates_and_orders(app: Flask, resident: Resident, analyst: Officer) -> None:
    waves = {}
    for kind in ("ranking", "date", "list"):
        waves[kind], path = begin(app, resident, kind)
        send(resident, path, ASKED[kind][0])
        with app.app_context(), transaction() as db:
            wave = db.get_one(Wave, waves[kind])
            kept = {code: list(v) if isinstance(v, tuple) else v for code, v in ASKED[kind][1].items()}
            for _ in range(39):
                store_response(db, wave, versions_of(wave.id)[0].id, kept, "en")
        close_a_wave(app, waves[kind])
    analyst.get(f"/staff/waves/{waves['ranking']}/results")
    analyst.see("A place for young people 40 100%", "Mend the street lights [c]", "How many people chose each")
    analyst.get(f"/staff/waves/{waves['date']}/results")
    analyst.see("2024 40 100%", "1999 40 100%")
    for kind, rows in {
        "ranking": [
            "first__youth,What should be done first? A place for young people,Answers put in order,-9,-9,Skipped"
        ],
        "list": [
            "way__order,How do you get about? (In which order its options were shown",
            "way,How do you get about?",
        ],
        "date": ["seen,When did you last see rubbish left here?,A date,-9,-9,Skipped"],
    }.items():
        analyst.get(f"/staff/waves/{waves[kind]}/codebook?language=en")
        got = analyst.post(f"/staff/waves/{waves[kind]}/codebook.csv", language="en")
        for row in rows:
            assert row in got.text.replace('"', "")
