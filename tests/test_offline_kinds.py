"""Every type of question on a tablet without a line: asked, judged and stored as on the web, whatever the tablet's clock says."""

from __future__ import annotations

import random
import re
import unicodedata
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from portal import text
from portal.db import session, today
from portal.languages.i18n import language_of, speaking
from portal.partnership.file import current_partnership
from portal.questions import shuffling
from portal.questions.shuffling import DRAWS
from portal.questions.types import TYPES
from portal.surveys import sheet, sheet_words
from portal.surveys.answers import coded_answers, count_written, written_ids
from portal.surveys.models import Wave
from portal.surveys.versions import instruments_of
from portal.web.dates import month_names, read_month
from tests.support.browsers import Browse
from tests.support.lending import responses
from tests.support.people import Fields, Resident
from tests.support.surveying import QUESTIONNAIRES, open_survey
from tests.test_kinds_of_question import ASKED, file_of
from tests.test_kiosk import cookie_of
from tests.test_offline import lend_offline, script, sealed_on_tablet  # noqa: F401

MIXED = QUESTIONNAIRES / "without-a-line.toml"
GO_ON = "[data-questions] .govuk-button[type=submit]"


def open_sheet(app: Flask, browse: Browse, wave_id: uuid.UUID, language: str = "en", now: str = "") -> Page:
    """The tablet with the first page of questions open; `now` is what its clock says."""
    token = lend_offline(app, wave_id, spoken=("en", "pl", "ro", "ur"))
    page = browse("/kiosk/ended")
    page.context.add_cookies(
        [{"name": "visit", "value": cookie_of(app, token), "url": page.url.replace("/kiosk/ended", "/")}]
    )
    if now:
        page.clock.set_fixed_time(now)
    page.goto(page.url.replace("/kiosk/ended", f"/kiosk/offline/{language}"))
    page.locator("[data-start]").click()
    return page


def put(page: Page, fields: Fields) -> None:
    """Tick, choose and write what a form of the web would send."""
    for name, given in fields.items():
        for value in [given] if isinstance(given, str) else given:
            press = page.locator(f'[data-body] [name="{name}-press"][value="add {value}"]')
            box = page.locator(f'[data-body] [name="{name}"]')
            if press.count():
                press.click()
            elif box.first.evaluate("box => box.nodeName") == "SELECT":
                box.evaluate("box => { box.closest('details') && (box.closest('details').open = true); }")
                box.select_option(value)
            elif box.first.get_attribute("type") in ("radio", "checkbox"):
                page.locator(f'[data-body] [name="{name}"][value="{value}"]').check(force=True)
            else:
                box.fill(value)


def save(page: Page) -> None:
    for _ in range(12):
        if page.locator("[data-check]").is_visible():
            break
        page.locator(GO_ON).click()
    page.locator("[data-save]").first.click()
    expect(page.locator("[data-saved] [data-count]")).to_have_text("0")


def wrongs(page: Page) -> list[str]:
    return [tidy(one) for one in page.locator("[data-problems] li").all_inner_texts()]


def tidy(words: str) -> str:
    return re.sub(r"\s+", " ", re.sub("[\u2060\u00a0]", " ", words)).strip()


def answers_of(app: Flask, wave_id: uuid.UUID) -> dict[str, Any]:
    with app.app_context():
        return {
            code: one for code, (one,) in coded_answers(session.get_one(Wave, wave_id)).values.items() if code[0] != "_"
        }


@pytest.mark.same_on_both
@pytest.mark.parametrize("kind", ASKED)
def test_what_is_answered_without_a_line_is_stored_as_on_the_web(app: Flask, browse: Browse, kind: str) -> None:
    wave_id = open_survey(app, file_of(kind), languages=("en", "ur"))
    page = open_sheet(app, browse, wave_id, "ur")
    fields, kept, _row = ASKED[kind]
    put(page, fields)
    shown = page.locator("[data-body] option").evaluate_all("all => all.map(one => one.value).filter(Boolean)")
    page.locator(GO_ON).click()
    expect(page.locator("[data-check]")).to_be_visible()
    save(page)
    with app.app_context():
        coded = coded_answers(session.get_one(Wave, wave_id))
        assert {code: one for code, (one,) in coded.values.items() if code[0] != "_"} == kept
        assert coded.orders == ({"way.order": [" ".join(shown)]} if kind == "list" else {})
        assert sum(count_written(wave_id).values()) == (1 if TYPES[kind].is_written else 0)


