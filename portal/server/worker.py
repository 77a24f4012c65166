"""What goes on beside the pages: alerts are mailed, what has passed its hour is deleted, the audit head leaves the host."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from contextlib import closing

from flask import Flask
from sqlalchemy import text

from portal import audit, outbox
from portal.config import settings
from portal.db import database, session, today, transaction
from portal.files import store
from portal.limits import sweep_limits
from portal.reporting import contacts, deletions
from portal.staff.accounts import sweep_sessions
from portal.vault.drafts import sweep_drafts

LOOK_EVERY = 5.0
TIDY_EVERY = 60.0
# PostgreSQL keeps rows in the order they came and marks each with its transaction; see scatter().
# In the order in which a sender comes to them: whoever sends meanwhile waits, and never holds what this waits for.
KEYS_OF_ORDERED_TABLES = {
    "draft": "id",
    "limit_count": "id",
    "report": "id",
    "report_part": "id",
    "report_contact": "id",
    "message": "id",
    "translation": "id",
    "key_grant": "content_id",
    "evidence_file": "id",
    "report_count": "month",
    "equality_count": "month",
    "deletion_request": "report_id",
    "deleted_report": "report_id",
    "survey_response": "id",
    "written_answer": "id",
    # Not for their order: keys that were deleted must not stay in the file.
    "membership": "member_id",
    "unlock": "id",
}

log = logging.getLogger(__name__)


def work(app: Flask, parent: int | None = None) -> None:
    """Until told to stop, or until the process `parent` that started it is gone.

    A failure is logged and tried again: the worker must not die of one bad minute.
    """
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    tidied_at, scattered_on, is_first = 0.0, None, True
    while not stop.is_set() and parent in (None, os.getppid()):
        try:
            with app.app_context():
                outbox.send_due_mail()
                if is_first:
                    deletions.reapply_deletions()
                    is_first = False
                if time.monotonic() - tidied_at > TIDY_EVERY:
                    tidied_at = time.monotonic()
                    if deletions.delete_due_reports() + contacts.delete_due_contacts():
                        # Of what was deleted nothing stays in the files either: see scatter().
                        scattered_on = None
                    tidy()
                if scattered_on != today():
                    day = today()
                    scatter()
                    scattered_on = day
        except Exception as error:
            log.error("the worker failed", exc_info=error)
        stop.wait(LOOK_EVERY)


def tidy() -> None:
    anchor_path = settings().audit_anchor
    with transaction() as db:
        sweep_drafts(db)
        sweep_limits(db)
        sweep_sessions(db)
    # After the drafts: a draft's files go with it.
    store.sweep_files()
    # Last and apart: while the other host is away, what has passed its hour must go all the same.
    if anchor_path is not None:
        with transaction() as db:
            audit.anchor(db, anchor_path, today())


def scatter() -> None:
    """Rewrite the residents' tables in the order of their random keys.

    Otherwise a row's place in the file, and on PostgreSQL its transaction number, would tell who wrote before whom: on
    SQLite by the pages on which long sealed texts lie. What was deleted is gone from the files thereafter.
    """
    if database().is_sqlite:
        _scatter_sqlite()
        return
    with transaction() as db:
        for table, key in KEYS_OF_ORDERED_TABLES.items():
            db.execute(text(f"UPDATE {table} SET {key} = {key}"))  # noqa: S608 (our own names)
    with database().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in KEYS_OF_ORDERED_TABLES:
            connection.execute(text(f"CLUSTER {table} USING pk_{table}"))


def _scatter_sqlite() -> None:
    session.rollback()  # whoever still reads keeps the old pages in the write-ahead log
    with database().writer(), closing(database().engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
