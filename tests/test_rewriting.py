"""SQLite's file is rewritten at night: nobody waits long for it, nothing is lost, and what was deleted is gone from the file."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portal import migrations
from portal.db import UNORDERED, Database, session, transaction
from portal.server import sqlite_rewriting, worker
from tests.support.flooding import store_many

SEED = 2
WINDOW = 8


class Tables(DeclarativeBase):
    pass


class Thing(Tables):
    """As the tables about residents are: random keys, sealed texts of many lengths, and an index beside."""

    __tablename__ = "thing"
    __table_args__ = (UNORDERED,)

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    part: Mapped[str] = mapped_column(String, primary_key=True)
    lookup: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    found = Database(f"sqlite:///{tmp_path / 'things.db'}", threads=2)
    Tables.metadata.create_all(found.engine)
    monkeypatch.setattr(sqlite_rewriting, "Base", Tables)
    monkeypatch.setattr(sqlite_rewriting, "ROWS_AT_ONCE", 150)
    monkeypatch.setattr(sqlite_rewriting, "PAUSE", 0.0)
    yield found
    found.engine.dispose()


def fill(found: Database) -> set[bytes]:
    """Days of coming and going; of what was deleted every piece of eight bytes that a leaf of the file could hold."""
    drawn, there, gone = random.Random(SEED), {}, set()
    connection = sqlite3.connect(str(found.engine.url.database), isolation_level=None)
    connection.execute("PRAGMA secure_delete=ON")
    for day in range(200):
        connection.execute("BEGIN")
        for _row in range(20):
            row = (drawn.randbytes(16), "all", drawn.randbytes(16), drawn.randbytes(drawn.choice((80, 400, 900, 5000))))
            there[row[0]] = row
            connection.execute("INSERT INTO thing VALUES (?, ?, ?, ?)", row)
        for _row in range(6 if day > 10 else 0):
            ended = there.pop(drawn.choice(list(there)))
            connection.execute("DELETE FROM thing WHERE id = ?", ended[:1])
            for part in (ended[0], ended[2], ended[3][:1200]):
                gone.update(part[at : at + WINDOW] for at in range(len(part) - WINDOW + 1))
        connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return gone


def left_in(found: Database, gone: set[bytes]) -> int:
    path = Path(str(found.engine.url.database))
    raw = b"".join(each.read_bytes() for each in (path, path.with_name(f"{path.name}-wal")) if each.exists())
    return len({raw[at : at + WINDOW] for at in range(len(raw) - WINDOW)} & gone)


def everything(found: Database) -> list[object]:
    with found.engine.connect() as connection:
        rows = sorted(map(tuple, connection.exec_driver_sql("SELECT * FROM thing")))
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    return rows


@pytest.mark.dear
@pytest.mark.same_on_both
def test_of_what_was_deleted_no_piece_is_left_in_the_file_and_the_rest_is_as_it_was(file: Database) -> None:
    gone = fill(file)
    before = everything(file)
    assert left_in(file, gone) > 0, "SQLite leaves some of it where it moves rows about"
    for _step in sqlite_rewriting.steps(file, ()):
        pass
    assert left_in(file, gone) == 0
    assert everything(file) == before
    with file.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA freelist_count").scalar() == 0


@pytest.mark.same_on_both
def test_a_column_that_a_newer_portal_added_is_put_back_by_a_worker_that_does_not_know_it(file: Database) -> None:
    with file.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO thing VALUES (randomblob(16), 'all', randomblob(16), randomblob(900))")
        connection.exec_driver_sql("ALTER TABLE thing ADD COLUMN came_later TEXT DEFAULT ''")
        connection.exec_driver_sql("UPDATE thing SET came_later = 'what somebody wrote'")
    before = everything(file)
    list(sqlite_rewriting.steps(file, ()))
    assert everything(file) == before


@pytest.mark.same_on_both
def test_somebody_who_reads_on_is_waited_for_and_then_the_log_is_empty(
    file: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_rewriting, "CUT_TIMEOUT", 0.01)
    fill_one = "INSERT INTO thing VALUES (randomblob(16), 'all', randomblob(16), randomblob(9000))"
    with file.engine.begin() as connection:
        connection.exec_driver_sql(fill_one)
    reader = file.engine.connect()
    reader.exec_driver_sql("SELECT count(*) FROM thing").scalar()
    monkeypatch.setattr(sqlite_rewriting, "PATIENCE", 0.0)
    with pytest.raises(TimeoutError):
        list(sqlite_rewriting.steps(file, ()))
    reader.close()
    list(sqlite_rewriting.steps(file, ()))
    assert Path(f"{file.engine.url.database}-wal").stat().st_size == 0


@pytest.mark.dear
@pytest.mark.same_on_both
def test_whoever_writes_meanwhile_waits_for_one_step_at_most(app: Flask) -> None:
    with app.app_context():
        store_many(600)
        before = session.scalar(text("SELECT count(*) FROM report_part"))
    waits: list[float] = []
    is_over = threading.Event()

    def write() -> None:
        with app.app_context():
            while not is_over.is_set():
                began = time.monotonic()
                with transaction() as db:
                    db.execute(text("UPDATE report SET due_on = due_on WHERE id = :id"), {"id": uuid.uuid4().bytes})
                waits.append(time.monotonic() - began)

    writer = threading.Thread(target=write)
    writer.start()
    with app.app_context():
        steps = sum(1 for _step in worker.scatter_steps())
        is_over.set()
        writer.join()
        assert session.scalar(text("SELECT count(*) FROM report_part")) == before
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []
    assert steps > 40
    assert len(waits) >= steps / 2, "between two steps whoever waits may write"
    assert max(waits) < 2.0


@pytest.mark.same_on_both
def test_a_file_of_an_older_portal_learns_to_shrink_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = sqlite3.connect(path)
    old.execute("PRAGMA journal_mode=WAL")
    old.execute("CREATE TABLE kept (word TEXT)")
    old.execute("INSERT INTO kept VALUES ('here')")
    old.commit()
    old.close()
    found = Database(f"sqlite:///{path}", threads=1)
    for _time in range(2):
        migrations.migrate(found.engine)
        with found.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA auto_vacuum").scalar() == 2
            assert connection.exec_driver_sql("SELECT word FROM kept").scalar() == "here"
    found.engine.dispose()


@pytest.mark.same_on_both
def test_whoever_connects_only_to_read_writes_nothing_and_waits_for_no_writer(file: Database) -> None:
    path = Path(str(file.engine.url.database))
    with sqlite3.connect(path, isolation_level=None) as writer:
        file.engine.dispose()
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        writer.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with file.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM thing").scalar() == 0
        assert time.monotonic() - began < 1.0
        writer.execute("ROLLBACK")
        assert path.with_name(f"{path.name}-wal").stat().st_size == 0
    writer.close()


@pytest.mark.same_on_both
def test_the_worker_rewrites_for_some_seconds_and_goes_on_at_its_next_look(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []

    def steps() -> Iterator[None]:
        for number in range(3):
            done.append(number)
            yield

    monkeypatch.setattr(worker, "scatter_steps", steps)
    monkeypatch.setattr(worker, "AT_A_STRETCH", -1.0)
    with app.app_context():
        shift = worker.Shift()
        for looks in range(1, 4):
            shift.look()
            assert len(done) == looks
        shift.rewrite_soon()
        assert shift.is_scattering, "what is begun is ended first"
        shift.look()
        assert not shift.is_scattering
        monkeypatch.setattr(worker, "SWEEP_INTERVAL", 0.0)
        shift.look()
        assert len(done) == 4, "and then it begins again"
