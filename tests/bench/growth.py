"""What each page and each duty costs as the portal grows: 1, 10 and 100 times the reports, answers and events of Milton Keynes."""

from __future__ import annotations

import math
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, update

from portal import audit
from portal.cohesion.services import draft_release
from portal.db import random_id, session, today, transaction
from portal.reporting import clocks
from portal.reporting.models import Report, ReportPart
from portal.server import backup, postgres_rewriting, restore, worker
from portal.staff.export_making import source_of
from portal.staff.export_words import said_in
from portal.surveys import export, packing, waves
from portal.surveys.answers import coded_answers
from portal.surveys.tables import LANGUAGES, Table
from portal.web import caching
from tests.bench import grown
from tests.bench.england import HELD_UP
from tests.bench.grown import Grown
from tests.support import postgres

SIZES = (1, 10, 100)
KINDS = ("sqlite", "postgresql")
# Ten times as much may take so many times as long and count as linear: a machine that others use is not even.
LINEAR = 13.0
# Of what takes no longer than this many seconds nothing is said: it is the page, not the number of rows.
NOTHING = 0.05
ROUNDS = 3


@dataclass(frozen=True)
class Cost:
    """Seconds on the wall and of this process, and how many questions the database was asked."""

    wall: float
    processor: float
    queries: int


Costs = dict[str, Cost]


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Every statement that the engine runs meanwhile."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def cost_of(app: Flask, act: Callable[[], object], rounds: int = 1, before: Callable[[], object] | None = None) -> Cost:
    """The best of some rounds."""
    found = []
    with counted(app.extensions["database"].engine) as said:
        for _round in range(rounds):
            if before:
                before()
            said.clear()
            began, used = time.perf_counter(), time.process_time()
            act()
            found.append(Cost(time.perf_counter() - began, time.process_time() - used, len(said)))
    return min(found, key=lambda one: one.wall)


def pages() -> dict[str, str]:
    """What residents open, made anew."""
    month = (today().replace(day=28) + timedelta(days=4)).strftime("%Y-%m")
    return {
        "home": "/",
        "events": "/events",
        "events, filtered": "/events?access=step_free&language=ur",
        "events, searched": "/events?q=conversation+77",
        "events over": "/events/past",
        "month": f"/events/month/{month}",
        "feed of events": "/events.ics",
        "embedded events": "/events/embed",
        "sheet of a month": f"/events/sheet?when={month}",
        "cohesion": "/cohesion",
        "data": "/cohesion/data",
    }


STAFF_PAGES = {
    "queue": "/staff/reports",
    "queue, narrowed": "/staff/reports?view=overdue&kind=hate&strand=race&sort=due",
    "queue, closed": "/staff/reports?view=closed",
    "today": "/staff/report-figures/now",
    "reports in numbers": "/staff/report-figures",
    "quarterly report": "/staff/report-figures/quarter",
    "at a glance": "/staff/figures/overview",
    "second looks": "/staff/second-looks",
    "staff's events": "/staff/events",
    "staff's events over": "/staff/events?view=past",
    "events afterwards": "/staff/events/afterwards",
    "surveys": "/staff/surveys",
}


def measured(there: Grown, wave_id: Any, folder: Path) -> Costs:
    """Everything once; `folder` takes the backup."""
    app, officer = there.app, there.officer
    found: Costs = {}

    def get(path: str) -> None:
        answer = officer.client.get(path)
        assert answer.status_code == 200, f"{path} gave {answer.status_code}"

    def anew() -> None:
        with app.app_context(), transaction() as db:
            caching.publish(db)

    for name, path in pages().items():
        found[name] = cost_of(app, lambda path=path: get(path), ROUNDS, anew)  # type: ignore[misc]
    for _look in range(200):  # the first looks open what the index lacks, so many at a time
        if "still to be sorted" not in officer.client.get("/staff/reports").text:
            break
    for name, path in STAFF_PAGES.items():
        found[name] = cost_of(app, lambda path=path: get(path), ROUNDS)  # type: ignore[misc]
    found["wave, open: its results"] = cost_of(app, lambda: get(f"/staff/waves/{wave_id}/results"))
    officer.get("/staff/reports")
    found["search"] = cost_of(app, lambda: officer.post("/staff/search", {"words": "shop"}))
    with app.app_context():
        report_id = grown.some_report()
    found["opening a report"] = cost_of(app, lambda: get(f"/staff/reports/{report_id}"), ROUNDS)
    found["alike reports"] = cost_of(app, lambda: get(f"/staff/reports/{report_id}/alike"))
    with app.app_context():
        found |= _duties(there, wave_id, folder)
    return found


