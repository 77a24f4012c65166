"""Whoever sends or reads slowly, or sends what is no request, keeps nobody else waiting and gets a page of ours."""

from __future__ import annotations

import re
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from werkzeug.exceptions import RequestTimeout

from portal.server import connections
from portal.web.errors import ERROR_STATUS
from portal.web.security import HEADERS
from tests.bench import filling, servers
from tests.support import slow
from tests.support.people import Resident

LINES = 60


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[int]:
    """The port of a real server; where slow readers are to be tried, with a large calendar to read."""
    data = tmp_path_factory.mktemp("served")
    servers.portal_command(data, "migrate")
    if pytestconfig.getoption("--long"):
        servers.portal_command(data, "sample")
        filling.fill_calendar(data)
    with servers.serving(data, "portal", "serve") as (port, _master):
        yield port


def everything(line: socket.socket) -> bytes:
    """What comes until the server closes the line."""
    line.settimeout(5)
    return b"".join(iter(lambda: line.recv(65536), b""))


@pytest.mark.dear
@pytest.mark.parametrize("how", ["nothing", "headers", "a form", "a file"])
def test_slow_senders_keep_nobody_waiting(served: int, how: str) -> None:
    with slow.slow_visitors(served, how, LINES) as lines:
        waited = []
        for _ in range(10):
            slow.trickle(lines, how)
            waited.append(slow.seconds_of_a_page(served))
    assert statistics.median(waited) < 0.25
    assert max(waited) < 2


@pytest.mark.dear
def test_a_length_that_is_written_oddly_holds_no_pages_thread(served: int) -> None:
    odd = slow.BEGINNINGS["a form"].replace(b"100000", b"00000000000100000")
    lines = [slow.connect(served, odd + b"abc") for _ in range(40)]
    try:
        assert slow.seconds_of_a_page(served) < 2
    finally:
        for line in lines:
            line.close()


@pytest.mark.dear
def test_a_request_whose_rest_never_comes_is_answered_once(served: int) -> None:
    beginning = slow.BEGINNINGS["a form"].replace(b"100000", b"700000")
    with slow.connect(served, beginning + b"abc") as line:
        line.settimeout(20)
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_two_requests_in_one_packet_and_one_in_many_are_all_answered(served: int) -> None:
    with slow.connect(
        served, b"GET /contact HTTP/1.1\r\nHost: x\r\n\r\nGET /cookies HTTP/1.1\r\nHost: x\r\n\r\n"
    ) as line:
        for piece in (b"GET /priv", b"acy HTTP/1.1\r\nHost: x\r\n", b"Connection: close\r\n\r", b"\n"):
            time.sleep(0.05)
            line.sendall(piece)
        answer = everything(line)
    assert answer.count(b"HTTP/1.1 200 OK") == 3


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"no request at all\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n", 400),
        (b"POST /return HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /return HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"POST /return HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"GET /" + 5000 * b"a" + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + 9000 * b"a" + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + 70 * b"X-Many: a\r\n" + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + 20000 * b"X-Endless: a\r\n", 431),
    ],
)
def test_what_is_no_request_gets_a_page_of_ours_with_all_headers(served: int, sent: bytes, status: int) -> None:
    with slow.connect(served, sent) as line:
        answer = everything(line)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    for name, value in HEADERS.items():
        assert f"{name}: {value}".encode() in head
    assert not re.search(rb"(?i)server:|set-cookie|gunicorn", head)
    assert b"<h1" in body
    assert b"Go to the start" in body


@pytest.mark.same_on_both
def test_a_form_that_came_too_slowly_is_answered_unread_in_its_language(resident: Resident, app: Flask) -> None:
    client = app.test_client()
    answer = client.post("/ur/return", data={"receipt": "x"}, environ_overrides={ERROR_STATUS: 408})
    assert answer.status_code == 408
    assert 'lang="ur"' in answer.text
    assert client.post("/return", environ_overrides={ERROR_STATUS: 408}).text.count("That took too long to reach us")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, connections.RatedUnreader]]:
    """A visitor's end of a connection, and what reads the other end."""
    ours, theirs = socket.socketpair()
    ours.settimeout(0.05)
    with ours, theirs:
        reader = connections.RatedUnreader(ours, SimpleNamespace(mesg=SimpleNamespace(must_close=False)))
        reader.is_application_reading = True
        yield theirs, reader


def test_a_body_that_stops_coming_ends_the_request_and_its_connection(
    pair: tuple[socket.socket, connections.RatedUnreader],
) -> None:
    theirs, reader = pair
    theirs.sendall(b"some")
    assert reader.chunk() == b"some"
    with pytest.raises(RequestTimeout):
        reader.chunk()
    assert reader.parser.mesg.must_close


def test_a_body_that_comes_steadily_but_too_slowly_ends_the_request(
    pair: tuple[socket.socket, connections.RatedUnreader],
) -> None:
    theirs, reader = pair
    reader.began_at = time.monotonic() - connections.RATE_GRACE - 10
    theirs.sendall(9 * connections.MIN_RATE * b"x")
    with pytest.raises(RequestTimeout):
        reader.chunk(1_000_000)


def test_a_photo_over_the_oldest_mobile_networks_comes_through(
    pair: tuple[socket.socket, connections.RatedUnreader],
) -> None:
    theirs, reader = pair
    reader.began_at = time.monotonic() - connections.RATE_GRACE - 10
    theirs.sendall(11 * connections.MIN_RATE * b"x")
    assert len(reader.chunk(1_000_000)) == 11 * connections.MIN_RATE


def test_the_documented_nginx_passes_on_files_and_nothing_else_unbuffered(app: Flask) -> None:
    pattern = re.search(r"location ~ (\S+) \{", slow.documented_nginx())
    assert pattern
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<uuid:\w+>", "01234567-89ab-cdef-0123-456789abcdef", rule.rule)
        takes = hasattr(app.view_functions[rule.endpoint], "takes_files") and "POST" in (rule.methods or ())
        for prefix in ("", "/ur", "/large", "/large/ur"):
            assert bool(re.search(pattern[1], prefix + address)) == takes or address.startswith("/staff"), address
        if address.startswith("/staff"):
            for prefix in ("", "/large"):
                assert bool(re.search(pattern[1], prefix + address)) == takes, address


@pytest.mark.long
@pytest.mark.parametrize("how", slow.BEGINNINGS)
def test_two_hundred_slow_connections_behind_the_documented_nginx_are_not_felt(
    served: int, how: str, tmp_path: Path, app_address: tuple[str, int]
) -> None:
    port = app_address[1]
    with slow.nginx(tmp_path, port, served):
        quiet = p99(port)
        with slow.slow_visitors(port, how, 200, addresses=5) as lines:
            felt = p99(port, lambda: slow.trickle(lines, how))
    print(f"{how}: p99 {quiet * 1000:.1f} ms quiet, {felt * 1000:.1f} ms beside 200 slow connections")  # noqa: T201
    assert felt < max(2 * quiet, 0.05)
    assert not any((tmp_path / "client_body").iterdir())
    assert not any((tmp_path / "proxy").iterdir())


def p99(port: int, between: Callable[[], object] = lambda: None) -> float:
    """Of three hundred pages in at least fifteen seconds; the first ones warm the server up."""
    taken = []
    for number in range(300):
        if number % 20 == 0:
            between()
            time.sleep(1)
        taken.append(slow.seconds_of_a_page(port))
    return sorted(taken[20:])[int(0.99 * len(taken[20:]))]
