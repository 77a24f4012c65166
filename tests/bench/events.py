"""The calendar with a thousand public events: its pages made anew and given out, beside a bare route and a static file."""

from __future__ import annotations

import gzip
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

from portal.db import today
from tests.bench import filling, servers, wrk

ROUNDS = 5
TIMES_MADE = 20
FILTERED = "access=step_free&language=ur"
NGINX = """
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  default_type text/html;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {folder};
    add_header Content-Encoding gzip;
  }}
}}
"""
Line = tuple[str, str, str]


@dataclass(frozen=True)
class Measured:
    """A page that was made anew some times: milliseconds of each on the wall, and of processor time on average."""

    wall: list[float]
    processor: float
    size: int
    """In bytes, compressed."""


def measured(folder: Path, seconds: int) -> Iterator[Line]:
    """The lines to print. `folder` is empty and may be filled."""
    data, static = folder / "portal", folder / "static"
    servers.portal_command(data, "migrate")
    filling.fill_calendar(data)
    with servers.serving(data, "portal", "serve") as (port, master):
        yield from _first(port, master)
        yield from _made(port, master, data)
        if shutil.which("wrk") is None:
            yield "Under load", "not measured: wrk is not installed", ""
            return
        with servers.serving(folder / "bare", "tests.bench.bare") as bare:
            static.mkdir()
            (static / "index.html").write_bytes(gzip.compress(_asked(port, "/events")))
            with _nginx(static) as file:
                yield from _pressed(port, master, bare, file, seconds)


def _pages() -> dict[str, tuple[str, float | None]]:
    """Each page with how many milliseconds it may take to make."""
    month = (today().replace(day=28) + timedelta(days=4)).strftime("%Y-%m")
    return {
        "List": ("/events", None),
        "List in Urdu": ("/ur/events", None),
        "List, filtered": (f"/events?{FILTERED}", None),
        "List, searched": ("/events?q=conversation+77", None),
        "Month grid": (f"/events/month/{month}", 60),
        "Month grid, filtered": (f"/events/month/{month}?{FILTERED}", 60),
        "Feed of all, iCalendar": ("/events.ics", 400),
        "Feed of all, Atom": ("/events.atom", 400),
        "Feed of all, JSON": ("/events.json", 400),
        "Feed, filtered": (f"/events.ics?{FILTERED}", 400),
        "Sheet of a month": (f"/events/sheet?when={month}", None),
        "Awareness days": ("/events/awareness", None),
    }


def _first(port: int, master: int) -> Iterator[Line]:
    """Of a process that has shown nothing yet, as after a restart."""
    used, began = servers.processor_seconds(master), time.perf_counter()
    _asked(port, _pages()["Month grid"][0])
    wall, processor = time.perf_counter() - began, servers.processor_seconds(master) - used
    yield "Month grid, first page of a process", f"{1000 * wall:.0f} ms  processor {1000 * processor:.0f} ms", ""


def _made(port: int, master: int, data: Path) -> Iterator[Line]:
    """As after each change of the calendar: the first who asks has the page made."""
    for name, (path, most) in _pages().items():
        made = _make(port, master, data, path)
        wanted = [f"p99 {most:.0f} ms"] if most else []
        if not name.startswith("Feed"):
            wanted.append("60 kB")
        yield (
            f"{name}, made anew",
            f"p50 {statistics.median(made.wall):.0f} ms  p99 {max(made.wall):.0f} ms  "
            f"processor {made.processor:.0f} ms  {made.size / 1000:.1f} kB",
            ", ".join(wanted),
        )


def _make(port: int, master: int, data: Path, path: str) -> Measured:
    connection, wall, size = HTTPConnection("127.0.0.1", port), [], 0
    used = servers.processor_seconds(master)
    for _time in range(TIMES_MADE):
        (data / "published").touch()
        began = time.perf_counter()
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        size = len(answer.read())
        wall.append(1000 * (time.perf_counter() - began))
        if answer.status != 200:
            raise SystemExit(f"GET {path} gave {answer.status}")
    connection.close()
    return Measured(wall, 1000 * (servers.processor_seconds(master) - used) / TIMES_MADE, size)


def _pressed(port: int, master: int, bare: tuple[int, int], file: int, seconds: int) -> Iterator[Line]:
    """In turns, so that what else this machine does meanwhile falls on all of them; processor time leaves it out."""
    pages = _pages()
    wanted = {
        "List": "40% of bare; 0 failures",
        "Month grid": "p99 60 ms; 0 failures",
        "Feed, filtered": "300 requests/s; 0 failures",
    }
    given_out = ("List", "List, filtered", "Month grid", "Feed of all, iCalendar", "Feed, filtered")
    asked = {
        "Bare route": (f"http://127.0.0.1:{bare[0]}/", bare[1]),
        "nginx, the list as a file": (f"http://127.0.0.1:{file}/index.html", 0),
    } | {name: (f"http://127.0.0.1:{port}{pages[name][0]}", master) for name in given_out}
    turns = [{name: _press(*one, seconds) for name, one in asked.items()} for _round in range(ROUNDS)]
    loads = {name: wrk.best([turn[name][0] for turn in turns]) for name in asked}
    costs = {name: min(turn[name][1] for turn in turns) for name in asked}
    for name, load in loads.items():
        ratios = f"{load.rate / loads['Bare route'].rate:.0%} of bare"
        if costs[name]:
            ratios += f"  processor {costs[name]:.0f} µs, {costs['Bare route'] / costs[name]:.0%} of bare"
        yield (
            f"{name}, given out" if name in pages else name,
            f"{load.rate:,.0f} requests/s  {ratios}  p99 {load.p99:.0f} ms  {load.failures} failures",
            wanted.get(name, ""),
        )


def _press(url: str, master: int, seconds: int) -> tuple[wrk.Load, float]:
    """With the microseconds of processor time that each request took of the processes that answer; of no such, 0."""
    used = servers.processor_seconds(master) if master else 0.0
    load = wrk.press(url, seconds)
    used = servers.processor_seconds(master) - used if master else 0.0
    return load, 1e6 * used / max(1.0, load.rate * seconds)


def _asked(port: int, path: str) -> bytes:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    body = connection.getresponse().read()
    connection.close()
    return body


@contextmanager
def _nginx(folder: Path) -> Iterator[int]:
    """nginx with two processes that gives out this folder's compressed files; its port."""
    port = servers.free_port()
    settings = folder / "nginx.conf"
    # As root it would give up its rights, and with them the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    settings.write_text(NGINX.format(folder=folder, port=port), encoding="ascii")
    server = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(settings), "-g", f"daemon off; {user}"])
    try:
        servers.wait_for_answer(server, port)
        yield port
    finally:
        server.terminate()
        server.wait(servers.STOP_TIMEOUT)
