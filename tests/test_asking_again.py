"""How often a reporter is asked about one partner, and what they read before they say no."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.db import session
from portal.reporting.models import Author, Message
from portal.reporting.partners import MOST_ASKED_AGAIN
from tests.support.people import Officer, Resident
from tests.support.referring import FOR_LAW, fill, refer
from tests.support.sending import send_report
from tests.test_closing import at_report, come_back
from tests.test_partners import choose

NO = {"consent": {"partner_police": "nothing", "partner_landlord": "what"}}
ENDS = "they can no longer read your report from then on. What they have already read they may know."
PENDING = "They were asked about this partner, and have not answered yet."
ENOUGH = f"They have answered, and were asked again {MOST_ASKED_AGAIN} times."


def questions(app: Flask) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).where(Message.author == Author.OFFICER)) or 0


def ask(officer: Officer, at: str, agency: str, why: str = "") -> None:
    officer.get(f"{at}/refer")
    officer.post(f"{at}/refer", agency=agency, ask="yes", written_ask=why)


def say_no(resident: Resident) -> None:
    choose(resident, partner_police="nothing", partner_landlord="what")


def test_after_a_refusal_only_with_a_reason_that_is_kept_and_not_shown_to_the_reporter(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    come_back(resident, send_report(resident, more=NO))
    at = at_report(officer)
    fill(officer, at, "police")
    officer.see("Why do you ask again?", "Ask again only if something has changed.", "Ask the reporter")
    ask(officer, at, "police")
    officer.see("There is a problem", "Write why you ask again: they have answered before.")
    ask(officer, at, "police", "x" * 501)
    officer.see("This is 1 letter too long. Make it shorter.")
    assert questions(app) == 0
    ask(officer, at, "police", "A patrol walks there now.")
    officer.follow()
    officer.see("Asked the reporter again about Thames Valley Police: A patrol walks there now.")
    assert questions(app) == 1
    resident.get("/return/report")
    resident.see("May we tell this partner about your report")
    resident.not_see("A patrol walks there now.")


def test_a_question_that_waits_is_not_asked_twice(app: Flask, resident: Resident, officer: Officer) -> None:
    come_back(resident, send_report(resident, more=NO))
    at = at_report(officer)
    ask(officer, at, "fire")
    assert questions(app) == 1, "of a partner that they were never asked about no reason is wanted"
    ask(officer, at, "fire", "Really.")
    officer.see("There is a problem", PENDING)
    fill(officer, at, "fire")
    officer.see(PENDING)
    officer.not_see("Ask the reporter", "Why do you ask again?")
    say_no(resident)
    ask(officer, at, "fire", "Once more.")
    officer.see(PENDING)
    assert questions(app) == 1, "they have changed another answer and left this one open"


def test_the_button_pressed_twice_asks_once(app: Flask, resident: Resident, officer: Officer) -> None:
    come_back(resident, send_report(resident, more=NO))
    at = at_report(officer)
    officer.get(f"{at}/refer")
    fields = officer._hidden(f"{at}/refer") | {"agency": "fire", "ask": "yes"}
    for _ in range(2):
        assert officer.client.post(f"{at}/refer", data=fields).location == f"{at}#messages"
    assert questions(app) == 1


def test_nobody_is_worn_down(app: Flask, resident: Resident, officer: Officer) -> None:
    come_back(resident, send_report(resident, more=NO))
    at = at_report(officer)
    for number in range(MOST_ASKED_AGAIN):
        ask(officer, at, "police", f"Reason {number}.")
        assert questions(app) == number + 1
        # They leave it as it is, and that is an answer.
        say_no(resident)
        resident.see("You asked me whom you may tell. I leave it as it is.")
    ask(officer, at, "police", "Please.")
    officer.see("There is a problem", ENOUGH)
    fill(officer, at, "police")
    officer.see(ENOUGH, "Without their consent, only for a reason of law")
    officer.not_see("Ask the reporter")
    assert questions(app) == MOST_ASKED_AGAIN
    ask(officer, at, "fire")
    assert questions(app) == MOST_ASKED_AGAIN + 1, "another partner is another question"


@pytest.mark.same_on_both
def test_before_pressing_they_read_that_saying_no_ends_the_access_at_once(resident: Resident, officer: Officer) -> None:
    come_back(resident, send_report(resident, more=NO))
    resident.get("/return/choices")
    resident.not_see("no longer read")
    at = at_report(officer)
    refer(officer, at, "landlord")
    resident.get("/return/choices")
    resident.see("If you now choose to tell them nothing, " + ENDS)
    assert resident.page.index("no longer read") < resident.page.index("Save my choices")
    resident.get("/ur/return/choices")
    resident.see("If you now choose to tell them nothing, " + ENDS)
    choose(resident, partner_landlord="nothing", partner_police="nothing")
    refer(officer, at, "police", **FOR_LAW)
    resident.get("/return/choices")
    resident.see("The law let us tell them without asking you, so saying no here does not end that.")
    resident.not_see("no longer read")
