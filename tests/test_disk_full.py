"""The disk fills up in the middle of everything: a page says so, nothing is half stored, and it goes on when there is room."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from portal import create_app
from portal.db import transaction
from portal.reporting.storing import TEAMS
from portal.vault import keyholders
from tests.bench import servers
from tests.bench.journeys import Astray, Resident

SIZE = 4 * 2**20
PARTS_OF_A_REPORT = 3
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


def test_a_full_disk_is_said_and_leaves_nothing_half_stored_and_room_is_all_it_takes(
    data: Path, tmp_path: Path
) -> None:
    as_whoever = () if os.geteuid() == 0 else ("--map-root-user",)
    within = ("unshare", "--mount", *as_whoever, "sh", "-ec", ON_A_SMALL_DISK, "sh", str(data), str(SIZE))
    with servers.serving(data, "portal", "serve", within=within) as (port, master), resident_at(port) as resident:
        disk = Path(f"/proc/{master}/root{data}")
        filler = disk / "filler"
        filler.write_bytes(bytes(SIZE // 2))
        receipts: list[str] = []
        with pytest.raises(Astray, match="gave 503"):
            receipts.extend(resident.report() for _ in range(200))
        assert receipts
        assert b"We cannot save anything just now" in resident.page
        assert b"Traceback" not in resident.page
        resident.get("/report")

        filler.unlink()
        receipts.append(resident.report())
        assert len(set(receipts)) == len(receipts)
        assert all(resident.come_back(digits) for digits in receipts)
        shutil.copytree(disk, tmp_path / "found", ignore=shutil.ignore_patterns("*-shm"))
    with closing(sqlite3.connect(tmp_path / "found" / "portal.db")) as found:
        assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        stored = found.execute("SELECT (SELECT count(*) FROM report), (SELECT count(*) FROM report_part)").fetchone()
    assert stored == (len(receipts), PARTS_OF_A_REPORT * len(receipts))
