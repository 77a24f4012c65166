"""A public page that went out goes out again without Flask: the same to the byte, and only where nothing could change it."""

from __future__ import annotations

import gzip
import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.db import transaction, utcnow
from portal.web import caching
from portal.web.leaving import COOKIE

pytestmark = pytest.mark.same_on_both

PLAIN: dict[str, str] = {}
GZIP = {"Accept-Encoding": "gzip"}


def without_flask(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Any:
        raise AssertionError("Flask was asked")

    monkeypatch.setattr(app, "full_dispatch_request", fail)


@pytest.mark.parametrize("how", [PLAIN, GZIP], ids=["plain", "compressed"])
@pytest.mark.parametrize("path", ["/", "/cohesion", "/ur/cohesion", "/large/pl/help", "/cohesion.csv"])
def test_a_page_goes_out_again_as_it_went_out_first(
    app: Flask, monkeypatch: pytest.MonkeyPatch, path: str, how: dict[str, str]
) -> None:
    first = app.test_client().get(path, headers=how)
    with monkeypatch.context() as patch:
        without_flask(app, patch)
        again = app.test_client().get(path, headers=how)
    assert (again.status, list(again.headers), again.data) == (first.status, list(first.headers), first.data)
    # Whoever takes other bytes, or asks what changed, is answered as before.
    other = app.test_client().get(path, headers=GZIP if how is PLAIN else PLAIN)
    assert other.headers["ETag"] != first.headers["ETag"]
    known = app.test_client().get(path, headers=how | {"If-None-Match": first.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")
    assert app.test_client().head(path, headers=how).data == b""
    assert app.test_client().post(path).status_code == 405


def test_whoever_asks_in_an_odd_way_leaves_nothing_odd_for_others(app: Flask) -> None:
    """A header that is too long is dropped on the way: what was asked for is then not what went out."""
    for path in ("/", "/help"):
        odd = app.test_client().get(path, headers={"Accept-Encoding": f"gzip, {'a' * 9000}"})
        assert "Content-Encoding" not in odd.headers
        after = app.test_client().get(path, headers=GZIP)
        assert after.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(after.data) == odd.data


def test_what_failed_is_not_given_out_again(app: Flask) -> None:
    page = caching.CachedPage(b"good", b"", "", "text/html", None, None, time.monotonic(), utcnow() + timedelta(1), 0)

    def fail(environ: Any, start_response: Any) -> list[bytes]:
        environ[caching.GIVEN] = page
        start_response("500 INTERNAL SERVER ERROR", [])
        return [b"failed"]

    app.wsgi_app = caching.ReadyAnswers(fail, app.extensions["settings"].data / "published")  # type: ignore[method-assign]
    for _ in range(2):
        assert app.test_client().get("/help").data == b"failed"


def test_whoever_has_left_is_shown_nothing_of_it(app: Flask) -> None:
    for _ in range(2):
        app.test_client().get("/help")
    left = app.test_client()
    left.set_cookie(COOKIE, "1")
    answer = left.get("/help")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data != app.test_client().get("/help").data


def test_what_is_published_meanwhile_is_on_the_next_page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        app.test_client().get("/help")
    with app.app_context(), transaction() as db:
        caching.publish(db)
    without_flask(app, monkeypatch)
    with pytest.raises(AssertionError, match="Flask was asked"):
        app.test_client().get("/help")


def test_another_query_is_another_request_and_other_spellings_of_a_page_fill_no_memory(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        client.get("/events?q=no-such-word").data
        != client.get("/events").data
        != client.get("/events?q=no-such-word").data
    )
    monkeypatch.setattr(caching, "MAX_PAGES", 3)
    for path in ("/", "/help", "/privacy", "/cookies", "/surveys", "/contact"):
        assert client.get(path).status_code == 200
    ready = app.wsgi_app
    assert isinstance(ready, caching.ReadyAnswers)
    assert len(ready.pages) <= 3


def test_a_page_that_somebody_still_holds_is_given_to_nobody_once_another_is_published(app: Flask) -> None:
    client = app.test_client()
    client.get("/help")
    ready = app.wsgi_app
    assert isinstance(ready, caching.ReadyAnswers)
    held = dict(ready.pages)
    with app.app_context(), transaction() as db:
        caching.publish(db)
    client.get("/")  # by now the process knows that something was published
    client.get("/help")
    assert ready.pages["", "/help"] is not held["", "/help"]
