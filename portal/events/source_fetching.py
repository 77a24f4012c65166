"""The network's side of reading groups' calendars: only public addresses by https, each bounded in size and time.

A name is resolved once, every address that it has is checked, and the one that was checked is the one that is
connected to: a name that changes its address meanwhile leads nowhere else.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from portal.config import settings
from portal.events.source_models import Trouble

MAX_SIZE = 2 * 1024 * 1024
MAX_REDIRECTS = 3
MAX_ADDRESS = 1000
WITHIN = 15.0
"""Seconds for everything: finding, connecting, waiting and reading."""
SILENCE = 8.0
PIECE = 64 * 1024
# What a name in an address is made of; an address that is all numbers is none of a group.
_HOST_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")
_INSIDE = (".local", ".localhost", ".internal", ".home.arpa", ".lan", ".onion", ".arpa")


class CannotRead(Exception):
    """It could not be read."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


@dataclass(frozen=True)
class Answer:
    """What stands there now; `text` is None where nothing changed since it was read last."""

    text: str | None
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Rules:
    """Where may be read. `on_loopback` is for tests alone: no variable of an operator can set it."""

    own_host: str
    on_loopback: bool = False
    within: float = WITHIN

    def allow(self, address: str) -> bool:
        """Whether an address has a form that may be read; where its name leads is looked at when it is read."""
        return self._parts(address) is not None

    def _parts(self, address: str) -> SplitResult | None:
        try:
            parts = urlsplit(address)
            port, host = parts.port, (parts.hostname or "").encode("idna").decode()
        except ValueError:  # a port beyond 65535, brackets without an address, a name that no name may be
            return None
        if self.on_loopback and host == "127.0.0.1":
            return parts
        is_name = "." in host.strip(".") and set(host) <= _HOST_LETTERS and not _is_number(host)
        is_inside = host.endswith(_INSIDE) or host.rstrip(".") == self.own_host.lower().rstrip(".")
        is_plain = parts.username is None and parts.password is None and port in (None, 443)
        is_short = len(address) <= MAX_ADDRESS and len(host) <= 253
        return parts if parts.scheme == "https" and is_name and is_plain and is_short and not is_inside else None

    def read(self, address: str, etag: str = "", modified: str = "") -> Answer:
        """Raises CannotRead."""
        deadline = time.monotonic() + self.within
        start = parts = self._parts(address)
        for _step in range(MAX_REDIRECTS + 1):
            if parts is None or start is None:
                raise CannotRead(Trouble.NOT_PUBLIC)
            if (parts.scheme, parts.hostname, parts.port) != (start.scheme, start.hostname, start.port):
                raise CannotRead(Trouble.LEADS_ELSEWHERE)
            answer = self._ask(parts, {"If-None-Match": etag, "If-Modified-Since": modified}, deadline)
            if isinstance(answer, Answer):
                return answer
            parts = self._parts(urljoin(parts.geturl(), answer))
            if parts is None:
                raise CannotRead(Trouble.LEADS_ELSEWHERE)
        raise CannotRead(Trouble.LEADS_ELSEWHERE)

    def _ask(self, parts: SplitResult, known: dict[str, str], deadline: float) -> Answer | str:
        """What stands there, or where it leads. Raises CannotRead."""
        host = (parts.hostname or "").encode("idna").decode()
        connection = _Pinned(host, parts.port, self._found(host, parts.port or 443), is_tls=parts.scheme == "https")
        # Whoever sends a byte now and then is cut off all the same.
        watch = threading.Timer(max(0.0, deadline - time.monotonic()), connection.cut)
        watch.daemon = True
        watch.start()
        try:
            connection.request("GET", _path(parts), headers=_HEADERS | {name: v for name, v in known.items() if v})
            answer = _answer(connection.getresponse(), deadline)
            if connection.is_cut:  # what came until then may look whole
                raise CannotRead(Trouble.TOO_SLOW)
            return answer
        except ssl.SSLError as problem:
            # Cut off in the middle of a handshake, it is the time that was the trouble.
            if connection.is_cut:
                raise CannotRead(Trouble.TOO_SLOW) from problem
            raise CannotRead(Trouble.CERTIFICATE) from problem
        except TimeoutError as problem:
            raise CannotRead(Trouble.TOO_SLOW) from problem
        except (OSError, http.client.HTTPException, ValueError) as problem:
            raise CannotRead(Trouble.TOO_SLOW if connection.is_cut else Trouble.NO_ANSWER) from problem
        finally:
            watch.cancel()
            connection.close()

    def _found(self, host: str, port: int) -> str:
        """The one address that is connected to, when all that the name has may be. Raises CannotRead."""
        try:
            found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError) as problem:
            raise CannotRead(Trouble.NO_ANSWER) from problem
        if not found or not all(self._is_allowed(one) for one in found):
            raise CannotRead(Trouble.NOT_PUBLIC)
        # IPv4 where there is one: a house without IPv6 finds the others' addresses all the same.
        return next((one for one in found if ":" not in one), found[0])

    def _is_allowed(self, address: str) -> bool:
        ip = ipaddress.ip_address(address.partition("%")[0])
        return is_public(ip) or (self.on_loopback and str(ip) == "127.0.0.1")


