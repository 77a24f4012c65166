"""Asks the operator's virus scanner (ClamAV's clamd, on this machine) about a file that stays as it came.

The file lies sealed on the disk by then: it is opened piece by piece for the scanner, and is kept whatever the answer is.
A scanner that is silent keeps nobody waiting: whoever opens the file later reads that it was not checked.
"""

from __future__ import annotations

import enum
import re
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from portal.config import settings
from portal.db import utcnow

CONNECT_SECONDS = 2.0
# For all the files of one request together, so that no thread waits longer than a page may take.
MAX_SECONDS = 20.0
# After a silence it is not asked again for so long, and so holds up one visitor and not all of them.
SILENT_SECONDS = 60.0
# Seconds for the operator's question whether it is there.
HEALTH_SECONDS = 5.0
OLD = timedelta(days=7)
LONGEST_ANSWER = 4096
# Of so many files it is known what the scanner said when it was asked again: a file is opened more than once.
REMEMBERED = 1000
_silent = {"until": float("-inf")}


class Check(enum.StrEnum):
    """What is known of a file; of what this portal made anew itself, and where no scanner is named, NONE."""

    NONE = ""
    CLEAN = "clean"
    FOUND = "found"
    NOT_CHECKED = "not_checked"


_said_again: dict[str, Check] = {}


class NoAnswer(Exception):
    """The scanner is away, silent, or said something that is no answer."""


def deadline() -> float:
    return time.monotonic() + MAX_SECONDS


def check(chunks: Iterable[bytes], until: float) -> Check:
    """Ask about one file; `until` is a deadline()."""
    if not settings().clamd:
        return Check.NONE
    if time.monotonic() < _silent["until"]:
        return Check.NOT_CHECKED
    try:
        with _connected(until) as connection:
            answer = _ask_about(connection, chunks, until)
    except (OSError, NoAnswer):
        # One file that takes long, or that it breaks off, is no silence: it would go unasked about everyone's.
        if not _is_there():
            _silent["until"] = time.monotonic() + SILENT_SECONDS
        return Check.NOT_CHECKED
    if answer.endswith(b" FOUND"):
        return Check.FOUND
    # Whatever else it says, as of a file that is longer than it takes, is no finding and no all-clear.
    return Check.CLEAN if answer == b"stream: OK" else Check.NOT_CHECKED


def check_again(file_id: str, chunks: Iterable[bytes]) -> Check:
    """Ask about a file that could not be checked when it came. Only whoever opens it can: the worker holds no key to it."""
    if file_id not in _said_again:
        said = check(chunks, deadline())
        if said not in (Check.CLEAN, Check.FOUND):
            return Check.NOT_CHECKED
        if len(_said_again) >= REMEMBERED:
            _said_again.clear()
        _said_again[file_id] = said
    return _said_again[file_id]


def _is_there() -> bool:
    try:
        _version(time.monotonic() + CONNECT_SECONDS)
    except (OSError, NoAnswer):
        return False
    return True


def _version(until: float) -> str:
    """Raises OSError, NoAnswer."""
    with _connected(until) as connection:
        _send(connection, b"zVERSION\0", until)
        return _answer(connection, until).decode("ascii", "replace")


def problems() -> list[str]:
    """What the operator must know of the scanner; empty where all is well, or none is named."""
    if not settings().clamd:
        return []
    try:
        version = _version(time.monotonic() + HEALTH_SECONDS)
    except (OSError, NoAnswer):
        return ["The virus scanner in PORTAL_CLAMD does not answer: files come in unchecked, and officers read so."]
    made_at = _made_at(version)
    if made_at is not None and utcnow() - made_at > OLD:
        return [f"The virus scanner's signatures are of {made_at:%d %B %Y}: see why freshclam does not renew them."]
    return []


def _made_at(version: str) -> datetime | None:
    """When its signatures were made: `ClamAV 1.4.3/27812/Sun Nov 29 08:35:12 2026`."""
    found = re.fullmatch(r"ClamAV [^/]+/\d+/\w{3} (.+)", version)
    with suppress(ValueError):
        return datetime.strptime(found[1], "%b %d %H:%M:%S %Y").replace(tzinfo=UTC) if found else None
    return None


@contextmanager
def _connected(until: float) -> Iterator[socket.socket]:
    kind, _, place = settings().clamd.partition(":")
    if kind == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        address: str | tuple[str, int] = place
    else:
        host, _, port = place.rpartition(":")
        address = host.strip("[]"), int(port)
        connection = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
    with connection:
        connection.settimeout(min(CONNECT_SECONDS, _left(until)))
        connection.connect(address)
        yield connection


def _ask_about(connection: socket.socket, chunks: Iterable[bytes], until: float) -> bytes:
    """Each piece with its length before it; a length of nothing ends the file."""
    _send(connection, b"zINSTREAM\0", until)
    # It may have its answer before the file ends, and then takes no more of it.
    with suppress(ConnectionError):
        for chunk in chunks:
            if chunk:
                _send(connection, len(chunk).to_bytes(4, "big") + chunk, until)
        _send(connection, bytes(4), until)
    return _answer(connection, until)


def _send(connection: socket.socket, data: bytes, until: float) -> None:
    connection.settimeout(_left(until))
    connection.sendall(data)


def _answer(connection: socket.socket, until: float) -> bytes:
    """Up to the zero byte that ends it. Raises NoAnswer."""
    answer = b""
    while b"\0" not in answer:
        connection.settimeout(_left(until))
        came = connection.recv(LONGEST_ANSWER)
        answer += came
        if not came or len(answer) > LONGEST_ANSWER:
            raise NoAnswer
    return answer.partition(b"\0")[0]


def _left(until: float) -> float:
    """Raises NoAnswer where no time is left."""
    left = until - time.monotonic()
    if left <= 0:
        raise NoAnswer
    return left
