"""Public pages come from a real streaming replica while it knows what was published, and no other page ever does."""

from __future__ import annotations

import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError, ProgrammingError

from portal import create_app, migrations, read_copy
from portal.config import SettingError, read_settings
from portal.db import transaction
from portal.server import health
from portal.vault import keyholders
from portal.web import caching
from tests.conftest import CHEAP_PASSWORDS
from tests.support import postgres
from tests.support.people import Resident
from tests.support.sending import send_report
from tests.test_growth import add_events

pytestmark = pytest.mark.dear

FOLLOWS_WITHIN = 20.0
# The short wait for a replica that hangs, and the page itself on a machine that is busy.
ANSWERED_WITHIN = read_copy.PATIENCE + 2.0


@pytest.fixture(scope="module")
def replica(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[postgres.Server, postgres.Power, str]]:
    programs = postgres.newest_programs()
    if programs is None:
        pytest.skip(postgres.HINT)
    with postgres.throw_away_server(programs) as server, postgres.replica_of(server) as (power, address):
        yield server, power, address


@pytest.fixture
def app(replica: tuple[postgres.Server, postgres.Power, str], tmp_path: Path) -> Iterator[Flask]:
    """On a database of its own, which the replica has too."""
    server, _power, address = replica
    name = f"portal_test_{uuid.uuid4().hex}"
    url, copy = server.create(name), address.replace("/postgres", f"/{name}")
    app = create_app(data=tmp_path, database_url=url, database_read_url=copy, testing=True, **CHEAP_PASSWORDS)
    migrations.migrate(app.extensions["database"].engine)
    with app.app_context(), transaction() as db:
        keyholders.create_vault(db, keyholders.Mode.DEMONSTRATION, ("hate_team", "asb_team", "survey_team"))
        caching.publish(db)
    follows(app)
    yield app
    read_copy._rests_until.clear()
    for engine in (app.extensions["database"].engine, app.extensions["read_copy"]):
        engine.dispose()
    server.drop(name)


def mark(app: Flask, where: str) -> object:
    engine = app.extensions["read_copy"] if where == "copy" else app.extensions["database"].engine
    with engine.connect() as connection:
        return connection.exec_driver_sql("SELECT mark FROM shared_sign WHERE name = 'published'").scalar()


def follows(app: Flask) -> None:
    """Wait until the replica has what was written."""
    began_at, known = time.monotonic(), None
    while known is None or known != mark(app, "primary"):
        assert time.monotonic() - began_at < FOLLOWS_WITHIN
        time.sleep(0.05)
        with suppress(OperationalError, ProgrammingError):  # the database itself is not there yet
            known = mark(app, "copy")


@contextmanager
def asked(app: Flask) -> Iterator[list[str]]:
    """What the replica is asked meanwhile, but for how new it is."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "shared_sign" not in statement:
            found.append(statement)

    event.listen(app.extensions["read_copy"], "before_cursor_execute", note)
    yield found
    event.remove(app.extensions["read_copy"], "before_cursor_execute", note)


def publish_event(app: Flask, title: str) -> None:
    with app.app_context():
        add_events(1)
        with transaction() as db:
            db.connection().exec_driver_sql("UPDATE event_words SET title = %s", (title,))
            caching.publish(db)


def forget_pages(app: Flask) -> None:
    """As a machine that starts anew."""
    (app.extensions["settings"].data / "published").touch()


def test_every_public_page_and_nothing_else_is_read_from_the_replica(app: Flask) -> None:
    publish_event(app, "Meeting of today")
    follows(app)
    client = app.test_client()
    with asked(app) as statements:
        opened = 0
        for rule in app.url_map.iter_rules():
            is_public = hasattr(app.view_functions[rule.endpoint], "used_query")
            if is_public and not rule.arguments and "GET" in (rule.methods or ()):
                assert client.get(rule.rule).status_code < 400, rule.rule
                opened += 1
        assert opened > 20
        assert read_copy._rests_until == {}, "none of them changes anything"
        assert any("FROM event" in each for each in statements)
        assert "Meeting of today" in client.get("/events").text
    with asked(app) as statements:
        digits = send_report(Resident(app.test_client()))
        resident = Resident(app.test_client())
        resident.get("/return")
        resident.post("/return", receipt=digits)
        resident.follow()
        for path in ("/report", "/staff", "/staff/reports", "/events/propose", "/log"):
            resident.client.get(path)
    assert not [each for each in statements if "FROM report" in each or "draft" in each or "staff" in each]


def test_while_it_is_behind_pages_come_from_the_primary_and_are_never_old(
    app: Flask, replica: tuple[postgres.Server, postgres.Power, str]
) -> None:
    _server, _power, address = replica
    publish_event(app, "Before")
    follows(app)
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as copy:
        copy.execute("SELECT pg_wal_replay_pause()")
        try:
            publish_event(app, "After it stopped")
            with asked(app) as statements:
                assert "After it stopped" in app.test_client().get("/events").text
            assert statements == []
            with app.app_context():
                assert "does not know yet what was published last" in " ".join(health.problems())
        finally:
            copy.execute("SELECT pg_wal_replay_resume()")
    follows(app)
    forget_pages(app)
    with asked(app) as statements:
        assert "After it stopped" in app.test_client().get("/events").text
    assert statements != []


def test_one_that_is_stopped_or_hangs_costs_one_short_wait_and_is_asked_again_later(
    app: Flask, replica: tuple[postgres.Server, postgres.Power, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _server, power, _address = replica

    def seconds(path: str) -> float:
        forget_pages(app)
        began_at = time.monotonic()
        assert app.test_client().get(path).status_code == 200
        return time.monotonic() - began_at

    seconds("/events")
    for stop, start in (
        (lambda: power.send(signal.SIGSTOP), lambda: power.send(signal.SIGCONT)),
        (power.stop, power.start),
    ):
        stop()
        try:
            assert seconds("/events") < ANSWERED_WITHIN
            with app.app_context():
                assert "PORTAL_DATABASE_READ_URL does not answer" in " ".join(health.problems())
            (rests_until,) = read_copy._rests_until.values()
            seconds("/events")
            assert [*read_copy._rests_until.values()] == [rests_until], "it is left alone meanwhile"
        finally:
            start()
        read_copy._rests_until.clear()
        with asked(app) as statements:
            seconds("/events")
            read_copy._rests_until.clear()  # of connections that broke
            seconds("/events")
        assert statements != []
        with app.app_context():
            assert read_copy.problems() == []
    monkeypatch.setenv("PORTAL_DATABASE_READ_URL", "postgresql+psycopg://x@y/z")
    monkeypatch.delenv("PORTAL_DATABASE_URL", raising=False)
    with pytest.raises(SettingError, match="only together with PORTAL_DATABASE_URL"):
        read_settings()
