"""Case reviews for residents: what is published of them, the check that stores nothing, and the four numbers of a period."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit import Action, AuditEntry
from portal.case_review import figures
from portal.case_review.models import CaseReview, ReviewState
from portal.case_review.panel_models import Panel
from portal.case_review.period_numbers import counted_in
from portal.case_review.rules import rules_on
from portal.db import Base, session, today, transaction
from portal.partnership.case_review import BY_THE_ACT, Period, ThresholdRules, case_review_problems
from portal.partnership.file import EXAMPLE, PartnershipError, load
from portal.staff.models import Role
from tests.support.browsers import Browse
from tests.support.people import Fields, Officer, Resident

TEXT = EXAMPLE.read_text(encoding="utf-8")
CHECK = "/case-review/check"


def day_boxes(name: str, day: date) -> Fields:
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def complaint(number: int, *, told: int, happened: int | None = None, **more: object) -> Fields:
    """The boxes of one complaint: so many days ago they were told, and so many days ago it happened."""
    boxes = day_boxes(f"told_on_{number}", today() - timedelta(days=told))
    if happened is not None:
        boxes |= day_boxes(f"happened_{number}", today() - timedelta(days=happened))
    given = {"told": "police", "kind": "asb"} | more
    return boxes | {f"{name}_{number}": value for name, value in given.items()}


def checks(resident: Resident, *complaints: Fields, path: str = CHECK, **more: object) -> None:
    if resident.path != path:
        resident.get(path)
    resident.post(path, {name: value for each in complaints for name, value in each.items()} | more)


def with_case_review(app: Flask, **changes: Any) -> None:
    partnership = app.extensions["partnership"]
    app.extensions["partnership"] = replace(partnership, case_review=replace(partnership.case_review, **changes))


@pytest.mark.same_on_both
def test_the_procedures_say_what_the_rule_of_today_says_in_every_language(app: Flask, resident: Resident) -> None:
    answer = resident.get("/case-review")
    resident.see(
        "3 times or more", "within 1 month of what happened", "within 6 months of each time", "within 2 working days"
    )
    resident.see(
        "These days are still to be agreed.", "No computer says no.", "01908 691691", "You may apply if you did not."
    )
    resident.not_see("about hate, in the same time", "Police and Crime Commissioner")
    assert "Set-Cookie" not in answer.headers
    assert "public" in answer.headers["Cache-Control"]
    for language in ("pl", "ro", "ur"):
        assert "01908 691691" in resident.get(f"/{language}/case-review").text
    for page in ("/help", "/noise", "/contact"):
        assert 'href="/case-review"' in resident.get(page).text


def rules_in(app: Flask, day: date) -> ThresholdRules:
    with app.app_context():
        return rules_on(day)


@pytest.mark.same_on_both
def test_too_few_complaints_are_told_why_and_what_else_helps_and_nothing_is_stored(
    app: Flask, resident: Resident
) -> None:
    with app.app_context():
        before = {
            name: session.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
        }
    checks(
        resident,
        complaint(1, told=38, happened=40),
        complaint(2, told=30, same="1") | {"told_2": "council"},
        complaint(3, told=290, happened=300) | {"told_3": "landlord"},
        complaint(4, told=10, happened=70),
        complaint(5, told=5, happened=5, kind="else"),
    )
    resident.see("It does not look like enough yet: 2 complaints more are needed.", "This is no decision.")
    resident.see("It is the same event as another complaint.", "You told them more than 6 months ago.")
    resident.see("You told them more than 1 month after it happened.", "It is not about anti-social behaviour or hate.")
    resident.see("What else helps", "Report what happened", "I have a receipt")
    assert resident.page.count("selected>A landlord or housing association") == 1
    assert resident.response is not None
    assert "no-store" in resident.response.headers["Cache-Control"]
    with app.app_context():
        after = {
            name: session.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
        }
    assert after == before


@pytest.mark.same_on_both
def test_enough_complaints_say_by_when_to_ask_and_another_language_answers_again(resident: Resident) -> None:
    three = [complaint(number, told=number * 10, happened=number * 10 + 2) for number in (1, 2, 3)]
    checks(resident, *three)
    resident.see("It looks like enough.", "3 complaints count", "Ask by")
    resident.not_see("What else helps", "Does not count")
    resident.post(
        "/ur/case-review/check",
        {name: value for each in three for name, value in each.items()},
        switch="ur",
        checked="1",
    )
    assert "app-note--leaf" in resident.page
    assert 'lang="ur"' in resident.page


@pytest.mark.same_on_both
def test_a_day_that_nobody_knows_is_left_to_a_person(resident: Resident) -> None:
    checks(resident, complaint(1, told=3), complaint(2, told=9), complaint(3, told=20))
    resident.see("It may be enough. A person has to look", "We do not know on which day it happened.")


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "Fill in one complaint or more"),
        ({"told_1": "police"}, "Write the day on which you told them."),
        (complaint(1, told=-1), "This day is in the future."),
        (complaint(1, told=9, happened=8), "This day is after the day on which you told them."),
        (complaint(1, told=9) | {"told_1": ""}, "Choose whom you told."),
        (complaint(1, told=9) | {"told_1": "dragons"}, "Choose one of the answers on this page."),
        (complaint(1, told=9) | complaint(2, told=8) | {"same_2": "x"}, "Choose one of the answers on this page."),
        (complaint(1, told=9) | complaint(2, told=8) | {"same_2": "²"}, "Choose one of the answers on this page."),
        (complaint(1, told=9) | {"kind_1": "dragons"}, "Choose one of the answers on this page."),
        (complaint(2, told=9, same="1"), "The complaint that you chose here is empty."),
        (complaint(2, told=9, same="3") | complaint(3, told=9), "Choose one of the answers on this page."),
        (complaint(1, told=9) | {"told_on_1-day": "31", "told_on_1-month": "2"}, "Write a date that is on the calendar"),
        (complaint(1, told=9) | {"told_on_1-day": "\u200b\u202e" + "9" * 5_000}, "Write the day as a number from 1 to 31."),
        (complaint(1, told=9) | {"happened_1-year": "9999999999"}, "Write the year with four digits"),
        (complaint(12, told=-1) | {"shown": "9" * 4_000}, "This day is in the future."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_what_was_typed_stays(resident: Resident, fields: Fields, says: str) -> None:
    checks(resident, fields)
    resident.see("There is a problem", says)
    resident.not_see("What the check says")
    if "told_on_1-year" in fields:
        assert f'value="{fields["told_on_1-year"]}"' in resident.page


@pytest.mark.same_on_both
def test_more_complaints_can_be_added_up_to_twelve_and_what_is_typed_stays(resident: Resident) -> None:
    checks(resident, complaint(1, told=9), more="1")
    resident.see("Complaint 6")
    resident.not_see("Complaint 7", "There is a problem", "What the check says")
    assert f'value="{(today() - timedelta(days=9)).year}"' in resident.page
    for _more in range(3):
        checks(resident, more="1")
    resident.see("Complaint 12")
    resident.not_see("Complaint 13", "More complaints")


@pytest.mark.same_on_both
def test_the_rule_of_the_day_counts_and_ways_can_be_switched_on(app: Flask, resident: Resident) -> None:
    old = ThresholdRules(version="old", valid_from=date(2014, 10, 20))
    new = ThresholdRules(version="new", valid_from=today(), hate_number=1, reporters_number=3)
    later = ThresholdRules(version="later", valid_from=today() + timedelta(days=1), number=2)
    with_case_review(app, rules=(later, new, old))
    assert [rules_in(app, today() + timedelta(days=n)).version for n in (-1, 0, 1)] == ["old", "new", "later"]
    assert rules_in(app, date(2010, 1, 1)).version == "old"
    assert rules_in(app, today()).acknowledge_working_days == 2
    checks(resident, complaint(1, told=3, happened=3, kind="hate"))
    resident.see("1 complaint about hate is enough here.")
    told = [complaint(n, told=9, happened=9, who=str(n), **({"same": "1"} if n > 1 else {})) for n in (1, 2, 3)]
    checks(resident, *told)
    resident.see("3 different people told about it")


# fmt: off
MISTAKES = [
    ("more complaints than the Act asks for", "number = 3\nbehaviour", "number = 4\nbehaviour", "case_review.rules number 1.number must be 1, 2 or 3"),
    ("no key of the file", "ways = [\"online\"", "spare = 1\nways = [\"online\"", "case_review.spare is not a key of this file"),
    ("an unknown key to check", 'to_check = ["hate_number"', 'to_check = ["hate"', "case_review.rules.mk-2026.to_check names hate"),
    ("a way that is none", '"post", "in_person"', '"fax", "in_person"', "case_review.ways must name some of online"),
    ("a way twice", '"post", "in_person"', '"phone", "in_person"', "case_review.ways names a way twice"),
    ("a period of 13 months", "last = 2027-03-31", "last = 2027-04-30", "case_review.periods from 2026-04-01 is longer than 12 months"),
    ("a period that ends first", "last = 2027-03-31", "last = 2026-03-01", "case_review.periods from 2026-04-01 ends before it begins"),
    ("periods over each other", "last = 2026-03-31", "last = 2026-03-31\n[[case_review.periods]]\nfirst = 2026-03-31\nlast = 2026-03-31", "begins before the one before it is over"),
    ("a gap between periods", "first = 2026-04-01", "first = 2026-04-02", "leaves days out since 2026-03-31"),
    ("a body twice", 'code = "police"\nname = "Thames Valley Police"\n[[case', 'code = "council"\nname = "x"\n[[case', "case_review.bodies has the code council twice"),
    ("a second look by nobody", "is_on = false\nsource", "is_on = true\nsource", None),
]
# fmt: on


@pytest.mark.same_on_both
@pytest.mark.parametrize(("what", "written", "instead", "says"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_mistake_in_the_file_is_named_with_its_place(
    tmp_path: Path, what: str, written: str, instead: str, says: str | None
) -> None:
    assert TEXT.count(written) == 1, what
    path = tmp_path / "partnership.toml"
    path.write_text(TEXT.replace(written, instead), encoding="utf-8")
    if says is None:
        assert load(path).case_review.second_look.is_on
        return
    with pytest.raises(PartnershipError) as raised:
        load(path)
    assert says in str(raised.value)


@pytest.mark.same_on_both
def test_health_and_a_staff_page_name_what_nobody_has_checked(app: Flask, hire: Callable[..., Officer]) -> None:
    example = app.extensions["partnership"].case_review
    problems = " ".join(case_review_problems(example, today()))
    for named in (
        "[case_review.contact]",
        "agreed_by",
        "case_review.rules.mk-2026.decide_working_days",
        "case_review.statute.104-9",
    ):
        assert named in problems
    assert "Add the reporting period" in " ".join(case_review_problems(example, date(2031, 1, 1)))
    assert "goes by the Act" in case_review_problems(BY_THE_ACT, today())[0] or case_review_problems(
        BY_THE_ACT, today()
    )
    officer = hire(teams=())
    officer.sign_in()
    officer.get("/staff/case-reviews/rules")
    officer.see("Rules of case reviews", "case_review.second_look", "s104(4)", "Not agreed yet", "It is switched off.")


PERIOD = Period(first=date(2025, 4, 1), last=date(2026, 3, 31))
ADDRESS = f"/staff/case-reviews/periods/{PERIOD.code}/publish"


@pytest.fixture
def manager(hire: Callable[..., Officer]) -> Officer:
    manager = hire("mia", teams=(), roles=(Role.SURVEY_MANAGER,))
    manager.sign_in()
    return manager


def table_of(resident: Resident) -> list[dict[str, str]]:
    text = resident.get("/case-review/figures.csv").get_data(as_text=True).lstrip("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_four_numbers_are_public_once_a_person_published_them_and_change_with_a_reason_only(
    app: Flask, manager: Officer, resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = [(5, 2, 3, 1)]
    monkeypatch.setattr(figures, "counted_in", lambda first, last: counts[-1])
    resident.get("/case-review/figures")
    resident.see("Nothing is published yet.")
    assert table_of(resident) == []
    manager.get("/staff/case-reviews/periods")
    manager.see("1 April 2025 to 31 March 2026", "Not public", "The period that runs now ends on 31 March 2027")
    manager.post(ADDRESS)
    manager.follow()
    manager.see("Public", "Version 1, published by mia")
    manager.post(ADDRESS, {f"{PERIOD.code}-seen": "5.2.3.1"})
    resident.get("/case-review/figures")
    resident.see(
        "People asked for a review 5",
        "The threshold was not met 2",
        "Reviews were done 3",
        "recommendations 1",
        "Licence",
    )
    (row,) = table_of(resident)
    assert list(row.values())[:7] == ["2025-04-01", "2026-03-31", "5", "2", "3", "1", "1"]

    counts.append((6, 2, 3, 1))
    manager.get("/staff/case-reviews/periods")
    manager.see("Changed since it was published")
    assert manager.post(ADDRESS).status_code == 422
    manager.see("These numbers were published before. Choose why they change.")
    assert table_of(resident)[0]["applications"] == "5"
    counts.append((7, 2, 3, 1))
    assert manager.post(ADDRESS, {f"{PERIOD.code}-correction": "entered_late"}).status_code == 409
    manager.see("The numbers have changed since you looked.")
    manager.post(ADDRESS, {f"{PERIOD.code}-correction": "entered_late"})
    (row,) = table_of(resident)
    assert (row["applications"], row["version"], row["correction"]) == ("7", "2", "entered_late")
    resident.get("/case-review/figures")
    resident.see("something was entered late", "People asked for a review 7")
    counts.append((0, 0, 0, 0))  # its cases had their time
    manager.get("/staff/case-reviews/periods")
    manager.not_see("Changed since it was published", "Publish the new numbers")
    manager.post(ADDRESS, manager.token, **{f"{PERIOD.code}-seen": "0.0.0.0", f"{PERIOD.code}-correction": "mistake"})
    assert table_of(resident)[0]["applications"] == "7"
    with app.app_context():
        acts = select(func.count()).where(AuditEntry.action == Action.PUBLISHED_CASE_REVIEW_FIGURES)
        assert session.scalar(acts) == 2


def test_each_number_is_counted_by_its_own_day_and_both_ends_of_a_period_are_in_it(app: Flask) -> None:
    first, last = PERIOD.first, PERIOD.last
    before, after = first - timedelta(days=1), last + timedelta(days=1)
    with app.app_context():
        with transaction() as db:
            _case(db, first)
            _case(db, last, decided_on=after, is_met=False)  # refused in the next period
            _case(db, before, decided_on=first, is_met=False)  # refused in this one
            # Refused, and met on appeal; its panel gave recommendations after the period.
            _case(db, last, decided_on=last, is_met=True, appealed_on=after, told_on=after, has_recommendations=True)
            _case(db, before, decided_on=before, is_met=True, told_on=first, has_recommendations=True)
            _case(db, before, decided_on=before, is_met=True, told_on=last, has_recommendations=False)
            _case(db, first, state=ReviewState.WITHDRAWN)
            _case(db, after)
        assert counted_in(first, last) == (4, 2, 2, 1)
        assert counted_in(after, after) == (1, 1, 1, 1)


def _case(db: Session, received_on: date, told_on: date | None = None, **facts: Any) -> None:
    case = CaseReview(
        reference=uuid.uuid4().hex[:12],
        received_on=received_on,
        rules_version="mk-2026",
        acknowledge_by=received_on,
        decide_by=received_on,
        language="en",
        submission_token=uuid.uuid4(),
        conversation_id=uuid.uuid4(),
        receipt_lookup=uuid.uuid4().bytes,
        conversation_key=b"",
        **({"state": ReviewState.RECEIVED} | facts),
    )
    db.add(case)
    db.flush()
    if told_on is not None:
        db.add(Panel(review_id=case.id, told_on=told_on))


@pytest.mark.same_on_both
def test_a_period_that_runs_or_is_none_is_not_published_and_an_analyst_publishes_nothing(
    manager: Officer, hire: Callable[..., Officer]
) -> None:
    manager.get("/staff/case-reviews/periods")
    token = manager.token
    for code in ("2026-04-01-2027-03-31", "x", "2025-04-01-2026-03-30"):
        assert manager.post(f"/staff/case-reviews/periods/{code}/publish", token).status_code == 404
    analyst = hire("ana", teams=(), roles=(Role.ANALYST,))
    analyst.sign_in()
    analyst.get("/staff/case-reviews/periods")
    analyst.see("Applications")
    analyst.not_see("Publish these numbers")


@pytest.mark.dear
@pytest.mark.same_on_both
def test_whoever_reads_urdu_reads_why_it_is_not_enough(browse: Browse, axe: Callable[[Page], list[str]]) -> None:
    page = browse("/ur/case-review", viewport={"width": 320, "height": 640})
    page.locator(".app-main a[href$='/case-review/check']").first.click()
    for name, value in (complaint(1, told=20, happened=25) | complaint(2, told=200, happened=201)).items():
        box = page.locator(f"#{name}")
        if box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(str(value))
        else:
            box.fill(str(value))
    page.locator(".app-actions button").first.click()
    page.locator(".app-note--sand").first.wait_for()
    assert page.locator(".app-tag").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert axe(page) == []
