"""A survey manager runs a survey from a file on their desk to the archive, in Chromium, without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import FilePayload, Page, expect

from portal.db import session, today
from portal.staff.models import Role
from portal.surveys import waves
from tests.support.asking import answer
from tests.support.browsers import Browse
from tests.support.people import Officer
from tests.support.walking import Walk
from tests.test_console import GAPS, NEW

pytestmark = pytest.mark.same_on_both


def choose(page: Page, text: str) -> None:
    page.locator("#definition").set_input_files(
        FilePayload(name="pulse.toml", mimeType="text/plain", buffer=text.encode())
    )


def no_sideways_scroll(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


@pytest.mark.dear
@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
def test_a_manager_uploads_mends_tries_publishes_asks_closes_and_archives(
    app: Flask, hire: Callable[..., Officer], browse: Browse, survey_file: Path, phone: bool
) -> None:
    account = hire("mo", teams=(), roles=(Role.SURVEY_MANAGER,))
    page = browse("/staff/sign-in", phone=phone, javascript=False)
    walk = Walk(page, app)
    for name, value in (("name", account.name), ("password", account.password), ("code", account.next_code())):
        page.locator(f"#{name}").fill(value)
    walk.press("Sign in").at("/staff/surveys").go("Upload a definition").at("/staff/survey-upload")

    choose(page, GAPS.replace("minutes = 2", "minutes = 99"))
    walk.press("Upload and check").see("There is a problem", "Nothing was kept.")
    walk.see_words("minutes", "must be a whole number of minutes from 1 to 60.", "Line 5")
    no_sideways_scroll(page)
    choose(page, GAPS)
    walk.press("Upload and check").see("Preview before publishing", "Do people get on well together?")
    no_sideways_scroll(page)

    walk.go("Its languages side by side").see("Languages side by side")
    walk.go("Polski").go("Missing only").see_words("Noise", "Male").not_see("Litter")
    no_sideways_scroll(page)
    for _ in range(3):
        page.go_back()
    walk.press("Publish this version").see("Tick each language that may have gaps, or fill its gaps first.")
    page.get_by_label("Polski: publish with 2 gaps").check()
    walk.press("Publish this version").at(f"/staff/surveys/{NEW}").see("Nobody has been asked yet.")

    walk.go("Open a wave")
    page.locator("#opens_on").fill(str(today()))
    page.locator("#closes_on").fill(str(today() + timedelta(days=5)))
    page.get_by_label("Open link").check()
    walk.press("Open the wave").see("Taking answers", "None yet. Say how many answers you want, and of whom.")
    walk.go("Set targets")
    page.get_by_label("Answers in all").fill("forty")
    walk.press("Keep these targets").see("Write a whole number of answers up to 1,000,000, or leave it empty.")
    page.get_by_label("Answers in all").fill("40")
    page.get_by_text("What is your sex?").click()
    page.get_by_label("Female").fill("20")
    no_sideways_scroll(page)
    walk.press("Keep these targets").see_words("40 wanted")

    with app.app_context():
        wave_id = waves.waves_of(NEW)[0].id
        session.close()
    answer(app, wave_id, times=30)
    page.reload()
    walk.see_words("30 of 40 · 75%")
    page.get_by_text("What is your sex?").click()
    expect(page.get_by_text("what there is cannot be shown yet")).to_be_visible()
    no_sideways_scroll(page)
    walk.go("Close this wave").press("Close the wave for good").see("Ended").see_words(
        "30 of 40 · 75%", "30 of 20 · 100%"
    )

    page.goto(page.url.split("/waves/")[0] + f"/surveys/{NEW}")
    walk.press("Put it into the archive").see("This survey is in the archive.")
    walk.go("All surveys").not_see("Ward pulse 2027")
    walk.go("Archived").see_words("Ward pulse 2027")
    no_sideways_scroll(page)
