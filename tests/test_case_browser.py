"""A case as officers see it in a browser: on a phone, by keyboard, without a script, and on paper."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select, update

from portal.db import session, today, transaction
from portal.reporting.models import Report
from portal.staff.models import StaffMember
from tests.support.browsers import Browse
from tests.support.people import Officer, Resident
from tests.support.sending import WITH_CONTACT, send_report

URDU = "کل رات انہوں نے پھر ہمارے دروازے پر لکھا۔ میرے بچے باہر جانے سے ڈرتے ہیں۔ "


@pytest.fixture
def at(app: Flask, resident: Resident, officer: Officer) -> str:
    """The page of a report in Urdu that has everything on it: contact, consent, a message, notes, tasks."""
    send_report(resident, kind="hate", narrative=URDU * 20, more=WITH_CONTACT)
    with app.app_context():
        at = f"/staff/reports/{session.scalars(select(Report.id)).one()}"
        me = session.scalars(select(StaffMember.id)).one().hex
        with transaction() as db:
            db.execute(update(Report).values(language="ur"))
    officer.get(at)
    officer.get(re.findall(r'href="([^"]*/translate/[^"]*)"', officer.page)[0])
    officer.post(officer.path, language="en", translation="They wrote on our door again. " * 20)
    officer.get(at)
    officer.post(at, message="Do you have a photo of the door?")
    for path, fields in (
        ("notes", {"note": "The landlord has a camera."}),
        ("tasks", {"task": "Ask for the pictures", "task_owner": me, "task_due": str(today())}),
        ("tasks", {"task": "Ask for the pictures", "task_owner": me, "task_due": str(today() + timedelta(5))}),
        ("owner", {"take": "1"}),
    ):
        officer.get(at)
        assert officer.post(f"{at}/{path}", fields).status_code == 303
    return at


def open_as(browse: Browse, officer: Officer, path: str, **how: Any) -> Page:
    """A browser in which this officer has signed in and unlocked."""
    cookie = officer.client.get_cookie("work")
    assert cookie
    page = browse("/staff/sign-in", **how)
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "work", "value": cookie.value, "domain": "127.0.0.1", "path": "/"}])
    page.goto(page.url.removesuffix("/staff/sign-in") + path)
    return page


def test_state_owner_consent_and_clock_are_on_the_first_screen_of_a_phone(
    browse: Browse, officer: Officer, at: str
) -> None:
    page = open_as(browse, officer, at)
    for words in ("Being looked at", "Sam", "Thames Valley Police", "Next promise"):
        box = page.locator(".app-case-facts").get_by_text(words).first.bounding_box()
        assert box
        assert box["y"] + box["height"] < 844, words
    facts, told = page.locator("#facts").bounding_box(), page.locator("#what").bounding_box()
    assert facts
    assert told
    assert facts["y"] < told["y"]


@pytest.mark.dear
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("prefix", ["", "/ur"])
def test_no_page_of_a_case_is_wider_than_the_screen(
    browse: Browse, officer: Officer, at: str, width: int, prefix: str
) -> None:
    page = open_as(browse, officer, prefix + at, viewport={"width": width, "height": 800})
    for path in (at, "/staff/tasks", f"{at}/print"):
        page.goto(re.sub(r"(//[^/]*)/.*", rf"\1{prefix}{path}", page.url))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_headings_make_sense_one_after_the_other_and_every_jump_has_its_place(
    browse: Browse, officer: Officer, at: str
) -> None:
    page = open_as(browse, officer, at, phone=False)
    headings = page.locator("main h1, main h2").all_inner_texts()
    wanted = ["Hate incident, Fishermead", "What needs doing now", "Before you contact this person", "What happened",
              "Answers", "Messages", "Internal notes", "Timeline", "Do next", "Owner", "Tasks"]  # fmt: skip
    assert [heading for heading in headings if heading in wanted] == wanted
    levels = page.locator("main :is(h1,h2,h3)").evaluate_all("all => all.map(each => Number(each.tagName[1]))")
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = page.locator("[id]").evaluate_all("all => all.map(each => each.id)")
    for href in page.locator('.app-jumps a[href^="#"], .app-now a, .app-timeline a').evaluate_all(
        "all => all.map(each => each.getAttribute('href'))"
    ):
        assert href.removeprefix("#") in ids, href


def test_a_note_is_written_by_keyboard_alone_and_without_a_script(browse: Browse, officer: Officer, at: str) -> None:
    page = open_as(browse, officer, at, phone=False, javascript=False)
    page.locator(".app-jumps a", has_text="Notes").focus()
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "note":
            break
    page.keyboard.type("Written with the keyboard.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(".app-notes", has_text="Written with the keyboard.").wait_for()
    assert page.url.endswith("#notes")


@pytest.mark.dear
def test_a_colleague_takes_over_while_words_are_typed_and_nothing_typed_is_lost(
    browse: Browse, officer: Officer, at: str, hire: Any
) -> None:
    amina = hire("amina")
    amina.sign_in()
    amina.unlock()
    page = open_as(browse, amina, at)
    page.locator("#message").fill("I shall come on Monday.")
    officer.get(at)
    officer.post(at, message="I come today.")
    page.locator("form", has=page.locator("#message")).get_by_role("button", name="Send").click()
    page.locator(".govuk-error-summary").wait_for()
    assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
    assert page.locator("#message").input_value() == "I shall come on Monday."
    page.get_by_role("link", name="Sam answered.").click()
    assert page.evaluate("location.hash").startswith("#m-")
    page.locator("form", has=page.locator("#message")).get_by_role("button", name="Send").click()
    page.locator(".app-message", has_text="I shall come on Monday.").wait_for()


def test_on_paper_stand_facts_on_the_first_page_then_the_words_and_nothing_to_press(
    browse: Browse, officer: Officer, at: str
) -> None:
    page = open_as(browse, officer, f"{at}/print", phone=False, viewport={"width": 718, "height": 1047})
    page.emulate_media(media="print")
    assert page.get_by_role("button").count() == 0
    assert page.locator("main a:visible, header:visible, footer:visible nav").count() == 0
    assert page.locator(".app-paper__mark:visible").all_inner_texts()[0] == "OFFICIAL-SENSITIVE"
    key, value = (page.locator(f".app-paper {part}").first.bounding_box() for part in ("dt", "dd"))
    assert key
    assert value
    assert (key["y"], key["x"]) < (value["y"] + 1, value["x"])
    words = page.locator(".app-paper__page").bounding_box()
    assert words
    assert words["y"] < 1047, "the facts have room on one page of A4"
    assert page.locator(".app-paper__page").evaluate("each => getComputedStyle(each).breakBefore") == "page"
    pdf = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "10mm"))
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert pages == 2  # the facts, then the translation, the original in Urdu and the message
