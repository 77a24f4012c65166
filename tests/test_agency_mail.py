"""A partner agency hears by mail that something waits for it: no word of what, and at most once each working morning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from portal import outbox
from portal.db import session, today, transaction, utcnow
from portal.outbox import Letter, OutboxMail
from portal.reporting import agency_mail
from portal.reporting.referral_models import Referral
from portal.server import health
from tests.support.closing import close_report
from tests.support.people import Officer, Resident
from tests.support.referring import fill, given_id, open_agency, refer
from tests.support.sending import NARRATIVE, send_report
from tests.test_closing import at_report, come_back
from tests.test_outbox import MailServer, mail_server, send_due_mail
from tests.test_partners import choose
from tests.test_unfinished import part

__all__ = ["mail_server"]

DESK = "desk@landlord.north.example"
AGENCY = '[[agencies]]\ncode = "landlord"\n'
AGREED = {"consent": {"partner_landlord": "what", "partner_police": "what"}}
UNMAILED = "They get no email that something waits. Tell them yourself."


@pytest.fixture
def bare_app(make_app: Callable[..., Flask], mail_server: MailServer, tmp_path: Path) -> Flask:
    """The app with a mail server, and an address of the landlord and of nobody else."""
    make_app()
    file = tmp_path / "data" / "partnership.toml"
    text = file.read_text("utf-8").replace(AGENCY, f'{AGENCY}mail = "{DESK}"\n')
    file.write_text(text.replace('duty_address = ""', 'duty_address = "duty@north.example"'), "utf-8")
    return make_app(smtp_url=mail_server.url)


@pytest.fixture
def landlord(app: Flask, hire: Callable[..., Officer]) -> Officer:
    return open_agency(app, hire)


def morning_comes(app: Flask) -> int:
    """How many mails go when what waits for the next working morning is due."""
    with app.app_context(), transaction() as db:
        db.execute(update(OutboxMail).values(due_at=utcnow() - timedelta(seconds=1)))
    return send_due_mail(app)


def waiting(app: Flask) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).where(OutboxMail.letter == Letter.REFERRED)) or 0


def be_late(app: Flask) -> None:
    with app.app_context(), transaction() as db:
        db.execute(update(Referral).values(answer_due_on=today() - timedelta(days=1)))


def remind(app: Flask) -> None:
    with app.app_context():
        agency_mail.remind_of_late()


def test_what_is_referred_is_mailed_on_a_working_morning_with_no_word_of_what(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer, mail_server: MailServer
) -> None:
    send_report(resident, more=AGREED)
    at = at_report(officer)
    fill(officer, at, "landlord", "portal")
    officer.see("They get an email on the next working morning that something waits, with no word of what.")
    where = refer(officer, at, "landlord", "portal", has_words="y", narrative=NARRATIVE, message="A visit, please.")
    officer.not_see(UNMAILED)
    with app.app_context():
        (mail,) = session.scalars(select(OutboxMail))
        assert mail.due_at == outbox.next_morning(utcnow())
    assert send_due_mail(app) == 0
    assert morning_comes(app) == 1
    (sent,) = mail_server.mails
    assert f"RCPT TO:<{DESK}>" in mail_server.heard
    assert sent["To"] == DESK
    assert sent["Subject"] == "Something waits for you"
    body = sent.get_content()
    address = f"{app.extensions['settings'].public_url}/staff/"
    assert body.splitlines()[0] == f"Something waits for you. Sign in: {address}"
    for word in ("referral", "refer", "report", "landlord", "hate", "Anti", "gate", "visit", given_id(where)):
        assert word.casefold() not in (sent["Subject"] + body).casefold()
    assert waiting(app) == 0
    assert morning_comes(app) == 0
    landlord.get("/staff/")
    landlord.follow()
    landlord.see("Referred to you")


def test_many_referrals_and_words_make_one_mail_of_a_morning(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer, mail_server: MailServer
) -> None:
    for number in range(2):
        send_report(Resident(app.test_client()), address=f"10.0.0.{number + 1}", more=AGREED)
    officer.get("/staff/reports")
    for at in sorted({line.split('"')[0] for line in officer.page.split('href="')[1:] if "/staff/reports/" in line}):
        if len(at) == len("/staff/reports/") + 36:
            where = refer(officer, at, "landlord", "portal")
    officer.get(where)
    officer.post(where, write="yes", narrative="Please ring me.")
    assert waiting(app) == 1
    assert morning_comes(app) == 1


def test_an_officer_writes_to_a_partner_who_reads_it_here_and_answers(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer, mail_server: MailServer
) -> None:
    digits = send_report(resident, more=AGREED)
    at = at_report(officer)
    where = refer(officer, at, "landlord", "portal")
    theirs = f"/staff/referred/{given_id(where)}"
    landlord.get("/staff/referred")
    assert waiting(app) == 0, "whoever has looked needs no mail"
    officer.get(where)
    officer.post(where, write="yes", narrative=" ")
    officer.see("There is a problem", "Write what you want to say to them.")
    officer.post(where, write="yes", narrative="Have you been there?")
    officer.follow()
    officer.see("We wrote to them", "Have you been there?")
    assert waiting(app) == 1
    landlord.get(theirs)
    landlord.see("An officer wrote to you", "Have you been there?")
    landlord.post(theirs, act="answered", message="On Tuesday.")
    officer.get(where)
    officer.see("On Tuesday.", "Answered")
    officer.get(at)
    officer.see("wrote to a partner")
    come_back(resident, digits)
    resident.not_see("Have you been there?")


@pytest.mark.dear
def test_pressed_twice_it_is_written_once_and_room_is_left_for_an_answer(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer
) -> None:
    send_report(resident, more=AGREED)
    at = at_report(officer)
    where = refer(officer, at, "landlord", "portal")
    officer.get(where)
    fields = officer._hidden(where) | {"write": "yes", "narrative": "Have you been there?"}
    for _ in range(2):
        assert officer.client.post(where, data=fields).location == where
    officer.get(where)
    assert officer.text.count("Have you been there?") == 1
    for number in range(14):
        officer.get(where)
        officer.post(where, write="yes", narrative=f"Number {number}")
    officer.get(where)
    officer.not_see("Say no more of the reporter than they know.")
    officer.post(where, write="yes", narrative="One more")
    officer.see("This was not sent", "One more", "Copy it if you need it.")
    theirs = f"/staff/referred/{given_id(where)}"
    landlord.get(theirs)
    landlord.post(theirs, act="declined", message="We cannot come.")
    officer.get(where)
    officer.see("Declined", "We cannot come.")


def test_a_late_answer_is_mailed_each_morning_until_it_comes(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer, mail_server: MailServer
) -> None:
    send_report(resident, more=AGREED)
    where = refer(officer, at_report(officer), "landlord", "portal")
    landlord.get("/staff/referred")
    remind(app)
    assert waiting(app) == 0, "it is not late yet"
    be_late(app)
    for _ in range(2):
        remind(app)
        remind(app)
        assert waiting(app) == 1
        assert morning_comes(app) == 1
    theirs = f"/staff/referred/{given_id(where)}"
    landlord.get(theirs)
    landlord.post(theirs, act="accepted")
    remind(app)
    assert waiting(app) == 0
    assert len(mail_server.mails) == 2


def test_what_was_ended_is_mailed_so_that_they_stop(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer
) -> None:
    come_back(resident, send_report(resident, more=AGREED))
    at = at_report(officer)
    refer(officer, at, "landlord", "portal")
    landlord.get("/staff/referred")
    choose(resident, partner_landlord="nothing", partner_police="what")
    assert waiting(app) == 1
    landlord.get("/staff/referred")
    choose(resident, partner_landlord="what", partner_police="what")
    again = refer(officer, at, "landlord", "portal")
    landlord.get("/staff/referred")
    close_report(officer, at, part(again, "ends") | {"answered": "y"})
    assert waiting(app) == 1
    assert morning_comes(app) == 1


def test_where_there_is_no_address_nothing_is_sent_and_the_officer_reads_so(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer], mail_server: MailServer
) -> None:
    open_agency(app, hire, "police")
    send_report(resident, more=AGREED)
    at = at_report(officer)
    fill(officer, at, "police", "portal")
    officer.see(UNMAILED)
    refer(officer, at, "police", "portal")
    officer.see(UNMAILED, "To change that, set their address in the partnership file.")
    be_late(app)
    remind(app)
    assert waiting(app) == 0
    assert morning_comes(app) == 0
    assert mail_server.mails == []


def test_what_is_told_on_paper_is_not_mailed(app: Flask, resident: Resident, officer: Officer) -> None:
    send_report(resident, more=AGREED)
    where = refer(officer, at_report(officer), "landlord", "telephone")
    officer.not_see(UNMAILED, "Write to this partner")
    be_late(app)
    remind(app)
    officer.post(where, write="yes", narrative="Have you been there?")
    officer.see("This was not sent")
    assert waiting(app) == 0


def test_an_address_that_fails_is_said_to_the_operator_and_one_that_was_taken_out_is_forgotten(
    app: Flask, resident: Resident, officer: Officer, landlord: Officer, mail_server: MailServer, tmp_path: Path,
    make_app: Callable[..., Flask],
) -> None:  # fmt: skip
    send_report(resident, more=AGREED)
    refer(officer, at_report(officer), "landlord", "portal")
    mail_server.says = {"RCPT": "550 nobody here"}
    assert morning_comes(app) == 0
    with app.app_context():
        found = health.problems()
        assert "Mails to partner agencies that could not be mailed: 1 (not_accepted)." in found
    officer.get("/staff/reports")
    officer.not_see("could not be mailed to the duty address")
    file = tmp_path / "data" / "partnership.toml"
    file.write_text(file.read_text("utf-8").replace(f'mail = "{DESK}"\n', ""), "utf-8")
    morning_comes(make_app(smtp_url=mail_server.url))
    assert waiting(app) == 0
    assert mail_server.mails == []
