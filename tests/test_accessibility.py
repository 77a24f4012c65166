"""Every page for everyone: axe finds nothing wrong, nothing runs off a narrow screen, and every target can be hit by a thumb."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import FilePayload, Page
from sqlalchemy import select, update

from portal.db import session, today, transaction, utcnow
from portal.package_data import folder
from portal.reporting import deletions
from portal.reporting.count_models import ReportCount
from portal.reporting.models import DeletionRequest, Refusal, Report, State
from portal.staff.models import Role, StaffMember
from portal.surveys.models import SampleType, Wave
from portal.surveys.reading import read_definition
from portal.surveys.versions import SURVEY_TEAM
from portal.vault import meetings
from portal.vault.drafts import SealedDraft
from portal.web.cookies import RESIDENT
from tests.support import applying, waves
from tests.support.announcing import add_event, announce, hold, translate
from tests.support.asking import CODE, FILE, answer, open_a_wave
from tests.support.browsers import Browse
from tests.support.feeding import let_through, number_on
from tests.support.line_breaks import broken_dates, broken_headings, tight_lines, turned_references
from tests.support.linking import SCOOTER, link, merge, page_of, tell
from tests.support.needing import asks
from tests.support.panels import PAGE as PANEL
from tests.support.panels import convene
from tests.support.people import Officer, Resident
from tests.support.proposing import sends
from tests.support.referring import given_id, open_agency
from tests.support.sending import WITH_CONTACT, send_report
from tests.support.surveying import QUESTIONNAIRES, open_survey
from tests.support.typing_in import type_in
from tests.support.walking import Walk

Look = Callable[[], None]
PUBLIC = [
    "/", "/help", "/surveys", "/events", "/cohesion", "/cohesion/data", "/you-said", "/priorities", "/privacy", "/if-stolen", "/cookies",
    "/accessibility", "/contact", "/formats", "/log", "/priorities/V1", "/noise", "/places", "/case-review", "/case-review/figures",
]  # fmt: skip
NARROWEST = 320
# WCAG 2.2, 2.5.8; links inside a sentence are excepted there.
MIN_TARGET = 24
MIN_BUTTON = 44
TARGETS = """least => {
  const words = element => (element.innerText || element.value || element.id || element.className).trim();
  const small = [];
  for (const element of document.querySelectorAll('a[href], button, summary, select, input:not([type=hidden]), textarea')) {
    const style = getComputedStyle(element), isButton = element.matches('button, .govuk-button, .app-call, .app-strip__item');
    const choice = element.matches('[type=radio], [type=checkbox]') && element.labels.length ? element.labels[0] : null;
    const box = (choice || element).getBoundingClientRect(), own = element.getBoundingClientRect();
    if (element.matches('.govuk-visually-hidden, .govuk-skip-link') || style.visibility === 'hidden' || !own.width || !own.height) continue;
    if (style.display === 'inline' && !isButton) continue;
    const needed = isButton ? least.button : least.target;
    const width = Math.max(box.width, own.width), height = Math.max(box.height, own.height);
    if (width < least.target - .5 || height < needed - .5)
      small.push(`${element.tagName} “${words(element)}” is ${Math.round(width)} by ${Math.round(height)}`);
  }
  return small;
}"""


class Everywhere:
    """Looks at each page that is open, on the narrowest phone: with axe, for the width, for small targets."""

    def __init__(self, page: Page, axe: Callable[[Page], list[str]]) -> None:
        self.page = page
        self.axe = axe
        self.seen: list[str] = []
        self.wrong: list[str] = []

    def look(self) -> None:
        where = f"{self.page.url.split('/', 3)[3]} ({self.page.title()})"
        self.seen.append(where)
        self.page.wait_for_load_state()
        # What the bar on top of the window covers is not too small.
        self.page.evaluate("scrollTo(0, 0)")
        found = self.axe(self.page)
        found += self.page.evaluate(TARGETS, {"target": MIN_TARGET, "button": MIN_BUTTON})
        width = self.page.evaluate("document.documentElement.scrollWidth")
        if width > NARROWEST:
            found.append(f"is {width} px wide at {NARROWEST}")
        found += broken_dates(self.page) + broken_headings(self.page)
        found += turned_references(self.page) + tight_lines(self.page)
        self.wrong += [f"/{where}: {one}" for one in found]

    def go(self, path: str) -> None:
        self.page.goto(re.match("https?://[^/]+", self.page.url)[0] + path)  # type: ignore[index]
        self.look()


# The same pages with the same rules: each day in the language that is longer, mirrored and taller, with --long in both.
@pytest.fixture(params=["ur", pytest.param("en", marks=pytest.mark.long)])
def language(request: pytest.FixtureRequest) -> str:
    given: str = request.param
    return given


@pytest.fixture
def prefix(language: str) -> str:
    return "" if language == "en" else f"/{language}"


@pytest.fixture
def everywhere(browse: Browse, axe: Callable[[Page], list[str]], prefix: str) -> Iterator[Everywhere]:
    found = Everywhere(browse(f"{prefix}/", viewport={"width": NARROWEST, "height": 640}), axe)
    yield found
    assert not found.wrong, "\n".join(found.wrong)


@pytest.mark.dear
def test_public_pages_are_for_everyone(everywhere: Everywhere, prefix: str) -> None:
    for path in PUBLIC:
        everywhere.go(prefix + path)
    assert len(everywhere.seen) == len(PUBLIC)


@pytest.mark.dear
def test_the_way_through_a_report_is_for_everyone_with_mistakes_and_without(
    everywhere: Everywhere, app: Flask, prefix: str, language: str
) -> None:
    page, look = everywhere.page, everywhere.look
    everywhere.go(f"{prefix}/report")
    walk = Walk(page, app, language).begin()
    look()
    walk.choose("Hate, because of who someone is").press("Continue").at("/report/files")
    look()
    walk.press("Continue")
    page.locator(".govuk-error-summary").wait_for()
    look()
    for details in page.locator("details").all():
        details.evaluate("details => details.open = true")
    look()
    page.locator("textarea").fill("Wort" * 100 + "\n" + "<b>x</b>")
    walk.press("Continue").at("/report/3")
    look()
    walk.choose("I know the date").press("Continue")
    page.locator(".govuk-error-summary").wait_for()
    look()
    walk.choose("Today").press("Continue").at("/report/4")
    look()
    page.locator("#street").fill("x" * 201)
    walk.press("Continue")
    page.locator(".govuk-error-summary").wait_for()
    look()
    page.locator("#street").fill("By the lake")
    walk.press("Continue").at("/report/5")
    walk.choose("Religion or belief, or having none")
    look()
    walk.press("Skip this question").at("/report/6")
    page.locator("textarea").fill("Wort" * 200)
    walk.press("Continue")
    page.locator(".govuk-error-summary").wait_for()
    look()
    walk.press("Skip this question").at("/report/7")
    look()
    walk.choose("Yes").press("Tell us more").at("/report/8")
    look()
    walk.choose("Someone may hurt or kill themselves").press("Continue").at("/report/9")
    look()
    walk.choose("To someone I am helping").press("Continue").at("/report/10")
    walk.press("That is all: go to the end").at("/report/check")
    look()
    everywhere.go(f"{prefix}/report/1?change=1")
    walk.choose("Anti-social behaviour").press("Continue").at("/report/check")
    everywhere.go(f"{prefix}/report/2?change=1")
    look()
    walk.choose("Rubbish and dumping").press("Continue").at("/report/3?change=1")
    walk.choose("Rubbish or furniture dumped")
    look()
    walk.choose("One bag").press("Continue").at("/report/check")
    look()
    everywhere.go(f"{prefix}/report/files?change=1")
    walk.add_photos("IMG_20261120_2215.jpg", "x" * 70 + ".jpg").press("Add").see_words("IMG_20261120_2215.jpg")
    look()
    page.locator("#files").set_input_files(FilePayload(name="notes.txt", mimeType="text/plain", buffer=b"x"))
    walk.press("Continue")
    page.locator(".govuk-error-summary").wait_for()
    look()
    walk.press("Continue").at("/report/check")
    number = walk.send()
    look()
    everywhere.go(f"{prefix}/report")
    everywhere.go(f"{prefix}/report/sent")
    walk.press("I have saved the number").at("/report/saved")
    look()
    everywhere.go(f"{prefix}/return")
    walk.press("Open my report")
    page.locator(".govuk-error-summary").wait_for()
    look()
    walk.come_back(number)
    look()
    walk.press("Send")
    page.locator(".govuk-error-summary").wait_for()
    look()
    page.locator("textarea").fill("Still afraid.")
    walk.add_photos("1.jpg").press("Send").see_words("Still afraid.")
    page.locator("summary").first.click()
    look()
    walk.go("Have this read to me").at("/return/read-aloud").press("Send")
    page.locator(".govuk-error-summary").wait_for()
    look()
    everywhere.go(f"{prefix}/return/report")
    walk.go("Take back or delete my report").at("/return/ending")
    look()
    walk.press("Delete my report").at("/return/report")
    look()
    with app.app_context(), transaction() as db:
        db.execute(update(DeletionRequest).values(refused_on=today(), refused_for=Refusal.LEGAL_HOLD))
        db.execute(update(Report).values(state=State.CLOSED))
    everywhere.go(f"{prefix}/return/report")
    walk.go("Take back or delete my report").at("/return/ending")
    look()
    walk.press("Take back my report").at("/return/report")
    look()
    assert len(everywhere.seen) == 39


@pytest.mark.dear
def test_the_way_through_a_survey_is_for_everyone_with_mistakes_and_without(
    everywhere: Everywhere, app: Flask, prefix: str, language: str
) -> None:
    everywhere.go(f"{prefix}/surveys")
    open_survey(app)
    page, look = everywhere.page, everywhere.look
    for path in ("/", "/surveys", "/surveys/every-type"):
        everywhere.go(prefix + path)
    walk = Walk(page, app, language).press("Start the survey").at("/surveys/every-type/1")
    look()
    walk.press("Continue").at("/surveys/every-type/2")
    for code in ("hate", "none"):
        page.locator(f"[value={code}]").check()
    walk.press("Continue")
    page.locator(".govuk-error-summary").wait_for()
    look()
    page.locator("[value=none]").uncheck()
    walk.press("Continue").at("/surveys/every-type/3")
    page.locator("[value=no]").check()
    look()
    walk.press("Continue").at("/surveys/every-type/4")
    page.locator("textarea").fill("Wort" * 100)
    page.locator("input[type=text]").fill("x" * 201)
    walk.press("Continue")
    page.locator(".govuk-error-summary").wait_for()
    look()
    walk.press("Clear this page and go on").at("/surveys/every-type/5")
    page.locator("#answer_years").fill("many")
    walk.press("Continue")
    page.locator(".govuk-error-summary").wait_for()
    look()
    walk.press("Clear this page and go on").at("/surveys/every-type/6")
    look()
    walk.press("Continue").at("/surveys/every-type/7")
    look()
    walk.press("Continue").at("/surveys/every-type/send")
    look()
    walk.press("Save and come back later").at("/surveys/every-type/save")
    look()
    walk.press("Save and show my code").at("/surveys/every-type/saved")
    look()
    code = page.locator(".app-receipt .app-receipt__digits").inner_text()
    everywhere.go(f"{prefix}/saved-survey")
    walk.press("Open my answers")
    page.locator(".govuk-error-summary").wait_for()
    look()
    page.locator("#code").fill(code.replace("\n", " "))
    walk.press("Open my answers").at("/surveys/every-type/send")
    walk.press("Send my answers").at("/surveys/every-type/thanks")
    look()
    for path in ("/surveys/every-type", "/surveys/none"):
        everywhere.go(prefix + path)
    with app.app_context(), transaction() as db:
        db.execute(update(Wave).values(sample_type=SampleType.INVITED))
    everywhere.go(f"{prefix}/surveys/every-type")
    walk.press("Start the survey")
    page.locator(".govuk-error-summary").wait_for()
    look()
    assert len(everywhere.seen) == 21


@pytest.mark.dear
def test_each_type_of_question_is_for_everyone_with_mistakes_and_without(
    everywhere: Everywhere, app: Flask, prefix: str, language: str
) -> None:
    page, look = everywhere.page, everywhere.look
    kinds = sorted(path.stem for path in (QUESTIONNAIRES / "types").glob("*.toml"))
    for kind in kinds:
        open_survey(app, QUESTIONNAIRES / "types" / f"{kind}.toml")
        everywhere.go(f"{prefix}/surveys/{kind}")
        walk = Walk(page, app, language).press("Start the survey").at(f"/surveys/{kind}/1")
        look()
        for box in page.locator("main input[type=text], main textarea").all():
            box.fill("New" * 2000)
        for tick in page.locator("main input[type=checkbox]").all():
            tick.check()
        if kind == "ranking":
            page.locator("[value='add bins']").click()
            page.locator("ol.app-ranking li").first.wait_for()
            look()
        if kind in ("date", "number", "place", "several", "short-text", "long-text"):
            walk.press("Continue")
            page.locator(".govuk-error-summary").wait_for()
            look()
        if kind == "place":
            page.locator("main input[type=text]").fill("Newport")
            walk.press("Continue")
            page.locator(".app-ask").wait_for()
            look()
    assert len(everywhere.seen) == 2 * len(kinds) + 8


@pytest.mark.dear
def test_error_pages_are_for_everyone(
    everywhere: Everywhere, app: Flask, resident: Resident, prefix: str, language: str
) -> None:
    for path in ("/nothing", "/leave", "/report/check", "/return/report"):
        everywhere.go(prefix + path)
    everywhere.go(f"{prefix}/report")
    walk = Walk(everywhere.page, app, language).begin().press("Continue").at("/report/files")
    with app.app_context(), transaction() as db:
        db.execute(update(SealedDraft).values(ends_at=utcnow()))
    everywhere.page.locator("textarea").fill("typed for an hour")
    walk.press("Continue").see_words("typed for an hour")
    everywhere.look()
    assert len(everywhere.seen) == 6


@pytest.mark.dear
def test_staff_pages_are_for_everyone(
    everywhere: Everywhere, app: Flask, hire: Callable[..., Officer], resident: Resident, prefix: str, language: str
) -> None:
    for risk in ("yes", "no"):
        digits = send_report(resident, kind="hate", risk=risk, narrative="Wort" * 100)
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.post("/return/report", message="Any news?")
    account = hire()
    page, walk = everywhere.page, Walk(everywhere.page, app, language)
    everywhere.go(f"{prefix}/staff/sign-in")
    walk.press("Sign in")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#name").fill(account.name)
    page.locator("#password").fill(account.password)
    page.locator("#code").fill(account.next_code())
    walk.press("Sign in").at("/staff/unlock")
    everywhere.look()
    walk.press("Unlock")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#passphrase").fill(account.passphrase)
    walk.press("Unlock").at("/staff/reports")
    everywhere.look()
    everywhere.go(f"{prefix}/staff/reports?view=closed")
    page.go_back()
    with page.expect_navigation():
        page.locator(".app-queue__high a").first.click()
    everywhere.look()
    walk.press("Send")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#message").fill("We have read it. " * 20)
    walk.press("Send").see_words("We have read it.")
    everywhere.look()
    page.locator("ol a[href*=translate]").last.click()
    page.locator("textarea").fill("We have read it, in another language.")
    everywhere.look()
    with page.expect_navigation():
        page.locator("form button[type=submit]").last.click()
    everywhere.look()
    with app.app_context():
        for report in session.scalars(select(Report.id)).all():
            deletions.ask_for_deletion(report)
            deletions.withdraw_report(report)
    everywhere.go(f"{prefix}/staff/reports?view=withdrawn")
    with page.expect_navigation():
        page.locator(".app-queue__high a").first.click()
    everywhere.look()
    walk.press("Refuse the deletion")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#reason").select_option("at_risk")
    walk.press("Refuse the deletion").see("Someone is at risk")
    everywhere.look()
    assert len(everywhere.seen) == 15


@pytest.mark.dear
def test_telling_that_it_happened_again_and_reading_it_are_for_everyone(
    everywhere: Everywhere, app: Flask, officer: Officer, resident: Resident, prefix: str, language: str
) -> None:
    digits = send_report(resident)
    page, walk = everywhere.page, Walk(everywhere.page, app, language)
    everywhere.go(f"{prefix}/return")
    walk.come_back(digits).go("It happened again").at("/return/again")
    everywhere.look()
    page.locator("#at").fill("late")
    walk.choose("I know the date").press("Send")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#at").fill("22:30")
    page.locator("#words").fill("Wort" * 100)
    walk.choose("Today").choose("Someone was hurt").add_photos("1.jpg").press("Send").at("/return/again/added")
    everywhere.look()
    walk.go("Back to my report").see("It happened again")
    everywhere.look()
    officer.get("/staff/reports")
    report = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert report
    cookie = officer.client.get_cookie("work")
    assert cookie
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "work", "value": cookie.value, "domain": "127.0.0.1", "path": "/"}])
    for path in ("/staff/reports", report[0], f"{report[0]}/series"):
        everywhere.go(prefix + path)
    assert len(everywhere.seen) == 8


@pytest.mark.dear
def test_a_case_with_its_record_its_tasks_and_its_paper_are_for_everyone(
    everywhere: Everywhere, app: Flask, officer: Officer, resident: Resident, prefix: str
) -> None:
    send_report(resident, kind="hate", narrative="Wort" * 100)
    with app.app_context():
        at = f"/staff/reports/{session.scalars(select(Report.id)).one()}"
        me = session.scalars(select(StaffMember.id)).one().hex
    everywhere.go("/staff/sign-in")
    page = everywhere.page
    cookie = officer.client.get_cookie("work")
    assert cookie
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "work", "value": cookie.value, "domain": "127.0.0.1", "path": "/"}])
    everywhere.go(prefix + at)
    officer.get(at)
    officer.post(f"{at}/notes", note="Wort" * 100)
    officer.post(f"{at}/owner", take="1")
    for day in (today(), today() + timedelta(9)):
        officer.post(f"{at}/tasks", task="Wort" * 40, task_owner=me, task_due=str(day))
    everywhere.go(prefix + at)
    page.locator("details", has=page.locator("#task")).locator("summary").click()
    page.locator("form", has=page.locator("#task")).locator("button").click()
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    for path in ("/staff/tasks", f"{at}/print"):
        everywhere.go(prefix + path)
    assert len(everywhere.seen) == 6


@pytest.mark.dear
def test_linking_and_merging_reports_is_for_everyone(
    everywhere: Everywhere, app: Flask, officer: Officer, prefix: str, language: str
) -> None:
    (_, first), (digits, second), (_, third) = tell(app, [*SCOOTER[:2], f"{SCOOTER[2]} {'Wort' * 40} MK12 ABC"])
    link(officer, first, [third], why="w" * 200)
    merge(officer, second, first)
    everywhere.go(f"{prefix}/return")
    Walk(everywhere.page, app, language).come_back(digits)
    everywhere.look()
    cookie = officer.client.get_cookie("work")
    assert cookie
    everywhere.page.context.clear_cookies()
    everywhere.page.context.add_cookies([{"name": "work", "value": cookie.value, "domain": "127.0.0.1", "path": "/"}])
    address = f"{prefix}{page_of(first)}"
    for path in ("", "/belongs", "/alike", f"/unlink/{third}", f"/merge/{third}", "/merged"):
        everywhere.go(address + path)
    for path in (page_of(second), f"{page_of(second)}/unmerge", f"{page_of(third)}/alike"):
        everywhere.go(prefix + path)
    everywhere.page.locator("main form button").last.click()
    everywhere.page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    assert len(everywhere.seen) == 12


@pytest.mark.dear
def test_closing_a_report_and_reading_how_it_ended_are_for_everyone(
    everywhere: Everywhere,
    app: Flask,
    officer: Officer,
    hire: Callable[..., Officer],
    resident: Resident,
    prefix: str,
    language: str,
) -> None:
    digits = send_report(resident, kind="hate", narrative="Wort" * 100)
    resident.get("/return")
    resident.post("/return", receipt=digits)
    resident.follow()
    resident.post("/return/report", message="Wort" * 100)
    boss = hire("uma", roles=(Role.SUPERVISOR,))
    boss.sign_in()
    boss.unlock()
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert found
    at, looks = found[0], found[0].replace("/reports/", "/second-looks/")
    page, walk = everywhere.page, Walk(everywhere.page, app, language)

    def become(person: Resident, name: str) -> None:
        cookie = person.client.get_cookie(name)
        assert cookie
        page.context.clear_cookies()
        page.context.add_cookies([{"name": name, "value": cookie.value, "url": urljoin(page.url, "/")}])

    become(officer, "work")
    everywhere.go(f"{prefix}{at}/close")
    page.locator("#outcome").select_option("no-power")
    with page.expect_navigation():
        walk.press("Put its text into the box")
    everywhere.look()
    walk.press("Ask for the second look")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#message").fill("Wort" * 100)
    page.locator("#why").fill("Wort" * 100)
    page.locator("#answered").check()
    walk.press("Ask for the second look").see("A closing waits for a second look.")
    everywhere.look()
    become(boss, "work")
    resident.get("/return/report")
    resident.post("/return/report", message="Wort" * 100)
    for path in ("/staff/second-looks", looks):
        everywhere.go(prefix + path)
    walk.press("Agree: close it, send the message")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#answered").check()
    walk.press("Agree: close it, send the message").at("/staff/second-looks")
    everywhere.look()
    month = (today() - timedelta(100)).replace(day=1)
    with app.app_context(), transaction() as db:
        db.add(ReportCount(month=month, place_group="x", question="listened", answer="yes", times=12))
    everywhere.go(f"{prefix}/staff/verdicts")
    become(officer, "work")
    everywhere.go(prefix + at)
    become(resident, "visit")
    everywhere.go(f"{prefix}/return/report")
    assert len(everywhere.seen) == 11


@pytest.mark.dear
def test_referring_a_report_and_an_agencys_own_pages_are_for_everyone(
    everywhere: Everywhere,
    app: Flask,
    officer: Officer,
    resident: Resident,
    hire: Callable[..., Officer],
    prefix: str,
    language: str,
) -> None:
    page, walk = everywhere.page, Walk(everywhere.page, app, language)
    origin = "/".join(page.url.split("/")[:3])

    def work_as(person: Officer) -> None:
        cookie = person.client.get_cookie("work")
        assert cookie
        page.context.clear_cookies()
        page.context.add_cookies([{"name": "work", "value": cookie.value, "url": origin}])

    digits = send_report(resident, more=WITH_CONTACT, narrative="Wort" * 200)
    agency = open_agency(app, hire, "victims-first")
    officer.get("/staff/reports")
    found = re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)
    assert found
    at = found[0]
    work_as(officer)
    everywhere.go(f"{prefix}{at}/refer")
    page.locator("#agency").select_option("landlord")
    walk.press("Look at it before it goes")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#agency").select_option("victims-first")
    page.locator("#way-portal").check()
    page.locator("#has_words").check()
    page.locator("#has_contact").check()
    page.locator("#hidden").fill("Wort*")
    page.locator("#message").fill("x" * 1_000)
    walk.press("Look at it before it goes").see("Change it")
    everywhere.look()
    walk.press("Send it").see("What came back")
    everywhere.look()
    where = "/staff/" + page.url.split("/staff/", 1)[1]
    everywhere.go(f"{prefix}{where}/sheet")
    work_as(agency)
    everywhere.go(f"{prefix}/staff/referred")
    everywhere.go(f"{prefix}/staff/referred/{given_id(where)}")
    walk.press("Save")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#act-declined").check()
    page.locator("#message").fill("y" * 300)
    page.locator("#reference").fill("R" * 60)
    walk.press("Save").see("Your part has ended, so it cannot be opened here any more.")
    everywhere.look()
    work_as(officer)
    for path in ("/staff/referrals", where, at):
        everywhere.go(prefix + path)
    page.context.clear_cookies()
    everywhere.go(f"{prefix}/return")
    walk.come_back(digits).see("They said no")
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    everywhere.look()
    assert len(everywhere.seen) == 14


@pytest.mark.dear
def test_a_case_review_from_asking_for_it_to_its_panel_is_for_everyone(
    everywhere: Everywhere, app: Flask, officer: Officer, hire: Callable[..., Officer], prefix: str
) -> None:
    page = everywhere.page
    origin = "/".join(page.url.split("/")[:3])

    def come_as(cookie: dict[str, str]) -> None:
        page.context.clear_cookies()
        page.context.add_cookies([cookie | {"url": origin}])  # type: ignore[list-item]

    def work_as(person: Officer) -> None:
        cookie = person.client.get_cookie("work")
        assert cookie
        come_as({"name": "work", "value": cookie.value})

    applicant = Resident(app.test_client())
    applying.fills_in(applicant)
    cookie = applicant.client.get_cookie(RESIDENT)
    assert cookie
    come_as({"name": RESIDENT, "value": cookie.value})
    for path in ("check", "apply", "apply/1", "apply/2", "apply/3", "apply/4", "apply/5", "apply/check", "back"):
        everywhere.go(f"{prefix}/case-review/{path}")
    number = applying.sends(applicant)
    everywhere.go(f"{prefix}/case-review/apply/sent")
    of_application = applying.page_of_review(app)
    applying.opens(applicant, number)
    cookie = applicant.client.get_cookie(RESIDENT)
    assert cookie
    come_as({"name": RESIDENT, "value": cookie.value})
    for path in ("yours", "yours/take-back"):
        everywhere.go(f"{prefix}/case-review/{path}")
    work_as(officer)
    for path in ("/staff/case-reviews", of_application):
        everywhere.go(prefix + path)
    case = convene(app, officer, hire)
    case.fill("invitation", act="invite")
    come_as(case.applicants_cookie(origin))
    for path in ("/case-review/yours", PANEL):
        everywhere.go(prefix + path)
    case.hold()
    recommendation = case.recommend("Wort" * 40)
    work_as(officer)
    for path in (case.at(), case.at("minutes"), case.at("outcome"), case.petra, recommendation):
        everywhere.go(prefix + path)
    everywhere.go(f"{prefix}/staff/case-reviews/recommendations")
    work_as(case.landlord)
    for path in ("/staff/case-review-panels", case.at("papers")):
        everywhere.go(prefix + path)
    case.fill("outcome", message="Wort" * 40, language="en")
    come_as(case.applicants_cookie(origin))
    everywhere.go(prefix + PANEL)
    assert len(everywhere.seen) == 25


@pytest.mark.dear
def test_an_invitation_from_the_link_to_the_first_day_and_the_pages_about_accounts_are_for_everyone(
    everywhere: Everywhere, app: Flask, hire: Callable[..., Officer], prefix: str, language: str
) -> None:
    admin = hire("priya", teams=(), roles=(Role.ADMINISTRATOR,))
    admin.sign_in()
    page, walk = everywhere.page, Walk(everywhere.page, app, language)

    def is_at_work(who: Officer) -> None:
        cookie = who.client.get_cookie("work")
        assert cookie
        page.context.clear_cookies()
        page.context.add_cookies([{"name": "work", "value": cookie.value, "url": urljoin(page.url, "/")}])

    is_at_work(admin)
    for path in ("people", "people?q=nobody", "people/roles", "people/priya", "account", "people/invite"):
        everywhere.go(f"{prefix}/staff/{path}")
    walk.press("Make a link")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#name").fill("kim")
    page.locator("#display_name").fill("Kim " + "Wort" * 15)
    page.locator("[name=roles][value=officer]").check()
    page.locator("[name=teams][value=hate_team]").check()
    walk.press("Make a link")
    page.locator("[data-copy]").wait_for()
    everywhere.look()
    invitation = page.locator("[data-copy]").get_attribute("data-copy")
    assert invitation
    everywhere.go(f"{prefix}/staff/people/kim")
    page.context.clear_cookies()
    page.goto(invitation)
    assert "link=" not in page.url
    everywhere.go(f"{prefix}/staff/join")
    walk.press("Save and show my recovery codes")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#password").fill("seven otters by a canal")
    page.locator("#passphrase").fill("the quiet lock at dusk")
    secret = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", page.locator("main").inner_text())
    assert secret
    page.locator("#code").fill(pyotp.TOTP(secret[0].replace(" ", "")).now())
    walk.press("Save and show my recovery codes")
    page.locator("[data-copy]").wait_for()
    everywhere.look()
    code = page.locator("ol bdi").first.inner_text()
    everywhere.go(f"{prefix}/staff/join")
    everywhere.go(f"{prefix}/staff/sign-in")
    page.locator("#name").fill("kim")
    page.locator("#password").fill("seven otters by a canal")
    page.locator("#code").fill(code)
    walk.press("Sign in").at("/staff/unlock")
    page.locator("#passphrase").fill("the quiet lock at dusk")
    walk.press("Unlock").at("/staff/reports")
    everywhere.look()
    for what in ("password", "passphrase", "authenticator", "codes", "passkeys"):
        everywhere.go(f"{prefix}/staff/account/{what}")
    member = hire("sam")
    member.come_to_work()
    is_at_work(member)
    everywhere.go(f"{prefix}/staff/account/team")
    with page.expect_navigation():
        walk.press("Hand over the key")
    everywhere.look()
    everywhere.go(f"{prefix}/staff/holds")
    app.extensions["settings"] = replace(
        app.extensions["settings"], oidc_issuer="http://127.0.0.1:9/x", oidc_name="Fernhill Council"
    )
    for path in ("sign-in", "sign-in/organisation/back", "account", "account/organisation"):
        everywhere.go(f"{prefix}/staff/{path}")
    is_at_work(admin)
    everywhere.go(f"{prefix}/staff/people/kim/organisation")
    auditor = hire("edith", teams=(), roles=(Role.AUDITOR,))
    auditor.sign_in()
    is_at_work(auditor)
    for query in ("", "?first=x", "?person=priya", "?about=kim"):
        everywhere.go(f"{prefix}/staff/log{query}")
    assert len(everywhere.seen) == 32


@pytest.mark.dear
def test_the_calendar_and_its_editors_pages_are_for_everyone(
    everywhere: Everywhere, app: Flask, editor: Officer, prefix: str, language: str
) -> None:
    event_id = announce(
        editor, title="Wort" * 30, venue="x" * 100, web_address=f"https://example.org/{'x' * 300}", again="1", times="4"
    )
    day = today() + timedelta(days=10)
    translate(editor, event_id, "ur", "کافی اور گفتگو", "- سب کا خیر مقدم\n- آئیے")
    draft = add_event(editor)
    held = add_event(editor)
    open_survey(app, folder("surveys") / "event-feedback.toml")
    sends(Resident(app.test_client()))
    asks(Resident(app.test_client()), event_id, str(day), needs=["interpreter"], language="pl")
    for path in (
        f"/events/ask/{event_id}",
        "/events/ask/back",
        "/events",
        f"/events/{event_id}",
        f"/events/{event_id}/{day}",
        "/events?access=quiet_space",
        f"/events/month/{today():%Y-%m}",
        "/events/past",
        "/events/propose/back",
        "/events/awareness",
        "/events/subscribe?free=yes",
        "/events/sheet",
        f"/events/{event_id}/poster",
        f"/events/{event_id}/feedback",
        "/events/embed",
    ):
        everywhere.go(prefix + path)
    everywhere.go(f"{prefix}/events/propose")
    everywhere.go(f"{prefix}/staff/sign-in")
    page, walk = everywhere.page, Walk(everywhere.page, app, language)
    page.locator("#name").fill(editor.name)
    page.locator("#password").fill(editor.password)
    page.locator("#code").fill(editor.next_code())
    walk.press("Sign in").at("/staff/events")
    everywhere.look()
    everywhere.go(f"{prefix}/staff/events/planning")
    everywhere.go(f"{prefix}/staff/events/new")
    walk.press("Save")
    page.locator(".govuk-error-summary").wait_for()
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    everywhere.look()
    after = f"{held}/dates/{hold(app, held)}/afterwards"
    everywhere.go(f"{prefix}/staff/events/afterwards")
    for path in (event_id, f"{event_id}/words/ur", f"{event_id}/cancel", f"{event_id}/dates/{day}/move", draft, after):
        everywhere.go(f"{prefix}/staff/events/{path}")
    everywhere.go(f"{prefix}/staff/event-proposals")
    page.locator("td a").first.click()
    page.wait_for_url("**/staff/event-proposals/*")
    everywhere.look()
    everywhere.go(f"{prefix}/staff/events/{event_id}/help")
    everywhere.go(f"{prefix}/staff/events/help")
    page.locator("td a").first.click()
    page.wait_for_url("**/staff/events/help/*")
    everywhere.look()
    source = let_through(editor)
    code = number_on(editor.page)
    for path in ("", "/new", f"/{source}", f"/{source}/change"):
        everywhere.go(f"{prefix}/staff/event-calendars{path}")
    everywhere.go(f"{prefix}/events/propose/back")
    page.locator("#code").fill(code)
    page.locator("#code").press("Enter")
    page.wait_for_url("**/events/your-calendar")
    everywhere.look()
    for path in (f"events/{event_id}/picture", "trusted-groups", "trusted-groups/new"):
        everywhere.go(f"{prefix}/staff/{path}")
    page.locator("#name").fill("Kite Friends")
    page.locator("#reason").fill("We know them.")
    walk.press("Give it a number")
    page.locator(".app-receipt__digits").wait_for()
    everywhere.look()
    page.locator(".govuk-back-link").click()
    page.locator("#renew").wait_for()
    everywhere.look()
    assert len(everywhere.seen) == 44


@pytest.mark.dear
def test_figures_are_for_everyone(
    everywhere: Everywhere, app: Flask, hire: Callable[..., Officer], prefix: str, language: str
) -> None:
    with app.app_context(), transaction() as db:
        draft = waves.publish_figures(db)
    page, walk = everywhere.page, Walk(everywhere.page, app, language)
    everywhere.go(f"{prefix}/cohesion")
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    everywhere.look()
    account = hire(roles=(Role.SURVEY_MANAGER,))
    page.goto(f"{page.url.split('/cohesion')[0]}/staff/sign-in")
    page.locator("#name").fill(account.name)
    page.locator("#password").fill(account.password)
    page.locator("#code").fill(account.next_code())
    walk.press("Sign in").at("/staff/surveys")
    everywhere.go(f"{prefix}/staff/figures")
    everywhere.go(f"{prefix}/staff/figures/{draft}")
    everywhere.go(f"{prefix}/staff/figures/{draft}/publish")
    walk.press("Publish these figures")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("input[name=reason]").first.check()
    walk.press("Publish these figures").at(f"/staff/figures/{draft}")
    everywhere.go(f"{prefix}/staff/figures/{draft}/withdraw")
    assert len(everywhere.seen) == 7
    for part in ("register", "overview", "years"):
        everywhere.go(f"{prefix}/staff/figures/{part}")
    everywhere.go(f"{prefix}/staff/figures/board-reports")
    quarter = page.locator("main tbody a").first.get_attribute("href")
    assert quarter
    everywhere.go(f"{quarter}/words")
    page.locator("#words_C1").fill("Four festivals.")
    walk.press("Keep").at(quarter.removeprefix(prefix))
    everywhere.look()
    everywhere.go(f"{quarter}/actions")
    walk.press("Add it")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#what").fill("Hold a drop-in in Polish")
    page.locator("#owner").fill("Community safety team")
    page.locator("#due").fill(f"{today() + timedelta(days=30)}")
    walk.press("Add it")
    page.locator("main table").wait_for()
    everywhere.look()
    everywhere.go(page.locator("main td a").first.get_attribute("href") or "")
    page.goto(urljoin(page.url, quarter))
    walk.press("Freeze it").at(f"{quarter.removeprefix(prefix)}/1")
    everywhere.look()
    everywhere.go(f"{quarter}/again")


@pytest.mark.dear
def test_the_marac_is_for_everyone(
    everywhere: Everywhere, app: Flask, hire: Callable[..., Officer], prefix: str, language: str
) -> None:
    page, walk = everywhere.page, Walk(everywhere.page, app, language)
    with app.app_context(), transaction() as db:
        meetings.ensure_record_team(db)
    cora = hire("cora", teams=("hate_team", "asb_team", meetings.RECORD_TEAM))
    cora.come_to_work()
    cookie = cora.client.get_cookie("work")
    assert cookie
    page.context.add_cookies([{"name": "work", "value": cookie.value, "url": "/".join(page.url.split("/")[:3])}])

    def fails(words: str) -> None:
        walk.press(words)
        page.locator(".govuk-error-summary").wait_for()
        everywhere.look()

    everywhere.go(f"{prefix}/staff/marac/refer")
    fails("Refer it")
    page.locator("#written_title").fill("Case" * 25)
    page.locator("#written_reason").fill("Wort" * 200)
    page.locator("input[name=risk]").last.check()
    page.locator("input[name=consent]").first.check()
    walk.press("Refer it").at("/staff/marac?referred=yes")
    everywhere.look()
    everywhere.go(f"{prefix}/staff/marac/new")
    fails("Plan it")
    page.locator("#held_on").fill(str(today()))
    page.locator("#chair").select_option(label="Cora")
    walk.press("Plan it")
    page.locator("#agenda").wait_for()
    everywhere.look()
    meeting = page.url
    page.goto(meeting.split("/meetings/")[0])
    with page.expect_navigation():
        page.locator("main a[href*='/cases/']").first.click()
    everywhere.look()
    fails("Do not take it")
    walk.press("Put it on the agenda")
    page.locator("main a[href*='/items/']").wait_for()
    everywhere.look()
    with page.expect_navigation():
        page.locator("main a[href*='/items/']").click()
    everywhere.look()
    fails("Keep what we know")
    page.locator("#written_action").fill("Visit" * 30)
    page.locator("#owner").select_option(label="Cora")
    page.locator("#due_on").fill(str(today()))
    with page.expect_navigation():
        walk.press("Add the action")
    everywhere.look()
    with page.expect_navigation():
        page.locator("main a[href*='/actions/']").click()
    everywhere.look()
    fails("It is not done and will not be")
    path = meeting.partition("//")[2].partition("/")[2].partition("#")[0]
    everywhere.go(f"/{path}/cancel")
    everywhere.go(f"/{path}/move")
    fails("Move the meeting")
    everywhere.go(f"{prefix}/staff/marac")
    everywhere.go(f"{prefix}/staff/marac/figures")
    assert len(everywhere.seen) == 19


def choose_definition(page: Page, text: str) -> None:
    page.locator("#definition").set_input_files(FilePayload(name="x.toml", mimeType="text/plain", buffer=text.encode()))


@pytest.mark.dear
def test_sheets_of_paper_are_typed_in_and_settled_by_everyone(
    everywhere: Everywhere,
    app: Flask,
    hire: Callable[..., Officer],
    survey_manager: Officer,
    survey_file: Path,
    prefix: str,
    language: str,
) -> None:
    wave_id = open_a_wave(app, read_definition(survey_file))
    account = hire("sam", teams=(SURVEY_TEAM,), roles=(Role.SURVEY_MANAGER, Role.ANALYST))
    page, walk = everywhere.page, Walk(everywhere.page, app, language)
    page.goto(page.url.split("/ur")[0].rstrip("/") + f"{prefix}/staff/sign-in")
    page.locator("#name").fill(account.name)
    page.locator("#password").fill(account.password)
    page.locator("#code").fill(account.next_code())
    walk.press("Sign in").at("/staff/surveys")
    page.goto(page.url.replace("surveys", "unlock"))
    page.locator("#passphrase").fill(account.passphrase)
    walk.press("Unlock").at("/staff/surveys")
    sheets = f"{prefix}/staff/waves/{wave_id}/paper"
    everywhere.go(sheets)
    walk.press("Make the batch")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#sheets").fill("2")
    walk.press("Make the batch").at(f"/staff/waves/{wave_id}/paper/1")
    everywhere.look()
    for sheet in (1, 2):
        type_in(survey_manager, f"/staff/waves/{wave_id}/paper/1", sheet, written_why="Wort" * 100)
    everywhere.go(f"{sheets}/1/1?by=codes")
    page.locator("#answer_together").fill("d")
    page.locator("#answer_years").fill("many")
    walk.press("Save this sheet")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#answer_together").fill("di")
    page.locator("#answer_years").fill("8")
    walk.press("Save this sheet")
    page.wait_for_url("**/paper/1/2?*")
    everywhere.go(f"{sheets}/1/2")
    walk.press("Save this sheet")
    page.wait_for_url("**/paper/1?*")
    walk.press("Compare what was typed in").at(f"/staff/waves/{wave_id}/paper/1/compare")
    page.get_by_role("status").wait_for()
    everywhere.look()
    everywhere.go(f"{sheets}/1/1/settle")
    walk.press("Store this sheet")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    for choice in page.locator("input[value=first]").all():
        choice.check()
    walk.press("Store this sheet").at(f"/staff/waves/{wave_id}/paper/1")
    everywhere.look()
    everywhere.go(sheets)
    everywhere.go(f"{prefix}/staff/waves/{wave_id}/close")
    assert len(everywhere.seen) == 12


@pytest.mark.dear
def test_survey_pages_of_the_staff_are_for_everyone(
    everywhere: Everywhere, app: Flask, hire: Callable[..., Officer], survey_file: Path, prefix: str, language: str
) -> None:
    wave_id = open_a_wave(app, read_definition(survey_file))
    answer(app, wave_id, why="Wort" * 100)
    answer(app, wave_id, why="کوئی بات نہیں کرتا۔", language="ur")
    survey_file.write_text(FILE.replace("Noise", "Wort" * 60), encoding="utf-8")
    survey_file.with_name("broken.toml").write_text("code = 7", encoding="utf-8")
    account = hire("sam", teams=(SURVEY_TEAM,), roles=(Role.SURVEY_MANAGER, Role.ANALYST))
    page, walk = everywhere.page, Walk(everywhere.page, app, language)
    page.goto(page.url.split("/ur")[0].rstrip("/") + f"{prefix}/staff/sign-in")
    page.locator("#name").fill(account.name)
    page.locator("#password").fill(account.password)
    page.locator("#code").fill(account.next_code())
    walk.press("Sign in").at("/staff/surveys")
    everywhere.look()
    page.goto(page.url.replace("surveys", "unlock"))
    page.locator("#passphrase").fill(account.passphrase)
    walk.press("Unlock").at("/staff/surveys")
    survey, wave = f"{prefix}/staff/surveys/{CODE}", f"{prefix}/staff/waves/{wave_id}"
    everywhere.go(f"{prefix}/staff/surveys/broken")
    everywhere.go(f"{prefix}/staff/survey-upload")
    choose_definition(page, FILE.replace("minutes = 2", "minutes = 0"))
    walk.press("Upload and check")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    choose_definition(page, FILE.replace(', pl = "Nic"', "").replace("Litter", "Wort" * 60))
    walk.press("Upload and check")
    page.locator("#publish").wait_for()
    everywhere.look()
    walk.press("Publish this version")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    for path in ("compare", "languages/v1", "languages/v1?language=ur", "languages/v1?language=pl&only=unread"):
        everywhere.go(f"{survey}/{path}")
    everywhere.go(survey)
    everywhere.go(f"{wave}/targets")
    page.locator("#all").fill("many")
    walk.press("Keep these targets")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#all").fill("20")
    walk.press("Keep these targets").at(f"/staff/waves/{wave_id}")
    everywhere.look()
    everywhere.go(f"{survey}/preview")
    page.locator("#partial-pl").check()
    walk.press("Publish this version").at(f"/staff/surveys/{CODE}")
    for path in (f"{wave}/results", f"{wave}/results?view=fieldwork", f"{wave}/written/why", f"{wave}/export"):
        everywhere.go(path)
    with app.app_context(), transaction() as db:
        db.execute(update(Wave).values(sample_type=SampleType.INVITED))
    everywhere.go(f"{wave}/invitations")
    walk.press("Make cards")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#audience-group").check()
    page.locator("#size").fill("10")
    walk.press("Make cards")
    page.locator(".app-invitation").last.wait_for()
    everywhere.look()
    everywhere.go(f"{wave}/invitations")
    everywhere.go(f"{wave}/export")
    page.goto(page.url.replace("/export", ""))
    page.locator("#closes_on").fill("2020-01-01")
    walk.press("Change the last day")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.goto(page.url.replace("/last-day", "/close"))
    walk.press("Close the wave for good").at(f"/staff/waves/{wave_id}")
    everywhere.go(f"{wave}/coding")
    everywhere.go(f"{wave}/coding/why")
    page.locator("#label_0").fill("Wort" * 15)
    walk.press("Save the codes")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    page.locator("#code_0").fill("w" * 30)
    walk.press("Save the codes").at(f"/staff/waves/{wave_id}/coding/why")
    everywhere.look()
    walk.press("Code all answers").at(f"/staff/waves/{wave_id}/coding/why/words")
    everywhere.look()
    everywhere.go(f"{wave}/coding/why")
    everywhere.go(f"{prefix}/staff/figures/waves/{wave_id}?leave_out=empty")
    everywhere.go(f"{prefix}/staff/exports")
    everywhere.go(f"{wave}/codebook")
    everywhere.go(f"{wave}/export")
    page.locator("form[data-download] summary").click()
    page.locator("#columns-sex").check()
    page.locator("#purpose").select_option("figures")
    walk.press("Download the answers")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    for query in ("?all=1", "?view=cross&rows=together&columns=worries"):
        everywhere.go(f"{wave}/results{query}")
    page.goto(page.url.split("/waves/")[0] + f"/surveys/{CODE}/open")
    walk.press("Open the wave")
    page.locator(".govuk-error-summary").wait_for()
    everywhere.look()
    assert len(everywhere.seen) == 39


@pytest.mark.dear
def test_at_a_desk_the_pages_with_two_columns_are_for_everyone(
    browse: Browse, axe: Callable[[Page], list[str]], officer: Officer
) -> None:
    page = browse("/", phone=False)
    wrong: list[Any] = axe(page)
    for path in ("/ur/", "/report", "/help", "/ur/privacy", "/events"):
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + path)
        wrong += axe(page)
    assert not wrong, "\n".join(wrong)