def is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """An address that the whole world has, and no other within it."""
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None or ip in _TRANSLATED or ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_HEADERS = {
    "User-Agent": "Community safety portal, calendar reader",
    "Accept": "text/calendar, text/html;q=0.9, */*;q=0.5",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


def rules() -> Rules:
    """What this installation may read."""
    own = urlsplit(settings().public_url).hostname or ""
    return Rules(own, settings().feeds_on_loopback, settings().feeds_within)


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, for the name that it was checked for."""

    def __init__(self, host: str, port: int | None, address: str, *, is_tls: bool) -> None:
        self.default_port = 443 if is_tls else 80
        super().__init__(host, port, timeout=SILENCE)
        self._address, self._is_tls = address, is_tls
        self.is_cut = False

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), SILENCE)
        self.sock = raw
        if self._is_tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(raw, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()
        if self.is_cut:
            raise TimeoutError

    def cut(self) -> None:
        """Whatever waits for it goes on, and finds that nothing comes any more."""
        self.is_cut = True
        if self.sock is not None:
            with suppress(OSError):  # it had ended by itself
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def _path(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return f"{path}?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else path


def _is_number(host: str) -> bool:
    """Also as browsers read it: 2130706433 and 0x7f.1 are addresses."""
    last = host.rstrip(".").rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")


def _answer(response: http.client.HTTPResponse, deadline: float) -> Answer | str:
    match response.status:
        case 304:
            return Answer(None)
        case 301 | 302 | 303 | 307 | 308:
            return response.headers.get("Location", "").encode("latin-1", "replace").decode("utf-8", "replace")
        case 401 | 403 | 407 | 451:
            raise CannotRead(Trouble.NOT_ALLOWED)
        case 404 | 410:
            raise CannotRead(Trouble.NOT_THERE)
        case 200:
            text = _body(response, deadline).decode(_charset(response), "replace")
            etag, modified = (response.headers.get(name, "") for name in ("ETag", "Last-Modified"))
            # One too long to keep is none: the calendar is then read whole each time.
            return Answer(text, etag if len(etag) <= 200 else "", modified if len(modified) <= 80 else "")
    raise CannotRead(Trouble.BROKEN)


def _charset(response: http.client.HTTPResponse) -> str:
    said = (response.headers.get_content_charset() or "utf-8").lower()
    return said if said in {"utf-8", "iso-8859-1", "iso-8859-2", "windows-1252", "utf-16"} else "utf-8"


def _body(response: http.client.HTTPResponse, deadline: float) -> bytes:
    """At most MAX_SIZE bytes, packed as unpacked."""
    packing = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in {"identity", "gzip", "deflate", ""}:
        raise CannotRead(Trouble.DAMAGED)
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32) if packing in {"gzip", "deflate"} else None
    found, read = bytearray(), 0
    try:
        while piece := response.read1(PIECE):
            if time.monotonic() > deadline:
                raise CannotRead(Trouble.TOO_SLOW)
            read += len(piece)
            found += unpack.decompress(piece, MAX_SIZE + 1 - len(found)) if unpack else piece
            if max(len(found), read) > MAX_SIZE:
                raise CannotRead(Trouble.TOO_BIG)
    except zlib.error as problem:
        raise CannotRead(Trouble.DAMAGED) from problem
    # `length` is what was announced and has not come.
    if response.length or (unpack and not unpack.eof):
        raise CannotRead(Trouble.TOO_SLOW if time.monotonic() > deadline else Trouble.DAMAGED)
    return bytes(found)
