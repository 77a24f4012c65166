"""Each quarter the board gets a report: one page first, frozen with its figures, the same to the byte whenever it is asked for."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit import Action, AuditEntry
from portal.cohesion import board_reports, services
from portal.cohesion.board_models import BoardReport
from portal.cohesion.board_reports import BoardAction, ChangedMeanwhile, Written
from portal.db import LOCAL_TIME, session, today, transaction
from portal.events.held import held_events
from portal.events.models import Event
from portal.events.services import occurrences_of
from portal.partnership.priorities import Priority
from portal.reporting.figures import last_day
from portal.small_counts import month_after
from portal.staff.board_document import board_document
from portal.staff.figure_words import TITLES
from portal.staff.models import Role
from portal.staff.spans import Span, last_quarter
from portal.surveys.definition import Page
from portal.surveys.models import SampleType
from portal.web.pdf import can_typeset
from tests.support.announcing import add_event, announce
from tests.support.browsers import Browse, at_work
from tests.support.findings import add_finding, done, planned, publish_finding
from tests.support.people import Officer
from tests.support.waves import POPULATION, closed_wave, questionnaire
from tests.test_report_figures import add
from tests.test_reporting_gap import FACED, GAP, TOLD, WHY, others, people

LIST = "/staff/figures/board-reports"


@pytest.fixture
def quarter() -> Span:
    return last_quarter(month_after(today().replace(day=1), -1))


@pytest.fixture
def manager(hire: Callable[..., Officer]) -> Officer:
    person = hire("grace", roles=(Role.SURVEY_MANAGER,), teams=())
    person.sign_in()
    return person


@pytest.fixture
def analyst(hire: Callable[..., Officer]) -> Officer:
    person = hire("ada", roles=(Role.ANALYST,), teams=())
    person.sign_in()
    return person


def publish_at_the_end_of(app: Flask, span: Span) -> None:
    """A survey's figures, of a wave that ended on the quarter's last day: 160 of 200 agree, and almost only women answered."""
    given = [{"getting_on": "tend_agree", "knows_where": "yes", "sex": "female", "age": "35_49"}] * 160
    given += [{"getting_on": "tend_disagree", "knows_where": "no", "sex": "male", "age": "35_49"}] * 40
    with app.app_context(), transaction() as db:
        ended = (today() - last_day(span.last)).days
        wave_id = closed_wave(db, given, ended=ended, population=POPULATION)
        services.publish_release(db, services.draft_release(db, wave_id, "sam").id, "sam")


def write(manager: Officer, span: Span, **words: str) -> None:
    manager.get(f"{LIST}/{span.quarter}/words")
    manager.post(manager.path, words)
    manager.follow()


def agree_action(manager: Officer, span: Span, what: str, due: date) -> None:
    manager.get(f"{LIST}/{span.quarter}/actions")
    manager.post(manager.path, {"what": what, "owner": "Community safety team", "due": due.isoformat()})
    manager.follow()


def freeze(manager: Officer, span: Span) -> None:
    manager.get(f"{LIST}/{span.quarter}")
    manager.post(f"{manager.path}/freeze")
    manager.follow()
    manager.follow()


def file_of(person: Officer, span: Span, ending: str, number: int = 1) -> bytes:
    answer = person.client.get(f"{LIST}/{span.quarter}/{number}/report.{ending}")
    assert answer.status_code == 200
    return answer.get_data()


def test_a_report_leads_with_one_page_and_tells_of_every_priority(app: Flask, manager: Officer, quarter: Span) -> None:
    publish_at_the_end_of(app, quarter)
    with app.app_context(), transaction() as db:
        add(db, quarter.first, "kind", "hate", 24)
        add(db, quarter.first, "kind", "asb", 31)
    manager.get(LIST)
    manager.see("Reports to the board", "None yet")
    write(manager, quarter, words_C1="We went to four festivals.", asked="Schools: show pupils the page.")
    agree_action(manager, quarter, "Hold two drop-ins in Polish", today() + timedelta(days=10))
    manager.get(f"{LIST}/{quarter.quarter}")
    manager.see(
        "This is a draft: it shows the figures of today.",
        "Getting on well together",
        "All reports 55",
        "Hate incident 24",
        "this is not a random sample",
        "Range by chance alone",
        "Hold two drop-ins in Polish Community safety team",
        "Schools: show pupils the page.",
        "We went to four festivals.",
        "Its owner has written nothing for this quarter.",
        "0 of 48",
        "Ask more people who are: 16 to 34 years. About 65 more answers are needed.",
    )
    manager.not_see("Likely range", "read with care")
    headings = re.findall(r"<h2[^>]*>([^<]+)", manager.page)
    assert headings[:5] == [
        "How people feel",
        "What was reported to the portal",
        "Who was not heard",
        "Actions",
        "What is asked of the partners",
    ]
    assert [each for each in headings if re.match(r"[VNC]\d: ", each)] == sorted(
        (each for each in headings if re.match(r"[VNC]\d: ", each)),
        key=lambda each: ("VNC".index(each[0]), each[1]),
    )


def test_what_is_counted_for_a_priority_is_said_by_the_partnerships_file_and_not_by_code(
    app: Flask, manager: Officer, quarter: Span, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_at_the_end_of(app, quarter)
    with app.app_context(), transaction() as db:
        add(db, quarter.first, "kind", "hate", 24)
        add(db, quarter.first, "strand", "race", 24)

    def counted() -> dict[str, list[str]]:
        manager.get(f"{LIST}/{quarter.quarter}")
        with app.test_request_context(), app.app_context():
            document = board_document(quarter, Written(), "Grace", today(), 1)
        return {section["code"]: [table["code"] for table in section["tables"]] for section in document["more"]}

    found = counted()
    assert (found["C2"], found["N2"]) == (["strand"], [])
    partnership = app.extensions["partnership"]
    moved = tuple(
        replace(one, figures={"C2": (), "N2": ("kind", "strand")}.get(one.code, one.figures))
        for one in partnership.priorities
    )
    monkeypatch.setitem(app.extensions, "partnership", replace(partnership, priorities=moved))
    found = counted()
    assert (found["C2"], found["N2"]) == ([], ["kind", "strand"])


def test_a_priority_can_name_each_table_of_the_reports_and_nothing_that_is_not_counted() -> None:
    may, _says = next(one for one in fields(Priority) if one.name == "figures").metadata["check"]
    assert may(("survey", "reporting_gap", *TITLES))
    assert not may(("reports",))


def test_the_board_reads_whom_people_told_of_hate_beside_its_priority(
    app: Flask, manager: Officer, quarter: Span
) -> None:
    given = [*people(40, "nobody", why=("fear",)), *people(20, "police"), *people(12, "council"), *people(6, "friends")]
    whole = questionnaire()
    page = Page(code="hate", title=whole.title, questions=(FACED, TOLD, WHY))
    with app.app_context(), transaction() as db:
        wave_id = closed_wave(
            db, [*given, *others(40)], ended=(today() - last_day(quarter.last)).days, pages=(page, *whole.pages), reporting_gap=GAP
        )  # fmt: skip
        services.publish_release(db, services.draft_release(db, wave_id, "sam").id, "sam")
    manager.get(f"{LIST}/{quarter.quarter}")
    manager.see(
        "Of people who faced hate: whom they told", "Told nobody 51%", "Told the police 26%", "Told others who can help, not the police 15%",
        "Of people who told nobody: why", "I was afraid 100%",
    )  # fmt: skip


def test_what_is_frozen_stays_the_same_to_the_byte(
    app: Flask, manager: Officer, analyst: Officer, quarter: Span
) -> None:
    write(manager, quarter, asked="Come to the next meeting.")
    freeze(manager, quarter)
    manager.see("Frozen by Grace", "Come to the next meeting.", "Check number (SHA-256)")
    first = {ending: file_of(analyst, quarter, ending) for ending in ("json", "csv")}
    page = analyst_page(analyst, quarter)
    # What is counted afterwards, and what is public afterwards, changes the next report only.
    publish_at_the_end_of(app, quarter)
    with app.app_context(), transaction() as db:
        add(db, quarter.first, "kind", "hate", 24)
    assert {ending: file_of(analyst, quarter, ending) for ending in first} == first
    assert analyst_page(analyst, quarter) == page
    assert sha256(first["json"]).hexdigest() in page
    assert json.loads(first["json"])["quarter"] == quarter.quarter
    rows = list(csv.DictReader(io.StringIO(first["csv"].decode("utf-8-sig"))))
    assert {row["section"] for row in rows} >= {"reports", "events"}
    assert {row["value"] for row in rows if row["section"] == "reports"} == {"not shown"}
    with app.app_context():
        told = session.scalars(select(AuditEntry.action).where(AuditEntry.action == Action.FROZE_BOARD_REPORT)).all()
    assert len(told) == 1


def test_the_board_reads_which_figures_want_care_and_not_that_nobody_of_a_few_answered(
    app: Flask, manager: Officer, quarter: Span
) -> None:
    """Of 3 men among 63 it is not told how many they are, so neither that they are none."""
    given = [{"getting_on": "tend_agree", "sex": "female", "age": "35_49"}] * 40
    given += [{"getting_on": "tend_disagree", "sex": "female", "age": "35_49"}] * 20
    given += [{"getting_on": "tend_agree", "sex": "male", "age": "35_49"}] * 3
    with app.app_context(), transaction() as db:
        wave_id = closed_wave(db, given, ended=(today() - last_day(quarter.last)).days, population=POPULATION)
        services.publish_release(db, services.draft_release(db, wave_id, "sam").id, "sam")
    write(manager, quarter, asked="Come to the next meeting.")
    manager.get(f"{LIST}/{quarter.quarter}")
    manager.see(": read with care")
    freeze(manager, quarter)
    rows = list(csv.DictReader(io.StringIO(file_of(manager, quarter, "csv").decode("utf-8-sig"))))
    heard = {(row["row"], row["column"]): row["value"] for row in rows if row["table"] == "unheard"}
    men = next(name for name, _column in heard if "Male" in name)
    assert (heard[men, "Of the answers"], heard[men, "Ratio"]) == ("–", "–")


def test_the_board_reads_what_weights_could_not_mend_and_how_far_a_figure_moves_by_who_answers(
    app: Flask, manager: Officer, quarter: Span
) -> None:
    """Those that the published release itself names, and its own examples."""
    given = [{"getting_on": "tend_agree", "sex": "female", "age": "35_49"}] * 300
    given += [{"getting_on": "tend_disagree", "sex": "male", "age": "35_49"}] * 25
    with app.app_context(), transaction() as db:
        ended = (today() - last_day(quarter.last)).days
        wave_id = closed_wave(db, given, ended=ended, population=POPULATION)
        services.publish_release(db, services.draft_release(db, wave_id, "sam").id, "sam")
    write(manager, quarter, asked="Come to the next meeting.")
    manager.get(f"{LIST}/{quarter.quarter}")
    manager.see(
        "How far the figures can be relied on", "The range shows chance alone.", "official figures of this area"
    )
    freeze(manager, quarter)
    rows = list(csv.DictReader(io.StringIO(file_of(manager, quarter, "csv").decode("utf-8-sig"))))
    found = {
        (row["row"], row["column"]): row["value"].strip("\u2066\u2069") for row in rows if row["section"] == "caveats"
    }
    with app.app_context():
        document = services.published_releases()[0].document
    figure, *_more = document["indicators"]
    chosen = figure["if_chosen"]
    assert found["Getting on well together", "If more likely to answer"] == f"{chosen['low']}%"
    assert found["Getting on well together", "If less likely"] == f"{chosen['high']}%"
    assert chosen["low"] < figure["percent"] < chosen["high"]
    weighting = document["recipe"]["weighting"]
    means = {row: said for (row, column), said in found.items() if column == "What it means"}
    few = ["; ".join(text["en"] for text in each["texts"]) for each in weighting["scarce"]]
    short = ["; ".join(text["en"] for text in each["texts"]) for each in weighting["missed"] if each["is_short"]]
    assert few
    assert short
    assert list(means) == [*few, *short]
    assert means[few[0]] == "Fewer than 20 answered: the figures say little about it"
    assert means[short[0]].startswith("Counts for less than its ")


def test_of_a_random_sample_and_of_no_survey_the_board_reads_no_examples(
    app: Flask, manager: Officer, quarter: Span
) -> None:
    manager.get(f"{LIST}/{quarter.quarter}")
    manager.see("How far the figures can be relied on No figures of a survey were public")
    given = [{"getting_on": "tend_agree"}] * 160 + [{"getting_on": "tend_disagree"}] * 40
    with app.app_context(), transaction() as db:
        ended = (today() - last_day(quarter.last)).days
        wave_id = closed_wave(db, given, ended=ended, sample_type=SampleType.INVITED)
        services.publish_release(db, services.draft_release(db, wave_id, "sam").id, "sam")
    manager.get(f"{LIST}/{quarter.quarter}")
    manager.see("about 19 times out of 20", "The answers are not weighted.")
    manager.not_see("Two examples", "Groups of whom too few answered")


def test_a_version_that_no_database_could_number_is_not_there(manager: Officer, quarter: Span) -> None:
    for number in (10**30, 2**31, "9" * 5000):
        assert manager.get(f"{LIST}/{quarter.quarter}/{number}").status_code == 404
        assert manager.client.get(f"{LIST}/{quarter.quarter}/{number}/report.json").status_code == 404


def analyst_page(analyst: Officer, span: Span) -> str:
    analyst.get(f"{LIST}/{span.quarter}/1")
    found = re.search(r"<article.*</article>.*?</p>", analyst.page, re.DOTALL)
    assert found
    return found[0]


@pytest.mark.same_on_both
def test_the_pdf_is_made_again_byte_for_byte(manager: Officer, quarter: Span) -> None:
    assert can_typeset()
    write(manager, quarter, asked="Come to the next meeting. ملاقات")
    freeze(manager, quarter)
    once, again = file_of(manager, quarter, "pdf"), file_of(manager, quarter, "pdf")
    assert once.startswith(b"%PDF-")
    assert once == again
    # Tagged, as PDF/UA-1 asks.
    assert b"/StructTreeRoot" in once
    assert b"/MarkInfo" in once


def test_of_two_who_write_at_once_the_second_sees_what_the_first_wrote(
    manager: Officer, hire: Callable[..., Officer], quarter: Span
) -> None:
    colleague = hire("dev", roles=(Role.SURVEY_MANAGER,), teams=())
    colleague.sign_in()
    page = f"{LIST}/{quarter.quarter}/words"
    manager.get(page)
    colleague.get(page)
    colleague.post(page, {"words_C1": "Theirs", "asked": "The same"})
    manager.post(page, {"words_C1": "Mine", "asked": "The same"})
    assert manager.response.status_code == 200
    manager.see("A colleague has saved meanwhile. Here stands: Theirs", "Mine")
    manager.post(page, {"words_C1": "Mine and theirs", "asked": "The same"})
    manager.follow()
    manager.see("Mine and theirs")


def test_nothing_is_frozen_that_was_not_on_the_page(
    manager: Officer, hire: Callable[..., Officer], quarter: Span
) -> None:
    colleague = hire("dev", roles=(Role.SURVEY_MANAGER,), teams=())
    colleague.sign_in()
    write(manager, quarter, asked="Before")
    manager.get(f"{LIST}/{quarter.quarter}")
    write(colleague, quarter, asked="After")
    manager.post(f"{manager.path}/freeze")
    manager.see("A colleague has changed it meanwhile.", "After")
    freeze(manager, quarter)
    manager.see("Frozen by Grace", "After")
    manager.get(f"{LIST}/{quarter.quarter}/words")
    assert manager.response.status_code == 409
    manager.see("It is frozen already")


def test_a_new_version_says_why_and_the_frozen_one_stays(app: Flask, manager: Officer, quarter: Span) -> None:
    write(manager, quarter, asked="A wrong word")
    freeze(manager, quarter)
    page = f"{LIST}/{quarter.quarter}/again"
    manager.get(page)
    manager.post(page, {"reason": " "})
    manager.see("Write why: it stands in the list of versions.")
    manager.post(page, {"reason": "A word was wrong"})
    manager.follow()
    manager.see("This is a draft", "Why there is a new version: A word was wrong", "A wrong word")
    write(manager, quarter, asked="The right word")
    freeze(manager, quarter)
    manager.see("The right word")
    manager.get(f"{LIST}/{quarter.quarter}/1")
    manager.see("There is a newer version.", "A wrong word")
    manager.not_see("The right word")
    manager.get(LIST)
    manager.see("Version 2", "Version 1", "A word was wrong")


def test_what_is_still_to_be_done_stands_in_the_next_report(app: Flask, manager: Officer, quarter: Span) -> None:
    before = quarter.before
    for what in ("Ask the mosque", "Print cards", "Paint the underpass"):
        agree_action(manager, before, what, today() + timedelta(days=5))
    write(manager, before, asked="")
    for what, state, said in (("Print cards", "done", "2,000 cards"), ("Paint the underpass", "dropped", "No money")):
        manager.get(f"{LIST}/{before.quarter}/actions")
        settle = re.search(rf'href="([^"]+)">Say what came of it<span[^>]*>: {what}', manager.page)
        assert settle
        manager.get(settle[1])
        manager.post(settle[1], {"state": state})
        manager.see("Write what was done, or why it is not done.")
        manager.post(settle[1], {"state": state, "said": said})
        manager.follow()
    manager.see("Done: 2,000 cards", "Not done, because: No money", "To do")
    freeze(manager, before)
    manager.get(f"{LIST}/{quarter.quarter}")
    manager.see("Ask the mosque")
    manager.not_see("Print cards", "Paint the underpass")


def test_what_is_still_to_be_done_comes_into_a_next_report_that_is_begun_already(
    app: Flask, manager: Officer, quarter: Span
) -> None:
    before = quarter.before
    agree_action(manager, before, "Ask the mosque", today() + timedelta(days=5))
    agree_action(manager, quarter, "Print cards", today() + timedelta(days=5))
    manager.not_see("Ask the mosque")
    manager.get(f"{LIST}/{quarter.quarter}/words")
    old = manager._hidden(manager.path)
    freeze(manager, before)
    manager.get(f"{LIST}/{quarter.quarter}/actions")
    manager.see("Print cards", "Ask the mosque")
    # A page from before that keeps nothing of it away.
    manager.post(f"{LIST}/{quarter.quarter}/words", old | {"asked": "Come"})
    with app.app_context():
        written = board_reports.written_of(quarter.quarter, board_reports.versions_of(quarter.quarter))
        assert [one.what for one in written.actions] == ["Print cards", "Ask the mosque"]
        assert written.asked == ""
    # Frozen once more as another version, it adds nothing twice.
    manager.get(f"{LIST}/{before.quarter}/again")
    manager.post(manager.path, {"reason": "A word was wrong"})
    freeze(manager, before)
    manager.get(f"{LIST}/{quarter.quarter}/actions")
    assert manager.page.count("Say what came of it") == 2


def test_an_action_without_a_day_or_with_one_that_is_over_is_not_kept(
    app: Flask, manager: Officer, quarter: Span
) -> None:
    page = f"{LIST}/{quarter.quarter}/actions"
    manager.get(page)
    for due, sentence in (
        ("", "Choose the day, or write it like 2026-11-30."),
        ("soon", "Choose the day, or write it like 2026-11-30."),
        ((today() - timedelta(days=1)).isoformat(), "This day is over. Choose today or a later day."),
        ("9999-01-01", "This day is too far away."),
    ):
        manager.post(page, {"what": "Ask the mosque", "owner": "Sam", "due": due})
        manager.see(sentence)
        assert 'value="Ask the mosque"' in manager.page
    manager.post(page, {"what": "x" * 301, "owner": "", "due": today().isoformat()})
    manager.see("This is 1 letter too long.", "Write who does it: a person or an organisation.")
    with app.app_context():
        assert session.scalars(select(BoardReport)).all() == []


@pytest.mark.same_on_both
def test_long_words_of_an_action_leave_room_for_one_another_on_paper(manager: Officer, quarter: Span) -> None:
    """Beside a column as wide as its longest sentence the others had no room: one action took a page and more."""
    what, who = "Hold two drop-ins in Polish, with the school and the mosque. " * 4, "Milton Keynes City Council, " * 2
    manager.get(f"{LIST}/{quarter.quarter}/actions")
    manager.post(manager.path, {"what": what, "owner": who, "due": today().isoformat()})
    manager.get(f"{LIST}/{quarter.quarter}/actions")
    settle = re.search(r'href="([^"]+)">Say what came of it', manager.page)
    assert settle
    manager.get(settle[1])
    manager.post(settle[1], {"state": "dropped", "said": "The school has no room in the evening. " * 7})
    freeze(manager, quarter)
    # One page first, and two with what is behind it.
    assert file_of(manager, quarter, "pdf").count(b"/MediaBox") == 3


@pytest.mark.same_on_both
def test_a_draft_of_long_ago_can_still_be_finished(app: Flask, manager: Officer) -> None:
    long_ago = f"{today().year - 5}-2"
    manager.get(f"{LIST}/{long_ago}")
    assert manager.response.status_code == 404
    with app.app_context(), transaction() as db:
        board_reports.write(db, long_ago, "0.0", Written(asked="An old word"), "sam")
    manager.get(LIST)
    manager.see(f"Q2 {today().year - 5}")
    manager.get(f"{LIST}/{long_ago}")
    manager.post(f"{manager.path}/freeze")
    manager.follow()
    manager.follow()
    manager.see("Frozen by Grace", "An old word", f"April {today().year - 5} to June {today().year - 5}")


@pytest.mark.same_on_both
def test_an_analyst_reads_and_changes_nothing(app: Flask, analyst: Officer, quarter: Span) -> None:
    analyst.get(LIST)
    analyst.see("Reports to the board")
    analyst.get(f"{LIST}/{quarter.quarter}")
    analyst.see("This is a draft")
    analyst.not_see("Freeze it")
    analyst.get(f"{LIST}/{quarter.quarter}/words")
    assert analyst.response.status_code == 403
    for nowhere in (
        "2026-9",
        "abc",
        f"{today().year + 1}-1",
        f"{quarter.quarter}/1",
        f"{quarter.quarter}/1/report.exe",
    ):
        analyst.get(f"{LIST}/{nowhere}")
        assert analyst.response.status_code == 404, nowhere


def test_two_drafts_of_one_quarter_cannot_begin(app: Flask) -> None:
    with app.app_context():
        with transaction() as db:
            board_reports.write(db, "2026-1", "0.0", Written(asked="One"), "sam")
        for seen in ("0.0", "1.0", "1.2", ""):
            with pytest.raises(ChangedMeanwhile), transaction() as db:
                board_reports.write(db, "2026-1", seen, Written(asked="Two"), "dev")
        assert [one.written["asked"] for one in session.scalars(select(BoardReport))] == ["One"]


def test_an_action_is_late_from_the_day_after() -> None:
    action = BoardAction("1", "Ask", "Sam", "2026-11-30")
    assert [action.is_late(date(2026, 11, day)) for day in (29, 30)] == [False, False]
    assert action.is_late(date(2026, 12, 1))
    assert not BoardAction("1", "Ask", "Sam", "2026-11-30", "done", "Asked").is_late(date(2027, 1, 1))


def test_events_count_on_the_day_they_end_and_an_estate_counts_for_its_parish(app: Flask, editor: Officer) -> None:
    first, last = today() - timedelta(days=90), today() - timedelta(days=60)
    announce(editor, place="e-fishermead")
    announce(editor, place="e-fishermead", **{"access-step_free": ""}, languages=["en"])
    cancelled, early, late = announce(editor), announce(editor), announce(editor)
    editor.get(f"/staff/events/{cancelled}/cancel")
    editor.post(editor.path)
    add_event(editor)
    with app.app_context():
        with transaction() as db:
            for event in db.scalars(select(Event)):
                days = {early: first - timedelta(days=1), late: last + timedelta(days=1)}
                day = days.get(str(event.id), last)
                event.starts_at = datetime.combine(day, time(22), LOCAL_TIME)
                event.ends_at = datetime.combine(day, time(23, 59), LOCAL_TIME)
                (one,) = occurrences_of([event.id])[event.id]
                one.starts_at, one.ends_at = event.starts_at, event.ends_at
        held = held_events(first, last)
        assert (held.held, held.cancelled, held.parishes, held.all_parishes) == (2, 1, 1, 48)
        assert (held.step_free, held.other_languages, held.languages) == (1, 1, ["ur"])
        assert held_events(last + timedelta(days=2), today()).held == 0


def test_what_people_said_and_what_came_of_it_is_told_as_it_stood(app: Flask, manager: Officer, quarter: Span) -> None:
    told, end = quarter.first + timedelta(days=3), last_day(quarter.last)
    publish_finding(manager, add_finding(manager, done(found_on=told.isoformat(), answered_on=end.isoformat())))
    after = (end + timedelta(days=1)).isoformat()
    publish_finding(manager, add_finding(manager, done(found_on=told.isoformat(), answered_on=after)))
    overdue = planned(said="The bus stop has no light.", found_on=told.isoformat(), due_on=end.isoformat())
    publish_finding(manager, add_finding(manager, overdue | {"due_on": (end - timedelta(days=1)).isoformat()}))
    manager.get(f"{LIST}/{quarter.quarter}")
    manager.see(
        "People said it in the quarter 3",
        "Answered in the quarter 1",
        "Answered of all so far 1 of 3",
        "Late at the end of the quarter 1",
        "Getting on well together Highways team",
    )
    # A finding can be deleted for good; what is frozen here stays.
    manager.not_see("The bus stop has no light.")


@pytest.mark.dear
def test_on_a_phone_the_first_page_is_short_and_every_part_opens_without_a_script(
    browse: Browse, app: Flask, manager: Officer, quarter: Span
) -> None:
    publish_at_the_end_of(app, quarter)
    path = f"{LIST}/{quarter.quarter}"
    page = at_work(browse, manager, path, javascript=False)
    words = page.locator(".app-board__more .app-board__words")
    assert page.evaluate("document.documentElement.scrollHeight") < 4000
    assert page.locator(".app-board__first .app-board").first.is_visible()
    assert not words.first.is_visible()
    # A part's heading is heard once more by whoever goes from heading to heading.
    assert page.locator("h2", has_text="C1: ").count() == 1
    page.locator("summary", has_text="C1: ").focus()
    page.keyboard.press("Enter")
    assert page.locator(".app-board__section", has=page.locator("h2", has_text="C1: ")).locator("p").first.is_visible()
    page.emulate_media(media="print")
    assert words.first.is_visible()
    assert not page.locator(".app-board__fold > summary").first.is_visible()
    desk = at_work(browse, manager, path, phone=False, javascript=False)
    assert desk.locator(".app-board__more .app-board__words").first.is_visible()
    assert desk.locator("h2", has_text="C1: ").is_visible()
