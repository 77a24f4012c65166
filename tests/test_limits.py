"""The limits: nobody's address is kept, a stranger cannot borrow another's, and nobody is kept from reporting."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal import limits, outbox
from portal.db import session, transaction, utcnow
from portal.flock import exclusive
from portal.limits import LimitCount
from portal.reporting.models import Report, State
from portal.reporting.pages.come_back import MAX_GUESSES_PER_HOUR
from portal.reporting.services import MAX_REPORTS_PER_HOUR
from portal.staff import accounts
from portal.staff.accounts import MAX_TRIES_PER_HOUR, TooManyTries
from portal.vault import receipts
from tests.support.loot import shapes, spellings, stolen
from tests.support.people import Officer, Resident
from tests.support.sending import send_report
from tests.test_db import in_threads


@pytest.fixture(autouse=True)
def within_one_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts begin anew with each hour of the clock, which may strike in the middle of a test."""
    moment = utcnow()
    monkeypatch.setattr(limits, "utcnow", lambda: moment)


PROXIES = (
    ipaddress.ip_network("10.0.0.0/8"),
    ipaddress.ip_network("192.0.2.1/32"),
    ipaddress.ip_network("2001:db8:1::/48"),
)
VISITORS = ["203.0.113.77", "2001:db8:77:88:99:aa:bb:cc"]
junk = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=20) | st.sampled_from(
    [
        "",
        ",",
        "unknown",
        "localhost",
        "10.0.0.1",
        "10.0.0.1, 10.0.0.2",
        "::1",
        "0.0.0.0",
        "1.2.3.4:99",
        "[::1]:80",
        "1.2.3",
        "for=1.2.3.4",
    ]
)
no_reset = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def cheap_receipts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty derivations with their real cost take seconds."""
    monkeypatch.setattr(receipts, "OPS", 1)
    monkeypatch.setattr(receipts, "MEMORY", 8192)


@pytest.fixture
def proxied(make_app: Callable[..., Flask], app: Flask) -> Flask:
    return make_app(trusted_proxies=PROXIES)


def address(app: Flask, remote: str, forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    with app.test_request_context(environ_base={"REMOTE_ADDR": remote}, headers=headers):
        return limits.visitor_address()


@pytest.mark.parametrize("visitor", VISITORS)
def test_no_form_of_an_address_is_stored(app: Flask, visitor: str) -> None:
    resident = Resident(app.test_client())
    send_report(resident, address=visitor)
    for _ in range(3):
        resident.get("/return")
        resident.post("/return", receipt="1234 5678 9012 3456")
    resident.get("/staff/sign-in")
    resident.post("/staff/sign-in", name="sam", password="a guess", code="123456")
    with app.app_context():
        counted = session.scalars(select(LimitCount)).all()
    assert {row.what for row in counted} >= {"report", "receipt", "sign in"}
    loot = stolen(app)
    assert all(row.id in loot for row in counted)
    packed = ipaddress.ip_address(visitor).packed
    network = str(ipaddress.ip_network(f"{visitor}/64", strict=False)) if ":" in visitor else visitor
    texts = {
        visitor,
        network,
        ipaddress.ip_address(visitor).exploded,
        ipaddress.ip_address(visitor).reverse_pointer,
        f"sam {visitor}",
    }
    forms = [packed, packed[::-1], packed[:8] if ":" in visitor else packed, str(int.from_bytes(packed)).encode()]
    forms += [spelling for text in texts for spelling in spellings(text)]
    for each in {packed, *[text.encode() for text in texts]}:
        digests = [hashlib.new(name, each).digest() for name in ("md5", "sha1", "sha256", "sha512", "blake2b")]
        digests.append(hashlib.blake2b(each, digest_size=32).digest())
        forms += [shape for digest in digests for shape in shapes(digest)]
    assert not [form for form in forms if form in loot]


def test_a_count_tells_the_hour_and_not_the_minute(app: Flask, resident: Resident) -> None:
    resident.get("/return")
    resident.post("/return", receipt="1234 5678 9012 3456")
    with app.app_context():
        (row,) = session.scalars(select(LimitCount)).all()
    assert row.ends_at.timestamp() % 3600 == 0
    assert timedelta(0) < row.ends_at - utcnow() <= timedelta(hours=1)


@pytest.mark.same_on_both
@given(visitor=st.ip_addresses(v=4).map(str), said=junk)
@no_reset
def test_what_a_visitor_says_of_their_address_is_not_believed(
    app: Flask, proxied: Flask, visitor: str, said: str
) -> None:
    assert address(app, visitor, said) == visitor
    if not any(ipaddress.ip_address(visitor) in network for network in PROXIES):
        assert address(proxied, visitor, said) == visitor


@pytest.mark.same_on_both
@given(
    said=st.lists(junk, max_size=3),
    hops=st.lists(st.sampled_from(["10.1.2.3", "192.0.2.1", "2001:db8:1::5"]), max_size=2),
)
@no_reset
def test_a_made_up_chain_in_front_changes_nothing(proxied: Flask, said: list[str], hops: list[str]) -> None:
    chain = ", ".join([*said, "203.0.113.77", *hops])
    assert address(proxied, "10.0.0.1", chain) == "203.0.113.77"


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("remote", "forwarded", "visitor"),
    [
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", " , ,", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.77", "203.0.113.77"),
        ("::ffff:10.0.0.1", "203.0.113.77", "203.0.113.77"),  # a socket that takes both kinds spells it so
        ("10.0.0.1", "::ffff:203.0.113.77", "203.0.113.77"),
        ("192.0.2.2", "203.0.113.77", "192.0.2.2"),  # next to a trusted one
        ("10.0.0.1", "10.0.0.9", "10.0.0.9"),  # someone on the proxies' own network
        ("10.0.0.1", "203.0.113.77, not an address", "not an address"),
        ("2001:db8:1::1", "203.0.113.77", "203.0.113.77"),
        ("2001:db8:2::1", "203.0.113.77", "2001:db8:2::/64"),
        ("10.0.0.1", "2001:DB8:77:88::1", "2001:db8:77:88::/64"),
        ("10.0.0.1", "2001:0db8:0077:0088:ffff::", "2001:db8:77:88::/64"),
        ("fe80::1%eth0", None, "fe80::/64"),
    ],
)
def test_the_last_address_before_the_trusted_proxies_is_the_visitors(
    proxied: Flask, remote: str, forwarded: str | None, visitor: str
) -> None:
    assert address(proxied, remote, forwarded) == visitor


@pytest.mark.same_on_both
def test_moving_about_in_ones_own_network_gives_no_more_guesses(app: Flask) -> None:
    assert len({address(app, f"2001:db8:77:88:{number:x}::1") for number in range(50)}) == 1
    assert address(app, "2001:db8:77:88::1") != address(app, "2001:db8:77:89::1")


def test_each_visitor_and_each_deed_is_counted_apart(app: Flask) -> None:
    with app.app_context(), transaction() as db:
        assert [limits.count(db, "receipt", "one") for _ in range(3)] == [1, 2, 3]
        assert limits.count(db, "receipt", "another") == 1
        assert limits.count(db, "report", "one") == 1
        assert limits.count(db, "receipt", "one") == 4


def test_many_at_once_are_all_counted(app: Flask) -> None:
    def visit() -> None:
        for _ in range(5):
            with app.test_request_context(environ_base={"REMOTE_ADDR": VISITORS[0]}):
                limits.count_visit("receipt")

    in_threads(app, visit)
    with app.app_context():
        assert session.scalars(select(LimitCount.times)).all() == [40]


def test_a_new_hour_begins_at_nothing_and_under_another_name(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    hour = datetime(2026, 11, 22, 12, 59, 59, tzinfo=UTC)
    with app.app_context(), transaction() as db:
        for moment, counted in [(hour, 1), (hour, 2), (hour + timedelta(seconds=1), 1), (hour + timedelta(days=1), 1)]:
            monkeypatch.setattr(limits, "utcnow", lambda moment=moment: moment)
            assert limits.count(db, "receipt", "one") == counted
        found = db.scalars(select(LimitCount)).all()
    assert len({row.id for row in found}) == 3
    assert not any(one.id[:8] == other.id[:8] for one in found for other in found if one is not other)


def test_counts_go_when_their_hour_is_over(app: Flask) -> None:
    with app.app_context():
        with transaction() as db:
            limits.count(db, "receipt", "one")
            limits.count(db, "receipt", "another")
            db.flush()
            db.scalars(select(LimitCount)).first().ends_at -= timedelta(hours=1)
        with transaction() as db:
            limits.sweep_limits(db)
        assert len(session.scalars(select(LimitCount)).all()) == 1


def guess(resident: Resident, visitor: str, receipt: str = "1234 5678 9012 3456") -> int:
    resident.client.environ_base["REMOTE_ADDR"] = visitor
    resident.get("/return")
    return resident.post("/return", receipt=receipt).status_code


@pytest.mark.same_on_both
def test_too_many_guesses_from_one_address_are_refused_and_nobody_else_is(app: Flask, resident: Resident) -> None:
    digits = send_report(resident)
    stranger = Resident(app.test_client())
    assert [guess(stranger, "203.0.113.77") for _ in range(MAX_GUESSES_PER_HOUR)] == [200] * MAX_GUESSES_PER_HOUR
    assert guess(stranger, "203.0.113.77") == 429
    stranger.see("Too many tries")
    assert guess(stranger, "203.0.113.77", digits) == 429  # the right number too
    assert guess(resident, "203.0.113.78", digits) == 303
    resident.follow()
    resident.see("We have your report.")


def all_at_once(app: Flask, visitor: str, numbers: list[str]) -> list[int]:
    """Type these receipt numbers from one address at the same moment; the answers' statuses."""
    residents = [Resident(app.test_client()) for _ in numbers]
    for resident in residents:
        resident.client.environ_base["REMOTE_ADDR"] = visitor
        resident.get("/return")
    tries, answers = iter(list(zip(residents, numbers, strict=True))), list[int]()

    def work() -> None:
        resident, digits = next(tries)
        answers.append(resident.post("/return", receipt=digits).status_code)

    in_threads(app, work, count=len(numbers))
    return answers