WRONG: list[tuple[Fields, ...]] = [
    (
        {"answer_worries": ["litter", "hate", "none"], "answer_seen-day": "31", "answer_seen-month": "2", "answer_seen-year": "2024"},
        {"answer_moved-month": "1", "answer_moved-year": "2999", "answer_home-named": "Zzyzx", "answer_years": "-1"},
        {"written_change": "x" * 222},
    ),
    (
        {"answer_worries": ["litter", "noise", "hate", "cars"], "answer_seen-day": "one", "answer_seen-month": "M", "answer_seen-year": "24"},
        {"answer_moved-month": "13", "answer_moved-year": "1949", "answer_home-named": "x" * 101, "answer_years": "121"},
        {"written_change": "é" * 201},
    ),
    (
        {"answer_worries": ["none", "cars"], "answer_seen-day": "1", "answer_seen-month": "1", "answer_seen-year": "2020"},
        {"answer_moved-month": "dec", "answer_moved-year": "1949", "answer_home-named": "Zzyzx", "answer_years": "many"},
        {"written_change": "x" * 205},
    ),
    (
        {"answer_seen-day": "۱", "answer_seen-month": "styczeń", "answer_seen-year": "۲۹۹۹"},
        {"answer_moved-month": "ma", "answer_moved-year": "2000", "answer_years": "9" * 21},
        {"written_change": "x" * 300},
    ),
]  # fmt: skip


@pytest.mark.dear
@pytest.mark.same_on_both
@pytest.mark.parametrize("language", ["en", "pl", "ro", "ur"])
def test_what_does_not_fit_is_said_in_the_words_of_the_web(
    app: Flask, resident: Resident, browse: Browse, language: str
) -> None:
    open_survey(app, MIXED, closes_on=today() + timedelta(days=3))
    prefix = "" if language == "en" else f"/{language}"
    resident.get(f"{prefix}/surveys/without-a-line")
    resident.post(f"{prefix}/surveys/without-a-line")
    with app.app_context():
        wave_id = session.query(Wave.id).scalar()
    page = open_sheet(app, browse, wave_id, language)
    for _ in range(3):
        page.locator("[data-skip]").click()
    for parts in WRONG:
        fields = {name: value for part in parts for name, value in part.items()}
        # The web's page of the same questions, which is the fourth.
        resident.get(f"{prefix}/surveys/without-a-line/4")
        resident.post(f"{prefix}/surveys/without-a-line/4", fields)
        on_the_web = [tidy(one) for one in re.findall(r'<li><a href="#[^"]+">([^<]+)</a></li>', resident.page)]
        assert len(on_the_web) >= 4
        put(page, fields)
        page.locator(GO_ON).click()
        expect(page.locator("[data-problems]")).to_be_focused()
        assert wrongs(page) == on_the_web
        page.locator("[data-body] input:checked").evaluate_all("all => all.forEach(one => { one.checked = false; })")
        page.locator("[data-body] input[type=text]").evaluate_all("all => all.forEach(one => { one.value = ''; })")


@pytest.mark.same_on_both
def test_the_browser_puts_options_in_the_order_of_a_draw_as_python_does(script: Page) -> None:  # noqa: F811
    sizes = range(1, 61)
    ours = [[shuffling._order(size, draw) for draw in range(DRAWS)] for size in sizes]
    theirs = script.evaluate(
        "([sizes, draws]) => sizes.map(size => draws.map(draw => sheet.order(size, draw)))",
        [list(sizes), list(range(DRAWS))],
    )
    assert theirs == ours


@pytest.mark.same_on_both
def test_the_browser_finds_the_place_that_python_finds(app: Flask, script: Page) -> None:  # noqa: F811
    rng = random.Random(11)
    with app.app_context():
        places = current_partnership().places
        names = [name for place in places.all for name in (place.name, *place.aliases)]

        def misspelled(name: str) -> str:
            letters = list(name)
            for _ in range(rng.randint(0, 3)):
                at = rng.randrange(len(letters) + 1)
                letters[at : at + rng.randint(0, 2)] = rng.choice(
                    ["", "a", "é", " ", "’", "st ", "The ", "ي", "-", "ß"]
                )
            return rng.choice([str.upper, str.lower, str])("".join(letters))

        typed = [misspelled(name) for name in names * 3]
        typed += ["", "st", "the", "The Estate", "newport", "x" * 200, "🙂", "\u0301", "فشرمیڈ", "St. Mary’s"]
        ours = [[found.sure, list(found.near)] for found in map(places.search.find, typed)]
        rules = places.search.rules
    theirs = script.evaluate(
        "([typed, rules]) => typed.map(one => { const found = sheet.find(one, rules); return [found.sure, found.near]; })",
        [typed, rules],
    )
    assert sum(sure is not None for sure, _near in ours) > 50
    assert [case for case, mine, other in zip(typed, ours, theirs, strict=True) if mine != other] == []


