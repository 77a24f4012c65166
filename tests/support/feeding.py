"""Groups' own calendars as the tests serve them from this machine, and the worker that reads them."""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from flask import Flask
from sqlalchemy import update

from portal.db import transaction, utcnow
from portal.events import source_reading
from portal.events.source_models import EventSource
from portal.events.times import local
from tests.support.people import Officer

TITLE, GROUP = "Bread for everyone", "The Fishermead bakers"


class Site:
    """A group's website: `say` changes what stands at an address, `asked` is what was asked for, with its headers."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.pages: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def say(self, body: str | bytes, path: str = "/calendar.ics", status: int = 200, **headers: str) -> str:
        """Have this stand there; gives its address."""
        content = body.encode() if isinstance(body, str) else body

        def answer(request: BaseHTTPRequestHandler) -> None:
            etag = headers.get("ETag")
            is_known = etag is not None and request.headers.get("If-None-Match") == etag
            request.send_response(304 if is_known else status)
            for name, value in headers.items():
                request.send_header(name.replace("_", "-"), value)
            request.send_header("Content-Length", "0" if is_known else str(len(content)))
            request.end_headers()
            if not is_known:
                request.wfile.write(content)

        self.pages[path] = answer
        return self.address + path


@contextmanager
def site(*, with_own_certificate: bool = False) -> Iterator[Site]:
    """With a certificate that it made itself, nobody who is careful believes it."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked.append((self.path, dict(self.headers)))
            page = there.pages.get(self.path)
            if page is None:
                self.send_error(404)
                return
            try:
                page(self)
            except OSError:
                self.close_connection = True  # the reader went away, as it may

        def log_message(self, *_given: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    if with_own_certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(Path(__file__).with_name("self_signed.pem"))
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    there = Site(f"http{'s' if with_own_certificate else ''}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def at(days: int, hour: int = 10) -> datetime:
    """So many days from now, by the clock here."""
    return (local(utcnow()) + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)


def entry(days: int = 5, **said: object) -> str:
    """One VEVENT; what is said replaces the usual, an underscore stands for a hyphen, and None leaves it out."""
    given: dict[str, object] = {
        "UID": "bread@example.org",
        "DTSTART;TZID=Europe/London": f"{at(days):%Y%m%dT%H%M%S}",
        "DTEND;TZID=Europe/London": f"{at(days, 12):%Y%m%dT%H%M%S}",
        "SUMMARY": TITLE,
        "DESCRIPTION": "We bake together.\\nBring an apron.",
        "LOCATION": "Fishermead Trinity Centre\\, Fishermead Boulevard",
    }
    given |= {name.replace("_", "-"): value for name, value in said.items()}
    return "\r\n".join(["BEGIN:VEVENT", *(f"{n}:{v}" for n, v in given.items() if v is not None), "END:VEVENT"])


def ical(*entries: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *entries, "END:VCALENDAR", ""])


def let_through(editor: Officer, address: str = "https://bakers.example.org/calendar.ics", **said: object) -> str:
    """As an editor does it; gives the source's id. The number for the group stands on the page then."""
    editor.get("/staff/event-calendars/new")
    given = {"address": address, "group": GROUP, "language": "en", "rhythm": "hourly"}
    editor.post("/staff/event-calendars/new", given | said)
    found = re.search(r"/staff/event-calendars/([0-9a-f-]{36})", editor.page)
    assert found, editor.text
    return found[1]


def number_on(page: str) -> str:
    return "".join(re.findall(r"<span>(\d{4})</span>", page))


def read(app: Flask) -> None:
    """The worker reads all of them now, whenever they are due."""
    with app.app_context():
        with transaction() as db:
            db.execute(update(EventSource).values(due_at=utcnow()))
        source_reading.read_due_sources()
