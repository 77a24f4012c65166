"""The product told as stories: a resident in danger, one who reports hate and comes back, and the officer who answers."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import FilePayload, expect
from sqlalchemy import update

from portal.db import today, transaction, utcnow
from portal.reporting import clocks
from portal.reporting.models import Clock, Message, Promise
from portal.reporting.questions.asked import fewest_and_most
from portal.staff.models import Role
from tests.support.browsers import Browse
from tests.support.closing import agree, close_report
from tests.support.people import Officer, Resident
from tests.support.pictures import RECORDING
from tests.support.referring import FOR_LAW, given_id, refer
from tests.support.sending import send_report
from tests.support.walking import Walk

NARRATIVE = "He shouted at my mother on the bus.\nShe is 71 & “tiny”. <b>Not</b> once: every day."
AGAIN = "پھر وہی شور، تین بجے تک۔"
ANSWER = "I am sorry this happened. Which bus was it?"
DONE = "Monday: two letters, one visit."
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def working_day(app: Flask, days: int) -> str:
    """That many working days from today, as the pages say it."""
    closed = set(app.extensions["partnership"].bank_holidays)
    day = today()
    while days:
        day += timedelta(days=1)
        if day.isoweekday() <= 5 and day not in closed:
            days -= 1
    return said_day(day)


def said_day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


def begin(resident: Resident) -> None:
    resident.get("/report")
    resident.post("/report")
    resident.follow()


def answer(resident: Resident, **fields: object) -> None:
    """Fill in the page that is open, press Continue and look at the next."""
    resident.post(resident.path.split("?")[0] + query(resident), fields)
    assert resident.response is not None
    assert resident.response.status_code == 303, resident.text
    resident.follow()


def query(resident: Resident) -> str:
    return "?" + resident.path.split("?")[1] if "?" in resident.path else ""


@pytest.mark.same_on_both
def test_a_resident_in_danger_reads_whom_to_call_before_anything_is_asked(resident: Resident) -> None:
    resident.get("/report")
    first = resident.text.index("Call 999 now if someone is hurt")
    assert first < resident.text.index("press 55") < resident.text.index("18000") < resident.text.index("999 BSL")
    assert resident.text.index("999 BSL") < resident.text.index("If you are safe")
    assert 'href="tel:999"' in resident.page
    resident.see("This is not an emergency service.", "Talk to someone")


@pytest.mark.same_on_both
def test_a_resident_who_says_someone_may_be_hurt_reads_it_again_before_sending(resident: Resident) -> None:
    begin(resident)
    for fields in ({"kind": "hate"}, {"narrative": NARRATIVE}, {}, {}, {}, {}, {"risk": "yes"}):
        answer(resident, **fields)
    resident.see("Call 999 now if someone is hurt", "18000", "Your report is not sent yet.")
    resident.post("/report/8", finish="1")
    resident.follow()
    resident.see("Check before you send", "Call 999 now if someone is hurt", "18000")


@pytest.mark.same_on_both
@pytest.mark.parametrize(("button", "leads_to"), [({"finish": "1"}, "check"), ({"skip": "1"}, "check"), ({}, "8")])
def test_the_door_promises_as_many_questions_as_are_asked_before_a_report_can_be_sent(
    resident: Resident, button: dict[str, str], leads_to: str
) -> None:
    resident.get("/")
    promised = re.search(r"(\d+) to (\d+) questions, and more only if you want", resident.text)
    assert promised
    assert (int(promised[1]), int(promised[2])) == fewest_and_most()
    resident.get("/report")
    resident.see("5 to 7 short questions. After them you can send, or tell us more if you want to.")
    begin(resident)
    for fields in ({"kind": "asb"}, {"group": "noise"}, {"types": "noise_home"}, {"narrative": NARRATIVE}, {}, {}):
        resident.not_see("Check and send")
        answer(resident, **fields)
    resident.see("Question 7 of 7", "You can send your report now.")
    more = re.search(r"about (\d+) more questions", resident.text)
    assert more
    filled, outlined = re.findall(
        r'<button type="submit" class="([^"]*)"[^>]*><span[^>]*>(.*?)</span>', resident.page.partition("<main")[2]
    )
    assert filled == ("govuk-button", "Check and send")
    assert outlined == ("govuk-button govuk-button--secondary", "Tell us more")
    resident.post(resident.path, button)
    resident.follow()
    assert resident.path == f"/report/{leads_to}"
    if leads_to == "check":
        # Back is where they came from, not the last of what they were not asked.
        assert re.search(r'class="govuk-back-link" href="([^"]*)"', resident.page)[1] == "/report/7"
    else:
        resident.see(f"More, if you want: 1 of {more[1]}")


def test_no_other_door_promises_another_number() -> None:
    said = {
        found
        for path in (Path(__file__).parent.parent / "templates").rglob("*.html")
        for found in re.findall(r'"([^"]*questions, and more only if you want[^"]*)"', path.read_text(encoding="utf-8"))
    }
    assert said == {"{} to {} questions, and more only if you want. No account.".format(*fewest_and_most())}


@pytest.mark.same_on_both
def test_who_changes_the_last_of_the_first_answers_is_back_at_the_check(resident: Resident) -> None:
    begin(resident)
    for fields in ({"kind": "not_sure"}, {"narrative": NARRATIVE}, {}, {}):
        answer(resident, **fields)
    resident.get("/report/5?change=1")
    resident.see("Continue")
    resident.not_see("Tell us more", "Check and send")
    resident.post("/report/5?change=1", risk="no")
    resident.follow()
    resident.see("Check before you send")


def test_a_resident_reports_hate_and_checks_every_answer(resident: Resident) -> None:
    begin(resident)
    resident.see("Question 1 of about 5", "What is it about?", "Who will see this: trained reporting officers.")
    answer(resident, kind="hate")
    resident.see("Question 2 of 7", "What happened?")
    resident.not_see("Skip this question")
    answer(resident, narrative=NARRATIVE)
    answer(resident, when="exact", **{"exact-day": "2", "exact-month": "1", "exact-year": "2026"})
    answer(resident, place="e-fishermead", street="Bus stop by the lake")
    answer(resident, strands="race")
    resident.post("/report/6", finish="1")
    resident.get("/report/check")
    resident.see(
        "Nothing has been sent yet.",
        "Hate, because of who someone is",
        "She is 71 & “tiny”. <b>Not</b> once",
        "Friday 2 January 2026",
        "Bus stop by the lake, Fishermead",
        "You skipped:",
        "Reporting officers only. But if someone may be badly hurt, we must tell the police.",
    )
    assert "<b>Not</b>" not in resident.page


@pytest.mark.same_on_both
def test_a_resident_changes_one_answer_and_is_back_where_they_checked(resident: Resident) -> None:
    begin(resident)
    for fields in ({"kind": "hate"}, {"narrative": NARRATIVE}, {"when": "today"}, {}, {}):
        answer(resident, **fields)
    resident.get("/report/3?change=1")
    assert re.search(r'id="when-today"[^>]* checked', resident.page)
    resident.post("/report/3?change=1", when="yesterday")
    resident.follow()
    assert resident.path == "/report/check"
    resident.see("Yesterday", "She is 71")


@pytest.mark.same_on_both
def test_the_page_after_sending_and_the_page_of_return_say_what_arrived_and_show_nothing_of_it(
    resident: Resident,
) -> None:
    digits = send_report(resident, narrative="A blue gate.", more={"/report/files": photo_of("A blue gate.")})
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.see("We have what you told us, and 2 photos or files.")
    resident.not_see("A blue gate.")
    resident.post("/return/report", message=NARRATIVE, files=[(io.BytesIO(RECORDING), "3.mp3")])
    resident.follow()
    resident.see("and 2 photos or files.")


def photo_of(narrative: str) -> dict[str, object]:
    return {"narrative": narrative, "files": [(io.BytesIO(RECORDING), f"{number}.mp3") for number in range(2)]}


def test_who_forgot_something_opens_the_report_from_the_page_after_sending(resident: Resident, app: Flask) -> None:
    begin(resident)
    for fields in ({"kind": "not_sure"}, {"narrative": NARRATIVE}, {}, {}, {"finish": "1"}):
        answer(resident, **fields)
    answer(resident)
    resident.see("Your report is sent", "We have what you told us.")
    assert resident.text.index("What happens next") < resident.text.index("I have saved the number")
    page = resident.page
    resident.post("/report/open")
    resident.follow()
    resident.post("/return/report", message="The gate was blue.")
    resident.follow()
    resident.see("The gate was blue.")
    resident.get("/report/sent")
    assert re.findall(r"<bdi[^>]*digits.*?</bdi>", page) == re.findall(r"<bdi[^>]*digits.*?</bdi>", resident.page)
    resident.post("/report/sent")
    resident.follow()
    resident.see(
        "This page is clear", f"Come back on or after {working_day(app, 2)}.", "Go to card.example.org and type"
    )
    resident.page = page
    assert resident.post("/report/open").status_code == 410


def test_the_cleared_page_forgets_the_day_after_fifteen_minutes(
    resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_report(resident)
    resident.follow()
    resident.see("Come back on or after")
    later = utcnow() + timedelta(minutes=16)
    monkeypatch.setattr("portal.reporting.pages.sent.utcnow", lambda: later)
    resident.get("/report/saved")
    resident.not_see("Come back on or after")


@pytest.mark.same_on_both
def test_after_a_message_the_page_says_sent_and_when_an_answer_is_due(
    resident: Resident, officer: Officer, app: Flask
) -> None:
    digits = send_report(resident)
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.not_see("Sent. ")
    resident.post("/return/report", message="")
    resident.not_see("Sent. ")
    resident.post("/return/report", message="It happened again.")
    assert resident.response
    assert resident.response.location == "/return/report#sent"
    for _ in range(2):
        resident.get("/return/report")
        resident.see(f"Sent. We answer it here by {working_day(app, 10)}.")
    officer.get("/staff/reports")
    at = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert at
    officer.get(at[0])
    close_report(officer, at[0], message=ANSWER, answered="y")
    resident.get("/return/report")
    resident.see(ANSWER)
    resident.not_see("Sent. ")
    resident.post("/return/report", message="One more thing.")
    resident.follow()
    resident.see("Sent. ")


@pytest.mark.same_on_both
def test_a_message_and_the_steps_above_it_promise_the_same_day(
    resident: Resident, officer: Officer, app: Flask
) -> None:
    digits = send_report(resident)
    officer.get("/staff/reports")
    at = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert at
    officer.get(at[0])
    officer.post(at[0], message=ANSWER)
    answered_on = today() - timedelta(days=6)
    with app.app_context(), transaction() as db:
        db.execute(update(Message).values(sent_on=answered_on))
        promised_again = clocks.due_after(answered_on, Promise.WRITE_AGAIN)
        written = update(Clock).where(Clock.promise == Promise.WRITE_AGAIN)
        db.execute(written.values(started_on=answered_on, due_on=promised_again))
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    promised = re.search(r"By (\w+ \d+ \w+) We write to you again here", resident.text)
    assert promised
    assert promised[1] != working_day(app, 10)
    resident.post("/return/report", message="One more thing.")
    resident.follow()
    resident.see(f"Sent. We answer it here by {promised[1]}.")


@pytest.mark.same_on_both
def test_going_back_shows_what_was_answered(resident: Resident) -> None:
    begin(resident)
    answer(resident, kind="hate")
    answer(resident, narrative=NARRATIVE)
    resident.get("/report/files")
    resident.see("She is 71 & “tiny”.")
    resident.get("/report/1")
    assert re.search(r'value="hate" checked', resident.page)


def arrive(resident: Resident) -> None:
    """On the page in the other language: where it leads, or at once where a text is too long to be kept."""
    assert resident.response
    if resident.response.location:
        resident.follow()
    assert resident.response.status_code == 200


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("number", "typed", "shown"),
    [
        (1, {"kind": "asb"}, ['value="asb" checked']),
        ("files", {"narrative": "half a sen"}, ["half a sen</textarea>"]),
        ("files", {"narrative": "ا" * 4_100}, ["ا" * 4_100]),
        (3, {"when": "exact", "exact-day": "31", "exact-month": "ap", "exact-year": ""}, ['value="31"', 'value="ap"']),
        (
            4,
            {"place": "e-fishermead", "street": "long " * 60},
            ['value="e-fishermead" selected', ("long " * 60).strip()],
        ),
        (5, {"risk": "yes"}, ['value="yes" checked']),
    ],
)
def test_changing_the_language_keeps_the_page_and_what_is_half_typed(
    resident: Resident, number: object, typed: dict[str, str], shown: list[str]
) -> None:
    begin(resident)
    resident.get(f"/report/{number}")
    resident.post(f"/ur/report/{number}", switch="ur", **typed)
    arrive(resident)
    assert resident.path == f"/ur/report/{number}"
    assert '<html class="govuk-template" lang="ur" dir="rtl">' in resident.page
    for part in shown:
        assert part in resident.page
    resident.post(f"/report/{number}", switch="en", **typed)
    arrive(resident)
    for part in shown:
        assert part in resident.page


@pytest.mark.same_on_both
def test_changing_the_language_while_changing_an_answer_still_leads_back_to_the_check(resident: Resident) -> None:
    begin(resident)
    for fields in ({"kind": "hate"}, {"narrative": NARRATIVE}, {}, {}, {}):
        answer(resident, **fields)
    resident.get("/report/files?change=1")
    resident.post("/ur/report/files?change=1", switch="ur", narrative="other words")
    resident.follow()
    assert resident.path == "/ur/report/files?change=1"
    resident.post(resident.path, narrative="other words")
    resident.follow()
    assert resident.path == "/ur/report/check"
    resident.see("other words")


@pytest.mark.same_on_both
def test_changing_the_language_at_the_check_keeps_the_tick_and_sends_nothing(
    resident: Resident, officer: Officer
) -> None:
    begin(resident)
    for fields in ({"kind": "hate"}, {"narrative": NARRATIVE}, {}, {}, {}):
        answer(resident, **fields)
    resident.post("/pl/report/check", switch="pl", open_words="y")
    resident.follow()
    assert resident.path == "/pl/report/check"
    assert re.search(r'name="open_words"[^>]* checked', resident.page)
    officer.get("/staff/reports")
    officer.see("No report waits.")


@pytest.mark.same_on_both
def test_the_receipt_says_all_that_brings_a_resident_back(app: Flask, resident: Resident) -> None:
    begin(resident)
    for fields in ({}, {"narrative": NARRATIVE}, {}, {}, {}):
        answer(resident, **fields)
    resident.post("/report/check")
    resident.follow()
    shown = re.search(r"<bdi[^>]*>(.*?)</bdi>", resident.page, re.DOTALL)
    assert shown
    groups = re.sub("<[^>]*>", "", shown[1]).split()
    assert [len(group) for group in groups] == [4, 4, 4, 4]
    assert "".join(groups).isdecimal()
    aloud = " · ".join(" ".join(DIGITS[int(digit)] for digit in group) for group in groups)
    partnership = app.extensions["partnership"]
    read_by = working_day(app, partnership.clocks.triage)
    resident.see(
        "Your report is sent",
        " ".join(groups),
        f"To say it aloud: {aloud}",
        f"Today, {said_day(today())}",
        f"By {read_by} An officer reads it",
        f"By {working_day(app, partnership.clocks.tell_reporter)} We tell you what we are doing.",
        f"Come back on or after {read_by}.",
    )
    card = resident.page[resident.page.index('class="app-card"') :]
    assert " ".join(groups) in re.sub(r"<[^>]*>", "", card)
    assert partnership.card_address in card
    for word in ("report", "hate", "police", partnership.name):
        assert word not in re.sub(r"<[^>]*>", "", card.split("</section>")[0]).casefold()


def test_the_receipt_is_shown_again_until_it_is_said_to_be_saved(resident: Resident) -> None:
    begin(resident)
    for fields in ({}, {"narrative": NARRATIVE}, {}, {}, {}):
        answer(resident, **fields)
    resident.post("/report/check")
    resident.follow()
    number = resident.text[resident.text.index("Your receipt number") :][:50]
    resident.get("/report")
    resident.see("You have a receipt number that you have not yet said is saved.")
    resident.get("/report/sent")
    resident.see(number)
    resident.post("/report/sent")
    resident.follow()
    resident.see("This page is clear")
    resident.get("/report/sent")
    resident.not_see(number)
    resident.see("If you saw a receipt number, your report is with us")


def in_script(digits: str, zero: str) -> str:
    return "".join(chr(ord(zero) + int(digit)) for digit in digits)


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "written",
    [
        lambda digits: digits,
        lambda digits: " ".join(digits[i : i + 4] for i in range(0, 16, 4)),
        lambda digits: "-".join(digits[i : i + 4] for i in range(0, 16, 4)),
        lambda digits: f"  {digits[:3]}.{digits[3:8]} – {digits[8:]}\u200f",
        lambda digits: in_script(digits, "۰"),
        lambda digits: in_script(digits, "٠"),
        lambda digits: in_script(digits[:8], "௦") + digits[8:],
    ],
    ids=["plain", "spaces", "dashes", "any signs", "Urdu digits", "Arabic digits", "Tamil digits"],
)
def test_a_resident_comes_back_with_the_number_however_they_type_it(
    resident: Resident, written: Callable[[str], str]
) -> None:
    digits = send_report(resident)
    resident.get("/return")
    resident.post("/return", receipt=written(digits))
    resident.follow()
    assert resident.path == "/return/report"
    resident.see("We have your report. An officer has not read it yet.", "There are no messages yet.")


def test_a_resident_and_an_officer_talk_about_a_report_of_hate(
    resident: Resident, hire: Callable[..., Officer]
) -> None:
    digits = send_report(resident, kind="hate", narrative=NARRATIVE)

    officer = hire("sam")
    officer.get("/staff/reports")
    officer.follow()
    officer.see("Sign in", "Code from your authenticator app")
    officer.sign_in()
    officer.see("Unlock what people wrote")
    officer.unlock()
    officer.see("Hate incident", "Fishermead", "English", "Not read yet")
    officer.not_see("mother", "She is 71", "tiny")
    report = re.search(r'href="(/staff/reports/[0-9a-f-]{36})"', officer.page)
    assert report
    officer.get(report[1])
    officer.see(NARRATIVE.replace("\n", " "), "No messages yet.", "Hate, because of who someone is", "Anonymous")
    officer.post(report[1], message=ANSWER)
    officer.follow()
    officer.see(ANSWER)
    told = refer(officer, report[1], "police", **FOR_LAW)

    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.see("With a partner", ANSWER, "Reporting officer", "1 new")
    resident.not_see("mother", "Sam")
    resident.post("/return/report", message="The 8 to Bletchley.")
    resident.follow()
    resident.see("The 8 to Bletchley.", "You")

    officer.get("/staff/reports")
    officer.see("New message", "With a partner")
    officer.get(report[1])
    officer.see("The 8 to Bletchley.")
    officer.post(report[1], message="Thank you.")
    officer.get("/staff/reports")
    officer.not_see("New message")
    part = {f"part_{uuid.UUID(given_id(told)).hex}": "goes_on"}
    close_report(officer, report[1], part, outcome="with-police", message="The police have it: 43 of 20 November.")
    officer.follow()
    officer.see("A closing waits for a second look.")
    resident.get("/return/report")
    resident.see("With a partner")
    resident.not_see("Closed", "43 of 20 November")
    supervisor = hire("uma", roles=(Role.SUPERVISOR,))
    supervisor.sign_in()
    supervisor.unlock()
    supervisor.get("/staff/second-looks")
    supervisor.see("1 second look", "Hate incident", "The police work on it now", "Sam")
    agree(supervisor, report[1])
    supervisor.follow()
    supervisor.see("No closing waits for a second look.")
    officer.get("/staff/reports")
    officer.see("No report waits.")
    officer.get("/staff/reports?view=closed")
    officer.see("Hate incident", "Closed")

    resident.get("/return/report")
    resident.see("Closed", "The police work on it now", "Our answer", "43 of 20 November", "Thank you.")
    resident.see("If you are unhappy with this", "Local Government and Social Care Ombudsman")
    resident.post("/return/close")
    resident.follow()
    assert resident.path == "/"
    resident.get("/return/report")
    resident.see("Your report has been closed on this device")


def test_a_resident_who_chose_so_finds_their_own_words_with_the_number(resident: Resident) -> None:
    begin(resident)
    for fields in ({}, {"narrative": NARRATIVE}, {}, {}, {}):
        answer(resident, **fields)
    resident.post("/report/check", open_words="y")
    resident.follow()
    digits = "".join(re.findall(r"<span>(\d{4})</span>", resident.page)[:4])
    resident.post("/report/sent")
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.see("He shouted at my mother on the bus.")


def test_an_officer_is_told_of_immediate_risk_until_someone_has_seen_it(resident: Resident, officer: Officer) -> None:
    send_report(resident, risk="no", narrative="quiet")
    send_report(resident, risk="yes")
    officer.get("/staff/reports")
    assert officer.text.index("Immediate risk") < officer.text.index("Not judged")
    report = re.findall(r'href="(/staff/reports/[0-9a-f-]{36})"', officer.page)[0]
    officer.get(report)
    officer.see("Immediate risk: someone must look now.", "I have seen it and will act")
    officer.post(f"{report}/alert")
    officer.follow()
    officer.not_see("Immediate risk: someone must look now.")
    officer.see("answered the alert", "Immediate risk")


def test_an_officer_who_locks_or_signs_out_leaves_nothing_open(resident: Resident, officer: Officer) -> None:
    send_report(resident)
    officer.get("/staff/reports")
    report = re.findall(r'href="(/staff/reports/[0-9a-f-]{36})"', officer.page)[0]
    officer.get(report)
    officer.post("/staff/lock")
    officer.get(report)
    officer.follow()
    officer.see("Unlock what people wrote")
    officer.unlock()
    officer.get(report)
    officer.post("/staff/sign-out")
    officer.get(report)
    officer.follow()
    officer.see("Sign in")


@pytest.mark.dear
@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "ur"])
def test_the_whole_story_without_javascript(
    browse: Browse, app: Flask, hire: Callable[..., Officer], language: str
) -> None:
    prefix = "" if language == "en" else f"/{language}"
    other = "ur" if language == "en" else "en"
    resident = Walk(browse(f"{prefix}/report", javascript=False), app, language)
    expect(resident.page.locator("html")).to_have_attribute("lang", language)
    expect(resident.page.locator("html")).to_have_attribute("dir", "ltr" if language == "en" else "rtl")
    resident.see("Call 999 now if someone is hurt, it is still happening, or the person is still near you.")
    resident.begin().choose("Hate, because of who someone is").press("Continue").at("/report/files")
    resident.page.locator("textarea").fill("He shou")
    resident.switch_to(other).at("/report/files")
    expect(resident.page.locator("textarea")).to_have_value("He shou")
    resident.switch_to(language).at("/report/files")
    resident.page.locator("textarea").fill(NARRATIVE)
    resident.press("Continue").at("/report/3")
    resident.press("Skip this question").at("/report/4")
    resident.press("Continue").at("/report/5")
    resident.choose("Religion or belief, or having none").choose("Muslim", "hate against").press("Continue").at(
        "/report/6"
    )
    resident.page.locator("textarea").fill("“Go home.”")
    resident.press("Continue").at("/report/7")
    resident.choose("Yes").press("Tell us more").at("/report/8")
    resident.choose("None of these", "dangers").press("Continue").at("/report/9")
    resident.choose("To someone I am helping").choose("I could not ask").press("Continue").at("/report/10")
    resident.press("That is all: go to the end").at("/report/check")
    resident.see("I could not ask").see("Muslim", context="hate against").see_words("“Go home.”")
    resident.see("Nothing has been sent yet.", "You skipped:").see_words("He shouted at my mother")
    resident.page.locator('a[href*="/report/3"]').click()
    resident.choose("Today").press("Continue").at("/report/check").see("Today")
    resident.page.goto(resident.page.url.replace("check", "files?change=1"))
    resident.add_photos("wall.jpg", "door.jpg").press("Add").see_words("wall.jpg", "door.jpg")
    resident.page.locator('button[name="take_out"]').first.click()
    resident.not_see("wall.jpg").switch_to(other).see_words("door.jpg").switch_to(language)
    resident.add_photos("gate.jpg").press("Continue").at("/report/check").see_words("door.jpg", "gate.jpg")
    number = resident.send()
    assert re.fullmatch(r"\d{4}\s\d{4}\s\d{4}\s\d{4}", number)
    resident.press("I have saved the number").at("/report/saved").not_see(number)

    account = hire("sam")
    officer = Walk(browse("/staff/reports", phone=False, javascript=False), app)
    officer.page.get_by_label("Name").fill("sam")
    officer.page.get_by_label("Password").fill(account.password)
    officer.page.get_by_label("Code from your authenticator app").fill(account.next_code())
    officer.press("Sign in").at("/staff/unlock")
    officer.page.get_by_label("Vault passphrase").fill(account.passphrase)
    officer.press("Unlock").at("/staff/reports").see("Immediate risk").not_see("mother")
    officer.go("Hate incident").see_words("He shouted at my mother on the bus.")
    officer.see("Religion or belief, or having none", "I could not ask").see_words("“Go home.”")
    officer.page.get_by_text("Photo 2").click()
    expect(officer.page.get_by_role("img", name="Photo", exact=True)).to_have_js_property("naturalWidth", 48)
    officer.see("Immediate risk: someone must look now.").press("I have seen it and will act")
    officer.not_see("Immediate risk: someone must look now.")
    officer.page.get_by_label("Write to the reporter").fill(ANSWER)
    officer.press("Send").see_words(ANSWER)
    officer.page.get_by_label("State").select_option("action")
    officer.press("Change the state")

    resident.page.locator(f'a[href="{prefix}/return"]').click()
    resident.come_back(number.replace(" ", "-")).see("Something is being done").see_words(ANSWER)
    resident.page.locator("textarea").fill("نمبر 8")
    resident.add_photos("bus.jpg").press("Send").see_words("نمبر 8").see("Photo %(number)s", number=1)
    officer.go("All reports").see("New message").go("Hate incident").see_words("نمبر 8")
    officer.go("Close this report").press("Ask for the second look").see("Choose how it ends.")
    officer.page.get_by_label("How does it end?").select_option("spoke")
    officer.press("Put its text into the box")
    message = officer.page.get_by_label("Write to the reporter")
    ready = message.input_value()
    assert officer.said("tell us here") in ready
    officer.page.get_by_label("I have read what the reporter wrote").check()
    officer.press("Ask for the second look").see("stands in square brackets")
    message.fill(re.sub(r"\[[^\]]*\]", DONE, ready))
    officer.press("Ask for the second look").see("A closing waits for a second look.")
    resident.page.reload()
    resident.see("Something is being done").not_see(DONE)
    looks = Walk(browse("/staff/second-looks", phone=False, javascript=False), app)
    boss = hire("uma", roles=(Role.SUPERVISOR,))
    looks.page.get_by_label("Name").fill("uma")
    looks.page.get_by_label("Password").fill(boss.password)
    looks.page.get_by_label("Code from your authenticator app").fill(boss.next_code())
    looks.press("Sign in").at("/staff/unlock")
    looks.page.get_by_label("Vault passphrase").fill(boss.passphrase)
    looks.press("Unlock").at("/staff/second-looks").go("Hate incident").see_words(DONE, "نمبر 8")
    looks.press("Agree: close it, send the message").at("/staff/second-looks")
    looks.see("No closing waits for a second look.")
    officer.go("All reports").see("No report waits. New ones appear here.")
    resident.page.reload()
    resident.see("Closed").see_words(DONE, "Ombudsman").see("If you are unhappy with this")
    resident.page.locator("input[name=listened][value=a_little]").check()
    resident.press("Send my answers").at("/return/report")
    resident.go("Take back or delete my report").at("/return/ending").press("Delete my report").at("/return/report")
    resident.see("To be deleted").press("Keep my report").at("/return/report").see("Closed")
    resident.press("Close my report and clear this page").at("/")


@pytest.mark.dear
@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "ur"])
def test_a_witness_of_anti_social_behaviour_without_javascript(browse: Browse, app: Flask, language: str) -> None:
    prefix = "" if language == "en" else f"/{language}"
    witness = Walk(browse(f"{prefix}/report", javascript=False), app, language).begin()
    witness.choose("Anti-social behaviour").press("Continue").at("/report/2")
    witness.choose("Rubbish and dumping").press("Continue").at("/report/3")
    witness.choose("Smoke or bonfires").press("Continue").at("/report/files")
    witness.page.locator("textarea").fill("Somebody burns rubbish behind the garages.")
    witness.press("Continue").at("/report/5").choose("Between two days")
    for box, day in (("first", "1"), ("last", "14")):
        for part, written in (("day", day), ("month", "11"), ("year", "2026")):
            witness.page.locator(f"#{box}-{part}").fill(written)
    witness.choose("In the evening").press("Continue").at("/report/6")
    witness.page.locator("#written_place").fill("Fishermeed")
    witness.press("Continue")
    witness.at("/report/7").press("Tell us more").at("/report/8").choose("None of these", "dangers").press("Continue")
    witness.at("/report/9").choose("To someone else, and I saw it").press("Continue").at("/report/10")
    witness.press("That is all: go to the end").at("/report/check")
    witness.see_words("Somebody burns rubbish", "Fishermead").see("In the evening", "To someone else, and I saw it")
    witness.see("Only on this website, with my receipt number")
    number = witness.send()
    witness.press("I have saved the number").at("/report/saved").go("Come back to your report").come_back(number)
    witness.see("We have your report. An officer has not read it yet.")


@pytest.mark.dear
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "ur"])
def test_hate_with_a_photo_from_the_page_that_asks_what_happened(
    browse: Browse, app: Flask, language: str, javascript: bool
) -> None:
    prefix = "" if language == "en" else f"/{language}"
    walk = Walk(browse(f"{prefix}/report", javascript=javascript), app, language).begin()
    walk.choose("Hate, because of who someone is").press("Continue").at("/report/files")
    walk.page.locator("textarea").fill("They wrote on our door.")
    walk.add_photos("door.jpg").press("Continue").at("/report/3")
    for number in (4, 5, 6, 7):
        walk.press("Continue").at(f"/report/{number}")
    walk.choose("No").press("Check and send").at("/report/check").see_words("They wrote on our door.", "door.jpg")
    number = walk.send()
    assert "1" in walk.page.locator(".app-sent").inner_text()
    walk.press("I have saved the number").at("/report/saved").go("Come back to your report").come_back(number)
    assert "They wrote on our door." not in walk.page.content()


@pytest.mark.dear
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_pressing_enter_goes_on_and_never_changes_the_language(browse: Browse, app: Flask, javascript: bool) -> None:
    walk = Walk(browse("/ur/report", javascript=javascript), app, "ur")
    walk.begin().tell("x")
    walk.page.goto(walk.page.url.replace("check", "3"))
    walk.choose("I know the date")
    walk.page.locator("#exact-year").press("Enter")
    walk.at("/report/3").see("Write the day, the month and the year, or choose another answer.")
    walk.page.goto(walk.page.url.replace("/3", "/4"))
    walk.page.locator("#street").press("Enter")
    walk.at("/report/5")
    walk.page.goto(walk.page.url.replace("/5", "/7"))
    walk.page.locator("#risk-no").press("Enter")
    walk.at("/report/check")
    walk.page.goto(walk.page.url.replace("check", "8"))
    walk.page.locator("#dangers-child").press("Enter")
    walk.at("/report/9")
    walk.page.goto(walk.page.url.replace("/report/9", "/return"))
    walk.page.locator("#receipt").fill("12")
    walk.page.locator("#receipt").press("Enter")
    walk.at("/return")
    expect(walk.page.locator("#receipt-error")).to_be_visible()
    expect(walk.page.locator("html")).to_have_attribute("lang", "ur")


@pytest.mark.dear
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "ur"])
def test_noise_that_happens_again(
    app: Flask, browse: Browse, resident: Resident, officer: Officer, language: str, javascript: bool
) -> None:
    """A resident comes back with the receipt, tells of last night in a minute, and the officers see the times together."""
    digits = send_report(resident, narrative="Loud music every night.")
    prefix = "" if language == "en" else f"/{language}"
    neighbour = Walk(browse(f"{prefix}/return", javascript=javascript), app, language).come_back(digits)
    neighbour.go("It happened again").at("/return/again").see(
        "Tell us only what you want to. You do not have to keep a diary."
    )
    neighbour.go("Is it noise? Read what may help.").at("/noise").see("Do I need a diary?")
    neighbour.page.go_back()
    neighbour.choose("Yesterday")
    neighbour.page.locator("#at").fill("۲۳:۳۰" if language == "ur" else "11.30 pm")
    neighbour.page.locator("#words").fill(AGAIN)
    neighbour.choose("It makes me, or someone, ill or unable to sleep")
    note = FilePayload(name="note.mp3", mimeType="audio/mpeg", buffer=RECORDING)
    neighbour.page.locator("#files").set_input_files([note])
    neighbour.press("Send").at("/return/again/added").see("Added to your report")
    neighbour.page.reload()
    neighbour.go("Back to my report").see("It happened again").see_words(AGAIN, "23:30")
    officer.get("/staff/reports")
    officer.see("2 times, last on")
    report = re.search(r'href="(/staff/reports/[0-9a-f-]{36})"', officer.page)
    assert report
    officer.get(f"{report[1]}/series")
    officer.see("It happened 2 times", "Loud music every night.", AGAIN, "About 23:30", "Sound recording 1")
