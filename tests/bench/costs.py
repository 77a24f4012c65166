"""What a request, a report and an answer cost on this machine: processor time, bytes in the database and in its log."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text

from portal.db import database, session
from tests.bench import grown, journeys, servers, surveys
from tests.support import postgres
from tests.support.flooding import store_many

REPORTS, TURNS, GIVEN_OUT = 40, 60, 400
STORED_REPORTS, STORED_ANSWERS = 1000, 10_000
MILLISECOND, KILOBYTE = 1000, 1000
Costs = dict[str, float]


def measured() -> Costs:
    """By name, the unit at its end."""
    programs = postgres.newest_programs()
    if programs is None:
        raise SystemExit(postgres.HINT)
    found: Costs = {}
    with tempfile.TemporaryDirectory(prefix="portal-costs-") as folder:
        with postgres.throw_away_server(programs, on_disk=True) as server:
            found |= _of_requests(Path(folder), server)
            found |= {
                f"postgresql_{name}": size for name, size in _stored(Path(folder, "p"), server.create("stored")).items()
            }
        found |= {f"sqlite_{name}": size for name, size in _stored(Path(folder, "s"), None).items()}
    return {name: round(value, 3) for name, value in found.items()}


def _of_requests(folder: Path, server: postgres.Server) -> Costs:
    url, data = server.create("portal_costs"), folder / "data"
    for word in ("migrate", "sample"):
        servers.portal_command(data, word, database=url)
    found: Costs = {}
    engine = create_engine(url)
    with servers.serving(data, "portal", "serve", database=url) as (port, master):

        def turns(name: str, act: Callable[[], Any], times: int) -> None:
            act()
            log, used, theirs = _log(engine), servers.processor_seconds(master), _of_database(server)
            for _turn in range(times):
                act()
            # The worker's and the server's own beside it are small against so many turns.
            found[f"{name}_web_ms"] = MILLISECOND * (servers.processor_seconds(master) - used) / times
            found[f"{name}_database_ms"] = MILLISECOND * (_of_database(server) - theirs) / times
            found[f"{name}_log_kb"] = (_log(engine) - log) / KILOBYTE / times

        _until_rewritten(data)
        resident = journeys.Resident(port)
        turns("report", resident.report, REPORTS)
        found["report_requests"] = len(resident.times) / (REPORTS + 1)
        form = surveys._begun(port)
        turns("survey_page", lambda: _send(port, form), TURNS)
        turns("page_given_out", lambda: _get(port, "/"), GIVEN_OUT)
        published = data / "published"
        turns("page_made", lambda: (published.touch(), _get(port, "/events")), TURNS)
        memory = servers.memory(master)
        found["memory_mb"] = sum(memory.values())
    engine.dispose()
    return found


def _until_rewritten(data: Path) -> None:
    """The worker's first look rewrites the tables, which is no report's cost."""
    deadline = time.monotonic() + 120
    while not (data / "worker-looked").exists() and time.monotonic() < deadline:
        time.sleep(0.5)


def _get(port: int, path: str) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 200, f"{path} gave {answer.status}"


def _send(port: int, form: tuple[str, str]) -> None:
    """A page of a survey opened and answered."""
    cookie, fields = form
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", f"{surveys.SURVEY}/1", headers={"Cookie": cookie})
    connection.getresponse().read()
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"{surveys.SURVEY}/1", fields, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 303, f"the form gave {answer.status}"


def _log(engine: Engine) -> int:
    """How many bytes the server has written into its log."""
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")))


def _of_database(server: postgres.Server) -> float:
    """Seconds of the processor that the server's processes have used, those that have ended too."""
    assert server.power
    master = Path(server.power.folder, "data", "postmaster.pid").read_text(encoding="ascii").split()[0]
    ticks = sum(_ticks(master, own=True))
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "stat").read_text().rpartition(")")[2].split()[1] == master:
                ticks += sum(_ticks(process.name, own=False))
        except OSError:  # it has ended meanwhile
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(process: str, *, own: bool) -> list[int]:
    """Of itself, and where it is `own` of the processes it waited for."""
    after_the_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return [int(ticks) for ticks in after_the_name[11 : 15 if own else 13]]


def _stored(folder: Path, url: str | None) -> Costs:
    """Kilobytes that a report and an answer take in the database, with their indices."""
    folder.mkdir()
    with grown.begun(folder, url) as there, there.app.app_context():
        before = _size()
        store_many(STORED_REPORTS)
        with_reports = _size()
        grown._add_wave(STORED_ANSWERS)
        with_answers = _size()
    return {
        "report_kb": (with_reports - before) / KILOBYTE / STORED_REPORTS,
        "answer_kb": (with_answers - with_reports) / KILOBYTE / STORED_ANSWERS,
    }


def _size() -> int:
    session.rollback()
    if database().is_sqlite:
        pages, size = (session.scalar(text(f"PRAGMA {name}")) or 0 for name in ("page_count", "page_size"))
        return int(pages) * int(size)
    return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
