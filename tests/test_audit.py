"""The audit log: whoever changes, removes, swaps or adds an entry is found out, and every look by staff leaves one."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from portal import audit
from portal.audit import Action, AuditEntry, AuditHead
from portal.db import session, today, transaction
from portal.server import health, worker
from portal.vault.drafts import Purpose, SealedDraft, new_draft
from tests.support.people import Officer, Resident
from tests.support.referring import FOR_LAW, refer
from tests.support.sending import NARRATIVE, send_report
from tests.test_db import in_threads

ENTRIES = 12
positions = st.integers(1, ENTRIES)
each_time = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def log(app: Flask) -> Flask:
    """A log of twelve acts."""
    with app.app_context():
        for number in range(ENTRIES):
            with transaction() as db:
                audit.record(db, f"officer {number % 3}", list(Action)[number], f"report {number}")
        assert list(audit.broken_links()) == []
    return app


def is_noticed(app: Flask, tamper: Callable[[], object]) -> bool:
    """Do it with the database's own pen, look, and take it back."""
    with app.app_context():
        try:
            tamper()
            session.expire_all()
            return bool(list(audit.broken_links()))
        finally:
            session.rollback()


def change(entry: int, **values: object) -> None:
    session.execute(update(AuditEntry).where(AuditEntry.id == entry).values(values))


def renumber(entry: int, number: int) -> None:
    change(entry, id=number)


def the_entry(number: int) -> AuditEntry:
    return session.get_one(AuditEntry, number)


def test_an_untouched_log_is_sound(log: Flask) -> None:
    assert not is_noticed(log, lambda: None)


@given(entry=positions, field=st.sampled_from(["at", "actor", "action", "subject", "hash"]))
@each_time
def test_a_changed_entry_is_noticed(log: Flask, entry: int, field: str) -> None:
    def tamper() -> None:
        found = the_entry(entry)
        other = {
            "at": found.at + timedelta(microseconds=1),
            "actor": "nobody",
            "action": Action.CREATED_VAULT,
            "subject": f"{found.subject} ",
            "hash": bytes([found.hash[0] ^ 1]) + found.hash[1:],
        }
        change(entry, **{field: other[field]})

    assert is_noticed(log, tamper)


@given(entry=positions)
@each_time
def test_a_changed_entry_with_a_hash_made_to_fit_is_noticed(log: Flask, entry: int) -> None:
    """Everyone can compute the hash of one entry: the next entry, or the head, holds on to the old one."""

    def tamper() -> None:
        found = the_entry(entry)
        before = the_entry(entry - 1).hash if entry > 1 else audit.BEGINNING
        found.actor = "nobody"
        found.hash = audit._link(before, found)
        session.flush()

    assert is_noticed(log, tamper)


@given(entry=positions)
@each_time
def test_a_deleted_entry_is_noticed_even_when_the_rest_is_renumbered(log: Flask, entry: int) -> None:
    def remove() -> None:
        session.execute(delete(AuditEntry).where(AuditEntry.id == entry))

    def remove_and_renumber() -> None:
        remove()
        for later in range(entry + 1, ENTRIES + 1):
            renumber(later, later - 1)
        session.execute(update(AuditHead).values(last_id=ENTRIES - 1))

    assert is_noticed(log, remove)
    assert is_noticed(log, remove_and_renumber)


@given(pair=st.lists(positions, min_size=2, max_size=2, unique=True))
@each_time
def test_two_swapped_entries_are_noticed(log: Flask, pair: list[int]) -> None:
    def tamper() -> None:
        one, other = pair
        renumber(one, 1000)
        renumber(other, one)
        renumber(1000, other)

    assert is_noticed(log, tamper)


@given(left=st.integers(0, ENTRIES - 1))
@each_time
def test_a_log_cut_short_is_noticed(log: Flask, left: int) -> None:
    def tamper() -> None:
        session.execute(delete(AuditEntry).where(AuditEntry.id > left))

    assert is_noticed(log, tamper)


@given(place=st.integers(1, ENTRIES + 1), copied=positions)
@each_time
def test_an_added_entry_is_noticed(log: Flask, place: int, copied: int) -> None:
    def tamper() -> None:
        found = the_entry(copied)
        values = {"at": found.at, "actor": found.actor, "action": found.action, "subject": found.subject}
        for later in range(ENTRIES, place - 1, -1):
            renumber(later, later + 1)
        session.expire_all()
        added = AuditEntry(id=place, hash=audit.BEGINNING, **values)
        added.hash = audit._link(the_entry(place - 1).hash if place > 1 else audit.BEGINNING, added)
        session.add(added)
        session.flush()

    assert is_noticed(log, tamper)


