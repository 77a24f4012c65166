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
from portal.reporting.count_models import ReportCount
from portal.reporting.models import Report
from portal.reporting.questions.asb import ANY_GROUP, ASB_TYPES, ENVIRONMENTAL, FEW, GROUPS, HAZARDS, TYPES
from portal.reporting.questions.asked import (
    AFTER_FIRST,
    FIRST,
    FIRST_CODES,
    QUESTIONS,
    READ,
    WRITTEN_CODES,
    asked_about,
    fewest_and_most,
    follows,
    still_asked,
)
from portal.reporting.questions.contact import SEALED_APART
from portal.reporting.questions.risk import pages
from tests.support.people import Fields, Officer, Resident
from tests.support.sending import NARRATIVE, answer_page, send_report

pytestmark = pytest.mark.same_on_both

RISK = ["risk-before", "risk-whom", "risk-effect", "risk-people"]
LAST = ["told", "wish", "contact", "consent"]
HATE_FIRST = ["kind", "narrative", "when", "where", "because", "hate_types", "risk"]
HATE = [*HATE_FIRST, "dangers", "who", "often", "setting", "people", "harm", *LAST]
ASB_FIRST = ["kind", "asb_group", "asb_types", "narrative", "when", "where", "risk"]
ASB = [*ASB_FIRST, "dangers", "who", "affected", "often", "setting", "people", "harm", *LAST]
NOT_SURE = ["kind", "narrative", "when", "where", "risk", "dangers", "who", "often", "setting", "people", "harm", *LAST]
PLACE = ["kind", "asb_group", "asb_types", "narrative", "where", "often", "people", "told", "contact", "consent"]
NOISE = {"kind": {"kind": "asb"}, "asb_group": {"group": "noise"}, "asb_types": {"types": ["noise_home"]}}
DUMPED = {
    "kind": {"kind": "asb"},
    "asb_group": {"group": "rubbish"},
    "asb_types": {"types": ["dumping"], "size": "item", "material": ["household"]},
}


def asked(**answers: Any) -> list[str]:
    return [question.code for question in asked_about(answers)]


def test_each_door_asks_its_own_questions() -> None:
    assert asked(kind={"kind": "hate"}) == HATE
    assert asked(**NOISE) == ASB
    assert asked(kind={"kind": "asb"}) == [code for code in ASB if code != "asb_types"]
    assert asked(kind={"kind": "not_sure"}) == asked(kind=None) == asked() == NOT_SURE


def test_of_a_place_only_what_mends_it_is_asked() -> None:
    assert asked(**DUMPED) == PLACE
    assert asked(**DUMPED | {"asb_types": {"types": ["dumping", "other"]}}) == ASB
    assert asked(**DUMPED | {"asb_types": None}) == ASB


@pytest.mark.parametrize("told", [{"types": ["needles"]}, {"types": ["dumping"], "material": ["asbestos", "green"]}])
def test_whether_someone_may_be_hurt_is_asked_of_what_is_dangerous_to_touch(told: dict[str, Any]) -> None:
    assert asked(**DUMPED | {"asb_types": told}) == [*PLACE[:5], "risk", *PLACE[5:]]


def test_who_says_that_nobody_may_be_hurt_by_anti_social_behaviour_is_not_asked_about_weapons() -> None:
    assert "dangers" not in asked(**NOISE, risk={"risk": "no"})
    for said in (None, {"risk": "yes"}, {"risk": "not_sure"}):
        assert "dangers" in asked(**NOISE, risk=said)
    assert "dangers" in asked(kind={"kind": "hate"}, risk={"risk": "no"})


def test_the_partnerships_risk_questions_are_asked_about_people_only(app: Flask) -> None:
    risk = pages(app.extensions["partnership"].risk)
    assert [page.code for page in asked_about(DUMPED, risk)] == PLACE
    assert {*RISK} < {page.code for page in asked_about(NOISE, risk)}


