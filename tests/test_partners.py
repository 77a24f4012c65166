"""Whom we may tell, changed later with the receipt; and what was passed on before referrals were records."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.db import random_id, today, transaction
from portal.languages.words import Words
from portal.partnership.file import EXAMPLE, load
from portal.partnership.priorities import Work
from portal.reporting.models import Part, Report, ReportPart, State
from portal.reporting.partners import (
    KEPT_ASKED,
    KEPT_ASKS,
    KEPT_CHOICES,
    KEPT_PASSINGS,
    MAX_WHY,
    MOST_ASKED_AGAIN,
    PARTNERS_PAD,
    Asked,
    Choice,
    Partners,
    PassedOn,
)
from portal.vault import keyholders, sealing
from tests.support.browsers import Browse
from tests.support.people import Officer, Resident
from tests.support.referring import FOR_LAW, refer
from tests.support.sending import WITH_CONTACT, send_report
from tests.support.walking import Walk
from tests.test_db import in_threads
from tests.test_deletions import come_back, press
from tests.test_journeys import said_day

NOBODY = {"partner_police": "nothing", "partner_landlord": "nothing", "partner_victims-first": "nothing"}


def at_report(officer: Officer) -> str:
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert found
    officer.get(found[0])
    return found[0]


def choose(resident: Resident, **given: str) -> None:
    resident.get("/return/choices")
    resident.post("/return/choices", given)
    assert resident.response
    assert resident.response.location == "/return/report#partners"
    resident.follow()


def test_what_is_chosen_later_counts_and_an_officer_notices(resident: Resident, officer: Officer) -> None:
    come_back(resident, send_report(resident, more={"consent": {"partner_police": "what"}}))
    resident.see("Police: What happened, without my name or contact details", "Change whom we may tell")
    at = at_report(officer)
    officer.see("Police What happened, without my name or contact details")
    choose(resident, partner_police="nothing", partner_landlord="what")
    resident.see("Police: Tell them nothing", "I have changed whom you may tell.")
    officer.get("/staff/reports")
    officer.see("New message")
    officer.get(at)
    officer.see("Police Tell them nothing", f"They changed this on {said_day(today())}.", "Version of the words: 2")
    officer.not_see("Police What happened")
    resident.get("/return/choices")
    resident.see(f"You chose this on {said_day(today())}.")
    assert re.search(r'id="partner_police-nothing"[^>]* checked', resident.page)


@pytest.mark.same_on_both
def test_saving_the_same_choices_again_tells_officers_nothing(resident: Resident) -> None:
    come_back(resident, send_report(resident, more={"consent": {"partner_police": "what"}}))
    choose(resident, partner_police="what")
    resident.not_see("I have changed whom you may tell.")


@pytest.mark.same_on_both
def test_how_to_reach_them_is_offered_only_where_we_know_it(resident: Resident) -> None:
    come_back(resident, send_report(resident))
    resident.get("/return/choices")
    assert 'value="how"' not in resident.page
    resident.post("/return/choices", {"partner_police": "how"})
    resident.see("Choose one of the answers on this page.")
    come_back(resident, send_report(resident, more=WITH_CONTACT))
    choose(resident, partner_police="how")
    resident.see("Police: What happened, and how to reach me")


@pytest.mark.same_on_both
def test_another_language_keeps_what_is_half_chosen(resident: Resident) -> None:
    come_back(resident, send_report(resident))
    resident.get("/return/choices")
    resident.post("/ur/return/choices", {"partner_police": "what", "switch": "ur"})
    resident.follow()
    assert re.search(r'id="partner_police-what"[^>]* checked', resident.page)


def test_pressed_at_once_it_is_chosen_and_said_once(app: Flask, resident: Resident) -> None:
    from portal.db import random_id
    from portal.reporting import conversations, partners

    digits = send_report(resident)
    with app.app_context():
        visit = conversations.open_with_receipt(digits)
        assert visit
        found = conversations.find_conversation(visit.token)
        assert found
        talk = found[1]
    in_threads(app, lambda: partners.choose_partners(talk, {"police": "what"}, "en", "Changed.", random_id()), count=4)
    with app.app_context():
        assert len(partners.partners_of(talk.report_id, talk.key).choices) == 1


@pytest.mark.same_on_both
def test_where_work_has_stopped_nothing_is_chosen(resident: Resident) -> None:
    come_back(resident, send_report(resident))
    resident.get("/return/choices")
    page = resident.page
    resident.get("/return/ending")
    press(resident, "/return/withdraw")
    resident.path, resident.page = "/return/choices", page
    resident.post("/return/choices", {"partner_police": "what"})
    resident.follow()
    resident.not_see("I have changed whom you may tell.", "Change whom we may tell")


def pass_on_as_before(app: Flask, recovery_key: str, agency: str, why: str = "") -> None:
    """As it was kept before referrals were records."""
    with app.app_context(), transaction() as db:
        report = db.scalars(select(Report)).one()
        key = keyholders.content_keys(keyholders.open_recovery(recovery_key), [report.conversation_id])
        row = db.scalars(select(ReportPart).where(ReportPart.part == Part.PARTNERS)).one()
        talk_key = key[report.conversation_id]
        content = sealing.unseal(row.sealed, talk_key, "report.partners/1", row.id)
        content["passed_on"] = [{"agency": agency, "on": today().isoformat(), "why": why}]
        content.pop("asked")  # there was no such thing
        row.sealed = sealing.seal(content, talk_key, report.conversation_id, "report.partners/1", row.id, PARTNERS_PAD)
        report.state = State.REFERRED


def test_what_was_passed_on_before_referrals_were_records_is_still_read(
    app: Flask, resident: Resident, officer: Officer, recovery_key: str
) -> None:
    come_back(resident, send_report(resident, more={"consent": {"partner_police": "what"}}))
    pass_on_as_before(app, recovery_key, "police")
    at = at_report(officer)
    officer.see(f"With Thames Valley Police since {said_day(today())}.")
    resident.get("/return/report")
    resident.see("With a partner", f"With Thames Valley Police since {said_day(today())}.")
    resident.get("/return/choices")
    resident.see("Your report is with Thames Valley Police already.", "We cannot take back what they know.")
    choose(resident, **NOBODY)
    officer.get(at)
    officer.see("They no longer agree to this partner: Thames Valley Police. Say so to them today.")
    officer.post(f"{at}/state", state="action")
    resident.get("/return/choices")
    resident.not_see("already")


@pytest.mark.same_on_both
def test_no_state_says_that_a_partner_has_it_without_a_referral(resident: Resident, officer: Officer) -> None:
    send_report(resident)
    at = at_report(officer)
    assert 'value="referred"' not in officer.page
    officer.post(f"{at}/state", state="referred")
    officer.see("There is a problem")
    officer.get(at)
    officer.see("Being looked at")
    refer(officer, at, "police", **FOR_LAW)
    officer.get(at)
    assert re.search(r'<option value="referred" selected', officer.page)


def test_a_report_that_came_before_shows_what_was_told_with_it_and_can_be_changed(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    digits = send_report(resident, more={"consent": {"partner_police": "what"}})
    come_back(resident, digits)
    resident.get("/return/choices")
    resident.not_see("You told us when you reported.")
    with app.app_context(), transaction() as db:
        for row in db.scalars(select(ReportPart).where(ReportPart.part == Part.PARTNERS)):
            db.delete(row)
    at = at_report(officer)
    officer.see("Police What happened, without my name or contact details")
    # Also once an officer has asked about another one, which is kept where the choices would be.
    officer.get(f"{at}/refer")
    officer.post(f"{at}/refer", agency="fire", ask="yes")
    officer.follow()
    officer.see("Police What happened, without my name or contact details")
    refer(officer, at, "police")
    come_back(resident, digits)
    resident.see("What you told us when you reported counts, until you change it here.")
    resident.not_see("You chose no partner.")
    resident.get("/return/choices")
    resident.see("You told us when you reported. What you choose here counts from now on.")
    choose(resident, **NOBODY)
    officer.get(at)
    officer.see("Police Tell them nothing")


def test_the_most_that_can_be_chosen_and_passed_on_has_the_length_of_nothing() -> None:
    given = {f"{number:->40}": "nothing" for number in range(16)}
    most = Partners(
        tuple(Choice(given, "pt-BR", 9, today()) for _ in range(KEPT_CHOICES)),
        tuple(PassedOn("x" * 40, today(), "😀" * MAX_WHY) for _ in range(KEPT_PASSINGS)),
        ("x" * 40,) * KEPT_ASKED,
        {f"{number:->40}": Asked(MOST_ASKED_AGAIN, KEPT_CHOICES * 100) for number in range(KEPT_ASKS)},
    )
    key = sealing.new_key()
    row = random_id()
    blobs = [
        sealing.seal(each.as_content(), key, row, "report.partners/1", row, PARTNERS_PAD) for each in (Partners(), most)
    ]
    assert len({len(blob) for blob in blobs}) == 1


def test_every_choice_is_kept_with_its_day_and_version_and_of_more_than_forty_the_first_and_the_newest() -> None:
    answers = ("nothing", "what", "how")
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(45)]
    choices = [
        Choice({"police": answers[number % 3]} | ({"landlord": "what"} if number % 2 else {}), "ur", number, day)
        for number, day in enumerate(days)
    ]
    kept = Partners()
    for choice in choices:
        kept = Partners.read(replace(kept, choices=(*kept.choices, choice)).as_content())
    assert kept.choices == (choices[0], *choices[-(KEPT_CHOICES - 1) :])
    assert kept.dropped == len(choices) - KEPT_CHOICES


def test_what_was_kept_before_there_were_forty_is_still_read() -> None:
    old = {"given": {"police": "what"}, "language": "pl", "text": 1, "on": "2026-11-01"}
    read = Partners.read({"choices": [old], "passed_on": [], "is_kept": True})
    assert read.choices == (Choice({"police": "what"}, "pl", 1, date(2026, 11, 1)),)
    assert Partners.read(read.as_content()) == read


def test_an_officer_reads_every_choice_with_its_day_and_the_version_of_the_words(
    resident: Resident, officer: Officer
) -> None:
    come_back(resident, send_report(resident, more={"consent": {"partner_police": "what"}}))
    at = at_report(officer)
    officer.not_see("What they chose,")
    choose(resident, partner_police="nothing", partner_landlord="what")
    choose(resident, partner_police="what", partner_landlord="nothing")
    officer.get(at)
    history = officer.text[officer.text.index("What they chose, 3 times") :]
    told = re.findall("Police: (What happened|Tell them nothing)", history)
    assert told == ["What happened", "Tell them nothing", "What happened"]
    assert history.count("Version of the words: 2") == 3
    officer.not_see("between")


@pytest.mark.same_on_both
def test_a_priority_that_nobody_wrote_of_is_named_under_the_list_of_reports(app: Flask, officer: Officer) -> None:
    officer.get("/staff/reports")
    officer.see("Residents read nothing of the last 12 months about these priorities:", "V1, V2, V3")
    assert 'href="/priorities/V1"' in officer.page
    example = load(EXAMPLE)
    told = Work(began_on=today(), what=Words({"en": "More lights."}))
    first, *others = example.priorities
    app.extensions["partnership"] = replace(
        example, priorities=(first, *(replace(each, work=(told,)) for each in others))
    )
    officer.get("/staff/reports")
    officer.see("about this priority: V1.")
    app.extensions["partnership"] = replace(
        example, priorities=tuple(replace(each, work=(told,)) for each in example.priorities)
    )
    officer.get("/staff/reports")
    officer.not_see("Residents read nothing")


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "ur"])
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_consent_changed_later_in_a_browser(
    browse: Browse, app: Flask, resident: Resident, language: str, javascript: bool
) -> None:
    digits = send_report(resident)
    prefix = "" if language == "en" else f"/{language}"
    walk = Walk(browse(f"{prefix}/return", javascript=javascript), app, language)
    walk.come_back(digits)
    walk.go("Change whom we may tell").at("/return/choices")
    walk.page.locator("#partner_police-what").check()
    walk.press("Save my choices")
    walk.see("I have changed whom you may tell.")
    walk.go("Change whom we may tell")
    assert walk.page.locator("#partner_police-what").is_checked()