@pytest.mark.same_on_both
def test_the_browser_reads_months_as_python_does(app: Flask, script: Page) -> None:  # noqa: F811
    typed = [name[:size] for name in month_names() for size in range(1, len(name) + 1)]
    typed += [
        "",
        "1",
        "12",
        "13",
        "0",
        "-1",
        "۱۱",
        "१२",
        "１１",
        "  may ",
        "MÄRZ",
        "Február",
        "November.",
        "x" * 41,
        "1.5",
        "𝟏𝟐",
    ]
    rules = {
        "months": {name: sorted(numbers) for name, numbers in month_names().items()},
        "same": current_partnership_rules(app)["same"],
    }
    theirs = script.evaluate(
        "([typed, rules]) => typed.map(one => { const found = sheet.month(one, rules); return isNaN(found) ? null : found; })",
        [typed, rules],
    )
    ours = [read_month(one) for one in typed]
    assert [case for case, mine, other in zip(typed, ours, theirs, strict=True) if mine != other] == []


def current_partnership_rules(app: Flask) -> dict[str, Any]:
    with app.app_context():
        return current_partnership().places.search.rules


@pytest.mark.same_on_both
def test_the_browser_keeps_of_a_text_what_python_keeps(script: Page) -> None:  # noqa: F811
    rng = random.Random(5)
    letters = [chr(code) for code in range(0x3000) if unicodedata.category(chr(code)) not in ("Cn", "Co", "Cs")]
    letters += ["\u200b", "\ufeff", "\ufdd0", "\u2066", "\ufffc", "\u3164", "🙂", "e\u0301"]
    typed = ["".join(rng.choices(letters, k=rng.randint(1, 6))) for _ in range(3000)]
    typed += [" ", "\r\n a \r b", "\u200b\u2060", "\u2800", "\x07x\x00"]
    ours = [text.plain(one) for one in typed]
    theirs = script.evaluate("typed => typed.map(sheet.plain)", typed)
    assert [case for case, mine, other in zip(typed, ours, theirs, strict=True) if mine != other] == []


def test_days_are_written_as_on_the_web(app: Flask, script: Page) -> None:  # noqa: F811
    days = ["2026-11-28", "1950-01", "2024-02-29", "2026-05-03", "2000-12"]
    for language in ("en", "pl", "ro", "ur"):
        with app.test_request_context("/"), speaking(language_of(language)):
            ours = [tidy(TYPES["date"].words(None, day)[0]) for day in days]  # type: ignore[arg-type]
            rules = sheet_words.dates()
        theirs = script.evaluate("([days, rules]) => days.map(day => sheet.inWords(day, rules))", [days, rules])
        assert list(map(tidy, theirs)) == ours


# One person, and then another.


def far(app: Flask, browse: Browse, language: str = "en", now: str = "") -> tuple[Page, uuid.UUID]:
    """The mixed survey at its page of many questions."""
    wave_id = open_survey(app, MIXED, closes_on=today() + timedelta(days=3))
    page = open_sheet(app, browse, wave_id, language, now)
    page.locator("[name=answer_clean][value=agree]").check(force=True)
    page.locator(GO_ON).click()
    page.locator("[name=answer_safe][value='0']").check(force=True)
    page.locator(GO_ON).click()
    return page, wave_id


