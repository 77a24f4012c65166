"""Grids, rankings and points as people answer them: by thumb on a phone, by keyboard at a desk, from either side."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from portal.db import session
from portal.surveys.answers import coded_answers
from portal.surveys.models import Wave
from tests.support.browsers import Browse
from tests.support.surveying import QUESTIONNAIRES, open_survey
from tests.support.walking import Walk

Axe = Callable[[Page], list[str]]
ASKED = {"grid": "#answer_clean-agree", "ranking": ".app-ranking__add", "points": "#answer_safe-0"}
# At 1280 pixels and twice the size a desk has the room of a phone that lies on its side.
TWICE_AS_LARGE: dict[str, Any] = {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}


def begin(app: Flask, page: Page, kind: str, language: str = "en") -> Walk:
    prefix = "" if language == "en" else f"/{language}"
    page.goto(f"{page.url.split('/surveys')[0].removesuffix(prefix)}{prefix}/surveys/{kind}")
    walk = Walk(page, app, language).press("Start the survey").at(f"/surveys/{kind}/1")
    page.locator(ASKED[kind]).first.wait_for()
    return walk


def send(walk: Walk, kind: str) -> None:
    walk.press("Continue").at(f"/surveys/{kind}/send").press("Send my answers").at(f"/surveys/{kind}/thanks")


def places(page: Page, *selectors: str) -> list[tuple[int, int]]:
    boxes = [page.locator(selector).bounding_box() for selector in selectors]
    return [(round(box["x"]), round(box["y"])) for box in boxes if box]


@pytest.mark.dear
@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "ur"])
def test_a_grid_a_ranking_and_points_are_answered(
    app: Flask, browse: Browse, axe: Axe, phone: bool, language: str
) -> None:
    waves = {kind: open_survey(app, QUESTIONNAIRES / "types" / f"{kind}.toml") for kind in ASKED}
    page = browse("/surveys", phone=phone)

    walk = begin(app, page, "grid", language)
    first, last, next_row = places(page, "#answer_clean-agree", "#answer_clean-dont_know", "#answer_calm-agree")
    if phone:
        assert first[0] == last[0]
        assert first[1] < last[1] < next_row[1]
    else:
        assert first[1] == last[1] < next_row[1]
        assert (first[0] < last[0]) is (language == "en")
    page.locator("#answer_clean-agree").check()
    page.locator("#answer_kind-disagree").check()
    wrong = axe(page)
    send(walk, "grid")

    walk = begin(app, page, "points", language)
    lowest, highest = places(page, "#answer_safe-0", "#answer_safe-10")
    if phone:
        assert lowest[0] == highest[0]
        assert lowest[1] < highest[1]
    else:
        assert lowest[1] == highest[1]
        assert (lowest[0] < highest[0]) is (language == "en")
    page.locator("#answer_safe-10").check()
    wrong += axe(page)
    send(walk, "points")

    walk = begin(app, page, "ranking", language)
    page.locator("[value='add youth']").click()
    page.locator("[value='add bins']").click()
    expect(page.locator("[value='add lights']")).to_be_hidden()
    page.locator("[value='out youth']").click()
    expect(page.locator("ul.app-ranking li")).to_have_count(3)
    expect(page.locator("ul.app-ranking li").last).to_have_attribute("data-code", "youth")
    page.locator("[value='add youth']").click()
    page.locator("[value='up youth']").click()
    page.locator("[value='down youth']").click()
    expect(page.locator("[name=answer_first]").first).to_have_value("bins")
    expect(page.locator(":focus")).to_have_attribute("data-code", "youth")
    expect(page.locator("ol.app-ranking .app-ranking__place")).to_have_text(["1", "2"])
    expect(page.locator("[value='up bins'], [value='down youth']").first).to_be_hidden()
    assert page.url.endswith("/surveys/ranking/1"), "with script no press leaves the page"
    wrong += axe(page)
    send(walk, "ranking")

    assert not wrong, "\n".join(wrong)
    with app.app_context():
        kept = {kind: coded_answers(session.get_one(Wave, wave)).values for kind, wave in waves.items()}
        assert (kept["grid"]["clean"], kept["grid"]["calm"], kept["grid"]["kind"]) == (["agree"], [None], ["disagree"])
        assert kept["points"]["safe"] == [10]
        assert kept["ranking"]["first"] == [("bins", "youth")]


def test_each_answer_of_a_grid_is_read_out_with_its_statement(app: Flask, browse: Browse) -> None:
    open_survey(app, QUESTIONNAIRES / "types" / "grid.toml")
    page = browse("/surveys", phone=False)
    begin(app, page, "grid")
    group = page.get_by_role("group", name="How far do you agree?")
    row = group.get_by_role("radiogroup", name="My street is calm at night.")
    expect(row.get_by_role("radio")).to_have_count(4)
    row.get_by_role("radio", name="Neither agree nor disagree", exact=True).check()
    expect(page.locator("#answer_calm-neither")).to_be_checked()
    expect(page.locator(".app-grid__head")).to_have_attribute("aria-hidden", "true")


def test_a_grid_at_twice_the_size_is_one_statement_below_the_other(app: Flask, browse: Browse) -> None:
    open_survey(app, QUESTIONNAIRES / "types" / "grid.toml")
    page = browse("/surveys", phone=False, **TWICE_AS_LARGE)
    begin(app, page, "grid")
    first, last = places(page, "#answer_clean-agree", "#answer_clean-dont_know")
    assert first[0] == last[0]
    expect(page.locator(".app-grid__said").first).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


@pytest.mark.dear
def test_a_ranking_is_made_by_keyboard_and_without_script(app: Flask, browse: Browse) -> None:
    wave = open_survey(app, QUESTIONNAIRES / "types" / "ranking.toml")
    page = browse("/surveys", phone=False, javascript=False)
    begin(app, page, "ranking")
    page.locator("[value='add patrols']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("#answer_first-1$"))
    assert "patrols" not in page.url
    page.locator("[value='add lights']").focus()
    page.keyboard.press("Space")
    page.wait_for_url(re.compile("#answer_first-2$"))
    # From what was just moved the next key press reaches its own buttons.
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("value", "up lights")
    page.keyboard.press("Enter")
    expect(page.locator("[name=answer_first]").first).to_have_value("lights")
    assert page.url.endswith("#answer_first-1")
    page.get_by_role("button", name="Take out More patrols in the evening").click()
    page.get_by_role("button", name="Put next: Empty the bins more often").click()
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_role("button", name="Send my answers").click()
    expect(page.locator("h1")).to_contain_text("Thank you")
    with app.app_context():
        assert coded_answers(session.get_one(Wave, wave)).values["first"] == [("lights", "bins")]