def test_every_kind_of_problem_can_be_found_by_a_first_choice_and_few_boxes() -> None:
    offered = [page["types"].texts.keys() for page in FEW.values()]
    assert set().union(*offered) == TYPES.keys()
    assert max(map(len, offered)) <= 8
    assert len(GROUPS) == 9
    assert TYPES.keys() >= ENVIRONMENTAL
    assert TYPES.keys() | FEW["rubbish"]["material"].texts.keys() >= HAZARDS


def test_the_doors_promise_is_the_shortest_and_the_longest_report() -> None:
    lengths = [
        len(FIRST_CODES.intersection(asked(**answers))) for answers in (NOISE, DUMPED, {"kind": {"kind": "hate"}}, {})
    ]
    assert fewest_and_most() == (min(lengths), max(lengths)) == (5, 7)


def test_what_was_told_of_danger_stays_part_of_the_report_whatever_is_changed_after_it(
    resident: Resident, app: Flask
) -> None:
    send_report(
        resident,
        kind="asb",
        group="neighbours",
        types="neighbours",
        risk="not_sure",
        more={"dangers": {"dangers": ["weapon"]}, "/report/7?change=1": {"risk": "no"}},
    )
    with app.app_context():
        assert session.scalars(select(Report)).one().immediate_risk
        assert session.scalars(select(OutboxMail)).one().letter is Letter.IMMEDIATE_RISK


def test_a_yes_to_danger_is_still_asked_where_only_a_place_suffers() -> None:
    litter = {"kind": {"kind": "asb"}, "asb_group": {"group": "rubbish"}, "asb_types": {"types": ["litter"]}}
    assert "risk" in asked(**litter, risk={"risk": "yes"})
    assert "risk" not in asked(**litter, risk={"risk": "no"})
    assert "dangers" in asked(**litter, dangers={"dangers": ["child"]})
    assert "dangers" not in asked(**litter, dangers={"dangers": ["none"]})


@pytest.mark.parametrize(
    ("types", "group"), [(["dumping", "needles"], "rubbish"), (["dumping", "cuckooing", "begging"], "any")]
)
def test_a_report_begun_before_there_was_a_first_choice_loses_nothing_that_was_ticked(
    types: list[str], group: str
) -> None:
    begun = {"kind": {"kind": "asb"}, "asb_types": {"types": types}, "dumped": {"size": "bag"}}
    assert still_asked(begun) == begun
    page = next(page for page in asked_about(begun) if page.code == "asb_types")
    assert {*types} <= page["types"].texts.keys()
    assert (page is ASB_TYPES) is (group == "any")


kept = st.dictionaries(
    st.sampled_from([*(page.code for page in READ), "check"]),
    st.none()
    | st.fixed_dictionaries({"kind": st.sampled_from(["hate", "asb", "not_sure"])})
    | st.sampled_from([{"group": "rubbish"}, {"types": ["dumping"]}, {"types": ["needles"]}, {"risk": "no"}]),
)


@given(kept)
def test_no_answer_is_dropped_but_to_what_is_no_longer_asked(answers: dict[str, Any]) -> None:
    left = still_asked(answers)
    assert still_asked(left) == left
    assert answers.keys() - left.keys() == answers.keys() & {page.code for page in READ} - {*asked(**answers)} - {
        "dumped"
    }


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
            if "." in condition.question:
                assert {*condition.any_of} - {ANY_GROUP} <= before[condition.question].texts.keys()
            else:
                assert condition.question in follows({}, {"danger": "no", "risk": "no"})
        before |= {f"{page.code}.{question.code}": question for question in page.questions}


def test_all_that_can_be_ticked_and_written_fits_the_length_every_report_has() -> None:
    """A report in which everything is said is as long as one in which little is: see SUMMARY_PAD, LONG_TEXT_PAD and contacts.PAD."""
    boxes = [(page.code, box) for page in QUESTIONS.values() for box in page.questions if box.code in WRITTEN_CODES]
    apart = sum(box.limit for code, box in boxes if code in SEALED_APART)
    assert (sum(box.limit for _, box in boxes) - apart) * 4 < 16 * 1024 - 1024
    assert apart * 4 < contacts.PAD - 768


