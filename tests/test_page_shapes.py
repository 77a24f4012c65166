"""How pages lie on a phone: how long the first ones are, that nothing in them is torn apart, how little of a question is asked at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from portal.cohesion import services
from portal.cohesion.activity import MOST_QUARTERS, publish_quarter
from portal.db import today, transaction
from portal.events.held import Held
from portal.languages import i18n
from portal.reporting.figures import last_month, report_figures
from portal.staff.activity_figures import activity_document
from portal.staff.spans import last_quarter
from portal.surveys.definition import Indicator, Question
from portal.surveys.definition import Page as PageOfQuestions
from portal.surveys.indicators import Comparator
from tests.support import waves
from tests.support.browsers import Browse
from tests.support.line_breaks import broken_dates, broken_headings
from tests.support.people import Fields, Resident
from tests.support.surveying import open_survey
from tests.test_hand_overs import to_check

pytestmark = pytest.mark.same_on_both

AtCheck = Callable[..., Page]
MATTRESS: dict[str, Fields] = {
    "/report/2": {"group": "rubbish"},
    "/report/3": {"types": ["dumping"], "size": "item", "material": ["household"]},
}
STREET: dict[str, Fields] = {"/report/2": {"group": "groups"}}


def height(page: Page) -> float:
    whole = page.locator("html").bounding_box()
    assert whole
    return whole["height"]


@pytest.fixture
def at_check(browse: Browse, resident: Resident, live_server: str) -> AtCheck:
    """Answers what this resident is asked, and opens the page that sends in a browser without a script."""

    def open_page(told: dict[str, Fields], prefix: str, **context: Any) -> Page:
        to_check(resident, told)
        page = browse("/cookies", javascript=False, **context)
        page.context.add_cookies(
            [{"name": one.key, "value": one.value, "url": live_server} for one in resident.client._cookies.values()]
        )
        page.goto(f"{live_server}{prefix}/report/check")
        return page

    return open_page


# Each with the banner of a demonstration, and but for English with the note that nobody has checked the translation. A
# frightened person scrolls little: what comes in has to make its room on these pages, or find another.
@pytest.mark.parametrize(("prefix", "most"), [("", 1456), ("/ur", 1800), ("/pl", 2000), ("/ro", 2000)])
def test_the_gate_is_short(browse: Browse, prefix: str, most: int) -> None:
    assert height(browse(f"{prefix}/report", javascript=False)) < most


@pytest.mark.parametrize(("prefix", "most"), [("", 2040), ("/ur", 2200), ("/pl", 2350), ("/ro", 2350)])
@pytest.mark.parametrize("told", [MATTRESS, STREET], ids=["a desk is named", "no desk is named"])
def test_the_page_that_sends_is_short(at_check: AtCheck, told: dict[str, Fields], prefix: str, most: int) -> None:
    page = at_check(told, prefix)
    assert page.locator("form#step button.app-button--tall").count() == 1
    assert height(page) < most


# The picture of the Urdu page in the design is 2,527 px high, that of the English one 2,106; both are without the banner.
@pytest.mark.parametrize(("prefix", "most", "first_survey"), [("", 2106, 844), ("/ur", 2527, 950)])
def test_home_is_no_longer_than_its_picture(
    app: Flask, browse: Browse, prefix: str, most: int, first_survey: int
) -> None:
    open_survey(app)
    page = browse(f"{prefix}/", javascript=False)
    banner, door = page.locator(".app-demonstration").bounding_box(), page.locator(".app-door").nth(2).bounding_box()
    assert banner
    assert door
    assert height(page) - banner["height"] <= most
    assert door["y"] + door["height"] - banner["height"] <= first_survey


ELSEWHERE = Comparator(value=62, area=waves.said("England", "انگلینڈ"), when="2024/25", source="Community Life Survey", mode="web_or_paper", wording="verified")  # fmt: skip


def five_main_figures() -> dict[str, Any]:
    """As long as in the survey of the communities: a title, a sentence over two lines, of two of them what England says."""
    about = {
        "belonging": "of people feel strongly that they belong to their neighbourhood",
        "dealing": "of people agree that the police and others deal successfully with crime and anti-social behaviour here",
        "safety": "of people feel safe outside in their area after dark",
        "knowing": "of people know where to report hate",
    }
    whole, answers = waves.questionnaire(), waves.options(yes="Yes", no="No")
    asked = tuple(Question(code=code, type="single", text=waves.said(f"{code}?"), options=answers) for code in about)
    more = tuple(
        Indicator(
            code=code, primary=True, title=waves.said(f"{code.capitalize()} in this neighbourhood"),
            sentence=waves.said(sentence), questions=(code,), positive=("yes",),
            comparator=ELSEWHERE if code == "belonging" else None,
        )
        for code, sentence in about.items()
    )  # fmt: skip
    first = replace(whole.indicators[0], comparator=ELSEWHERE)
    pages = (*whole.pages, PageOfQuestions(code="more", title=waves.said("More"), questions=asked))
    return {"pages": pages, "indicators": (first, *more, *whole.indicators[1:])}


def test_the_public_figures_are_short_before_anything_is_opened_and_whole_on_paper(app: Flask, browse: Browse) -> None:
    answered = {"getting_on": "tend_agree", "belonging": "yes", "dealing": "yes", "safety": "no", "knowing": "yes"}
    given = [answered | {"sex": "female"}] * 160
    given += [dict.fromkeys(answered, "no") | {"getting_on": "tend_disagree", "sex": "male"}] * 120
    with app.app_context(), transaction() as db:
        for ended in (560, 200, 3):
            wave_id = waves.closed_wave(db, given, ended=ended, population=waves.POPULATION, **five_main_figures())
            services.publish_release(db, services.draft_release(db, wave_id, "sam").id, "sam")
    page = browse("/cohesion", javascript=False)
    start = page.url.removesuffix("/cohesion")
    for prefix in ("/ur", "/pl", "/ro", ""):
        page.goto(f"{start}{prefix}/cohesion")
        assert page.locator(".app-figure:visible, .app-lead-figure").count() == 5
        assert height(page) < 4000, prefix
    folded = page.locator(".app-figures-twin")
    assert not any(each.is_visible() for each in folded.all())
    page.emulate_media(media="print")
    assert all(each.is_visible() for each in folded.all())
    # Where there is room, the figure that leads shows its table without being opened.
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.locator(".app-lead-figure .app-figures-twin").first.is_visible()
    assert page.locator(".app-figures-twin:visible").count() == 1


def test_english_beneath_is_one_press_away_without_a_script_and_always_on_paper(browse: Browse) -> None:
    page = browse("/ur/report", javascript=False)
    always = page.get_by_text("Call 999 now if someone is hurt")
    folded = page.locator(".app-beneath", has_text="Nothing is sent until you press Send")
    assert always.is_visible()
    assert not folded.is_visible()
    page.locator(".app-title summary").focus()
    page.keyboard.press("Enter")
    assert folded.is_visible()
    assert folded.evaluate("line => line.scrollWidth <= line.clientWidth")
    page.keyboard.press("Enter")
    page.emulate_media(media="print")
    assert folded.is_visible()


def test_a_page_with_a_fold_for_all_its_english_has_no_second_one_in_the_note(browse: Browse) -> None:
    page = browse("/ur/report", javascript=False)
    assert not page.locator(".app-all-english").is_visible()
    page.goto(page.url.replace("/report", "/privacy"))
    line = page.locator(".app-beneath").first
    assert line.evaluate("line => getComputedStyle(line).whiteSpace") == "nowrap"
    page.locator(".app-all-english summary").click()
    assert line.evaluate("line => getComputedStyle(line).whiteSpace") == "normal"


def _publish_quarters(db: Session) -> None:
    """As many as the page shows at once, most with no number: the words for that are the longest."""
    span, found = last_quarter(last_month()), report_figures()
    names = (each.name for each in fields(Held))
    events = dict.fromkeys(names, 40) | {"planned": 40, "attendance": 1545}
    for number in range(MOST_QUARTERS):
        document = activity_document(span, found)
        publish_quarter(db, document | {"events": events} if number == 0 else document, "Amina K.")
        span = span.before


@pytest.mark.dear
@pytest.mark.parametrize("prefix", ["", "/ur", "/pl", "/ro", "/large", "/large/pl"])
def test_no_table_of_the_public_pages_tears_a_heading_or_runs_off_the_page(
    app: Flask, browse: Browse, prefix: str
) -> None:
    with app.app_context(), transaction() as db:
        waves.publish_figures(db)
        _publish_quarters(db)
    page = browse(f"{prefix}/cohesion", javascript=False)
    for path in ("cohesion", "privacy", "cookies"):
        page.goto(f"{page.url.rpartition('/')[0]}/{path}")
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.locator("table").count() >= (2 if path == "cohesion" else 1)
        for width in (320, 390, 580, 640, 800, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert broken_headings(page, (width,)) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate(
                "[...document.querySelectorAll('table')].every(table => table.offsetWidth <= table.parentElement.clientWidth)"
            )


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from(i18n.LANGUAGES))
def test_a_day_its_month_and_its_year_stay_on_one_line(day: date, language: i18n.Language) -> None:
    patterns = (language.day_pattern, f"{language.day_pattern} y", "d MMMM y", "EEE d MMM y", "MMMM y")
    for pattern in patterns:
        said = i18n.together(i18n.format_date(day, pattern, locale=language.locale))
        after_the_weekday = said.split(" ", 1)[-1] if pattern.startswith("E") else said
        assert " " not in after_the_weekday


@pytest.mark.parametrize("language", i18n.LANGUAGES, ids=lambda language: language.code)
def test_a_short_day_stays_on_one_line(app: Flask, language: i18n.Language) -> None:
    with app.test_request_context(environ_overrides={"portal.language": language.code}):
        for day in (date(2020, 1, 1), today(), date(2031, 11, 30)):
            assert " " not in i18n.short_day(day)


def test_only_in_a_line_from_right_to_left_a_name_is_set_apart(app: Flask) -> None:
    with app.test_request_context(environ_overrides={"portal.language": "ur"}):
        assert i18n.isolated("Amina K.") == "\u2068Amina K.\u2069"
    with app.test_request_context(environ_overrides={"portal.language": "en"}):
        assert i18n.isolated("Amina K.") == "Amina K."


def test_numbers_between_spaces_stay_together_and_keep_their_order_in_a_line_from_right_to_left() -> None:
    assert i18n.together("Like 17 11 2026 or 3 of 4.") == "Like 17 \u206011 \u20602026 or 3\u00a0of 4."


@pytest.mark.parametrize("prefix", ["", "/ur"])
def test_the_example_of_a_date_stands_on_one_line_and_one_group_of_boxes_at_a_time(
    at_check: AtCheck, prefix: str
) -> None:
    """Without a script: no boxes of days, then those of the choice alone."""
    page = at_check(STREET, prefix, viewport={"width": 320, "height": 640})
    page.locator("a[href*='/report/5']").first.click()
    boxes = {name: page.locator(f"[data-reveal=when-{name}]") for name in ("exact", "between")}
    page.locator("#when-today").check()
    assert not any(each.is_visible() for each in boxes.values())
    for name, other in (("exact", "between"), ("between", "exact")):
        page.locator(f"#when-{name}").check()
        assert boxes[name].is_visible()
        assert not boxes[other].is_visible()
        assert broken_dates(page) == []
