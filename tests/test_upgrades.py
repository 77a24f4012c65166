"""An upgrade: machines that migrate at once take turns, and a database of a newer portal is left alone."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from portal import create_app, migrations
from portal.config import SettingError
from tests.test_vault import portal

COMMANDS = [["migrate"], ["serve"], ["worker"], ["health"]]


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
