"""A machine whose clock jumps: nothing of what people told or began ends by it, and somebody is told to look."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select, update

from portal import db
from portal.audit import Action, AuditEntry
from portal.db import session, transaction, utcnow
from portal.files.store import EvidenceFile
from portal.reporting.models import Report, ReportContact
from portal.server import backup, cli, cli_retention, clock, health, worker
from portal.staff.models import StaffMember, StaffSession
from portal.surveys.models import SavedAnswers
from portal.vault.drafts import SealedDraft
from tests.support.people import Officer, Resident
from tests.support.pictures import begin, choose, photo
from tests.support.sending import WITH_CONTACT, send_report
from tests.test_backup import Operator, opens_receipt, operator
from tests.test_retention import agree

__all__ = ["operator"]

KEPT = (Report, ReportContact, SealedDraft, EvidenceFile, StaffSession, SavedAnswers)
Turn = Callable[[timedelta], None]


@pytest.fixture
def turn_clock(monkeypatch: pytest.MonkeyPatch) -> Turn:
    """Set the machine's clock so far from the right time."""

    def turn(by: timedelta) -> None:
        class Turned(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + by

        monkeypatch.setattr(db, "datetime", Turned)

    return turn


def counted(app: Flask) -> dict[str, int]:
    with app.app_context():
        return {model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0 for model in KEPT}


def work_a_minute(app: Flask) -> None:
    with app.app_context():
        worker.look_once(worker.Shift())


def types(app: Flask, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """What the command says, or why it refuses."""
    monkeypatch.setattr(cli_retention, "open_app", lambda **_: app)
    done = CliRunner().invoke(cli.portal, words)
    return done.output if done.exception is None else str(done.exception)


def test_by_a_clock_that_jumps_a_year_ahead_nothing_ends_until_somebody_has_looked(
    app: Flask, resident: Resident, officer: Officer, turn_clock: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = send_report(resident, more=WITH_CONTACT)
    begin(resident)
    choose(resident, (photo(), "IMG_1.jpg"), add=1)
    agree(app)
    work_a_minute(app)
    before = counted(app)
    assert min(before[name] for name in ("report", "report_contact", "draft", "evidence_file", "staff_session")) > 0
    turn_clock(timedelta(days=365))
    for _minute in range(2):
        work_a_minute(app)
    assert counted(app) == before
    with app.app_context():
        (said,) = [line for line in health.problems() if "clock" in line]
    assert "nothing ends now" in said
    assert types(app, monkeypatch, "retention") == said
    assert counted(app) == before
    # Set right, it is believed without a word.
    turn_clock(timedelta(0))
    work_a_minute(app)
    with app.app_context():
        assert clock.doubt() is None
        assert not [line for line in health.problems() if "nothing ends" in line]
    assert counted(app) == before
    assert opens_receipt(app, receipt)
    # And where the year has really gone by, somebody says so.
    turn_clock(timedelta(days=365))
    assert "Ended, reports: 0" in types(app, monkeypatch, "retention", "--clock-is-right")
    work_a_minute(app)
    after = counted(app)
    assert after["draft"] == after["evidence_file"] == after["staff_session"] == 0
    with app.app_context():
        assert session.scalar(select(AuditEntry.id).where(AuditEntry.action == Action.VOUCHED_FOR_CLOCK))


def test_a_clock_that_is_set_back_an_hour_ends_nothing_and_closes_nothing(
    app: Flask, resident: Resident, officer: Officer, turn_clock: Turn
) -> None:
    receipt = send_report(resident)
    begin(resident)
    work_a_minute(app)
    before = counted(app)
    turn_clock(timedelta(hours=-1))
    work_a_minute(app)
    assert counted(app) == before
    with app.app_context():
        assert any("was ahead or was set back" in line for line in health.problems())
        assert clock.doubt() is None
    resident.get("/report/1")
    assert resident.response
    assert resident.response.status_code == 200
    assert officer.get("/staff/reports").status_code == 200
    assert opens_receipt(app, receipt)
    turn_clock(timedelta(0))
    work_a_minute(app)
    assert counted(app) == before


@pytest.mark.same_on_both
def test_three_days_in_which_the_machine_was_off_need_nobody(app: Flask, turn_clock: Turn) -> None:
    work_a_minute(app)
    with app.app_context():
        first = clock.believed_at()
        turn_clock(clock.MOST_AT_ONCE - timedelta(minutes=1))
        clock.check()
        moved = clock.believed_at()
        assert first
        assert moved
        assert moved - first > clock.MOST_AT_ONCE - timedelta(hours=1)
        # One step more at a time, as it is where a worker is always there.
        turn_clock(2 * clock.MOST_AT_ONCE - timedelta(hours=1))
        clock.check()
        turn_clock(timedelta(days=30))
        with pytest.raises(clock.ClockInDoubt):
            clock.check()


@pytest.mark.same_on_both
@pytest.mark.parametrize("days", [30, -3650])
def test_a_clock_is_believed_once_the_phone_of_somebody_of_the_staff_says_the_same(
    days: int, app: Flask, officer: Officer, turn_clock: Turn
) -> None:
    """A machine that was off for a month, and one whose clock was years ahead when it was started first."""
    away = timedelta(days=days)
    turn_clock(-away)
    with app.app_context():
        clock._believe()  # whatever it showed then
        turn_clock(timedelta(0))
        with transaction() as db:
            db.execute(update(StaffMember).values(totp_step=int(time.time() - 90 * 86400) // 30))
        before = clock.believed_at()
        if days > 0:
            with pytest.raises(clock.ClockInDoubt):
                clock.check()
        else:
            clock.check()
        assert clock.believed_at() == before
    officer.sign_in()
    with app.app_context():
        clock.check()
        believed = clock.believed_at()
        assert believed
        assert abs(believed - utcnow()) < timedelta(minutes=5)
    # From then on a jump is one again.
    turn_clock(timedelta(days=365))
    with app.app_context(), pytest.raises(clock.ClockInDoubt):
        clock.check()


@pytest.mark.same_on_both
def test_no_backup_is_destroyed_by_a_clock_in_doubt(
    app: Flask, resident: Resident, operator: Operator, turn_clock: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: Path = operator.folder / "kept"
    first_day = utcnow().replace(microsecond=0)
    for day in range(4):
        monkeypatch.setattr(backup, "utcnow", lambda day=day: first_day + timedelta(days=day))
        assert "old archives destroyed: 0" in operator.types("backup", str(kept))
    work_a_minute(app)
    turn_clock(timedelta(days=365))
    monkeypatch.setattr(backup, "utcnow", utcnow)
    assert "old archives destroyed: 0" in operator.types("backup", str(kept))
    with app.app_context():
        clock.vouch()
    turn_clock(timedelta(days=366))
    assert "old archives destroyed: 4" in operator.types("backup", str(kept))
