"""Two machines on one PostgreSQL: what one of them counts, publishes or leaves undone, the other knows."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal import create_app, limits
from portal.config import SettingError
from portal.db import session, transaction, utcnow
from portal.limit_keys import LimitKey
from portal.server import gunicorn, lead, watch_machines
from portal.server.away import write_pages
from portal.shared_signs import are_installations
from portal.web import caching
from portal.web.errors import ERROR_STATUS
from tests.bench import servers
from tests.conftest import CHEAP_PASSWORDS
from tests.support import postgres

TAKES_OVER_WITHIN = 10.0
START_WITHIN = 60.0


@pytest.fixture
def machines(
    postgres_server: postgres.Server, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, Flask]]:
    """Two with data folders of their own, the same secrets and the same database."""
    name = f"portal_test_{uuid.uuid4().hex}"
    url = postgres_server.create(name, postgres_template)
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there")
    first = create_app(data=here, database_url=url, testing=True, **CHEAP_PASSWORDS)
    shutil.copytree(here / "secrets", there / "secrets")
    second = create_app(data=there, database_url=url, testing=True, **CHEAP_PASSWORDS)
    yield first, second
    for app in (first, second):
        app.extensions["database"].engine.dispose()
    postgres_server.drop(name)


def wait_for(is_so: Callable[[], bool], seconds: float) -> float:
    """Until it is so; the seconds that it took."""
    began_at = time.monotonic()
    while not is_so():
        assert time.monotonic() - began_at < seconds
        time.sleep(0.05)
    return time.monotonic() - began_at


def test_two_machines_count_one_visitor_together_under_a_sealed_key_that_ends_with_its_hour(
    machines: tuple[Flask, Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = utcnow()
    monkeypatch.setattr(limits, "utcnow", lambda: moment)
    counted = []
    for machine in machines * 2:
        with machine.test_request_context(environ_base={"REMOTE_ADDR": "203.0.113.77"}):
            counted.append(limits.count_visit("receipt"))
    assert counted == [1, 2, 3, 4]
    with machines[0].test_request_context(environ_base={"REMOTE_ADDR": "203.0.113.77"}):
        key = limits.hour_key(int(moment.timestamp() // 3600))
        stored = session.scalars(select(LimitKey)).one()
        assert key not in stored.sealed
        assert key.hex().encode() not in stored.sealed
        assert session.scalar(text("SELECT relpersistence FROM pg_class WHERE relname = 'limit_key'")) == "u"
        session.rollback()
        monkeypatch.setattr(limits, "LINE_TIMEOUT", 0.2)
        # The line of the second machine is held by the first, though their folders are apart.
        with (
            limits.one_at_a_time("receipt"),
            machines[1].test_request_context(environ_base={"REMOTE_ADDR": "203.0.113.77"}),
            pytest.raises(TimeoutError),
            limits.one_at_a_time("receipt"),
        ):
            pass
        monkeypatch.setattr(limits, "utcnow", lambda: stored.ends_at.replace(year=stored.ends_at.year + 1))
        with transaction() as db:
            limits.sweep_limits(db)
        assert session.scalars(select(LimitKey)).all() == []


def test_what_one_machine_publishes_the_other_shows_within_a_second_and_foreign_secrets_are_named(
    machines: tuple[Flask, Flask], tmp_path_factory: pytest.TempPathFactory
) -> None:
    here, there = machines
    caching.follow(there)
    marker = there.extensions["settings"].data / "published"
    time_of = caching._time_of
    with here.app_context():
        for _ in range(2):
            before = time_of(marker)
            with transaction() as db:
                caching.publish(db)
            wait_for(lambda before=before: time_of(marker) != before, 1.0)
    for machine in machines:
        assert are_installations(machine.extensions["database"].engine, machine.extensions["secrets"])
    stranger = create_app(
        data=tmp_path_factory.mktemp("stranger"), database_url=here.extensions["settings"].database, testing=True
    )
    with pytest.raises(SettingError, match="copy that machine's folder of secrets"):
        gunicorn.serve(stranger)
    stranger.extensions["database"].engine.dispose()


@pytest.mark.dear
def test_another_worker_takes_over_within_ten_seconds_when_the_one_at_work_hangs_or_is_killed(
    machines: tuple[Flask, Flask],
) -> None:
    engine = machines[0].extensions["database"].engine

    def names(where: str) -> set[str]:
        of_locks = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = :lock AND granted"
        with engine.connect() as connection:
            found = connection.scalars(
                text(f"SELECT application_name FROM pg_stat_activity WHERE {where.format(of_locks)}"),
                {"lock": lead.WORKER_LOCK},
            )
            return set(found)

    def at_work() -> set[str]:
        return names("pid IN ({})")

    def asking() -> set[str]:
        # What each said last is the question for the lock.
        return names("query LIKE '%%pg_terminate_backend(pid) FROM pg_locks%%' AND application_name LIKE 'worker%%'")

    def start(name: str, machine: Flask) -> subprocess.Popen[bytes]:
        settings = machine.extensions["settings"]
        environment = servers._environment(settings.data) | {
            "PORTAL_DATABASE_URL": settings.database,
            "PGAPPNAME": name,
        }
        return subprocess.Popen([sys.executable, "-m", "portal", "worker"], env=environment)

    workers = {"worker-1": start("worker-1", machines[0])}
    try:
        wait_for(lambda: at_work() == {"worker-1"}, START_WITHIN)
        workers |= {name: start(name, machines[1]) for name in ("worker-2", "worker-3")}
        wait_for(lambda: asking() >= {"worker-2", "worker-3"}, START_WITHIN)
        workers["worker-1"].send_signal(signal.SIGSTOP)
        wait_for(lambda: bool(at_work() - {"worker-1"}), TAKES_OVER_WITHIN)
        workers["worker-1"].send_signal(signal.SIGCONT)
        # It learns that it is no longer the one, and ends.
        assert workers["worker-1"].wait(TAKES_OVER_WITHIN) == 1
        (second,) = at_work()
        workers[second].kill()
        wait_for(lambda: bool(at_work() - {second}), TAKES_OVER_WITHIN)
    finally:
        for worker in workers.values():
            worker.kill()
            worker.wait()


class Machine(BaseHTTPRequestHandler):
    """Says of itself what its class says."""

    status = 200

    def do_GET(self) -> None:
        assert self.path == "/health"
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        pass


def test_the_watcher_puts_a_machine_last_that_twice_says_it_is_not_well_and_never_all_of_them(tmp_path: Path) -> None:
    file, told = tmp_path / "machines.conf", tmp_path / "told"
    states = [type(f"Machine{number}", (Machine,), {}) for number in range(2)]
    with ExitStack() as servers_there:
        machines = []
        for state in states:
            server = servers_there.enter_context(HTTPServer(("127.0.0.1", 0), state))
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
            servers_there.callback(server.shutdown)
            machines.append(watch_machines.Machine(f"127.0.0.1:{server.server_port}"))

        def look() -> str:
            for machine in machines:
                machine.hear(well=watch_machines.is_well(machine.address, 5.0))
            return watch_machines.lines(machines)

        both = "".join(f"server {machine.address} max_fails=0;\n" for machine in machines)
        first, second = both.splitlines(keepends=True)
        assert look() == both
        states[0].status = 503
        assert look() == both
        assert look() == first.replace(";", " backup;") + second
        states[1].status = 503
        assert look() == first.replace(";", " backup;") + second
        assert look() == both
        states[0].status = 200
        assert [look(), look()] == [both, first + second.replace(";", " backup;")]
        assert watch_machines.tell(file, look(), ["touch", str(told)])
        assert file.read_text() == first + second.replace(";", " backup;")
        assert told.exists()
        # What nginx was not told is told it again.
        assert not watch_machines.tell(file, both, ["false"])
    assert not watch_machines.is_well(machines[0].address, 1.0)


@pytest.mark.same_on_both
def test_the_page_for_when_no_machine_answers_is_ours_in_each_language_and_holds_nothing_of_anyone(
    app: Flask, tmp_path: Path
) -> None:
    pages = {path.name: path.read_text() for path in write_pages(app, tmp_path / "away")}
    assert sorted(pages) == ["away.html", "away.pl.html", "away.ro.html", "away.ur.html"]
    assert "We cannot save anything just now" in pages["away.html"]
    assert "W tej chwili nie możemy nic zapisać" in pages["away.pl.html"]
    for page in pages.values():
        assert "999" in page
        assert "csrf_token" not in page
        assert "nonce=" not in page
    answer = app.test_client().get("/", environ_overrides={ERROR_STATUS: 503})
    assert answer.headers["Retry-After"] == "10"
