"""Backups: taken while the portal serves, sealed to a key that is elsewhere, put back whole or not at all."""

from __future__ import annotations

import errno
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
from datetime import timedelta
from pathlib import Path
from typing import IO
from unittest.mock import Mock

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import delete, select

from portal import audit, create_app, disk, migrations
from portal.audit import Action, AuditEntry
from portal.db import session, transaction, utcnow
from portal.partnership.file import EXAMPLE
from portal.partnership.file import FILE_NAME as PARTNERSHIP
from portal.reporting import scheduled_ends
from portal.reporting.deleted_list import list_deleted
from portal.reporting.models import Report, ReportPart
from portal.server import backup, backup_record, cli, cli_backup, cli_keys, database_copy, health
from portal.vault import streams
from portal.vault.sealing import SealError
from tests.conftest import CHEAP_PASSWORDS
from tests.support.loot import spellings
from tests.support.people import Officer, Resident
from tests.support.pictures import CANARY, begin, choose, photo
from tests.support.sending import receipt_block, send_report
from tests.support.stored import lose_all
from tests.test_retention import SIX_YEARS, agree, rest_since

WORDS = "Canary words of a report"


class Operator:
    """Types commands on the portal's machine, and on another to which the backups went."""

    def __init__(self, folder: Path, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, monkeypatch
        self._opened: list[Flask] = []
        monkeypatch.setattr(cli_backup, "open_app", self._open)
        self.key = folder / "operator.key"
        self.at(app.extensions["settings"].data, app.extensions["settings"].database)
        monkeypatch.setenv("PORTAL_BACKUP_KEY", self.types("backup-key", str(self.key)).rsplit("=", 1)[1].strip())

    def at(self, data: Path, database: str) -> None:
        self._patch.setenv("PORTAL_DATA", str(data))
        self._patch.setenv("PORTAL_DATABASE_URL", database)

    def _open(self) -> Flask:
        self._opened.append(cli_keys.open_app())
        return self._opened[-1]

    def _runs(self, *words: str) -> Result:
        """As a process of its own, which leaves no connection behind."""
        try:
            return CliRunner().invoke(cli.portal, words)
        finally:
            while self._opened:
                self._opened.pop().extensions["database"].engine.dispose()

    def pipes(self) -> bytes:
        return self._runs("backup", "-").stdout_bytes

    def types(self, *words: str) -> str:
        """What the command says, or why it refuses."""
        done = self._runs(*words)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            return str(done.exception)
        return done.output

    def backs_up(self) -> Path:
        said = self.types("backup", str(self.folder / "kept"))
        assert ".backup: evidence files" in said, said
        return Path(said.partition(".backup:")[0] + ".backup")

    def restores(self, archive: Path, *words: str) -> str:
        return self.types("restore", str(archive), "--key", str(self.key), *words)


@pytest.fixture
def operator(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return Operator(folder, app, monkeypatch)


@pytest.fixture
def reopen(tmp_path: Path) -> Iterator[Callable[[Path, str], Flask]]:
    """The portal on what was put back."""
    made: list[Flask] = []

    def reopen(data: Path, database: str) -> Flask:
        made.append(create_app(data=data, database_url=database, testing=True, **CHEAP_PASSWORDS))
        return made[-1]

    yield reopen
    for app in made:
        app.extensions["database"].engine.dispose()


@pytest.fixture
def new_place(tmp_path: Path, operator: Operator, database_before: str) -> tuple[Path, str]:
    """Another machine: an empty folder and an empty database of the same kind."""
    data = tmp_path / "new machine"
    operator.types("backup", "--secrets", str(operator.folder / "secrets.sealed"))
    operator.at(data, database_before)
    return data, database_before


def copied_secrets(operator: Operator) -> tuple[str, str]:
    return "--secrets", str(operator.folder / "secrets.sealed")


def send_with_photo(resident: Resident) -> str:
    """A report with a photo; its receipt."""
    begin(resident)
    choose(resident, (photo(), "IMG_1.jpg"), add=1)
    resident.get("/report/check")
    resident.post("/report/check")
    resident.follow()
    digits = "".join(re.findall(r"\d{4}", receipt_block(resident.page)))
    resident.post("/report/sent")
    return digits


def opens_receipt(client_of: Flask, digits: str) -> bool:
    resident = Resident(client_of.test_client())
    resident.get("/return")
    resident.post("/return", receipt=digits)
    return resident.response is not None and resident.response.status_code == 303


def rows_of(app: Flask) -> dict[str, int]:
    return database_copy.count_rows(app.extensions["database"].engine)


def sees_report_and_photo(app: Flask, officer: Officer) -> None:
    again = Officer(app.test_client(), officer.name, officer.totp.secret)
    again._last_code_at = officer._last_code_at
    again.come_to_work()
    again.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", again.page)
    assert found
    again.get(found[0])
    again.see("They broke the gate.")
    (address,) = set(re.findall(r'(?:href|src)="(/staff/reports/[^"]+/files/[^"]+)"', again.page))
    assert Image.open(io.BytesIO(again.get(address).data)).size == (48, 64)


@pytest.mark.dear
def test_a_report_with_its_photo_is_there_again_for_its_reporter_and_for_an_officer(
    app: Flask,
    resident: Resident,
    officer: Officer,
    operator: Operator,
    new_place: tuple[Path, str],
    reopen: Callable[[Path, str], Flask],
) -> None:
    digits = send_with_photo(resident)
    operator.at(app.extensions["settings"].data, app.extensions["settings"].database)
    archive = operator.backs_up()
    operator.at(*new_place)
    assert operator.restores(archive, "--check").startswith("Whole: the backup of ")
    assert operator.restores(archive) == (
        f"{new_place[0] / 'secrets'} is missing: put it back first, or name its copy with --secrets. Without it nothing opens."
    )
    assert operator.restores(archive, *copied_secrets(operator)).startswith("Put back: the portal as it was at ")
    again = reopen(*new_place)
    assert opens_receipt(again, digits)
    sees_report_and_photo(again, officer)
    with again.app_context():
        assert not list(audit.broken_links())
        assert session.scalar(select(AuditEntry.id).where(AuditEntry.action == Action.RESTORED))
    assert (
        operator.restores(archive)
        == "There is a database with reports already: a backup is put back into an empty one only."
    )


@pytest.mark.dear
def test_a_backup_of_one_kind_of_database_opens_in_the_other(
    app: Flask,
    resident: Resident,
    officer: Officer,
    operator: Operator,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    reopen: Callable[[Path, str], Flask],
) -> None:
    """A partnership that outgrows SQLite goes over so, and every value is what it was."""
    digits = send_with_photo(resident)
    before = rows_of(app)
    archive = operator.backs_up()
    operator.types("backup", "--secrets", str(operator.folder / "secrets.sealed"))
    if app.extensions["database"].is_sqlite:
        server, name = request.getfixturevalue("postgres_server"), f"portal_test_{uuid.uuid4().hex}"
        place = tmp_path / "new", server.create(name)
        request.addfinalizer(lambda: server.drop(name))
    else:
        place = tmp_path / "new", f"sqlite:///{tmp_path / 'new.db'}"
    operator.at(*place)
    assert operator.restores(archive, *copied_secrets(operator)).startswith("Put back")
    again = reopen(*place)
    after = rows_of(again)
    for name in database_copy.OF_THE_MOMENT:
        assert after.pop(name) == 0
        before.pop(name)
    assert after == before | {"audit_entry": before["audit_entry"] + 1}
    assert opens_receipt(again, digits)
    sees_report_and_photo(again, officer)
    # What is written afterwards gets numbers of its own.
    with again.app_context(), transaction() as db:
        audit.record(db, "sam", Action.SIGNED_IN)
    with again.app_context():
        assert not list(audit.broken_links())


@pytest.mark.same_on_both
def test_a_copy_of_every_kind_of_value_is_the_same_to_the_last_byte(
    app: Flask, resident: Resident, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Over PostgreSQL and back: JSON's null, times, ids and bytes."""
    send_with_photo(resident)
    server, name = request.getfixturevalue("postgres_server"), f"portal_test_{uuid.uuid4().hex}"
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    between = database_copy.Database(server.create(name), threads=1)
    request.addfinalizer(lambda: server.drop(name))
    request.addfinalizer(between.engine.dispose)
    database_copy.copy_to_file(app.extensions["database"], first)
    database_copy.copy_from_file(first, between)
    database_copy.copy_to_file(between, second)
    assert dump(first) == dump(second)


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    file = database_copy.Database(f"sqlite:///{path}", threads=1)
    with file.engine.connect() as connection:
        found = {
            table: sorted((tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")), key=repr)
            for table in database_copy.count_rows(file.engine)
        }
    file.engine.dispose()
    return found


def test_a_stolen_backup_tells_nothing(
    resident: Resident, officer: Officer, operator: Operator, full_receipts: None
) -> None:
    del officer, full_receipts
    digits = send_with_photo(resident)
    archive = operator.backs_up()
    operator.types("backup", "--secrets", str(operator.folder / "secrets.sealed"))
    files = [path for path in archive.parent.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    stolen = b"".join(path.read_bytes() for path in [*files, operator.folder / "secrets.sealed"])
    for secret in ("They broke the gate.", digits, CANARY, "SQLite format", Officer.password):
        assert not any(shape in stolen for shape in spellings(secret)), secret


@pytest.mark.same_on_both
def test_what_ends_within_the_hour_is_in_no_backup(
    resident: Resident, officer: Officer, operator: Operator, app: Flask
) -> None:
    begin(resident)
    choose(resident, (photo(), "IMG_1.jpg"), add=1)
    assert rows_of(app)["draft"] == rows_of(app)["staff_session"] == rows_of(app)["evidence_file"] == 1
    del officer
    archive = operator.backs_up()
    assert not list((archive.parent / "evidence").glob("*"))
    place = operator.folder / "opened"
    place.mkdir()
    database_copy.copy_to_file(app.extensions["database"], place / "copy.db")
    file = database_copy.Database(f"sqlite:///{place / 'copy.db'}", threads=1)
    counted = database_copy.count_rows(file.engine)
    file.engine.dispose()
    assert counted["draft"] == counted["staff_session"] == counted["evidence_file"] == 0


def test_a_backup_beside_people_who_write_is_of_one_moment(app: Flask, resident: Resident, operator: Operator) -> None:
    """Each report has all of its parts in it, or is not in it."""
    stop = threading.Event()
    sent = []

    def send() -> None:
        client = Resident(app.test_client())
        while not stop.is_set():
            sent.append(send_report(client, address=f"127.0.0.{len(sent) % 200 + 1}"))

    send_report(resident)
    writer = threading.Thread(target=send)
    writer.start()
    try:
        copies = []
        for number in range(4):
            copies.append(operator.folder / f"{number}.db")
            database_copy.copy_to_file(app.extensions["database"], copies[-1])
    finally:
        stop.set()
        writer.join(60)
    assert sent
    for copy in copies:
        file = database_copy.Database(f"sqlite:///{copy}", threads=1)
        with file.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None
            reports = set(connection.scalars(select(Report.id)))
            assert reports
            assert set(connection.scalars(select(ReportPart.report_id))) == reports
        file.engine.dispose()


@pytest.mark.same_on_both
def test_only_new_files_are_copied_and_old_archives_go_with_what_only_they_could_name(
    app: Flask, resident: Resident, officer: Officer, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    del officer
    first_day = utcnow().replace(microsecond=0)
    day = 0
    monkeypatch.setattr(backup, "utcnow", lambda: first_day + timedelta(days=day))
    send_with_photo(resident)
    kept = operator.folder / "kept"
    assert "evidence files 1, new 1; old archives destroyed: 0" in operator.types("backup", str(kept))
    assert "is there already: nothing was written over" in operator.types("backup", str(kept))
    day = 1
    send_with_photo(resident)
    assert "evidence files 2, new 1; old archives destroyed: 0" in operator.types("backup", str(kept))
    with app.app_context(), transaction() as db:
        db.execute(delete(Report).where(Report.id == db.scalar(select(Report.id).limit(1))))
    day = 20
    assert "evidence files 1, new 0; old archives destroyed: 0" in operator.types("backup", str(kept))
    assert len(list((kept / "evidence").iterdir())) == 2
    day = 32
    assert "evidence files 1, new 0; old archives destroyed: 2" in operator.types("backup", str(kept))
    assert len(list((kept / "evidence").iterdir())) == 1
    # A clock that is a year ahead destroys no backup that could be needed.
    day = 400
    assert "old archives destroyed: 1" in operator.types("backup", str(kept))
    assert len([path for path in kept.iterdir() if path.suffix == ".backup"]) == 2


def test_a_report_that_was_deleted_after_the_backup_does_not_come_back(
    app: Flask,
    resident: Resident,
    operator: Operator,
    new_place: tuple[Path, str],
    reopen: Callable[[Path, str], Flask],
) -> None:
    gone, stays = send_report(resident), send_report(resident, narrative="Another that stays.")
    operator.at(app.extensions["settings"].data, app.extensions["settings"].database)
    archive = operator.backs_up()
    with app.app_context():
        deleted = session.scalars(select(Report.id)).all()[0]
        list_deleted(deleted)
    data = new_place[0]
    data.mkdir()
    (app.extensions["settings"].data / "deleted-reports").rename(data / "deleted-reports")
    operator.at(*new_place)
    said = operator.restores(archive, *copied_secrets(operator))
    assert "Reports deleted again, because their reporters had asked for it: 1" in said
    again = reopen(*new_place)
    assert [opens_receipt(again, digits) for digits in (gone, stays)].count(True) == 1
    with again.app_context():
        assert session.get(Report, deleted) is None


@pytest.mark.same_on_both
def test_what_cannot_be_put_back_says_why_and_leaves_nothing(
    app: Flask,
    resident: Resident,
    operator: Operator,
    new_place: tuple[Path, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send_with_photo(resident)
    operator.at(app.extensions["settings"].data, app.extensions["settings"].database)
    archive = operator.backs_up()
    whole = archive.read_bytes()
    with monkeypatch.context() as newer:
        newer.setattr(migrations, "revision", lambda _engine: "9999")
        newer.setattr(migrations, "is_current", lambda _engine: True)
        newer.setattr(migrations, "is_known", lambda _revision, _engine: True)
        newest = operator.folder / "newer"
        assert "evidence files" in operator.types("backup", str(newest))
        (from_newer,) = newest.glob("*.backup")
    other = tmp_path / "other.key"
    operator.types("backup-key", str(other))
    operator.at(*new_place)
    damaged = tmp_path / "damaged.backup"

    def says(content: bytes) -> str:
        damaged.write_bytes(content)
        return operator.restores(damaged)

    new_place[0].mkdir()
    (new_place[0] / "secrets").mkdir()
    for name in ("pepper", "cookie"):
        (new_place[0] / "secrets" / name).write_bytes(bytes(32))
    bad = "This backup is damaged or was cut off: take an older one."
    assert says(whole[:-1]) == says(whole[: len(whole) // 2]) == says(b"") == says(b"PK\x03\x04" * 20) == bad
    assert says(whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:]) == bad
    damaged.write_text("backup-public-key", encoding="ascii")
    assert operator.types("restore", str(archive), "--key", str(other)) == (
        "This key does not open this backup: it was sealed to another one."
    )
    assert "is no private key of a backup" in operator.types("restore", str(archive), "--key", str(damaged))
    assert operator.restores(from_newer) == backup.NEWER
    assert "is of another installation" in operator.restores(archive)
    assert (
        operator.restores(tmp_path / "nowhere") == f"{tmp_path / 'nowhere'} cannot be read: No such file or directory."
    )
    with monkeypatch.context() as full:
        full.setattr(shutil, "copyfileobj", Mock(side_effect=OSError(errno.ENOSPC, "No space left on device")))
        for more in ((), ("--check",)):
            assert operator.restores(archive, *more).startswith(
                "The backup cannot be put back: No space left on device."
            )
    assert sorted(path.name for path in new_place[0].iterdir()) == ["secrets"]
    assert not Path(new_place[1].removeprefix("sqlite:///")).exists()


def pipe_that_nobody_reads() -> IO[bytes]:
    reading, writing = os.pipe()
    os.close(reading)
    return os.fdopen(writing, "wb", buffering=0)


@pytest.mark.same_on_both
def test_a_backup_that_cannot_be_made_leaves_those_before(
    app: Flask, make_app: Callable[..., Flask], resident: Resident, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_report(resident)
    kept = operator.backs_up()
    data = app.extensions["settings"].data
    assert "is inside PORTAL_DATA" in operator.types("backup", str(data / "backups"))
    assert "Say one of these" in operator.types("backup")
    # As where a script's variable is empty: that would be whatever folder it is in.
    assert "Say one of these" in operator.types("backup", "")
    keyed = make_app(backup_key=os.environ["PORTAL_BACKUP_KEY"])
    full_disk = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 (closed below)
    for failing, said in ((full_disk, "The disk is full"), (pipe_that_nobody_reads(), "stopped taking it")):
        with failing, keyed.app_context(), pytest.raises(backup.BackupError, match=said):
            backup.back_up_to_stream(failing)
    with monkeypatch.context() as short:
        short.setattr(disk, "MIN_FREE_FOR_DRAFTS", 2**60)
        assert "A backup needs room for a copy of the database" in operator.types("backup", str(kept.parent))
    with app.app_context(), backup._alone():
        assert operator.types("backup", str(kept.parent)) == "Another backup is being made at this moment."
    with monkeypatch.context() as broken:
        broken.setattr(backup, "utcnow", lambda: utcnow() + timedelta(seconds=2))
        broken.setattr(backup, "_keep_file", Mock(side_effect=OSError(errno.ENOSPC, "No space left on device")))
        send_with_photo(resident)
        archives = sorted(kept.parent.glob("*.backup"))
        assert "The disk is full" in operator.types("backup", str(kept.parent))
        assert sorted(kept.parent.glob("*.backup")) == archives
    theirs = operator.folder / "theirs"
    theirs.mkdir()
    (theirs / backup.OWNER_FILE).write_text("0" * 32, encoding="ascii")
    assert "has another installation's backups" in operator.types("backup", str(theirs))
    photos = operator.folder / "photos"
    (photos / "evidence").mkdir(parents=True)
    photos.chmod(0o755)
    (photos / "evidence" / "old.jpg").touch()
    assert "has something else in it" in operator.types("backup", str(photos))
    assert [each.name for each in photos.rglob("*")] == ["evidence", "old.jpg"]
    assert photos.stat().st_mode & 0o777 == 0o755
    # What a killed one left is cleared away by the next.
    (data / "backup-left").mkdir()
    (kept.parent / f"portal-2026-01-01-000000.backup{backup.UNFINISHED}").write_bytes(b"half")
    monkeypatch.setattr(backup, "utcnow", lambda: utcnow() + timedelta(seconds=5))
    operator.backs_up()
    assert not (data / "backup-left").exists()
    assert {path.suffix for path in kept.parent.iterdir() if path.is_file()} == {".backup", ""}
    monkeypatch.delenv("PORTAL_BACKUP_KEY")
    assert "PORTAL_BACKUP_KEY is not set" in operator.types("backup", str(kept.parent))
    monkeypatch.setenv("PORTAL_BACKUP_KEY", operator.key.read_text().strip())
    assert "the private one stays away from this machine" in operator.types("backup", str(kept.parent))


@pytest.mark.same_on_both
def test_a_pipe_holds_all_in_one(
    app: Flask,
    resident: Resident,
    officer: Officer,
    operator: Operator,
    new_place: tuple[Path, str],
    reopen: Callable[[Path, str], Flask],
    tmp_path: Path,
) -> None:
    digits = send_with_photo(resident)
    piped = tmp_path / "piped" / "whole"
    piped.parent.mkdir()
    operator.at(app.extensions["settings"].data, app.extensions["settings"].database)
    piped.write_bytes(operator.pipes())
    operator.at(*new_place)
    assert operator.restores(piped, *copied_secrets(operator)).startswith("Put back")
    again = reopen(*new_place)
    assert opens_receipt(again, digits)
    sees_report_and_photo(again, officer)


def test_a_rehearsal_says_whether_a_backup_of_this_moment_opens(
    app: Flask, resident: Resident, operator: Operator
) -> None:
    send_with_photo(resident)
    with app.app_context():
        assert any(line.startswith("No backup was ever made") for line in health.problems(live=True))
    operator.backs_up()
    assert operator.types("backup", "--rehearse") == "A backup of this moment opens and is whole. Evidence files: 1.\n"
    with app.app_context():
        assert not [line for line in health.problems(live=True) if "backup" in line]
        assert backup_record.lateness(utcnow() + timedelta(days=40))[0].endswith("one is due every day.")
        assert len(backup_record.lateness(utcnow() + timedelta(days=40))) == 2
    lose_all(app)
    assert (
        operator.types("backup", "--rehearse") == "Evidence files that the backup wants and that are not beside it: 1."
    )
    with app.app_context(), transaction() as db:
        newest = db.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert newest
        newest.actor = "somebody else"
    (app.extensions["settings"].data / "evidence").mkdir(exist_ok=True)
    with app.app_context(), transaction() as db:
        db.execute(delete(Report))
    assert "The audit log in it does not hold together" in operator.types("backup", "--rehearse")


@given(st.lists(st.binary(max_size=3000), max_size=20), st.data())
def test_a_sealed_stream_opens_whole_or_not_at_all(parts: list[bytes], data: st.DataObject) -> None:
    private, public = streams.new_key_pair()
    out = io.BytesIO()
    writer = streams.SealingWriter(out, streams.read_public(public))
    for part in parts:
        writer.write(part)
    writer.finish()
    sealed = out.getvalue()
    assert streams.OpeningReader(io.BytesIO(sealed), streams.read_private(private)).read() == b"".join(parts)
    place = data.draw(st.integers(0, len(sealed) - 1))
    flipped = sealed[:place] + bytes([sealed[place] ^ data.draw(st.integers(1, 255))]) + sealed[place + 1 :]
    for broken in (sealed[:place], flipped):
        with pytest.raises(SealError):
            streams.OpeningReader(io.BytesIO(broken), streams.read_private(private)).read()


def test_a_report_whose_years_were_over_after_the_backup_does_not_come_back(
    app: Flask,
    resident: Resident,
    operator: Operator,
    new_place: tuple[Path, str],
    reopen: Callable[[Path, str], Flask],
) -> None:
    digits = send_report(resident)
    rest_since(app, SIX_YEARS)
    operator.at(app.extensions["settings"].data, app.extensions["settings"].database)
    archive = operator.backs_up()
    agree(app)
    with app.app_context():
        assert scheduled_ends.end_due_reports() == 1
    data = new_place[0]
    data.mkdir()
    (app.extensions["settings"].data / "deleted-reports").rename(data / "deleted-reports")
    operator.at(*new_place)
    assert "Reports deleted again" in operator.restores(archive, *copied_secrets(operator))
    again = reopen(*new_place)
    assert not opens_receipt(again, digits)
    with again.app_context():
        assert session.scalars(select(Report.id)).all() == []


def test_a_restore_that_was_broken_off_goes_on_with_the_same_command_and_writes_over_no_other_keys(
    app: Flask, operator: Operator, new_place: tuple[Path, str]
) -> None:
    operator.at(app.extensions["settings"].data, app.extensions["settings"].database)
    archive = operator.backs_up()
    operator.at(*new_place)
    damaged = operator.folder / "damaged.backup"
    damaged.write_bytes(archive.read_bytes()[:-1])
    assert operator.restores(damaged, *copied_secrets(operator)).startswith("This backup is damaged")
    pepper = new_place[0] / "secrets" / "pepper"
    mine = pepper.read_bytes()
    pepper.write_bytes(bytes(32))
    assert "is there already, with other keys: nothing was written over" in operator.restores(
        archive, *copied_secrets(operator)
    )
    assert pepper.read_bytes() == bytes(32)
    pepper.write_bytes(mine)
    assert operator.restores(archive, *copied_secrets(operator)).startswith("Put back")


def test_the_example_that_a_command_laid_there_gives_way_to_the_partnership_of_the_backup(
    app: Flask, operator: Operator, new_place: tuple[Path, str]
) -> None:
    own = app.extensions["settings"].data / PARTNERSHIP
    own.write_text(f"{EXAMPLE.read_text(encoding='utf-8')}# ours\n", encoding="utf-8")
    operator.at(app.extensions["settings"].data, app.extensions["settings"].database)
    archive = operator.backs_up()
    operator.at(*new_place)
    new_place[0].mkdir()
    there = new_place[0] / PARTNERSHIP
    shutil.copyfile(EXAMPLE, there)
    assert "stayed as it is" not in operator.restores(archive, *copied_secrets(operator))
    assert there.read_bytes() == own.read_bytes()


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(operator: Operator, new_place: tuple[Path, str]) -> None:
    file = operator.folder / "file"
    file.touch()
    operator.at(file / "data", new_place[1])
    said = operator.restores(operator.folder / "secrets.sealed", *copied_secrets(operator))
    assert said.startswith(f"{file / 'data'} cannot be written: ")
    operator.at(*new_place)
    assert operator.types("away-pages", str(file / "pages")).startswith(f"{file / 'pages'} cannot be written: ")


# A backup, as a process of its own, that is killed where it comes to one of its steps.
KILLED_AT = """
import os, signal, sys
from portal.server import backup, cli, database_copy
def killed(*_given, **_named):
    os.kill(os.getpid(), signal.SIGKILL)
module, name = sys.argv[1].split()
setattr({"backup": backup, "copy": database_copy}[module], name, killed)
cli.portal(["backup", sys.argv[2]])
"""


@pytest.mark.dear
@pytest.mark.parametrize(
    "where", ["copy count_rows", "backup _keep_file", "backup _add_file", "backup sync_folder", "backup _destroy_old"]
)
def test_a_backup_that_is_killed_leaves_nothing_half_that_is_taken_for_whole(
    where: str, app: Flask, resident: Resident, operator: Operator
) -> None:
    send_with_photo(resident)
    settings = app.extensions["settings"]
    kept = operator.folder / "kept"
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT, where, str(kept)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    left = sorted(kept.glob("*.backup"))
    assert len(left) == (where == "backup _destroy_old"), "an archive is there once it is whole"
    time.sleep(1.1)  # an archive is called by its second
    archive = operator.backs_up()
    assert not [path for path in kept.rglob("*") if path.name.endswith(backup.UNFINISHED)]
    assert not list(settings.data.glob(f"{backup.WORKING}*/"))
    for each in (archive, *left):
        assert operator.restores(each, "--check").startswith("Whole: the backup of ")
