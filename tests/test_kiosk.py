"""A tablet goes from hand to hand: it opens one survey, forgets each person, and is nobody's key to anything else."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import func, select, update

from portal.audit import Action, AuditEntry
from portal.db import session, today, transaction, utcnow
from portal.staff.models import Role
from portal.surveys import kiosks, services
from portal.surveys.models import Kiosk, Mode, SampleType, Wave
from portal.vault.drafts import SealedDraft
from portal.web.cookies import SealedSession
from tests.support.browsers import Browse
from tests.support.lending import PIN, answer_on, lend, lend_now, responses
from tests.support.people import Officer, Resident, sent_to
from tests.support.surveying import open_survey, send_answers
from tests.support.walking import follow

CHILDREN = Path(__file__).parent.parent / "surveys" / "young-people.toml"
STEP = "/surveys/every-type/1"


@pytest.fixture
def wave_id(app: Flask) -> uuid.UUID:
    return open_survey(app, closes_on=today() + timedelta(days=3))


@pytest.fixture
def manager(hire: Callable[..., Officer]) -> Officer:
    account = hire("sam", roles=(Role.SURVEY_MANAGER,))
    account.sign_in()
    return account


@pytest.fixture
def tablet(manager: Officer, wave_id: uuid.UUID) -> Resident:
    return lend(manager, wave_id)


def drafts(app: Flask) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(SealedDraft)) or 0


def test_a_manager_starts_it_and_the_first_page_offers_the_chosen_languages(
    app: Flask, manager: Officer, wave_id: uuid.UUID
) -> None:
    manager.get(f"/staff/waves/{wave_id}")
    manager.see("Tablets that go from hand to hand")
    tablet = lend(manager, wave_id, ("en", "ur"))
    assert tablet.path == "/kiosk"
    tablet.see("English", "اردو", "For staff: end on tablet 1")
    tablet.not_see("Polski")
    with app.app_context():
        assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()[-2:] == [
            Action.STARTED_KIOSK, Action.SIGNED_OUT,
        ]  # fmt: skip


def test_it_opens_no_staff_page_and_nothing_else_of_the_portal(tablet: Resident, wave_id: uuid.UUID) -> None:
    assert tablet.client.get_cookie("work") is None
    for path in (
        "/", "/report", "/surveys", "/saved-survey", "/help", "/ur/events", "/large/", "/staff/surveys", "/staff/sign-in",
        f"/staff/waves/{wave_id}", "/surveys/every-type/send", "/nowhere", "/surveys/another/1",
    ):  # fmt: skip
        answer = tablet.get(path)
        assert (answer.status_code, answer.location) == (303, "/kiosk"), path
    assert tablet.client.post("/report").status_code in {303, 400}
    assert tablet.get("/surveys/every-type").location == "/kiosk/about"


def test_no_page_of_it_leads_out(tablet: Resident) -> None:
    def links() -> set[str]:
        found = re.findall(r'(?:href|action)="([^"#]+)"', tablet.page)
        return {address for address in found if not address.startswith("/static/")}

    allowed = {"/kiosk", "/kiosk/about", "/ur/kiosk/about", "/kiosk/end", STEP, "/surveys/every-type"}
    for open_page in (
        lambda: tablet.get("/kiosk"),
        lambda: tablet.get("/kiosk/about"),
        lambda: (tablet.post("/kiosk/about"), tablet.follow()),
        lambda: tablet.post(STEP, answer_together="forged"),
        lambda: tablet.get("/kiosk/still?at=1"),
        lambda: tablet.get("/kiosk/end"),
    ):
        open_page()
        assert links() <= allowed, tablet.path
        tablet.not_see("Save and come back later", "Leave this page", "Get help")


def test_each_answer_says_that_it_came_from_a_tablet_and_many_are_not_suspicious(app: Flask, tablet: Resident) -> None:
    for _ in range(services.MAX_ANSWERS_PER_HOUR + 2):
        answer_on(tablet)
        tablet.see("Thank you. Your answers are sent.", "Next person")
    stored = responses(app)
    assert len(stored) == services.MAX_ANSWERS_PER_HOUR + 2
    assert {(one.mode, one.flagged) for one in stored} == {(Mode.KIOSK, False)}


def test_a_person_at_home_answers_by_the_web(app: Flask, resident: Resident, wave_id: uuid.UUID) -> None:
    send_answers(resident)
    assert [one.mode for one in responses(app)] == [Mode.WEB]


def test_the_first_page_forgets_who_walked_away(app: Flask, tablet: Resident) -> None:
    tablet.get("/kiosk/about")
    tablet.post("/kiosk/about")
    tablet.follow()
    tablet.post(STEP, answer_together="agree_a_bit")
    assert drafts(app) == 1
    tablet.get("/kiosk")
    assert drafts(app) == 0
    assert tablet.get(STEP).location == "/kiosk"
    assert tablet.post("/surveys/every-type/2", answer_seen="noise").location == "/kiosk"


def test_what_is_begun_on_a_tablet_lives_for_minutes_even_where_its_battery_dies(app: Flask, tablet: Resident) -> None:
    tablet.get("/kiosk/about")
    tablet.post("/kiosk/about")
    tablet.follow()
    tablet.post(STEP, answer_together="agree_a_bit")
    with app.app_context():
        assert session.scalars(select(SealedDraft.ends_at)).one() <= utcnow() + services.KIOSK_IDLE


def test_nothing_is_saved_to_come_back_to(tablet: Resident) -> None:
    tablet.get("/kiosk/about")
    tablet.post("/kiosk/about")
    tablet.follow()
    tablet.post(STEP, save="1", answer_together="agree_a_bit")
    assert tablet.response is not None
    assert tablet.response.location == "/surveys/every-type/2"


def test_without_script_a_page_asks_whether_somebody_is_there(tablet: Resident) -> None:
    tablet.get("/kiosk/about")
    tablet.post("/kiosk/about")
    tablet.follow()
    assert '<noscript><meta http-equiv="refresh" content="300; url=/kiosk/still?at=1"></noscript>' in tablet.page
    tablet.get("/kiosk/still?at=1")
    assert '<meta http-equiv="refresh" content="20; url=/kiosk">' in tablet.page
    assert f'href="{STEP}"' in tablet.page


def test_its_number_ends_it_and_guessing_ends_after_ten(app: Flask, tablet: Resident) -> None:
    tablet.get("/kiosk/end")
    for _ in range(3):
        tablet.post("/kiosk/end", pin="0000")
        tablet.see("That is not the number. Try again.")
    tablet.post("/kiosk/end", pin="٤٧١١")
    tablet.follow()
    tablet.see("The survey has ended on this tablet")
    assert tablet.get("/").status_code == 200
    assert tablet.get("/kiosk").status_code == 410
    assert sent_to(tablet.get("/staff/surveys")) == "/staff/sign-in"


def test_after_ten_wrong_numbers_a_colleague_ends_it(
    app: Flask, tablet: Resident, wave_id: uuid.UUID, hire: Callable[..., Officer]
) -> None:
    tablet.get("/kiosk/end")
    for _ in range(kiosks.MAX_WRONG_PINS):
        tablet.post("/kiosk/end", pin="0000")
    tablet.post("/kiosk/end", pin=PIN)
    tablet.see("Too many wrong numbers. A colleague can end it on the wave’s page.")
    colleague = hire("kim", roles=(Role.SURVEY_MANAGER,))
    colleague.sign_in()
    colleague.get(f"/staff/waves/{wave_id}/tablets")
    colleague.see("Tablet 1")
    colleague.post(f"/staff/waves/{wave_id}/tablets/1/end")
    colleague.follow()
    colleague.not_see("Tablet 1")
    assert tablet.get("/kiosk").status_code == 410


def test_when_its_hour_comes_nobody_begins_and_whoever_has_begun_may_end(app: Flask, tablet: Resident) -> None:
    tablet.get("/kiosk/about")
    tablet.post("/kiosk/about")
    tablet.follow()
    with app.app_context(), transaction() as db:
        db.execute(update(Kiosk).values(ends_at=utcnow() - timedelta(seconds=1)))
    assert tablet.post(STEP, answer_together="agree_a_bit").location == "/surveys/every-type/2"
    tablet.get("/kiosk")
    tablet.see("This tablet asks no survey now")
    tablet.get("/kiosk/about")
    assert tablet.post("/kiosk/about").location == "/kiosk"
    with app.app_context(), transaction() as db:
        db.execute(update(Kiosk).values(ends_at=utcnow() - kiosks.GRACE))
    assert tablet.get("/kiosk").status_code == 410
    assert tablet.get("/").status_code == 200


def test_a_wave_with_invitations_or_for_children_is_not_handed_round(app: Flask, manager: Officer) -> None:
    invited = open_survey(app, sample_type=SampleType.INVITED)
    manager.get(f"/staff/waves/{invited}/tablets")
    manager.see("This wave cannot be asked on a tablet")
    with pytest.raises(kiosks.NotOnTablets):
        lend_now(app, invited)
    manager.post(f"/staff/waves/{invited}/tablets", spoken="en", hours="4", pin=PIN)
    manager.see("This wave cannot be asked on a tablet")
    manager.get("/staff/surveys")
    manager.see("Surveys")


def test_what_is_wrong_in_the_form_is_said_and_nothing_starts(app: Flask, manager: Officer, wave_id: uuid.UUID) -> None:
    path = f"/staff/waves/{wave_id}/tablets"
    for pin in ("", "12", "123456789", "12a4", "0" * 5000):
        manager.get(path)
        manager.post(path, spoken="en", hours="4", pin=pin)
        manager.see("There is a problem")
    manager.post(path, hours="99", pin=PIN, spoken="xx")
    manager.see("There is a problem")
    with app.app_context():
        assert session.scalars(select(Kiosk)).all() == []


def test_whoever_is_answering_when_the_wave_closes_gets_their_words_back_for_a_minute(
    app: Flask, tablet: Resident, wave_id: uuid.UUID
) -> None:
    tablet.get("/kiosk/about")
    tablet.post("/kiosk/about")
    tablet.follow()
    with app.app_context(), transaction() as db:
        db.execute(update(Wave).values(opens_on=today() - timedelta(days=9), closes_on=today() - timedelta(days=2)))
    tablet.post(STEP, answer_together="agree_a_bit")
    tablet.see("This survey has ended", "Delete all and start again")
    tablet.not_see("See which surveys are open", "Get help")
    assert "data-idle=" in tablet.page
    assert "/static/kiosk." in tablet.page


def test_closing_the_wave_ends_its_tablets(app: Flask, manager: Officer, wave_id: uuid.UUID) -> None:
    tablet = Resident(app.test_client())
    token = lend_now(app, wave_id)
    tablet.client.set_cookie("visit", cookie_of(app, token))
    tablet.get("/kiosk")
    tablet.see("English")
    manager.get(f"/staff/waves/{wave_id}/close")
    manager.post(f"/staff/waves/{wave_id}/close")
    assert tablet.get("/kiosk").status_code == 410


def cookie_of(app: Flask, token: str) -> str:
    """What the tablet's browser keeps."""
    with app.test_request_context("/"):
        answer = app.response_class()
        app.session_interface.keep_residents_session(SealedSession({"kiosk": token}), answer)  # type: ignore[attr-defined]
        return answer.headers["Set-Cookie"].split(";")[0].partition("=")[2]


