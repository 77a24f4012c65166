"""The network's side of signing in elsewhere: one question to the provider, bounded in time and size, led nowhere else."""

from __future__ import annotations

import enum
import http.client
import json
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

# Seconds that someone who signs in waits for one answer of the provider.
PATIENCE = 5.0
MAX_SIZE = 512 * 1024
PIECE = 64 * 1024
# Of the threads that answer pages, so many at most wait for a provider at once.
AT_ONCE = 3
_asking = threading.BoundedSemaphore(AT_ONCE)
# And so many from one address, which waits a moment for its turn: whoever keeps the provider busy leaves a place for others.
AT_ONCE_FROM_ONE = AT_ONCE - 1
TURN = 1.0
_asking_from: Counter[str] = Counter()
_turns = threading.Condition()


class Trouble(enum.StrEnum):
    """Why someone could not be signed in elsewhere."""

    SILENT = "silent"
    """The provider does not answer, or not in time."""
    UNFIT = "unfit"
    """It answers something with which nobody can be signed in: for the operator."""
    REFUSED = "refused"
    """What it said of this person is not to be believed, or it took the code for none of its own."""
    OTHER_VISIT = "other_visit"
    """The answer belongs to no sign-in that this browser has begun."""
    GIVEN_UP = "given_up"
    """They did not sign in over there, or were not let."""


class NotSignedIn(Exception):
    """`why` is for the log: words of ours and kinds of failures, nothing that the provider wrote."""

    def __init__(self, trouble: Trouble, why: str) -> None:
        super().__init__(why)
        self.trouble, self.why = trouble, why


class Answer:
    """What came, as authlib reads it."""

    def __init__(self, status: int, content: bytes) -> None:
        self.status_code, self.content = status, content

    def json(self) -> Any:
        """Raises ValueError."""
        try:
            return json.loads(self.content)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def raise_for_status(self) -> None:
        if self.status_code >= 500:
            raise NotSignedIn(Trouble.SILENT, f"the provider answers {self.status_code}")
        raise NotSignedIn(Trouble.UNFIT, f"the provider answers {self.status_code} and no JSON")


class Asker:
    """The client that authlib posts with: it needs no more of one than this."""

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> Answer:
        address, with_secret, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return ask(address, body=body, headers=with_secret)


@contextmanager
def turn_of(address: str) -> Iterator[None]:
    """While something is asked for a visitor at this address, which is held nowhere longer. Raises NotSignedIn."""
    with _turns:
        if not _turns.wait_for(lambda: _asking_from[address] < AT_ONCE_FROM_ONE, TURN):
            raise NotSignedIn(Trouble.SILENT, "too many at one address wait for the provider")
        _asking_from[address] += 1
    try:
        yield
    finally:
        with _turns:
            _asking_from[address] -= 1
            if not _asking_from[address]:
                del _asking_from[address]
            _turns.notify_all()


def find(url: str, patience: float | None = None) -> dict[str, Any]:
    """The JSON object that stands there. Raises NotSignedIn."""
    answer = ask(url, patience=patience)
    if answer.status_code != 200:
        answer.raise_for_status()
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotSignedIn(Trouble.UNFIT, "the provider answers no JSON object")
    return found


def ask(
    url: str, *, body: str | None = None, headers: Mapping[str, str] | None = None, patience: float | None = None
) -> Answer:
    """What the provider answers, within PATIENCE or less. Never within a transaction. Raises NotSignedIn."""
    patience = patience or PATIENCE
    parts = urlsplit(url)
    address = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    if not _asking.acquire(timeout=patience):
        raise NotSignedIn(Trouble.SILENT, "too many wait for the provider")
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, patience)
    # A thread of its own, that can be left behind: a name server that hangs listens to no time-out.
    thread = ThreadPoolExecutor(1)
    try:
        return thread.submit(_read, connection, address, body, dict(headers or {}), patience).result(patience)
    except TooLate:
        raise NotSignedIn(Trouble.SILENT, "the provider does not answer in time") from None
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise NotSignedIn(Trouble.SILENT, f"the provider cannot be asked: {type(problem).__name__}") from None
    finally:
        _asking.release()
        _cut(connection)
        thread.shutdown(wait=False)


def _connection(scheme: str, host: str, port: int | None, patience: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=patience, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=patience)


def _read(
    connection: http.client.HTTPConnection, address: str, body: str | None, headers: dict[str, str], patience: float
) -> Answer:
    ends = time.monotonic() + patience
    own = {"Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
    connection.request("GET" if body is None else "POST", address, body, own | headers)
    response = connection.getresponse()
    if 300 <= response.status < 400:
        raise NotSignedIn(Trouble.UNFIT, "the provider leads elsewhere instead of answering")
    found = bytearray()
    while piece := response.read1(PIECE):
        found += piece
        if len(found) > MAX_SIZE:
            raise NotSignedIn(Trouble.UNFIT, f"the provider's answer is longer than {MAX_SIZE // 1024} KB")
        if time.monotonic() > ends:
            raise TimeoutError
    if response.length:  # what was announced and has not come
        raise http.client.IncompleteRead(bytes(found))
    return Answer(response.status, bytes(found))


def _cut(connection: http.client.HTTPConnection) -> None:
    """Whoever still waits at its other end goes on."""
    if connection.sock is not None:
        with suppress(OSError):  # it had ended by itself
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
    connection.close()