def test_many_guesses_at_once_are_no_more_than_the_limit(app: Flask, cheap_receipts: None) -> None:
    guesses = [f"1234 5678 9012 {number:04}" for number in range(MAX_GUESSES_PER_HOUR + 12)]
    answers = all_at_once(app, "203.0.113.77", guesses)
    assert sorted(answers) == [200] * MAX_GUESSES_PER_HOUR + [429] * 12


def test_right_receipts_at_once_from_one_address_are_never_refused(
    app: Flask, resident: Resident, cheap_receipts: None
) -> None:
    digits = send_report(resident)
    wrong = ["1234 5678 9012 3456"] * (MAX_GUESSES_PER_HOUR - 1)
    answers = all_at_once(app, "203.0.113.77", [*wrong, *[digits] * 20])
    assert sorted(answers) == [200] * len(wrong) + [303] * 20
    assert all_at_once(app, "203.0.113.77", [digits] * 5) == [303] * 5


def test_the_lines_in_which_guesses_wait_tell_no_moment_of_a_visit(
    app: Flask, resident: Resident, cheap_receipts: None
) -> None:
    guess(resident, "203.0.113.77")
    data = app.extensions["settings"].data
    dates = {path.name: path.stat().st_mtime for path in data.glob("limit-*.lock")}
    assert len(dates) == limits.LINES
    for number in range(40):
        guess(resident, f"203.0.113.{number}")
    assert dates == {path.name: path.stat().st_mtime for path in data.glob("limit-*.lock")}


