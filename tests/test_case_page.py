"""Two officers work on one case: whose it is, what they write for each other, and that nothing either does is overwritten."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from portal.db import session
from portal.reporting.models import Report
from tests.support.people import Officer, Resident
from tests.support.sending import NARRATIVE, send_report


@pytest.fixture
def at(app: Flask, resident: Resident) -> str:
    """The address of a report's page for officers."""
    send_report(resident)
    with app.app_context():
        return f"/staff/reports/{session.scalars(select(Report.id)).one()}"


def test_smoke(at: str, officer: Officer, hire: Callable[..., Officer]) -> None:
    officer.get(at)
    officer.see(NARRATIVE, "What needs doing now", "Timeline")
    officer.post(at + "/notes", note="Called the landlord.")
    officer.follow()
    officer.see("Called the landlord.")
    officer.post(at + "/owner", take="1")
    officer.follow()
    officer.see("Taken on")
    officer.get(at + "/print")
    officer.see("OFFICIAL-SENSITIVE")
    officer.get("/staff/tasks")
    officer.see("You have nothing to do here")
