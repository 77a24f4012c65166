"""Open311 GeoReport v2, as much of it as handing over a report takes: a request is posted, its number read.

Source: https://wiki.open311.org/GeoReport_v2/. Whatever the other side answers, it was taken or it was not, and why; no redirect is
followed, no more than MAX_ANSWER is read, and after PATIENCE seconds the line is cut.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from html import unescape
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from portal.partnership.desks import Open311
from portal.reporting.models import HandOverProblem
from portal.text import plain

PATIENCE = 20.0
MAX_ANSWER = 64 * 1024
# What the specification gives a description.
MAX_DESCRIPTION = 4_000
MAX_SAID = 200
# The server says itself that it did not do it, or not now.
TRY_LATER = {408, 425, 429, 500, 502, 503}
_SAID_IN_XML = re.compile(r"<description>\s*([^<]{1,2000}?)\s*</description>")
# Printable ASCII: it is shown to a resident, and whoever runs the other side is a stranger.
_NUMBER = re.compile(r"(?=.*[!-~])[ -;=?-~]{1,60}")


@dataclass(frozen=True)
class Taken:
    """It was taken: its number there, or a token by which to ask for the number later; neither where none is known yet."""

    number: str = ""
    token: str = ""


@dataclass(frozen=True)
class NotTaken:
    problem: HandOverProblem
    said: str = ""
    """What the other side gave as its reason: text of a stranger's."""


def post_request(system: Open311, api_key: str, fields: Mapping[str, str]) -> Taken | NotTaken:
    """Post one service request.

    UNCLEAR means that it may have arrived: the answer was lost, or is none that the specification knows.
    """
    given = {"jurisdiction_id": system.jurisdiction_id, **fields, "api_key": api_key}
    body = urlencode({name: text for name, text in given.items() if text})
    answer = _ask(system, "POST", "/requests.json", body)
    if isinstance(answer, NotTaken):
        return answer
    found = _first(answer)
    number, token = _number(found.get("service_request_id")), _number(found.get("token"))
    return Taken(number, "" if number else token) if number or token else NotTaken(HandOverProblem.UNCLEAR)


def ask_token(system: Open311, token: str) -> Taken | NotTaken:
    """The number that belongs to a token, once the other side has given it one."""
    query = urlencode({"jurisdiction_id": system.jurisdiction_id}) if system.jurisdiction_id else ""
    answer = _ask(system, "GET", f"/tokens/{quote(token, safe='')}.json" + (f"?{query}" if query else ""))
    if isinstance(answer, NotTaken):
        return answer
    return Taken(_number(_first(answer).get("service_request_id")), token)


def _ask(system: Open311, method: str, path: str, body: str | None = None) -> bytes | NotTaken:
    """The body of an answer that says it went well."""
    at = urlsplit(system.endpoint)
    host, is_secure = at.hostname or "", at.scheme == "https"
    connection = (
        HTTPSConnection(host, at.port, timeout=PATIENCE, context=ssl.create_default_context())
        if is_secure
        else HTTPConnection(host, at.port, timeout=PATIENCE)
    )
    try:
        connection.connect()
    except (OSError, HTTPException, ValueError):
        connection.close()
        return NotTaken(HandOverProblem.NOT_REACHED)
    try:
        with _cut_after(connection, PATIENCE):
            headers = {"Accept": "application/json", "Connection": "close", "User-Agent": "portal"}
            if body is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
            connection.request(method, at.path.rstrip("/") + path, body, headers)
            response = connection.getresponse()
            content = response.read(MAX_ANSWER + 1)
    except (OSError, HTTPException, ValueError):
        return NotTaken(HandOverProblem.UNCLEAR)
    finally:
        connection.close()
    if response.status in TRY_LATER:
        return NotTaken(HandOverProblem.NOT_REACHED, _said(content))
    if 300 <= response.status < 500:
        return NotTaken(HandOverProblem.REFUSED, _said(content))
    if not 200 <= response.status < 300 or len(content) > MAX_ANSWER:
        return NotTaken(HandOverProblem.UNCLEAR)
    return content


@contextmanager
def _cut_after(connection: HTTPConnection, seconds: float) -> Iterator[None]:
    """A socket's own timeout begins anew with each byte: whoever drips could keep the worker for hours."""
    line = connection.sock  # which the connection gives away to the answer, once that has begun

    def cut() -> None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _first(content: bytes) -> dict[str, Any]:
    """The one record of an answer's list; nothing where it is anything else."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    first = found[0] if isinstance(found, list) and len(found) == 1 else None
    return first if isinstance(first, dict) else {}


def _number(given: Any) -> str:
    """Servers give numbers as text or as digits."""
    text = str(given) if isinstance(given, str) or type(given) is int else ""
    return text.strip() if _NUMBER.fullmatch(text) else ""


def _said(content: bytes) -> str:
    """The reason in a list of errors, JSON or XML; nothing where the answer is a page for people, or too long."""
    text = content.decode("utf-8", "replace") if len(content) <= MAX_ANSWER else ""
    given = _first(content).get("description") if text else None
    if not isinstance(given, str):
        found = _SAID_IN_XML.search(text)
        given = unescape(found[1]) if found else ""
    return plain(" ".join(given.split())[:MAX_SAID])
