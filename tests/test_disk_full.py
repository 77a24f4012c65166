"""The disk fills up in the middle of everything: a page says so, nothing is half stored, and it goes on when there is room."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from portal import create_app, disk, sample
from portal.db import transaction
from portal.reporting.storing import TEAMS
from portal.server import cli, gunicorn
from portal.vault import keyholders
from tests.bench import servers
from tests.bench.journeys import Astray, Resident

# A tenth of it, which is kept for what has begun, must hold a whole report and what SQLite logs of it.
SIZE = 6 * 2**20
PARTS_OF_A_REPORT = 6
# A disk in memory that only this one command sees, and that ends with it: the folder of $1, with what lies in it.
ON_A_SMALL_DISK = """
mkdir "$1-before" && cp -a "$1/." "$1-before" && mount -t tmpfs -o size="$2" tmpfs "$1" && cp -a "$1-before/." "$1" || exit
shift 2
exec "$@"
"""


@pytest.fixture
def data(sqlite_template: Path, tmp_path: Path) -> Path:
    """The folder of a portal that has a vault."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "portal.db")
    app = create_app(data=folder)
    with app.app_context(), transaction() as db:
        keyholders.create_vault(db, keyholders.Mode.DEMONSTRATION, TEAMS)
    app.extensions["database"].engine.dispose()
    return folder


@contextmanager
def resident_at(port: int) -> Iterator[Resident]:
    resident = Resident(port)
    with closing(resident.connection):
        yield resident


def on_a_small_disk(data: Path, size: int) -> tuple[str, ...]:
    """What to put before a command so that the folder is a disk of so many bytes for it."""
    as_whoever = () if os.geteuid() == 0 else ("--map-root-user",)
    return ("unshare", "--mount", *as_whoever, "sh", "-ec", ON_A_SMALL_DISK, "sh", str(data), str(size))


def fill(path: Path) -> None:
    """Take what is left of the disk."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass


@pytest.mark.dear
def test_a_full_disk_is_said_and_leaves_nothing_half_stored_and_room_is_all_it_takes(
    data: Path, tmp_path: Path
) -> None:
    within = on_a_small_disk(data, SIZE)
    with (
        servers.serving(data, "portal", "serve", within=within) as (port, master),
        resident_at(port) as resident,
        resident_at(port) as begun,
        resident_at(port) as unlucky,
    ):
        for one in (begun, unlucky):
            one.begin()
            # The server would hang up: they are away for longer than it waits.
            one.connection.close()
        disk = Path(f"/proc/{master}/root{data}")
        filler = disk / "filler"
        filler.write_bytes(bytes(SIZE // 2))
        receipts: list[str] = []
        with pytest.raises(Astray, match="gave 503"):
            receipts.extend(resident.report() for _ in range(200))
        assert receipts
        assert b"We cannot take anything new just now" in resident.page
        resident.get("/report")
        # What had begun before is sent all the same.
        receipts.append(begun.finish())

        fill(disk / "rest")
        with pytest.raises(Astray, match="gave 503"):
            unlucky.finish()
        assert b"We cannot save anything just now" in unlucky.page
        assert b"Traceback" not in unlucky.page
        resident.get("/report")

        filler.unlink()
        (disk / "rest").unlink()
        receipts.append(resident.report())
        assert len(set(receipts)) == len(receipts)
        assert all(resident.come_back(digits) for digits in receipts)
        shutil.copytree(disk, tmp_path / "found", ignore=shutil.ignore_patterns("*-shm"))
    with closing(sqlite3.connect(tmp_path / "found" / "portal.db")) as found:
        assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        stored = found.execute("SELECT (SELECT count(*) FROM report), (SELECT count(*) FROM report_part)").fetchone()
    assert stored == (len(receipts), PARTS_OF_A_REPORT * len(receipts))


# Drafts that have passed their hour until nothing more goes in, then the rest of the disk; then what the worker does.
FILL_AND_SWEEP = """
import shutil, sys
from pathlib import Path
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from datetime import timedelta
from portal import create_app, disk
from portal.db import session, today, transaction
from portal.server import worker
from portal.vault.drafts import Purpose, SealedDraft, new_draft

