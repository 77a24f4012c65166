"""Residents and officers as the tests know them: they open pages, fill in forms and read what stands there."""

from __future__ import annotations

import re
import time
from functools import lru_cache
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.partnership.readiness import missing_for_live

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNSEEN = {"head", "script", "style", "template", "svg"}
Fields = dict[str, object]


class Page(HTMLParser):
    """What a person can read of a page, and the forms on it with what they hold unseen."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.forms: list[tuple[str, Fields]] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(html)
        # Marks that keep a number together in a line from right to left are not seen.
        self.text = re.sub(r"\s+", " ", re.sub("[\u2066\u2068\u2069]", "", "".join(self.words))).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag == "input" and given.get("type") == "hidden" and self.forms:
            self.forms[-1][1][given.get("name", "")] = given.get("value", "")
        if tag not in VOID:
            self._open.append((tag, tag in UNSEEN or "hidden" in given))
        if tag not in {"a", "abbr", "b", "bdi", "em", "i", "span", "strong"}:
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        while any(opened == tag for opened, _ in self._open):
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if not any(unseen for _, unseen in self._open):
            self.words.append(data)


# A page is looked at many times.
read = lru_cache(8)(Page)
FORM_TAG = re.compile(r"<(?:form|input)\b[^>]*>")


@lru_cache(8)
def forms_of(html: str) -> list[tuple[str, Fields]]:
    """Each form's action and hidden fields. Only these tags are read: a person sends forms more often than they read."""
    return Page("".join(FORM_TAG.findall(html))).forms


class Resident:
    """Someone with a browser and without an account. Redirects wait for follow(), so a test can look at them."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.path = "/"
        self.response: TestResponse | None = None
        self.page = ""

    def get(self, path: str, **arguments: object) -> TestResponse:
        return self._arrive(path, self.client.get(path, **arguments))

    def post(self, path: str, fields: Fields | None = None, **more: object) -> TestResponse:
        """Send a form to `path`, with the hidden fields it has on the page last seen."""
        return self._arrive(path, self.client.post(path, data=self._hidden(path) | (fields or {}) | more))

    def follow(self) -> TestResponse:
        location = self.response.location if self.response else None
        assert location, f"{self.path} leads nowhere"
        target = urlsplit(urljoin(self.path, location))
        return self.get(target.path + (f"?{target.query}" if target.query else ""))

    @property
    def text(self) -> str:
        return read(self.page).text

    def see(self, *texts: str) -> None:
        for text in texts:
            assert text in self.text, f"{text!r} is not on {self.path}, which says: {self.text}"

    def not_see(self, *texts: str) -> None:
        for text in texts:
            assert text not in self.text, f"{text!r} is on {self.path}"

    @property
    def token(self) -> Fields:
        """What every form on the page last seen carries; it holds until this person's session ends."""
        tokens = [fields["csrf_token"] for _, fields in forms_of(self.page) if "csrf_token" in fields]
        return {"csrf_token": tokens[0]} if tokens else {}

    def _hidden(self, path: str) -> Fields:
        """The hidden fields of the form that leads to `path`; where none does, the token that every form carries."""
        for action, fields in forms_of(self.page):
            if urlsplit(urljoin(self.path, action)).path == path:
                return dict(fields)
        return self.token

    def _arrive(self, path: str, response: TestResponse) -> TestResponse:
        assert response.status_code < 500, f"{path} failed"
        self.path, self.response = path, response
        self.page = response.get_data(as_text=True) if response.mimetype == "text/html" else ""
        return response


class Officer(Resident):
    """Someone with an account, a vault passphrase and an authenticator app. Signing in and unlocking are two steps."""

    password = "a password of the tests"
    passphrase = "a passphrase of the tests"

    def __init__(self, client: FlaskClient, name: str, totp_secret: str) -> None:
        super().__init__(client)
        self.name = name
        self.totp = pyotp.TOTP(totp_secret)
        self._last_code_at = 0.0

    def next_code(self) -> str:
        """A code works once, and the portal takes the next one early: so two in any half minute."""
        self._last_code_at = max(self._last_code_at + 30, time.time())
        return self.totp.at(int(self._last_code_at))

    def sign_in(self) -> None:
        self._sign_in()
        self.follow()

    def _sign_in(self) -> None:
        self.get("/staff/sign-in")
        self.post("/staff/sign-in", name=self.name, password=self.password, code=self.next_code())

    def unlock(self) -> None:
        self.get("/staff/unlock")
        self.post("/staff/unlock", passphrase=self.passphrase)
        self.follow()

    def come_to_work(self) -> None:
        """Sign in and unlock, and leave the list that both lead to unopened: most tests look at another page."""
        self._sign_in()
        self.get("/staff/unlock")
        form = self.page
        self.post("/staff/unlock", passphrase=self.passphrase)
        self.page = form  # for its token, which any form may carry


def sent_to(answer: TestResponse) -> str:
    """The door that somebody was sent to; which page they wanted stands behind it in the address."""
    return urlsplit(answer.location).path


def go_on(person: Resident, path: str) -> TestResponse:
    """Press "Go on" on the empty page that stands at `path` after leaving, and open it."""
    person.get(path)
    person.see("This page is empty.")
    person.post("/leave", again="y")
    return person.get(path)


def lacking(app: Flask) -> list[str]:
    """What still keeps this installation from going live."""
    with app.app_context():
        return missing_for_live()
