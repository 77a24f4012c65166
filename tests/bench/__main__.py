"""`make bench`: the portal under load beside a bare route, printed with what is wanted of it; it asserts nothing."""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import click

from tests.bench import (
    closing,
    costs,
    events,
    export,
    figures,
    filling,
    growth,
    journeys,
    photos,
    scale,
    servers,
    surveys,
    weight,
    wrk,
)

ROUNDS = 5
PUBLIC = {"Home": "/", "Home in Urdu": "/ur/", "Get help": "/help", "Priorities": "/priorities", "Figures": "/cohesion"}


def main() -> None:
    asked = argparse.ArgumentParser(prog="make bench")
    asked.add_argument("--seconds", type=int, default=3, help="of each run of wrk; the journeys take five times that")
    asked.add_argument(
        "part",
        nargs="?",
        choices=["figures", "closing", "events", "growth", "costs", "scale"],
        help="only the arithmetic of figures, the closing of a wave, the calendar, a portal that has grown, the costs of a report, or all of England",
    )
    asked.add_argument("--largest", type=int, default=100, choices=growth.SIZES, help="of growth: times Milton Keynes")
    asked.add_argument("--database", choices=growth.KINDS, help="of growth: one kind only")
    asked.add_argument("--keep", action="store_true", help="for docs/scale.md, and with scale that page itself")
    chosen = asked.parse_args()
    seconds = chosen.seconds
    if chosen.part == "growth":
        kinds = (chosen.database,) if chosen.database else growth.KINDS
        keep_measured("growth", growth.run(kinds, chosen.largest, click.echo), keep=chosen.keep)
        return
    if chosen.part == "costs":
        keep_measured("costs", costs.measured(), keep=chosen.keep)
        return
    if chosen.part == "scale":
        if chosen.keep:
            scale.renew_document()
        for line in scale.say():
            click.echo(line)
        return
    if chosen.part == "figures":
        say_figures()
        return
    if chosen.part == "closing":
        for line in closing.measured():
            say(*line)
        return
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        if chosen.part == "events":
            for line in events.measured(Path(folder), seconds):
                say(*line)
            return
        data, other = Path(folder, "portal"), Path(folder, "bare")
        say_export(Path(folder, "export"))
        servers.portal_command(data, "migrate")
        servers.portal_command(data, "sample")
        filling.fill_calendar(data)
        with (
            servers.serving(data, "portal", "serve") as (port, master),
            servers.serving(other, "tests.bench.bare") as (bare, _),
        ):
            say_pages(port, bare, seconds)
            say_calendar(port, seconds)
            say_surveys(port, bare, seconds, Path(folder))
            say_journeys(port, master, data / "portal.db", 5 * seconds)
            say_photos(port, master, 5 * seconds)
            say_memory(master)
            say_weight(port)


def keep_measured(part: str, found: Mapping[str, Any], *, keep: bool) -> None:
    """What the simulation of England reckons with."""
    if part == "costs":
        for name, value in found.items():
            say(name.replace("_", " "), f"{value:,.3f}")
    if keep:
        scale.keep(part, found)


def say(what: str, measured: str, wanted: str = "") -> None:
    click.echo(f"{what:<38} {measured:<56} {wanted}".rstrip())


def say_figures() -> None:
    for line in figures.measured():
        say(*line)


def say_pages(port: int, bare: int, seconds: int) -> None:
    if shutil.which("wrk") is None:
        say("Home under load", "not measured: wrk is not installed")
        return
    urls = {
        "Bare route": f"http://127.0.0.1:{bare}/",
        "Home": f"http://127.0.0.1:{port}/",
        "Home in Urdu": f"http://127.0.0.1:{port}/ur/",
        "Events": f"http://127.0.0.1:{port}/events",
        "Figures": f"http://127.0.0.1:{port}/cohesion",
    }
    # In turns, so that what else this machine does meanwhile falls on all of them.
    turns = [{name: wrk.press(url, seconds) for name, url in urls.items()} for _ in range(ROUNDS)]
    for name in urls:
        load = wrk.best([turn[name] for turn in turns])
        ratio = load.rate / wrk.best([turn["Bare route"] for turn in turns]).rate
        is_bare = name == "Bare route"
        say(
            name,
            f"{load.rate:,.0f} requests/s  {'' if is_bare else f'{ratio:.0%} of bare  '}p99 {load.p99:.0f} ms  "
            f"{load.failures} failures",
            "" if is_bare else f"{60 if name == 'Figures' else 40}% of bare; p99 60 ms; 0 failures",
        )


def say_calendar(port: int, seconds: int) -> None:
    """The feed of as many events as it ever holds: made anew, given out whole, and unchanged since the calendar asked."""
    if shutil.which("wrk") is None:
        return
    connection = HTTPConnection("127.0.0.1", port)
    began = time.perf_counter()
    connection.request("GET", "/events.ics")
    answer = connection.getresponse()
    size = len(answer.read())
    say(
        f"Calendar of {filling.MAX_FEED_EVENTS:,} events, made",
        f"{time.perf_counter() - began:.1f} s  {size / 1000:.0f} kB",
    )
    url, known = f"http://127.0.0.1:{port}/events.ics", f"If-None-Match: {answer.headers['ETag']}"
    for what, headers, wanted in (("given out", (), "300"), ("unchanged (304)", (known,), "1,500")):
        load = wrk.best([wrk.press(url, seconds, *headers) for _ in range(ROUNDS)])
        say(f"  {what}", f"{load.rate:,.0f} requests/s  p99 {load.p99:.0f} ms", f"{wanted} requests/s")


