"""Staff at the door: who gets in, for how long, and what a thief finds while an officer is at work."""

from __future__ import annotations

import base64
import statistics
import string
import tempfile
import threading
import time
import unicodedata
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from nacl.secret import Aead
from sqlalchemy import func, select

from portal.audit import Action, AuditEntry
from portal.db import session, transaction, utcnow
from portal.flock import exclusive
from portal.staff import accounts
from portal.staff.accounts import MAX_TRIES_PER_HOUR, TooManyTries
from portal.staff.models import Role, StaffMember, StaffSession
from portal.vault import keyholders, sealing
from portal.web.cookies import SealedCookies
from tests.conftest import CHEAP_PASSWORDS
from tests.support.loot import shapes, stolen
from tests.support.people import Officer, sent_to
from tests.test_db import in_threads

REAL_PASSWORDS = {"password_ops": 2, "password_memory": 64 * 2**20}
REFUSED = "The name, the password or the code is not right."


def try_to_sign_in(officer: Officer, **wrong: str) -> None:
    officer.get("/staff/sign-in")
    given = {"name": officer.name, "password": officer.password} | wrong
    officer.post("/staff/sign-in", **({"code": officer.next_code()} | given))


def token_of(officer: Officer) -> str:
    """What the officer's cookie carries, opened as only the server can."""
    with officer.client.session_transaction("/staff/") as work:
        token: str = work["staff"]
        return token


def sessions(app: Flask) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(StaffSession)) or 0


def minutes_pass(app: Flask, minutes: float) -> None:
    with app.app_context(), transaction() as db:
        for row in db.scalars(select(StaffSession)):
            row.ends_at -= timedelta(minutes=minutes)


def is_in(officer: Officer) -> bool:
    return officer.get("/staff/unlock").status_code == 200


def test_the_right_name_password_and_code_get_in_and_the_key_is_a_step_of_its_own(hire: Callable[..., Officer]) -> None:
    officer = hire()
    assert not is_in(officer)
    officer.sign_in()
    assert officer.path == "/staff/unlock"
    assert sent_to(officer.get("/staff/reports")) == "/staff/unlock"
    officer.unlock()
    officer.see("No report waits.")


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "nobody"},
        {"password": "another password"},
        {"password": "A password of the tests"},
        {"code": "000000"},
        {"code": "12345"},
        {"code": "nothing"},
        {"name": "nobody", "password": "another password", "code": "000000"},
    ],
    ids=lambda wrong: "-".join(wrong.values()),
)
def test_anything_wrong_is_refused_without_saying_what(hire: Callable[..., Officer], wrong: dict[str, str]) -> None:
    officer = hire()
    try_to_sign_in(officer, **wrong)
    officer.see(REFUSED)
    assert not is_in(officer)


@pytest.mark.same_on_both
def test_a_name_is_the_same_in_capitals_and_a_password_is_not(hire: Callable[..., Officer]) -> None:
    officer = hire("Amina")
    try_to_sign_in(officer, password=officer.password.upper())
    officer.see(REFUSED)
    try_to_sign_in(officer, name="AMINA")
    assert is_in(officer)


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "chosen", ["ends with a space ", "écrit e\u0301crit ecrit", "  خفیہ الفاظ یہاں  ", "\ttab before it"]
)
def test_whoever_chose_spaces_or_accents_gets_in_with_them(app: Flask, recovery_key: str, chosen: str) -> None:
    with app.app_context(), transaction() as db:
        held = keyholders.open_recovery(recovery_key)
        secret = accounts.add_staff(db, "sam", "Sam", (Role.OFFICER,), chosen, chosen, ("asb_team",), held)
    officer = Officer(app.test_client(), "sam", secret)
    officer.password = officer.passphrase = chosen
    officer.sign_in()
    officer.unlock()
    officer.see("No report waits.")


def test_a_code_works_once(hire: Callable[..., Officer]) -> None:
    officer = hire()
    code = officer.next_code()
    try_to_sign_in(officer, code=code)
    assert is_in(officer)
    thief = Officer(officer.client.application.test_client(), officer.name, officer.totp.secret)
    try_to_sign_in(thief, code=code)  # seen over the shoulder, with the password
    thief.see(REFUSED)


