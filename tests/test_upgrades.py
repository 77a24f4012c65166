"""An upgrade: from the first version's own database on, by machines that take turns; a newer portal's is left alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from portal import audit, create_app, migrations
from portal.config import SettingError
from tests.support import first_version
from tests.support.people import Officer, Resident
from tests.support.sending import send_report
from tests.test_backup import Operator, copied_secrets, opens_receipt, operator, reopen
from tests.test_setup import ROOT, operator_environment
from tests.test_vault import portal

__all__ = ["operator", "reopen"]

COMMANDS = [
    ["migrate"], ["serve"], ["run"], ["worker"], ["health"], ["health", "--json"], ["retention"], ["backup", "-"], ["staff", "list"],
    ["audit", "verify"], ["vault", "create"],
]  # fmt: skip
# What is worked out again from what stays: the columns of a wave that was being packed, from its responses.
MADE_ANEW = {("0066", "answer_column")}
PAGES = ("/", "/ur/", "/large/pl/report", "/help", "/surveys", "/events", "/cohesion", "/log", "/if-stolen")


def make_newer(url: str, data: Path) -> None:
    engine = create_app(data=data, database_url=url, testing=True).extensions["database"].engine
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()


def test_a_newer_database_is_not_migrated_and_stays_as_it_is(database: str, tmp_path: Path) -> None:
    make_newer(database, tmp_path)
    engine = create_app(data=tmp_path, database_url=database, testing=True).extensions["database"].engine
    with pytest.raises(SettingError, match="newer portal"):
        migrations.migrate(engine)
    assert migrations.revision(engine) == "9999"
    engine.dispose()


@pytest.mark.dear
def test_every_command_refuses_a_newer_database_with_one_sentence(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "portal.db")
    make_newer(f"sqlite:///{tmp_path / 'portal.db'}", tmp_path)
    for command in COMMANDS:
        with portal(*command, data=tmp_path) as refused:
            said, errors = refused.communicate(timeout=120)
        assert (refused.returncode, said, errors) == (2, "", f"portal: {migrations.NEWER}\n"), command
    served = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--no-control-socket", "wsgi:app"],
        env=operator_environment(tmp_path),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert served.returncode == 4
    assert served.stderr.count(f"portal: {migrations.NEWER}\n") == 1
    assert "Traceback" not in served.stderr


@pytest.mark.dear
def test_health_names_migrations_that_wait_before_anything_else(tmp_path: Path) -> None:
    first_version.unpack(tmp_path)
    with portal("health", "--json", data=tmp_path) as asked:
        said, errors = asked.communicate(timeout=120)
    engine = create_app(data=tmp_path, testing=True).extensions["database"].engine
    waiting = len(first_version.revisions(engine)) - 1
    engine.dispose()
    problem = f"The database is not up to date, migrations that wait: {waiting}. Run `portal migrate`."
    assert (asked.returncode, json.loads(said), errors) == (1, {"well": False, "problems": [problem]}, "")


@pytest.fixture
def first(database_before: str, tmp_path: Path) -> Iterator[tuple[Path, str, Engine]]:
    """What the first version left: its data folder, and its rows in a database of the test's kind."""
    data = tmp_path / "first"
    data.mkdir()
    first_version.unpack(data)
    url = database_before if database_before.startswith("postgresql") else f"sqlite:///{data / 'portal.db'}"
    engine = create_app(data=data, database_url=url, testing=True).extensions["database"].engine
    if not url.startswith("sqlite"):
        first_version.load(data, engine)
    yield data, url, engine
    engine.dispose()


@pytest.mark.dear
def test_every_version_since_the_first_takes_over_rows_of_every_table(first: tuple[Path, str, Engine]) -> None:
    _data, _url, engine = first
    before = first_version.count_rows(engine)
    assert min(before.values()) > 0
    for revision in first_version.revisions(engine)[1:]:
        first_version.upgrade(engine, revision)
        after = first_version.count_rows(engine)
        lost = {
            name: (number, after.get(name))
            for name, number in before.items()
            if after.get(name, 0) < number and (revision, name) not in MADE_ANEW
        }
        assert lost == {}, revision
        assert first_version.fill(engine) == [], revision
        before = first_version.count_rows(engine)
    assert migrations.is_current(engine)
    assert min(before.values()) > 0


@pytest.mark.dear
def test_what_people_told_the_first_version_opens_in_this_one(
    first: tuple[Path, str, Engine], full_receipts: None, reopen: Callable[[Path, str], Flask]
) -> None:
    data, url, engine = first
    migrations.migrate(engine)
    app = reopen(data, url)
    visitor = Resident(app.test_client())
    for page in PAGES:
        assert visitor.get(page).status_code == 200, page
    for digits in (first_version.RECEIPT, first_version.ALERTED):
        assert opens_receipt(app, digits)
    amina = Officer(app.test_client(), first_version.OFFICER, first_version.AUTHENTICATOR)
    amina.password = amina.passphrase = first_version.PASSWORD
    amina.sign_in()
    amina.unlock()
    amina.get("/staff/reports")
    reports = dict.fromkeys(re.findall(r"/staff/reports/[0-9a-f-]{36}", amina.page))
    assert len(reports) == 6
    told = ""
    for report in reports:
        assert amina.get(report).status_code == 200
        told += amina.text
    assert first_version.NARRATIVE in told
    with app.app_context():
        assert not list(audit.broken_links())


@pytest.mark.dear
def test_the_way_back_from_an_upgrade_is_the_backup_from_before(
    app: Flask,
    resident: Resident,
    operator: Operator,
    database_before: str,
    tmp_path: Path,
    reopen: Callable[[Path, str], Flask],
) -> None:
    digits = send_report(resident)
    settings = app.extensions["settings"]
    archive = operator.backs_up()
    operator.types("backup", "--secrets", str(operator.folder / "secrets.sealed"))
    make_newer(settings.database, settings.data)
    with pytest.raises(SettingError, match="newer portal"):
        migrations.refuse_newer(app.extensions["database"].engine)
    # A database that is in use is not restored over, whoever gave it its shape.
    assert "There is a database with reports already" in operator.restores(archive)
    new = tmp_path / "new machine", database_before
    operator.at(*new)
    assert operator.restores(archive, *copied_secrets(operator)).startswith("Put back")
    assert opens_receipt(reopen(*new), digits)


def test_two_machines_that_migrate_at_once_take_turns(
    database_before: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines = [
        create_app(data=tmp_path, database_url=database_before, testing=True).extensions["database"].engine
        for _machine in range(2)
    ]
    at_work: list[int] = []
    together: list[int] = []
    upgrade = migrations.command.upgrade

    def watched(config: object, revision: str) -> None:
        at_work.append(1)
        together.append(len(at_work))
        try:
            # Alembic keeps its context in the process, so what is held apart here is all that it does.
            upgrade(config, revision)
        finally:
            at_work.pop()

    monkeypatch.setattr(migrations.command, "upgrade", watched)
    problems: list[BaseException] = []

    def migrate(machine: int) -> None:
        try:
            migrations.migrate(engines[machine])
        except BaseException as problem:  # noqa: BLE001
            problems.append(problem)

    machines = [threading.Thread(target=migrate, args=(machine,)) for machine in range(2)]
    for machine in machines:
        machine.start()
    for machine in machines:
        machine.join(120)
    assert problems == []
    assert together == [1, 1]
    for engine in engines:
        assert migrations.is_current(engine)
        engine.dispose()
