"""The MARAC in a browser: from a referral, over a meeting and its minutes, to an action that is done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask_babel import force_locale, gettext
from playwright.sync_api import Page

from portal.db import today, transaction
from portal.partnership.file import current_partnership
from portal.vault import meetings
from tests.support.browsers import AXE, AXE_RULES, AXE_RUN, Browse
from tests.support.people import Officer
from tests.support.referring import open_agency
from tests.support.walking import follow
from tests.test_case_browser import open_as


def press(page: Page, words: str) -> None:
    follow(page.get_by_role("button", name=words, exact=True))


def is_sound(page: Page) -> None:
    """Axe finds nothing, and nothing is wider than the screen."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(AXE_RUN, AXE_RULES) == [], page.url
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


@pytest.mark.dear
@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "ur"])
def test_a_case_goes_from_its_referral_to_an_action_that_is_done(
    app: Flask, browse: Browse, hire: Callable[..., Officer], language: str
) -> None:
    at = "" if language == "en" else f"/{language}"
    with app.app_context(), transaction() as db:
        meetings.ensure_record_team(db)
        marac = current_partnership().marac
        criterion = next(one.words for one in marac.criteria if one.code == "high").in_(language)
        low, high = (
            next(one.words for one in marac.scale if one.code == code).in_(language) for code in ("low", "high")
        )
        police = next(one.name for one in current_partnership().agencies if one.code == "police").in_(language)

    def say(words: str) -> str:
        with app.test_request_context(at or "/"), force_locale(language):
            return gettext(words)

    cora = hire("cora", teams=("hate_team", "asb_team", meetings.RECORD_TEAM))
    cora.come_to_work()
    hire("polly")
    landlord = open_agency(app, hire)
    page = open_as(browse, cora, f"{at}/staff/marac/refer", bypass_csp=True)
    is_sound(page)
    page.get_by_label(say("What do you call this case?")).fill("Case A")
    page.get_by_label(criterion).check()
    page.get_by_label(say("Why does it need the MARAC?")).fill("He is followed home each week.")
    page.get_by_label(high, exact=True).check()
    page.get_by_label(say("Yes, they agreed")).check()
    press(page, say("Refer it"))
    is_sound(page)
    page.get_by_role("link", name=say("Plan a meeting")).click()
    page.get_by_label(say("On which day?")).fill(str(today()))
    page.get_by_label(say("Who is in the chair?")).select_option(label="Cora")
    press(page, say("Plan it"))
    for person, agency in (("At-Landlord", say("The partnership")), ("Polly", police)):
        options = page.get_by_label(say("Who comes to the table?"))
        value = options.locator("option", has_text=person).get_attribute("value")
        options.select_option(value)
        page.get_by_label(say("For which agency?")).select_option(label=agency)
        press(page, say("Let them in"))
    meeting = page.url
    page.get_by_role("link", name=say("Cases that wait for a meeting")).click()
    follow(page.get_by_role("link", name="Case A"))
    is_sound(page)
    press(page, say("Put it on the agenda"))
    follow(page.get_by_role("link", name="Case A"))
    item = page.url
    theirs = open_as(browse, landlord, f"{at}/staff/marac", bypass_csp=True)
    theirs.goto(item)
    theirs.get_by_label(say("What does your agency know?")).fill("Three warnings since spring.")
    press(theirs, say("Keep what we know"))
    is_sound(theirs)
    page.reload()
    assert "Three warnings since spring." in page.locator("main").inner_text()
    page.get_by_label(say("What was said and decided")).fill("The landlord visits.")
    page.get_by_label(say("Risk after the meeting")).select_option(label=low)
    press(page, say("Keep the minutes"))
    page.get_by_label(say("What is to be done?")).fill("Visit on Monday.")
    page.get_by_label(say("Who does it?")).select_option(label="At-Landlord")
    page.get_by_label(say("By which day?")).fill(str(today()))
    press(page, say("Add the action"))
    is_sound(page)
    page.goto(meeting)
    for name in ("Cora", "Polly", "At-Landlord"):
        page.get_by_label(name, exact=True).check()
    press(page, say("Keep who was there"))
    press(page, say("Agree the minutes"))
    sentence = say(
        "The minutes were agreed on %(day)s. The key of this meeting is deleted: only the coordinators still open what was said, for the record."
    )
    page.get_by_text(sentence.partition("%(day)s")[2].strip()).wait_for()
    is_sound(page)
    theirs.goto(item)
    assert "Three warnings" not in theirs.locator("main").inner_text()
    theirs.goto(meeting.split("/staff/")[0] + "/staff/marac")
    follow(theirs.get_by_role("link", name="Visit on Monday."))
    theirs.get_by_label(say("In a few words")).fill("He listened.")
    is_sound(theirs)
    press(theirs, say("It is done"))
    page.goto(item)
    follow(page.get_by_role("link", name="Visit on Monday."))
    assert "He listened." in page.locator("main").inner_text()
    is_sound(page)
