"""The server's connections: whatever a visitor sends slowly holds no thread that others need.

gunicorn's threads each wait for one visitor. Here a request is collected beside them and handed to a thread when it is
whole; what is too large for that is received by threads that answer nothing else, and at a least rate.
"""

from __future__ import annotations

import errno
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ
from socket import SHUT_WR
from typing import TYPE_CHECKING, Any, NoReturn

from flask import Flask
from gunicorn import util
from gunicorn.http import get_parser
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker
from werkzeug.exceptions import RequestTimeout
from werkzeug.wsgi import ClosingIterator

from portal.config import upload_threads
from portal.web.errors import ERROR_STATUS

if TYPE_CHECKING:
    from socket import socket

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Seconds from a connection's first moment to the end of its headers.
HEADER_TIMEOUT = 10.0
# Bytes of a body that is collected in memory: a story of 4,000 letters in any script takes a quarter of it.
MAX_COLLECTED = 128 * 1024
MAX_HEADERS = 64 * 1024
# Bytes a second that a body must come at on average, and the seconds after which that is asked. A phone on the oldest
# mobile networks (EDGE) sends ten times as much; a photo of 2 MB may take a quarter of an hour.
MIN_RATE = 2048
RATE_GRACE = 20.0
# Seconds in which the next bytes must come, or a piece of an answer be taken by whoever asked for it.
SOCKET_TIMEOUT = 20.0
# An answer is sent in such pieces, each of which may take SOCKET_TIMEOUT.
PIECE = 32 * 1024
SWEEP_INTERVAL = 1.0
LINGER = 2.0
# What gunicorn answers by itself, to requests that it cannot read or that failed outside the portal's code.
SERVER_ERRORS = (400, 403, 414, 417, 431, 500, 501)

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(0|[1-9]\d{0,11})[ \t]*\r\n", re.IGNORECASE)
# Bodies whose length is not known beforehand, or that are sent only when asked for.
_UNCOLLECTED = re.compile(rb"\r\n(?:transfer-encoding|expect):", re.IGNORECASE)


def least_by(began_at: float, now: float) -> float:
    """Bytes that must have come by now of what began then."""
    return MIN_RATE * (now - began_at - RATE_GRACE)


class Connection(TConn):
    """A visitor's connection, with what has been collected of the request that is coming in on it."""

    parser: Any
    collected: bytearray
    began_at = 0.0
    header_end = -1
    length = 0
    is_upload = False
    status = 0
    """With which the request is answered because it cannot be read to its end."""
    linger: Callable[[Connection], None]
    lingers_until = 0.0

    def begin(self) -> None:
        """The next request begins with its first bytes, or with the connection itself."""
        self.collected, self.began_at = bytearray(), time.monotonic()
        self.header_end, self.length, self.is_upload = -1, 0, False

    def is_whole(self) -> bool:
        """Whether a thread can go on with it, without waiting for more than it is meant to wait for."""
        if self.header_end < 0:
            found = self.collected.find(b"\r\n\r\n")
            if found < 0:
                return len(self.collected) > MAX_HEADERS
            self.header_end = found + 4
            head = bytes(self.collected[: self.header_end])
            length = _LENGTH.search(head)
            self.length = int(length[1]) if length else 0
            # A length that is written oddly is left to gunicorn, beside the threads of pages.
            is_odd = not length and b"content-length" in head.lower()
            self.is_upload = self.length > MAX_COLLECTED or is_odd or bool(_UNCOLLECTED.search(head))
        return self.is_upload or len(self.collected) - self.header_end >= self.length

    def is_late(self, now: float) -> bool:
        if self.header_end < 0:
            return now - self.began_at > HEADER_TIMEOUT
        return len(self.collected) < least_by(self.began_at, now)

    def close(self, graceful: bool = False) -> None:
        """Gracefully: what is still coming is read and thrown away for a moment, or the answer would be lost with it."""
        if graceful:
            self.linger(self)
        else:
            super().close()

    def init(self) -> None:
        """In a thread: everything that was collected is read before anything else."""
        self.sock.settimeout(SOCKET_TIMEOUT)
        if self.parser is None:
            self.initialized = True
            self.parser = get_parser(self.cfg, self.sock, self.client)
            self.parser.unreader = RatedUnreader(self.sock, self.parser)
        self.parser.unreader.unread(bytes(self.collected))
        self.collected = bytearray()


class RatedUnreader(SocketUnreader):
    """Reads a body from a socket and gives up on one that comes too slowly.

    Raises RequestTimeout where the application reads, and TimeoutError where gunicorn throws away what it did not read.
    """

    def __init__(self, sock: socket, parser: Any) -> None:
        super().__init__(sock)
        self.parser = parser
        self.began_at, self.received = time.monotonic(), 0
        self.is_application_reading = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        try:
            data: bytes = super().chunk(size_hint)
        except TimeoutError:
            self._give_up()
        self.received += len(data)
        if data and self.received < least_by(self.began_at, time.monotonic()):
            self._give_up()
        return data

    def _give_up(self) -> NoReturn:
        # What would come after it belongs to this request still: the connection ends with the answer.
        if not self.is_application_reading:
            raise TimeoutError
        self.parser.mesg.must_close = True
        raise RequestTimeout