data, has_reserve = Path(sys.argv[1]), sys.argv[2] == "yes"

def put(minutes):
    with transaction() as db:
        new_draft(Purpose.REPORT, {"x": "x" * 100_000}).save(db, idle=timedelta(minutes=minutes))

def drafts():
    found = session.scalar(select(func.count()).select_from(SealedDraft))
    session.rollback()
    return found

with create_app(data=data).app_context():
    if has_reserve:
        worker.tidy()
        assert (data / disk.RESERVE).stat().st_size >= 1024 * 1024
    try:
        while True:
            put(-1)
    except OperationalError:
        pass
    with (data / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            pass
    assert shutil.disk_usage(data).free == 0
    before = drafts()
    try:
        disk.check_room_for_draft()
    except disk.NoRoom:
        pass
    else:
        raise AssertionError("begun on a full disk")
    shift = worker.Shift()
    shift.scattered_on = today()
    shift.look()
    print(before, drafts())
    if has_reserve:
        # The file of the database was rewritten, so that the disk has room again: for a draft, and for the reserve.
        assert shutil.disk_usage(data).free > 16 * 1024 * 1024
        disk.check_room_for_draft()
        put(60)
        assert drafts() == 1
        worker.tidy()
        assert (data / disk.RESERVE).exists()
"""


def swept(data: Path, *, has_reserve: bool) -> tuple[int, int, str]:
    """How many drafts there were on the full disk, how many the worker left, and what it logged."""
    what = (str(data), "yes" if has_reserve else "no")
    command = (*on_a_small_disk(data, 56 * 2**20), sys.executable, "-c", FILL_AND_SWEEP, *what)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    before, after = map(int, done.stdout.split())
    return before, after, done.stderr


@pytest.mark.dear
def test_what_has_passed_its_hour_is_deleted_also_on_a_full_disk(data: Path) -> None:
    before, after, logged = swept(data, has_reserve=True)
    assert before > 100
    assert after == 0, logged


@pytest.mark.long
def test_without_the_reserve_it_would_not_be(data: Path) -> None:
    """SQLite writes where it deletes."""
    before, after, logged = swept(data, has_reserve=False)
    assert after == before
    assert "the worker failed at: drafts" in logged


@pytest.mark.parametrize("command", ["run", "serve"])
@pytest.mark.parametrize(
    ("floor", "means"),
    [
        ("MIN_FREE_FOR_FILES", "reports are taken, but no photos or other files until"),
        ("MIN_FREE_FOR_DRAFTS", "nobody can begin a report or add files until there is room."),
    ],
)
def test_an_operator_is_told_in_one_sentence_what_a_disk_that_is_nearly_full_means(
    data: Path, monkeypatch: pytest.MonkeyPatch, command: str, floor: str, means: str
) -> None:
    monkeypatch.setenv("PORTAL_DATA", str(data))
    monkeypatch.setattr(disk, floor, 2**60)
    monkeypatch.setattr(disk, "MIN_SHARE_FOR_DRAFTS", 2.0 if floor == "MIN_FREE_FOR_DRAFTS" else 0.0)
    monkeypatch.setattr(sample, "fill", lambda **_named: [])
    served: list[Flask] = []
    monkeypatch.setattr(gunicorn, "serve", lambda app, **_how: served.append(app))
    said = CliRunner().invoke(cli.portal, [command], catch_exceptions=False).output.splitlines()
    assert len(said) == 1
    assert re.fullmatch(rf"Only \d+ MB are free in {re.escape(str(data))}: {means}.*", said[0])
    (app,) = served
    app.extensions["database"].engine.dispose()
