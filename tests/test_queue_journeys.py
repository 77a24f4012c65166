"""Monday morning and a flood of jokes, in Chromium as an officer has them; and the queue's pages are for everyone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from portal.db import session, today
from portal.reporting.models import Report, State
from portal.reporting.references import shown_reference
from portal.staff.models import Role
from tests.support.browsers import Browse
from tests.support.flooding import store_many, usual
from tests.support.people import Officer
from tests.test_bulk import hate_joke, joke


def signed_in(browse: Browse, account: Officer, at: str = "/staff/reports", **how: Any) -> Page:
    """Someone's browser, as far as the page they went to."""
    page = browse(at, **how)
    page.get_by_label("Name").fill(account.name)
    page.get_by_label("Password").fill(account.password)
    page.get_by_label("Code from your authenticator app").fill(account.next_code())
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Vault passphrase").fill(account.passphrase)
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("heading", name=re.compile("^(Reports|Second looks)$"), level=1)).to_be_visible()
    return page


def with_danger(number: int) -> dict[str, Any]:
    return usual(number) | {"risk": {"risk": "yes"}}


@pytest.mark.dear
@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
def test_on_monday_morning_an_officer_sees_what_is_first_takes_it_and_finds_a_case(
    browse: Browse, app: Flask, hire: Callable[..., Officer], phone: bool
) -> None:
    with app.app_context():
        store_many(8, day=today() - timedelta(1))
        (urgent,) = store_many(1, with_danger, day=today())
        reference = shown_reference(session.get_one(Report, urgent).reference)
    page = signed_in(browse, hire("sam"), phone=phone, javascript=False)
    expect(page.get_by_role("link", name="1 with immediate risk")).to_be_visible()
    first = page.locator(".app-queue tbody tr").first
    expect(first).to_contain_text("Immediate risk")
    expect(first).to_contain_text(reference)
    row = first.bounding_box()
    assert row
    assert not phone or row["height"] < 190
    page.get_by_text("Why this order").click()
    expect(page.get_by_text("Immediate risk comes first.")).to_be_visible()
    first.get_by_role("checkbox").check()
    page.get_by_role("button", name="Give ticked to me").click()
    expect(page.get_by_text("1 report is now with Sam.")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Mine")).click()
    expect(page.locator(".app-queue tbody tr")).to_have_count(1)
    page.get_by_label("Reference, or words to look for").fill(reference.replace("-", " ").lower())
    page.get_by_role("button", name="Find").click()
    expect(page).to_have_url(re.compile(f"/staff/reports/{urgent}$"))


def of_both_kinds(number: int) -> dict[str, Any]:
    return hate_joke(number) if number % 3 == 0 else joke(number)


def numbers_in(page: Page, words: str) -> int:
    """How many of them the page says were closed, or wait."""
    found = re.search(rf"(\d+) {words}", page.get_by_role("status").inner_text())
    return int(found[1]) if found else 0


@pytest.mark.dear
@pytest.mark.parametrize("jokes", [300, pytest.param(2000, marks=pytest.mark.long)])
def test_in_a_flood_of_jokes_nothing_is_lost_and_nobody_real_is_closed(
    browse: Browse, app: Flask, hire: Callable[..., Officer], jokes: int
) -> None:
    with app.app_context():
        real = {*store_many(5, day=today(), write_again=False), *store_many(2, with_danger, day=today())}
        store_many(jokes, of_both_kinds, state=State.HELD, day=today(), write_again=False)
        hate = session.scalar(select(func.count()).where(Report.kind == "hate", Report.id.not_in(real))) or 0
    page = signed_in(browse, hire("sam"), phone=False, javascript=False)
    page.set_default_timeout(60_000)
    page.get_by_role("link", name=re.compile("^Held")).click()
    page.get_by_role("link", name="Sort these by alike words").click()
    closed = waiting = 0
    while page.get_by_role("button", name="Read them all").count():
        page.get_by_role("button", name="Read them all").first.click()
        expect(page.get_by_text("haha the whole school").first).to_be_visible()
        page.get_by_role("button", name="Close the ticked ones as jokes").click()
        closed += numbers_in(page, "reports? (is|are) closed")
        waiting += numbers_in(page, "waits? for a second look")
        more = page.get_by_role("link", name="Sort these by alike words")
        if not more.count():
            break
        more.click()
    assert (closed, waiting) == (jokes - hate, hate)
    boss = hire("uma", roles=(Role.SUPERVISOR,))
    page = signed_in(browse, boss, at="/staff/second-looks", phone=False, javascript=False)
    page.set_default_timeout(60_000)
    page.get_by_role("link", name=f"Look at {hate} joke reports together").click()
    while page.get_by_role("button", name="Agree to those ticked").count():
        expect(page.get_by_text("haha the whole school").first).to_be_visible()
        page.get_by_role("button", name="Agree to those ticked").click()
        closed += numbers_in(page, "reports? (is|are) closed")
    with app.app_context():
        left = dict(session.execute(select(Report.state, func.count()).group_by(Report.state)).all())  # type: ignore[arg-type]
        assert closed == left.pop(State.CLOSED) == jokes
        assert left == {State.NEW: len(real)}
        assert set(session.scalars(select(Report.id).where(Report.state == State.NEW))) == real


@pytest.mark.dear
@pytest.mark.parametrize("prefix", [pytest.param("", marks=pytest.mark.long), "/ur"])
def test_the_queues_pages_are_for_everyone(
    browse: Browse, app: Flask, hire: Callable[..., Officer], axe: Callable[[Page], list[str]], prefix: str
) -> None:
    with app.app_context():
        store_many(6)
        store_many(4, of_both_kinds, state=State.HELD, day=today(), write_again=False)
        store_many(1, with_danger, day=today())
    page = signed_in(browse, hire("sam"))
    wrong: list[str] = []

    def look() -> None:
        wrong.extend(f"{page.url}: {each}" for each in axe(page))
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wrong.extend([f"{page.url} is {width} px too wide"] if width > 0 else [])

    def press(button: Locator) -> None:
        # A script sends the form a moment after the press: what is looked at is the page it leads to.
        with page.expect_navigation():
            button.click()

    at = page.url.split("/staff")[0] + prefix
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{at}/staff/reports?kind=asb&sort=due")
    for fold in page.locator("main summary").all():
        fold.click()
    look()
    page.goto(page.url.split("?")[0])
    page.locator("#words").fill("482-9137-B")
    press(page.locator(".app-find button"))
    look()
    page.locator("#words").fill("shouted")
    press(page.locator(".app-find button"))
    look()
    page.goto(f"{at}/staff/reports?view=held")
    page.locator("input[name=all]").check()
    press(page.locator("button[value=give]"))
    look()
    page.goto(f"{at}/staff/alike-words?view=held")
    look()
    press(page.locator("main form button").first)
    look()
    page.locator("#why").fill(" ")
    press(page.locator("main form button").last)
    page.locator(".govuk-error-summary").wait_for()
    look()
    page.locator("#why").fill("Wort" * 100)
    press(page.locator("main form button").last)
    look()
    page = signed_in(browse, hire("uma", roles=(Role.SUPERVISOR,)), at="/staff/second-looks")
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{at}/staff/second-looks")
    look()
    page.goto(f"{at}/staff/second-looks/jokes")
    look()
    press(page.locator("main form button").last)
    look()
    assert not wrong, "\n".join(wrong)
