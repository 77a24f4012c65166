"""What changes around a meeting of the MARAC: its day, whether it is held, who does what, and what its quarter was."""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from time import sleep

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.audit import Action, AuditEntry
from portal.db import session, today, transaction
from portal.marac import figures, moving, scheduled_ends, tables
from portal.marac.models import (
    CaseState,
    ChangeReason,
    MaracAction,
    MaracCase,
    MaracItem,
    MaracKnowledge,
    MaracMeeting,
    MaracMeetingChange,
    MaracMinutes,
    MaracQuarter,
)
from portal.small_counts import month_after
from portal.staff.models import Role, StaffMember
from portal.vault import meetings
from portal.vault.keyholders import Grant, Keyholder
from tests.support.people import Officer
from tests.test_marac import (
    COORDINATES,
    KNOWN,
    SAID,
    TO_DO,
    Hire,
    chair,
    gives,
    hears,
    id_of,
    landlord,
    plans,
    presses,
    puts_on,
    refers,
    seats,
    was_there,
    works,
    writes,
)
from tests.test_retention import agree

__all__ = ["chair", "landlord"]


def row_of(app: Flask, meeting: str) -> MaracMeeting:
    with app.app_context():
        return next(one for one in session.scalars(select(MaracMeeting)) if str(one.id) in meeting)


def twice(officer: Officer, path: str, **fields: object) -> None:
    """The button of the page last seen, pressed two times: both are answered as one is."""
    page = officer.page
    for _time in range(2):
        officer.page = page
        assert officer.post(path, fields).status_code == 303, officer.text


def acts(app: Flask) -> list[str]:
    with app.app_context():
        return [entry.action for entry in session.scalars(select(AuditEntry))]


def item_on(officer: Officer, meeting: str, title: str = "Case A") -> str:
    officer.get(meeting)
    found = re.search(rf'(/staff/marac/items/[0-9a-f-]+)"><bdi>{title}', officer.page)
    assert found, officer.text
    return found[1]


@pytest.mark.same_on_both
def test_a_meeting_is_moved_with_a_reason_that_its_table_reads(
    app: Flask, chair: Officer, landlord: Officer, hire: Hire
) -> None:
    meeting, item = hears(app, chair, today(), hire, landlord)
    was_there(app, chair, meeting, "cora", "at-landlord", deputy="at-landlord")
    day = today() + timedelta(days=9)
    to = f"{meeting}/move"
    for wrong in ({"held_on": "soon", "begins": "25:00"}, {"held_on": "2000-01-01", "why_moved": "x" * 3000}):
        presses(chair, to, to, **wrong)
        chair.see("Choose the reason." if "why_moved" not in wrong else "This day is over or too far away.")
    chair.get(to)
    chair.post(to, held_on=str(today()), begins="14:30", why_moved="chair")
    chair.see("It is on this day and at this time already.")
    twice(chair, to, held_on=str(day), begins="09:15", why_moved="too_few")
    landlord.get("/staff/marac")
    landlord.see("09:15", "Moved to this day")
    landlord.get(meeting)
    landlord.see("Too few agencies can come", "14:30", "The meeting is still to come.")
    landlord.not_see("Move the meeting")
    landlord.get(item)
    landlord.see(SAID)
    assert not any(seat.was_there for seat in seats_in(app)), "who was there on the day before may not come again"
    for act in ("move", "cancel"):
        assert presses(landlord, meeting, f"{meeting}/{act}", why_moved="chair").status_code == 404
    other = hire("olga", teams=COORDINATES)
    other.come_to_work()
    assert other.get(item).status_code == 404
    presses(other, to, to, held_on=str(day + timedelta(days=1)), begins="09:15", why_moved="chair")
    assert row_of(app, meeting).held_on == day + timedelta(days=1), "its own coordinator may be the one who left"
    assert acts(app).count(Action.MOVED_MARAC_MEETING) == 2
    with app.app_context():
        assert len(session.scalars(select(MaracMeetingChange)).all()) == 2


def at_once(*presses: tuple[Officer, str, dict[str, str]]) -> list[int]:
    """What each is answered when all press in the same moment."""
    together = Barrier(len(presses))

    def press(one: tuple[Officer, str, dict[str, str]]) -> int:
        who, where, fields = one
        together.wait()
        return who.post(where, fields).status_code

    with ThreadPoolExecutor(len(presses)) as pool:
        return list(pool.map(press, presses))


def hold_each_other_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both come to the meeting's row before either goes on, where the database lets two write at once."""
    real, there = moving.lock_open, Barrier(2)

    def lock(db: Session, meeting_id: uuid.UUID) -> MaracMeeting:
        with suppress(BrokenBarrierError):
            there.wait(0.5)
        meeting = real(db, meeting_id)
        sleep(0.1)
        return meeting

    monkeypatch.setattr(moving, "lock_open", lock)


MOVED_MEANWHILE = "Somebody else has moved this meeting in the meantime."