def say_surveys(port: int, bare: int, seconds: int, folder: Path) -> None:
    if shutil.which("wrk") is None:
        return
    ours, others = surveys.answered(port, bare, seconds, ROUNDS, folder)
    say("Bare route that takes a form", f"{others.rate:,.0f} requests/s  p99 {others.p99:.0f} ms")
    say(
        "Page of a survey, answered",
        f"{ours.rate:,.0f} requests/s  {ours.rate / others.rate:.0%} of bare  p99 {ours.p99:.0f} ms  "
        f"{ours.failures} failures",
        "25% of bare; 0 failures",
    )


def say_journeys(port: int, master: int, database: Path, seconds: int) -> None:
    stored_before, used_before = stored(database), servers.processor_seconds(master)
    walked = journeys.walk(port, seconds)
    used = servers.processor_seconds(master) - used_before
    times, receipts = walked.times, walked.receipts
    say(
        f"Reports by {journeys.CLIENTS} residents",
        f"{len(receipts) / walked.seconds:.1f} journeys/s  {len(times) / walked.seconds:,.0f} requests/s",
        "20 journeys/s",
    )
    say("  a request of theirs", f"p50 {percentile(times, 50):.1f} ms  p99 {percentile(times, 99):.1f} ms")
    if receipts:
        say(
            "  processor time a journey",
            f"portal {1000 * used / len(receipts):.0f} ms, its visitors {1000 * walked.processor / len(receipts):.0f} ms",
        )
    say("  failures", str(len(walked.failures)), "0")
    for failure in sorted(set(walked.failures))[:5]:
        say("", failure)
    say(
        "  receipts given, stored",
        f"{len(receipts)}, {stored(database) - stored_before}",
        "the same",
    )
    resident = journeys.Resident(port)
    drawn = random.sample(receipts, min(3, len(receipts)))
    say("  drawn receipts that open", f"{sum(resident.come_back(digits) for digits in drawn)} of {len(drawn)}", "all")


def say_photos(port: int, master: int, seconds: int) -> None:
    """One visitor may send 120 files in an hour, and all these come from one address."""
    photo = photos.twelve_megapixels()
    with photos.watched(master) as peak:
        journeys.Resident(port).report(photo)
    walked = journeys.walk(port, seconds, photo)
    say(
        f"Reports with a photo of {len(photo) / 1e6:.1f} MB",
        f"{len(walked.receipts) / walked.seconds:.1f} journeys/s  {len(walked.failures)} failures",
        "2 journeys/s; 0 failures",
    )
    for failure in sorted(set(walked.failures))[:5]:
        say("", failure)
    times = walked.photo_times
    say(
        "  the photo's own request",
        f"p50 {percentile(times, 50):,.0f} ms  p99 {percentile(times, 99):,.0f} ms",
        "p99 2,000 ms",
    )
    say("  more memory for one photo", f"{peak.megabytes:.0f} MB", "150 MB")


def stored(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        count: int = connection.execute("SELECT count(*) FROM report").fetchone()[0]
    return count


def percentile(sorted_times: list[float], hundredth: int) -> float:
    """In milliseconds."""
    return 1000 * sorted_times[len(sorted_times) * hundredth // 100] if sorted_times else 0.0


def say_memory(master: int) -> None:
    found = servers.memory(master)
    say("Memory of two processes", f"{found['answering']:.0f} MB", "250 MB")
    say(
        "  with what stands by",
        f"{sum(found.values()):.0f} MB (master {found['master']:.0f}, worker {found['worker']:.0f})",
    )


def say_export(data: Path) -> None:
    cost = export.measure(data)
    say(
        f"Export of {cost.rows:,} x {export.QUESTIONS} answers",
        f"{cost.beyond:.2f} s of processor beyond the query ({cost.query:.2f} s)  {cost.size / 1e6:.0f} MB sent",
        "2 s",
    )
    say("  more memory", f"{cost.memory:.0f} MB", "60 MB")


def say_weight(port: int) -> None:
    resident = journeys.Resident(port)
    resident.get("/report")
    resident.post("/report", "/report/1")
    for name, path, cookie in (
        *((name, path, "") for name, path in PUBLIC.items()),
        ("report, safety gate", "/report", ""),
        ("report, a question", "/report/1", resident.cookie),
    ):
        requests, everything, page = weight.weigh(port, path, cookie)
        wanted = "6 requests, 60 kB" if name in PUBLIC else ""
        say(
            f"First visit: {name}",
            f"{requests} requests  {everything / 1000:.1f} kB (page {page / 1000:.1f})",
            wanted,
        )


if __name__ == "__main__":
    main()
