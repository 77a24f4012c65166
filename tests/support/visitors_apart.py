"""People with browsers on a network of their own: they press the button again when a page says that something failed."""

from __future__ import annotations

import random
import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, IncompleteRead
from urllib.parse import urlencode, urljoin, urlsplit

from tests.support.hosts_apart import Host
from tests.support.people import forms_of, read

# A page is waited for so long; after it a browser would show one of its own.
PATIENCE = 60.0
# So long somebody goes on trying.
PERSISTS = 90.0
Fields = dict[str, str]


@dataclass(frozen=True)
class Answer:
    """One request: when it was sent and answered, and what was wrong with the answer where it was none of ours."""

    who: str
    began: float
    ended: float
    what: str
    status: int
    strange: str = ""
    is_cut_short: bool = False
    """It had begun when the machine that gave it was gone: its first line was with the browser already."""

    @property
    def is_error(self) -> bool:
        return self.status >= 500 or bool(self.strange)


@dataclass
class Record:
    """What all of them saw."""

    answers: list[Answer] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)
    """Pages that were not the ones that should come next, and what was given up."""

    @property
    def errors(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.is_error]


class Failed(Exception):
    """An error page, or no page at all."""


class Astray(Exception):
    """Another page than the one that should come."""


class Visitor:
    """A browser's part: cookies, the forms of the page, where a redirect leads. Its page stays while the next one fails."""

    def __init__(self, who: str, host: str, record: Record, rng: random.Random, is_over: threading.Event) -> None:
        self.who, self.host, self.record, self.rng, self.is_over = who, host, record, rng, is_over
        self.come_from_elsewhere()

    def come_from_elsewhere(self) -> None:
        """From another address, in a browser without cookies."""
        self.source = f"10.78.{self.rng.randrange(1, 255)}.{self.rng.randrange(1, 255)}"
        self.cookies: dict[str, str] = {}
        self.path, self.page, self.body = "/", "", b""

    def think(self, seconds: float = 0.5) -> None:
        time.sleep(self.rng.uniform(0.5, 1.5) * seconds)

    def open(self, path: str) -> str:
        """The page at this address, or where it leads; tried again while it fails."""
        return self._persist(lambda: self._follow("GET", path, None, ""))

    def send(self, path: str, fields: Fields, files: dict[str, tuple[str, bytes]] | None = None) -> str:
        """Send the form of the page that leads there, and again while that fails; gives the page it leads to."""
        hidden = {name: str(value) for name, value in self._hidden(path).items()}
        if files is None:
            body, kind = urlencode(hidden | fields).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = _multipart(hidden | fields, files)
        return self._persist(lambda: self._follow("POST", path, body, kind))

    def try_to_send(self, path: str, fields: Fields, files: dict[str, tuple[str, bytes]]) -> bool:
        """As send(), once."""
        body, kind = _multipart({name: str(value) for name, value in self._hidden(path).items()} | fields, files)
        try:
            self._follow("POST", path, body, kind)
        except Failed:
            return False
        return True

    @property
    def text(self) -> str:
        return read(self.page).text

    def expect(self, path: str) -> None:
        if not re.fullmatch(path, self.path):
            raise Astray(f"{self.who} is on {self.path}, not on {path}: {self.text[:200]}")

    def _hidden(self, path: str) -> dict[str, object]:
        forms = forms_of(self.page)
        for action, fields in forms:
            if urlsplit(urljoin(self.path, action)).path == urlsplit(path).path:
                return dict(fields)
        # Any form's token will do: it is the visitor's.
        return next(({"csrf_token": fields["csrf_token"]} for _, fields in forms if "csrf_token" in fields), {})

    def _persist(self, ask: Callable[[], str]) -> str:
        gives_up_at = time.monotonic() + PERSISTS
        while True:
            try:
                return ask()
            except Failed as problem:
                if time.monotonic() > gives_up_at:
                    raise Astray(f"{self.who} gave up: {problem}") from None
                self.think()

    def _follow(self, method: str, path: str, body: bytes | None, kind: str) -> str:
        status, location, page = self._ask(method, path, body, kind)
        for _ in range(5):
            if status not in {301, 302, 303}:
                break
            path = location = urljoin(path, location)
            status, location, page = self._ask(
                "GET", urlsplit(path).path + ("?" + urlsplit(path).query).rstrip("?"), None, ""
            )
        if status >= 400:
            raise Astray(f"{self.who}: {method} {path} gave {status}: {page[:200]!r}")
        self.path, self.body = urlsplit(path).path, page
        self.page = page.decode(errors="replace")
        return self.page

    def _ask(self, method: str, path: str, body: bytes | None, kind: str) -> tuple[int, str, bytes]:
        headers = {"Connection": "close"} | ({"Content-Type": kind} if body is not None else {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        began, status, strange, page, location = time.monotonic(), 0, "", b"", ""
        is_cut_short = False
        connection = HTTPConnection(self.host, 80, timeout=PATIENCE, source_address=(self.source, 0))
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            page = answer.read()
            status, location = answer.status, answer.getheader("Location", "")
            for name, given in answer.getheaders():
                if name.lower() == "set-cookie":
                    cookie, _, value = given.partition(";")[0].partition("=")
                    self.cookies[cookie] = value
            if status >= 500 and (status != 503 or b"<h1" not in page or not answer.getheader("Retry-After")):
                strange = f"{status} {page[:300]!r}"
        except (OSError, HTTPException) as problem:
            strange, is_cut_short = repr(problem), isinstance(problem, IncompleteRead)
        finally:
            connection.close()
        seen = Answer(self.who, began, time.monotonic(), f"{method} {path}", status, strange, is_cut_short)
        self.record.answers.append(seen)
        if seen.is_error:
            raise Failed(f"{seen.what} {status} {strange}")
        return status, location, page


def _multipart(fields: Fields, files: dict[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    boundary = uuid.uuid4().hex
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    for name, (called, content) in files.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{called}"\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def begin(visitor: Visitor, host: Host, live: Callable[[], None]) -> threading.Thread:
    """Let them live on that host's network, until what they do ends; where they go astray it is written down."""

    def go() -> None:
        host.enter()
        while not visitor.is_over.is_set():
            try:
                live()
            except Astray as problem:
                visitor.record.astray.append(str(problem))
                visitor.come_from_elsewhere()

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    return thread
