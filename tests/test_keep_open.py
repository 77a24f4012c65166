"""Before a visit ends the page says so, and "Keep going" keeps what was typed, with script and without."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.db import session, transaction, utcnow
from portal.staff.models import StaffSession
from portal.vault.drafts import SealedDraft
from portal.web import keep_open
from tests.support import needing
from tests.support.announcing import announce
from tests.support.browsers import Browse
from tests.support.people import Officer, Resident
from tests.support.proposing import comes_back, sends
from tests.support.sending import FIELDS, FIRST, receipt_block, send_report
from tests.support.surveying import begin_survey, open_survey

pytestmark = pytest.mark.same_on_both

REPORT, COME_BACK, SURVEY, PROPOSAL = "/keep-open/1", "/keep-open/2", "/keep-open/3", "/keep-open/5"
STAFF = "/staff/keep-open"
ANSWERS = {"kind": "not_sure", "narrative": "x", "when": "today", "where": "e-fishermead", "risk": "no"}
HELD_IN_PAGE = re.compile(r'app-keep--(\d+)".*?src="([^"]+)"', re.DOTALL)


def ends(app: Flask) -> datetime:
    with app.app_context():
        return session.scalars(select(SealedDraft.ends_at)).one()


def let_end(app: Flask, **left: float) -> None:
    """Every draft has this long left to live."""
    with app.app_context(), transaction() as db:
        for row in db.scalars(select(SealedDraft)):
            row.ends_at = utcnow() + timedelta(**left)


def session_ends(app: Flask) -> datetime:
    with app.app_context():
        return session.scalars(select(StaffSession.ends_at)).one()


def let_session_end(app: Flask, **left: float) -> None:
    """Whoever is at work has this long left."""
    with app.app_context(), transaction() as db:
        for row in db.scalars(select(StaffSession)):
            row.ends_at = utcnow() + timedelta(**left)


def refresh_of(page: str) -> int:
    found = re.search(r'http-equiv="refresh" content="(\d+);', page)
    assert found, page
    return int(found[1])


def begin(resident: Resident) -> None:
    resident.get("/report")
    resident.post("/report")
    resident.follow()


def test_the_frame_is_quiet_until_ten_minutes_before_the_end(app: Flask, resident: Resident) -> None:
    begin(resident)
    resident.get(REPORT)
    resident.see("This page stays open until")
    resident.not_see("Keep going")
    assert 49 * 60 < refresh_of(resident.page) <= 50 * 60 + 1
    let_end(app, minutes=9)
    before = ends(app)
    resident.get(REPORT)
    resident.see("To keep you safe, this page closes at", "Keep going")
    assert 8 * 60 < refresh_of(resident.page) <= 9 * 60 + 1
    assert ends(app) == before  # looking at it keeps nothing open


def test_keep_going_gives_an_hour_from_now(app: Flask, resident: Resident) -> None:
    begin(resident)
    let_end(app, minutes=9)
    resident.get(REPORT)
    resident.post(REPORT)
    resident.see("This page stays open until")
    assert ends(app) - utcnow() > timedelta(minutes=59)


def test_keep_going_never_shortens_what_is_kept_for_longer(app: Flask, resident: Resident) -> None:
    begin(resident)
    let_end(app, minutes=9)
    resident.get(REPORT)
    let_end(app, days=30)
    before = ends(app)
    resident.post(REPORT)
    assert ends(app) == before
    resident.get("/report/1")
    assert not HELD_IN_PAGE.search(resident.page)


def test_a_receipt_is_not_shown_for_longer(app: Flask, resident: Resident) -> None:
    begin(resident)
    for number, code in enumerate(FIRST["not_sure"], 1):
        path = "/report/files" if code == "narrative" else f"/report/{number}"
        resident.get(path)
        resident.post(path, {FIELDS.get(code, code): ANSWERS[code]})
    let_end(app, minutes=9)
    resident.get(REPORT)
    found = re.search(r'name="csrf_token" value="([^"]+)"', resident.page)
    assert found
    resident.get("/report/check")
    resident.post("/report/check")
    resident.follow()
    receipt_block(resident.page)
    assert not HELD_IN_PAGE.search(resident.page)
    before = ends(app)
    answer = resident.client.post(REPORT, data={"csrf_token": found[1]})
    assert answer.status_code == 200
    assert "until" not in answer.text
    assert ends(app) == before <= utcnow() + timedelta(minutes=15)


def test_an_ended_visit_is_told_and_cannot_be_renewed(app: Flask, resident: Resident) -> None:
    begin(resident)
    let_end(app, minutes=9)
    resident.get(REPORT)
    let_end(app, seconds=-1)
    before = ends(app)
    resident.post(REPORT)
    resident.see("This page has closed.")
    resident.not_see("Keep going")
    assert ends(app) == before
    assert "refresh" not in resident.page


def test_only_the_frame_may_be_framed_and_only_by_the_portal(app: Flask, resident: Resident) -> None:
    begin(resident)
    framed, around, plain = (resident.client.get(path) for path in (REPORT, "/report/1", "/report"))
    assert "frame-ancestors 'self'" in framed.headers["Content-Security-Policy"]
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert framed.headers["Cache-Control"] == "no-store"
    for answer in (around, plain):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
    assert "frame-src 'self'" in around.headers["Content-Security-Policy"]
    assert "frame-src" not in plain.headers["Content-Security-Policy"] + framed.headers["Content-Security-Policy"]


def test_there_is_no_frame_of_another_number(resident: Resident) -> None:
    assert [resident.client.get(f"/keep-open/{number}").status_code for number in (0, 9)] == [404, 404]


def test_each_kind_of_visit_is_warned_of_its_own_end(app: Flask, resident: Resident) -> None:
    digits = send_report(resident)
    resident.get("/return")
    resident.post("/return", receipt=digits)
    for path in ("/return/report", "/return/ending", "/return/choices", "/return/again", "/return/read-aloud"):
        resident.get(path)
        assert HELD_IN_PAGE.findall(resident.page) == [("9", COME_BACK)], path
    let_end(app, minutes=31)
    resident.get("/return/report")
    assert HELD_IN_PAGE.findall(resident.page) == [("4", COME_BACK)]
    open_survey(app)
    begin_survey(resident)
    assert HELD_IN_PAGE.findall(resident.page) == [("9", SURVEY)]


def test_a_group_is_warned_before_its_event_closes_and_a_copied_cookie_ends_with_the_visit(
    app: Flask, resident: Resident
) -> None:
    resident.get("/events/propose")
    assert not HELD_IN_PAGE.search(resident.page)  # the form itself holds what is typed: nothing ends
    comes_back(resident, sends(resident))
    for path in ("/events/propose/yours", "/events/propose/yours/change", "/events/propose/yours/withdraw"):
        resident.get(path)
        assert HELD_IN_PAGE.findall(resident.page) == [("9", PROPOSAL)], path
    let_end(app, minutes=9)
    resident.get(PROPOSAL)
    resident.post(PROPOSAL)
    resident.get("/events/propose/yours")
    assert HELD_IN_PAGE.findall(resident.page) == [("9", PROPOSAL)]
    cookie = resident.client.get_cookie("visit")
    assert cookie
    resident.post("/events/propose/close")
    resident.client.set_cookie("visit", cookie.value)
    assert resident.client.get("/events/propose/yours").status_code == 410


def test_whoever_asked_for_help_at_an_event_is_warned_before_that_closes(resident: Resident, editor: Officer) -> None:
    needing.comes_back(resident, needing.asks(resident, announce(editor, 20)))
    for path in ("/events/ask/yours", "/events/ask/yours/take-back"):
        resident.get(path)
        assert HELD_IN_PAGE.findall(resident.page) == [("9", "/keep-open/6")], path


def test_an_officer_is_warned_and_only_pressing_keeps_them_signed_in(app: Flask, officer: Officer) -> None:
    officer.get("/staff/reports")
    assert HELD_IN_PAGE.findall(officer.page) == [("3", STAFF)]
    let_session_end(app, minutes=9)
    before = session_ends(app)
    officer.get(STAFF)
    officer.see("You will be signed out at", "Keep going")
    assert session_ends(app) == before
    officer.post(STAFF)
    officer.see("You stay signed in until")
    assert session_ends(app) - utcnow() > timedelta(minutes=29)


def test_an_officer_whose_session_has_ended_is_told(app: Flask, officer: Officer) -> None:
    let_session_end(app, minutes=9)
    officer.get(STAFF)
    let_session_end(app, seconds=-1)
    officer.post(STAFF)
    officer.see("You have been signed out.")
    assert session_ends(app) < utcnow()


@pytest.mark.dear
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_in_a_browser_what_was_typed_is_sent_after_the_visit_would_have_ended(
    app: Flask,
    browse: Browse,
    axe: Callable[[Page], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    javascript: bool,
) -> None:
    monkeypatch.setattr(keep_open, "WARNED_BEFORE", timedelta(seconds=3))
    page = browse("/report", javascript=javascript)
    page.locator("main form button.govuk-button").first.click()
    page.wait_for_url("**/report/1")
    page.locator("input[value=hate]").check()
    page.get_by_role("button", name="Continue", exact=True).last.click()
    page.wait_for_url("**/report/files")
    let_end(app, seconds=4)
    would_end = time.monotonic() + 4
    page.reload()
    page.locator("textarea").fill("They shouted at our door.")
    page.locator("textarea").focus()
    keep_going = page.frame_locator(".app-keep__frame").get_by_role("button", name="Keep going")
    expect(keep_going).to_be_visible()
    expect(page.locator("textarea")).to_be_focused()
    if javascript:
        expect(page.locator(".app-keep [role=status]")).to_contain_text("this page closes at")
        assert axe(page) == []
    keep_going.click()
    expect(page.frame_locator(".app-keep__frame").get_by_text("This page stays open until")).to_be_attached()
    if javascript:
        expect(page.locator(".app-keep")).to_be_hidden()
    time.sleep(max(0, would_end + 0.3 - time.monotonic()))
    page.get_by_role("button", name="Continue", exact=True).last.click()
    expect(page).to_have_url(re.compile("/report/3$"))
    page.goto(page.url.replace("/report/3", "/report/2"))
    expect(page.locator("textarea")).to_have_value("They shouted at our door.")


def test_three_presses_of_shift_leave_also_from_within_the_frame(app: Flask, browse: Browse) -> None:
    page = browse("/report")
    page.locator("main form button.govuk-button").first.click()
    page.wait_for_url("**/report/1")
    let_end(app, minutes=9)
    page.reload()
    page.frame_locator(".app-keep__frame").get_by_role("button", name="Keep going").focus()
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    expect(page.locator("[data-exit-status]")).to_have_text("Shift pressed. Press it 1 more time to leave.")