def start_in_browser(app: Flask, browse: Browse, wave_id: uuid.UUID, **how: bool) -> Page:
    """The tablet's first page, in a browser that holds its cookie."""
    page = browse("/kiosk/ended", **how)
    token = lend_now(app, wave_id)
    page.context.add_cookies(
        [{"name": "visit", "value": cookie_of(app, token), "url": page.url.replace("/kiosk/ended", "/")}]
    )
    page.goto(page.url.replace("/kiosk/ended", "/kiosk"))
    return page


def press_on(page: Page) -> None:
    """Press the page's button and wait for the page that comes next."""
    before = page.url
    page.get_by_role("main").locator("button.govuk-button").click()
    page.wait_for_url(lambda url: url != before)


def answer_in_browser(page: Page, language: str) -> None:
    page.get_by_role("link", name=language).click()
    page.wait_for_url("**/about")
    press_on(page)
    page.locator("input[value=agree_a_bit]").first.check()
    while "/thanks" not in page.url:
        press_on(page)


@pytest.mark.dear
@pytest.mark.both_databases
def test_three_people_answer_one_after_the_other_and_one_walks_away(
    app: Flask, browse: Browse, wave_id: uuid.UUID
) -> None:
    page = start_in_browser(app, browse, wave_id)
    page.clock.install()
    answer_in_browser(page, "اردو")
    page.get_by_role("link", name="اگلا").or_(page.get_by_role("link", name="Next person")).click()

    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/about")
    press_on(page)
    page.locator("input[value=agree_a_bit]").first.check()
    for _ in range(2):
        press_on(page)
    page.locator("[name^=written_]").first.fill("My husband must not see this.")
    left_at = page.url
    page.clock.run_for(59_000)
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    page.clock.run_for(2_000)
    expect(page.get_by_role("alertdialog")).to_be_visible()
    page.get_by_role("button", name="Yes, go on").click()
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    page.clock.run_for(61_000)
    expect(page.get_by_role("alertdialog")).to_be_visible()
    page.clock.run_for(21_000)
    page.wait_for_url("**/kiosk")
    assert drafts(app) == 0
    for address in (left_at, left_at.replace("/4", "/send")):
        page.goto(address)
        assert page.url.endswith("/kiosk")
    for _ in range(12):
        page.go_back()
        assert "husband" not in page.content()
        if page.url.endswith("/kiosk"):
            break

    page.goto(page.url.partition("/kiosk")[0].partition("/surveys")[0] + "/kiosk")
    answer_in_browser(page, "English")
    stored = responses(app)
    assert sorted(one.language for one in stored) == ["en", "ur"]
    assert {one.mode for one in stored} == {Mode.KIOSK}


