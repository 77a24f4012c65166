"""What may be told beyond the first answers: who is asked what, and where each answer goes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.db import session
from portal.outbox import Letter, OutboxMail
from portal.partnership.file import HelpLine
from portal.questions.types import type_of
from portal.reporting import contacts
from portal.reporting.models import Report, ReportCount
from portal.reporting.questions.asked import AFTER_FIRST, QUESTIONS, WRITTEN_CODES, asked_about, still_asked
from portal.reporting.questions.contact import SEALED_APART
from portal.reporting.questions.first import FIRST
from tests.support.people import Fields, Officer, Resident
from tests.support.sending import NARRATIVE, send_report

pytestmark = pytest.mark.same_on_both

RISK = ["risk-before", "risk-whom", "risk-effect", "risk-people"]
LAST = ["files", "told", "wish", "contact", "consent"]
HATE = ["dangers", "who", "because", "hate_types", "often", "setting", "people", "harm", *LAST]
ASB = ["dangers", "who", "affected", "asb_types", "often", "setting", "people", "harm", *LAST]
NOT_SURE = ["dangers", "who", "often", "setting", "people", "harm", *LAST]


def asked(**answers: Any) -> list[str]:
    return [question.code for question in asked_about(answers)]


def test_each_door_asks_its_own_questions() -> None:
    assert asked(kind={"kind": "hate"}) == HATE
    assert asked(kind={"kind": "asb"}) == ASB
    assert asked(kind={"kind": "not_sure"}) == asked(kind=None) == asked() == NOT_SURE


def test_who_saw_something_dumped_is_asked_how_much() -> None:
    told = asked(kind={"kind": "asb"}, asb_types={"types": ["noise", "dumping"]})
    assert told == [*ASB[:4], "dumped", *ASB[4:]]


kept = st.dictionaries(
    st.sampled_from([*QUESTIONS, "kind", "narrative", "when", "check"]),
    st.none() | st.fixed_dictionaries({"kind": st.sampled_from(["hate", "asb", "not_sure"])}),
)


@given(kept)
def test_no_answer_is_dropped_but_to_what_is_no_longer_asked(answers: dict[str, Any]) -> None:
    left = still_asked(answers)
    assert still_asked(left) == left
    assert answers.keys() - left.keys() == answers.keys() & QUESTIONS.keys() - {*asked(**answers)}


def test_no_two_parts_of_a_report_share_a_name_where_one_is_written_and_one_is_ticked() -> None:
    ticked = {
        question.code for page in QUESTIONS.values() for question in page.questions if not type_of(question).is_written
    }
    assert not ticked & WRITTEN_CODES
    for page in QUESTIONS.values():
        codes = [question.code for question in page.questions]
        assert len(set(codes)) == len(codes)
        for question in page.questions:
            for condition in question.only_if:
                assert {*condition.any_of} <= page[condition.question].texts.keys()
            assert all(len(code) <= 40 for code in question.texts)


def test_a_page_hangs_only_on_what_an_earlier_page_offers() -> None:
    before: dict[str, Any] = {}
    for page in (*FIRST, *AFTER_FIRST):
        for condition in page.only_if:
            assert {*condition.any_of} <= before[condition.question].texts.keys()
        before |= {f"{page.code}.{question.code}": question for question in page.questions}


def test_all_that_can_be_ticked_and_written_fits_the_length_every_report_has() -> None:
    """A report in which everything is said is as long as one in which little is: see SUMMARY_PAD, LONG_TEXT_PAD and contacts.PAD."""
    boxes = [(page.code, box) for page in QUESTIONS.values() for box in page.questions if box.code in WRITTEN_CODES]
    apart = sum(box.limit for code, box in boxes if code in SEALED_APART)
    assert (sum(box.limit for _, box in boxes) - apart) * 4 < 16 * 1024 - 1024
    assert apart * 4 < contacts.PAD - 768


WITH_EVERYTHING: dict[str, Fields] = {
    "/report/7": {"who": "someone", "agreed": "yes"},
    "/report/8": {"strands": ["race", "religion", "age"], "religion": "sikh", "written_why": "She wore a turban."},
    "/report/9": {"types": ["verbal", "physical"], "written_words": "“Go home.”"},
    "/report/10": {"often": "weekly", "worse": "yes", "written_since": "last summer"},
    "/report/11": {"setting": "online", "written_site": "@nasty on an app"},
    "/report/12": {"number": "few", "known": "neighbour", "written_description": "Two boys on red bikes."},
    "/report/13": {"harm": ["afraid", "children"], "written_harm_words": "She stays in."},
    "/report/19": {"told": ["police", "school"], "written_reference": "43/1234"},
    "/report/20": {"wish": ["support", "police"]},
}
WORDS = [
    "To someone I am helping", "Race, skin colour, nationality or where someone is from", "Age", "Sikh", "She wore a turban.",
    "Hit, pushed, kicked or spat", "“Go home.”", "Yes, most weeks", "last summer", "Online or on the phone",
    "@nasty on an app", "Two or three", "Yes, neighbours", "Two boys on red bikes.", "Children are affected",
    "She stays in.", "The police", "43/1234", "Support for me or for someone",
]  # fmt: skip


def test_an_officer_reads_all_that_was_told_and_the_list_shows_no_word_of_it(
    resident: Resident, officer: Officer
) -> None:
    send_report(resident, kind="hate", more=WITH_EVERYTHING)
    officer.get("/staff/reports")
    officer.not_see("turban", "Go home", "red bikes", "nasty", "43/1234")
    officer.get(re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)[0])
    officer.see(NARRATIVE, *WORDS)


def test_who_changes_their_mind_about_what_it_was_sends_nothing_of_the_other_door(
    resident: Resident, officer: Officer, app: Flask
) -> None:
    send_report(resident, kind="hate", more=WITH_EVERYTHING | {"/report/1?change=1": {"kind": "asb"}})
    officer.get("/staff/reports")
    officer.get(re.search(r"/staff/reports/[0-9a-f-]{36}", officer.page)[0])
    officer.see("Two boys on red bikes.", "last summer")
    officer.not_see("turban", "Go home", "Sikh")
    with app.app_context():
        counted = {(row.question, row.answer) for row in session.scalars(select(ReportCount))}
    assert counted == {("kind", "asb"), ("repeat", "yes"), ("online", "yes")}


def test_strands_that_are_not_monitored_are_counted_apart(resident: Resident, app: Flask) -> None:
    send_report(resident, kind="hate", more=WITH_EVERYTHING)
    with app.app_context():
        counted = {(row.question, row.answer): row.times for row in session.scalars(select(ReportCount))}
    assert counted == {
        ("kind", "hate"): 1,
        ("repeat", "yes"): 1,
        ("online", "yes"): 1,
        ("strand", "race"): 1,
        ("strand", "religion"): 1,
        ("strand_extra", "age"): 1,
        ("hate_type", "verbal"): 1,
        ("hate_type", "physical"): 1,
    }


def at(resident: Resident, number: int, kind: str = "hate") -> None:
    resident.get("/report")
    resident.post("/report")
    resident.get("/report/1")
    resident.post("/report/1", kind=kind)
    resident.get("/report/2")
    resident.post("/report/2", narrative=NARRATIVE)
    resident.get(f"/report/{number}")


def test_a_partnership_asks_about_the_strands_it_chose(
    resident: Resident, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(resident, 8)
    resident.see("Age", "Being a woman or a man")
    monkeypatch.setitem(app.extensions["partnership"].__dict__, "extra_strands", ("sex_gender",))
    resident.get("/report/8")
    resident.see("Being a woman or a man", "Something else")
    assert 'value="age"' not in resident.page
    resident.post("/report/8", strands="age")
    resident.see("Choose from the answers on this page.")


@pytest.mark.parametrize(
    ("number", "typed", "says"),
    [
        (7, {"who": "<script>"}, "Choose one of the answers on this page."),
        (8, {"strands": ["race", "not_sure"]}, "“I am not sure” does not go with other answers."),
        (8, {"strands": ["race", "forged"]}, "Choose from the answers on this page."),
        (9, {"types": "verbal", "written_words": "x" * 501}, "This is 1 letter too long. Make it shorter."),
        (10, {"often": "weekly", "written_since": "x" * 102}, "This is 2 letters too long. Make it shorter."),
        (19, {"told": ["none", "police"]}, "“Nobody yet” does not go with other answers."),
    ],
)
@pytest.mark.parametrize("button", [{}, {"finish": "1"}], ids=["continue", "finish"])
def test_a_mistake_has_its_sentence_and_keeps_what_was_typed(
    resident: Resident, number: int, typed: Fields, says: str, button: Fields
) -> None:
    at(resident, number)
    resident.post(f"/report/{number}", typed | button)
    assert resident.response.status_code == 200
    resident.see(says)
    for value in typed.values():
        if isinstance(value, str) and value.startswith("x"):
            assert value in resident.page


def test_what_belongs_to_an_answer_that_is_not_given_is_not_kept_but_words_are(resident: Resident) -> None:
    at(resident, 11)
    resident.post("/report/11", setting="street", written_site="@nasty on an app")
    resident.get("/report/8")
    resident.post("/report/8", strands=["race"], religion="sikh")
    resident.get("/report/check")
    resident.see("Race, skin colour", "@nasty on an app")
    resident.not_see("Sikh")


def test_changing_the_language_keeps_what_is_half_answered(resident: Resident) -> None:
    at(resident, 8)
    resident.post("/ur/report/8", switch="ur", strands=["race", "religion"], religion="sikh", written_why="half a sen")
    resident.follow()
    assert resident.path == "/ur/report/8"
    for box in ("strands-race", "strands-religion", "religion-sikh"):
        assert re.search(f'id="{box}"[^>]* checked', resident.page), box
    assert "half a sen</textarea>" in resident.page


def test_the_end_can_be_reached_from_every_later_question_and_the_rest_from_there(resident: Resident) -> None:
    for number in (*range(6, 18), 19, 20):
        at(resident, number)
        resident.see("That is all: go to the end")
        resident.post(f"/report/{number}", finish="1")
        resident.follow()
        assert resident.path == "/report/check"
        resident.see("Tell us more")


def test_a_question_that_is_no_longer_asked_leads_to_the_check(resident: Resident) -> None:
    at(resident, 22)
    resident.get("/report/1?change=1")
    resident.post("/report/1?change=1", kind="not_sure")
    resident.get("/report/22")
    resident.follow()
    assert resident.path == "/report/check"


def test_a_draft_that_ends_meanwhile_gives_the_words_back(resident: Resident, make_app: Callable[..., Flask]) -> None:
    at(resident, 9)
    resident.client.delete_cookie("visit")
    answer = resident.client.post("/report/9", data={"written_words": "They said a lot."})
    assert answer.status_code in {400, 410}
    assert "They said a lot." in answer.text


DANGERS = [code for code in QUESTIONS["dangers"]["dangers"].texts if code != "none"]


@pytest.mark.parametrize("danger", DANGERS)
def test_each_danger_shows_help_at_once_and_rings_the_alarm(
    resident: Resident, officer: Officer, app: Flask, danger: str
) -> None:
    at(resident, 6)
    resident.see("they may see it only the next working day", "If someone may be badly hurt, we must tell the police.")
    resident.not_see("Call 999 now")
    resident.post("/report/6", dangers=[danger])
    resident.follow()
    resident.see("Call 999 now if someone is hurt", "press 55")
    lines = [line for line in app.extensions["partnership"].help_lines if danger in line.dangers]
    resident.see(*(line.name for line in lines), *(line.numbers[0] for line in lines if line.numbers))
    resident.get("/report/8")
    resident.not_see("Call 999 now")
    resident.get("/report/check")
    resident.see("Call 999 now", *(line.name for line in lines), "Police: because of the danger you told us about")
    resident.post("/report/check")
    with app.app_context():
        assert session.scalars(select(Report)).one().immediate_risk
        assert session.scalars(select(OutboxMail)).one().letter is Letter.IMMEDIATE_RISK
    officer.get("/staff/reports")
    officer.see("Immediate risk")


def test_none_of_the_dangers_is_no_alarm(resident: Resident, app: Flask) -> None:
    at(resident, 6)
    resident.post("/report/6", dangers=["none"])
    resident.get("/report/check")
    resident.not_see("Call 999 now")
    resident.post("/report/check")
    with app.app_context():
        assert not session.scalars(select(Report)).one().immediate_risk
        assert session.scalars(select(OutboxMail)).all() == []


def test_a_partnership_file_can_name_a_line_for_each_danger_that_is_asked_about(app: Flask) -> None:
    holds, _ = next(one for one in fields(HelpLine) if one.name == "dangers").metadata["check"]
    assert holds(DANGERS)
    assert not holds([*DANGERS, "none"])


def test_a_page_that_was_left_open_answers_its_own_question(resident: Resident) -> None:
    at(resident, 8)
    open_page = resident.page
    resident.get("/report/1?change=1")
    resident.post("/report/1?change=1", kind="not_sure")
    resident.path, resident.page = "/report/8", open_page
    resident.post("/report/8", strands=["race"], written_why="They said so.")
    resident.follow()
    assert resident.path == "/report/check"
    resident.not_see("They said so.")
    resident.get("/report/1?change=1")
    resident.post("/report/1?change=1", kind="hate")
    resident.get("/report/8")
    assert "They said so.</textarea>" in resident.page
    resident.get("/report/9")
    resident.path, resident.page = "/report/9", open_page
    resident.post("/report/9", strands=["disability"])
    resident.get("/report/check")
    resident.see("Disability")
    resident.get("/report/20")
    last_page = resident.page
    resident.get("/report/1?change=1")
    resident.post("/report/1?change=1", kind="not_sure")
    resident.path, resident.page = "/report/20", last_page
    resident.post("/report/20", wish=["advice"])
    resident.get("/report/check")
    resident.see("Advice on what I can do")


def test_a_box_that_was_unticked_stays_so_when_the_language_is_changed(resident: Resident) -> None:
    at(resident, 6)
    resident.post("/report/6", dangers=["weapon"])
    resident.get("/report/6")
    resident.post("/ur/report/6", switch="ur")
    resident.follow()
    assert " checked" not in resident.page


def test_a_home_taken_over_is_a_danger_wherever_it_is_told(resident: Resident, app: Flask) -> None:
    at(resident, 9, "asb")
    resident.post("/report/9", types=["cuckooing"])
    resident.follow()
    resident.see("Call 999 now", "Modern Slavery")
    resident.get("/report/check")
    resident.see("Police: because of the danger you told us about, we may have to tell them.")
    resident.post("/report/check")
    with app.app_context():
        assert session.scalars(select(Report)).one().immediate_risk


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ("police", "Police: nothing yet. Our reporting officer asks you here first."),
        ("act", "Others who could help: nothing yet. Our reporting officer asks you here first."),
        ("know", "Anyone else: nothing."),
    ],
)
def test_who_will_see_it_fits_what_was_wished_for(resident: Resident, wish: str, says: str) -> None:
    at(resident, 20)
    resident.post("/report/20", wish=[wish], finish="1")
    resident.follow()
    resident.see(says)


def test_no_title_tells_what_the_report_is_about(resident: Resident) -> None:
    titles = set()
    for kind in ("hate", "asb", "not_sure"):
        at(resident, 9, kind)
        titles.add(re.search("<title>(.*?)</title>", resident.page, re.DOTALL)[1])
    assert len(titles) == 1
