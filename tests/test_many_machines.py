"""Two machines on one PostgreSQL: what one of them counts, publishes or leaves undone, the other knows."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal import create_app, limits
from portal.config import SettingError
from portal.db import session, transaction, utcnow
from portal.limit_keys import LimitKey
from portal.server import gunicorn, lead
from portal.shared_signs import SharedSign, Sign
from portal.web import caching
from tests.bench import servers
from tests.conftest import CHEAP_PASSWORDS

WITHIN = 10.0


@pytest.fixture
def machines(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Flask]]:
    """Two with data folders of their own, the same secrets and the same database."""
    here = app.extensions["settings"]
    if app.extensions["database"].is_sqlite:
        pytest.skip("SQLite has one machine")
    there = tmp_path_factory.mktemp("there")
    shutil.copytree(here.data / "secrets", there / "secrets")
    other = create_app(data=there, database_url=here.database, testing=True, **CHEAP_PASSWORDS)
    yield app, other
    other.extensions["database"].engine.dispose()


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
        with limits.one_at_a_time("receipt"):
            with (
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
        gunicorn.are_installations(here.extensions["database"].engine, here.extensions["secrets"])
    stranger = create_app(
        data=tmp_path_factory.mktemp("stranger"), database_url=here.extensions["settings"].database, testing=True
    )
    with pytest.raises(SettingError, match="copy that machine's folder of secrets"):
        gunicorn.serve(stranger)
    stranger.extensions["database"].engine.dispose()


def test_another_worker_takes_over_when_the_one_at_work_hangs_or_is_killed(machines: tuple[Flask, Flask]) -> None:
    here, there = machines
    found = here.extensions["database"]

    def holder() -> int | None:
        with found.engine.connect() as connection:
            return connection.scalar(
                text("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = :lock AND granted"),
                {"lock": lead.WORKER_LOCK},
            )

    def start(machine: Flask) -> subprocess.Popen[bytes]:
        settings = machine.extensions["settings"]
        environment = servers._environment(settings.data) | {"PORTAL_DATABASE_URL": settings.database}
        return subprocess.Popen([sys.executable, "-m", "portal", "worker"], env=environment)

    first, second = start(here), None
    try:
        wait_for(lambda: holder() is not None, 60)
        held = holder()
        second = start(there)
        os.kill(first.pid, signal.SIGSTOP)
        # The second needs its time to start as well: it is measured from the last sign of life on.
        wait_for(lambda: holder() not in {None, held}, 60)
        with here.app_context():
            assert session.scalar(select(SharedSign.at).where(SharedSign.name == Sign.WORKER)) is not None
        held = holder()
        os.kill(first.pid, signal.SIGCONT)
        first.wait(WITHIN)  # it learns that it is no longer the one, and ends
        assert first.returncode == 1
        first = start(here)
        time_to_start = wait_for(lambda: _waits(found), 60)
        assert time_to_start < 60
        second.kill()
        assert wait_for(lambda: holder() not in {None, held}, WITHIN) < WITHIN
    finally:
        for process in (first, second):
            if process is not None:
                process.kill()
                process.wait()


def _waits(found: object) -> bool:
    """Whether a second worker asks for the lock: its last statement is that question."""
    with found.engine.connect() as connection:  # type: ignore[attr-defined]
        return bool(
            connection.scalar(
                text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_terminate_backend(pid) FROM pg_locks%' AND pid <> pg_backend_pid()")
            )
        )
