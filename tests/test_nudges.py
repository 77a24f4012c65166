"""The blind nudge: a mail that says only "there is something new", to an address that nobody but the worker opens."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from email.headerregistry import Address
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect
from sqlalchemy import select

from portal.db import session, today, transaction, utcnow
from portal.reporting import deletions, nudges
from portal.reporting.models import Nudge
from portal.vault import worker_key
from tests.support.browsers import Browse
from tests.support.closing import close_report
from tests.support.loot import stolen
from tests.support.people import Officer, Resident
from tests.support.referring import given_id, open_agency, refer
from tests.support.sending import send_report
from tests.test_deletions import come_back, press
from tests.test_outbox import MailServer, mail_server

__all__ = ["mail_server"]

ADDRESS = "maria.k@mail.example"
SENDER = "post@card.example"


@pytest.fixture
def bare_app(make_app: Callable[..., Flask], mail_server: MailServer) -> Flask:
    """The app with a neutral sender, a mail server, and a worker that has been started once."""
    app = make_app(smtp_url=mail_server.url, nudge_from=SENDER)
    with app.app_context():
        worker_key.prepare()
    return app


def leave(resident: Resident, address: str = ADDRESS) -> None:
    resident.get("/return/nudge")
    resident.post("/return/nudge", address=address)


def answer(officer: Officer, words: str) -> None:
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert found
    officer.get(found[0])
    officer.post(found[0], message=words, language="en")


def time_passes(app: Flask, days: int = 0) -> None:
    """What waits for its delay is due; the last mail was sent that many days earlier."""
    with app.app_context(), transaction() as db:
        for row in db.scalars(select(Nudge)):
            row.due_at = row.due_at and utcnow() - timedelta(seconds=1)
            row.sent_on = row.sent_on and row.sent_on - timedelta(days=days)


def work(app: Flask) -> int:
    with app.app_context():
        return nudges.send_due_nudges()


def rows(app: Flask) -> list[Nudge]:
    with app.app_context():
        return list(session.scalars(select(Nudge)))


def test_an_officers_message_is_told_of_once_and_the_mail_says_nothing_of_it(
    app: Flask,
    resident: Resident,
    officer: Officer,
    mail_server: MailServer,
) -> None:
    digits = send_report(resident)
    come_back(resident, digits)
    resident.see("Do you want an email when there is news?")
    leave(resident)
    resident.follow()
    resident.see("We email you when there is something new.")
    answer(officer, "We looked into it.")
    assert work(app) == 0, "it waits, so that its moment tells nothing"
    (row,) = rows(app)
    assert row.due_at
    assert row.due_at <= utcnow() + nudges.MOST_DELAY
    time_passes(app)
    assert work(app) == 1
    assert work(app) == 0
    (mail,) = mail_server.mails
    assert (mail["To"], mail["From"]) == (ADDRESS, SENDER)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert set(mail.keys()) == {
        "From", "To", "Date", "Message-ID", "Auto-Submitted", "Subject",
        "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip
    assert "card.example.org" in mail.get_content()
    told = f"{mail.as_string()}\n{mail.get_content()}".casefold()
    partnership = app.extensions["partnership"]
    for word in ("report", "police", "hate", "council", "safer", "crime", "officer", digits[:4], partnership.name):
        assert word.casefold() not in told
    assert row.report_id.hex not in told.replace("-", "")


@pytest.mark.same_on_both
def test_no_page_shows_the_address_and_a_stolen_database_does_not_hold_it(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    come_back(resident, send_report(resident))
    leave(resident)
    resident.get("/return/nudge")
    resident.see("An address is left.")
    assert "maria" not in resident.page
    answer(officer, "Hello.")
    assert "maria" not in officer.page
    assert b"maria" not in stolen(app)


@pytest.mark.same_on_both
def test_the_mail_is_in_the_language_in_which_the_address_was_left(
    app: Flask,
    resident: Resident,
    officer: Officer,
    mail_server: MailServer,
) -> None:
    come_back(resident, send_report(resident))
    resident.get("/ur/return/nudge")
    resident.post("/ur/return/nudge", address=ADDRESS)
    (row,) = rows(app)
    with app.app_context():
        assert row.sealed
        assert b'"language": "ur"' in worker_key.open_as_worker(row.sealed, row.id.bytes)
    answer(officer, "Hello.")
    time_passes(app)
    assert work(app) == 1


def test_at_most_one_mail_a_day_and_three_until_the_reporter_looks(
    app: Flask,
    resident: Resident,
    officer: Officer,
    mail_server: MailServer,
) -> None:
    digits = send_report(resident)
    come_back(resident, digits)
    leave(resident)
    answer(officer, "One.")
    time_passes(app)
    assert work(app) == 1
    answer(officer, "Two.")
    assert work(app) == 0
    (row,) = rows(app)
    assert row.due_at
    assert row.due_at > utcnow()
    assert row.due_at.date() > today()
    for number in (2, 3):
        time_passes(app, days=1)
        assert work(app) == 1, number
        time_passes(app, days=1)
        answer(officer, f"Again {number}.")
    time_passes(app, days=1)
    assert work(app) == 0
    resident.get("/return/report")
    answer(officer, "You looked.")
    time_passes(app)
    assert work(app) == 1
    assert len(mail_server.mails) == 4


def test_who_reads_the_news_first_gets_no_mail(
    app: Flask,
    resident: Resident,
    officer: Officer,
    mail_server: MailServer,
) -> None:
    come_back(resident, send_report(resident))
    leave(resident)
    answer(officer, "Here is news.")
    resident.get("/return/report")
    resident.see("Here is news.")
    time_passes(app)
    assert work(app) == 0
    assert mail_server.mails == []


def test_a_refusal_to_delete_and_a_new_state_are_news(app: Flask, resident: Resident, officer: Officer) -> None:
    come_back(resident, send_report(resident))
    leave(resident)
    resident.get("/return/ending")
    press(resident, "/return/delete")
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert found
    officer.get(found[0])
    resident.get("/return/report")
    assert rows(app)[0].due_at is None
    officer.post(f"{found[0]}/refuse-deletion", reason="at_risk")
    assert rows(app)[0].due_at
    resident.get("/return/report")
    officer.get(found[0])
    close_report(officer, found[0])
    assert rows(app)[0].due_at
    assert rows(app)[0].delete_on


def test_a_referral_and_what_its_agency_says_are_news(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    landlord = open_agency(app, hire)
    come_back(resident, send_report(resident, more={"consent": {"partner_landlord": "what"}}))
    leave(resident)
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert found
    officer.get(found[0])
    resident.get("/return/report")
    assert rows(app)[0].due_at is None
    where = refer(officer, found[0], "landlord", "portal")
    assert rows(app)[0].due_at
    for act in ("accepted", "answered", "ended"):
        resident.get("/return/report")
        assert rows(app)[0].due_at is None
        landlord.get(f"/staff/referred/{given_id(where)}")
        landlord.post(f"/staff/referred/{given_id(where)}", act=act, message="We look.")
        assert rows(app)[0].due_at, act


def test_one_press_takes_it_out_even_from_a_database_that_is_put_back(app: Flask, resident: Resident) -> None:
    come_back(resident, send_report(resident))
    leave(resident)
    (row,) = rows(app)
    copy = {column.key: getattr(row, column.key) for column in Nudge.__table__.columns}
    resident.get("/return/nudge")
    resident.post("/return/nudge", take_out="y")
    assert rows(app) == []
    with app.app_context():
        with transaction() as db:
            db.add(Nudge(**copy))
        deletions.reapply_deletions()
    assert rows(app) == []


def test_an_address_that_is_taken_out_and_left_again_brings_no_second_mail_that_day(
    app: Flask,
    resident: Resident,
    officer: Officer,
    mail_server: MailServer,
) -> None:
    come_back(resident, send_report(resident))
    leave(resident)
    answer(officer, "One.")
    time_passes(app)
    assert work(app) == 1
    for _time in range(2):
        resident.get("/return/nudge")
        resident.post("/return/nudge", take_out="y")
        (kept,) = rows(app)
        assert (kept.sealed, kept.due_at, kept.sent_unread) == (b"", None, 0)
        resident.get("/return/report")
        resident.not_see("Take it out", "refused")
        answer(officer, "While nothing is left.")
        assert rows(app)[0].due_at is None
        leave(resident)
    answer(officer, "Two.")
    (row,) = rows(app)
    assert row.due_at
    assert row.due_at.date() > today()
    assert work(app) == 0
    # Without an address nothing of it outlives the day.
    resident.get("/return/nudge")
    resident.post("/return/nudge", take_out="y")
    with app.app_context():
        assert nudges.delete_due_nudges() == 0
        with transaction() as db:
            row = db.scalars(select(Nudge)).one()
            assert row.delete_on == today() + timedelta(days=1)
            row.delete_on = today()
        assert nudges.delete_due_nudges() == 1
    assert rows(app) == []
    assert len(mail_server.mails) == 1


def test_a_translation_of_what_an_officer_wrote_is_news_until_the_reporter_looks(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    come_back(resident, send_report(resident, language="ur"))
    leave(resident)
    answer(officer, "We spoke to the landlord.")
    resident.get("/return/report")
    assert rows(app)[0].due_at is None
    officer.get(officer.path)
    first_words, *messages = re.findall(r"/staff/reports/[0-9a-f-]+/translate/[0-9a-f-]+", officer.page)
    officer.get(first_words)
    officer.post(first_words, translation="Read by officers only.", language="en")
    assert rows(app)[0].due_at is None
    officer.get(messages[-1])
    officer.post(messages[-1], translation="ہم نے مالک مکان سے بات کی۔", language="ur")
    assert rows(app)[0].due_at
    resident.get("/return/report")
    assert rows(app)[0].due_at is None


@pytest.mark.same_on_both
def test_it_goes_with_a_report_that_is_taken_back_or_deleted(app: Flask, resident: Resident) -> None:
    come_back(resident, send_report(resident))
    leave(resident)
    resident.get("/return/ending")
    press(resident, "/return/withdraw")
    assert rows(app) == []
    assert resident.get("/return/nudge").location == "/return/report"
    come_back(resident, send_report(resident))
    leave(resident)
    (row,) = rows(app)
    with app.app_context():
        deletions.delete_report(row.report_id)
    assert rows(app) == []


@pytest.mark.same_on_both
def test_months_after_closing_it_is_deleted(app: Flask, resident: Resident) -> None:
    come_back(resident, send_report(resident))
    leave(resident)
    with app.app_context():
        assert nudges.delete_due_nudges() == 0
        with transaction() as db:
            db.scalars(select(Nudge)).one().delete_on = today()
        assert nudges.delete_due_nudges() == 1
    assert rows(app) == []


def test_an_address_that_is_refused_for_good_is_deleted_and_the_reporter_is_told(
    app: Flask,
    resident: Resident,
    officer: Officer,
    mail_server: MailServer,
) -> None:
    come_back(resident, send_report(resident))
    leave(resident)
    answer(officer, "Hello.")
    time_passes(app)
    mail_server.says["RCPT"] = "550 5.1.1 nobody of that name"
    assert work(app) == 0
    assert rows(app)[0].sealed is None
    resident.get("/return/report")
    resident.see("Your address did not work. We deleted it.")
    resident.get("/return/nudge")
    resident.post("/return/nudge", take_out="y")
    resident.get("/return/report")
    resident.not_see("did not work")


@pytest.mark.parametrize(
    ("word", "says"),
    [("RCPT", "451 4.7.1 greylisted, come again"), ("EHLO", "hang up"), ("BODY", "554 not these words")],
)
def test_what_cannot_be_sent_now_is_sent_later_and_once(
    app: Flask,
    resident: Resident,
    officer: Officer,
    mail_server: MailServer,
    word: str,
    says: str,
) -> None:
    come_back(resident, send_report(resident))
    leave(resident)
    answer(officer, "Hello.")
    time_passes(app)
    mail_server.says[word] = says
    assert work(app) == 0
    (row,) = rows(app)
    assert row.sealed
    assert row.due_at
    assert row.due_at > utcnow() + timedelta(minutes=10)
    mail_server.says.clear()
    time_passes(app)
    assert (work(app), work(app)) == (1, 0)


@pytest.mark.same_on_both
def test_an_address_that_is_always_put_off_stays_and_its_news_is_given_up(
    app: Flask,
    resident: Resident,
    officer: Officer,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nudges, "MOST_REFUSALS", 2)
    come_back(resident, send_report(resident))
    leave(resident)
    answer(officer, "Hello.")
    mail_server.says["RCPT"] = "452 mailbox full"
    for _turn in range(2):
        time_passes(app)
        assert work(app) == 0
    (row,) = rows(app)
    assert (row.due_at, row.refusals) == (None, 0)
    assert row.sealed


def test_a_nudge_that_was_claimed_is_not_claimed_again_at_once(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    come_back(resident, send_report(resident))
    leave(resident)
    answer(officer, "Hello.")
    time_passes(app)
    with app.app_context():
        assert nudges._claim()
        assert nudges._claim() is None


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "typed",
    [
        "", "nobody", "@mail.example", "a@b", "a@mail.example, b@mail.example", "a@mail.example b@mail.example",
        "a@mail.example\r\nBcc: b@mail.example", "a@mail.example%0d%0aBcc:b", "<a@mail.example>", "a..b@mail.example",
        "ü@mail.example", "a@[127.0.0.1]", "a@127.0.0.1", f"{'a' * 300}@mail.example", f"a@{'b' * 64}.example",
        "a@-mail.example", "a@mail..example", '"a b"@mail.example',
    ],
)  # fmt: skip
def test_what_is_no_single_address_is_not_taken_and_stays_in_the_box(
    app: Flask, resident: Resident, typed: str
) -> None:
    come_back(resident, send_report(resident))
    leave(resident, typed)
    resident.see("Write one email address, like name@example.com.")
    assert rows(app) == []


@pytest.mark.parametrize(
    ("typed", "usable"),
    [
        (" maria@mail.example ", "maria@mail.example"),
        ("m+k@Bücher.example", "m+k@xn--bcher-kva.example"),
        ("Ma.K@MAIL.example", "Ma.K@mail.example"),
    ],
)
def test_an_address_is_taken_as_mail_servers_know_it(typed: str, usable: str) -> None:
    assert nudges.usable_address(typed) == usable


@given(st.text(max_size=60).map(lambda text: text + "@mail.example") | st.text(max_size=300) | st.emails())
def test_whatever_is_typed_what_is_taken_is_one_line_and_one_address(typed: str) -> None:
    usable = nudges.usable_address(typed)
    if usable is not None:
        assert usable.isascii()
        assert usable.isprintable()
        assert Address(addr_spec=usable).addr_spec == usable


@pytest.mark.same_on_both
def test_changing_it_again_and_again_has_a_limit(
    app: Flask, resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.reporting.pages.nudge.MAX_CHANGES_PER_HOUR", 1)
    come_back(resident, send_report(resident))
    leave(resident)
    before = rows(app)[0].id
    leave(resident, "other@mail.example")
    resident.see("The address was changed too often.")
    assert rows(app)[0].id == before


def test_another_address_is_no_way_to_more_mail_in_a_day(
    app: Flask,
    resident: Resident,
    officer: Officer,
    mail_server: MailServer,
) -> None:
    come_back(resident, send_report(resident))
    leave(resident)
    answer(officer, "One.")
    time_passes(app)
    assert work(app) == 1
    leave(resident, "other@mail.example")
    answer(officer, "Two.")
    row = rows(app)[0]
    assert row.due_at
    assert row.due_at.date() > today()


@pytest.mark.same_on_both
def test_a_change_of_language_keeps_what_was_typed(app: Flask, resident: Resident) -> None:
    come_back(resident, send_report(resident))
    resident.get("/return/nudge")
    resident.post("/return/nudge", address="half@", switch="pl")
    resident.get("/pl/return/nudge")
    assert 'value="half@"' in resident.page


@pytest.mark.same_on_both
@pytest.mark.parametrize("lacking", ["smtp_url", "nudge_from", "worker"])
def test_where_it_cannot_be_done_it_is_not_offered(
    app: Flask, resident: Resident, lacking: str, tmp_path: Path
) -> None:
    if lacking == "worker":
        (app.extensions["settings"].data / "secrets" / "worker.public").unlink()
    else:
        object.__setattr__(app.extensions["settings"], lacking, "")
    come_back(resident, send_report(resident))
    resident.not_see("email when there is news")
    assert resident.get("/return/nudge").location == "/return/report"


def test_an_address_that_no_worker_can_open_any_more_is_asked_for_again(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    come_back(resident, send_report(resident))
    leave(resident)
    (app.extensions["settings"].data / "secrets" / "worker").unlink()
    with app.app_context():
        worker_key.prepare()
    answer(officer, "Hello.")
    time_passes(app)
    assert work(app) == 0
    resident.get("/return/report")
    resident.see("Your address did not work.")


@pytest.mark.dear
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_in_a_browser_an_address_is_left_and_taken_out(
    app: Flask, resident: Resident, browse: Browse, axe: Callable[..., list[str]], javascript: bool
) -> None:
    digits = send_report(resident)
    page = browse("/return", javascript=javascript)
    page.fill("[name=receipt]", digits)
    page.press("[name=receipt]", "Enter")
    with page.expect_navigation():
        page.get_by_role("link", name="Read first if it is safe for you").click()
    if javascript:
        assert axe(page) == []
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_role("button", name="Leave this address").click()
    with page.expect_navigation():
        page.get_by_role("link", name="Change it or take it out").click()
    if javascript:
        assert axe(page) == []
    page.get_by_role("button", name="Take my address out").click()
    expect(page.get_by_role("link", name="Read first if it is safe for you")).to_be_visible()
    assert rows(app) == []
