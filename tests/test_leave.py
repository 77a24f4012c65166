"""Leaving in a hurry: one press, three presses of Shift, or a plain form; the browser is elsewhere and nothing is left behind."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import func, select, update

from portal.db import session, transaction, utcnow
from portal.flock import exclusive
from portal.vault.drafts import Purpose, SealedDraft
from tests.support.browsers import DESK, PHONE
from tests.support.people import Resident
from tests.support.sending import send_report
from tests.support.walking import Walk

SECRET = "He waits at my door every evening."
NEUTRAL = "<!doctype html><title>Weather</title><h1>Sunny spells</h1>"


@pytest.fixture
def neutral_site(app: Flask) -> str:
    site: str = app.extensions["partnership"].exit_url
    assert site == "https://www.bbc.co.uk/weather"
    return site


@pytest.fixture
def asked() -> list[str]:
    """What the browser asked of other sites."""
    return []


@pytest.fixture
def go_online(browser: Browser, live_server: str, asked: list[str]) -> Iterator[Callable[..., Page]]:
    """Open a page in a browser for which the neutral site exists: `go_online("/report", javascript=False)`."""
    contexts: list[BrowserContext] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        assert "referer" not in route.request.headers
        route.fulfill(body=NEUTRAL, content_type="text/html")

    def open_page(path: str, *, javascript: bool = True, phone: bool = False) -> Page:
        context = browser.new_context(java_script_enabled=javascript, **(PHONE if phone else DESK))
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.route(re.compile(f"^(?!{re.escape(live_server)})"), answer)
        page = context.new_page()
        page.goto(live_server + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def drafts(app: Flask) -> int:
    """Those that hold what somebody typed or opened; another browser's right to answer a few questions holds nothing."""
    with app.app_context():
        typed = SealedDraft.purpose != Purpose.EQUALITY
        return session.scalar(select(func.count()).select_from(SealedDraft).where(typed)) or 0


def gone(page: Page, site: str) -> None:
    expect(page).to_have_url(site)
    expect(page.locator("h1")).to_have_text("Sunny spells")


def assert_soon_forgotten(page: Page, app: Flask) -> None:
    """With JavaScript the browser is away first; the server forgets in the moment after, and then so does the cookie."""
    for _ in range(100):
        if not drafts(app) and not held_cookies(page):
            break
        page.wait_for_timeout(50)
    assert (drafts(app), held_cookies(page)) == (0, [])


def held_cookies(page: Page) -> list[str]:
    """Those that could tell anything but that somebody has left."""
    return [cookie["name"] for cookie in page.context.cookies() if (cookie["name"], cookie["value"]) != ("left", "1")]


def empty(page: Page) -> None:
    """One neutral line, and nothing of this website."""
    expect(page.locator("body")).to_have_text("This page is empty. Go on", use_inner_text=True)
    expect(page).to_have_title("Empty page")
    assert page.locator("link[rel=stylesheet], link[rel=icon], script, img, nav, header").count() == 0


def forgotten(page: Page, app: Flask, address: str) -> None:
    """Nothing of it is on the server, in the browser's cookies, or on the page it was typed on."""
    assert_soon_forgotten(page, app)
    come_back_on_purpose(page, address)
    expect(page.locator("h1")).to_have_text("Your report has been cleared")
    assert SECRET not in page.content()


def come_back_on_purpose(page: Page, address: str) -> None:
    page.goto(address)
    empty(page)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".app-brand")).to_be_visible()
    assert page.context.cookies() == []
    page.goto(address)


def half_typed(page: Page, app: Flask) -> str:
    walk = Walk(page, app).begin()
    walk.choose("Hate, because of who someone is").press("Continue").at("/report/files")
    page.locator("textarea").fill(SECRET)
    assert drafts(app) == 1
    return page.url


def press_shift_three_times(page: Page) -> None:
    page.wait_for_load_state()  # keys that come before the script are not counted
    for _ in range(3):
        page.keyboard.press("Shift")