class ConnectionWorker(ThreadWorker):
    """gunicorn's threaded worker, whose threads answer and do not wait."""

    wsgi: Any

    def init_process(self) -> None:
        # Files and what else is too large to be collected: half as many threads, and no page waits for one of them.
        self.uploads = ThreadPoolExecutor(max_workers=upload_threads(self.cfg.threads))
        self.request = threading.local()
        self.swept_at = 0.0
        self.lingering: deque[Connection] = deque()
        super().init_process()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        use_own_error_pages(self.wsgi)
        self.wsgi = partial(self._answer, self.wsgi)

    def _answer(
        self, application: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if status := self.request.status:
            environ[ERROR_STATUS] = status
        answer = application(environ, start_response)
        return ClosingIterator(_in_pieces(answer), getattr(answer, "close", None))

    def accept(self, listener: socket) -> None:
        try:
            sock, client = listener.accept()
        except OSError:
            return  # it went away, or another process took it
        self.nr_conns += 1
        connection = Connection(self.cfg, sock, client, listener.getsockname())
        connection.linger = self._linger
        connection.begin()
        self._collect(connection)

    def _collect(self, connection: Connection) -> None:
        connection.sock.setblocking(False)
        self.pending_conns.append(connection)
        self.poller.register(connection.sock, EVENT_READ, partial(self.on_pending_socket_readable, connection))

    def on_client_socket_readable(self, conn: Connection, client: socket) -> None:
        """The next request on a connection that was kept."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        conn.begin()
        self._collect(conn)
        self.on_pending_socket_readable(conn, client)

    def on_pending_socket_readable(self, conn: Connection, client: socket) -> None:
        try:
            received = client.recv(64 * 1024)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            received = b""
        if not received:
            self._drop(conn)
            return
        conn.collected += received
        if conn.is_whole():
            self._hand_over(conn)

    def _stop_collecting(self, connection: Connection) -> None:
        self.poller.unregister(connection.sock)
        self.pending_conns.remove(connection)

    def _hand_over(self, connection: Connection) -> None:
        self._stop_collecting(connection)
        self.enqueue_req(connection)

    def _drop(self, connection: Connection) -> None:
        self._stop_collecting(connection)
        self.nr_conns -= 1
        connection.close()

    def _linger(self, connection: Connection) -> None:
        """gunicorn waits in its loop for the visitor to hang up, for two seconds each; here nobody waits."""
        try:
            connection.sock.shutdown(SHUT_WR)
            connection.sock.setblocking(False)
        except OSError:
            connection.close()
            return
        connection.lingers_until = time.monotonic() + LINGER
        self.lingering.append(connection)
        self.poller.register(connection.sock, EVENT_READ, partial(self._throw_away, connection))

    def _throw_away(self, connection: Connection, client: socket) -> None:
        try:
            has_more = bool(client.recv(64 * 1024))
        except (BlockingIOError, InterruptedError):
            has_more = True
        except OSError:
            has_more = False
        if not has_more:
            self._end(connection)

    def _end(self, connection: Connection) -> None:
        self.lingering.remove(connection)
        self.poller.unregister(connection.sock)
        connection.close()

    def murder_pending(self) -> None:
        """End the waiting for what comes too slowly: who has told their page by now is answered, others are not."""
        now = time.monotonic()
        if now < self.swept_at + SWEEP_INTERVAL:
            return
        self.swept_at = now
        for connection in [each for each in self.lingering if now > each.lingers_until]:
            self._end(connection)
        for connection in [each for each in self.pending_conns if each.is_late(now)]:
            if connection.header_end < 0:
                self._drop(connection)
            else:
                connection.status = RequestTimeout.code
                self._hand_over(connection)

    def enqueue_req(self, conn: Connection) -> None:
        conn.data_ready = True
        pool = self.uploads if conn.is_upload else self.tpool
        done = pool.submit(self.handle, conn)
        done.add_done_callback(lambda answered: self.method_queue.defer(self.finish_request, conn, answered))

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """Once answered: bytes that came with this request are the beginning of the next one."""
        unread = conn.parser.unreader.take_buffered() if conn.parser and not fs.cancelled() else b""
        super().finish_request(conn, fs)
        if unread and conn in self.keepalived_conns:
            self.keepalived_conns.remove(conn)
            self.poller.unregister(conn.sock)
            conn.begin()
            self._collect(conn)
            conn.collected += unread
            if conn.is_whole():
                self._hand_over(conn)

    def handle(self, conn: Connection) -> Any:
        if conn.header_end < 0:
            util.write_error(conn.sock, 431, "", "")
            return False
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Connection) -> bool:
        reader = conn.parser.unreader
        reader.began_at, reader.received, reader.is_application_reading = time.monotonic(), 0, True
        self.request.status = conn.status
        req.must_close = req.must_close or bool(conn.status)
        try:
            return bool(super().handle_request(req, conn))
        except TimeoutError:
            # Whoever asked does not take the answer: that is nothing for the log.
            raise ConnectionResetError(errno.ECONNRESET, "the answer was not taken") from None
        finally:
            reader.is_application_reading = False


def _in_pieces(answer: Iterable[bytes]) -> Iterator[bytes]:
    for item in answer:
        for start in range(0, len(item), PIECE):
            yield item[start : start + PIECE]


def use_own_error_pages(app: Flask) -> None:
    """Have gunicorn's own errors answered with our page and headers. In English: the request was not understood."""
    pages = {status: _error_page(app, status) for status in SERVER_ERRORS}

    def write_error(sock: socket, status: int, _reason: str, _message: str) -> None:
        util.write_nonblock(sock, pages.get(status, pages[500]))

    util.write_error = write_error


def _error_page(app: Flask, status: int) -> bytes:
    with app.test_client() as client:
        answer = client.get("/", environ_overrides={ERROR_STATUS: status})
    headers = "".join(f"{name}: {value}\r\n" for name, value in answer.headers if name != "Set-Cookie")
    return f"HTTP/1.1 {answer.status}\r\n{headers}Connection: close\r\n\r\n".encode("latin-1") + answer.get_data()
