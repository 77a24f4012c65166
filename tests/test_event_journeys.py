"""The calendar as people use it, in Chromium: a resident's phone, a group without an account, an editor's year, a keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from portal.db import today
from tests.support.announcing import announce, translate
from tests.support.browsers import Browse, at_work
from tests.support.people import Officer

Axe = Callable[[Page], list[str]]
TITLE = "Kite making in the park"


@pytest.mark.dear
@pytest.mark.same_on_both
@pytest.mark.parametrize("prefix", [pytest.param("", marks=pytest.mark.long), "/ur"], ids=["English", "Urdu"])
def test_a_resident_filters_on_a_phone_and_takes_what_is_left_along(
    browse: Browse, editor: Officer, axe: Axe, prefix: str
) -> None:
    wanted = announce(editor, title="Quiet coffee", **{"access-quiet_space": "yes", "priorities": ["V1"]})
    announce(editor, days=4, title="Loud music", cost="£5")
    translate(editor, wanted, "ur", "سکون کی چائے", "آئیے")
    page = browse(f"{prefix}/events")
    page.locator(".app-events__more summary").click()
    page.locator("#above-access-quiet_space").check()
    page.locator(".app-events__more button").click()
    page.wait_for_url("**/events?**access=quiet_space**")
    expect(page.locator(".app-event")).to_have_count(1)
    expect(page.locator(".app-event h3")).to_contain_text("سکون کی چائے" if prefix else "Quiet coffee")
    box = page.locator(".app-event").bounding_box()
    assert box
    # Urdu lines are taller, and the emergency sentence stands there in English as well.
    assert box["y"] < (1200 if prefix else 1000)
    assert not axe(page)
    page.locator('a[href*="/events/subscribe?"]').click()
    follows = page.locator('a[href^="webcal://"]').first.get_attribute("href")
    assert follows
    assert f"{prefix}/events.ics?access=quiet_space" in follows
    assert not axe(page)
    page.locator(".govuk-back-link").click()
    page.locator(".app-event h3 a").click()
    page.wait_for_url(f"**{prefix}/events/{wanted}")
    expect(page.locator('a[href$="/priorities/V1"]').first).to_be_visible()
    assert not axe(page)


def fill_in_kites(page: Page) -> None:
    day = today() + timedelta(days=6)
    for name, value in {
        "group": "Wolverton Kite Friends",
        "title": TITLE,
        "description": "Bring string. We have paper.",
        "day-day": str(day.day),
        "day-month": str(day.month),
        "day-year": str(day.year),
        "starts": "14:00",
        "ends": "16:00",
        "venue": "Fishermead field",
        "organiser": "Kite Friends",
    }.items():
        page.locator(f'[name="{name}"]').fill(value)


@pytest.mark.dear
@pytest.mark.both_databases
def test_a_group_proposes_answers_and_one_date_is_called_off(
    browse: Browse, app: Flask, editor: Officer, axe: Axe
) -> None:
    group = browse("/events/propose", javascript=False)
    fill_in_kites(group)
    group.get_by_text("It lasts longer, or comes again").click()
    group.get_by_label("Does it come again?").select_option("1")
    group.get_by_role("button", name="See what it will look like").click()
    expect(group.get_by_text("There is a problem")).to_be_visible()
    # What was wrong lies in a part that is folded else.
    group.get_by_label("Or how many times?").fill("3")
    group.get_by_role("button", name="See what it will look like").click()
    group.get_by_role("button", name="Send").click()
    expect(group.get_by_text("Your event is sent")).to_be_visible()
    code = "".join(re.findall(r"<span>(\d{4})</span>", group.content()))
    group.goto(group.url.split("/events/")[0] + "/events/propose/back")
    group.get_by_label("Your number").fill(code)
    group.locator("main form button").first.click()
    expect(group.get_by_role("heading", name="Your event")).to_be_visible()

    page = at_work(browse, editor, "/staff/event-proposals", phone=False)
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("textbox").first.fill("Is there a toilet?")
    page.get_by_role("button", name="Ask the group").click()
    expect(page.get_by_text("Is there a toilet?").first).to_be_visible()
    proposal = page.url

    group.reload()
    expect(group.get_by_text("Is there a toilet?")).to_be_visible()
    group.get_by_role("link", name="Change your event").click()
    group.get_by_label("Where? The name of the place").fill("The pavilion")
    group.get_by_role("button", name="See what it will look like").click()
    group.get_by_role("button", name="Send").click()

    page.goto(proposal)
    expect(page.get_by_text("Now: The pavilion")).to_be_visible()
    page.get_by_role("button", name="Accept and publish").click()
    resident = browse("/events")
    resident.get_by_role("link", name=TITLE).click()
    expect(resident.get_by_text("The pavilion").first).to_be_visible()
    event = resident.url

    second = today() + timedelta(days=13)
    page.goto(event.replace("/events/", "/staff/events/") + f"/dates/{second}/cancel")
    page.locator("main form button").click()
    resident.reload()
    resident.locator(f'a[href$="/{second}"]').click()
    expect(resident.get_by_text("It will not take place on")).to_be_visible()
    assert not axe(resident)


@pytest.mark.dear
@pytest.mark.same_on_both
def test_an_editor_plans_the_year(browse: Browse, editor: Officer, axe: Axe) -> None:
    day = today() + timedelta(days=40)
    page = at_work(browse, editor, f"/staff/events/planning/mk-pride/{day.year}", phone=False)
    for name, value in (("day", day.day), ("month", day.month), ("year", day.year)):
        page.locator(f'[name="first-{name}"]').fill(str(value))
    page.get_by_role("button", name="Save").click()
    row = page.locator("tr", has_text="MK Pride").filter(has_text="Confirmed")
    expect(row).to_have_count(1)
    expect(page.get_by_text(re.compile("Nothing planned for ")).first).to_be_visible()
    assert not axe(page)
    row.get_by_role("link", name="Add an event for it").click()
    assert page.locator('[name="day-day"]').input_value() == str(day.day)
    for name, value in (
        ("title", "A stall at Pride"),
        ("description", "Come."),
        ("starts", "10:00"),
        ("ends", "12:00"),
    ):
        page.locator(f'[name="{name}"]').fill(value)
    for name, value in (("venue", "Campbell Park"), ("organiser", "The partnership")):
        page.locator(f'[name="{name}"]').fill(value)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/staff/events/[0-9a-f-]{36}$"))
    page.goto(page.url.rsplit("/", 1)[0] + "/planning")
    expect(row).to_contain_text("A stall at Pride")


@pytest.mark.same_on_both
def test_a_month_can_be_walked_with_the_keyboard_alone(browse: Browse, editor: Officer, axe: Axe) -> None:
    event_id = announce(editor, days=3)
    month = today() + timedelta(days=3)
    page = browse(f"/events/month/{month:%Y-%m}", phone=False)
    assert not axe(page)
    reached = []
    for _press in range(60):
        page.keyboard.press("Tab")
        address = page.evaluate("document.activeElement.getAttribute('href') || ''")
        reached.append(address)
        if address.endswith(f"/events/{event_id}"):
            break
    assert reached[-1].endswith(f"/events/{event_id}")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/events/{event_id}")
