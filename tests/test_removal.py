"""Someone leaves a team: from then on they open nothing of it, and the team works on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from portal.audit import AuditEntry
from portal.db import session
from portal.reporting.storing import TEAMS
from portal.server import cli, cli_keys, health
from portal.staff import account_changes
from portal.vault import keyholders, rotation
from portal.vault.keyholders import Unlock, VaultError
from tests.support.people import Officer, sent_to
from tests.support.rotating import TEAM, begin, held_by, keys_of_team, rotate, store, unreadable


@pytest.fixture(autouse=True)
def no_other_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "SETTLE", 0)


def test_whoever_was_removed_opens_nothing_with_the_old_session_nor_with_the_old_passphrase(
    app: Flask, recovery_key: str, officer: Officer, hire: Callable[..., Officer]
) -> None:
    with app.app_context():
        (report,) = store(1)
    dev = hire("dev")
    dev.sign_in()
    dev.unlock()
    dev.get(f"/staff/reports/{report}")
    dev.see("report 1")
    with app.app_context():
        kept = held_by("dev", team=None)
        for team in TEAMS:
            account_changes.remove_from_team("Dev", team)
    for path in (f"/staff/reports/{report}", "/staff/reports"):
        assert sent_to(dev.get(path)) == "/staff/sign-in"
    dev.sign_in()
    dev.get("/staff/unlock")
    assert dev.post("/staff/unlock", passphrase=Officer.passphrase).status_code != 303
    dev.not_see("report 1")
    assert sent_to(dev.get(f"/staff/reports/{report}")) == "/staff/unlock"
    with app.app_context():
        assert held_by("dev", team=None).keys == {}
        assert list(rotation.unfinished()) == [
            f"Someone who was removed from {team} may have kept its key: run `portal vault rotate {team}`."
            for team in sorted(TEAMS)
        ]
        # Until the key is changed a kept copy of it opens what is there: the docstring of the module says so.
        assert unreadable(kept) == 0
        for team in TEAMS:
            rotate(recovery_key, team)
        (later,) = store(2)
        assert keyholders.content_keys(kept, [report, later]) == {}
        assert list(rotation.unfinished()) == []
        assert health.problems() == []
        said = [(entry.action.value, entry.subject) for entry in session.scalars(select(AuditEntry))]
        assert ("removed_from_team", "dev hate_team") in said
        assert said[-4:] == [(what, team) for team in TEAMS for what in ("began_key_change", "ended_key_change")]
    officer.get(f"/staff/reports/{later}")
    officer.see("report 2")


def test_whoever_is_removed_from_one_team_keeps_the_other_and_signs_in_again(
    app: Flask, recovery_key: str, hire: Callable[..., Officer]
) -> None:
    dev = hire("dev")
    dev.sign_in()
    dev.unlock()
    with app.app_context():
        (report,) = store(1)  # sealed to both teams
        account_changes.remove_from_team("dev", TEAM)
        rotate(recovery_key)
        assert keys_of_team()[0].id not in held_by("dev", team=None).keys
    assert sent_to(dev.get(f"/staff/reports/{report}")) == "/staff/sign-in"
    dev.sign_in()
    dev.unlock()
    dev.get(f"/staff/reports/{report}")
    dev.see("report 1")


def test_nobody_is_removed_who_is_not_there(app: Flask, hire: Callable[..., Officer]) -> None:
    hire("dev", teams=("asb_team",))
    with app.app_context():
        for name, team, says in [
            ("nobody", TEAM, "nobody called nobody"),
            ("dev", TEAM, "hold no key"),
            ("dev", "no_team", "hold no key"),
        ]:
            with pytest.raises(VaultError, match=says):
                account_changes.remove_from_team(name, team)
        assert list(rotation.unfinished()) == []
        assert len(session.scalars(select(Unlock)).all()) == 1


def test_whoever_is_removed_while_a_key_is_changed_does_not_keep_the_new_one(
    app: Flask, recovery_key: str, hire: Callable[..., Officer]
) -> None:
    hire("sam")
    hire("dev")
    with app.app_context():
        store(*range(20))
        begin(recovery_key)
        kept = held_by("dev")  # both keys, before they are removed
        assert len(kept.keys) == 2
        account_changes.remove_from_team("dev", TEAM)
        said = rotate(recovery_key)
        assert said[0] == "hate_team has a new key."
        (current,) = keys_of_team()
        assert current.id not in kept.keys
        assert unreadable(kept) == 40
        assert unreadable(held_by("sam")) == 0


def test_an_operator_removes_someone_and_changes_the_key(
    app: Flask, recovery_key: str, hire: Callable[..., Officer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_keys, "open_app", lambda: app)

    def portal(*arguments: str, typed: str = "") -> str:
        said = CliRunner().invoke(cli.portal, arguments, input=typed)
        assert said.exception is None or isinstance(said.exception, VaultError), said.exception
        assert recovery_key not in str(said.exception)
        return f"{said.output}{said.exception or ''}"

    for name in ("amina", "dev"):
        hire(name)
    removed = portal("staff", "remove-from-team", "dev", "asb_team", typed="not a key\n")
    assert "dev opens nothing of asb_team any more" in removed
    assert removed.endswith("dev is removed all the same; run `portal vault rotate asb_team`.")
    later = portal("staff", "remove-from-team", "amina", TEAM)
    assert "As soon as the recovery key is at hand, run `portal vault rotate hate_team`." in later
    assert "the old key is deleted." in portal("vault", "rotate", TEAM, typed=f"{recovery_key}\n")
    again = portal("staff", "remove-from-team", "amina", "asb_team", typed=f"{recovery_key}\n")
    assert "the old key is deleted." in again
    assert portal("vault", "rotate", "no_team", typed=f"{recovery_key}\n").endswith("There is no team no_team.")
    with app.app_context():
        assert list(rotation.unfinished()) == []
