"""A report that an officer or a reporting centre writes down for someone: the same questions, and who took it is said."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal.audit import Action, AuditEntry
from portal.db import Base, session
from portal.reporting.models import Report, Source, State
from portal.reporting.services import MAX_REPORTS_PER_HOUR
from portal.staff.models import Role
from tests.support.people import Officer, go_on, sent_to
from tests.support.sending import NARRATIVE, receipt_block

pytestmark = pytest.mark.same_on_both

NOTE = "You are writing for someone: read this page to them."


@pytest.fixture
def centre(hire: Callable[..., Officer]) -> Officer:
    """Signed in; a reporting centre, which opens no team's key."""
    centre = hire("orchid", teams=(), roles=(Role.REPORTING_CENTRE,))
    centre.sign_in()
    return centre


def begin(person: Officer, told: str = "phone", language: str = "en") -> None:
    person.get("/staff/take-a-report")
    person.post("/staff/take-a-report", told=told, language=language, again="1")
    person.follow()


def take(person: Officer, told: str = "phone") -> str:
    """Take a whole report; gives the digits that were read out."""
    begin(person, told)
    person.post("/report/files", narrative=NARRATIVE)
    person.get("/report/check")
    person.see(NOTE)
    person.post("/report/check")
    person.follow()
    person.see(NOTE, "Read the number out twice.", "Your report is sent")
    digits = "".join(receipt_block(person.page).split())
    person.post("/report/sent")
    person.follow()
    return digits


def test_a_centre_takes_a_report_and_the_officer_sees_which_centre(
    app: Flask, centre: Officer, officer: Officer
) -> None:
    digits = take(centre, "in_person")
    centre.see("Take another report for someone")
    officer.get("/staff/reports")
    officer.see("Taken by Orchid")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert found
    officer.get(found[0])
    officer.see("Taken by Orchid", NARRATIVE)
    # The person comes back with the number as if they had written it themselves.
    centre.get("/return")
    centre.post("/return", receipt=digits)
    assert centre.follow().status_code == 200
    with app.app_context():
        report = session.scalars(select(Report)).one()
        assert report.source is Source.CENTRE
        took = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.TOOK_REPORT)).one()
        assert (took.actor, took.subject) == ("orchid", "")


def test_which_centre_took_a_report_lies_under_its_seal(app: Flask, centre: Officer) -> None:
    take(centre)
    with app.app_context():
        rows = [
            repr(session.execute(text(f"SELECT * FROM {table}")).all())
            for table in Base.metadata.tables.keys() - {"staff_member"}
        ]
        assert not any("Orchid" in row for row in rows)


def test_an_officer_takes_a_report_by_telephone(app: Flask, officer: Officer) -> None:
    take(officer)
    officer.get("/staff/reports")
    officer.see("Taken by telephone")
    with app.app_context():
        assert session.scalars(select(Report)).one().source is Source.PHONE


def test_the_questions_come_in_the_language_of_the_person(centre: Officer) -> None:
    begin(centre, language="ur")
    assert centre.path == "/ur/report/1"
    assert 'lang="ur"' in centre.page


def test_a_centre_may_send_many_reports_in_an_hour(app: Flask, centre: Officer) -> None:
    for _ in range(MAX_REPORTS_PER_HOUR + 2):
        take(centre)
    with app.app_context():
        assert {report.state for report in session.scalars(select(Report))} == {State.NEW}


def test_leaving_ends_the_report_and_not_the_sign_in_and_signing_out_the_other_way_round(centre: Officer) -> None:
    begin(centre)
    centre.client.post("/leave")
    assert go_on(centre, "/report/1").status_code == 410
    assert centre.get("/staff/take-a-report").status_code == 200
    begin(centre)
    centre.get("/staff/take-a-report")
    centre.post("/staff/sign-out")
    assert sent_to(centre.get("/staff/take-a-report")) == "/staff/sign-in"
    assert centre.get("/report/1").status_code == 200


def test_a_report_that_was_begun_is_not_deleted_unasked(centre: Officer) -> None:
    begin(centre)
    centre.post("/report/files", narrative=NARRATIVE)
    centre.get("/staff/take-a-report")
    centre.see("A report was begun in this browser and is not sent.")
    centre.post("/staff/take-a-report", told="phone", language="en")
    centre.see("A report was begun in this browser and is not sent.")
    centre.get("/report/files")
    centre.see(NARRATIVE)


def test_whoever_takes_a_report_says_how_it_is_told(centre: Officer) -> None:
    centre.get("/staff/take-a-report")
    centre.post("/staff/take-a-report", language="en")
    centre.see("There is a problem", "Choose one of the answers on this page.")
