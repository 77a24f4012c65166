"""The bar of the staff pages: short on a phone, one row at a desk, and nothing in it needs a script or a mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from portal.staff.models import Role
from tests.support.browsers import DESK, Browse
from tests.support.people import Officer
from tests.test_case_browser import open_as

BEHIND = ["Case reviews", "Reports in numbers", "Who reports", "Unsafe places", "Did it help?", "MARAC", "Legal holds"]


def bar_height(page: Page) -> float:
    box = page.locator(".app-bar").bounding_box()
    assert box
    return box["height"]


@pytest.mark.same_on_both
def test_an_officers_bar_is_one_row_at_a_desk_and_short_on_a_phone(browse: Browse, officer: Officer) -> None:
    assert bar_height(open_as(browse, officer, "/staff/tasks", phone=False, javascript=False, **DESK)) <= 64
    page = open_as(browse, officer, "/staff/tasks", javascript=False)
    assert bar_height(page) <= 200
    assert [link.inner_text() for link in page.locator(".app-bar [aria-current=page]").all()] == ["My tasks"]


@pytest.mark.same_on_both
def test_figures_open_from_the_bar_by_keyboard_without_a_script(browse: Browse, officer: Officer) -> None:
    page = open_as(browse, officer, "/staff/reports", phone=False, javascript=False)
    more = page.locator(".app-bar__more")
    assert not more.get_by_text("Who reports").is_visible()
    more.locator("summary").focus()
    page.keyboard.press("Enter")
    assert more.locator("a").all_inner_texts() == BEHIND
    for _ in range(1 + BEHIND.index("Who reports")):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/equality")
    assert more.locator("[aria-current=page]").text_content() == "Who reports"


@pytest.mark.same_on_both
def test_the_open_bar_fits_a_small_phone_and_breaks_no_rule_of_accessibility(
    browse: Browse, officer: Officer, axe: Callable[[Page], list[str]]
) -> None:
    page = open_as(browse, officer, "/staff/verdicts", viewport={"width": 320, "height": 640})
    page.locator(".app-bar__more summary").tap()
    assert page.locator(".app-bar__more a").all_inner_texts() == BEHIND
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert not axe(page)


@pytest.mark.same_on_both
def test_with_few_pages_none_is_hidden(hire: Callable[..., Any]) -> None:
    ana = hire("ana", roles=(Role.ANALYST,))
    ana.sign_in()
    ana.get("/staff/equality")
    assert "app-bar__more" not in ana.page
    ana.see(*BEHIND[1:-2])
