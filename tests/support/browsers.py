"""Chromium as residents and officers use it: a phone or a desk, with JavaScript or without, and nothing fetched from elsewhere."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any, Protocol

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.support.people import Officer

# The first is Chromium without the window around its pages, which takes half of its work.
PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")
HINT = "Chromium is not installed (apt install chromium, or set PORTAL_TEST_CHROMIUM to its path)"
AXE = Path(__file__).parent.parent.parent / "node_modules" / "axe-core" / "axe.min.js"
AXE_HINT = "axe-core is not installed (npm ci)"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Told what is wrong only: to describe all that is right takes axe as long again. Nor does axe draw each text to see whether
# its letters are an icon: no icon here is, it takes a third of the time, and joined letters as in Urdu pass for one, whose
# colours axe then leaves alone.
AXE_RUN = """rules => {
  const canvas = HTMLCanvasElement.prototype, getContext = canvas.getContext;
  canvas.getContext = function () {
    return {
      canvas: this, clearRect() {}, fillText() {},
      measureText: text => ({width: 30 * text.length}),
      getImageData: () => ({data: new Uint8Array(4).fill(255)}),
    };
  };
  return axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(found => found.violations)
    .finally(() => { canvas.getContext = getContext; });
}"""
ARGUMENTS = (
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
PATIENCE = 30_000  # milliseconds: a busy machine is slow, and a page that comes is not waited for
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}


class Browse(Protocol):
    def __call__(self, path: str, *, phone: bool = True, javascript: bool = True, **context: Any) -> Page: ...


class QuietHandler(WSGIRequestHandler):
    def log(self, *_message: object) -> None:
        pass


@pytest.fixture
def live_server(app: Flask, app_address: tuple[str, int]) -> Iterator[str]:
    """The app on a port of this machine; gives its address."""
    server = make_server(*app_address, app, threaded=True, request_handler=QuietHandler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://{app_address[0]}:{app_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = os.environ.get("PORTAL_TEST_CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not found:
        pytest.skip(HINT)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def browse(browser: Browser, live_server: str) -> Iterator[Browse]:
    """Open a path in a fresh browser: `browse("/report", phone=True, javascript=False)`.

    The test fails when a page's script fails, breaks the content security policy, or asks anyone but the portal.
    """
    wrongs: list[str] = []
    contexts: list[BrowserContext] = []

    def hear(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            wrongs.append(message.text)

    def watch(url: str) -> None:
        if not url.startswith((live_server, "data:", "blob:")):
            wrongs.append(f"asked {url}")

    def open_page(path: str, *, phone: bool = True, javascript: bool = True, **context: Any) -> Page:
        made = browser.new_context(
            java_script_enabled=javascript, locale="en-GB", **((PHONE if phone else DESK) | context)
        )
        contexts.append(made)
        made.set_default_timeout(PATIENCE)
        page = made.new_page()
        page.on("pageerror", lambda error: wrongs.append(str(error)))
        page.on("console", hear)
        page.on("request", lambda request: watch(request.url))
        page.goto(live_server + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrongs, "\n".join(wrongs)


def at_work(browse: Browse, officer: Officer, path: str, **how: bool) -> Page:
    """The officer's own browser, already signed in and unlocked."""
    cookie = officer.client.get_cookie("work")
    assert cookie
    page = browse("/", **how)
    address = page.url.rstrip("/")
    page.context.add_cookies([{"name": "work", "value": cookie.value, "url": address}])
    page.goto(address + path)
    return page


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """What axe finds wrong on a page opened with JavaScript, one line for each element."""
    if not AXE.exists():
        pytest.skip(AXE_HINT)
    source = AXE.read_text(encoding="utf-8")

    def run(page: Page) -> list[Any]:
        # Through the debugger: the page keeps its own content security policy.
        page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": source})
        page.evaluate("scrollTo(0, 0)")  # a link half beneath the bar that stays counts as too small
        found: list[Any] = page.evaluate(AXE_RUN, AXE_RULES)
        return found

    def violations(page: Page) -> list[str]:
        try:
            found = run(page)
        except PlaywrightError:  # a press led on while the page was looked at: the next one is looked at
            page.wait_for_load_state()
            found = run(page)
        return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]

    return violations
