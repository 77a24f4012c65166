"""The auditor's pages: each act of a case is found, as a sentence, and nothing else opens to an auditor."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import delete, func, select, update

from portal import audit, audit_reading
from portal.audit import Action, AuditEntry, AuditHead
from portal.audit_reading import Wanted
from portal.db import session, today, transaction, utcnow
from portal.reporting.models import Report
from portal.reporting.references import shown_reference
from portal.staff import account_changes
from portal.staff.audit_sentences import SENTENCES
from portal.staff.models import Role
from tests.support.browsers import Browse
from tests.support.people import Officer, Resident
from tests.support.sending import send_report
from tests.support.walking import follow


@pytest.fixture
def auditor(hire: Callable[..., Officer]) -> Officer:
    """Signed in; no team's key is theirs."""
    auditor = hire("edith", teams=(), roles=(Role.AUDITOR,))
    auditor.sign_in()
    return auditor


@pytest.fixture
def case(app: Flask, officer: Officer, resident: Resident) -> tuple[str, str]:
    """The id and the reference of a report that an officer opened, wrote about and changed."""
    send_report(resident)
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/([0-9a-f-]{36})", officer.page)
    assert found
    officer.get(found[0])
    officer.post(f"{found[0]}/read")
    officer.get(found[0])
    officer.post(f"{found[0]}/state", state="action")
    with app.app_context():
        reference = shown_reference(session.scalars(select(Report.reference)).one())
    return found[1], reference


def test_every_act_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Action)


def test_an_auditor_finds_each_act_of_a_case_by_its_reference_or_id(auditor: Officer, case: tuple[str, str]) -> None:
    report_id, reference = case
    for about in (reference, reference.lower().replace("-", " "), report_id, report_id.upper()):
        auditor.get("/staff/log", query_string={"about": about})
        auditor.see(f"All acts about {reference}", f"Sam opened report {reference}.", "Sam said that they read report")
        auditor.see(f"Sam changed the state of report {reference}.")
        auditor.not_see("Sam signed in.")
    auditor.get("/staff/log", query_string={"person": "Sam", "act": "changed_state"})
    auditor.see("changed the state of report")
    auditor.not_see("Sam opened report", "Sam unlocked")


def test_what_was_done_to_somebody_is_found_by_either_of_their_names(
    auditor: Officer, hire: Callable[..., Officer]
) -> None:
    hire("edith.lee")
    with auditor.client.application.app_context():
        account_changes.rename("edith.lee", "Edith Leigh")
    for about in ("edith.lee", "EDITH.LEE", "Edith Leigh"):
        auditor.get("/staff/log", query_string={"about": about})
        auditor.see("changed the name of the account edith.lee")


def test_an_auditor_opens_nothing_else_and_nobody_else_opens_the_log(
    auditor: Officer, officer: Officer, case: tuple[str, str]
) -> None:
    for path in (f"/staff/reports/{case[0]}", "/staff/reports", "/staff/events", "/staff/surveys", "/staff/equality"):
        assert auditor.get(path).status_code in {303, 403}
    auditor.get("/staff/")
    assert auditor.response is not None
    assert auditor.response.location == "/staff/log"
    assert officer.get("/staff/log").status_code == 403


def test_days_that_are_none_are_said_and_what_was_typed_stays(auditor: Officer) -> None:
    auditor.get("/staff/log", query_string={"first": "soon", "person": "sam"})
    auditor.see("Choose the day, or write it like 2026-11-30.")
    assert 'value="soon"' in auditor.page
    assert 'value="sam"' in auditor.page
    auditor.get("/staff/log", query_string={"first": "2026-11-02", "last": "2026-11-01"})
    auditor.see("The last day comes before the first.")
    hostile = ["9999-12-31", "0001-01-01", "2026-02-30", "x" * 5000, "\u202e\u200b\0", "%", "2026-11-01\n"]
    for typed in hostile:
        fields = dict.fromkeys(("first", "last", "person", "about", "act"), typed) | {"after": "9" * 30}
        assert auditor.get("/staff/log", query_string=fields).status_code == 200
        fields.pop("after")
        auditor.get("/staff/log")
        assert auditor.post("/staff/log/log.csv", fields).status_code in {200, 400}
    auditor.get("/staff/log")
    assert auditor.post("/staff/log/log.exe").status_code == 404


def test_what_an_auditor_typed_is_not_written_down_where_nothing_is_found(app: Flask, auditor: Officer) -> None:
    auditor.get("/staff/log", query_string={"about": "Maria Kowalska", "person": "her brother"})
    auditor.see("There are no acts like these in the log.")
    with app.app_context():
        assert "Maria" not in " ".join(session.scalars(select(AuditEntry.subject)))
        assert session.scalars(select(AuditEntry.subject).where(AuditEntry.action == Action.READ_LOG)).all()[-1] == (
            "nothing found"
        )