def test_many_tries_to_sign_in_at_once_are_no_more_than_the_limit(app: Flask, hire: Callable[..., Officer]) -> None:
    hire("sam")
    answers: list[str] = []

    def work() -> None:
        try:
            accounts.sign_in("sam", "a wrong password", "123456", "203.0.113.77")
            answers.append("tried")
        except TooManyTries:
            answers.append("refused")

    in_threads(app, work, count=MAX_TRIES_PER_HOUR + 6)
    assert sorted(answers) == ["refused"] * 6 + ["tried"] * MAX_TRIES_PER_HOUR


def test_many_passphrases_at_once_are_no_more_than_the_limit(app: Flask, hire: Callable[..., Officer]) -> None:
    officer = hire("sam")
    officer.sign_in()
    with officer.client.session_transaction("/staff/") as work:
        token = work["staff"]
    answers: list[str] = []

    def unlock() -> None:
        try:
            assert accounts.unlock(token, "wrong words", "203.0.113.77") is None
            answers.append("tried")
        except TooManyTries:
            answers.append("refused")

    in_threads(app, unlock, count=MAX_TRIES_PER_HOUR + 6)
    assert sorted(answers) == ["refused"] * 6 + ["tried"] * MAX_TRIES_PER_HOUR


def test_one_code_used_at_once_from_many_browsers_signs_in_one(app: Flask, hire: Callable[..., Officer]) -> None:
    officer = hire("sam")
    code, tokens = officer.next_code(), list[str | None]()
    in_threads(app, lambda: tokens.append(accounts.sign_in("sam", officer.password, code, "203.0.113.77")))
    assert len([token for token in tokens if token]) == 1