@pytest.mark.dear
@pytest.mark.same_on_both
def test_the_order_that_somebody_was_shown_is_recorded_and_another_has_another(app: Flask, browse: Browse) -> None:
    page, _wave_id = far(app, browse)
    for _ in range(3):
        page.goto(page.url)
        page.locator("[data-start]").click()
        page.locator("[data-skip]").click()
        page.locator("[data-skip]").click()
        order = page.locator("[data-body] li").evaluate_all("all => all.map(one => one.dataset.code)")
        put(page, {"answer_first": [order[2], order[0], order[1]]})
        # Taken out, it stands again where it was asked.
        page.locator("[value^=out]").nth(1).locator("visible=true").click()
        assert page.locator("ul.app-ranking li").evaluate_all("all => all.map(one => one.dataset.code)") == [
            order[0],
            order[3],
        ]
        put(page, {"answer_first": [order[0]]})
        page.locator(GO_ON).click()
        ticked = page.locator("[name=answer_worries]").evaluate_all("all => all.map(one => one.value)")
        assert ticked[-1] == "none"
        put(page, {"answer_worries": [ticked[1]]})
        save(page)
        stored = [
            (one.answers["first"], one.answers["first.order"], one.answers["worries.order"]) for one in responses(app)
        ]
        assert ([order[2], order[1], order[0]], " ".join(order), " ".join(ticked)) in stored


@pytest.mark.dear
@pytest.mark.same_on_both
def test_going_back_finds_what_was_answered_and_a_changed_answer_says_what_it_took_away(
    app: Flask, browse: Browse
) -> None:
    page, wave_id = far(app, browse)
    put(page, {"answer_first": ["youth", "bins"]})
    page.locator(GO_ON).click()
    day = today()
    put(
        page,
        {
            "answer_worries": ["hate"],
            "answer_seen-day": str(day.day),
            "answer_seen-month": f"{day:%B}",
            "answer_seen-year": str(day.year),
            "answer_moved-month": "۲",
            "answer_moved-year": "1999",
            "answer_home-named": "fishermeed",
        },
    )
    page.locator(GO_ON).click()
    put(page, {"answer_told": ["friend"]})
    page.locator("[data-questions] [data-back]").click()
    expect(page.locator("[name=answer_seen-month]")).to_have_value(f"{day:%B}")
    expect(page.locator("[name=answer_moved-month]")).to_have_value("۲")
    expect(page.locator("[name=answer_home-named]")).to_have_value("Fishermead")
    # The tablet's own Back.
    page.go_back()
    assert page.locator("ol li").evaluate_all("all => all.map(one => one.dataset.code)") == ["youth", "bins"]
    page.locator(GO_ON).click()
    page.locator(GO_ON).click()
    put(page, {"answer_told": ["friend"]})
    page.locator(GO_ON).click()
    page.locator(GO_ON).click()
    for words in (
        "Place for young people",
        "Fishermead",
        "February 1999",
        f"{day.day} {day:%B %Y}",
        "A friend",
        "Agree",
    ):
        assert words.lower() in tidy(page.locator("[data-list]").inner_text()).lower()
    page.get_by_role("button", name="Change What worries you here?").click()
    page.locator("[name=answer_worries][value=hate]").uncheck(force=True)
    page.locator(GO_ON).click()
    expect(page.locator("[data-check]")).to_contain_text("1 other answer no longer applies. We will not send it.")
    page.get_by_role("button", name="Answer What worries you here?").click()
    put(page, {"answer_worries": ["hate"]})
    page.locator(GO_ON).click()
    expect(page.locator("[data-questions] [data-changed]")).to_contain_text("1 other answer applies again.")
    expect(page.locator("[name=answer_told][value=friend]")).to_be_checked()
    page.locator(GO_ON).click()
    save(page)
    assert answers_of(app, wave_id) == {
        "clean": "agree", "calm": None, "safe": 0, "first": ("youth", "bins"), "worries": ("hate",), "told": "friend",
        "seen": day.isoformat(), "moved": "1999-02", "home": "e-fishermead", "years": None, "way": None,
    }  # fmt: skip


@pytest.mark.same_on_both
def test_a_place_that_may_be_several_is_asked_about_once_and_its_name_is_not_kept(app: Flask, browse: Browse) -> None:
    wave_id = open_survey(app, file_of("place"), languages=("en", "ur"))
    page = open_sheet(app, browse, wave_id)
    put(page, {"answer_home-named": "Newport"})
    page.locator(GO_ON).click()
    expect(page.locator(".app-ask")).to_be_focused()
    expect(page.locator("[data-problems]")).to_be_hidden()
    page.locator(GO_ON).click()
    assert wrongs(page) == ["Choose one of these, or “None of these”."]
    page.locator("[data-problems] a").click()
    expect(page.locator("[name=answer_home-near]").first).to_be_focused()
    put(page, {"answer_home-near": ["none"]})
    page.locator(GO_ON).click()
    assert wrongs(page) == ["Choose the nearest place from the list, or leave this empty."]
    page.locator("[name=answer_home-near]").first.check(force=True)
    page.locator(GO_ON).click()
    expect(page.locator("[data-list]")).to_contain_text("Newport Pagnell")
    page.get_by_role("button", name="Change").click()
    expect(page.locator("[name=answer_home-named]")).to_have_value("Newport Pagnell")
    save(page)
    assert responses(app)[0].answers == {"home": "p-newport-pagnell"}


