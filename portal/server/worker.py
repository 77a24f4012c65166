"""What goes on beside the pages: alerts are mailed, what has passed its hour is deleted, the audit head leaves the host."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import audit_anchor, audit_days, disk, outbox
from portal.case_review import endings as case_review_endings
from portal.config import settings
from portal.db import database, session, today, transaction
from portal.events import source_reading
from portal.events.help_counts import sweep_help_requests
from portal.events.proposals import sweep_proposals
from portal.events.trusted_groups import sweep_groups
from portal.files import sweeping
from portal.limits import sweep_limits
from portal.reporting import agency_mail, clocks, contacts, deleted_list, deletions, hand_over_sending, nudges
from portal.server import clock, postgres_rewriting, retention, sqlite_rewriting
from portal.server.lead import lead
from portal.shared_signs import SharedSign, Sign, set_sign
from portal.staff import export_jobs, export_making
from portal.staff.accounts import release_cases_of_closed_accounts, sweep_sessions
from portal.staff.passkeys import sweep_challenges
from portal.surveys import packing
from portal.surveys.saving import delete_expired
from portal.vault import worker_key
from portal.vault.drafts import sweep_drafts
from portal.web import caching

POLL_INTERVAL = 5.0
SWEEP_INTERVAL = 60.0
LIST_INTERVAL = 300.0
# Seconds for which the files are rewritten before the other duties have their turn.
AT_A_STRETCH = 10.0
# PostgreSQL keeps rows in the order they came and marks each with its transaction; see scatter().
# In the order in which a sender comes to them: whoever sends meanwhile waits, and never holds what this waits for.
KEYS_OF_ORDERED_TABLES = {
    "draft": "id",
    "saved_answers": "id",
    "limit_count": "id",
    "report": "id",
    "report_part": "id",
    "clock": "id",
    "report_contact": "id",
    "nudge": "id",
    "message": "id",
    "translation": "id",
    "hand_over": "id",
    "referral": "id",
    "earlier_owner": "report_id",
    "case_note": "id",
    "case_task": "id",
    "key_grant": "content_id",
    "evidence_file": "id",
    "report_count": "month",
    "equality_count": "month",
    "unsafe_place_count": "month",
    "second_look": "report_id",
    "deletion_request": "report_id",
    "legal_hold": "report_id",
    "ended_count": "month",
    "deleted_report": "report_id",
    "queue_index": "keyholder_id",
    "survey_response": "id",
    "written_answer": "id",
    "paper_entry": "id",
    "invitation_code": "id",
    "invitation_count": "batch_id",
    "occasion_count": "wave_id",
    "wave_count": "wave_id",
    "wave_look": "wave_id",
    "event_help_request": "id",
    "event_help_message": "id",
    # Not for their order: keys that were deleted must not stay in the file.
    "membership": "member_id",
    "unlock": "id",
}

log = logging.getLogger(__name__)


def work(app: Flask, parent: int | None = None) -> None:
    """Until told to stop, or until the process `parent` that started it is gone."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())

    def is_over() -> bool:
        return stop.is_set() or parent not in (None, os.getppid())

    if not app.extensions["database"].is_sqlite:
        threading.Thread(target=_follow_deletions, args=(app, stop), daemon=True).start()
    shift = Shift()
    with app.app_context(), lead(stop, is_over) as held:
        while held is not None and not is_over():
            held.looks()
            with app.app_context():
                look_once(shift)
            stop.wait(POLL_INTERVAL)


def _follow_deletions(app: Flask, stop: threading.Event) -> None:
    """Also while another machine's worker is at work: whatever is lost, each machine's list is whole, and its disk is swept."""
    while True:
        with app.app_context():
            _do("the list of what was deleted", deleted_list.keep_whole)
            _do("files on this machine", sweeping.sweep_files)
        if stop.wait(LIST_INTERVAL):
            return


def look_once(shift: Shift) -> None:
    """Do what is due, and leave a sign of it for whoever asks whether a worker is there."""
    shift.look()
    _sign_of_life().touch()
    if not database().is_sqlite:
        _do("a sign of life", lambda: _stored(lambda db: set_sign(db, Sign.LOOKED)))


def _sign_of_life() -> Path:
    path: Path = settings().data / "worker-looked"
    return path


