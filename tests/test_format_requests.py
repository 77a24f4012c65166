"""Asking for another format, an interpreter or BSL: sealed, with a receipt, answered by an officer, counted with no incident."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import func, select, text, update

from portal.db import session, today, transaction
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after
from portal.reporting import deletions
from portal.reporting.count_models import ReportCount
from portal.reporting.models import DeletionRequest, Kind, Report, ReportContact, State
from portal.vault.drafts import SealedDraft
from tests.support.browsers import Browse
from tests.support.people import Officer, Resident
from tests.support.sending import receipt_block
from tests.support.walking import Walk

pytestmark = pytest.mark.same_on_both

WORDS = "The leaflet on fly-tipping, please. I read the lower dots only."


def ask(resident: Resident, **reach: object) -> str:
    """Ask for Braille, say that the number is saved; gives its digits."""
    resident.get("/ask")
    resident.post("/ask")
    resident.get("/ask/1")
    resident.post(
        "/ask/1", formats=["braille", "interpreter"], written_format_words=WORDS, written_format_language="Tamil"
    )
    resident.get("/ask/2")
    resident.post("/ask/2", **reach)
    resident.get("/ask/sent")
    digits = "".join(re.findall(r"\d{4}", receipt_block(resident.page)))
    resident.post("/ask/sent")
    return digits


def open_request(resident: Resident, digits: str) -> None:
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.get("/return/report")


def test_a_request_is_sealed_counted_with_nothing_and_read_and_answered_by_an_officer(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    digits = ask(resident, reach="contact", ways=["letter"], written_address="Flat 4, Lakeside")
    with app.app_context():
        report = session.scalars(select(Report)).one()
        assert (report.kind, report.state, report.immediate_risk) == (Kind.REQUEST, State.NEW, False)
        assert session.scalar(select(func.count()).select_from(ReportCount)) == 0
        assert session.scalar(select(func.count()).select_from(ReportContact)) == 1
        report_id = report.id
    officer.get("/staff/reports?view=all")
    officer.get("/staff/reports")
    officer.see("Request: format or interpreter")
    officer.get(f"/staff/reports/{report_id}")
    officer.see("Braille", "An interpreter for a spoken language", WORDS, "Tamil")
    assert "What happened" not in officer.text
    assert "Not answered" not in officer.text.split("Messages")[0]
    assert "Flat 4" not in officer.page
    officer.post(f"/staff/reports/{report_id}", message="It is printed on Friday.", language="en")
    open_request(resident, digits)
    resident.see("Your request", "It is printed on Friday.", "What you asked for is ready, or we tell you here when")
    assert "Take back" not in resident.text


def test_nothing_that_was_asked_for_lies_in_the_clear_and_no_address_tells_it(app: Flask, resident: Resident) -> None:
    ask(resident)
    with app.app_context():
        for table in ("report", "report_part", "draft", "report_count"):
            rows = session.execute(text(f"select * from {table}")).all()
            assert not any(word in repr(row) for row in rows for word in ("braille", "Braille", "dots", "Tamil"))


def test_the_times_that_are_told_are_those_of_the_partnerships_file(app: Flask, resident: Resident) -> None:
    with app.app_context():
        clocks, holidays = current_partnership().clocks, current_partnership().bank_holidays
    resident.get("/ask")
    resident.see(f"within {clocks.triage} working days", f"within {clocks.formats_ready} working days")
    resident.post("/ask")
    resident.get("/ask/1")
    resident.post("/ask/1", formats=["audio"])
    resident.get("/ask/2")
    resident.post("/ask/2")
    resident.get("/ask/sent")
    ready = working_days_after(today(), clocks.formats_ready, holidays)
    resident.see("Your request is sent", "only way back to your request", f"{ready.day} {ready:%B}")
    assert "your report" not in resident.text.lower()


def test_a_request_needs_something_and_keeps_what_was_typed(resident: Resident) -> None:
    resident.get("/ask")
    resident.post("/ask")
    resident.get("/ask/1")
    resident.post("/ask/1", written_format_language="Tamil")
    resident.see("Choose what you need, or write it in your own words.")
    assert 'value="Tamil"' in resident.page
    resident.post("/ask/1", written_format_words="x" * 4_001)
    assert "x" * 4_001 in resident.page
    resident.post("/ask/1", formats=["no-such-format"])
    assert resident.response.status_code == 400 or "govuk-error-summary" in resident.page
    assert resident.get("/ask/2").location == "/ask/1"
    resident.get("/ask/1")
    resident.post("/ask/1", written_format_words=WORDS, switch="ur")
    resident.get("/ur/ask/1")
    assert WORDS in resident.page


def test_a_request_that_is_sent_twice_is_one_and_begins_no_report(app: Flask, resident: Resident) -> None:
    resident.get("/report")
    resident.post("/report")
    resident.get("/report/1")
    resident.get("/ask")
    resident.post("/ask")
    resident.get("/ask/1")
    resident.post("/ask/1", formats=["audio"])
    resident.get("/ask/2")
    token = re.search(r'name="csrf_token" value="([^"]+)', resident.page)
    assert token
    for _ in range(3):
        assert resident.client.post("/ask/2", data={"csrf_token": token[1]}).location == "/ask/sent"
    assert resident.get("/report/1").status_code == 200
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Report)) == 1


def test_a_draft_that_has_ended_says_so_and_gives_back_what_was_typed(app: Flask, resident: Resident) -> None:
    resident.get("/ask")
    resident.post("/ask")
    resident.get("/ask/1")
    with app.app_context(), transaction() as db:
        db.execute(SealedDraft.__table__.delete())
    answer = resident.post("/ask/1", written_format_words=WORDS)
    assert answer.status_code == 410
    resident.see("Your request has been cleared", WORDS)
    assert resident.get("/ask/sent").status_code == 410


def test_leaving_forgets_a_request(app: Flask, resident: Resident) -> None:
    resident.get("/ask")
    resident.post("/ask")
    resident.client.post("/leave")
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(SealedDraft)) == 0


def test_a_request_is_deleted_with_its_contact_when_its_sender_asks(app: Flask, resident: Resident) -> None:
    digits = ask(resident, reach="contact", ways=["email"], written_email="maryam@mail.test")
    open_request(resident, digits)
    resident.get("/return/ending")
    resident.see("true of your request")
    resident.post("/return/delete")
    resident.get("/return/report")
    resident.see("You asked us to delete this request. We have stopped work on it.", "Keep my request")
    resident.not_see("this report")
    with app.app_context():
        with transaction() as db:
            db.execute(update(DeletionRequest).values(due_on=today()))
        assert deletions.delete_due_reports() == 1
        assert session.scalar(select(func.count()).select_from(Report)) == 0
        assert session.scalar(select(func.count()).select_from(ReportContact)) == 0


def test_a_closed_request_is_not_asked_whether_it_made_anyone_safer(app: Flask, resident: Resident) -> None:
    digits = ask(resident)
    with app.app_context(), transaction() as db:
        db.execute(update(Report).values(state=State.CLOSED))
    open_request(resident, digits)
    resident.see("We have finished with this request.")
    assert "Was it any help?" not in resident.text
    resident.post("/return/helped", listened="yes")
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(ReportCount)) == 0


@pytest.mark.dear
@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("language", "javascript"),
    [
        pytest.param("en", True, marks=pytest.mark.long),
        pytest.param("en", False, marks=pytest.mark.long),
        ("ur", True),
        ("ur", False),
    ],
)
def test_a_resident_asks_for_an_interpreter_and_comes_back(
    browse: Browse, app: Flask, axe: Callable[[Page], list[str]], language: str, javascript: bool
) -> None:
    prefix = "" if language == "en" else f"/{language}"
    page = browse(f"{prefix}/formats", javascript=javascript, viewport={"width": 320, "height": 640})
    walk = Walk(page, app, language)

    def look() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert not javascript or axe(page) == []

    walk.go("Ask here, without giving your name").at("/ask")
    look()
    walk.press("Begin").at("/ask/1")
    look()
    walk.press("Continue")
    page.locator(".govuk-error-summary").wait_for()
    look()
    walk.choose("An interpreter for a spoken language").choose("A meeting or an event")
    page.locator("#written_format_language").fill("Pashto")
    walk.press("Continue").at("/ask/2")
    look()
    walk.choose("Only on this website, with my receipt number").press("Send my request").at("/ask/sent")
    look()
    number = page.locator(".app-receipt__digits").first.inner_text()
    walk.press("I have saved the number").at("/ask/saved").go("Come back to your request").come_back(number)
    look()
    walk.see("Your request", "We have your request. An officer has not read it yet.")
    expect(page.locator("body")).not_to_contain_text("Pashto")
