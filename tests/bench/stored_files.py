"""A report's files up and down, on the disk beside SQLite and as rows of PostgreSQL: `python -m tests.bench.stored_files`."""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from portal import create_app, migrations
from portal.db import transaction
from portal.files import store
from portal.vault.drafts import Purpose, new_draft
from tests.support import postgres

MEGABYTE = 1024 * 1024
SIZES = (100, 512)


def held(what: str) -> float:
    """Megabytes that this process holds (VmRSS), or held at most since it was last told to forget (VmHWM)."""
    (line,) = (each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith(what))
    return int(line.split()[1]) / 1024


def measure(app: Flask, megabytes: int) -> str:
    """Seconds up and down, and what the process held more than after a file of a few megabytes."""
    Path("/proc/self/clear_refs").write_text("5")
    before, piece = held("VmRSS"), bytes(64 * 1024)
    with app.app_context(), store.Incoming((megabytes + 1) * MEGABYTE) as incoming:
        began_at = time.monotonic()
        for _ in range(megabytes * 16):
            incoming.write(piece)
        kept = incoming.keep("mp4")
        came_at = time.monotonic()
        with transaction() as db:
            draft = new_draft(Purpose.REPORT, {})
            draft.save(db)
            store.add_to_draft(db, kept, draft.row_id)
        stored_at = time.monotonic()
        incoming.close()
        assert sum(map(len, kept.chunks())) == megabytes * MEGABYTE
        read_at = time.monotonic()
    return (
        f"{megabytes} MB: sealed while it came {came_at - began_at:.2f} s, its rows {stored_at - came_at:.2f} s, "
        f"read and opened {read_at - stored_at:.2f} s, {held('VmHWM') - before:.0f} MB more held"
    )


@contextmanager
def opened(url: str | None) -> Iterator[Flask]:
    with tempfile.TemporaryDirectory() as folder:
        address = url or f"sqlite:///{folder}/portal.db"
        app = create_app(data=Path(folder), database_url=address, testing=True)
        migrations.migrate(app.extensions["database"].engine)
        yield app
        app.extensions["database"].engine.dispose()


def say(app: Flask, name: str) -> None:
    measure(app, 4)
    for size in SIZES:
        print(f"{name}, {measure(app, size)}", flush=True)  # noqa: T201 (what it is run for)


def main() -> None:
    programs = postgres.newest_programs()
    assert programs, postgres.HINT
    with (
        postgres.throw_away_server(programs, on_disk=True) as server,
        opened(server.create(f"portal_bench_{uuid.uuid4().hex}")) as app,
    ):
        say(app, "PostgreSQL")
    with opened(None) as app:
        say(app, "SQLite")


if __name__ == "__main__":
    main()