@pytest.mark.long
def test_of_a_thousand_tamperings_a_thousand_are_found(log: Flask) -> None:
    """Whoever can write to the database writes where they like, also hashes made to fit, but for the published head."""
    drawn = random.Random(47)

    def fit(since: int) -> None:
        """Make the hashes fit, from one entry on and as far as the tamperer came."""
        until = drawn.randint(since, ENTRIES)
        for number in range(since, until + 1):
            if (found := session.get(AuditEntry, number)) is not None:
                before = session.get(AuditEntry, number - 1)
                found.hash = audit._link(before.hash if before else audit.BEGINNING, found)
                session.flush()

    def alter(entry: int) -> None:
        found = the_entry(entry)
        match drawn.choice(["at", "actor", "action", "subject"]):
            case "at":
                found.at += timedelta(microseconds=drawn.choice([-1, 1, 10**6, 86_400 * 10**6]))
            case "actor":
                found.actor = drawn.choice(["", "nobody", f"{found.actor}\u200b", found.actor.upper()])
            case "action":
                found.action = drawn.choice([each for each in Action if each is not found.action])
            case "subject":
                found.subject = drawn.choice(["", f"{found.subject} ", f"\u202e{found.subject}", "report 99"])
        session.flush()

    def break_hash(entry: int) -> None:
        change(entry, hash=drawn.randbytes(32))

    def take_out(entry: int) -> None:
        session.execute(delete(AuditEntry).where(AuditEntry.id == entry))
        if drawn.random() < 0.5:
            for later in range(entry + 1, ENTRIES + 1):
                renumber(later, later - 1)
            if drawn.random() < 0.5:
                session.execute(update(AuditHead).values(last_id=ENTRIES - 1))

    def swap(entry: int) -> None:
        other = drawn.choice([each for each in range(1, ENTRIES + 1) if each != entry])
        renumber(entry, 1000)
        renumber(other, entry)
        renumber(1000, other)

    def put_in(entry: int) -> None:
        found = the_entry(entry)
        session.add(
            AuditEntry(
                id=drawn.choice([0, -1, ENTRIES + 1, ENTRIES + 2, 10**6]), at=found.at, actor=found.actor,
                action=found.action, subject=found.subject, hash=drawn.choice([found.hash, drawn.randbytes(32)]),
            )
        )  # fmt: skip
        session.flush()

    def cut(entry: int) -> None:
        session.execute(delete(AuditEntry).where(AuditEntry.id >= entry))

    def move_head(_entry: int) -> None:
        head = session.get_one(AuditHead, 1)
        head.hash = drawn.randbytes(32)
        if drawn.random() < 0.5:
            head.last_id += drawn.choice([-2, -1, 1, 1000])
        session.flush()

    found: Counter[bool] = Counter()
    for _time in range(1000):
        entry, act = (
            drawn.randint(1, ENTRIES),
            drawn.choice([alter, break_hash, take_out, swap, put_in, cut, move_head]),
        )

        def tamper(entry: int = entry, act: Callable[[int], None] = act) -> None:
            act(entry)
            session.expire_all()
            if act in (alter, swap) and drawn.random() < 0.5:
                fit(entry)

        found[is_noticed(log, tamper)] += 1
    assert found == {True: 1000}
    assert not is_noticed(log, lambda: None), "all of it was taken back"


@pytest.mark.parametrize("number", [0, -1, ENTRIES + 2, 10**6])
def test_an_entry_added_outside_the_numbers_is_noticed(log: Flask, number: int) -> None:
    def tamper() -> None:
        found = the_entry(1)
        session.add(AuditEntry(id=number, at=found.at, actor="x", action=found.action, subject="", hash=found.hash))
        session.flush()

    assert is_noticed(log, tamper)


@pytest.mark.parametrize(
    "values", [{"last_id": ENTRIES - 1}, {"last_id": ENTRIES + 1}, {"last_id": 0}, {"hash": audit.BEGINNING}]
)
def test_a_changed_head_is_noticed(log: Flask, values: dict[str, object]) -> None:
    assert is_noticed(log, lambda: session.execute(update(AuditHead).values(values)))