def test_an_older_code_than_the_last_one_used_does_not_work(hire: Callable[..., Officer]) -> None:
    officer = hire()
    older, newer = officer.next_code(), officer.next_code()
    try_to_sign_in(officer, code=newer)
    assert is_in(officer)
    try_to_sign_in(officer, code=older)
    officer.see(REFUSED)


@pytest.mark.same_on_both
def test_a_code_of_a_minute_ago_or_ahead_does_not_work(hire: Callable[..., Officer]) -> None:
    officer = hire()
    for seconds in (-65, 65):
        try_to_sign_in(officer, code=officer.totp.at(int(time.time()) + seconds))
        officer.see(REFUSED)


def test_of_many_who_use_one_code_at_once_one_gets_in(app: Flask, hire: Callable[..., Officer]) -> None:
    officer = hire()
    code = officer.next_code()
    tokens: list[str | None] = []
    in_threads(app, lambda: tokens.append(accounts.sign_in("sam", officer.password, code, str(uuid.uuid4()))), count=6)
    assert len(tokens) == 6
    assert len([token for token in tokens if token]) == 1


COMPOSED = unicodedata.normalize("NFC", "Zażółć gęślą jaźń é 7")
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)
MIXED = COMPOSED.replace("ó", "o\u0301")


@pytest.mark.same_on_both
@pytest.mark.parametrize(("chosen", "typed"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED), (MIXED, COMPOSED)])
def test_a_password_and_a_passphrase_are_the_same_from_any_keyboard(
    hire: Callable[..., Officer], chosen: str, typed: str
) -> None:
    officer = hire("amina", password=chosen, passphrase=chosen)
    officer.password = officer.passphrase = typed
    officer.sign_in()
    officer.unlock()
    officer.not_see("That passphrase does not open your key.")


@pytest.mark.same_on_both
@pytest.mark.parametrize("typed", [DECOMPOSED, COMPOSED])
@pytest.mark.parametrize("stored", [DECOMPOSED, COMPOSED])
def test_what_was_hashed_before_it_was_normalised_still_opens(
    app: Flask, hire: Callable[..., Officer], monkeypatch: pytest.MonkeyPatch, stored: str, typed: str
) -> None:
    for module in (accounts, keyholders):
        monkeypatch.setattr(module, "normalised", lambda secret: secret)
    officer = hire("amina", password=stored, passphrase=stored)
    monkeypatch.undo()
    officer.password = officer.passphrase = typed
    officer.sign_in()
    officer.unlock()
    officer.not_see("That passphrase does not open your key.")


@pytest.mark.same_on_both
@pytest.mark.parametrize("zero", ["٠", "۰", "০", "०", "੦", "０", "𝟎"])
def test_the_code_may_be_typed_in_the_digits_of_any_script(hire: Callable[..., Officer], zero: str) -> None:
    officer = hire("amina")
    code = "".join(chr(ord(zero) + int(digit)) for digit in officer.next_code())
    try_to_sign_in(officer, code=f"{code[:3]} {code[3:]}")
    assert is_in(officer)


def test_a_code_is_not_used_up_by_a_wrong_password(hire: Callable[..., Officer]) -> None:
    """Or a stranger who guesses codes could keep someone out."""
    officer = hire()
    code = officer.next_code()
    try_to_sign_in(officer, password="wrong", code=code)
    try_to_sign_in(officer, code=code)
    assert is_in(officer)


def test_too_many_tries_from_one_address_are_refused_and_the_officer_elsewhere_gets_in(
    hire: Callable[..., Officer],
) -> None:
    officer = hire()
    guesser = Officer(officer.client.application.test_client(), officer.name, officer.totp.secret)
    guesser.client.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    for _ in range(MAX_TRIES_PER_HOUR):
        try_to_sign_in(guesser, password="a guess", code="123456")
        guesser.see(REFUSED)
    try_to_sign_in(guesser)
    assert guesser.response
    assert guesser.response.status_code == 429
    try_to_sign_in(officer)
    assert is_in(officer)


