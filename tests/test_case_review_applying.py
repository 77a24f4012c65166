"""Somebody asks for a case review: named, with receipts of their own, decided by people, appealed, taken back."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select, text, update

from portal.audit import Action, AuditEntry
from portal.case_review import deciding, endings
from portal.case_review.deciding import CannotDecide, Decision, Verdict
from portal.case_review.models import CaseReview, ReviewState, UsedReceipt
from portal.case_review.records import ReviewKeys
from portal.db import Base, database, session, today, transaction
from portal.reporting import owning
from portal.reporting.case_models import EarlierOwner
from portal.reporting.deleted_list import list_deleted
from portal.reporting.models import Report
from portal.server.retention import foretell, hold_problems
from portal.staff.models import Role, StaffMember
from tests.support.applying import (
    DISCRETION,
    NAME,
    NOT_DONE,
    STORY,
    applies,
    decides,
    fills_in,
    opens,
    page_of_review,
    sends,
    shows,
)
from tests.support.browsers import Browse, at_work
from tests.support.people import Officer, Resident
from tests.support.sending import send_report
from tests.support.walking import follow


def stored(*words: str) -> list[str]:
    """Which of these words lie in the clear, in any table."""
    found = []
    with database().engine.connect() as connection:
        for table in Base.metadata.tables:
            rows = repr(connection.execute(text(f"SELECT * FROM {table}")).all())
            found += [f"{word} in {table}" for word in words if word in rows]
    return found


def test_an_application_that_meets_the_rule_is_acknowledged_and_accepted(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    resident.get("/case-review/apply")
    resident.see("A case review cannot be anonymous.")
    number = applies(resident)
    with app.app_context():
        assert stored(NAME, STORY, NOT_DONE, "07700 900777", number, number.replace(" ", "")) == []
    resident.post("/case-review/apply/sent")
    opens(resident, number)
    resident.see("We have it", "we tell you here that we have it.", "By the rule of the day on which you asked")
    resident.not_see(NAME, STORY)
    page = page_of_review(app)
    officer.get("/staff/case-reviews")
    officer.see("We have it")
    officer.get(page)
    officer.see(NAME, STORY, NOT_DONE, "An interpreter", "3 complaints count: that is enough by law.", "You decide.")
    officer.post(f"{page}/acknowledge")
    resident.get("/case-review/yours")
    resident.see("We told you that we have it.", "we tell you here if the threshold is met, and why.")
    decides(officer, page, "met", "Three complaints count.", written_translation="Trzy skargi się liczą.")
    resident.get("/case-review/yours")
    resident.see(
        "The threshold is met. There will be a review.", "Three complaints count.", "Trzy skargi", "a translation"
    )
    with app.app_context():
        review = session.scalars(select(CaseReview)).one()
        assert (review.state, review.is_met, review.ways) == (ReviewState.ACCEPTED, True, "statutory")
        acts = set(session.scalars(select(AuditEntry.action)))
        assert acts >= {Action.OPENED_CASE_REVIEW, Action.ACKNOWLEDGED_CASE_REVIEW, Action.DECIDED_CASE_REVIEW}


def test_two_receipts_link_two_reports_and_only_staff_with_the_key_see_it(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    first = send_report(resident)
    second = send_report(resident)
    with app.app_context():
        before = stored_reports()
    applicant = Resident(app.test_client())
    fills_in(applicant, 5)
    shows(applicant, first)
    shows(applicant, second)
    applicant.see("2 reports are added")
    shows(applicant, second)
    applicant.see("You have added this report already.")
    sends(applicant)
    with app.app_context():
        assert stored_reports() == before
        assert len(session.scalars(select(UsedReceipt)).all()) == 2
        assert session.connection().execute(text("SELECT count(*) FROM case_review_used_receipt")).scalar() == 2
    officer.get(page_of_review(app))
    officer.see("They showed the receipts", "Shown by its receipt", "Some days are not known")


def stored_reports() -> str:
    with database().engine.connect() as connection:
        return repr(
            [connection.execute(text(f"SELECT * FROM {t} ORDER BY id")).all() for t in ("report", "report_part")]
        )


def test_a_receipt_that_was_used_is_noticed_and_free_again_once_it_was_taken_back(
    app: Flask, resident: Resident
) -> None:
    receipt = send_report(resident)
    fills_in(resident)
    shows(resident, receipt)
    number = sends(resident)
    other = Resident(app.test_client())
    fills_in(other)
    shows(other, receipt)
    other.see("This number was already used for a request of", "go on with another report")
    opens(resident, number)
    resident.get("/case-review/yours/take-back")
    resident.post("/case-review/yours/take-back")
    resident.follow()
    resident.see("You took this back.", "What you wrote is deleted.")
    shows(other, receipt)
    other.see("1 report is added")
    with app.app_context():
        tables = ("case_review_part", "case_review_message", "case_review_used_receipt", "key_grant")
        left = {t: session.connection().execute(text(f"SELECT count(*) FROM {t}")).scalar() for t in tables}
        assert (left.pop("key_grant"), set(left.values())) == (2, {0})


@pytest.mark.same_on_both
def test_wrong_numbers_are_said_clearly_and_many_are_stopped(resident: Resident) -> None:
    fills_in(resident)
    path = "/case-review/apply/5"
    for typed in ("12", "x" * 5000, "\u202e" + "\u200b" * 40):
        resident.post(path, receipt=typed, agree="y")
        resident.see("The receipt number has 16.")
    resident.post(path, receipt="1234 5678 1234 5678")
    resident.see("Tick this box if you agree.")
    for _guess in range(20):
        resident.post(path, receipt="1234 5678 1234 5678", agree="y")
    resident.see("That number does not open a report.")
    assert resident.post(path, receipt="1234 5678 1234 5678", agree="y").status_code == 429
    resident.get("/return")
    assert resident.post("/return", receipt="1234 5678 1234 5678").status_code == 429


@pytest.mark.same_on_both
def test_nobody_applies_for_somebody_who_did_not_agree(resident: Resident) -> None:
    resident.get("/case-review/apply")
    resident.post("/case-review/apply")
    resident.follow()
    given = {"for_whom": "other", "victim": "Ola N.", "relation": "a friend"}
    resident.post("/case-review/apply/1", given, agreed="no")
    resident.see("they have to agree first", "Ask the person first", "report what you know without any name")
    assert "Ola N." in resident.page
    resident.post("/case-review/apply/1", given)
    resident.see("Say if they agree.")
    assert resident.get("/case-review/apply/check").location == "/case-review/apply/1"
    resident.get("/case-review/apply/1")
    assert resident.post("/case-review/apply/1", given, agreed="yes", how="spoken").status_code == 303


def test_a_refusal_has_reasons_and_somebody_else_decides_on_the_appeal(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    number = applies(resident, 5)
    opens(resident, number)
    page = page_of_review(app)
    officer.get(page)
    officer.see("Not met by the numbers.")
    officer.post(f"{page}/decide", verdict="not_met", written_reasons="", language="en")
    officer.see("Write the reasons.", "Write how you judged the harm: it is decided by it.")
    decides(officer, page, "not_met", "One complaint counts.")
    resident.get("/case-review/yours")
    resident.see(
        "There will be no review.", "One complaint counts.", "You can ask us to look again, by", "You can also ask:"
    )
    resident.get("/case-review/yours/appeal")
    resident.post("/case-review/yours/appeal", message="It went on last night.")
    resident.follow()
    resident.see("It went on last night.", "somebody else looks at it again")
    officer.get(page)
    officer.see("You refused it yourself: somebody else must decide on the appeal.")
    decides(officer, page, "discretion", "Mine.", act="decide-appeal")
    officer.see("You refused it yourself")
    other = hire("nadia", roles=(Role.SUPERVISOR,))
    other.come_to_work()
    decides(other, page, "discretion", "The harm is great.", act="decide-appeal")
    for person, sees_numbers in ((other, True), (officer, False)):
        person.get("/staff/case-reviews")
        assert ("/staff/case-reviews/periods" in person.page) is sees_numbers
    resident.get("/case-review/yours")
    resident.see("What was decided then, and why", "because of how long it goes on", "The harm is great.")
    with app.app_context():
        review = session.scalars(select(CaseReview)).one()
        assert (review.state, review.is_met, review.ways) == (ReviewState.ACCEPTED, True, "discretion")


def test_sent_twice_it_is_one_and_both_sides_write(app: Flask, resident: Resident, officer: Officer) -> None:
    fills_in(resident)
    number = sends(resident)
    resident.get("/case-review/apply/check")
    resident.follow()
    resident.see(number)
    opens(resident, number)
    resident.post("/case-review/yours", message="<b>a\u202e new day</b>")
    page = page_of_review(app)
    officer.get("/staff/case-reviews")
    officer.see("New message")
    officer.get(page)
    officer.see("<b>a")
    officer.post(f"{page}/answer", message="We come on Monday.", message_language="en")
    resident.get("/case-review/yours")
    resident.see("We come on Monday.", "New")
    with app.app_context():
        assert len(session.scalars(select(CaseReview.id)).all()) == 1


def test_another_teams_key_and_a_refused_second_decision_open_nothing(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    applies(resident)
    page = page_of_review(app)
    other = hire("dana", teams=("hate_team",))
    other.come_to_work()
    token = other.token
    assert other.get(page).status_code == 404
    assert other.post(f"{page}/acknowledge", token).status_code == 404
    decides(officer, page, "met", "It is met.")


def test_a_decision_sent_twice_is_one_and_another_one_loses_no_word(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    applies(resident)
    page = page_of_review(app)
    other = hire("noor")
    other.come_to_work()
    for person in (officer, other):
        person.get(page)
    token, others = officer.token, other.token
    given = {"verdict": "met", "written_reasons": "It is met.", "language": "en"} | DISCRETION
    for _press in range(2):
        assert officer.post(f"{page}/decide", token | given).status_code == 303
    officer.get(page)
    assert officer.text.count("Each week since June.") == 1
    officer.post(f"{page}/decide", token | given, written_reasons="It is not.")
    officer.see("You have decided it already.", "Copy it from here to keep it.", "It is not.")
    other.post(f"{page}/decide", others | given, written_reasons="I say no.")
    other.see("Somebody has decided it meanwhile.", "It is met.", "Copy it from here to keep it.", "I say no.")


def test_whoever_is_named_or_has_the_report_leaves_the_decision_to_somebody_else(
    app: Flask, resident: Resident, officer: Officer, hire: Callable[..., Officer]
) -> None:
    receipt = send_report(resident)
    applicant = Resident(app.test_client())
    fills_in(applicant)
    shows(applicant, receipt)
    sends(applicant)
    page = page_of_review(app)
    with app.app_context(), transaction() as db:
        sam = db.scalars(select(StaffMember.id)).one()
        db.execute(update(Report).values(assignee_id=sam))
    decides(officer, page, "met", "Mine to say.")
    officer.see("is yours to work on, or was: somebody else must decide.", "Nobody else here can decide on it.")
    officer.not_see("Decide and tell the applicant")
    other = hire("noor")
    other.come_to_work()
    other.get(page)
    token = other.token
    officer.get(page)
    officer.see("Who can decide instead: Noor")
    for sent, sentence in (
        ({"aside": "f" * 32, "written_aside": "x"}, "Choose one of the answers on this page."),
        ({"aside": "\u202e" * 9000, "written_aside": "x"}, "Choose one of the answers on this page."),
        ({"aside": sam.hex, "written_aside": "\u200b\u2067"}, "Write the reason in a few words."),
        ({"aside": sam.hex, "written_aside": "ß" * 1001}, "1 letter too long"),
    ):
        other.get(page)
        other.post(f"{page}/aside", sent)
        other.see(sentence)
    with app.app_context():
        noor = session.scalars(select(StaffMember.id).where(StaffMember.name == "noor")).one()
    other.post(f"{page}/aside", token, aside=noor.hex, written_aside="He is my brother.")
    other.follow()
    other.see("Stepped aside")
    decision = {"verdict": "met", "written_reasons": "I say yes.", "language": "en"}
    assert other.post(f"{page}/decide", token | decision).status_code == 403
    other.see("You stepped aside from this case", "I say yes.")
    hers, review_id = Decision(Verdict.MET, "", "en", "", {}), uuid.UUID(page[-36:])
    with app.app_context(), transaction() as db, pytest.raises(CannotDecide, match="named"):
        deciding.decide(db, review_id, ReviewKeys(b""), hers, by="Noor", by_id=noor)
    officer.get(page)
    officer.see("He is my brother.", "Nobody else here can decide on it.")
    back = re.findall(rf'action="({page}/aside/[^"]+)"', officer.page)[0]
    officer.post(back, written_back="")
    officer.see("Write the reason in a few words.")
    assert officer.post(f"{page}/aside/{uuid.uuid4()}", written_back="x").status_code == 303
    for _press in range(2):
        officer.get(page)
        assert officer.post(back, written_back="It was another man.").status_code == 303
    officer.follow()
    officer.see("Stepped aside: Noor He is my brother.", "Works on it again: Noor It was another man.")
    decides(other, page, "met", "Three count.")
    other.see("Three count.")


def takes(officer: Officer, at: str) -> None:
    officer.get(at)
    officer.post(f"{at}/owner", take="1")


def does_a_task(app: Flask, officer: Officer, at: str) -> None:
    """In a report that nobody owns."""
    officer.get(at)
    with app.app_context():
        sam = session.scalars(select(StaffMember.id).where(StaffMember.name == "sam")).one()
    officer.post(f"{at}/tasks", task="Ring them.", task_owner=sam.hex, task_due=today().isoformat())


def puts_back(app: Flask, officer: Officer, at: str) -> None:
    """On the report's page."""
    takes(officer, at)
    officer.get(at)
    officer.post(f"{at}/owner", to="")