def press_leave(page: Page) -> None:
    page.wait_for_load_state()  # before the script, the button is a plain form: one more step in the history
    page.get_by_role("button", name="Leave this page").click()


@pytest.mark.dear
@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
@pytest.mark.parametrize("leave", [press_leave, press_shift_three_times], ids=["button", "shift"])
def test_one_act_takes_the_browser_elsewhere_and_back_shows_nothing_typed(
    go_online: Callable[..., Page],
    app: Flask,
    neutral_site: str,
    asked: list[str],
    leave: Callable[[Page], None],
    phone: bool,
) -> None:
    page = go_online("/report", phone=phone)
    address = half_typed(page, app)
    before = page.evaluate("history.length")
    leave(page)
    gone(page, neutral_site)
    assert asked == [neutral_site]
    assert page.evaluate("history.length") == before
    # The page that was left has given its place in the history away: Back is the one before it.
    page.go_back()
    assert page.url != address
    empty(page)
    assert SECRET not in page.content()
    forgotten(page, app, address)
    assert not [
        cookie for cookie in page.context.cookies() if cookie["name"].endswith("visit") and len(cookie["value"]) > 200
    ]


def test_without_javascript_the_button_leads_away_and_back_shows_nothing_typed(
    go_online: Callable[..., Page], app: Flask, neutral_site: str, asked: list[str]
) -> None:
    page = go_online("/report", javascript=False)
    address = half_typed(page, app)
    press_leave(page)
    gone(page, neutral_site)
    assert asked == [neutral_site]
    assert drafts(app) == 0
    assert held_cookies(page) == []
    page.go_back()
    empty(page)
    forgotten(page, app, address)


@pytest.mark.dear
@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_back_shows_an_empty_page_however_often_it_is_pressed(
    go_online: Callable[..., Page], app: Flask, neutral_site: str, live_server: str, javascript: bool, phone: bool
) -> None:
    page = go_online("/", javascript=javascript, phone=phone)
    page.goto(f"{live_server}/help")
    page.goto(f"{live_server}/ur/privacy")
    page.goto(f"{live_server}/report")
    half_typed(page, app)
    press_leave(page)
    gone(page, neutral_site)
    visited = []
    while page.go_back() and page.url != "about:blank":
        visited.append(page.url.removeprefix(live_server))
        if "/ur/" not in page.url:
            empty(page)
        assert page.locator("h1, nav, textarea").count() == 0
        assert len(visited) < 20
    assert {"/", "/help", "/ur/privacy", "/report", "/report/1"} <= set(visited)
    for _ in visited:
        page.go_forward()
        assert page.locator("nav, textarea").count() == 0
    page.reload()


def test_a_page_that_the_browser_kept_alive_is_emptied_before_it_is_looked_at(
    go_online: Callable[..., Page], app: Flask
) -> None:
    page = go_online("/help")
    page.context.add_cookies([{"name": "left", "value": "1", "url": page.url}])
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    empty(page)