@pytest.mark.same_on_both
def test_too_many_wrong_passphrases_are_refused(app: Flask, hire: Callable[..., Officer]) -> None:
    officer = hire()
    officer.sign_in()
    with app.app_context():
        token = token_of(officer)
        assert not any(accounts.unlock(token, "wrong", "203.0.113.77") for _ in range(MAX_TRIES_PER_HOUR))
        for passphrase in ("wrong", officer.passphrase):
            with pytest.raises(TooManyTries):
                accounts.unlock(token, passphrase, "203.0.113.77")
        assert accounts.unlock(token, officer.passphrase, "203.0.113.78")


@pytest.mark.same_on_both
def test_signing_in_gives_a_new_session(app: Flask, hire: Callable[..., Officer]) -> None:
    officer = hire()
    tokens = set()
    for _ in range(2):
        officer.sign_in()
        tokens.add(token_of(officer))
    assert len(tokens) == 2
    halves = [base64.urlsafe_b64decode(f"{half}=") for token in tokens for half in token.split(".")]
    assert [len(half) for half in halves] == [32] * 4
    assert len(set(halves)) == 4
    assert sessions(app) == 1


def test_unlocking_gives_a_new_session_and_a_cookie_copied_before_opens_nothing(
    app: Flask, hire: Callable[..., Officer]
) -> None:
    officer = hire()
    thief = Officer(app.test_client(), officer.name, officer.totp.secret)
    copied = []
    for step in (officer.sign_in, officer.unlock, lambda: officer.post("/staff/lock"), officer.unlock):
        step()
        cookie = officer.client.get_cookie("work")
        assert cookie
        copied.append(cookie.value)
    assert len(set(copied)) == len(copied) - 1  # locking changes nothing in the cookie
    for cookie in copied[:-1]:
        thief.client.set_cookie("work", cookie)
        assert sent_to(thief.get("/staff/reports")) == "/staff/sign-in"
        assert sent_to(thief.get("/staff/unlock")) == "/staff/sign-in"
    assert officer.get("/staff/reports").status_code == 200
    thief.client.set_cookie("work", copied[-1])
    assert thief.get("/staff/reports").status_code == 200  # the search does find what is there
    assert sessions(app) == 1