def gives_ticked(app: Flask, officer: Officer, at: str) -> None:
    """In the list, to a colleague."""
    takes(officer, at)
    officer.get("/staff/reports")
    ticked = re.findall(r'type="checkbox" name="report" value="([^"]+)"', officer.page)
    with app.app_context():
        ada = session.scalars(select(StaffMember.id).where(StaffMember.name == "ada")).one()
    officer.post("/staff/assign", to=ada.hex, report=ticked)


def loses(app: Flask, officer: Officer, at: str) -> None:
    """As whoever leaves a team, or for good."""
    takes(officer, at)
    with app.app_context(), transaction() as db:
        owning.release_all(db, list(db.scalars(select(StaffMember.id).where(StaffMember.name == officer.name))))


@pytest.mark.parametrize("works", [does_a_task, puts_back, gives_ticked, loses])
def test_whoever_worked_on_the_report_before_leaves_the_decision_and_the_appeal_too(
    app: Flask,
    resident: Resident,
    officer: Officer,
    hire: Callable[..., Officer],
    works: Callable[[Flask, Officer, str], None],
) -> None:
    receipt = send_report(resident)
    hire("ada")
    other = hire("noor")
    other.come_to_work()
    with app.app_context():
        at = f"/staff/reports/{session.scalars(select(Report.id)).one()}"
    for _time in range(2):
        works(app, officer, at)
    with app.app_context():
        sam = session.scalars(select(StaffMember.id).where(StaffMember.name == "sam")).one()
        assert session.scalars(select(Report.assignee_id)).one() != sam
    applicant = Resident(app.test_client())
    fills_in(applicant)
    shows(applicant, receipt)
    number = sends(applicant)
    page = page_of_review(app)
    decides(officer, page, "met", "Mine to say.")
    officer.see("is yours to work on, or was: somebody else must decide.", "Who can decide instead:", "Noor")
    officer.not_see("Decide and tell the applicant")
    decides(other, page, "not_met", "Two of them do not count.")
    opens(applicant, number)
    applicant.get("/case-review/yours/appeal")
    applicant.post("/case-review/yours/appeal", message="They do count.")
    decides(officer, page, "met", "Mine to say.", "decide-appeal")
    officer.see("is yours to work on, or was: somebody else must decide.")
    other.get(page)
    nobody_else, instead = "Nobody else here can decide on it.", "Who can decide instead: Ada "
    other.see("You refused it yourself", nobody_else if works is gives_ticked else instead)
    other.not_see(f"{instead}Sam")
    with app.app_context(), transaction() as db:
        assert db.scalars(select(CaseReview.state)).one() is ReviewState.THRESHOLD_NOT_MET
        db.delete(db.scalars(select(Report)).one())
    with app.app_context():
        assert session.scalars(select(EarlierOwner)).all() == [], "it ends with the report"