def test_an_operator_is_told_where_the_log_breaks(log: Flask) -> None:
    with log.app_context():
        assert health.problems() == []
        with transaction():
            change(5, actor="nobody")
        assert health.problems() == ["The audit log does not hold together at entry 5."]


def test_entries_written_at_once_keep_the_chain(app: Flask) -> None:
    def record() -> None:
        for _ in range(10):
            with transaction() as db:
                audit.record(db, "sam", Action.LISTED_REPORTS)

    in_threads(app, record)
    with app.app_context():
        assert list(audit.broken_links()) == []
        assert session.get_one(AuditHead, 1).last_id == 80
        assert session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all() == list(range(1, 81))


def test_a_check_in_the_middle_of_work_raises_no_false_alarm(app: Flask) -> None:
    done = threading.Event()

    def work() -> None:
        with app.app_context():
            while not done.is_set():
                with transaction() as db:
                    audit.record(db, "sam", Action.LISTED_REPORTS)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for thread in workers:
        thread.start()
    alarms = []
    for _ in range(60):
        with app.app_context():
            alarms += list(audit.broken_links())
    done.set()
    for thread in workers:
        thread.join()
    assert alarms == []


def test_what_failed_is_not_written_down_as_done(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError), transaction() as db:  # noqa: PT012 (it fails in the middle)
            audit.record(db, "sam", Action.CHANGED_STATE, "report")
            raise ZeroDivisionError
        assert session.scalars(select(AuditEntry)).all() == []
        assert list(audit.broken_links()) == []


@pytest.fixture
def anchored(make_app: Callable[..., Flask], log: Flask, tmp_path: Path) -> tuple[Flask, Path]:
    path = tmp_path / "another host" / "heads"
    path.parent.mkdir()
    return make_app(audit_anchor=path), path


def days_pass(app: Flask, days: int) -> None:
    with app.app_context(), transaction() as db:
        db.get_one(AuditHead, 1).anchored_on = today() - timedelta(days=days)


def test_the_head_leaves_the_host_once_a_day(anchored: tuple[Flask, Path]) -> None:
    app, path = anchored
    with app.app_context():
        for _ in range(3):
            worker.tidy()
        head = session.get_one(AuditHead, 1)
        assert path.read_text("ascii") == f"{today().isoformat()} {ENTRIES} {head.hash.hex()}\n"
        with transaction() as db:
            audit.record(db, "sam", Action.LOCKED)
        worker.tidy()
        assert len(path.read_text("ascii").splitlines()) == 1
    days_pass(app, 1)
    with app.app_context():
        worker.tidy()
        lines = path.read_text("ascii").splitlines()
        assert [line.split()[1] for line in lines] == [str(ENTRIES), str(ENTRIES + 1)]
        assert date.fromisoformat(lines[1].split()[0]) == today()
        assert health.problems() == []


def test_workers_at_once_anchor_the_day_once(anchored: tuple[Flask, Path]) -> None:
    app, path = anchored
    in_threads(app, lambda: worker.tidy(), count=4)
    assert len(path.read_text("ascii").splitlines()) == 1


def test_a_log_written_anew_from_its_beginning_is_found_out_by_the_anchored_heads(anchored: tuple[Flask, Path]) -> None:
    app, path = anchored
    with app.app_context():
        worker.tidy()
        with transaction() as db:  # everything is made to fit
            before = audit.BEGINNING
            for entry in db.scalars(select(AuditEntry).order_by(AuditEntry.id)):
                entry.actor = "somebody else"
                entry.hash = before = audit._link(before, entry)
            head = db.get_one(AuditHead, 1)
            head.hash, head.anchored_on = before, None
        assert list(audit.broken_links()) == []
        assert health.problems() == [f"The audit log was written anew: entry {ENTRIES} is not the one in {path}."]


def test_a_log_emptied_and_begun_again_is_found_out_by_the_anchored_heads(anchored: tuple[Flask, Path]) -> None:
    app, _ = anchored
    with app.app_context():
        worker.tidy()
        with transaction() as db:
            db.execute(delete(AuditEntry))
            db.execute(update(AuditHead).values(last_id=0, hash=audit.BEGINNING, anchored_on=None))
        assert list(audit.broken_links()) == []
        assert "written anew" in health.problems()[0]


