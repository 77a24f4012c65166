"""A team's key is changed: every report opens at every moment, whatever is killed, and the old key opens nothing."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import delete, func, select, text, update

from portal import migrations
from portal.db import random_id, session, transaction
from portal.reporting.models import Report
from portal.reporting.storing import TEAMS
from portal.server import health, worker
from portal.staff import account_changes
from portal.vault import keyholders, rotation, sealing
from portal.vault.keyholders import Grant, Keyholder, Keyring, Membership, VaultError
from tests.support.loot import stolen
from tests.support.people import Officer, sent_to
from tests.support.rotating import (
    TEAM,
    begin,
    held_by,
    keys_of_team,
    kill_until_broken_off,
    rest_of,
    rotate,
    start_rotating,
    store,
    store_many,
    unreadable,
)


@pytest.fixture(autouse=True)
def no_other_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "SETTLE", 0)


def test_a_new_key_opens_everything_and_a_kept_copy_of_the_old_one_nothing(
    app: Flask, recovery_key: str, officer: Officer
) -> None:
    with app.app_context():
        ids = store(*range(30))
        kept = keyholders.open_recovery(recovery_key)
        (old,) = keys_of_team()
        assert rotate(recovery_key)[-1] == "60 sealed keys were changed to it; the old key is deleted."
        (new,) = keys_of_team()
        assert (new.id, new.public_key) != (old.id, old.public_key)
        later = store(30)
        assert unreadable(held_by("sam")) == 0
        assert unreadable(held_by("sam", team="asb_team")) == 0  # whose key was not touched
        thief = Keyring({old.id: kept.keys[old.id]})
        assert keyholders.content_keys(thief, ids + later) == {}
        for grant in session.scalars(select(Grant).where(Grant.keyholder_id == new.id)):
            with pytest.raises(sealing.SealError):
                sealing.unwrap(grant.sealed_key, kept.keys[old.id])
    officer.get(f"/staff/reports/{ids[7]}")
    officer.see("report 7")
    officer.get(f"/staff/reports/{later[0]}")
    officer.see("report 30")


@pytest.mark.dear
def test_killed_at_random_moments_and_run_again_nothing_is_unreadable(
    app: Flask, recovery_key: str, officer: Officer, hire: Callable[..., Officer]
) -> None:
    dev = hire("dev")
    dev.sign_in()
    dev.unlock()
    with app.app_context():
        ids = store(*range(150))
        kept = held_by("dev", team=None)
        for team in TEAMS:
            account_changes.remove_from_team("dev", team)
    assert kill_until_broken_off(app, recovery_key, 3, batch=5, longest=0.4) == 3
    with app.app_context():
        ids += store(150)  # while the key is between old and new
    for number in (0, 75, 150):
        officer.get(f"/staff/reports/{ids[number]}")
        officer.see(f"report {number}")
    with app.app_context():
        rotate(recovery_key)
        rotate(recovery_key, "asb_team")
        assert len(keys_of_team()) == 1
        assert unreadable(held_by("sam")) == 0
        assert keyholders.content_keys(kept, ids) == {}
        assert held_by("dev", team=None).keys == {}
    for number in (0, 75, 150):
        officer.get(f"/staff/reports/{ids[number]}")
        officer.see(f"report {number}")
    assert sent_to(dev.get(f"/staff/reports/{ids[0]}")) == "/staff/sign-in"


@pytest.mark.long
def test_ten_thousand_reports_and_ten_kills_leave_nothing_unreadable(
    app: Flask, recovery_key: str, officer: Officer
) -> None:
    with app.app_context():
        keys = store_many(10_000)
        assert unreadable(held_by("sam")) == 0
    assert kill_until_broken_off(app, recovery_key, 10, batch=rotation.BATCH, longest=2) == 10
    with app.app_context():
        rotate(recovery_key)
        assert len(keys_of_team()) == 1
        for held in (held_by("sam"), keyholders.open_recovery(recovery_key)):
            opened: dict[uuid.UUID, bytes] = {}
            for start in range(0, 20_000, 500):
                opened |= keyholders.content_keys(held, list(keys)[start : start + 500])
            assert opened == keys
        assert session.scalar(select(func.count()).select_from(Grant)) == 20_000


@pytest.mark.dear
def test_who_writes_and_reads_while_a_key_is_changed_loses_nothing(
    app: Flask, recovery_key: str, officer: Officer
) -> None:
    stop, sent, failures = threading.Event(), [[], []], []

    def write(into: list[uuid.UUID]) -> None:
        number = 1000
        while not stop.is_set():
            with app.app_context():
                into += store(number)
            time.sleep(0.02)

    def read() -> None:
        while not stop.is_set():
            with app.app_context():
                known = [report for each in sent for report in each][-50:] + first
                # As a page does it: the keyring first, what it opens afterwards.
                held = held_by("sam", team=None)
                ours = Keyring({id_: key for id_, key in held.keys.items() if id_ not in asb})
                if missing := set(known) - keyholders.content_keys(ours, known).keys():
                    failures.append(missing)
            time.sleep(0.01)  # the change of the key has the processor too

    with app.app_context():
        first = store(*range(100))
        asb = {keyholder.id for keyholder in keys_of_team("asb_team")}
    threads = [threading.Thread(target=write, args=(each,)) for each in sent] + [threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            process = start_rotating(app, recovery_key, batch=20, settle=0.1)
            said = rest_of(process)
            assert process.returncode == 0, said
            assert "the old key is deleted" in said
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert all(len(each) > 5 for each in sent)
    with app.app_context():
        assert unreadable(held_by("sam")) == 0
        (current,) = keys_of_team()
        reports = 100 + sum(map(len, sent))
        counted = select(func.count()).select_from(Grant).where(Grant.keyholder_id == current.id)
        assert session.scalar(counted) == 2 * reports
        assert session.scalar(select(func.count()).select_from(Report)) == reports


def test_a_report_that_comes_after_the_beginning_is_sealed_to_the_new_key_only(
    app: Flask, recovery_key: str, officer: Officer
) -> None:
    with app.app_context():
        (before,) = store(1)
        begin(recovery_key)
        (after,) = store(2)
        new, old = keys_of_team()
        granted = {
            grant.content_id: grant.keyholder_id
            for grant in session.scalars(select(Grant).where(Grant.keyholder_id.in_([new.id, old.id])))
        }
        assert (granted[before], granted[after]) == (old.id, new.id)
        assert "is not finished" in health.problems()[0]
    for report, words in [(before, "report 1"), (after, "report 2")]:
        officer.get(f"/staff/reports/{report}")
        officer.see(words)


def test_whoever_joins_while_a_key_is_changed_opens_old_and_new(
    app: Flask, recovery_key: str, hire: Callable[..., Officer]
) -> None:
    with app.app_context():
        store(1)
        begin(recovery_key)
        store(2)
    hire("fatima", teams=(TEAM,))
    with app.app_context():
        assert unreadable(held_by("fatima")) == 0
        assert rotate(recovery_key)[0] == "The change of hate_team's key goes on."
        assert unreadable(held_by("fatima")) == 0


def test_what_is_granted_again_meanwhile_is_granted_once(app: Flask, recovery_key: str, officer: Officer) -> None:
    with app.app_context():
        reports = store(1, 2, 3)
        begin(recovery_key)
        held = keyholders.open_recovery(recovery_key)
        with transaction() as db:  # one is passed on to the team once more
            keyholders.grant(db, reports[0], keyholders.content_keys(held, reports)[reports[0]], [TEAM])
        with transaction() as db:  # and a third key is born before the second was done
            db.execute(update(Keyholder).where(Keyholder.code == TEAM).values(exposed_at=func.now()))
        begin(recovery_key)
        assert len(keys_of_team()) == 3
        rotate(recovery_key)
        (current,) = keys_of_team()
        granted = session.scalars(select(Grant.content_id).where(Grant.keyholder_id == current.id)).all()
        assert len(granted) == 6
        assert unreadable(held_by("sam")) == 0


def test_a_report_deleted_meanwhile_stays_deleted(
    app: Flask, recovery_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        reports = store(1, 2)
        move = rotation._move

        def delete_first(row: object, held: Keyring, public_key: bytes) -> dict[str, object]:
            if session.get(Grant, (reports[0], row.keyholder_id)) is not None:  # type: ignore[attr-defined]
                with transaction() as db:
                    db.execute(delete(Grant).where(Grant.content_id == reports[0]))
            return move(row, held, public_key)

        monkeypatch.setattr(rotation, "_move", delete_first)
        rotate(recovery_key)
        assert session.scalars(select(Grant).where(Grant.content_id == reports[0])).all() == []


def test_one_damaged_grant_is_told_and_does_not_keep_the_others_from_the_new_key(
    app: Flask, recovery_key: str, officer: Officer
) -> None:
    with app.app_context():
        reports = store(*range(5))
        (old,) = keys_of_team()
        with transaction() as db:
            grant = db.get_one(Grant, (reports[2], old.id))
            grant.sealed_key = damaged = bytes([grant.sealed_key[0] ^ 1]) + grant.sealed_key[1:]
        said = rotate(recovery_key)
        assert said[-1].startswith("1 of them were damaged before")
        (current,) = keys_of_team()
        assert session.get_one(Grant, (reports[2], current.id)).sealed_key == damaged
        assert unreadable(held_by("sam")) == 1


def everything() -> dict[str, list[str]]:
    tables = ("keyholder", "member", "membership", "key_grant", "audit_entry")
    return {table: [repr(row) for row in session.execute(text(f"SELECT * FROM {table}"))] for table in tables}


def test_a_wrong_recovery_key_or_team_changes_nothing(app: Flask, recovery_key: str) -> None:
    with app.app_context():
        store(1)
        before = everything()
        wrong = keyholders.recovery_text(sealing.new_pair()[0])
        for recovery, team in [(wrong, TEAM), ("", TEAM), (recovery_key, "no_team"), (recovery_key, "")]:
            with pytest.raises(VaultError):
                rotate(recovery, team)
        assert everything() == before
        assert len(keys_of_team()) == 1
        assert unreadable(keyholders.open_recovery(recovery_key)) == 0


def test_a_retired_key_is_no_team(app: Flask, recovery_key: str) -> None:
    with app.app_context():
        begin(recovery_key)
        retired = keys_of_team()[1].code
        with pytest.raises(VaultError, match="no team"):
            rotate(recovery_key, retired)
        assert len(keys_of_team()) == 2


def test_a_public_key_that_somebody_put_in_the_teams_place_is_noticed(app: Flask, recovery_key: str) -> None:
    with app.app_context():
        with transaction() as db:
            db.execute(update(Keyholder).where(Keyholder.code == TEAM).values(public_key=sealing.new_pair()[1]))
        with pytest.raises(VaultError, match="does not hold hate_team's key"):
            rotate(recovery_key)
        assert len(keys_of_team()) == 1


@pytest.mark.dear
def test_two_operators_at_once_change_the_key_and_lose_nothing(app: Flask, recovery_key: str, officer: Officer) -> None:
    with app.app_context():
        store(*range(100))
    both = [start_rotating(app, recovery_key, batch=5) for _ in range(2)]
    for process in both:
        said = rest_of(process)
        assert process.returncode == 0, said
    with app.app_context():
        assert len(keys_of_team()) == 1
        assert unreadable(held_by("sam")) == 0


def test_nothing_of_the_old_key_stays_in_the_file(app: Flask, recovery_key: str, hire: Callable[..., Officer]) -> None:
    hire("dev")
    with app.app_context():
        store(*range(20))
        ours = (Membership.keyholder_id == keys_of_team()[0].id, Grant.keyholder_id == keys_of_team()[0].id)
        wrapped = [row.sealed_key for row in session.scalars(select(Membership).where(ours[0]))]
        wrapped += [row.sealed_key for row in session.scalars(select(Grant).where(ours[1]))]
        assert len(wrapped) == 2 + 40
        session.rollback()
        assert all(key in stolen(app) for key in wrapped)
        account_changes.remove_from_team("dev", TEAM)
        rotate(recovery_key)
        worker.scatter()
        loot = stolen(app)
        assert not any(key in loot for key in wrapped)


def test_a_database_from_before_this_keeps_its_teams(database_before: str, make_app: Callable[..., Flask]) -> None:
    app = make_app(database_url=database_before)
    engine = app.extensions["database"].engine
    command.upgrade(migrations._config(engine), "0002")
    member, keyholder = random_id().bytes, random_id().bytes
    with engine.begin() as connection:
        rows = [
            "INSERT INTO member VALUES (:member, :key, :now)",
            "INSERT INTO keyholder VALUES (:keyholder, 'hate_team', :key, :now)",
            "INSERT INTO membership VALUES (:keyholder, :member, :key)",
        ]
        given = {"member": member, "keyholder": keyholder, "key": bytes(32), "now": "2026-11-01 00:00:00+00:00"}
        for statement in rows:
            names = {name: value for name, value in given.items() if f":{name}" in statement}
            connection.execute(text(statement), names)
    migrations.migrate(engine)
    with app.app_context():
        (kept,) = keys_of_team()
        assert (kept.id.bytes, kept.retired_from, kept.exposed_at) == (keyholder, None, None)
        assert len(session.scalars(select(Membership)).all()) == 1