@pytest.mark.parametrize("pressed", [("move", "move"), ("cancel", "cancel"), ("move", "cancel")])
def test_of_two_who_change_a_meeting_in_the_same_moment_one_wins_and_the_other_reads_why_not(
    app: Flask, chair: Officer, hire: Hire, monkeypatch: pytest.MonkeyPatch, pressed: tuple[str, str]
) -> None:
    refers(chair)
    meeting = plans(app, chair, today() + timedelta(days=3))
    puts_on(chair, meeting)
    other = hire("olga", teams=COORDINATES)
    other.come_to_work()
    days = [today() + timedelta(days=days) for days in (9, 10)]
    reasons = [ChangeReason.CHAIR, ChangeReason.TOO_FEW]
    presses = []
    for who, act, day, reason in zip((chair, other), pressed, days, reasons, strict=True):
        who.get(f"{meeting}/{act}")
        fields = {"held_on": str(day), "begins": "09:15", "why_moved": reason}
        presses.append((who, f"{meeting}/{act}", fields if act == "move" else {"to": "", "why_cancelled": reason}))
    hold_each_other_up(monkeypatch)
    answers = at_once(*presses)
    row = row_of(app, meeting)
    with app.app_context():
        (change,) = session.scalars(select(MaracMeetingChange)).all()
        waits = session.scalars(select(MaracCase.state)).one() is CaseState.WAITING
    assert change.reason in reasons
    loser, path, fields = next(one for one in presses if change.reason not in one[2].values())
    assert waits is (row.cancelled_on is not None), "its case waits again once, or stays on the agenda"
    assert sum(acts(app).count(each) for each in (Action.MOVED_MARAC_MEETING, Action.CANCELLED_MARAC_MEETING)) == 1
    if row.cancelled_on is not None:
        assert answers == [303, 303]
        loser.follow()
        loser.see("This meeting was cancelled on")
        loser.not_see(MOVED_MEANWHILE)
        return
    assert sorted(answers) == [200, 303]
    assert row.held_on in days
    loser.see(MOVED_MEANWHILE, f"{row.held_on:%-d %B}")
    # Who has read the new day decides for it.
    assert loser.post(path, fields).status_code == 303
    with app.app_context():
        assert [one.was_on for one in session.scalars(select(MaracMeetingChange).order_by(MaracMeetingChange.number))] == [
            today() + timedelta(days=3), row.held_on,
        ]  # fmt: skip


def seats_in(app: Flask) -> list[tables.Member]:
    with app.app_context():
        return list(session.scalars(select(tables.Member)))


def test_a_cancelled_meeting_loses_no_case_and_nothing_that_was_said(
    app: Flask, chair: Officer, landlord: Officer, hire: Hire
) -> None:
    refers(chair)
    refers(chair, written_title="Case B")
    first, second = (plans(app, chair, today() + timedelta(days=days)) for days in (3, 9))
    for meeting in (first, second):
        seats(app, chair, meeting, "at-landlord")
    item = puts_on(chair, first)
    puts_on(chair, first, "Case B")
    presses(landlord, item, f"{item}/knowledge", written_known=KNOWN)
    chair.get(f"{first}/cancel")
    chair.post(f"{first}/cancel", to="x", why_cancelled="")
    chair.see("Choose the reason.")
    chair.post(f"{first}/cancel", to="f" * 32, why_cancelled="chair")
    chair.see("Choose a meeting from the list.")
    chair.post(f"{first}/cancel", to=second[-36:].replace("-", ""), why_cancelled="chair")
    chair.follow()
    chair.see("This meeting was cancelled on", "The chair cannot come")
    landlord.get(first)
    landlord.see("This meeting was cancelled on", "The chair cannot come")
    landlord.get(item_on(landlord, second))
    landlord.see(KNOWN)
    item_on(landlord, second, "Case B")
    chair.get(f"{second}/cancel")
    twice(chair, f"{second}/cancel", to="", why_cancelled="too_few")
    chair.get("/staff/marac")
    chair.see("Case A", "Case B", "Cancelled")
    chair.get(item)
    chair.see(KNOWN)
    chair.not_see("Keep what we know", "Write a new version")
    for act in ("knowledge", "minutes", "actions"):
        refused = presses(chair, item, f"{item}/{act}", written_known="x", written_discussion="x", risk_after="low")
        assert refused.status_code in {200, 404}, "nothing is written for a meeting that is not held"
    assert row_count(app, MaracMinutes) == 0
    assert landlord.get(item).status_code == 404
    with app.app_context():
        held_by = session.scalars(select(Keyholder).where(Keyholder.code.startswith(meetings.PREFIX))).all()
        assert held_by == [], "the keys of both are deleted"
    third = plans(app, chair, today() + timedelta(days=30))
    item_on(chair, third, "Case B")
    assert item_on(chair, third) == item
    assert landlord.get(item).status_code == 404, "nobody has let them to this table"
    seats(app, chair, third, "at-landlord")
    landlord.get(item)
    landlord.see(KNOWN)
    with app.app_context():
        team = session.scalars(select(Keyholder.id).where(Keyholder.code == meetings.RECORD_TEAM)).one()
        rows = session.scalars(select(Grant).where(Grant.content_id.in_(select(MaracItem.id)))).all()
        assert rows
        assert team not in {row.keyholder_id for row in rows}, "of an open meeting the coordinators open no case"
        assert len(session.scalars(select(MaracItem)).all()) == 2
    chair.get(f"{third}/cancel")
    page = chair.page
    writes(chair, item)
    chair.page = page
    chair.post(f"{third}/cancel", to="", why_cancelled="chair")
    chair.follow()
    chair.see("This meeting has minutes or actions, so it cannot be cancelled.")
    assert acts(app).count(Action.CANCELLED_MARAC_MEETING) == 2