def test_a_file_holds_what_the_list_shows_and_is_recorded_first(
    app: Flask, auditor: Officer, case: tuple[str, str]
) -> None:
    with app.app_context(), transaction() as db:
        audit.record(db, "sam", Action.LISTED_REPORTS, "=HYPERLINK(1)")
    auditor.get("/staff/log")
    answer = auditor.post("/staff/log/log.csv", {"person": "sam"})
    text = answer.get_data(as_text=True)
    assert "'=HYPERLINK(1)" in text
    assert "edith" not in text
    auditor.get("/staff/log")
    lines = auditor.post("/staff/log/log.jsonl", {"about": case[0]}).get_data(as_text=True).splitlines()
    assert {json.loads(line)["about"] for line in lines} == {case[0]}
    with app.app_context():
        recorded = session.scalars(select(AuditEntry.subject).where(AuditEntry.action == Action.EXPORTED_LOG)).all()
        assert recorded == ["csv: who sam", f"jsonl: about {case[0]}"]


def test_the_button_says_whether_the_log_holds_and_where_it_breaks(app: Flask, auditor: Officer) -> None:
    auditor.get("/staff/log")
    auditor.post("/staff/log/verify")
    auditor.see("The log holds.")
    with app.app_context(), transaction() as db:
        db.execute(update(AuditEntry).where(AuditEntry.id == 2).values(actor="nobody"))
    auditor.post("/staff/log/verify")
    auditor.see("The log does not hold at entry 2: it was changed, taken out or put in.")
    auditor.not_see("The log holds.")


def test_in_a_browser_an_auditor_finds_each_act_of_a_case(
    browse: Browse, auditor: Officer, case: tuple[str, str]
) -> None:
    page = browse("/staff/sign-in", phone=False, javascript=False)
    page.fill("#name", auditor.name)
    page.fill("#password", auditor.password)
    page.fill("#code", auditor.next_code())
    page.click("form[action*='sign-in'] button, main form button")
    page.fill("#about", case[1])
    follow(page.locator("text=Show these"))
    expect(page.locator("tbody tr")).to_have_count(4)
    follow(page.locator("tbody a").first)
    expect(page.locator("tbody tr")).to_have_count(4)
    page.click("text=Check the whole log")
    expect(page.locator("div[role=status]")).to_have_text(re.compile(r"^\s*The log holds\."))


def fill(entries: int) -> None:
    """So many acts in one go, a minute apart to now: their hashes are of no matter here."""
    first, now = (session.scalar(select(func.max(AuditEntry.id))) or 0) + 1, utcnow()
    with transaction() as db:
        rows = [
            {
                "id": number,
                "at": now - timedelta(minutes=first + entries - number),
                "actor": f"officer {number % 7}",
                "action": Action.OPENED_REPORT,
                "subject": f"thing-{number % 1000} part {number}",
                "hash": audit.BEGINNING,
            }
            for number in range(first, first + entries)
        ]
        db.execute(AuditEntry.__table__.insert(), rows)  # type: ignore[attr-defined]
        db.execute(update(AuditHead).values(last_id=first + entries - 1))


def test_pages_follow_each_other_without_a_gap_or_a_row_twice(app: Flask) -> None:
    with app.app_context():
        fill(1200)
        found: list[int] = []
        after = None
        while True:
            page = audit_reading.page(Wanted(), after)
            found += [entry.id for entry in page.entries]
            if page.more is None:
                break
            after = page.more
        assert len(found) == len(set(found)) == session.scalar(select(func.count()).select_from(AuditEntry))
        about = audit_reading.page(Wanted(subject="thing-7")).entries
        assert {entry.subject.split()[0] for entry in about} == {"thing-7"}
        whole = list(audit_reading.whole(Wanted(first=today() - timedelta(days=1), actor="officer 1"), 10**6))
        assert {entry.actor for entry in whole} == {"officer 1"}


@pytest.mark.long
def test_a_page_of_two_hundred_thousand_acts_comes_as_fast_as_one_of_a_hundred(app: Flask) -> None:
    with app.app_context():
        for _ in range(4):
            fill(50_000)
        for wanted in (
            Wanted(),
            Wanted(actor="officer 3"),
            Wanted(subject="thing-8"),
            Wanted(first=today() - timedelta(days=20), last=today() - timedelta(days=19)),
        ):
            began = utcnow()
            assert audit_reading.page(wanted, after=None).entries
            assert utcnow() - began < timedelta(seconds=0.3), wanted
        with transaction() as db:
            db.execute(delete(AuditEntry))