def test_unlock_pressed_twice_at_once_leaves_one_in(
    app: Flask, hire: Callable[..., Officer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser keeps the answer to the second press and may have dropped that to the first, with its cookie."""
    officer = hire()
    officer.sign_in()
    before, tokens = token_of(officer), list[str | None]()
    pressed, in_line = threading.Barrier(4), accounts._in_line

    def when_all_have_pressed() -> AbstractContextManager[None]:
        """A test's passphrase is derived in no time, so the first press could be done before the others come."""
        pressed.wait(30)
        return in_line()

    monkeypatch.setattr(accounts, "_in_line", when_all_have_pressed)
    in_threads(app, lambda: tokens.append(accounts.unlock(before, officer.passphrase, "127.0.0.1")), count=4)
    assert len(set(tokens)) == 1
    with app.app_context():
        found = accounts.find_officer(tokens[0])
        assert found
        assert found.keyring
        assert accounts.find_officer(before) is None
        with transaction() as db:
            done = db.scalars(select(AuditEntry.action)).all()
    assert done.count(Action.UNLOCKED) == 1


def test_a_page_asked_for_with_the_token_from_before_does_not_sign_anybody_out(
    app: Flask, hire: Callable[..., Officer]
) -> None:
    """It was on its way while another tab unlocked: its answer must leave the new cookie alone."""
    officer = hire()
    officer.sign_in()
    before = officer.client.get_cookie("work")
    assert before
    officer.unlock()
    late = app.test_client()
    late.set_cookie("work", before.value)
    answer = late.get("/staff/reports")
    assert sent_to(answer) == "/staff/sign-in"
    assert "Set-Cookie" not in answer.headers


def test_signing_out_with_the_token_from_before_ends_the_unlocked_session(
    app: Flask, hire: Callable[..., Officer]
) -> None:
    officer = hire()
    officer.sign_in()
    before = token_of(officer)
    officer.unlock()
    with app.app_context():
        accounts.sign_out(before)
    assert sent_to(officer.get("/staff/reports")) == "/staff/sign-in"
    assert sessions(app) == 0


@pytest.mark.same_on_both
def test_a_session_planted_before_signing_in_is_not_the_one_that_gets_in(
    app: Flask, hire: Callable[..., Officer]
) -> None:
    officer = hire()
    officer.get("/staff/sign-in")
    with officer.client.session_transaction("/staff/") as work:
        work["staff"] = planted = "a token that the attacker knows"
    officer.post("/staff/sign-in", name=officer.name, password=officer.password, code=officer.next_code())
    assert token_of(officer) != planted
    with app.app_context():
        assert accounts.find_officer(planted) is None
        assert accounts.find_officer(token_of(officer))


def test_a_session_ends_after_thirty_idle_minutes(app: Flask, officer: Officer) -> None:
    minutes_pass(app, 29)
    assert officer.get("/staff/reports").status_code == 200
    for _ in range(3):  # in use it goes on
        minutes_pass(app, 25)
        assert officer.get("/staff/reports").status_code == 200
    minutes_pass(app, 30.1)
    assert sent_to(officer.get("/staff/reports")) == "/staff/sign-in"
    with app.app_context(), transaction() as db:
        accounts.sweep_sessions(db)
    assert sessions(app) == 0


def test_after_signing_out_a_copied_cookie_opens_nothing(app: Flask, officer: Officer) -> None:
    copied = token_of(officer)
    officer.get("/staff/reports")
    officer.post("/staff/sign-out")
    assert sessions(app) == 0
    with app.app_context():
        assert accounts.find_officer(copied) is None
        assert not accounts.unlock(copied, officer.passphrase, "127.0.0.1")
    with officer.client.session_transaction("/staff/") as work:
        work["staff"] = copied
    assert not is_in(officer)


def test_a_closed_account_is_out_at_once_and_stays_out(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction() as db:
        db.scalars(select(StaffMember)).one().active = False
    assert not is_in(officer)
    try_to_sign_in(officer)
    officer.see(REFUSED)


def test_locking_takes_the_key_out_of_the_session_and_leaves_one_signed_in(app: Flask, officer: Officer) -> None:
    def held() -> bytes | None:
        with app.app_context():
            return accounts._unlock_key(token_of(officer), session.scalars(select(StaffSession)).one())

    assert held()
    officer.get("/staff/reports")
    officer.post("/staff/lock")
    assert held() == accounts.NO_KEY
    assert sent_to(officer.get("/staff/reports")) == "/staff/unlock"
    officer.unlock()
    assert officer.get("/staff/reports").status_code == 200


def test_one_passphrase_does_not_open_anothers_key(app: Flask, hire: Callable[..., Officer]) -> None:
    sam, dev = hire("sam"), hire("dev")
    with app.app_context(), transaction() as db:
        # Both were given the same words: give dev others.
        member = db.get_one(
            keyholders.Member, db.scalars(select(StaffMember).where(StaffMember.name == "dev")).one().member_id
        )
        private = keyholders.open_member(member.id, dev.passphrase)
        assert private
        for way in db.scalars(select(keyholders.Unlock).where(keyholders.Unlock.member_id == member.id)):
            db.delete(way)
        keyholders.set_passphrase(db, member, private, "dev's own words")
    for officer in (sam, dev):
        officer.sign_in()
    dev.post("/staff/unlock", passphrase=sam.passphrase)
    dev.see("That passphrase does not open your key.")
    dev.passphrase = "dev's own words"
    dev.unlock()
    dev.see("No report waits.")


@pytest.mark.same_on_both
def test_passwords_and_passphrases_wait_in_the_receipts_line(app: Flask, hire: Callable[..., Officer]) -> None:
    """A crowd at the staff door cannot fill the machine's memory, each with 64 MiB."""
    officer = hire()
    officer.sign_in()
    token, data = token_of(officer), app.extensions["settings"].data
    done: list[str] = []

    def sign_in() -> None:
        with app.app_context():
            accounts.sign_in("sam", "wrong", "123456", "203.0.113.77")
            done.append("sign in")

    def unlock() -> None:
        with app.app_context():
            accounts.unlock(token, "wrong", "203.0.113.77")
            done.append("unlock")

    waiting = [threading.Thread(target=work) for work in (sign_in, unlock)]
    with exclusive(data / "derive-0.lock"), exclusive(data / "derive-1.lock"):
        for thread in waiting:
            thread.start()
        waiting[0].join(0.5)
        assert done == []
    for thread in waiting:
        thread.join(30)
    assert sorted(done) == ["sign in", "unlock"]


def test_a_click_while_another_tab_signs_out_is_no_failure(app: Flask, officer: Officer) -> None:
    token = token_of(officer)
    minutes_pass(app, 5)  # the next page will write that the session is in use
    failures: list[BaseException] = []

    def click() -> None:
        try:
            accounts.find_officer(token)
            accounts.unlock(token, officer.passphrase, str(uuid.uuid4()))
        except BaseException as failure:  # noqa: BLE001 (any failure is the finding)
            failures.append(failure)

    work = iter([click, lambda: accounts.lock(token)] * 3 + [lambda: accounts.sign_out(token)] * 2)
    in_threads(app, lambda: next(work)(), count=8)
    assert failures == []
    assert sessions(app) == 0


# Of "a right password", as argon2-cffi wrote them, with the costs of a live installation, with others, with four lanes.
OLDER_HASHES = [
    "$argon2id$v=19$m=65536,t=2,p=1$cd7sMNj89I+WJGuOUVWlyw$/L62XXsxFyQNvXOJHle6XmppkfwDyJ56ZqgHexW+LtM",
    "$argon2id$v=19$m=8192,t=3,p=1$d/TzwN4YACdUtD6MLoBjFg$iuLiD6/qdluohOheOR7qBxBM7rR6qIWx/hInQQafpyc",
    "$argon2id$v=19$m=65536,t=3,p=4$3KZA8iYyK2QFVUvX4YO5mQ$TCxG6/wRKzLUEyWlMVcHe2un6pFCTjbb5G9eR2SrA5s",
]


@pytest.mark.same_on_both
@pytest.mark.parametrize("hashed", OLDER_HASHES)
def test_a_password_hash_from_before_still_lets_in(app: Flask, hire: Callable[..., Officer], hashed: str) -> None:
    officer = hire()
    with app.app_context(), transaction() as db:
        db.scalars(select(StaffMember)).one().password_hash = hashed
    try_to_sign_in(officer)
    officer.see(REFUSED)
    officer.password = "a right password"
    officer.sign_in()
    assert is_in(officer)


@pytest.mark.same_on_both
@pytest.mark.parametrize("damaged", ["", "x", "a" * 150, OLDER_HASHES[0][:-1], "é" * 100])
def test_a_damaged_password_hash_lets_nobody_in_and_is_no_failure(
    app: Flask, hire: Callable[..., Officer], damaged: str
) -> None:
    officer = hire()
    with app.app_context(), transaction() as db:
        db.scalars(select(StaffMember)).one().password_hash = damaged
    try_to_sign_in(officer)
    officer.see(REFUSED)


@pytest.mark.dear
@pytest.mark.same_on_both
def test_an_unknown_name_costs_the_same_work_as_a_known_one(
    make_app: Callable[..., Flask], hire: Callable[..., Officer], recovery_key: str
) -> None:
    """Processor time of this thread with the real parameters: what others do on this machine does not count."""
    app = make_app(**REAL_PASSWORDS)
    took: dict[str, list[float]] = {"sam": [], "nobody": []}
    with app.app_context():
        with transaction() as db:
            held = keyholders.open_recovery(recovery_key)
            accounts.add_staff(
                db, "sam", "Sam", (Role.OFFICER,), "a right password", "a passphrase", ("asb_team",), held
            )
        for number in range(15):
            for name in took if number % 2 else reversed(took):
                began = time.thread_time()
                assert accounts.sign_in(name, "a wrong password", "123456", f"198.51.100.{number}") is None
                took[name].append(time.thread_time() - began)
    known, unknown = statistics.median(took["sam"]), statistics.median(took["nobody"])
    # Shown with pytest -s.
    print(f"known {known * 1000:.1f} ms, unknown {unknown * 1000:.1f} ms")  # noqa: T201
    assert min(known, unknown) > 0.020  # the real work was done
    assert abs(known - unknown) / known < 0.15


@pytest.mark.same_on_both
def test_the_first_unknown_name_after_a_start_costs_no_more_than_the_next(
    app: Flask, hire: Callable[..., Officer]
) -> None:
    hire()
    settings = app.extensions["settings"]
    took: dict[str, list[float]] = {"sam": [], "nobody": []}
    with app.app_context():
        for number in range(12):
            for name in took:
                accounts._stranger.cache_clear()  # as in a process just started
                began = time.thread_time()
                accounts.sign_in(name, "a wrong password", "123456", f"198.51.100.{number}")
                took[name].append(time.thread_time() - began)
                assert accounts._stranger.cache_info().currsize == 1, "a stranger's hash would still have to be made"
    assert settings.password_memory == CHEAP_PASSWORDS["password_memory"]


def test_while_an_officer_works_no_key_lies_anywhere_in_the_clear(
    app: Flask, hire: Callable[..., Officer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    for name in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(name, str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    officer = hire()
    officer.sign_in()
    officer.unlock()
    officer.get("/staff/reports")
    token = token_of(officer)
    with app.app_context():
        staff = session.scalars(select(StaffMember)).one()
        private = keyholders.open_member(staff.member_id, officer.passphrase)
        assert private
        team_keys = keyholders.keyring(staff.member_id, private).keys.values()
        assert len(team_keys) == 2
        session_key = accounts._session_key(token)
        row = session.scalars(select(StaffSession)).one()
    loot = stolen(app) + b"".join(path.read_bytes() for path in temporary.rglob("*") if path.is_file())
    assert sealing.public_of(private) in loot  # the search does find what is there
    assert row.locked_key
    assert row.locked_key in loot
    with app.app_context():
        assert accounts._unlock_key(token, row) == private  # with the cookie it opens: so the cookie must not be there
    words = [officer.password.encode(), officer.passphrase.encode(), officer.totp.secret.encode()]
    secrets = [
        private,
        *team_keys,
        session_key,
        *(part.encode() for part in (token, *token.split("."))),
        *words,
        base64.b32decode(officer.totp.secret),
    ]
    for secret in secrets:
        for shape in shapes(secret):
            assert shape not in loot
    cookie = officer.client.get_cookie("work")
    assert cookie
    assert cookie.value.encode() not in loot
    assert base64.urlsafe_b64decode(cookie.value) not in loot


@pytest.mark.same_on_both
def test_the_staff_cookie_tells_its_holder_nothing(officer: Officer) -> None:
    cookie = officer.client.get_cookie("work")
    assert cookie
    opened = base64.urlsafe_b64decode(cookie.value)
    for secret in (token_of(officer).encode(), b"staff", b"sam", b"csrf"):
        assert secret not in opened
    assert cookie.http_only
    assert cookie.same_site == "Lax"


@pytest.mark.same_on_both
def test_a_changed_or_foreign_cookie_is_no_session(app: Flask, officer: Officer) -> None:
    cookie = officer.client.get_cookie("work")
    assert cookie
    for position in range(0, len(cookie.value), 7):
        letter = "A" if cookie.value[position] != "A" else "B"
        changed = cookie.value[:position] + letter + cookie.value[position + 1 :]
        officer.client.set_cookie("work", changed)
        assert not is_in(officer)
    # Before "=" stand bits that mean nothing, and what is no letter of it is passed over by those who read it.
    last = len(cookie.value.rstrip("=")) - 1
    for letter in {*string.ascii_letters} - {cookie.value[last]}:
        officer.client.set_cookie("work", cookie.value[:last] + letter + cookie.value[last + 1 :])
        assert not is_in(officer)
    for spelled in (f"{cookie.value}=", f"{cookie.value[:9]}!{cookie.value[9:]}"):
        officer.client.set_cookie("work", spelled)
        assert not is_in(officer)
    for nonsense in ("", "x", "e30=", "%00", "A" * 3000, "é"):
        officer.client.set_cookie("work", nonsense)
        assert not is_in(officer)


def test_a_session_row_given_to_another_person_opens_no_key(app: Flask, hire: Callable[..., Officer]) -> None:
    """Someone who can write to the database cannot make an officer's unlocked key work for a colleague."""
    sam, dev = hire("sam", teams=("hate_team",)), hire("dev", teams=("asb_team",))
    for officer in (sam, dev):
        officer.sign_in()
        officer.unlock()
    with app.app_context():
        with transaction() as db:
            rows = {
                token_of(each): db.get_one(StaffSession, accounts._session_id(token_of(each))) for each in (sam, dev)
            }
            rows[token_of(dev)].locked_key = rows[token_of(sam)].locked_key
        assert accounts.find_officer(token_of(dev)) is None
        assert accounts.find_officer(token_of(sam))
    assert utcnow() < rows[token_of(dev)].ends_at


def test_a_sealed_session_moved_to_another_row_opens_nothing_even_for_its_own_key(app: Flask, officer: Officer) -> None:
    token = token_of(officer)
    with app.app_context():
        row = session.scalars(select(StaffSession)).one()
        assert accounts._unlock_key(token, row)
        row.id = uuid.uuid4()
        assert accounts._unlock_key(token, row) is None
        session.rollback()


def test_a_code_generator_put_in_another_persons_row_signs_nobody_in(app: Flask, hire: Callable[..., Officer]) -> None:
    """Whoever can write to the database and knows a colleague's password still lacks the colleague's authenticator."""
    sam, dev = hire("sam"), hire("dev")
    with app.app_context(), transaction() as db:
        rows = {row.name: row for row in db.scalars(select(StaffMember))}
        rows["dev"].totp_secret = rows["sam"].totp_secret
    dev.totp = sam.totp
    dev.get("/staff/sign-in")
    dev.post("/staff/sign-in", name="dev", password=dev.password, code=dev.next_code())
    dev.see(REFUSED)
    sam.sign_in()
    assert is_in(sam)


def test_secrets_from_before_they_were_bound_open_and_are_bound_when_they_are_next_written(
    app: Flask, hire: Callable[..., Officer]
) -> None:
    sam, dev = hire("sam"), hire("dev")
    with app.app_context(), transaction() as db:
        for row in db.scalars(select(StaffMember)):
            secret = {"sam": sam, "dev": dev}[row.name].totp.secret.encode()
            row.totp_secret = bytes(Aead(accounts._totp_key()).encrypt(secret, b"lock/1"))
            (way,) = db.scalars(select(keyholders.Unlock).where(keyholders.Unlock.member_id == row.member_id))
            private = keyholders.open_member(row.member_id, sam.passphrase)
            assert private
            key = sealing.stretch(sam.passphrase, way.salt, ops=way.ops, memory=way.memory)
            way.wrapped = bytes(Aead(key).encrypt(private, b"lock/1"))
    sam.sign_in()
    sam.unlock()
    sam.see("No report waits.")
    with app.app_context(), transaction() as db:
        rows = {row.name: row for row in db.scalars(select(StaffMember))}
        assert accounts._unlock_totp(rows["dev"].id, rows["sam"].totp_secret) is None
        rows["dev"].totp_secret = rows["sam"].totp_secret
    dev.totp = sam.totp
    dev.get("/staff/sign-in")
    dev.post("/staff/sign-in", name="dev", password=dev.password, code=sam.next_code())
    dev.see(REFUSED)


def test_a_members_key_moved_to_another_way_of_unlocking_does_not_open(
    app: Flask, hire: Callable[..., Officer]
) -> None:
    sam = hire("sam")
    with app.app_context():
        with transaction() as db:
            (way,) = db.scalars(select(keyholders.Unlock))
            member_id = way.member_id
            copied = {name: getattr(way, name) for name in ("member_id", "method", "salt", "ops", "memory", "wrapped")}
            assert keyholders.open_member(member_id, sam.passphrase)
            db.delete(way)
            db.add(keyholders.Unlock(**copied))
        assert keyholders.open_member(member_id, sam.passphrase) is None


@pytest.mark.same_on_both
def test_a_cookie_sent_under_the_other_cookies_name_is_none(app: Flask, officer: Officer) -> None:
    cookies = app.session_interface
    assert isinstance(cookies, SealedCookies)
    work = officer.client.get_cookie("work")
    assert work
    for name, is_read in [("work", True), ("visit", False)]:
        with app.test_request_context("/", headers={"Cookie": f"{name}={work.value}"}) as context:
            assert bool(cookies._open(name, context.request)) is is_read