@pytest.mark.dear
@pytest.mark.same_on_both
def test_without_script_it_works_and_comes_back_to_the_first_page_by_itself(
    app: Flask, browse: Browse, wave_id: uuid.UUID
) -> None:
    page = start_in_browser(app, browse, wave_id, javascript=False)
    answer_in_browser(page, "English")
    assert "url=/kiosk" in (page.locator("meta[http-equiv=refresh]").get_attribute("content") or "")
    assert len(responses(app)) == 1


@pytest.mark.same_on_both
@pytest.mark.parametrize("language", ["English", "اردو"])
def test_its_pages_are_accessible(
    app: Flask, browse: Browse, axe: Callable[[Page], list[str]], wave_id: uuid.UUID, language: str
) -> None:
    page = start_in_browser(app, browse, wave_id)
    assert axe(page) == []
    follow(page.get_by_role("link", name=language))
    assert axe(page) == []
    page.get_by_role("main").get_by_role("button").click()
    page.wait_for_url("**/1")
    assert axe(page) == []
    page.evaluate("document.querySelector('[data-idle]').hidden = false")
    assert axe(page) == []


@pytest.mark.same_on_both
def test_its_pages_fit_the_narrowest_screen(app: Flask, browse: Browse, wave_id: uuid.UUID) -> None:
    page = start_in_browser(app, browse, wave_id, phone=False)
    page.set_viewport_size({"width": 320, "height": 640})
    for language in ("English", "اردو"):
        for _ in range(2):
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, page.url
            follow(page.get_by_role("link", name=language)) if page.url.endswith("/kiosk") else press_on(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, page.url
        page.locator("[data-forget]").click()
        page.wait_for_url("**/kiosk")


@pytest.mark.same_on_both
def test_the_page_on_which_staff_start_it_is_accessible(
    app: Flask, browse: Browse, axe: Callable[[Page], list[str]], manager: Officer, wave_id: uuid.UUID
) -> None:
    lend_now(app, wave_id)
    page = browse("/kiosk/ended", phone=False)
    work = manager.client.get_cookie("work")
    assert work
    page.context.add_cookies([{"name": "work", "value": work.value, "url": page.url.replace("/kiosk/ended", "/")}])
    page.goto(page.url.replace("/kiosk/ended", f"/staff/waves/{wave_id}/tablets"))
    assert axe(page) == []
    page.locator("input[name=pin]").fill(PIN)
    page.get_by_role("button", name="Sign out and start").click()
    page.wait_for_url("**/kiosk")
    page.goto(page.url.replace("/kiosk", f"/staff/waves/{wave_id}/tablets"))
    assert page.url.endswith("/kiosk")
