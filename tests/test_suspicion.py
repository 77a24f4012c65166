"""What looks like a machine is held for a person to look at, and what a person does is not; neither is ever refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.db import session, transaction
from portal.reporting import suspicion
from portal.reporting.models import Report, State
from portal.reporting.storing import TEAMS
from portal.vault import keyholders
from tests.support.people import Officer, Resident
from tests.support.sending import receipt_block
from tests.test_challenge import FORGED, KEYS, SECRET, SITEKEY, TOKEN, Siteverify, answer, siteverify
from tests.test_questions import at

__all__ = ["siteverify"]

pytestmark = pytest.mark.same_on_both

LINKS = "Look: https://a.example https://b.example http://c.example WWW.d.example"


def send(resident: Resident, narrative: str = "They shouted.", **fields: str) -> str:
    at(resident, 2)
    resident.post("/report/files", narrative=narrative)
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
    monkeypatch.setattr(suspicion, "MIN_SECONDS", 12.0)
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


@pytest.fixture
def checked(make_app: Callable[..., Flask], siteverify: Siteverify) -> Resident:
    """Someone who filled in the box that nobody sees, in a portal whose operator has switched hCaptcha on."""
    app = make_app(hcaptcha_verify_url=siteverify.url, **KEYS)
    with app.app_context(), transaction() as db:
        keyholders.create_vault(db, keyholders.Mode.DEMONSTRATION, TEAMS)
    resident = Resident(app.test_client())
    at(resident, 2)
    resident.post("/report/files", narrative="They shouted.")
    resident.get("/report/check")
    resident.post("/report/check", second_check="cheap pills", open_words="y")
    resident.follow()
    resident.see("One more step", "Nothing has been sent yet.", "hCaptcha, a company in the United States")
    return resident


def loads_from_elsewhere(resident: Resident) -> bool:
    assert resident.response
    admits = "hcaptcha.com" in resident.response.headers["Content-Security-Policy"]
    assert admits == ("js.hcaptcha.com" in resident.page)
    return admits


def test_the_check_is_loaded_only_for_who_asks_for_it_and_a_yes_sends_the_report_as_a_persons(
    checked: Resident, siteverify: Siteverify
) -> None:
    assert not loads_from_elsewhere(checked)
    checked.get("/report/person?check=1")
    assert loads_from_elsewhere(checked)
    assert SITEKEY in checked.page
    checked.post("/report/person", {"checked": "1", "h-captcha-response": TOKEN})
    checked.follow()
    assert not loads_from_elsewhere(checked)
    checked.see("Your report is sent")
    assert siteverify.asked == [{"secret": [SECRET], "response": [TOKEN]}]
    assert state(checked.client.application) is State.NEW


@pytest.mark.parametrize("is_down", [False, True], ids=["without", "provider down"])
def test_without_the_check_or_when_nobody_answers_it_the_report_is_sent_and_held(
    checked: Resident, siteverify: Siteverify, is_down: bool
) -> None:
    siteverify.says = answer("{}", 500)
    checked.post("/report/person", {"checked": "1", "h-captcha-response": TOKEN} if is_down else {"without": "1"})
    checked.follow()
    digits = receipt_block(checked.page)
    assert state(checked.client.application) is State.HELD
    assert bool(siteverify.asked) == is_down
    checked.get("/return")
    checked.post("/return", receipt=digits)
    checked.follow()
    checked.see("They shouted.")


def test_a_check_that_fails_sends_nothing_says_so_and_leaves_both_ways_open(
    checked: Resident, siteverify: Siteverify
) -> None:
    siteverify.says = answer(FORGED)
    checked.get("/report/person?check=1")
    checked.post("/report/person?check=1", {"checked": "1", "h-captcha-response": TOKEN})
    checked.see("The check did not work. Try it again, or send without it.")
    assert loads_from_elsewhere(checked)
    checked.post("/report/person", {"checked": "1"})
    checked.see("The check did not work. Try it again, or send without it.")
    checked.post("/report/person", {"without": "1"})
    checked.follow()
    checked.see("Your report is sent")


def test_who_is_not_doubted_or_has_no_draft_is_led_on(client: FlaskClient) -> None:
    resident = Resident(client)
    assert resident.get("/report/person").status_code == 410
    at(resident, 2)
    assert resident.get("/report/person").location == "/report/check"


def test_the_privacy_page_tells_of_the_check_where_there_is_one(checked: Resident) -> None:
    checked.get("/privacy")
    checked.see("we offer a check by hCaptcha")


def test_without_a_check_no_page_speaks_of_one(resident: Resident) -> None:
    resident.get("/privacy")
    resident.not_see("hCaptcha")
