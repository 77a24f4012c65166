"""What somebody is in the middle of at the door while the account changes: it is worth nothing afterwards."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.db import session
from portal.staff import account_changes, accounts, joining, own_account, passkeys
from portal.staff.models import StaffMember, StaffSession
from portal.staff.passkey_models import Passkey, PasskeyChallenge
from tests.support.passkeys import add_passkey, device_for, sign_in_by, to_make, wait_for_codes
from tests.support.people import Officer

NEW_SECRET = pyotp.random_base32()
Change = Callable[[Any], object]


@pytest.fixture
def app_address(app_address: tuple[str, int]) -> tuple[str, int]:
    """Browsers make passkeys for names only."""
    return "localhost", app_address[1]


def meanwhile(app: Flask, act: Callable[[], object]) -> None:
    """Somebody else does this now, to the end."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with app.app_context():
                act()
        except BaseException as failure:  # noqa: BLE001 (raised again below)
            failed.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def once_before(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, app: Flask, act: Callable[[], object]) -> None:
    """When this is called for the first time, something else happens before it."""
    real, done = getattr(place, name), threading.Event()

    def called(*given: Any, **named: Any) -> Any:
        if not done.is_set():
            done.set()
            meanwhile(app, act)
        return real(*given, **named)

    monkeypatch.setattr(place, name, called)


@pytest.mark.parametrize(
    ("change", "then"),
    [
        (lambda _sam: joining.reset("sam", "priya"), None),
        (lambda sam: own_account.change_password(sam, "gravel lantern seventeen moths"), "old"),
        (lambda sam: own_account.change_authenticator(sam, NEW_SECRET), NEW_SECRET),
        (lambda _sam: account_changes.close_account("sam"), "old"),
    ],
    ids=["reset", "password", "authenticator", "closed"],
)
def test_a_sign_in_under_way_gets_nobody_in_once_the_account_is_another(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch, change: Change, then: str | None
) -> None:
    """A password is weighed for a second: a thief who tries in that second gets in no more, and puts nothing back."""
    wait_for_codes(officer)
    with app.app_context():
        sam = session.scalars(select(StaffMember.id)).one()
    once_before(monkeypatch, accounts.sealing, "verify_password", app, lambda: change(sam))
    thief = Officer(app.test_client(), officer.name, officer.totp.secret)
    thief.get("/staff/sign-in")
    thief.post("/staff/sign-in", name="sam", password=officer.password, code=officer.next_code())
    thief.see("The name, the password or the code is not right.")
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 0
        row = session.scalars(select(StaffMember)).one()
        assert accounts._unlock_totp(row.id, row.totp_secret) == (officer.totp.secret if then == "old" else then)


def test_what_is_proven_with_a_password_that_was_changed_meanwhile_is_not_proven(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        sam = session.scalars(select(StaffMember.id)).one()
    wait_for_codes(officer)
    officer.get("/staff/account/password")

    def change() -> None:
        own_account.change_password(sam, "gravel lantern seventeen moths")

    once_before(monkeypatch, accounts.sealing, "verify_password", app, change)
    with app.app_context():
        assert not own_account.is_theirs(sam, officer.password, officer.next_code())


@pytest.mark.parametrize("end", [joining.reset, account_changes.close_account], ids=["reset", "closed"])
def test_a_passkey_that_a_device_was_making_comes_too_late_after_a_reset(
    app: Flask, officer: Officer, monkeypatch: pytest.MonkeyPatch, end: Callable[[str, str], object]
) -> None:
    """A thief at an open session would else keep a way in that the reset was to take away."""
    device = device_for(app)
    number, options = to_make(officer)
    once_before(monkeypatch, passkeys.webauthn, "verify_registration_response", app, lambda: end("sam", "command line"))
    officer.post("/staff/account/passkeys/made", number=number, answer=json.dumps(device.make(options)))
    with app.app_context():
        assert session.scalars(select(Passkey)).all() == []
    assert not sign_in_by(Officer(app.test_client(), "sam", officer.totp.secret), device)


@pytest.mark.parametrize("end", [joining.reset, account_changes.close_account], ids=["reset", "closed"])
def test_what_a_device_was_asked_goes_with_a_reset_and_with_leaving(
    app: Flask, officer: Officer, end: Callable[[str, str], object]
) -> None:
    to_make(officer)
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(PasskeyChallenge)) == 1
        end("sam", "command line")
        assert session.scalar(select(func.count()).select_from(PasskeyChallenge)) == 0


def test_no_passkey_has_a_longer_number_than_the_standard_allows(app: Flask, officer: Officer) -> None:
    """Of 1,023 bytes (Web Authentication, 7.1); with some thousands PostgreSQL cannot keep the row, and says 503."""
    device = device_for(app)
    device.credential_id = bytes(1024)
    number, options = to_make(officer)
    officer.post("/staff/account/passkeys/made", number=number, answer=json.dumps(device.make(options)))
    officer.see("This passkey was not added.")
    device.credential_id = bytes(1023)
    add_passkey(officer, device)