WITH_EVERYTHING: dict[str, Fields] = {
    "who": {"who": "someone", "agreed": "yes"},
    "because": {"strands": ["race", "religion", "age"], "religion": "sikh", "written_why": "She wore a turban."},
    "hate_types": {"types": ["verbal", "physical"], "written_words": "“Go home.”"},
    "often": {"often": "weekly", "worse": "yes", "written_since": "last summer"},
    "setting": {"setting": "online", "written_site": "@nasty on an app"},
    "people": {"number": "few", "known": "neighbour", "written_description": "Two boys on red bikes."},
    "harm": {"harm": ["afraid", "children"], "written_harm_words": "She stays in."},
    "told": {"told": ["police", "school"], "written_reference": "43/1234"},
    "wish": {"wish": ["support", "police"]},
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
    assert counted == {("kind", "asb"), ("repeat", "yes"), ("online", "yes"), ("language", "en"), ("source", "web")}


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
        ("language", "en"): 1,
        ("source", "web"): 1,
        ("hate_type", "physical"): 1,
    }


def at(resident: Resident, number: int, kind: str = "hate") -> None:
    resident.get("/report")
    resident.post("/report")
    answer_page(resident, "kind", kind=kind)
    answer_page(resident, "narrative", narrative=NARRATIVE)
    resident.get(f"/report/{number}")
    if resident.response and resident.response.location:
        resident.follow()


