"""A survey on paper: every question with its codes, in each language and size, the same sheet for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from portal.surveys.reading import FOLDER, read_definition
from tests.support.people import Officer
from tests.support.surveying import EVERY_TYPE, QUESTIONNAIRES, open_survey

pytestmark = pytest.mark.same_on_both
# An A4 sheet without its margins, at 96 dots an inch.
SHEET = {"width": 688, "height": 1016}


def sheet(page: str) -> str:
    """What is printed, as text in one line."""
    printed = page[page.index('<table class="app-sheet"') : page.rindex("</table>")]
    return " ".join(re.sub(r"<[^>]+>", " ", printed).split())


@pytest.mark.parametrize("code", ["community-safety", "ward-pulse", "event-feedback", "days-of-action", "taking-part"])
def test_every_question_and_every_code_of_a_shipped_survey_stands_on_its_sheet(
    app: Flask, analyst: Officer, code: str
) -> None:
    questionnaire = read_definition(FOLDER / f"{code}.toml")
    open_survey(app, FOLDER / f"{code}.toml")
    analyst.get(f"/staff/surveys/{questionnaire.code}/paper")
    said = sheet(analyst.page)
    numbers = [int(number) for number in re.findall(r'app-sheet__number">(\d+)<', analyst.page)]
    assert numbers == list(range(1, len(questionnaire.questions) + 1))
    for question in questionnaire.questions.values():
        assert " ".join(question.text["en"].split()) in re.sub("&#39;|&#34;", "'", said).replace("&amp;", "&"), (
            question.code
        )
        for option in questionnaire.options_of(question):
            assert f'dir="ltr">{option.code}</bdi>' in analyst.page


def test_each_type_says_what_to_do_with_the_pen(app: Flask, analyst: Officer) -> None:
    wanted = {
        "single": "Tick one box.",
        "several": "Tick up to 2 boxes.",
        "grid": "Tick one box in each row.",
        "ranking": "Write 1 in the box of your first choice, 2 in the next. Number up to 2 boxes.",
        "number": "Write a number from 0 to ",
        "points": "0 1 2 3 4 5 6 7 8 9 10 Completely safe",
        "date": "Write the month and the year in digits.",
        "place": "No street and no house number.",
        "long_text": "Write nothing that shows who you are.",
    }
    for kind, says in wanted.items():
        code = kind.replace("_", "-")
        open_survey(app, QUESTIONNAIRES / "types" / f"{code}.toml")
        analyst.get(f"/staff/surveys/{read_definition(QUESTIONNAIRES / 'types' / f'{code}.toml').code}/paper")
        assert says in sheet(analyst.page), kind
    assert "Do not write your name or your address on this sheet." in sheet(analyst.page)


def test_whom_a_question_is_for_is_said_and_the_foot_names_the_version(app: Flask, analyst: Officer) -> None:
    open_survey(app)
    analyst.get("/staff/surveys/every-type/paper")
    said = sheet(analyst.page)
    assert "Only if “What did you see?” was answered" in said or "Only if “" in said
    assert said.endswith("every-type · Version 1") or "every-type · Version 1" in said
    assert analyst.get("/staff/surveys/every-type/paper?version=1").status_code == 200
    for nowhere in ("every-type/paper?version=2", "nothing/paper"):
        assert analyst.get(f"/staff/surveys/{nowhere}").status_code == 404
    analyst.get("/ur/staff/surveys/every-type/paper")
    assert 'lang="ur" dir="rtl"' in analyst.page
    # Two people's sheets are the same to the letter: nothing tells whose a sheet is.
    first = sheet(analyst.page)
    analyst.get("/ur/staff/surveys/every-type/paper")
    assert sheet(analyst.page) == first


@pytest.mark.dear
@pytest.mark.parametrize("prefix", ["", "/ur", "/large", "/large/ur"])
def test_a_sheet_fits_its_paper_and_is_for_everyone(
    app: Flask, analyst: Officer, browser: Browser, live_server: str, axe: Callable[[Page], list[str]], prefix: str
) -> None:
    for path in (EVERY_TYPE, QUESTIONNAIRES / "types" / "grid.toml", QUESTIONNAIRES / "types" / "points.toml"):
        open_survey(app, path)
    cookie = analyst.client.get_cookie("work")
    assert cookie
    context = browser.new_context(viewport=SHEET)  # type: ignore[arg-type]
    context.add_cookies([{"name": "work", "value": cookie.value, "url": live_server}])
    page = context.new_page()
    for code in ("every-type", "grid", "points"):
        page.goto(f"{live_server}{prefix}/staff/surveys/{code}/paper")
        assert axe(page) == []
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= SHEET["width"]
        points = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.app-sheet')).fontSize) * 0.75")
        assert points >= (18 if "large" in prefix else 11)
        tall = page.evaluate(
            "Math.max(...[...document.querySelectorAll('.app-sheet__first, .app-sheet__question')].map(e => e.offsetHeight))"
        )
        assert tall <= SHEET["height"], "a question is longer than a sheet"
        page.emulate_media(media="screen")
    context.close()
