"""Someone who comes back because it happened again."""

from __future__ import annotations

import re

from werkzeug.test import TestResponse

from tests.support.people import Officer, Resident


def come_back(resident: Resident, digits: str) -> None:
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()


def tell_again(resident: Resident, when: str = "today", **more: object) -> TestResponse:
    """Open the page, fill it in and press Send."""
    resident.get("/return/again")
    return resident.post("/return/again", when=when, **more)


def report_address(officer: Officer) -> str:
    """Where the first report of the list is."""
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert found
    return found[0]
