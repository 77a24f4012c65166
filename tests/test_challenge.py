"""The bot check, against a stand-in for hCaptcha's server: only its plain yes passes, and what goes wrong with it harms nobody."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from flask import Flask, abort, redirect
from playwright.sync_api import Browser, Page, Route
from werkzeug.wrappers import Response

from portal import create_app
from portal.config import SettingError, read_settings
from portal.db import transaction
from portal.reporting.storing import TEAMS
from portal.vault import keyholders
from portal.web import challenge
from portal.web.challenge import Verdict
from tests.conftest import CHEAP_PASSWORDS
from tests.support.people import lacking
from tests.test_access import HEADERS, assert_safe
from tests.test_setup import portal

pytestmark = pytest.mark.same_on_both

SITEKEY = "0a1b2c3d-0000-4000-8000-00000000c0de"
SECRET = "ES_canary-secret-of-the-tests"
KEYS = {"hcaptcha_sitekey": SITEKEY, "hcaptcha_secret": SECRET}
TOKEN = "P1_canary-token.of-a_visitor"
PASSES = json.dumps({"success": True, "hostname": "safer.example"})
FORGED = json.dumps({"success": False, "error-codes": ["invalid-input-response"]})


class Siteverify(ThreadingHTTPServer):
    """hCaptcha's server as far as the portal knows it: `says` is its whole next answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.says: Callable[[Talk], None] = answer(PASSES)
        self.asked: list[dict[str, list[str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/siteverify"

    def handle_error(self, *_who: object) -> None:
        """The portal stopped listening, as it should to an answer that takes too long."""


class Talk(BaseHTTPRequestHandler):
    server: Siteverify

    def do_POST(self) -> None:
        self.form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(self.form)
        self.server.says(self)

    def do_GET(self) -> None:
        answer("<h1>Welcome</h1>", kind="text/html")(self)

    def log_message(self, *_message: object) -> None:
        pass


def answer(body: str, status: int = 200, kind: str = "application/json", **headers: str) -> Callable[[Talk], None]:
    def say(talk: Talk) -> None:
        talk.send_response(status)
        for name, value in ({"Content-Type": kind, "Content-Length": str(len(body))} | headers).items():
            talk.send_header(name, value)
        talk.end_headers()
        talk.wfile.write(body.encode())

    return say


def slow(talk: Talk) -> None:
    time.sleep(2)
    answer(PASSES)(talk)


def endless(talk: Talk) -> None:
    """An answer that begins well and never ends."""
    talk.send_response(200)
    talk.send_header("Content-Type", "application/json")
    talk.end_headers()
    talk.wfile.write(b'{"success": true, "more": "')
    while True:
        talk.wfile.write(b"x" * 1000)
        time.sleep(0.05)


def hangs_up(talk: Talk) -> None:
    talk.connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def siteverify() -> Iterator[Siteverify]:
    with Siteverify() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def open_portal(sqlite_template: Path, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """The portal on SQLite: nothing of the check touches the database."""
    shutil.copy(sqlite_template, tmp_path / "portal.db")
    made = []

    def open_portal(**settings: object) -> Flask:
        made.append(create_app(data=tmp_path, testing=True, **CHEAP_PASSWORDS, **settings))
        return made[-1]

    yield open_portal
    for app in made:
        app.extensions["database"].engine.dispose()


@pytest.fixture
def app(open_portal: Callable[..., Flask], siteverify: Siteverify, app_address: tuple[str, int]) -> Flask:
    """The portal with the check switched on and with two pages more: one that carries the check, one that fails on it."""
    app = open_portal(hcaptcha_verify_url=siteverify.url, public_url="http://{}:{}".format(*app_address), **KEYS)

    @app.get("/report/checked")
    def checked() -> str:
        challenge.admit()
        return PAGE

    @app.get("/report/checked/<int:status>")
    def checked_badly(status: int) -> Response:
        challenge.admit()
        return redirect("/") if status == 303 else abort(status)

    return app


def check(app: Flask, token: str = TOKEN) -> Verdict:
    with app.app_context():
        return challenge.check(token)


def test_a_yes_passes_and_the_provider_is_told_the_token_and_no_more(app: Flask, siteverify: Siteverify) -> None:
    assert check(app) is Verdict.PASSED
    assert siteverify.asked == [{"secret": [SECRET], "response": [TOKEN]}]


@pytest.mark.parametrize(
    "body",
    [
        FORGED,
        '{"success": false}',
        '{"success": "true"}',
        '{"success": 1}',
        '{"success": true, "error-codes": ["timeout-or-duplicate"]}',
        '{"success": false, "error-codes": ["sitekey-secret-mismatch"]}',
        '{"success": false, "padding": "' + "x" * 5_000_000 + '"}',
    ],
    ids=["forged", "no", "true as text", "one", "used before", "of another site", "five million letters"],
)
def test_anything_but_a_plain_yes_fails(app: Flask, siteverify: Siteverify, body: str) -> None:
    siteverify.says = answer(body)
    assert check(app) is Verdict.FAILED


@pytest.mark.parametrize(
    "token",
    ["", " ", "x" * 8193, f"{TOKEN}\0", f"{TOKEN}\n", "\udcff", "<script>", "token&secret=other", "‮token", "１２３"],
    ids=["none", "space", "huge", "NUL", "line", "surrogate", "markup", "parameters", "turned round", "wide digits"],
)
def test_what_cannot_be_a_token_fails_without_asking_anyone(app: Flask, siteverify: Siteverify, token: str) -> None:
    assert check(app, token) is Verdict.FAILED
    assert siteverify.asked == []


@pytest.mark.parametrize(
    "says",
    [
        answer("{"),
        answer(""),
        answer("[]"),
        answer("null"),
        answer("{}"),
        answer('{"success": false, "error-codes": [{}]}'),
        answer('{"success": false, "error-codes": ["invalid-input-secret"]}'),
        answer(PASSES, kind="text/html"),
        answer("<h1>Bad gateway</h1>", 502, "text/html"),
        answer("{}", 500),
        answer("", 302, Location="/elsewhere"),
        answer("", 302, Location="http://127.0.0.1:1/"),
        slow,
        endless,
        hangs_up,
    ],
    ids=[
        "broken", "empty", "a list", "nothing", "no verdict", "odd codes", "our secret", "a page", "502", "500",
        "sent elsewhere", "sent nowhere", "slow", "endless", "hangs up",
    ],
)  # fmt: skip
def test_a_provider_that_fails_counts_as_unreachable_and_nothing_of_the_visitor_is_logged(
    app: Flask,
    siteverify: Siteverify,
    says: Callable[[Talk], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(challenge, "TIMEOUT", 0.3)
    siteverify.says = says
    began = time.monotonic()
    assert check(app) is Verdict.UNREACHABLE
    assert time.monotonic() - began < 1.5
    assert "The bot check was not answered" in caplog.text
    assert "canary" not in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://portal.invalid/", "https://{}/", "nonsense"])
def test_a_provider_that_is_not_there_counts_as_unreachable(
    siteverify: Siteverify, open_portal: Callable[..., Flask], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(challenge, "TIMEOUT", 1.0)
    url = url.format(f"127.0.0.1:{siteverify.server_port}")
    assert check(open_portal(hcaptcha_verify_url=url, **KEYS)) is Verdict.UNREACHABLE


def test_a_name_server_that_hangs_holds_nobody(
    open_portal: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()

    def hang(*asked: object, **how: object) -> list[object]:
        answered.wait(10)
        return []

    monkeypatch.setattr(challenge, "TIMEOUT", 0.3)
    monkeypatch.setattr(socket, "getaddrinfo", hang)
    began = time.monotonic()
    try:
        assert check(open_portal(hcaptcha_verify_url="http://siteverify.test/", **KEYS)) is Verdict.UNREACHABLE
        assert time.monotonic() - began < 2
    finally:
        answered.set()


def test_a_loop_that_already_runs_in_the_thread_is_no_hindrance(app: Flask, siteverify: Siteverify) -> None:
    async def asked_within_a_loop() -> Verdict:
        return check(app)

    # In a thread of its own, because a browser test before this one leaves its loop running here.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, asked_within_a_loop()).result() is Verdict.PASSED


def test_eight_threads_ask_at_once_and_each_gets_its_own_answer(app: Flask, siteverify: Siteverify) -> None:
    def by_token(talk: Talk) -> None:
        time.sleep(0.02)
        answer(PASSES if talk.form["response"][0].endswith("good") else FORGED)(talk)

    siteverify.says = by_token
    tokens = [f"{number}-{'good' if number % 3 else 'bad'}" for number in range(80)]
    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(lambda token: check(app, token), tokens))
    assert given == [Verdict.PASSED if token.endswith("good") else Verdict.FAILED for token in tokens]


def test_without_keys_the_check_is_off_asks_nobody_and_admits_nobody(open_portal: Callable[..., Flask]) -> None:
    app = open_portal()

    @app.get("/report/checked")
    def checked() -> str:
        challenge.admit()
        return PAGE

    assert_safe(app.test_client().get("/report/checked"))
    with app.app_context():
        assert not challenge.is_on()
        with pytest.raises(RuntimeError):
            challenge.check(TOKEN)


STRICT = HEADERS["Content-Security-Policy"]
WITH_CHECK = (
    "default-src 'none'; script-src 'self' https://hcaptcha.com https://*.hcaptcha.com; "
    "style-src 'self' https://hcaptcha.com https://*.hcaptcha.com; img-src 'self'; "
    "connect-src 'self' https://hcaptcha.com https://*.hcaptcha.com; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; frame-src https://hcaptcha.com https://*.hcaptcha.com"
)
SCRIPT = "https://js.hcaptcha.com/1/api.js"
FRAME = "https://newassets.hcaptcha.com/frame.html"
PAGE = f'<!doctype html><title>Checked</title><script src="{SCRIPT}"></script><iframe src="{FRAME}"></iframe>'


def test_only_the_answer_that_admits_the_check_is_any_laxer(app: Flask) -> None:
    client = app.test_client()
    answered = client.get("/report/checked")
    assert answered.headers.getlist("Content-Security-Policy") == [WITH_CHECK]
    answered.headers["Content-Security-Policy"] = STRICT
    assert_safe(answered)
    # Pages that failed after they had admitted it, and every other page: before and after, of every kind.
    for path in (
        "/",
        "/report",
        "/ur/help",
        "/nothing",
        "/staff",
        *(f"/report/checked/{n}" for n in (303, 404, 413, 503)),
    ):
        client.get("/report/checked")
        assert_safe(client.get(path))


def test_a_browser_loads_the_check_where_it_is_admitted_and_nowhere_else(
    app: Flask, live_server: str, browser: Browser
) -> None:
    @app.get("/report/unchecked")
    def unchecked() -> str:
        return PAGE

    asked = []

    def stand_in(route: Route) -> None:
        asked.append(route.request.url)
        is_script = route.request.url == SCRIPT
        route.fulfill(
            body="document.title = 'loaded'" if is_script else "<h1>Are you a person?</h1>",
            content_type="text/javascript" if is_script else "text/html",
        )

    def open_page(path: str) -> Page:
        page = browser.new_page()
        page.route("https://*.hcaptcha.com/**", stand_in)
        page.goto(live_server + path)
        return page

    page = open_page("/report/checked")
    assert page.title() == "loaded"
    assert page.frames[1].text_content("h1") == "Are you a person?"
    assert asked == [SCRIPT, FRAME]
    page.close()
    page = open_page("/report/unchecked")
    assert page.title() == "Checked"
    assert asked == [SCRIPT, FRAME]
    page.close()


@pytest.mark.parametrize(
    ("sitekey", "secret", "named"),
    [
        (SITEKEY, "", "PORTAL_HCAPTCHA_SECRET is missing"),
        ("", SECRET, "PORTAL_HCAPTCHA_SITEKEY is missing"),
        ("my site", SECRET, "PORTAL_HCAPTCHA_SITEKEY must be a site key"),
        (SITEKEY + "0", SECRET, "PORTAL_HCAPTCHA_SITEKEY must be a site key"),
        (SITEKEY, "with a space in it", "PORTAL_HCAPTCHA_SECRET must be the secret"),
        (SITEKEY, "short", "PORTAL_HCAPTCHA_SECRET must be the secret"),
    ],
)
def test_a_key_that_is_alone_or_malformed_stops_the_start_and_is_not_repeated(
    sitekey: str, secret: str, named: str
) -> None:
    with pytest.raises(SettingError, match=named) as problem:
        read_settings({"PORTAL_HCAPTCHA_SITEKEY": sitekey, "PORTAL_HCAPTCHA_SECRET": secret})
    assert not secret or secret not in str(problem.value)


def test_empty_keys_are_none_and_a_key_may_be_written_in_capitals() -> None:
    assert read_settings({"PORTAL_HCAPTCHA_SITEKEY": "", "PORTAL_HCAPTCHA_SECRET": ""}).hcaptcha_secret == ""
    given = read_settings({"PORTAL_HCAPTCHA_SITEKEY": SITEKEY.upper(), "PORTAL_HCAPTCHA_SECRET": SECRET})
    assert (given.hcaptcha_sitekey, given.hcaptcha_secret) == (SITEKEY, SECRET)


TEST_KEYS = [
    (SITEKEY, "0x" + 40 * "0"),
    ("10000000-ffff-ffff-ffff-000000000001", SECRET),
    ("20000000-FFFF-FFFF-FFFF-000000000002", SECRET),
    ("30000000-ffff-ffff-ffff-000000000003", SECRET),
]


@pytest.mark.parametrize(("sitekey", "secret"), TEST_KEYS)
def test_test_keys_are_missed_in_a_live_installation(
    open_portal: Callable[..., Flask], sitekey: str, secret: str
) -> None:
    given = read_settings({"PORTAL_HCAPTCHA_SITEKEY": sitekey, "PORTAL_HCAPTCHA_SECRET": secret})
    keys = {"hcaptcha_sitekey": given.hcaptcha_sitekey, "hcaptcha_secret": given.hcaptcha_secret}
    without, own, with_them = open_portal(), open_portal(**KEYS), open_portal(**keys)
    missing = [lacking(app) for app in (without, own, with_them)]
    assert missing[0] == missing[1]
    (sentence,) = set(missing[2]) - set(missing[1])
    assert "PORTAL_HCAPTCHA_SITEKEY" in sentence


@pytest.mark.dear
def test_a_live_server_does_not_start_with_test_keys(open_portal: Callable[..., Flask], tmp_path: Path) -> None:
    with open_portal().app_context(), transaction() as db:
        keyholders.create_vault(db, keyholders.Mode.LIVE, TEAMS)
    sitekey, secret = TEST_KEYS[0]
    result = portal("serve", data=tmp_path, PORTAL_HCAPTCHA_SITEKEY=sitekey, PORTAL_HCAPTCHA_SECRET=secret)
    assert result.returncode != 0
    assert "hCaptcha's test keys" in result.stderr
    assert len(result.stderr.splitlines()) == 1