def last_look() -> datetime | None:
    """When a worker, on this machine or another, was done with what was due; None where none ever was."""
    if not database().is_sqlite:
        return session.scalar(select(SharedSign.at).where(SharedSign.name == Sign.LOOKED))
    try:
        return datetime.fromtimestamp(_sign_of_life().stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


class Shift:
    """The duties, each on its own: one that fails is logged and tried again, and keeps none of the others from being done."""

    def __init__(self) -> None:
        self.tidied_at = float("-inf")
        self.scattered_on: date | None = None
        self.is_scattering = False
        self.scattering: Iterator[None] | None = None
        self.ended_on: date | None = None
        self.is_reapplied = False
        self.has_key = False
        self.has_clocks = False

    def look(self) -> None:
        """Do what is due."""
        if not self.has_key:
            self.has_key = _do("the worker's key", worker_key.prepare)
        if not self.is_reapplied:
            self.is_reapplied = _do("deletions of a restored database", deletions.reapply_deletions)
            _do("case reviews of a restored database", case_review_endings.empty_listed)
        # First what is no reason for a mail any more.
        _do("reminders", clocks.remind_of_overdue)
        _do("reminders of partners", agency_mail.remind_of_late)
        _do("mail", outbox.send_due_mail)
        if not self.has_clocks:
            self.has_clocks = _do("clocks of older reports", clocks.give_clocks)
        if self.is_reapplied:  # not of a report that was deleted after the backup
            _do("nudges", nudges.send_due_nudges)
            _do("hand-overs", hand_over_sending.send_due_hand_overs)
        if time.monotonic() - self.tidied_at > SWEEP_INTERVAL:
            self.tidied_at = time.monotonic()
            tidy(self)
            # Where it fails for want of room, not every few seconds again.
            if not self.is_scattering and self.scattered_on != today():
                self.scattered_on, self.is_scattering = today(), True
        if self.is_scattering and not _do("rewriting", self._scatter_on):
            self.scattered_on, self.is_scattering, self.scattering = None, False, None
        _do("waves that were closed", packing.pack_closed_waves)
        # Last: both may take a minute.
        _do("calendars of groups", source_reading.read_due_sources)
        _do("exports", export_making.make_due_exports)

    def _scatter_on(self) -> None:
        """For some seconds: of a large database it takes minutes, and an alert must not wait for it."""
        self.scattering = self.scattering or scatter_steps()
        ends_at = time.monotonic() + AT_A_STRETCH
        for _step in self.scattering:
            if time.monotonic() > ends_at:
                return
        self.is_scattering, self.scattering = False, None

    def rewrite_soon(self) -> None:
        """Of what was deleted nothing stays in the files either: see scatter()."""
        self.scattered_on = None


def tidy(shift: Shift | None = None) -> None:
    """Delete what has had its time, and give the other host the audit log's head."""

    def delete_due(delete: Callable[[], int]) -> None:
        if delete() and shift is not None:
            shift.rewrite_soon()

    def make_room() -> None:
        if disk.gains_by_rewriting() and shift is not None:
            shift.rewrite_soon()

    # First, on a full disk: the others write where they delete.
    _do("reserve", disk.free_reserve_if_full)
    _do("limits", lambda: _stored(sweep_limits))
    _do("cases of closed accounts", lambda: _stored(release_cases_of_closed_accounts))
    # By a clock that jumped a year ahead everything would be over.
    if _do("the clock", clock.check):
        _end_what_is_over(shift, delete_due)
    # After the drafts: a draft's files go with it.
    _do("files", sweeping.sweep_files)
    _do("room", make_room)
    _do("reserve", disk.keep_reserve)


def _end_what_is_over(shift: Shift | None, delete_due: Callable[[Callable[[], int]], None]) -> None:
    _do("drafts", sweep_drafts)
    _do("saved surveys", lambda: delete_due(delete_expired))
    _do("proposals", lambda: _stored(sweep_proposals))
    _do("requests for help", lambda: _stored(sweep_help_requests))
    _do("trusted groups", lambda: _stored(sweep_groups))
    _do("staff sessions", lambda: _stored(sweep_sessions))
    _do("passkeys asked for", lambda: _stored(sweep_challenges))
    _do("exports to delete", export_jobs.sweep_exports)
    _do("reports", lambda: delete_due(deletions.delete_due_reports))
    _do("clocks", clocks.end_long_waits)
    _do("contacts", lambda: delete_due(contacts.delete_due_contacts))
    _do("nudges to delete", lambda: delete_due(nudges.delete_due_nudges))
    if shift is None or shift.ended_on != today():
        _end_by_schedule(shift, delete_due)
    _do("the log's published day", publish_log)
    anchor_path = settings().audit_anchor
    if anchor_path is not None:
        _do("audit head", lambda: _stored(lambda db: audit_anchor.anchor_head(db, anchor_path, today())))


def _end_by_schedule(shift: Shift | None, delete_due: Callable[[Callable[[], int]], None]) -> None:
    """Once a day, and again in a minute where one run did not end all, or one of them failed."""
    is_done = True

    def end(duty: Callable[[], int]) -> int:
        nonlocal is_done
        gone = duty()
        is_done = is_done and not gone
        return gone

    for what, duty in retention.ONCE_A_DAY.items():
        is_done = _do(f"ending {what}", lambda duty=duty: delete_due(lambda: end(duty))) and is_done  # type: ignore[misc]
    if shift is not None and is_done:
        shift.ended_on = today()
        # And once more a day what was deleted before: a hold on it may have ended, or a full disk kept it off the list.
        shift.is_reapplied = False


def publish_log() -> None:
    """Once a day, whatever was done: see portal/audit_days.py."""
    day = today()
    if found := audit_days.due(day):
        with transaction() as db:
            if audit_days.publish(db, found, day):
                caching.publish(db)


def _stored(act: Callable[[Session], object]) -> None:
    with transaction() as db:
        act(db)


def _do(duty: str, act: Callable[[], object]) -> bool:
    """Whether it was done. What a failure says of itself stays out of the log: see portal/server/logs.py."""
    try:
        act()
    except Exception as error:
        log.error("the worker failed at: %s", duty, exc_info=error)
        return False
    finally:
        # Whoever still reads keeps SQLite's log from being cut.
        session.rollback()
    return True


def scatter() -> None:
    """Rewrite the residents' tables, so that the places of rows tell nothing.

    Otherwise a row's place in the file, and on PostgreSQL its transaction number, would tell who wrote before whom: on
    SQLite by the pages on which long sealed texts lie. What was deleted is gone from the files thereafter.
    """
    for _step in scatter_steps():
        pass


def scatter_steps() -> Iterator[None]:
    """The same, a little at a time: between two steps the worker can do something else, and whoever waits can write."""
    session.rollback()  # whoever still reads keeps the old pages in SQLite's write-ahead log
    if database().is_sqlite:
        return sqlite_rewriting.steps(database(), KEYS_OF_ORDERED_TABLES)
    return postgres_rewriting.steps(database(), KEYS_OF_ORDERED_TABLES)