def row_count(app: Flask, table: type) -> int:
    with app.app_context():
        return len(session.scalars(select(table)).all())


@pytest.mark.same_on_both
def test_what_is_pressed_twice_is_saved_once(app: Flask, chair: Officer, landlord: Officer, hire: Hire) -> None:
    meeting, item = hears(app, chair, today(), hire, landlord)
    chair.get(item)
    twice(chair, f"{item}/knowledge", written_known=KNOWN)
    fields = {"written_discussion": "They met.", "risk_before": "high", "risk_after": "low"}
    chair.get(item)
    page = chair.page
    twice(chair, f"{item}/minutes", **fields)
    chair.page = page
    chair.post(f"{item}/minutes", fields | {"risk_after": "high"})
    chair.see("Somebody else has written these minutes in the meantime.")
    was_there(app, chair, meeting, "cora", "polly", "at-landlord")
    presses(chair, meeting, f"{meeting}/agree")
    chair.get(item)
    twice(chair, f"{item}/minutes", **fields, written_correction="A word was wrong.")
    assert [row_count(app, table) for table in (MaracKnowledge, MaracMinutes)] == [1, 2]


@pytest.mark.same_on_both
def test_an_action_goes_to_its_table_to_its_agency_or_to_a_coordinator(
    app: Flask, chair: Officer, landlord: Officer, hire: Hire
) -> None:
    meeting, item = hears(app, chair, today(), hire, landlord)
    works(hire, "stranger")
    works(hire, "overseer", Role.SUPERVISOR)
    owner = id_of(app, "at-landlord").hex
    presses(chair, item, f"{item}/actions", written_action=TO_DO, owner=owner, due_on=str(today()))
    was_there(app, chair, meeting, "cora", "polly", "at-landlord")
    presses(chair, meeting, f"{meeting}/agree")
    with app.app_context():
        at = f"/staff/marac/actions/{session.scalars(select(MaracAction.id)).one()}"
    for nobody in ("stranger", "overseer"):
        gives(landlord, at, id_of(app, nobody).hex)
        landlord.see("Choose who does it from now on.")
        landlord.not_see(nobody.capitalize())
    landlord.see("Polly", "Cora")
    gives(landlord, at, id_of(app, "polly").hex)
    with app.app_context(), transaction() as db:
        for one in db.scalars(select(StaffMember).where(StaffMember.name.in_(["polly", "at-landlord"]))):
            one.active = False
    other = hire("olga", teams=COORDINATES)
    other.come_to_work()
    other.get("/staff/marac")
    other.see("Actions without an owner", TO_DO)
    gives(other, at, id_of(app, "cora").hex)
    chair.get("/staff/marac")
    chair.see("What you have to do", TO_DO)


def test_a_quarter_stays_as_it_was_counted_when_it_was_over(app: Flask, chair: Officer) -> None:
    long_ago = month_after(figures._last_quarter(figures._last_over()), -3 * 32)
    with app.app_context():
        me = id_of(app, "cora")
        with transaction() as db:
            held_on = long_ago - timedelta(days=3)
            meeting = MaracMeeting(
                held_on=held_on, begins="10:00", chair_id=me, coordinator_id=me, agreed_on=long_ago, agreed_by=me
            )
            db.add(meeting)
            for number in range(25):
                case = MaracCase(
                    state=CaseState.HEARD, referred_on=held_on, is_repeat=number < 3, risk_before="high", sealed=b""
                )
                db.add_all([case, meeting])
                db.flush()
                db.add(
                    MaracItem(
                        meeting_id=meeting.id, case_id=case.id, position=number, minutes=15, is_heard=True,
                        risk_before="high", risk_after="low",
                    )
                )  # fmt: skip
        agree(app)
        assert scheduled_ends.end_due_cases() == 25
        assert session.scalar(select(MaracMeeting.id)) is None
        for _again in range(2):
            assert figures.told_in(month_after(long_ago, -3))["referred"].number == 25
            assert figures.told_in(long_ago)["heard"].number == 25, "heard is what was agreed in the quarter"
            figures.freeze_quarters()
        kept = session.get(MaracQuarter, month_after(long_ago, -3))
        assert kept
        assert kept.told["repeat"] == kept.told["first"] == [0, 0], "a small count is nowhere"
        assert kept.frozen_on == today()
        with transaction() as db:
            db.execute(delete(MaracQuarter).where(MaracQuarter.first > long_ago))
        assert len(figures.quarterly()) == figures.QUARTERS, "quarters in which nothing was, too, are kept once"
    chair.get("/staff/marac/figures")
    chair.see("Counted on")
