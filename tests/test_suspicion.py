"""What looks like a machine is held for a person to look at, and what a person does is not; neither is ever refused."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.db import session
from portal.reporting import suspicion
from portal.reporting.models import Report, State
from tests.people import Officer, Resident
from tests.sending import receipt_block
from tests.test_questions import at

pytestmark = pytest.mark.same_on_both

LINKS = "Look: https://a.example https://b.example http://c.example WWW.d.example"


def send(resident: Resident, narrative: str = "They shouted.", **fields: str) -> str:
    at(resident, 2)
    resident.post("/report/2", narrative=narrative)
    resident.get("/report/check")
    resident.post("/report/check", fields)
    resident.follow()
    resident.see("Your report is sent")
    return receipt_block(resident.page)


def state(app: Flask) -> State:
    with app.app_context():
        return session.scalars(select(Report)).one().state


def test_what_a_person_sends_is_not_held(resident: Resident, app: Flask) -> None:
    send(resident, "He posts about us: https://a.example and https://b.example")
    assert state(app) is State.NEW


def test_who_fills_in_the_box_that_nobody_sees_is_held_and_gets_a_receipt_that_opens(
    resident: Resident, app: Flask, officer: Officer
) -> None:
    digits = send(resident, second_check="cheap pills")
    assert state(app) is State.HELD
    officer.get("/staff/reports")
    officer.see("Held: look first")
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.see("We have your report. An officer has not read it yet.")


def test_who_is_faster_than_a_person_is_held(resident: Resident, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspicion, "SECONDS_OF_A_PERSON", 12.0)
    send(resident)
    assert state(app) is State.HELD


def test_many_links_are_held(resident: Resident, app: Flask) -> None:
    send(resident, LINKS)
    assert state(app) is State.HELD


def test_the_box_is_there_for_programs_and_for_nobody_else(resident: Resident) -> None:
    at(resident, 2)
    resident.get("/report/check")
    assert '<div class="govuk-visually-hidden" aria-hidden="true">' in resident.page
    assert 'name="second_check" type="text" tabindex="-1" autocomplete="off"' in resident.page


@given(seconds=st.floats(0, 1e9), is_trapped=st.booleans(), text=st.text())
def test_the_score_only_grows_with_each_sign(seconds: float, is_trapped: bool, text: str) -> None:
    score = suspicion.score(seconds=seconds, is_trapped=is_trapped, text=text)
    assert 0 <= score <= 7
    assert suspicion.score(seconds=0, is_trapped=is_trapped, text=text) >= score
    assert suspicion.score(seconds=seconds, is_trapped=True, text=text) >= score
    assert suspicion.score(seconds=seconds, is_trapped=is_trapped, text=text + LINKS) >= score
