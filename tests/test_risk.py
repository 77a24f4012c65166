"""The risk questions: what they weigh, how they order the officers' list, and that no reporter sees a verdict."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from portal.audit import Action, AuditEntry
from portal.db import random_id, session, today, transaction
from portal.partnership.file import EXAMPLE, PartnershipError, load
from portal.questions.question import Question
from portal.reporting.models import Clock, Report, RiskBand, State
from portal.reporting.questions.risk import BANDS, OWN, as_asked, check_answers, score, urgency, weight
from portal.reporting.storing import store_report
from portal.vault.receipts import ReceiptKeys
from tests.support.people import Officer, Resident
from tests.support.sending import answer_page, send_report

pytestmark = pytest.mark.same_on_both

RISK = load(EXAMPLE, check_answers).risk
TEXT = EXAMPLE.read_text(encoding="utf-8")
STANDARD, MEDIUM, HIGH = BANDS

OFTEN = {"often": {"often": "weekly", "worse": "yes"}}  # 3 + 2
KNOWN = {"people": {"number": "one", "known": "neighbour"}}  # 2
HURT = {"harm": {"harm": ["injured", "unwell", "afraid"]}}  # 3, at most
BEFORE = {"risk-before": {"risk-linked": "yes", "risk-reputation": "yes"}}  # 2 + 3
WHOM = {"risk-whom": {"risk-targeted": "me", "risk-others": "household"}}  # 4 + 1
EFFECT = {"risk-effect": {"risk-affected": "a-lot", "risk-harder": ["illness", "mind"]}}  # 3 + 3, at most
ALONE = {"risk-people": {"risk-friends": "alone", "risk-professional": "no"}}  # 3


@pytest.mark.parametrize(
    ("answers", "points", "answered", "band"),
    [
        ({}, 0, 0, STANDARD),
        ({"often": None, "harm": {}, "risk-whom": None}, 0, 0, STANDARD),
        ({"often": {"often": "not_sure"}, "told": {"told": ["police"]}, "harm": {"harm": ["none"]}}, 0, 3, STANDARD),
        ({"told": {"told": ["none"]}, "because": {"strands": ["race", "religion", "not_sure"]}}, 4, 2, STANDARD),
        (OFTEN | WHOM | KNOWN, 12, 5, STANDARD),
        (OFTEN | BEFORE | {"people": {"known": "other"}} | KNOWN | {"told": {"told": ["none"]}}, 13, 6, MEDIUM),
        (OFTEN | BEFORE | WHOM | EFFECT | {"told": {"told": ["none"]}}, 22, 9, MEDIUM),
        (OFTEN | BEFORE | WHOM | EFFECT | KNOWN, 23, 9, HIGH),
        (OFTEN | BEFORE | WHOM | EFFECT | KNOWN | HURT | ALONE, 29, 12, HIGH),
    ],
)
def test_points_are_those_reckoned_by_hand(answers: dict[str, Any], points: int, answered: int, band: RiskBand) -> None:
    found = score(answers, RISK)
    assert (found.points, found.answered, found.band, found.review_now) == (points, answered, band, False)
    assert len(found.given) == 14


@pytest.mark.parametrize(
    "answers",
    [
        {"dangers": {"dangers": ["child"]}},
        {"asb_types": {"types": ["noise", "cuckooing"]}},
        {"risk": {"risk": "yes"}},
        {"risk-before": {"risk-reputation": "now"}},
        {"risk-effect": {"risk-affected": "extremely"}},
    ],
)
def test_some_answers_make_a_report_high_at_once(answers: dict[str, Any]) -> None:
    found = score(answers, RISK)
    assert (found.band, found.review_now) == (HIGH, True)
    assert found.points < RISK.medium_from


def answer_to(question: Question) -> st.SearchStrategy[Any]:
    one = st.sampled_from([*question.texts])
    return st.none() | (st.lists(one, unique=True, min_size=1) if question.type == "several" else one)


def weighed(chosen: list[Any]) -> tuple[int, Any]:
    """The answers by question as a report holds them, weighed."""
    answers: dict[str, Any] = {}
    for question, given_answer in zip(RISK.questions, chosen, strict=True):
        page, _, code = question.answer.partition(".")
        place = (page, code) if page else (OWN + question.page, OWN + question.code)
        answers.setdefault(place[0], {})[place[1]] = given_answer
    found = score(answers, RISK)
    return found.points, found


every_answer = st.tuples(*(answer_to(as_asked(question)) for question in RISK.questions))


@given(every_answer, every_answer, st.booleans(), st.sampled_from([None, *BANDS]))
def test_more_points_never_lower_a_report_in_the_list(
    one: list[Any], other: list[Any], is_late: bool, judged: RiskBand | None
) -> None:
    (less, fewer), (more, heavier) = sorted((weighed(one), weighed(other)), key=lambda found: found[0])
    assert less <= more
    if heavier.review_now >= fewer.review_now:
        assert urgency(weight(heavier), judged, is_late=is_late) >= urgency(weight(fewer), judged, is_late=is_late)
    assert urgency(weight(heavier), judged, is_late=True) > urgency(weight(heavier), judged, is_late=False)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("medium_from = 13", "medium_from = 23", "risk.high_from must be more than risk.medium_from"),
        ("medium_from = 13", "medium_from = -1", "risk.medium_from must be a whole number of points from 0 to 100"),
        ('answer = "often.often"', 'answer = "often.oftn"', "risk.questions.often.answer must be one that reports are asked for"),
        ("{sometimes = 1,", "{seldom = 1,", "risk.questions.often.points names seldom, which often.often does not have"),
        ("{sometimes = 1,", "{sometimes = -1,", "risk.questions.often.points must give each answer a whole number of points"),
        ("{sometimes = 1,", '{sometimes = "1",', "risk.questions.often.points must be a whole number for each name"),
        ('answer = "often.worse"\n', "", "risk.questions.worse needs either answer and points, or page, text and options"),
        ('page = "before"', 'page = "after"', "risk.questions.linked.page names after, which risk.pages does not have"),
        ('page = "before"', 'page = "effect"', "risk.pages.before needs one to 3 questions"),
        ('code = "worse"', 'code = "often"', "risk.questions has the code often twice"),
        ('code = "a-little"', 'code = "a_little"', "risk.questions.affected.options.a_little.code must be a short code"),
        ("points = 5\nreview_now", "points = 500\nreview_now", "risk.questions.reputation.options.now.points must be a whole number"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_instrument_stops_the_start_with_one_sentence(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    if new == 'page = "effect"':
        text = text.replace('page = "before"', new, 1)
    path = tmp_path / "partnership.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PartnershipError, match=re.escape(f"{path}: {says}")) as refused:
        load(path, check_answers)
    assert "\n" not in str(refused.value)


def test_a_file_from_before_the_risk_questions_asks_none(tmp_path: Path) -> None:
    path = tmp_path / "partnership.toml"
    path.write_text(re.sub(r"\n\[risk\]\n.*?\n(?=# Agencies)", "\n", TEXT, flags=re.DOTALL), encoding="utf-8")
    assert load(path, check_answers).risk.questions == ()


PAGES = {"hate": range(14, 18), "asb": range(14, 18), "not_sure": range(12, 16)}
VERDICT = re.compile(r"\b(points?|score|medium|high|standard)\b", re.IGNORECASE)


@pytest.mark.parametrize("kind", PAGES)
def test_every_door_asks_them_and_no_page_of_the_reporter_shows_a_verdict(resident: Resident, kind: str) -> None:
    given = [
        {"risk-reputation": "now"},
        {"risk-targeted": "me"},
        {"risk-affected": "extremely"},
        {"risk-friends": "alone"},
    ]
    resident.get("/report")
    resident.post("/report")
    answer_page(resident, "kind", kind=kind)
    answer_page(resident, "narrative", narrative="They came again.")
    resident.get(f"/report/{PAGES[kind][0]}")
    for fields in given:
        resident.see("These help us see how urgent it is. No answer decides alone.", "Skip this question")
        assert not VERDICT.search(resident.text), resident.text
        resident.post(resident.path, fields)
        resident.follow()
        assert "danger" not in resident.path
    resident.see("Whom have you told already?")
    resident.get("/report/check")
    resident.see("Yes, and they do not leave us alone now", "So much that it is hard to bear")
    assert not VERDICT.search(resident.text)


def stored(
    app: Flask,
    place: str,
    kind: str = "asb",
    *,
    days: int = 0,
    state: State = State.NEW,
    due_on: date | None = None,
    **answers: Any,
) -> None:
    """A report of this place, which came so many days ago; `due_on` is when its next promise is, where not as always."""
    told = {"kind": {"kind": kind}, "narrative": {"narrative": "Words."}, "where": {"place": place}} | answers
    keys = ReceiptKeys(lookup=random_id().bytes * 2, key=random_id().bytes * 2)
    day = today() - timedelta(days=days)
    with app.app_context(), transaction() as db:
        report = store_report(db, {"token": random_id().hex, "answers": told}, keys, "en", state, day)
        if state is State.LOOKED_AT:  # read, and its reporter told, on the day it came
            db.execute(update(Clock).where(Clock.report_id == report.id).values(met_on=day))
        if due_on is not None:
            db.execute(update(Clock).where(Clock.report_id == report.id).values(due_on=due_on))


def places_in(officer: Officer) -> list[str]:
    """The places of the reports in the list, from its top."""
    return re.findall(r'data-label="Place">([^<]*)<', officer.page)


def test_an_officer_finds_the_list_in_order_of_need(app: Flask, hire: Callable[..., Officer]) -> None:
    high = OFTEN | BEFORE | WHOM | EFFECT | KNOWN
    medium = OFTEN | BEFORE | WHOM
    stored(app, "e-oldbrook", "hate", days=40, **high)  # sealed to another team
    stored(app, "e-netherfield", due_on=today())  # nothing told of it, due before the others
    stored(app, "p-bradwell", told={"told": ["none"]})
    stored(app, "e-fishermead", **high)
    stored(app, "e-conniburrow", **medium)
    stored(app, "p-stony-stratford", days=30)  # late
    stored(app, "p-olney", days=30, state=State.LOOKED_AT)  # read in time
    stored(app, "e-springfield", risk={"risk": "yes"})
    stored(app, "p-woburn-sands", **{"risk-before": {"risk-reputation": "now"}})
    names = [app.extensions["partnership"].places.find(code).name for code in (
        "e-springfield", "p-woburn-sands", "e-fishermead", "p-stony-stratford", "e-conniburrow", "p-olney", "e-netherfield",
        "p-bradwell", "e-oldbrook",
    )]  # fmt: skip
    officer = hire("fatima", teams=("asb_team",))
    officer.sign_in()
    officer.unlock()
    officer.get("/staff/reports")
    assert places_in(officer) == names
    officer.see(
        "Risk questions: high", "Risk questions: medium", "Review now", "9 of 14 answered", "to be agreed by partners"
    )

    report = re.findall(r'href="(/staff/reports/[0-9a-f-]{36})"', officer.page)[2]
    officer.get(report)
    officer.see("Risk questions (draft, to be agreed by partners)", "23 points.", "9 of 14 answered.", "People decide.")
    officer.see("Whom do they pick on? Me, or the person I am telling you about 4 points", "Has it happened before?")
    officer.post(f"{report}/risk", band="standard")
    officer.see("Write why you judge it differently from the risk questions.")
    officer.post(f"{report}/risk")
    officer.see("Choose standard, medium or high.")
    officer.post(f"{report}/risk", band="standard", why="They have moved away.")
    officer.follow()
    officer.see(
        "Judged: standard", "The risk questions said: High.", "They have moved away.", "Judged: standard · Fatima"
    )
    officer.get("/staff/reports")
    officer.see("Judged: standard")
    assert places_in(officer).index(names[2]) > places_in(officer).index("Olney")
    officer.post(f"{report}/risk", band="high")
    officer.get("/staff/reports")
    assert places_in(officer) == names
    with app.app_context():
        assert session.scalars(select(Report.risk_band).where(Report.risk_band.is_not(None))).all() == [HIGH]
        judged = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.JUDGED_RISK)).all()
        assert [entry.actor for entry in judged] == ["fatima", "fatima"]


def test_what_is_no_longer_in_the_file_stays_readable(
    resident: Resident, officer: Officer, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = {"risk-before": {"risk-linked": "yes"}, "risk-whom": {"risk-targeted": "me", "risk-others": "neighbours"}}
    send_report(resident, more=more)
    kept = [
        replace(question, page="before", options=question.options[1:]) if question.code == "targeted" else question
        for question in RISK.questions
        if question.code not in ("linked", "reputation", "others")
    ]
    pages = tuple(page for page in RISK.pages if page.code != "whom")
    changed = replace(RISK, pages=pages, questions=tuple(kept), agreed_by="All partners, 1 December 2026")
    monkeypatch.setitem(app.extensions, "partnership", replace(app.extensions["partnership"], risk=changed))
    officer.get("/staff/reports")
    officer.see("Risk questions: standard", "1 of 11 answered")
    officer.not_see("to be agreed by partners")
    officer.get(re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)[0])
    officer.see("What came before me", "No longer asked risk-linked: yes risk-others: neighbours", "0 points.")
    officer.not_see("to be agreed by partners")


def test_the_list_says_of_each_report_when_it_is_due(app: Flask, hire: Callable[..., Officer]) -> None:
    for place, days, state in (
        ("e-fishermead", 30, State.NEW),
        ("e-conniburrow", 1, State.NEW),
        ("e-netherfield", 0, State.NEW),
        ("p-olney", 30, State.LOOKED_AT),
    ):
        stored(app, place, days=days, state=state)
    with app.app_context(), transaction() as db:
        there = select(Report.id).where(Report.place_code == "e-conniburrow")
        db.execute(update(Clock).where(Clock.report_id.in_(there)).values(due_on=today()))
    officer = hire("fatima", teams=("asb_team",))
    officer.sign_in()
    officer.unlock()
    officer.get("/staff/reports")
    due = dict(
        zip(places_in(officer), re.findall(r'data-label="Next due">(.*?)</td>', officer.page, re.DOTALL), strict=True)
    )
    said = {name: re.sub(r"<[^>]+>|\s+", " ", words).strip() for name, words in due.items()}
    assert said["Fishermead"].startswith("Late: ")
    assert said["Conniburrow"] == "Today"
    assert said["Olney"] == "Done"
    assert re.fullmatch(r"\w+ \d+ \w+", said["Netherfield"])
