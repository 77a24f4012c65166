"""The database goes away, or somebody else holds it: a page of ours says so, waits have an end, and reading goes on."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from portal import db
from portal.flock import exclusive
from portal.staff import access
from tests.bench import journeys, servers
from tests.support import postgres
from tests.support.people import Officer, Resident
from tests.support.sending import send_report

WORKERS = 2


def hang_up_on_everyone(database: str) -> None:
    """As a server that is restarted does: every connection of the portal's ends at once."""
    url = make_url(database)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            (url.database,),
        )


def test_a_restarted_database_server_costs_each_process_a_page_or_two_and_both_are_ours(app: Flask) -> None:
    settings = app.extensions["settings"]
    if app.extensions["database"].is_sqlite:
        return
    seen: Counter[int] = Counter()
    strange: list[str] = []

    def visit(port: int, path: str, ends_at: float) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        while time.monotonic() < ends_at:
            connection.request("GET", path, headers={"Cookie": "visit=x"})
            answer = connection.getresponse()
            page = answer.read()
            seen[answer.status] += 1
            if answer.status != 200 and (b"<h1" not in page or "Content-Security-Policy" not in answer.headers):
                strange.append(f"{answer.status} {page[:200]!r}")
        connection.close()

    with servers.serving(settings.data, "portal", "serve", database=settings.database) as (port, _master):
        ends_at = time.monotonic() + 4
        visitors = [
            threading.Thread(target=visit, args=(port, path, ends_at))
            for path in ("/report", "/surveys", "/report") * 2
        ]
        for visitor in visitors:
            visitor.start()
        for _ in range(2):
            time.sleep(1.2)
            hang_up_on_everyone(settings.database)
        for visitor in visitors:
            visitor.join()
    assert strange == []
    assert seen[200] > 50
    assert sum(seen.values()) - seen[200] <= 2 * 2 * WORKERS, seen
    assert set(seen) <= {200, 503}


@pytest.mark.long
def test_no_report_is_lost_and_every_page_is_ours_while_the_database_server_is_stopped_and_started(
    tmp_path: Path,
) -> None:
    programs = postgres.newest_programs()
    if programs is None:
        pytest.skip(postgres.HINT)
    receipts: list[str] = []
    strange: list[str] = []

    is_over = threading.Event()

    def report(port: int) -> None:
        while not is_over.is_set():
            resident = journeys.Resident(port)
            try:
                receipts.append(resident.report())
            except journeys.Astray:
                # A page of ours, whatever it says; a bare one would be the server's own.
                if b"<h1" not in resident.page and resident.page:
                    strange.append(repr(resident.page[:200]))
                time.sleep(0.1)
            finally:
                resident.connection.close()

    def wait_for(more: int) -> None:
        """Until so many more reports were acknowledged."""
        wanted, ends_at = len(receipts) + more, time.monotonic() + 60
        while len(receipts) < wanted:
            assert time.monotonic() < ends_at
            time.sleep(0.1)

    with postgres.throw_away_server(programs) as server:
        database = server.create("stopped")
        assert server.power
        with servers.serving(tmp_path, "portal", "run", database=database) as (port, _master):
            residents = [threading.Thread(target=report, args=(port,)) for _ in range(4)]
            for resident in residents:
                resident.start()
            try:
                wait_for(6)
                server.power.stop()
                time.sleep(3)
                server.power.start()
                wait_for(6)
            finally:
                is_over.set()
                for resident in residents:
                    resident.join()
            assert strange == []
            visitor = journeys.Resident(port)
            with closing(visitor.connection):
                assert [digits for digits in receipts[:15] + receipts[-15:] if not visitor.come_back(digits)] == []


def test_the_page_after_sending_says_so_when_the_database_hangs_up(app: Flask, resident: Resident) -> None:
    if app.extensions["database"].is_sqlite:
        return
    send_report(resident)
    hang_up_on_everyone(app.extensions["settings"].database)
    for path in ("/report/sent", "/report", "/return"):
        answer = resident.client.get(path)
        assert answer.status_code in {200, 303, 410, 503}
        assert "<h1" in answer.text or answer.location


@pytest.mark.parametrize("held", ["the database", "the writers' lock"])
def test_while_somebody_else_holds_sqlite_waits_end_and_reading_goes_on(
    app: Flask, monkeypatch: pytest.MonkeyPatch, held: str
) -> None:
    monkeypatch.setattr(db, "BUSY_TIMEOUT", 0.3)
    monkeypatch.setattr(db, "WRITER_TIMEOUT", 0.5)
    if not app.extensions["database"].is_sqlite:
        return
    app.test_client().get("/report")  # its page is made for the first time
    app.extensions["database"].engine.dispose()  # what is connected already waits as long as before
    path = make_url(app.extensions["settings"].database).database
    assert path
    answers: list[tuple[int, float]] = []
    with exclusive(Path(f"{path}-writer")) if held == "the writers' lock" else closing(sqlite3.connect(path)) as other:
        if other is not None:
            other.execute("BEGIN IMMEDIATE")
        writers = [threading.Thread(target=keep_a_draft, args=(app, answers)) for _ in range(6)]
        for writer in writers:
            writer.start()
        began_at = time.monotonic()
        assert app.test_client().get("/report").status_code == 200
        assert time.monotonic() - began_at < 0.3
        for writer in writers:
            writer.join()
    assert [status for status, _ in answers] == [503] * 6
    assert max(took for _, took in answers) < 2
    keep_a_draft(app, answers)
    assert answers[-1][0] == 303


def keep_a_draft(app: Flask, answers: list[tuple[int, float]]) -> None:
    """Begin a report, which writes."""
    visitor = Resident(app.test_client())
    visitor.get("/report")
    began_at = time.monotonic()
    answer = visitor.client.post("/report", data={"csrf_token": visitor._hidden("/report")["csrf_token"]})
    answers.append((answer.status_code, time.monotonic() - began_at))


def test_an_officer_reads_that_nothing_can_be_saved_where_the_database_goes_away_within_a_page(
    officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_away(*_asked: object) -> None:
        raise OperationalError("SELECT", None, Exception("it went away"))

    # The bar above each page asks for the roles of who is at work; so did the page that says that nothing can be asked.
    monkeypatch.setattr(access, "workplaces", is_away)
    answer = officer.client.get("/staff/reports")
    assert answer.status_code == 503
    assert "We cannot save anything just now" in answer.text
