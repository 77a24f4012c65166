"""What the worker does beside the pages: each of its duties on its own, whichever of the others breaks."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from portal import audit_anchor, disk, outbox
from portal.db import session, today, transaction, utcnow
from portal.events import source_reading
from portal.files import sweeping
from portal.limits import LimitCount
from portal.reporting import contacts, deletions, hand_over_sending
from portal.reporting.deleted_list import list_deleted
from portal.reporting.models import DeletionRequest, Report, ReportContact
from portal.server import worker
from portal.staff.models import StaffSession
from portal.vault.drafts import Purpose, SealedDraft, new_draft
from tests.support.people import Officer, Resident
from tests.support.sending import WITH_CONTACT, send_report

WORDS = "canary words of a resident"
DUTIES = {
    "mail": (outbox, "send_due_mail"),
    "deletions of a restored database": (deletions, "reapply_deletions"),
    "hand-overs": (hand_over_sending, "send_due_hand_overs"),
    "drafts": (worker, "sweep_drafts"),
    "limits": (worker, "sweep_limits"),
    "staff sessions": (worker, "sweep_sessions"),
    "reports": (deletions, "delete_due_reports"),
    "contacts": (contacts, "delete_due_contacts"),
    "files": (sweeping, "sweep_files"),
    "room": (disk, "gains_by_rewriting"),
    "reserve": (disk, "keep_reserve"),
    "audit head": (audit_anchor, "anchor_head"),
    "calendars of groups": (source_reading, "read_due_sources"),
    "rewriting": (worker.Shift, "_scatter_on"),
}


def breaks(*_given: object, **_named: object) -> None:
    raise RuntimeError(WORDS)


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    return tmp_path / "heads"


@pytest.fixture
def watched(make_app: Callable[..., Flask], app: Flask, anchor: Path) -> Flask:
    return make_app(audit_anchor=anchor)


@pytest.mark.same_on_both
@pytest.mark.parametrize("broken", DUTIES)
def test_a_duty_that_breaks_keeps_no_other_from_being_done(
    watched: Flask, broken: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []
    for duty, (module, name) in DUTIES.items():
        act = breaks if duty == broken else lambda *_, duty=duty: done.append(duty)
        monkeypatch.setattr(module, name, act)
    with watched.app_context():
        worker.Shift().look()
    # What was deleted after the backup goes nowhere: see test_hand_overs.py.
    waiting = {"hand-overs", "nudges"} if broken == "deletions of a restored database" else set()
    assert sorted(done) == sorted(DUTIES.keys() - {broken} - waiting)
    assert f"the worker failed at: {broken}" in caplog.messages


def test_a_duty_that_broke_is_done_the_next_time(watched: Flask, anchor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched.app_context():
        shift = worker.Shift()
        with monkeypatch.context() as patch:
            for module, name in DUTIES.values():
                patch.setattr(module, name, breaks)
            shift.look()
        assert not shift.is_reapplied
        assert shift.scattered_on is None
        monkeypatch.setattr(worker, "SWEEP_INTERVAL", 0.0)
        shift.look()
        assert shift.is_reapplied
        assert shift.scattered_on == today()
        assert anchor.exists()


def test_each_does_its_own_work(watched: Flask, officer: Officer, anchor: Path) -> None:
    """Drafts, limits and sessions that have passed their hour go, and what has not stays."""
    with watched.app_context():
        with transaction() as db:
            for minutes in (-1, 9):
                new_draft(Purpose.REPORT, {}).save(db, idle=timedelta(minutes=minutes))
            db.execute(update(StaffSession).values(ends_at=utcnow() - timedelta(days=2)))
        worker.tidy()
        assert session.scalar(select(func.count()).select_from(SealedDraft)) == 1
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 0
        assert session.scalar(select(func.count()).select_from(LimitCount)) is not None
        assert anchor.exists()
        assert (watched.extensions["settings"].data / disk.RESERVE).stat().st_size == disk.RESERVE_SIZE


def send_two(app: Flask, resident: Resident) -> list[uuid.UUID]:
    for _ in range(2):
        send_report(resident, more=WITH_CONTACT)
    with app.app_context():
        return list(session.scalars(select(Report.id)))


def test_a_report_that_cannot_be_deleted_holds_up_no_other(
    app: Flask, resident: Resident, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stuck, other = send_two(app, resident)
    with app.app_context():
        for report_id in (stuck, other):
            deletions.ask_for_deletion(report_id)
        with transaction() as db:
            db.execute(update(DeletionRequest).values(due_on=today()))
        drop = deletions.drop_contact
        with monkeypatch.context() as patch:
            patch.setattr(deletions, "drop_contact", lambda db, one: breaks() if one == stuck else drop(db, one))
            assert deletions.delete_due_reports() == 1
            assert session.scalars(select(Report.id)).all() == [stuck]
            # A database that was put back: what is listed and still there is tried again, and said to be there.
            list_deleted(stuck)
            with pytest.raises(deletions.StillThere):
                deletions.reapply_deletions()
        assert "it is tried again" in caplog.text
        assert not re.search(f"{stuck}|{stuck.hex}", " ".join(caplog.messages))
        assert deletions.delete_due_reports() == 1
        assert deletions.reapply_deletions() == 0


def test_a_contact_that_cannot_be_deleted_holds_up_no_other(
    app: Flask, resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = send_two(app, resident)
    with app.app_context():
        with transaction() as db:
            db.execute(update(ReportContact).values(delete_on=today()))
        drop = contacts.drop_contact
        with monkeypatch.context() as patch:
            patch.setattr(contacts, "drop_contact", lambda db, one: breaks() if one == stuck else drop(db, one))
            assert contacts.delete_due_contacts() == 1
            assert [contacts.has_contact(one) for one in (stuck, other)] == [True, False]
        assert contacts.delete_due_contacts() == 1
        assert not contacts.has_contact(stuck)
