"""How a reporter may be reached: asked kindly, sealed apart, shown when asked for, gone in time; and whom they let us tell."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.audit import Action, AuditEntry
from portal.db import session, today, transaction
from portal.outbox import OutboxMail
from portal.reporting import case, contacts, deletions
from portal.reporting.count_models import ReportCount
from portal.reporting.models import Report, ReportContact, ReportPart
from portal.reporting.questions.contact import SEALED_APART
from portal.server import worker
from portal.vault import keyholders, rotation
from portal.vault.keyholders import Grant
from tests.support.closing import close_report
from tests.support.people import Fields, Officer, Resident
from tests.support.sending import NARRATIVE, WITH_CONTACT, send_report
from tests.test_deletions import come_back, press
from tests.test_questions import at

HIDDEN = ("Maryam", "07700 900123", "maryam@mail.test")
RULES = ("Text message", "Email", "weekdays after nine", "my brother", "Urdu", "An interpreter", "Large print")
CONTACT = "/report/20"


def open_report(officer: Officer) -> str:
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert found
    officer.get(found[0])
    return found[0]


def kept(app: Flask) -> tuple[int, int]:
    """How many contacts there are, and how many sealed keys in all."""
    with app.app_context():
        count = [session.scalar(select(func.count()).select_from(model)) or 0 for model in (ReportContact, Grant)]
    return count[0], count[1]


def test_an_officer_reads_how_contact_is_safe_and_the_number_only_after_asking(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    digits = send_report(resident, more=WITH_CONTACT)
    address = open_report(officer)
    officer.see("NOT safe: leave no message", *RULES, "Show contact details")
    officer.not_see(*HIDDEN)
    assert not any(hidden in officer.page for hidden in HIDDEN)
    assert officer.get(f"{address}/contact").status_code == 405
    officer.get(address)
    officer.post(f"{address}/contact")
    officer.see(*HIDDEN, *RULES, "NOT safe: leave no message")
    officer.get(address)
    officer.see("looked at the contact details")
    with app.app_context():
        (shown,) = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.SHOWED_CONTACT))
        assert shown.subject in address
    come_back(resident, digits)
    resident.see("We may also contact you in the way you told us.")
    assert not any(hidden in resident.page for hidden in (*HIDDEN, "my brother"))


@pytest.mark.same_on_both
def test_another_teams_officer_sees_nothing_of_it(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    send_report(resident, more=WITH_CONTACT)
    address = open_report(officer)
    other = hire("other", teams=("hate_team",))
    other.sign_in()
    other.unlock()
    other.get("/staff/reports")
    # The foot of every page has a link to it in large print.
    shown = other.page.replace(">Large print<", "")
    assert not any(hidden in shown for hidden in (*HIDDEN, *RULES))
    assert other.post(f"{address}/contact").status_code == 404
    with app.app_context():
        assert not session.scalars(select(AuditEntry).where(AuditEntry.action == Action.SHOWED_CONTACT)).all()


@pytest.mark.same_on_both
def test_without_contact_a_report_looks_as_before(app: Flask, resident: Resident, officer: Officer) -> None:
    digits = send_report(resident, more={"contact": {"reach": "website", "written_phone": "07700 900123"}})
    open_report(officer)
    officer.see("Anonymous: write only through the message page.", "They did not choose anyone.")
    officer.not_see("Show contact details", "leave no message", "07700")
    come_back(resident, digits)
    resident.not_see("contact you", "Take out my contact details")
    assert resident.get("/return/contact").location == "/return/report"
    assert kept(app)[0] == 0


def test_taken_out_by_the_reporter_it_is_gone_with_its_key_even_from_a_database_put_back(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    come_back(resident, send_report(resident, more=WITH_CONTACT))
    there, keys = kept(app)
    with app.app_context():
        row = session.scalars(select(ReportContact)).one()
        copy = {column.key: getattr(row, column.key) for column in ReportContact.__table__.columns}
    resident.get("/return/contact")
    resident.see("You cannot undo this.")
    press(resident, "/return/contact")
    resident.not_see("We may also contact you")
    assert kept(app) == (there - 1, keys - 1) == (0, 2)
    address = open_report(officer)
    officer.see("Anonymous: write only", "What happened, without my name or contact details")
    officer.not_see("What happened, and how to reach me")
    assert officer.post(f"{address}/contact").location == address
    with app.app_context():
        with transaction() as db:
            db.add(ReportContact(**copy))
        deletions.reapply_deletions()
    assert kept(app) == (0, 2)


@pytest.mark.same_on_both
def test_taking_the_report_back_deletes_it_at_once(app: Flask, resident: Resident) -> None:
    come_back(resident, send_report(resident, more=WITH_CONTACT))
    resident.get("/return/ending")
    resident.see("If you told us how to contact you, we delete that at once.")
    press(resident, "/return/withdraw")
    assert kept(app) == (0, 2)


def test_deleting_the_report_deletes_it_and_before_that_nobody_is_shown_it(
    app: Flask, resident: Resident, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_back(resident, send_report(resident, more=WITH_CONTACT))
    address = open_report(officer)
    resident.get("/return/ending")
    press(resident, "/return/delete")
    assert officer.post(f"{address}/contact").location == address
    assert kept(app) == (1, 3)
    monkeypatch.setattr(deletions, "today", lambda: today() + deletions.DELETED_AFTER)
    with app.app_context():
        assert deletions.delete_due_reports() == 1
    assert kept(app) == (0, 0)


def test_it_lives_twelve_months_after_closing_and_opening_again_keeps_it(
    app: Flask, resident: Resident, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_report(resident, more=WITH_CONTACT)
    address = open_report(officer)
    day = today()

    def delete_on() -> date | None:
        with app.app_context():
            return session.scalars(select(ReportContact.delete_on)).one()

    assert delete_on() is None
    for is_closed in (True, False, True):
        officer.get(address)
        if is_closed:
            close_report(officer, address)
        else:
            officer.post(f"{address}/reopen", written_why="It goes on.")
        assert delete_on() == (date(day.year + 1, day.month, min(day.day, 28)) if is_closed else None)
    for days, there in ((360, 1), (367, 0)):
        monkeypatch.setattr(contacts, "today", lambda days=days: day + timedelta(days=days))
        with app.app_context():
            contacts.delete_due_contacts()
        assert kept(app)[0] == there
    assert kept(app) == (0, 2)
    officer.get(address)
    officer.see(NARRATIVE)


@pytest.mark.parametrize(
    ("months", "ends"), [(1, date(2027, 2, 28)), (12, date(2028, 1, 28)), (23, date(2028, 12, 28))]
)
def test_months_are_never_counted_too_long(months: int, ends: date) -> None:
    assert contacts._months_after(date(2027, 1, 31), months) == ends


def test_a_change_of_the_teams_key_covers_it(
    app: Flask, recovery_key: str, resident: Resident, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "SETTLE", 0)
    send_report(resident, more=WITH_CONTACT)
    with app.app_context():
        assert list(rotation.rotate("asb_team", recovery_key))[-1].startswith("3 sealed keys were changed")
    address = open_report(officer)
    officer.post(f"{address}/contact")
    officer.see(*HIDDEN)


@pytest.mark.same_on_both
def test_a_damaged_contact_does_not_hide_the_report(app: Flask, resident: Resident, officer: Officer) -> None:
    send_report(resident, more=WITH_CONTACT)
    with app.app_context(), transaction() as db:
        row = db.scalars(select(ReportContact)).one()
        row.sealed = row.sealed[:-1] + bytes([row.sealed[-1] ^ 1])
    open_report(officer)
    officer.see(NARRATIVE, "How to contact them cannot be read")
    officer.not_see("Show contact details")


@pytest.mark.same_on_both
def test_nothing_of_it_is_counted_or_sealed_with_the_report_and_its_length_tells_nothing(
    app: Flask, resident: Resident, recovery_key: str
) -> None:
    long = {"contact": WITH_CONTACT["contact"] | {"ways": ["call", "letter"], "written_address": "ڈ" * 200}}
    for more in (WITH_CONTACT, long, {}):
        send_report(resident, more=more)
    with app.app_context():
        assert {row.question for row in session.scalars(select(ReportCount))} == {
            "kind",
            "asb_type",
            "language",
            "source",
        }
        assert session.scalar(select(func.count()).select_from(ReportContact)) == 2
        assert len({len(sealed) for sealed in session.scalars(select(ReportContact.sealed))}) == 1
        of_a_part = session.execute(select(ReportPart.part, ReportPart.sealed))
        lengths = {(part, len(sealed)) for part, sealed in of_a_part}
        assert len(lengths) == len({part for part, _length in lengths}) == 6
        held = keyholders.open_recovery(recovery_key)
        for report_id in session.scalars(select(Report.id)).all():
            found = case.find_report(report_id, held)
            assert found
            assert not SEALED_APART & found.answers.keys()
    assert "report_contact" in worker.KEYS_OF_ORDERED_TABLES


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"written_phone": "07700 900123"}, "Choose how we may reach you."),
        ({"reach": "contact"}, "Choose how we may contact you."),
        ({"reach": "contact", "ways": ["text"]}, "Write the phone number, or untick calls and text messages."),
        ({"reach": "contact", "ways": ["email"], "written_phone": "1"}, "Write the email address, or untick email."),
        ({"reach": "contact", "ways": ["pigeon"], "written_phone": "1"}, "Choose from the answers on this page."),
        ({"reach": "contact", "ways": ["letter"]}, "Write the postal address, or untick letters."),
    ],
)
def test_a_way_without_a_number_has_its_sentence(resident: Resident, typed: Fields, says: str) -> None:
    at(resident, 20)
    resident.post(CONTACT, typed)
    resident.see(says)
    resident.post(CONTACT, skip="1")
    resident.follow()
    assert resident.path == "/report/check"


@pytest.mark.same_on_both
def test_what_looks_wrong_is_asked_about_once_and_then_taken(resident: Resident) -> None:
    at(resident, 20)
    typed = {"reach": "contact", "ways": ["call", "email"], "written_phone": "12 34", "written_email": "maryam at mail"}
    resident.post(CONTACT, typed)
    resident.see("Check the phone number. If it is right, press Continue again.", "Check the email address.")
    assert 'value="12 34"' in resident.page
    assert 'value="maryam at mail"' in resident.page
    resident.post(CONTACT, typed)
    resident.follow()
    assert resident.path == "/report/21"
    resident.see("What should we know before we contact you?")
    resident.get("/report/check")
    resident.see("12 34", "maryam at mail")


@pytest.mark.same_on_both
def test_the_check_page_says_of_each_partner_what_it_gets(resident: Resident, officer: Officer, app: Flask) -> None:
    at(resident, 20)
    resident.post(CONTACT, WITH_CONTACT["contact"])
    resident.get("/report/22")
    resident.see("Whom may we tell?", "If someone may be badly hurt, we must tell the police.")
    resident.post(
        "/report/22",
        {"partner_police": "what", "partner_landlord": "nothing", "partner_victims-first": "how"},
    )
    resident.follow()
    nothing_yet = "Milton Keynes City Council anti-social behaviour team: nothing yet."
    resident.see(
        "Police: what happened, without your name or contact details. But if someone may be badly hurt",
        "Your landlord (council or housing association): nothing.",
        "Victims First (free support): what happened, and how to reach you.",
        nothing_yet,
        "Anyone else: nothing.",
    )
    resident.get("/report/20?change=1")
    resident.post("/report/20?change=1", reach="website")
    resident.follow()
    resident.see("Victims First (free support): what happened, without your name or contact details.")
    resident.post("/report/check")
    open_report(officer)
    officer.see("Victims First (free support)", "What happened, without my name or contact details")
    officer.see("Version of the words: 2")
    officer.not_see("the reporter has not agreed that any partner is told", "and how to reach me")


@pytest.mark.same_on_both
def test_danger_comes_before_what_was_agreed_and_only_who_may_be_reached_is_asked_how(resident: Resident) -> None:
    at(resident, 7)
    resident.post("/report/7", risk="yes")
    resident.get("/report/21")
    assert 'value="how"' not in resident.page
    resident.post("/report/21", {"partner_police": "how"})
    resident.see("Choose one of the answers on this page.")
    resident.post("/report/21", {"partner_police": "nothing"})
    resident.follow()
    resident.see("Police: you told us that someone may be badly hurt. We must tell them.")


@pytest.mark.same_on_both
def test_someone_under_18_reads_that_they_need_no_parent_and_it_is_no_alarm(app: Flask, resident: Resident) -> None:
    at(resident, 9)
    resident.post("/report/9", who="me", under_18="yes")
    resident.follow()
    resident.see("you can report here without your parents", "Childline", "0800 1111")
    resident.get("/report/6")
    resident.not_see("without your parents")
    resident.get("/report/check")
    resident.see("you can report here without your parents")
    resident.not_see("Call 999 now")
    resident.post("/report/check")
    with app.app_context():
        assert not session.scalars(select(Report)).one().immediate_risk
        assert session.scalars(select(OutboxMail)).all() == []
