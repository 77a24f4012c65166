"""A server that takes reports by Open311 GeoReport v2, holds every request against the specification, and can misbehave.

Source: https://wiki.open311.org/GeoReport_v2/, "POST Service Request" and "GET request_id from a token".
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit

BASE = "/open311/v2"
# The arguments that the specification knows, but for attributes.
KNOWN = {
    "jurisdiction_id", "service_code", "lat", "long", "address_string", "address_id", "email", "device_id", "account_id",
    "first_name", "last_name", "phone", "description", "media_url", "api_key",
}  # fmt: skip
# What it answers with, instead of what the specification wants: status, type, body.
LIES = {
    "500": (500, "text/html", "<h1>Internal Server Error</h1>"),
    "503": (503, "application/json", '[{"code": 503, "description": "Back at noon"}]'),
    "504": (504, "text/html", "<h1>Gateway Timeout</h1>"),
    "without a number": (200, "application/json", '[{"service_notice": "Thank you"}]'),
    "an empty list": (201, "application/json", "[]"),
    "an object": (200, "application/json", '{"service_request_id": "1"}'),
    "two at once": (200, "application/json", '[{"service_request_id": "1"}, {"service_request_id": "2"}]'),
    "wrong types": (200, "application/json", '[{"service_request_id": {"a": 1}, "token": [true]}]'),
    "a number of markup": (200, "application/json", '[{"service_request_id": "<b>1</b>"}]'),
    "a number without end": (200, "application/json", json.dumps([{"service_request_id": "1" * 61}])),
    "no letters": (200, "application/json", "\x00\x01"),
    "deep": (200, "application/json", "[" * 50_000),
    "html": (200, "text/html", "<html>Please sign in</html>"),
    "huge": (200, "application/json", '[{"service_request_id": "1"}]' + " " * 2_000_000),
    "refused in XML": (
        400,
        "text/xml",
        "<errors><error><code>400</code><description>Wrong &amp; bad</description></error></errors>",
    ),
    "refused by a page": (403, "text/html", "<html><body>Go away</body></html>"),
}


class GeoReportServer(ThreadingHTTPServer):
    """`requests` are those it took, in order; `mishap` is how it misbehaves; `breaches` what was against the specification."""

    daemon_threads = True

    def __init__(self, jurisdiction: str = "", api_key: str = "") -> None:
        super().__init__(("127.0.0.1", 0), GeoReport)
        self.jurisdiction, self.api_key = jurisdiction, api_key
        self.services = {"FLY", "LIT"}
        self.requests: list[dict[str, str]] = []
        self.breaches: list[str] = []
        self.asked_elsewhere: list[str] = []
        self.mishap = ""
        self.tokens_are_ready = False
        self.gives_digits = False

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{BASE}"


class GeoReport(BaseHTTPRequestHandler):
    server: GeoReportServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        if self.path != f"{BASE}/requests.json":
            self.server.asked_elsewhere.append(self.path)
            return self._refuse(404, "Nothing is here")
        if self.headers.get_content_type() != "application/x-www-form-urlencoded":
            return self._refuse(400, "The body is no form")
        given = parse_qsl(body, keep_blank_values=True, strict_parsing=True)
        named = dict(given)
        if len(named) != len(given):
            return self._refuse(400, "An argument is given twice")
        if unknown := named.keys() - KNOWN:
            return self._refuse(400, f"Unknown arguments: {unknown}")
        if "" in named.values():
            return self._refuse(400, "An argument is empty")
        if self.server.api_key and named.get("api_key") != self.server.api_key:
            return self._refuse(403, "The API key is missing or wrong")
        if named.get("jurisdiction_id", "") != self.server.jurisdiction:
            return self._refuse(404, "This jurisdiction is not served here")
        if "service_code" not in named:
            return self._refuse(400, "service_code was not provided")
        if named["service_code"] not in self.server.services:
            return self._refuse(404, "service_code was not found")
        if not ({"address_string", "address_id"} & named.keys() or {"lat", "long"} <= named.keys()):
            return self._refuse(400, "No location was provided")
        if len(named.get("description", "")) > 4_000:
            return self._refuse(400, "The description is longer than 4,000 letters")
        mishap = self.server.mishap
        if mishap in {"", "token", "slow", "hang up", "drips its head", "drips its body"}:
            self.server.requests.append(named)
        return self._misbehave(mishap) if mishap else self._give({"service_request_id": self._number()})

    def do_GET(self) -> None:
        at = urlsplit(self.path)
        if parse_qs(at.query).get("jurisdiction_id", [""]) != [self.server.jurisdiction]:
            return self._refuse(404, "This jurisdiction is not served here")
        if at.path != f"{BASE}/tokens/a%2Fb.json":
            self.server.asked_elsewhere.append(self.path)
            return self._refuse(404, "Nothing is here")
        if not self.server.tokens_are_ready:
            return self._say(404, "application/json", '[{"code": 404, "description": "Not yet"}]')
        return self._give({"service_request_id": self._number(), "token": "a/b"})

    def _number(self) -> str | int:
        number = 12344 + len(self.server.requests)
        return number if self.server.gives_digits else str(number)

    def _misbehave(self, mishap: str) -> None:
        match mishap:
            case "token":
                self._give({"token": "a/b"})
            case "hang up":
                self.close_connection = True
            case "slow":
                time.sleep(2)
            case "drips its head":
                self._drip("")
            case "drips its body":
                self._drip("HTTP/1.0 200 OK\r\nContent-Length: 400\r\n\r\n")
            case "redirect":
                self.send_response(307)
                self.send_header("Location", f"{self.server.endpoint}/elsewhere")
                self.end_headers()
            case _:
                self._say(*LIES[mishap])

    def _drip(self, first: str) -> None:
        with suppress(OSError):
            self.wfile.write(first.encode())
            for letter in ("" if first else "HTTP/1.1 200 OK\r\nX-Slow: ") + "a" * 400:
                self.wfile.write(letter.encode())
                self.wfile.flush()
                time.sleep(0.05)

    def _give(self, record: dict[str, str | int]) -> None:
        self._say(
            201, "application/json; charset=utf-8", json.dumps([record | {"service_notice": "", "account_id": None}])
        )

    def _refuse(self, status: int, why: str) -> None:
        self.server.breaches.append(why)
        self._say(status, "application/json", json.dumps([{"code": status, "description": why}]))

    def _say(self, status: int, kind: str, body: str) -> None:
        content = body.encode()
        with suppress(OSError):  # whoever asks need not read to the end
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def geo_report_server(jurisdiction: str = "", api_key: str = "") -> Iterator[GeoReportServer]:
    with GeoReportServer(jurisdiction, api_key) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
