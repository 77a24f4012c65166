"""Two machines on one PostgreSQL: what one of them counts, publishes or leaves undone, the other knows."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal import create_app, limits
from portal.config import SettingError
from portal.db import limit_statements, session, today, transaction, utcnow
from portal.files import moving, rows, store, sweeping
from portal.limit_keys import LimitKey
from portal.reporting import deleted_list, deletions
from portal.reporting.models import DeletionRequest, Report
from portal.reporting.storing import TEAMS
from portal.server import backup_record, gunicorn, lead, worker
from portal.shared_signs import Sign, are_installations
from portal.staff import accounts
from portal.staff.models import Role
from portal.vault import keyholders
from portal.vault.drafts import Purpose, new_draft
from portal.web import caching
from tests.bench import servers
from tests.conftest import CHEAP_PASSWORDS
from tests.support import postgres
from tests.support.people import Officer, Resident
from tests.support.sending import receipt_block, send_report
from tests.support.stored import on_disk, stored
from tests.test_backup import opens_receipt, send_with_photo

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


def test_a_photo_added_through_one_machine_is_opened_through_the_other_and_leaves_neither_when_it_goes(
    machines: tuple[Flask, Flask],
) -> None:
    here, there = machines
    with here.app_context(), transaction() as db:
        recovery_key = keyholders.create_vault(db, keyholders.Mode.DEMONSTRATION, TEAMS)
    with here.app_context(), transaction() as db:
        held = keyholders.open_recovery(recovery_key)
        roles = (Role.OFFICER,)
        secret = accounts.add_staff(db, "sam", "Sam", roles, Officer.password, Officer.passphrase, TEAMS, held)
    digits = send_with_photo(Resident(here.test_client()))
    assert (on_disk(here), on_disk(there)) == ([], [])
    officer = Officer(there.test_client(), "sam", secret)
    officer.come_to_work()
    officer.get("/staff/reports")
    (report,) = set(re.findall(r"/staff/reports/[0-9a-f-]{36}", officer.page))
    officer.get(report)
    (address,) = set(re.findall(r'(?:href|src)="(/staff/reports/[^"]+/files/[^"]+)"', officer.page))
    assert Image.open(io.BytesIO(officer.get(address).data)).size == (48, 64)
    assert opens_receipt(there, digits)
    report_id = uuid.UUID(report.rpartition("/")[2])
    with there.app_context():
        deletions.ask_for_deletion(report_id)
        with transaction() as db:
            db.execute(update(DeletionRequest).values(due_on=today()))
        assert deletions.delete_due_reports() == 1
    assert stored(here) == {}
    # Whichever machine is lost: a database that is put back loses it again on the other.
    with here.app_context():
        assert deleted_list.listed_as_deleted() == [report_id]
        deleted_list.keep_whole()
        deleted_list.keep_whole()
        assert (here.extensions["settings"].data / "deleted-reports").read_text() == f"{report_id}\n"
        backup_record.note(Sign.BACKED_UP, utcnow() - timedelta(days=3))
    with there.app_context():
        assert backup_record.lateness(utcnow())[0].startswith("The last backup is of")


def served_at(port: int) -> FlaskClient:
    """Speaks with a server of its own process as tests speak with an app."""
    proxy = Flask("proxy", static_folder=None)

    @proxy.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @proxy.route("/<path:path>", methods=["GET", "POST"])
    def passed_on(path: str) -> Response:
        headers = {name: value for name, value in request.headers if name in {"Cookie", "Content-Type"}}
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request(request.method, f"/{path}", request.get_data(), headers)
            answer = connection.getresponse()
            kept = [each for each in answer.getheaders() if each[0] not in {"Connection", "Transfer-Encoding"}]
            return Response(answer.read(), answer.status, kept)

    return proxy.test_client()


@pytest.mark.dear
def test_two_servers_with_disks_of_their_own_give_out_one_photo(machines: tuple[Flask, Flask]) -> None:
    here, there = machines
    with here.app_context(), transaction() as db:
        recovery_key = keyholders.create_vault(db, keyholders.Mode.DEMONSTRATION, TEAMS)
    with here.app_context(), transaction() as db:
        held = keyholders.open_recovery(recovery_key)
        roles = (Role.OFFICER,)
        secret = accounts.add_staff(db, "sam", "Sam", roles, Officer.password, Officer.passphrase, TEAMS, held)
    database = here.extensions["settings"].database
    data = [machine.extensions["settings"].data for machine in machines]
    with (
        servers.serving(data[0], "portal", "serve", database=database) as (first, _master),
        servers.serving(data[1], "portal", "serve", database=database) as (second, _other),
    ):
        digits = send_with_photo(Resident(served_at(first)))
        officer = Officer(served_at(second), "sam", secret)
        officer.come_to_work()
        officer.get("/staff/reports")
        (report,) = set(re.findall(r"/staff/reports/[0-9a-f-]{36}", officer.page))
        officer.get(report)
        (address,) = set(re.findall(r'(?:href|src)="(/staff/reports/[^"]+/files/[^"]+)"', officer.page))
        assert Image.open(io.BytesIO(officer.get(address).data)).size == (48, 64)
        resident = Resident(served_at(second))
        resident.get("/return")
        assert resident.post("/return", receipt=digits).status_code == 303
    assert (on_disk(here), on_disk(there)) == ([], [])


def test_files_that_lay_on_a_disk_are_moved_into_the_database_whole_however_often_it_is_broken_off(
    machines: tuple[Flask, Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = machines
    folder = here.extensions["settings"].data / "evidence"
    with here.app_context(), transaction() as db:
        keyholders.create_vault(db, keyholders.Mode.DEMONSTRATION, TEAMS)
    with here.app_context(), ExitStack() as opened:
        with transaction() as db:
            draft = new_draft(Purpose.REPORT, {})
            draft.save(db)
        # As a portal before this one left them: a row, and a file on the disk.
        monkeypatch.setattr(rows, "put", lambda *_given: None)
        kept = []
        for size in (100, 300_000, 2_000_000):
            incoming = opened.enter_context(store.Incoming(10**7))
            incoming.write(b"x" * size)
            kept.append(incoming.keep("mp3"))
        before = stored(here)
        monkeypatch.setattr(Path, "unlink", lambda *_given, **_named: None)
        with transaction() as db:
            for each in kept:
                store.add_to_draft(db, each, draft.row_id)
        monkeypatch.undo()
        opened.close()
        (folder / str(uuid.uuid4())).write_bytes(b"an orphan")
        assert {path.name for path in on_disk(here)} > {each.id for each in kept}
        assert [len(b"".join(each.chunks())) for each in kept] == [100, 300_000, 2_000_000], "meanwhile it opens"
        assert sweeping.sweep_files() == 0, "nor is it swept"
        # Broken off in the midst of the second, and one that comes over as something else.
        put, times = rows.put, iter(range(100))
        with monkeypatch.context() as patch:
            patch.setattr(rows, "put", lambda *given: put(*given) if next(times) != 1 else 1 / 0)
            with pytest.raises(ZeroDivisionError):
                moving.move_into_rows()
        with monkeypatch.context() as patch:
            patch.setattr(rows, "put", lambda db, chunk, file_id, pieces: put(db, chunk, file_id, [*pieces][:1]))
            assert moving.move_into_rows().left >= 1
        assert moving.move_into_rows().left == 0
        assert moving.move_into_rows() == moving.Moved(0, 0)
        assert len(on_disk(here)) == 1
    assert stored(there) == {name: before[name] for name in before if name in {each.id for each in kept}}
    with there.app_context():
        assert [len(b"".join(each.chunks())) for each in kept] == [100, 300_000, 2_000_000]


def test_half_a_file_on_a_disk_never_takes_the_whole_one_out_of_the_database(machines: tuple[Flask, Flask]) -> None:
    here, there = machines
    with here.app_context(), store.Incoming(10**7) as incoming:
        with transaction() as db:
            keyholders.create_vault(db, keyholders.Mode.DEMONSTRATION, TEAMS)
            draft = new_draft(Purpose.REPORT, {})
            draft.save(db)
        incoming.write(b"x" * 300_000)
        kept = incoming.keep("mp3")
        with transaction() as db:
            store.add_to_draft(db, kept, draft.row_id)
        incoming.close()
        # As a copy of that folder that was broken off leaves it, or a disk that lost power.
        (store.folder() / kept.id).write_bytes(b"half of it")
        assert moving.move_into_rows() == moving.Moved(0, 1)
    with there.app_context():
        assert len(b"".join(kept.chunks())) == 300_000


def test_a_photo_is_added_where_the_disk_does_not_let_go_of_its_file(
    machines: tuple[Flask, Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = machines
    with here.app_context(), store.Incoming(10**7) as incoming:
        with transaction() as db:
            draft = new_draft(Purpose.REPORT, {})
            draft.save(db)
        incoming.write(b"x" * 300_000)
        kept = incoming.keep("mp3")
        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", lambda *_given, **_named: list(Path("/not there").iterdir()))
            with transaction() as db:
                store.add_to_draft(db, kept, draft.row_id)
    with there.app_context():
        assert len(b"".join(kept.chunks())) == 300_000


def test_each_machine_sweeps_its_own_disk_whichever_does_the_work(machines: tuple[Flask, Flask]) -> None:
    with machines[0].app_context(), transaction() as db:
        keyholders.create_vault(db, keyholders.Mode.DEMONSTRATION, TEAMS)
    stop = threading.Event()
    stop.set()
    for machine in machines:
        folder = machine.extensions["settings"].data / "evidence"
        folder.mkdir(exist_ok=True)
        # As a process that was killed leaves it.
        left = folder / str(uuid.uuid4())
        left.write_bytes(b"half of a photo")
        os.utime(left, (store.FIXED_MTIME, store.FIXED_MTIME))
        worker._follow_deletions(machine, stop)
        assert on_disk(machine) == []


def test_what_was_published_while_every_connection_was_taken_is_shown_afterwards(
    machines: tuple[Flask, Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = machines
    asked = 0
    mark_of = caching.mark_of

    def busy_at_first(*given: Any) -> bytes | None:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise PoolTimeout
        return mark_of(*given)

    monkeypatch.setattr(caching, "mark_of", busy_at_first)
    marker = there.extensions["settings"].data / "published"
    before = caching._time_of(marker)
    caching.follow(there)
    with here.app_context(), transaction() as db:
        caching.publish(db)
    wait_for(lambda: caching._time_of(marker) != before, 3.0)


def test_what_takes_postgresql_too_long_for_a_page_ends_in_a_sentence(machines: tuple[Flask, Flask]) -> None:
    app, _other = machines
    limit_statements(app.extensions["database"].engine, 0.2)
    app.extensions["database"].engine.dispose()

    @app.get("/slow")
    def slow() -> str:
        session.execute(text("SELECT pg_sleep(60)"))
        return ""

    answer = app.test_client().get("/slow")
    assert answer.status_code == 503
    assert "That took us too long" in answer.text
    assert "We stopped, and nothing was saved." in answer.text
    with app.app_context():
        assert session.scalar(text("SELECT 1")) == 1, "the connection goes on"


def test_whoever_sends_while_a_table_is_closed_for_long_is_told_soon_and_sends_it_afterwards(
    machines: tuple[Flask, Flask],
) -> None:
    app, other = machines
    with app.app_context(), transaction() as db:
        keyholders.create_vault(db, keyholders.Mode.DEMONSTRATION, TEAMS)
    resident = Resident(app.test_client())
    limit_statements(app.extensions["database"].engine, 1.0)
    app.extensions["database"].engine.dispose()
    with other.extensions["database"].engine.begin() as connection:
        # As the nightly rewriting does.
        connection.execute(text("LOCK TABLE report IN EXCLUSIVE MODE"))
        began = time.monotonic()
        with pytest.raises(AssertionError):
            send_report(resident)
        assert time.monotonic() - began < 2.5, "it is not tried again and again while somebody waits"
    resident.get("/report/check")
    resident.post("/report/check")
    resident.follow()
    assert receipt_block(resident.page)
    with other.app_context():
        assert session.scalar(select(func.count()).select_from(Report)) == 1