@pytest.mark.same_on_both
def test_going_on_and_leaving_are_not_another_sites_to_decide(client: FlaskClient) -> None:
    client.post("/leave", headers={"Sec-Fetch-Site": "cross-site"})
    assert client.get_cookie("left") is None
    client.post("/leave")
    assert client.get_cookie("left")
    client.post("/leave", data={"again": "y"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert client.get_cookie("left")
    assert client.get("/ur/help").headers["Cache-Control"] == "no-store"
    assert client.post("/leave", data={"again": "y"}).location == "/"
    assert client.get_cookie("left") is None


PRESSED = "Shift pressed. Press it {} to leave."


@pytest.mark.dear
@pytest.mark.parametrize("between", ["click", "wheel", "composition", "key", "typing", "blur"])
def test_shift_that_belongs_to_something_else_never_leaves(
    go_online: Callable[..., Page], app: Flask, asked: list[str], between: str
) -> None:
    page = go_online("/report")
    half_typed(page, app)
    page.wait_for_load_state()
    box = page.locator("textarea")
    box.focus()
    said = page.locator("[data-exit-status]")
    acts: dict[str, Callable[[], object]] = {
        "click": lambda: box.click(),
        "wheel": lambda: page.mouse.wheel(0, 40),
        "composition": lambda: box.dispatch_event("compositionstart"),
        "key": lambda: page.keyboard.press("ArrowLeft"),
        "typing": lambda: page.keyboard.insert_text("x"),
        "blur": lambda: page.locator("button[name=switch]").first.focus(),
    }
    box.hover()
    for _ in range(4):  # with Shift held: selecting, scrolling sideways, composing
        page.keyboard.down("Shift")
        acts[between]()
        page.keyboard.up("Shift")
        box.focus()
    expect(said).not_to_have_text(re.compile("Press it"))
    box.dispatch_event("compositionend")
    for _ in range(3):  # and between two presses
        page.keyboard.press("Shift")
        page.keyboard.press("Shift")
        expect(said).to_have_text(PRESSED.format("1 more time"))
        acts[between]()
        box.focus()
        box.dispatch_event("compositionend")
    page.wait_for_timeout(100)
    assert asked == []
    assert drafts(app) == 1


def test_shift_while_a_word_is_being_composed_belongs_to_the_word(
    go_online: Callable[..., Page], app: Flask, neutral_site: str, asked: list[str]
) -> None:
    page = go_online("/report")
    half_typed(page, app)
    page.wait_for_load_state()
    box = page.locator("textarea")
    box.fill("")
    box.focus()
    input_method = page.context.new_cdp_session(page)
    input_method.send("Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2})
    for _ in range(4):
        page.keyboard.press("Shift")
    page.wait_for_timeout(100)
    assert asked == []
    expect(page.locator("[data-exit-status]")).to_have_text("")
    input_method.send("Input.insertText", {"text": "你"})
    expect(box).to_have_value("你")
    press_shift_three_times(page)
    gone(page, neutral_site)


@pytest.mark.dear
def test_three_presses_count_within_two_seconds_also_in_an_empty_field(
    go_online: Callable[..., Page], app: Flask, neutral_site: str, asked: list[str]
) -> None:
    page = go_online("/report")
    half_typed(page, app)
    page.wait_for_load_state()
    page.locator("textarea").fill("")
    page.locator("textarea").focus()
    said = page.locator("[data-exit-status]")
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    page.wait_for_timeout(2_050)
    expect(said).to_have_text("You are still on this page.")
    page.keyboard.press("Shift")
    expect(said).to_have_text(PRESSED.format("2 more times"))
    assert asked == []
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    gone(page, neutral_site)


REPORT_PAGES = ["/report/files", "/report/6", "/report/check", "/report/sent", "/ur/report/1"]


@pytest.mark.dear
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_every_report_page_has_the_way_out(
    go_online: Callable[..., Page], app: Flask, neutral_site: str, asked: list[str], javascript: bool
) -> None:
    page = go_online("/report", javascript=javascript)
    start = page.url
    # Without a script the button is a plain form, the same on every page.
    for path in ("/report", "/return", *REPORT_PAGES) if javascript else ("/report", "/return", "/report/6"):
        page.goto(start)
        if path in REPORT_PAGES:
            walk = Walk(page, app).begin()
            if path in {"/report/check", "/report/sent"}:
                walk.tell(SECRET)
            if path == "/report/sent":
                walk.send()
        page.goto(start.removesuffix("/report") + path)
        expect(page.locator(".app-exit")).to_be_in_viewport()
        page.locator(".app-exit__button").click()
        gone(page, neutral_site)
        assert asked.pop() == neutral_site
        assert asked == []
        assert_soon_forgotten(page, app)
        page.context.clear_cookies()


def test_an_opened_report_is_closed_by_leaving(
    go_online: Callable[..., Page], app: Flask, resident: Resident, neutral_site: str
) -> None:
    digits = send_report(resident, narrative=SECRET)
    page = go_online("/return")
    Walk(page, app).come_back(digits)
    opened = page.url
    page.locator("textarea").fill(SECRET)
    press_leave(page)
    gone(page, neutral_site)
    assert_soon_forgotten(page, app)
    come_back_on_purpose(page, opened)
    expect(page.locator("h1")).to_have_text("Your report has been closed on this device")


def test_shift_with_another_key_is_typing_and_does_not_leave(
    go_online: Callable[..., Page], app: Flask, asked: list[str]
) -> None:
    page = go_online("/report")
    half_typed(page, app)
    page.wait_for_load_state()  # keys that come before the script are not counted
    page.locator("textarea").focus()
    for letter in "ABC":
        page.keyboard.press(f"Shift+{letter}")
    for _ in range(2):
        page.keyboard.press("Shift")
    expect(page.locator("[data-exit-status]")).to_have_text("Shift pressed. Press it 1 more time to leave.")
    page.keyboard.press("d")
    page.keyboard.press("Shift")
    page.wait_for_timeout(200)
    assert asked == []
    expect(page.locator("textarea")).to_have_value(f"{SECRET}ABCd")


def test_leaving_needs_no_token_no_cookie_and_no_live_draft(client: FlaskClient, neutral_site: str) -> None:
    for visitor in (client, client.application.test_client(use_cookies=False)):
        answer = visitor.post("/leave")
        assert answer.status_code == 200
        assert f'content="0; url={neutral_site}"' in answer.text
        assert f'<a href="{neutral_site}"' in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_leaving_works_after_the_draft_has_ended(resident: Resident, app: Flask, neutral_site: str) -> None:
    resident.get("/report")
    resident.post("/report")
    with app.app_context(), transaction() as db:
        db.execute(update(SealedDraft).values(ends_at=utcnow() - timedelta(minutes=1)))
    assert neutral_site in resident.post("/leave").text


def test_after_leaving_the_cookie_is_gone(resident: Resident, app: Flask) -> None:
    resident.get("/report")
    resident.post("/report")
    resident.follow()
    assert drafts(app) == 1
    assert resident.client.get_cookie("visit")
    resident.post("/leave")
    assert drafts(app) == 0
    assert resident.client.get_cookie("visit") is None


@pytest.mark.same_on_both
def test_leaving_cannot_be_done_by_a_link(client: FlaskClient) -> None:
    assert client.get("/leave").status_code == 405


@pytest.mark.same_on_both
@pytest.mark.parametrize("language", ["pl", "ro", "ur"])
def test_the_page_that_leads_away_says_nothing_of_this_site(client: FlaskClient, app: Flask, language: str) -> None:
    page = client.post(f"/{language}/leave").text
    assert f'lang="{language}"' in page
    for word in (app.extensions["partnership"].name, "report", "stylesheet"):
        assert word not in page


def test_after_leaving_a_form_that_is_sent_again_gives_nothing_back(resident: Resident) -> None:
    """The browser does so when Back leads to a page that answered a form."""
    resident.get("/report")
    resident.post("/report")
    resident.get("/report/files")
    form = resident._hidden("/report/files") | {"narrative": "y" * 5_000}
    assert "yyyy" in resident.client.post("/report/files", data=form).text
    resident.client.post("/leave", headers={"Sec-Fetch-Site": "same-origin"})
    for path in ("/report/files", "/return/report", "/report/check"):
        again = resident.client.post(path, data=form)
        assert "yyyy" not in again.text
        assert "This page is empty." in again.text


def test_leaving_waits_for_no_other_writer(resident: Resident, app: Flask) -> None:
    if not app.extensions["database"].is_sqlite:
        return
    resident.get("/report")
    resident.post("/report")
    with exclusive(app.extensions["database"].lock_path):
        began_at = time.monotonic()
        answer = resident.client.post("/leave")
        assert time.monotonic() - began_at < 2
    assert answer.status_code == 200
    assert "left=1" in answer.headers["Set-Cookie"] or any(
        "left=1" in each for each in answer.headers.getlist("Set-Cookie")
    )
