"""Someone looks for help on a phone: nothing to scroll past, no script, by keyboard, in a language from right to left, on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from portal.db import today, transaction
from portal.partnership.file import EXAMPLE, load
from portal.partnership.help_lines import TOPICS
from portal.reporting.storing import TEAMS
from portal.server import health
from portal.vault import keyholders
from portal.vault.keyholders import Mode
from tests.support.browsers import PHONE, Browse
from tests.support.surveying import open_survey

pytestmark = pytest.mark.same_on_both

NARROW = {"viewport": {"width": 320, "height": 568}}
PAGES = ["/", "/help", "/priorities", "/priorities/V4"]


def height(page: Page) -> float:
    """Of the whole page without the banner of a demonstration, which residents never see."""
    whole, banner = page.locator("html").bounding_box(), page.locator(".app-demonstration").bounding_box()
    assert whole
    assert banner
    return whole["height"] - banner["height"]


@pytest.mark.parametrize("prefix", ["", "/ur"])
def test_the_help_page_is_short_before_anything_is_opened_and_begins_with_999(browse: Browse, prefix: str) -> None:
    page = browse(f"{prefix}/help", javascript=False)
    assert height(page) < 3000
    call = page.locator("#emergency .app-call").bounding_box()
    assert call
    assert call["y"] + call["height"] <= PHONE["viewport"]["height"]
    assert page.locator(".app-fold[open]").count() == 0


def test_a_group_opens_by_keyboard_alone_without_a_script_and_leaves_the_address_alone(browse: Browse) -> None:
    page = browse("/ur/help", javascript=False)
    number = page.locator("#home a[href='tel:08082000247']")
    assert not number.is_visible()
    before = page.url
    page.locator("#home summary").focus()
    page.keyboard.press("Enter")
    assert number.is_visible()
    assert page.url == before
    assert page.locator(".app-fold[open]").count() == 1


def test_the_english_of_what_to_do_in_danger_unfolds_and_that_of_calling_999_always_stands(browse: Browse) -> None:
    page = browse("/ur/help", javascript=False)
    assert page.get_by_text("Call 999 now if someone is hurt").is_visible()
    assert not page.get_by_text("press 55").is_visible()
    page.locator("#emergency summary").click()
    assert page.get_by_text("press 55").is_visible()
    assert page.get_by_text("First text the word REGISTER").is_visible()
    assert browse("/help", javascript=False).locator(".app-english").count() == 0


def test_on_paper_every_group_and_all_the_english_is_open(browse: Browse) -> None:
    page = browse("/ur/help", javascript=False)
    page.emulate_media(media="print")
    for topic in (*TOPICS, "names"):
        assert page.locator(f"#{topic} a[href^='tel:']").first.is_visible(), topic
    assert page.get_by_text("press 55").is_visible()


@pytest.mark.dear
@pytest.mark.parametrize("prefix", [pytest.param("", marks=pytest.mark.long), "/ur"])
def test_on_the_narrowest_phone_and_at_200_per_cent_nothing_is_cut_off(browse: Browse, prefix: str) -> None:
    for path in PAGES:
        page = browse(f"{prefix}{path}", **NARROW)
        for text_size in ("100%", "200%"):
            page.evaluate("size => { document.documentElement.style.fontSize = size }", text_size)
            page.evaluate("document.querySelectorAll('main details').forEach(details => details.open = true)")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= NARROW["viewport"]["width"], f"{path} at {text_size} is {wide} wide"


@pytest.mark.parametrize(("phone", "rows"), [(True, 2), (False, 1)])
def test_the_tiles_of_the_home_page_stand_in_even_rows(browse: Browse, phone: bool, rows: int) -> None:
    page = browse("/ur/", phone=phone, javascript=False)
    boxes = [tile.bounding_box() for tile in page.locator(".app-doors--tiles > .app-door").all()]
    tops = [round(box["y"]) for box in boxes if box]
    assert len(tops) == 4
    assert sorted(tops.count(top) for top in set(tops)) == [4 // rows] * rows


def test_both_report_doors_and_the_first_survey_stand_on_the_first_screen(browse: Browse, app: Flask) -> None:
    open_survey(app)
    page = browse("/", javascript=False)
    door, banner = page.locator(".app-door").nth(2).bounding_box(), page.locator(".app-demonstration").bounding_box()
    assert door
    assert banner
    assert page.locator(".app-door").nth(2).inner_text().startswith("Answer the survey")
    assert door["y"] + door["height"] - banner["height"] <= PHONE["viewport"]["height"]


@pytest.fixture
def live_app(make_app: Callable[..., Flask], tmp_path: Path) -> Callable[[str], Flask]:
    """A live installation with this partnership file."""

    def start(text: str) -> Flask:
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / "partnership.toml").write_text(text, encoding="utf-8")
        app = make_app()
        with app.app_context(), transaction() as db:
            keyholders.create_vault(db, Mode.LIVE, TEAMS)
        return app

    return start


def test_a_live_installation_without_a_checked_line_is_not_well(live_app: Callable[[str], Flask]) -> None:
    with live_app(EXAMPLE.read_text(encoding="utf-8")).app_context():
        assert any("No help line is shown to residents" in problem for problem in health.problems())
        asked = health.problems(live=True)
    assert any(problem.startswith("Set card_address in partnership.toml") for problem in asked)
    assert any(problem.startswith("Not yet written for V1, V2") for problem in asked)


def test_a_live_installation_whose_lines_are_all_checked_is_well(live_app: Callable[[str], Flask]) -> None:
    checked = f'verified_on = {today()}\nverified_by = "A. Khan"'
    text = EXAMPLE.read_text(encoding="utf-8").replace('verified_on = ""\nverified_by = ""', checked)
    text = text.replace('second_look_by = "supervisor"', 'second_look_by = "officer"')  # nobody is hired yet
    with live_app(text).app_context():
        assert health.problems() == []


def test_a_demonstration_is_well_without_a_checked_line(app: Flask) -> None:
    with app.app_context():
        assert health.problems() == []
        assert any("No help line is shown" in problem for problem in health.problems(live=True))


def test_no_line_of_the_example_is_said_to_be_checked() -> None:
    assert all(line.check and not line.verified_on for line in load(EXAMPLE).help_lines)