def _duties(there: Grown, wave_id: Any, folder: Path) -> Costs:
    app = there.app
    found: Costs = {}

    def act(name: str, do: Callable[[], object], rounds: int = 1) -> None:
        found[name] = cost_of(app, do, rounds)
        session.rollback()
        session.expunge_all()

    def close() -> None:
        with transaction() as db:
            waves.shut_wave(db, wave_id)
        packing.pack_wave(wave_id)

    def release() -> None:
        with transaction() as db:
            draft_release(db, wave_id, grown.NAME)

    act("wave, closing", close)
    act("wave, a release", release)
    act("wave, an export", lambda: _exported(wave_id))
    act("worker, reminders", clocks.remind_of_overdue)
    act("worker, tidying", worker.tidy)
    # By day PostgreSQL's large tables are left as they are.
    postgres_rewriting.NIGHT_ENDS_AT = 24
    with _writer(app) as waited:
        act("worker, rewriting", worker.scatter)
    found[HELD_UP] = Cost(max(waited), 0.0, 0)
    kept = folder / "kept"
    act("backup", lambda: backup.back_up_to_folder(kept))
    (archive,) = kept.glob("*.backup")
    with archive.open("rb") as source:
        act("backup, checked", lambda: restore.check(source, there.private, kept / backup.EVIDENCE))
    archive.unlink()
    act("audit log, verified", lambda: _sound())
    return found


@contextmanager
def _writer(app: Flask) -> Iterator[list[float]]:
    """Somebody writes all the time meanwhile, as whoever sends a report does; for how many seconds they waited each time."""
    waited: list[float] = []
    is_over = threading.Event()

    def write() -> None:
        with app.app_context():
            while not is_over.is_set():
                began = time.monotonic()
                with transaction() as db:
                    db.execute(update(Report).where(Report.id == random_id()).values(reference=""))
                    db.execute(update(ReportPart).where(ReportPart.id == random_id()).values(sealed=b""))
                waited.append(time.monotonic() - began)
                is_over.wait(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield waited
    finally:
        is_over.set()
        writer.join()


def _sound() -> None:
    assert not list(audit.broken_links())


def _exported(wave_id: Any) -> None:
    wave = waves.find_wave(wave_id)
    assert wave
    source, said = source_of(wave_id), said_in("en")
    coded = coded_answers(wave)
    made = export.table(Table(source, coded.size, coded.values, None, [LANGUAGES]).frame(said), "labels", said)
    assert sum(map(len, made.blocks)) == made.size


def exponent(smaller: float, larger: float) -> float:
    """As which power of the size it grew between two sizes that are ten times apart."""
    return math.log10(max(larger, 1e-9) / max(smaller, 1e-9))


def verdict(seconds: list[float]) -> str:
    """Of the last step, where what each row costs has outgrown what the page costs anyway."""
    if len(seconds) < 2:
        return ""
    if seconds[-1] < NOTHING or seconds[-1] < 1.5 * seconds[0]:
        return "alike"
    return "linear or better" if seconds[-1] <= LINEAR * seconds[-2] else "WORSE than linear"


def run(kinds: tuple[str, ...], largest: int, say: Callable[[str], None]) -> dict[str, dict[int, Costs]]:
    """By kind of database and size: the same portal grows."""
    sizes = [size for size in SIZES if size <= largest]
    found: dict[str, dict[int, Costs]] = {}
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="portal-growth-") as folder, _address(kind) as url:
            Path(folder, "data").mkdir()
            with grown.begun(Path(folder, "data"), url) as there:
                found[kind] = {}
                for before, size in zip([0, *sizes], sizes, strict=False):
                    began = time.monotonic()
                    wave_id = grown.grow(there.app, before, size)
                    say(f"{kind}, {size} times: filled in {time.monotonic() - began:.0f} s")
                    began = time.monotonic()
                    found[kind][size] = measured(there, wave_id, Path(folder))
                    say(f"{kind}, {size} times: measured in {time.monotonic() - began:.0f} s")
        for line in table(found[kind]):
            say(line)
    return found


@contextmanager
def _address(kind: str) -> Iterator[str | None]:
    if kind == "sqlite":
        yield None
        return
    programs = postgres.newest_programs()
    if programs is None:
        raise SystemExit(postgres.HINT)
    with postgres.throw_away_server(programs, on_disk=True) as server:
        yield server.create("portal_growth")


def table(found: dict[int, Costs]) -> Iterator[str]:
    sizes = list(found)
    yield f"{'':<26}" + "".join(f"{f'{size} x, s':>10}" for size in sizes) + f"{'queries':>9}  growth"
    for name in found[sizes[0]]:
        costs = [found[size][name] for size in sizes if name in found[size]]
        walls = [cost.wall for cost in costs]
        yield f"{name:<26}" + "".join(f"{wall:>10.3f}" for wall in walls) + f"{costs[-1].queries:>9}  {verdict(walls)}"
