"""Passkeys: a device signs in, alone or in place of the code, and opens nothing of the vault."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from portal import audit
from portal.audit import Action, AuditEntry
from portal.db import session, transaction, utcnow
from portal.server import worker
from portal.staff import account_changes, joining, passkeys
from portal.staff.accounts import MAX_TRIES_PER_HOUR, MAX_TRIES_PER_HOUR_AND_ADDRESS
from portal.staff.models import Role, StaffMember
from portal.staff.passkey_models import Passkey, PasskeyChallenge
from portal.staff.passkeys import Site, site_of
from tests.support.browsers import Browse, at_work
from tests.support.passkeys import (
    Answer,
    Device,
    add_passkey,
    asked,
    device_for,
    raw,
    sign_in_by,
    text,
    to_make,
    wait_for_codes,
)
from tests.support.people import Officer, sent_to
from tests.test_db import in_threads

Hire = Callable[..., Officer]


@pytest.fixture
def app_address(app_address: tuple[str, int]) -> tuple[str, int]:
    """Browsers make passkeys for names only."""
    return "localhost", app_address[1]


@pytest.fixture
def device(app: Flask) -> Device:
    return device_for(app)


@pytest.fixture
def stranger(app: Flask, officer: Officer) -> Officer:
    """The officer at another computer, not signed in."""
    return Officer(app.test_client(), officer.name, officer.totp.secret)


def acts(app: Flask) -> list[str]:
    with app.app_context():
        assert not list(audit.broken_links())
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_passkey_signs_in_alone_and_the_vault_stays_locked(
    app: Flask, officer: Officer, stranger: Officer, device: Device
) -> None:
    add_passkey(officer, device, "Dienst\u202ehandy")
    officer.see("Diensthandy", "Not yet")
    assert sign_in_by(stranger, device)
    assert sent_to(stranger.get("/staff/reports")) == "/staff/unlock"
    stranger.get("/staff/account/passkeys")
    stranger.not_see("Not yet")
    stranger.unlock()
    assert stranger.get("/staff/reports").status_code == 200
    done = acts(app)
    assert done[done.index(Action.USED_PASSKEY) :][:3] == [Action.USED_PASSKEY, Action.SIGNED_IN, Action.UNLOCKED]
    with app.app_context():
        stored = session.scalars(select(Passkey)).one()
        sam = session.scalars(select(StaffMember)).one()
        assert len(stored.user_handle) == 32
        assert sam.id.bytes not in stored.user_handle
        assert stored.sign_count == device.count == 2


def test_a_passkey_leads_on_to_the_page_that_was_asked_for(officer: Officer, stranger: Officer, device: Device) -> None:
    add_passkey(officer, device)
    assert sign_in_by(stranger, device, door=stranger.get("/staff/account/passkeys").location)
    stranger.follow()
    stranger.post(stranger.path, passphrase=stranger.passphrase)
    assert stranger.follow().status_code == 200
    assert stranger.path == "/staff/account/passkeys"


def test_a_passkey_stands_in_place_of_the_code_beside_the_right_password_only(
    app: Flask, officer: Officer, stranger: Officer
) -> None:
    """A plain security key, which does not ask who holds it: enough beside a password, and not without one."""
    key = device_for(app, verifies=False)
    add_passkey(officer, key)
    assert not sign_in_by(stranger, key)
    stranger.see("We could not sign you in with this passkey.")

    def sign_in(password: str, name: str = "sam") -> bool:
        stranger.get("/staff/sign-in")
        number, options = asked(stranger.client, stranger.token, "second")
        answer = json.dumps(key.sign(options))
        sent = stranger.post("/staff/sign-in", name=name, password=password, number=number, answer=answer)
        return sent.status_code == 303

    for password, name in [("wrong", "sam"), (stranger.password, "nobody"), ("", "sam")]:
        assert not sign_in(password, name)
        if password:
            stranger.see("The name, the password or the passkey is not right.")
    assert sign_in(stranger.password)
    assert sent_to(stranger.get("/staff/reports")) == "/staff/unlock"
    stranger.get("/staff/account/codes")
    number, options = asked(stranger.client, stranger.token, "second")
    answer = json.dumps(key.sign(options))
    stranger.post("/staff/account/codes", current=stranger.password, number=number, answer=answer)
    stranger.see("Your recovery codes")


def test_one_persons_passkey_is_no_second_factor_of_another(app: Flask, officer: Officer, hire: Hire) -> None:
    mine = device_for(app)
    add_passkey(officer, mine)
    other = hire("dev")
    other.get("/staff/sign-in")
    number, options = asked(other.client, other.token, "second")
    answer = json.dumps(mine.sign(options))
    other.post("/staff/sign-in", name="dev", password=other.password, number=number, answer=answer)
    other.see("The name, the password or the passkey is not right.")
    assert other.client.get("/staff/account").status_code == 303


def _other_challenge(answer: Answer) -> Answer:
    said = json.loads(raw(answer["response"]["clientDataJSON"])) | {"challenge": text(bytes(32))}
    answer["response"]["clientDataJSON"] = text(json.dumps(said).encode())
    return answer


def _with(name: str, value: Any) -> Callable[[Answer], Any]:
    def change(answer: Answer) -> Answer:
        answer["response"][name] = value
        return answer

    return change


def test_whatever_else_is_sent_signs_nobody_in(
    app: Flask, officer: Officer, stranger: Officer, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_passkey(officer, device)
    monkeypatch.setattr(passkeys, "MAX_TRIES_PER_HOUR", 1000)
    changes: list[Callable[[Answer], Any]] = [
        _other_challenge,
        _with("signature", text(b"no signature")),
        _with("userHandle", text(b"somebody else")),
        _with("userHandle", None),
        _with("authenticatorData", text(bytes(37))),
        _with("authenticatorData", ""),
        _with("clientDataJSON", text(b"{")),
        _with("clientDataJSON", 7),
        lambda answer: answer | {"id": text(b"x"), "rawId": text(b"x")},
        lambda answer: answer | {"type": "password"},
        lambda answer: [[[]]] * 9,
        lambda answer: None,
        lambda answer: answer | {"more": "x" * 100_000},
        lambda answer: "\u202e\u200b",
    ]
    for change in changes:
        assert not sign_in_by(stranger, device, change), change
        stranger.see("We could not sign you in with this passkey.")
    elsewhere = copy.copy(device)
    elsewhere.origin = "https://safer.example.org"  # a page that looks like ours
    assert not sign_in_by(stranger, elsewhere)
    for fields in ({}, {"number": "x"}, {"number": "[" * 5000, "answer": "[" * 50_000}):
        stranger.get("/staff/sign-in")
        assert stranger.post("/staff/sign-in/passkey", **fields).status_code == 200
    device.count = elsewhere.count
    assert sign_in_by(stranger, device)


def test_what_was_asked_is_answered_once_in_time_and_for_what_it_was_asked(
    app: Flask, officer: Officer, stranger: Officer, device: Device
) -> None:
    add_passkey(officer, device)

    def send(number: str, options: Answer) -> bool:
        stranger.get("/staff/sign-in")
        answer = json.dumps(device.sign(options))
        return stranger.post("/staff/sign-in/passkey", number=number, answer=answer).status_code == 303

    stranger.get("/staff/sign-in")
    for_code = asked(stranger.client, stranger.token, "second")
    assert not send(*for_code)
    first = asked(stranger.client, stranger.token, "alone")
    assert send(*first)
    stranger.post("/staff/sign-out")
    assert not send(*first)
    late = asked(stranger.client, stranger.token, "alone")
    with app.app_context(), transaction() as db:
        db.execute(update(PasskeyChallenge).values(ends_at=utcnow() - timedelta(seconds=1)))
    assert not send(*late)
    asked(stranger.client, stranger.token, "alone")
    with app.app_context(), transaction() as db:
        db.execute(update(PasskeyChallenge).values(ends_at=utcnow() - timedelta(seconds=1)))
    with app.app_context():
        worker.tidy()
        assert session.scalars(select(PasskeyChallenge)).all() == []
    assert stranger.client.post("/staff/passkey/ask", data=stranger.token | {"purpose": "new"}).status_code == 404


def test_a_copy_of_a_device_that_counts_is_found_out(
    officer: Officer, stranger: Officer, device: Device, app: Flask
) -> None:
    add_passkey(officer, device)
    stolen = copy.copy(device)
    assert sign_in_by(stranger, device)
    stranger.post("/staff/sign-out")
    assert not sign_in_by(stranger, stolen)
    assert Action.SIGN_IN_REFUSED in acts(app)
    without = device_for(app, counts=False)  # as passkeys that a company keeps for all of one's devices
    add_passkey(officer, without, "All of them")
    assert sign_in_by(stranger, without)
    stranger.post("/staff/sign-out")
    assert sign_in_by(stranger, without)


def test_of_many_answers_at_once_to_one_question_one_gets_in(app: Flask, officer: Officer, device: Device) -> None:
    add_passkey(officer, device)
    with app.app_context():
        question = passkeys.ask_to_sign_in(passkeys.Purpose.ALONE, "127.0.0.1")
    answer = json.dumps(device.sign(question.options))
    tokens: list[str | None] = []
    in_threads(app, lambda: tokens.append(passkeys.sign_in(question.number, answer, "127.0.0.1")), count=5)
    assert len([token for token in tokens if token]) == 1


def test_adding_one_wants_password_and_code_and_what_was_asked(
    app: Flask, officer: Officer, device: Device, hire: Hire
) -> None:
    at = "/staff/account/passkeys"
    officer.get(at)
    officer.post(at, name="Mine <b>", current="wrong", code=officer.next_code())
    officer.see("The password or the code is not right.")
    assert "Mine &lt;b&gt;" in officer.page
    officer.post(at, name="\u200b", current=officer.password, code=officer.next_code())
    officer.see("Write a name for this passkey.")
    wait_for_codes(officer)
    officer.post(at, name="x" * 61, current=officer.password, code=officer.next_code())
    officer.see("too long")
    other = hire("dev")
    other.sign_in()
    wait_for_codes(officer)
    number, options = to_make(officer)
    made = json.dumps(device.make(options))
    for who, sent in [
        (other, {"number": number, "answer": made}),  # asked of somebody else; and asked no more then
        (officer, {"number": number, "answer": made}),
        (officer, {"number": to_make(officer)[0], "answer": made}),
        (officer, {"number": to_make(officer)[0], "answer": "[" * 50_000}),
        (officer, {}),
    ]:
        who.get(at)
        who.post(f"{at}/made", sent)
        who.see("This passkey was not added.")
    assert acts(app).count(Action.ADDED_PASSKEY) == 0
    add_passkey(officer, device)
    number, options = to_make(officer)
    assert [each["id"] for each in options["excludeCredentials"]] == [text(device.credential_id)]
    assert raw(options["user"]["id"]) == device.handle
    officer.post(f"{at}/made", number=number, answer=json.dumps(device.make(options)))
    officer.see("This passkey was not added.")  # that device has it already


def test_nobody_has_more_than_ten(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction() as db:
        sam = db.scalars(select(StaffMember.id)).one()
        for number in range(passkeys.MOST):
            key = {"credential_id": bytes([number]), "public_key": b"", "user_handle": b"x", "sign_count": 2**32 - 1}
            db.add(Passkey(staff_id=sam, name=f"Key {number}", added_on=utcnow().date(), **key))
    officer.get("/staff/account/passkeys")
    officer.post("/staff/account/passkeys", name="One more", current=officer.password, code=officer.next_code())
    officer.see("You have 10 passkeys. Remove one before you add another.")


def test_a_lost_device_is_removed_and_never_the_last_second_factor(
    app: Flask, officer: Officer, stranger: Officer, device: Device, hire: Hire
) -> None:
    add_passkey(officer, device)
    with app.app_context():
        at = f"/staff/account/passkeys/{session.scalars(select(Passkey.id)).one()}/remove"
    other = hire("dev")
    other.sign_in()
    assert other.get(at).status_code == 404
    wait_for_codes(officer)
    officer.get(at)
    officer.see("Work phone")
    officer.post(at, current=officer.password, code="000000")
    officer.see("The password or the code is not right.")
    code = officer.next_code()
    with app.app_context(), transaction() as db:
        kept = db.scalar(select(StaffMember.totp_secret).where(StaffMember.name == "sam"))
        db.execute(update(StaffMember).where(StaffMember.name == "sam").values(totp_secret=b""))
    number, options = asked(officer.client, officer.token, "second")
    answer = json.dumps(device.sign(options))
    officer.post(at, current=officer.password, number=number, answer=answer)
    officer.see("This is your only second factor.")
    with app.app_context(), transaction() as db:
        db.execute(update(StaffMember).where(StaffMember.name == "sam").values(totp_secret=kept))
    officer.post(at, current=officer.password, code=code)
    officer.follow()
    officer.see("You have none yet.")
    assert officer.get(at).status_code == 404
    assert not sign_in_by(stranger, device)
    assert acts(app).count(Action.REMOVED_PASSKEY) == 1


@pytest.mark.parametrize("end", [joining.reset, account_changes.close_account])
def test_a_reset_and_leaving_take_passkeys_away_and_a_closed_account_is_out(
    app: Flask, officer: Officer, stranger: Officer, device: Device, end: Callable[[str, str], object]
) -> None:
    add_passkey(officer, device)
    with app.app_context(), transaction() as db:
        db.execute(update(StaffMember).values(active=False))
    assert not sign_in_by(stranger, device)
    with app.app_context(), transaction() as db:
        db.execute(update(StaffMember).values(active=True))
    assert sign_in_by(stranger, device)
    with app.app_context():
        end("sam", "command line")
        assert session.scalars(select(Passkey)).all() == []
    assert sent_to(stranger.get("/staff/account")) == "/staff/sign-in"
    assert not sign_in_by(stranger, device)


@pytest.mark.same_on_both
def test_too_many_tries_are_refused_as_for_passwords(app: Flask, officer: Officer, device: Device) -> None:
    add_passkey(officer, device)
    guesser = Officer(app.test_client(), "sam", officer.totp.secret)
    guesser.client.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    for _ in range(MAX_TRIES_PER_HOUR):
        assert not sign_in_by(guesser, device, _with("signature", text(b"x")))
    sign_in_by(guesser, device)
    assert guesser.response
    assert guesser.response.status_code == 429
    officer.post("/staff/sign-out")
    assert sign_in_by(officer, device)
    left = MAX_TRIES_PER_HOUR_AND_ADDRESS - MAX_TRIES_PER_HOUR - 1
    sent = guesser.token | {"purpose": "alone"}
    guesser.get("/staff/sign-in")
    answers = [
        guesser.client.post("/staff/passkey/ask", data=guesser.token | sent).status_code for _ in range(left + 1)
    ]
    assert answers == [200] * left + [429]


@pytest.mark.same_on_both
def test_where_there_can_be_none_the_pages_say_what_they_need(
    make_app: Callable[..., Flask], hire: Hire, app: Flask
) -> None:
    by_number = make_app(public_url="http://127.0.0.1:8000")
    officer = hire()
    officer.client = by_number.test_client()
    officer.get("/staff/sign-in")
    officer.not_see("passkey")
    officer.sign_in()
    officer.get("/staff/account/passkeys")
    officer.see("Passkeys need this website to have a name and HTTPS.")
    sent = officer.token | {"purpose": "alone", "name": "x"}
    for path in ("/staff/passkey/ask", "/staff/sign-in/passkey", "/staff/account/passkeys"):
        assert officer.client.post(path, data=sent).status_code == 404


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://Safer.Example.org", Site("safer.example.org", "https://safer.example.org")),
        ("https://safer.example.org:443", Site("safer.example.org", "https://safer.example.org")),
        ("https://safer.example.org:8443", Site("safer.example.org", "https://safer.example.org:8443")),
        ("https://bücher.example.org", Site("xn--bcher-kva.example.org", "https://xn--bcher-kva.example.org")),
        ("http://localhost:80", Site("localhost", "http://localhost")),
        ("http://localhost:8000", Site("localhost", "http://localhost:8000")),
        ("http://safer.example.org", None), ("https://192.0.2.7", None), ("https://[2001:db8::7]", None), ("http://127.0.0.1:8000", None),
    ],
)  # fmt: skip
def test_passkeys_are_bound_to_the_name_that_the_browser_shows(address: str, found: Site | None) -> None:
    assert site_of(address) == found


@pytest.mark.same_on_both
@given(st.text(max_size=300))
def test_no_answer_that_can_be_written_breaks_the_reading(answer: str) -> None:
    assert passkeys._read(answer) is None


@pytest.mark.dear
def test_a_journey_from_the_first_passkey_to_its_removal(browse: Browse, live_server: str, hire: Hire) -> None:
    sam = hire("sam")
    page = browse("/staff/sign-in")
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    kind |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    phone = devices.send("WebAuthn.addVirtualAuthenticator", {"options": kind})["authenticatorId"]

    def press(words: str, then: str) -> None:
        page.get_by_role("button", name=words, exact=True).click()
        page.wait_for_url(f"**{then}")

    def prove() -> None:
        wait_for_codes(sam)
        page.locator("#current").fill(sam.password)
        page.locator("#code").fill(sam.next_code())

    page.get_by_role("button", name="Sign in with a passkey").click()  # there is none yet
    page.get_by_text("That did not work.").first.wait_for()
    page.locator("#name").fill("sam")
    page.locator("#password").fill(sam.password)
    page.locator("#code").fill(sam.next_code())
    press("Sign in", "/staff/unlock")
    page.goto(f"{live_server}/staff/account/passkeys")
    page.locator("#name").fill("Work phone")
    prove()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_text("Not yet").wait_for()
    press("Sign out", "/staff/sign-in")
    press("Sign in with a passkey", "/staff/unlock")
    page.locator("#passphrase").fill(sam.passphrase)
    press("Unlock", "/staff/reports")
    press("Sign out", "/staff/sign-in")
    page.locator("#name").fill("sam")
    page.locator("#password").fill(sam.password)
    press("Use a passkey in place of the code", "/staff/unlock")
    page.goto(f"{live_server}/staff/account/passkeys")
    page.get_by_role("link", name="Remove Work phone").click()
    prove()
    press("Remove this passkey", "/staff/account/passkeys")
    page.get_by_text("You have none yet.").wait_for()
    press("Sign out", "/staff/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("We could not sign you in with this passkey.").first.wait_for()  # the phone still has it
    devices.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": phone})


@pytest.mark.dear
def test_a_journey_of_an_invitation_a_lost_phone_and_leaving(browse: Browse, live_server: str, hire: Hire) -> None:
    priya = hire("priya", teams=(), roles=(Role.ADMINISTRATOR,))
    priya.sign_in()
    desk, page = at_work(browse, priya, "/staff/people/invite", phone=False), browse("/staff/sign-in")

    def come_by_link(passphrase: str = "") -> list[str]:
        """By the link on the administrator's page; the recovery codes."""
        link = desk.locator("[data-copy]").get_attribute("data-copy")
        assert link
        page.goto(link)
        page.locator("#password").fill("seven otters by a canal")
        if passphrase:
            page.locator("#passphrase").fill(passphrase)
        secret = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", page.locator("main").inner_text())
        assert secret
        page.locator("#code").fill(pyotp.TOTP(secret[0].replace(" ", "")).now())
        page.get_by_role("button", name="Save and show my recovery codes").click()
        page.locator("ol bdi").first.wait_for()
        return page.locator("ol bdi").all_inner_texts()

    def sign_in(code: str) -> None:
        page.goto(f"{live_server}/staff/sign-in")
        page.locator("#name").fill("sam")
        page.locator("#password").fill("seven otters by a canal")
        page.locator("#code").fill(code)
        page.get_by_role("button", name="Sign in", exact=True).click()

    desk.locator("#name").fill("sam")
    desk.locator("#display_name").fill("Sam Okafor")
    desk.get_by_label("Reporting officer").check()
    desk.get_by_role("button", name="Make a link").click()
    first = come_by_link("the quiet lock at dusk")
    sign_in(first[0])
    page.wait_for_url("**/staff/unlock")
    desk.goto(f"{live_server}/staff/people/sam")
    desk.get_by_role("button", name="Make a new link").click()
    codes = come_by_link()
    sign_in(first[1])
    page.get_by_text("The name, the password or the code is not right.").first.wait_for()
    sign_in(codes[0])
    page.wait_for_url("**/staff/unlock")
    desk.goto(f"{live_server}/staff/people/sam")
    desk.get_by_role("button", name="Close this account").click()
    desk.get_by_text("Closed", exact=True).wait_for()
    page.goto(f"{live_server}/staff/account")
    page.wait_for_url("**/staff/sign-in?to=/staff/account")
    sign_in(codes[1])
    page.get_by_text("The name, the password or the code is not right.").first.wait_for()