@pytest.mark.dear
@pytest.mark.same_on_both
@pytest.mark.parametrize("clock", ["1999-12-31T23:59:00", "2051-06-01T12:00:00", ""])
def test_a_tablet_with_a_wrong_clock_takes_the_dates_that_can_be_right(app: Flask, browse: Browse, clock: str) -> None:
    page, wave_id = far(app, browse, now=clock)
    page.locator(GO_ON).click()

    def write(day: date) -> None:
        put(page, {f"answer_seen-{part}": str(getattr(day, part)) for part in ("day", "month", "year")})
        page.locator(GO_ON).click()

    write(today() + timedelta(days=4))
    assert wrongs(page) == ["Choose a day that is not in the future."]
    write(today() - timedelta(days=31))
    assert len(wrongs(page)) == 1
    assert wrongs(page)[0].startswith("Write a date that is not before ")
    write(today())
    save(page)
    assert answers_of(app, wave_id)["seen"] == today().isoformat()


@pytest.mark.dear
@pytest.mark.same_on_both
def test_no_kind_of_question_needs_a_mouse_and_all_are_accessible(
    app: Flask, browse: Browse, axe: Callable[[Page], list[str]]
) -> None:
    page, _wave_id = far(app, browse, "ur")
    page.set_viewport_size({"width": 320, "height": 700})
    add = page.locator("[value='add youth']")
    add.focus()
    page.keyboard.press("Enter")
    expect(page.locator("ol li")).to_be_focused()
    assert axe(page) == []
    page.locator(GO_ON).focus()
    page.keyboard.press("Enter")
    put(
        page,
        {
            "answer_worries": ["litter", "none"],
            "answer_seen-day": "40",
            "answer_home-named": "Newport",
            "answer_years": "x",
        },
    )
    page.locator("[name=answer_years]").press("Enter")
    expect(page.locator("[data-problems]")).to_be_focused()
    assert axe(page) == []
    group = page.get_by_role("group", name="یہاں آپ کو کیا پریشان کرتا ہے؟")
    assert len(group.get_attribute("aria-describedby").split()) == 2  # type: ignore[union-attr]
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.same_on_both
def test_enter_goes_on_and_presses_no_button_of_a_ranking(app: Flask, browse: Browse, tmp_path: Path) -> None:
    path = tmp_path / "mixed.toml"
    text = file_of("ranking").read_text(encoding="utf-8").replace('code = "ranking"', 'code = "mixed"', 1)
    text = text.replace("[[pages]]", "[[pages]]\ntogether = true", 1)
    path.write_text(
        f'{text}\n[[pages.questions]]\ncode = "why"\ntype = "short_text"\ntext = {{ en = "Why?" }}\n', encoding="utf-8"
    )
    page = open_sheet(app, browse, open_survey(app, path, languages=("en",)))
    put(page, {"answer_first": ["youth"], "written_why": "Because"})
    page.locator("[name=written_why]").press("Enter")
    expect(page.locator("[data-list]")).to_contain_text("A place for young people")
    save(page)
    assert responses(app)[0].answers == {"first": ["youth"]}


# What arrives.


@pytest.fixture
def mixed(app: Flask) -> uuid.UUID:
    return open_survey(app, MIXED, opens_on=today() - timedelta(days=40), closes_on=today() + timedelta(days=3))


