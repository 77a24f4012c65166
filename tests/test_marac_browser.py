"""The MARAC in a browser: from a referral, over a meeting and its minutes, to an action that is done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from portal.db import today, transaction
from portal.vault import meetings
from tests.support.browsers import AXE, AXE_RULES, AXE_RUN, Browse
from tests.support.people import Officer
from tests.support.referring import open_agency
from tests.test_case_browser import open_as


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def is_sound(page: Page) -> None:
    """Axe finds nothing, and nothing is wider than the screen."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(AXE_RUN, AXE_RULES) == [], page.url
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


@pytest.mark.dear
def test_a_case_goes_from_its_referral_to_an_action_that_is_done(
    app: Flask, browse: Browse, hire: Callable[..., Officer]
) -> None:
    with app.app_context(), transaction() as db:
        meetings.ensure_record_team(db)
    cora = hire("cora", teams=("hate_team", "asb_team", meetings.RECORD_TEAM))
    cora.come_to_work()
    hire("polly")
    landlord = open_agency(app, hire)
    page = open_as(browse, cora, "/staff/marac/refer", bypass_csp=True)
    is_sound(page)
    page.get_by_label("What do you call this case?").fill("Case A")
    page.get_by_label("The risk assessment is high").check()
    page.get_by_label("Why does it need the MARAC?").fill("He is followed home each week.")
    page.get_by_label("High", exact=True).check()
    page.get_by_label("Yes, they agreed").check()
    press(page, "Refer it")
    is_sound(page)
    page.get_by_role("link", name="Plan a meeting").click()
    page.get_by_label("On which day?").fill(str(today()))
    page.get_by_label("Who is in the chair?").select_option(label="Cora")
    press(page, "Plan it")
    for person, agency in (("At-Landlord", "The partnership"), ("Polly", "Thames Valley Police")):
        options = page.get_by_label("Who comes to the table?")
        value = options.locator("option", has_text=person).get_attribute("value")
        options.select_option(value)
        page.get_by_label("For which agency?").select_option(label=agency)
        press(page, "Let them in")
    meeting = page.url
    page.get_by_role("link", name="Cases that wait for a meeting").click()
    page.get_by_role("link", name="Case A").click()
    is_sound(page)
    press(page, "Put it on the agenda")
    page.get_by_role("link", name="Case A").click()
    item = page.url
    theirs = open_as(browse, landlord, "/staff/marac", bypass_csp=True)
    theirs.goto(item)
    theirs.get_by_label("What does your agency know?").fill("Three warnings since spring.")
    press(theirs, "Keep what we know")
    is_sound(theirs)
    page.reload()
    assert "Three warnings since spring." in page.locator("main").inner_text()
    page.get_by_label("What was said and decided").fill("The landlord visits.")
    page.get_by_label("Risk after the meeting").select_option(label="Low")
    press(page, "Keep the minutes")
    page.get_by_label("What is to be done?").fill("Visit on Monday.")
    page.get_by_label("Who does it?").select_option(label="At-Landlord")
    page.get_by_label("By which day?").fill(str(today()))
    press(page, "Add the action")
    is_sound(page)
    page.goto(meeting)
    for name in ("Cora", "Polly", "At-Landlord"):
        page.get_by_label(name, exact=True).check()
    press(page, "Keep who was there")
    press(page, "Agree the minutes")
    page.get_by_text("The key of this meeting is deleted").wait_for()
    is_sound(page)
    theirs.goto(item)
    assert "Three warnings" not in theirs.locator("main").inner_text()
    theirs.goto(meeting.split("/staff/")[0] + "/staff/marac")
    theirs.get_by_role("link", name="Visit on Monday.").click()
    theirs.get_by_label("In a few words").fill("He listened.")
    is_sound(theirs)
    press(theirs, "It is done")
    page.goto(item)
    page.get_by_role("link", name="Visit on Monday.").click()
    assert "He listened." in page.locator("main").inner_text()
    is_sound(page)