def test_the_rule_of_the_day_of_asking_counts_after_it_was_changed(
    app: Flask, resident: Resident, officer: Officer
) -> None:
    applies(resident, 5)
    with app.app_context():
        partnership = app.extensions["partnership"]
        rules = partnership.case_review.rules
        later = replace(rules[-1], version="later", valid_from=today() + timedelta(days=1), number=1)
        app.extensions["partnership"] = replace(
            partnership, case_review=replace(partnership.case_review, rules=(*rules, later))
        )
    officer.get(page_of_review(app))
    officer.see("Not met by the numbers.", rules[-1].version)


def test_500_are_listed_by_their_days_and_the_late_are_said_to_be(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction() as db:
        for number in range(500):
            day = today() - timedelta(days=number % 10)
            db.add(
                CaseReview(
                    reference=f"{number:07}A",
                    state=ReviewState.RECEIVED,
                    received_on=day,
                    rules_version="x",
                    acknowledge_by=day + timedelta(days=2),
                    decide_by=day + timedelta(days=14),
                    language="en",
                    submission_token=uuid.uuid4(),
                    conversation_id=uuid.uuid4(),
                    receipt_lookup=number.to_bytes(4),
                    conversation_key=b"",
                )
            )
    officer.get("/staff/case-reviews")
    officer.see("Late:", "Page 1 of 10", "Next page")
    officer.get("/staff/case-reviews?page=10")
    officer.not_see("Late:")
    assert officer.get("/staff/case-reviews?page=x&view=ended").status_code == 200
    with app.app_context():
        lines = [line for page in range(1, 11) for line in deciding.list_reviews(page, is_open=True)]
        assert [line.due_on for line in lines] == sorted(line.review.acknowledge_by for line in lines)


def test_what_is_over_ends_by_the_schedule_unless_it_is_held(app: Flask, resident: Resident, officer: Officer) -> None:
    number = applies(resident, 5)
    page = page_of_review(app)
    decides(officer, page, "not_met", "One counts.")
    officer.post(f"{page}/keep", hold_reason="The court asks.", review_on=str(today() + timedelta(days=9)))
    officer.follow()
    officer.see("It is kept.", "The court asks.")
    opens(resident, number)
    resident.get("/case-review/yours/take-back")
    resident.see("The law makes us keep it for now.")
    resident.post("/case-review/yours/take-back")
    with app.app_context():
        partnership = app.extensions["partnership"]
        app.extensions["partnership"] = replace(
            partnership, retention=replace(partnership.retention, agreed_by="The board", reports_years=1, hate_years=0)
        )
        with transaction() as db:
            db.scalars(select(CaseReview)).one().ended_on = today() - timedelta(days=400)
        assert endings.end_due_reviews() == 0
        assert "Legal holds, of which nothing ends: 1, to be looked at again: 0." in foretell()
        assert any(line.startswith("Case reviews that have ended") for line in foretell())
        list_deleted(session.scalars(select(CaseReview.conversation_id)).one())
        assert endings.empty_listed() == 0  # a backup in which it was held: as with reports, the hold comes first
        assert any("under a legal hold in it: 1" in line for line in hold_problems())
    officer.get("/staff/holds")
    officer.see("Nothing of these case reviews ends by itself.")
    officer.not_see("The court asks.")
    officer.see("Kept by")
    officer.get(page)
    before, held = officer.page, {"hold_reason": "Until the trial.", "review_on": str(today() + timedelta(days=30))}
    for _press in range(2):
        officer.page = before
        officer.post(f"{page}/keep", held)
    officer.get(page)
    assert officer.text.count("Until the trial.") == 1
    for number in range(7):
        officer.get(page)
        officer.post(f"{page}/keep", hold_reason=f"Reason {number}.", review_on=str(today() + timedelta(days=9)))
    officer.get(page)
    officer.see("Reason 6.", *DISCRETION.values())
    officer.not_see("The court asks.")
    officer.post(f"{page}/let-go", end_reason="The court is done.")
    with app.app_context():
        assert endings.count_ending([today()]) == [1]
        assert "    tonight 1, within 30 days 1, within 90 days 1" in foretell()
        assert endings.end_due_reviews() == 1
        assert session.scalars(select(CaseReview)).all() == []


@pytest.mark.dear
@pytest.mark.parametrize(("prefix", "language"), [pytest.param("", "en", marks=pytest.mark.long), ("/ur", "ur")])
def test_a_browser_applies_is_refused_and_appeals(
    browse: Browse, axe: Callable[[Page], list[str]], app: Flask, officer: Officer, prefix: str, language: str
) -> None:
    page = browse(f"{prefix}/case-review/apply")
    faults = axe(page)
    go_on = page.locator("#step .app-actions button").first
    follow(page.locator("main form button").first)
    page.locator("#for_whom-me").check()
    faults += axe(page)
    follow(go_on)
    page.locator("#name").fill(NAME)
    faults += axe(page)
    follow(go_on)
    page.locator("#happened").fill(STORY)
    page.locator("#not_done").fill(NOT_DONE)
    follow(go_on)
    told = today() - timedelta(days=4)
    for name, value in (("day", told.day), ("month", told.month), ("year", told.year)):
        page.locator(f"#told_on_1-{name}").fill(str(value))
    page.locator("#told_1").select_option("police")
    faults += axe(page)
    follow(go_on)
    faults += axe(page)
    follow(page.locator("button[name=go_on]"))
    page.locator("#agree").check()
    faults += axe(page)
    follow(go_on)
    number = page.locator(".app-receipt__digits").inner_text()
    faults += axe(page)
    case = page_of_review(app)
    decides(officer, case, "not_met", "One counts.", written_translation="ایک شمار ہوتی ہے۔")
    page.goto(page.url.replace("/apply/sent", "/back"))
    page.locator("#code").fill(number)
    follow(go_on)
    assert page.locator("html").get_attribute("lang") == language
    assert "One counts." in page.locator("main").inner_text()
    faults += axe(page)
    follow(page.locator("main a[href$=appeal]"))
    page.locator("#message").fill("Again last night.")
    faults += axe(page)
    follow(go_on)
    assert "Again last night." in page.locator("main").inner_text()
    assert faults == []
    desk = at_work(browse, officer, f"{prefix}{case}")
    assert axe(desk) == []