def arrive(app: Flask, wave_id: uuid.UUID, **content: Any) -> Any:
    sealed = sealed_on_tablet(app, wave_id, lend_offline(app, wave_id), **content)
    return app.test_client().post(f"/kiosk/offline/{wave_id}", data=sealed).json


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("fields", "left_out", "kept"),
    [
        ({"answer_safe": ["11"]}, 1, {}),
        ({"answer_safe": ["-1"]}, 1, {}),
        ({"answer_safe": ["0", "10"]}, 0, {"safe": 0}),
        ({"answer_first": ["youth", "bins", "lights", "patrols"]}, 1, {}),
        ({"answer_first": ["youth", "youth"]}, 0, {"first": ["youth"]}),
        ({"answer_first": ["youth", "bogus"]}, 1, {}),
        ({"answer_worries": ["litter", "noise", "hate"]}, 1, {}),
        ({"answer_worries": ["none", "hate"]}, 1, {}),
        ({"answer_clean": ["maybe"], "answer_calm": ["agree"]}, 1, {"calm": "agree"}),
        ({"answer_moved-month": ["13"], "answer_moved-year": ["1999"]}, 1, {}),
        ({"answer_home-chosen": ["e-atlantis"]}, 1, {}),
        ({"answer_way": ["rocket"], "answer_safe": ["<b>"]}, 2, {}),
    ],
)
def test_what_is_forged_is_left_out_and_the_tablet_is_told_of_it(
    app: Flask, mixed: uuid.UUID, fields: dict[str, list[str]], left_out: int, kept: dict[str, Any]
) -> None:
    told = arrive(app, mixed, fields=fields | {"answer_years": ["7"]}, draw=7)
    assert (told["is"], told.get("left_out", 0)) == ("stored", left_out)
    (stored,) = responses(app)
    assert {code: one for code, one in stored.answers.items() if not code.endswith(".order")} == {"years": 7} | kept


@pytest.mark.same_on_both
@pytest.mark.parametrize("draw", [None, -1, DRAWS, 1.5, "3", True, [3], 10**30])
def test_an_order_that_cannot_be_is_recorded_as_none_and_the_answer_stays(
    app: Flask, mixed: uuid.UUID, draw: Any
) -> None:
    told = arrive(app, mixed, fields={"answer_way": ["bus"], "answer_worries": ["litter"]}, draw=draw)
    assert told == {"is": "stored", "taking": True, "left_out": 2}
    assert responses(app)[0].answers == {"way": "bus", "worries": ["litter"]}
    with app.app_context():
        coded = coded_answers(session.get_one(Wave, mixed))
        assert (coded.values["way"], coded.orders["way.order"]) == (["bus"], [None])


def test_an_order_that_can_be_is_recorded(app: Flask, mixed: uuid.UUID) -> None:
    assert arrive(app, mixed, fields={"answer_way": ["bus"]}, draw=1) == {"is": "stored", "taking": True}
    assert responses(app)[0].answers == {"way": "bus", "way.order": "bus walk car other"}


def test_a_date_that_was_right_when_it_was_answered_is_taken_weeks_later(app: Flask, mixed: uuid.UUID) -> None:
    for days, taken in ((69, True), (72, False), (-2, False), (0, True)):
        day = today() - timedelta(days=days)
        fields = {f"answer_seen-{part}": [str(getattr(day, part))] for part in ("day", "month", "year")}
        told = arrive(app, mixed, fields=fields | {"answer_years": ["7"]})
        assert (told.get("left_out", 0) == 0) is taken, days
        assert any(one.answers.get("seen") == day.isoformat() for one in responses(app)) is taken, days


def test_what_somebody_writes_into_every_long_box_can_still_be_sent(app: Flask, tmp_path: Path) -> None:
    boxes = "\n".join(
        f'[[pages.questions]]\ncode = "w{number}"\ntype = "long_text"\ntext = {{ en = "Why?" }}' for number in range(40)
    )
    path = tmp_path / "wordy.toml"
    head = file_of("long_text").read_text(encoding="utf-8").partition("[[pages.questions]]")[0]
    path.write_text(
        head.replace('code = "long-text"', 'code = "wordy"').replace('code = "long_text"', 'code = "wordy"') + boxes,
        encoding="utf-8",
    )
    wave_id = open_survey(app, path, languages=("en",))
    with app.app_context():
        (instrument,) = instruments_of(wave_id)
        assert sheet.size(instrument.questionnaire) > 512 * 1024
    fields = {f"written_w{number}": ["🙂" * 4000] for number in range(40)}
    assert arrive(app, wave_id, fields=fields)["is"] == "stored"
    with app.app_context():
        assert len(written_ids(wave_id, "w39")) == 1
    noise = b"x" * 3_000_000
    assert app.test_client().post(f"/kiosk/offline/{wave_id}", data=noise).status_code == 413


def test_the_scripts_of_a_tablet_stay_small(app: Flask) -> None:
    files, names = app.extensions["assets"].files, app.extensions["assets"].names
    assert len(files[names["offline.js"]]["gzip"]) < 3_000
    assert len(files[names["sheet.js"]]["gzip"]) < 6_500
