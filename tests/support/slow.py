"""Visitors on bad or hostile lines: connections that say little, late or never, and an honest visitor beside them."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
NGINX = ("portal.conf", "portal-server.conf")
BEGINNINGS = {
    "nothing": b"",
    "headers": b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "a form": b"POST /return HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\n",
    "a file": b"POST /report/files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    b"Content-Length: 10000000\r\n\r\n--x\r\n",
    "reading": b"GET /events.ics HTTP/1.1\r\nHost: x\r\n\r\n",
}


def connect(port: int, beginning: bytes, source: str = "127.0.0.1") -> socket.socket:
    line = socket.socket()
    line.settimeout(60)
    # A reader's own memory takes as little as the system allows, or the whole answer would fit in it.
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.bind((source, 0))
    line.connect(("127.0.0.1", port))
    line.sendall(beginning)
    return line


@contextmanager
def slow_visitors(port: int, how: str, count: int, addresses: int = 1) -> Iterator[list[socket.socket]]:
    """`count` connections from so many addresses of this machine."""
    lines = [connect(port, BEGINNINGS[how], f"127.0.0.{2 + number % addresses}") for number in range(count)]
    try:
        yield lines
    finally:
        for line in lines:
            line.close()


def trickle(lines: list[socket.socket], how: str) -> None:
    """A byte on each line."""
    for line in lines:
        with suppress(OSError):
            if how == "reading":
                line.settimeout(0.01)
                line.recv(1)
            elif how != "nothing":
                line.send(b"a")


def seconds_of_a_page(port: int, path: str = "/report") -> float:
    """As an honest visitor waits for it."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    began_at = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    took = time.perf_counter() - began_at
    connection.close()
    assert answer.status == 200, answer.status
    return took


def documented_nginx() -> str:
    """The nginx configuration of docs/operate.md without its TLS: what stands in http { }, then what stands in server { }."""
    whole, server = ((ROOT / "deploy" / "nginx" / name).read_text(encoding="utf-8") for name in NGINX)
    zone = whole.partition("\nserver {")[0]
    assert "include /etc/nginx/portal-server.conf;" in whole
    return f"{zone}\n# In server {{ }}\n{server}"


@contextmanager
def nginx(folder: Path, port: int, portal_port: int) -> Iterator[None]:
    """A real nginx with the documented configuration, on loopback, without its TLS."""
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("nginx is not installed (apt install nginx-light)")
    zone, _, server = documented_nginx().partition("# In server { }")
    server = server.partition("\n")[2].replace("http://127.0.0.1:8000", f"http://127.0.0.1:{portal_port}")
    temporary = "".join(
        f"{kind}_temp_path {folder / kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"worker_processes 1;\npid {folder / 'pid'};\nerror_log {folder / 'errors'} crit;\ndaemon off;\n"
        f"events {{ worker_connections 2048; }}\nhttp {{\n{temporary}{zone}\n"
        f"server {{\nlisten 127.0.0.1:{port};\n{server}\n}}\n}}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([program, "-c", str(configuration), "-p", str(folder)])
    try:
        ends_at = time.monotonic() + 10
        while time.monotonic() < ends_at and process.poll() is None:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.05)
        assert process.poll() is None, (folder / "errors").read_text()
        yield
    finally:
        process.terminate()
        process.wait(10)