@pytest.mark.same_on_both
def test_a_forged_header_does_not_let_a_guesser_go_on(app: Flask) -> None:
    stranger = Resident(app.test_client())
    answers = []
    for number in range(MAX_GUESSES_PER_HOUR + 1):
        stranger.client.environ_base |= {"REMOTE_ADDR": "203.0.113.77", "HTTP_X_FORWARDED_FOR": f"198.51.100.{number}"}
        answers.append(guess(stranger, "203.0.113.77"))
    assert answers[-1] == 429


def test_the_sixth_report_in_an_hour_is_held_and_never_refused(app: Flask, resident: Resident) -> None:
    for _ in range(MAX_REPORTS_PER_HOUR):
        send_report(resident, address="203.0.113.77")
    held = send_report(resident, address="203.0.113.77", risk="yes")
    send_report(Resident(app.test_client()), address="203.0.113.78")
    with app.app_context():
        found = session.scalars(select(Report)).all()
        assert sorted(report.state for report in found) == [State.HELD] + [State.NEW] * (MAX_REPORTS_PER_HOUR + 1)
        (waiting,) = (report for report in found if report.state is State.HELD)
        assert waiting.due_on < max(report.due_on for report in found)  # the clock of an immediate risk runs
        assert outbox.waiting_alert(waiting.id)
    assert guess(resident, "203.0.113.77", held) == 303
    resident.follow()
    resident.see("We have your report. An officer has not read it yet.")


def test_the_line_of_receipts_has_an_end(resident: Resident, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LINE_TIMEOUT", 0.2)
    resident.get("/return")
    held = [exclusive(app.extensions["settings"].data / f"limit-{number}.lock") for number in range(limits.LINES)]
    with ExitStack() as lines:
        for lock in held:
            lines.enter_context(lock)
        answer = resident.client.post("/return", data=resident._hidden("/return") | {"receipt": "1234567890123456"})
    assert answer.status_code == 503
    assert "Wait a minute and try again." in answer.text