def test_a_partnership_asks_about_the_strands_it_chose(
    resident: Resident, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(resident, 5)
    resident.see("Age", "Being a woman or a man")
    monkeypatch.setitem(app.extensions["partnership"].__dict__, "extra_strands", ("sex_gender",))
    resident.get("/report/5")
    resident.see("Being a woman or a man", "Something else")
    assert 'value="age"' not in resident.page
    resident.post("/report/5", strands="age")
    resident.see("Choose from the answers on this page.")


@pytest.mark.parametrize(
    ("number", "typed", "says"),
    [
        (9, {"who": "<script>"}, "Choose one of the answers on this page."),
        (5, {"strands": ["race", "not_sure"]}, "“I am not sure” does not go with other answers."),
        (5, {"strands": ["race", "forged"]}, "Choose from the answers on this page."),
        (6, {"types": "verbal", "written_words": "x" * 501}, "This is 1 letter too long. Make it shorter."),
        (10, {"often": "weekly", "written_since": "x" * 102}, "This is 2 letters too long. Make it shorter."),
        (18, {"told": ["none", "police"]}, "“Nobody yet” does not go with other answers."),
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
    resident.get("/report/5")
    resident.post("/report/5", strands=["race"], religion="sikh")
    resident.get("/report/check")
    resident.see("Race, skin colour", "@nasty on an app")
    resident.not_see("Sikh")


def test_changing_the_language_keeps_what_is_half_answered(resident: Resident) -> None:
    at(resident, 5)
    resident.post("/ur/report/5", switch="ur", strands=["race", "religion"], religion="sikh", written_why="half a sen")
    resident.follow()
    assert resident.path == "/ur/report/5"
    for box in ("strands-race", "strands-religion", "religion-sikh"):
        assert re.search(f'id="{box}"[^>]* checked', resident.page), box
    assert "half a sen</textarea>" in resident.page


def test_the_end_can_be_reached_from_every_later_question_and_the_rest_from_there(resident: Resident) -> None:
    for number in range(8, 21):
        at(resident, number)
        resident.see("That is all: go to the end")
        resident.post(f"/report/{number}", finish="1")
        resident.follow()
        assert resident.path == "/report/check"
        resident.see("Tell us more")


def test_a_question_that_is_no_longer_asked_leads_to_the_check(resident: Resident) -> None:
    at(resident, 21)
    resident.get("/report/1?change=1")
    resident.post("/report/1?change=1", kind="not_sure")
    resident.get("/report/21")
    resident.follow()
    assert resident.path == "/report/check"


def test_a_draft_that_ends_meanwhile_gives_the_words_back(resident: Resident, make_app: Callable[..., Flask]) -> None:
    at(resident, 6)
    resident.client.delete_cookie("visit")
    answer = resident.client.post("/report/6", data={"written_words": "They said a lot."})
    assert answer.status_code in {400, 410}
    assert "They said a lot." in answer.text


DANGERS = [code for code in QUESTIONS["dangers"]["dangers"].texts if code != "none"]


@pytest.mark.parametrize("danger", DANGERS)
def test_each_danger_shows_help_at_once_and_rings_the_alarm(
    resident: Resident, officer: Officer, app: Flask, danger: str
) -> None:
    at(resident, 8)
    resident.see("they may see it only the next working day", "If someone may be badly hurt, we must tell the police.")
    resident.not_see("Call 999 now")
    resident.post("/report/8", dangers=[danger])
    resident.follow()
    resident.see("Call 999 now if someone is hurt", "press 55")
    lines = [line for line in app.extensions["partnership"].help_lines if danger in line.dangers]
    resident.see(*(line.name for line in lines), *(line.numbers[0] for line in lines if line.numbers))
    resident.get("/report/5")
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
    at(resident, 8)
    resident.post("/report/8", dangers=["none"])
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
    at(resident, 5)
    open_page = resident.page
    resident.get("/report/1?change=1")
    resident.post("/report/1?change=1", kind="not_sure")
    resident.path, resident.page = "/report/5", open_page
    resident.post("/report/5", strands=["race"], written_why="They said so.")
    resident.follow()
    assert resident.path == "/report/check"
    resident.not_see("They said so.")
    resident.get("/report/1?change=1")
    resident.post("/report/1?change=1", kind="hate")
    resident.get("/report/5")
    assert "They said so.</textarea>" in resident.page
    resident.get("/report/6")
    resident.path, resident.page = "/report/6", open_page
    resident.post("/report/6", strands=["disability"])
    resident.get("/report/check")
    resident.see("Disability")
    resident.get("/report/19")
    last_page = resident.page
    resident.get("/report/1?change=1")
    resident.post("/report/1?change=1", kind="not_sure")
    resident.path, resident.page = "/report/19", last_page
    resident.post("/report/19", wish=["advice"])
    resident.get("/report/check")
    resident.see("Advice on what I can do")


def test_a_box_that_was_unticked_stays_so_when_the_language_is_changed(resident: Resident) -> None:
    at(resident, 8)
    resident.post("/report/8", dangers=["weapon"])
    resident.get("/report/8")
    resident.post("/ur/report/8", switch="ur")
    resident.follow()
    assert " checked" not in resident.page


def test_a_home_taken_over_is_a_danger_wherever_it_is_told(resident: Resident, app: Flask) -> None:
    at(resident, 2, "asb")
    resident.post("/report/2", group="drugs")
    resident.get("/report/3")
    resident.post("/report/3", types=["cuckooing"])
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
        ("know", "Reporting officers only. But if someone may be badly hurt, we must tell the police."),
    ],
)
def test_who_will_see_it_fits_what_was_wished_for(resident: Resident, wish: str, says: str) -> None:
    at(resident, 19)
    resident.post("/report/19", wish=[wish], finish="1")
    resident.follow()
    resident.see(says)


def test_no_title_tells_what_the_report_is_about(resident: Resident) -> None:
    titles = set()
    for kind in ("hate", "asb", "not_sure"):
        at(resident, 9, kind)
        titles.add(re.search("<title>(.*?)</title>", resident.page, re.DOTALL)[1])
    assert len(titles) == 1