@pytest.mark.same_on_both
@pytest.mark.parametrize("damage", ["2026-11-22 12", "not a head", "2026-11-22 twelve 00", "é"])
def test_heads_that_cannot_be_read_are_said_to_the_operator(anchored: tuple[Flask, Path], damage: str) -> None:
    app, path = anchored
    with app.app_context():
        worker.tidy()
        path.write_text(damage, "utf-8")
        assert "cannot be read" in health.problems()[0]
        path.unlink()
        assert "cannot be read" in health.problems()[0]


def test_drafts_are_deleted_also_while_the_other_host_is_away(
    make_app: Callable[..., Flask], app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    cut_off = make_app(audit_anchor=Path("/dev/null/heads"))
    with cut_off.app_context():
        with transaction() as db:
            new_draft(Purpose.REPORT, {}).save(db, idle=timedelta(minutes=-1))
        worker.tidy()
        assert "the worker failed at: audit head" in caplog.text
        assert session.scalars(select(SealedDraft)).all() == []


def entries(app: Flask) -> list[tuple[str, Action, str]]:
    with app.app_context():
        found = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(entry.actor, entry.action, entry.subject) for entry in found]


@pytest.mark.same_on_both
def test_every_look_and_every_act_of_an_officer_leaves_an_entry(
    app: Flask, officer: Officer, resident: Resident
) -> None:
    send_report(resident, risk="yes")
    before = len(entries(app))
    officer.get("/staff/reports")
    address = re.search(r"/staff/reports/([0-9a-f-]{36})", officer.page)
    assert address
    officer.get(address[0])
    officer.post(f"{address[0]}/read")
    officer.get(address[0])
    officer.post(address[0], message="We have read it.")
    officer.get(address[0])
    officer.post(f"{address[0]}/state", state="action")
    refer(officer, address[0], "police", **FOR_LAW)
    officer.get(address[0])
    officer.post(f"{address[0]}/alert")
    officer.follow()
    officer.post("/staff/lock")
    officer.follow()
    officer.post("/staff/sign-out")
    assert entries(app)[before:] == [
        ("sam", Action.LISTED_REPORTS, "first page 1"),
        ("sam", Action.OPENED_REPORT, address[1]),
        ("sam", Action.READ_REPORT, address[1]),
        ("sam", Action.OPENED_REPORT, address[1]),
        ("sam", Action.WROTE_MESSAGE, address[1]),
        ("sam", Action.OPENED_REPORT, address[1]),
        ("sam", Action.CHANGED_STATE, address[1]),
        ("sam", Action.OPENED_REPORT, address[1]),
        ("sam", Action.SENT_REFERRAL, address[1]),
        ("sam", Action.PASSED_ON_WITHOUT_CONSENT, address[1]),
        ("sam", Action.OPENED_REFERRAL, address[1]),
        ("sam", Action.OPENED_REPORT, address[1]),
        ("sam", Action.ACKNOWLEDGED_ALERT, address[1]),
        ("sam", Action.OPENED_REPORT, address[1]),
        ("sam", Action.LOCKED, ""),
        ("sam", Action.SIGNED_OUT, ""),
    ]


@pytest.mark.same_on_both
def test_signing_in_unlocking_and_failing_to_leave_entries(app: Flask, hire: Callable[..., Officer]) -> None:
    officer = hire("Fatima")
    officer.get("/staff/sign-in")
    officer.post("/staff/sign-in", name="fatima", password="wrong", code=officer.next_code())
    officer.get("/staff/sign-in")
    officer.post("/staff/sign-in", name="a stranger's name", password="wrong", code="123456")
    officer.sign_in()
    officer.post("/staff/unlock", passphrase="wrong")
    officer.unlock()
    assert entries(app)[1:] == [
        ("fatima", Action.SIGN_IN_REFUSED, ""),
        ("unknown", Action.SIGN_IN_REFUSED, ""),
        ("fatima", Action.SIGNED_IN, ""),
        ("fatima", Action.UNLOCK_REFUSED, ""),
        ("fatima", Action.UNLOCKED, ""),
        ("fatima", Action.LISTED_REPORTS, "first page 1"),
    ]


@pytest.mark.same_on_both
def test_no_entry_holds_what_a_resident_wrote(app: Flask, officer: Officer, resident: Resident) -> None:
    digits = send_report(resident)
    officer.get("/staff/reports")
    address = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert address
    officer.get(address[0])
    said = repr(entries(app))
    for secret in (NARRATIVE, NARRATIVE[:12], digits, digits[:4], "fishermead"):
        assert secret not in said
