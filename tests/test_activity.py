"""What was done in a quarter: on the public page, in a year's tables, at a glance for staff; and what none of them tells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from alembic import command
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page
from sqlalchemy import delete, insert, select, text

from portal import migrations
from portal.audit import Action, AuditEntry
from portal.db import LOCAL_TIME, random_id, session, today, transaction, utcnow
from portal.events.held import is_in_awareness_week
from portal.events.models import Event, EventState, Occurrence
from portal.reporting.count_models import ReportCount
from portal.reporting.durations import kept, waited
from portal.reporting.models import Clock, Promise, Report
from portal.small_counts import ShownCounts, month_after
from portal.staff.models import Role
from portal.staff.spans import Span, last_quarter
from portal.surveys.models import Wave, WaveVersion
from portal.surveys.reading import read_definition
from tests.support.asking import answer, close_a_wave, open_a_wave
from tests.support.browsers import Browse, at_work
from tests.support.findings import add_finding, done, planned, publish_finding
from tests.support.people import Officer, Resident
from tests.support.sending import send_report
from tests.test_report_figures import add, ago, clock, kept_report

HERE = "/staff/figures/years"
GLANCE = "/staff/figures/overview"


def quarter() -> Span:
    return last_quarter(ago(1))


def count(app: Flask, **times: int) -> None:
    """So many reports in each month of the last quarter: `hate=12` of that kind, `pl=12` in that language."""
    kinds = {"hate", "asb", "not_sure"}
    with app.app_context(), transaction() as db:
        for code, number in times.items():
            question = "kind" if code in kinds else "source" if code in {"web", "phone"} else "language"
            group = "g-centre" if code in kinds else "everywhere"
            for month in range(3):
                add(db, month_after(quarter().first, month), question, code, number, group)


def hold_event(app: Flask, day: date, state: EventState = EventState.PUBLISHED, **more: Any) -> None:
    at = datetime.combine(day, time(12), LOCAL_TIME)
    row = {
        "id": random_id(), "state": state, "starts_at": at, "ends_at": at + timedelta(hours=1), "venue": "Hall",
        "address": "1 High Street", "place_geography": "mk-places", "place_version": "2021-parishes", "place_code": None,
        "organiser": "Us", "contact": "", "web_address": "", "cost": "", "languages": ["en"], "access": {}, "sequence": 0,
        "created_at": utcnow(), "changed_at": utcnow(),
    }  # fmt: skip
    with app.app_context(), transaction() as db:
        db.execute(insert(Event), [row | more])
        db.add(Occurrence(event_id=row["id"], planned_on=at.date(), starts_at=at, ends_at=row["ends_at"]))


def publish(manager: Officer, span: Span | None = None) -> None:
    manager.get(f"{HERE}?year={quarter().first.year}")
    answer = manager.post(f"/staff/figures/quarters/{(span or quarter()).quarter}/publish")
    assert answer.status_code == 303, answer.status


def rows_of_year(person: Officer) -> dict[tuple[str, str, str], tuple[str, str]]:
    answer = person.client.get(f"{HERE}/{quarter().first.year}.csv")
    assert answer.status_code == 200
    rows = csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff")))
    return {(row["period"], row["part"], row["item"]): (row["told"], row["value"]) for row in rows}


@pytest.mark.same_on_both
def test_nothing_is_public_before_a_person_publishes_it_and_what_is_not_in_use_is_no_nought(
    app: Flask, resident: Resident, survey_manager: Officer
) -> None:
    count(app, hate=14, asb=30, en=44, web=44)
    resident.get("/cohesion")
    assert "What we did" not in resident.page
    publish(survey_manager)
    resident.get("/cohesion")
    resident.see("What we did", "Reports that people sent us: 132.", "More reports do not mean more hate.")
    resident.see("Hate", "42", "Anti-social behaviour", "90", "Written on the website")
    for missing in ("Events", "Kept in time", "You said, we did", "first answer"):
        assert missing not in resident.page.split("What we did")[-1].split("</details>")[0], missing


@pytest.mark.same_on_both
def test_what_is_public_can_be_fetched_as_a_file_and_what_is_not_leaves_no_row(
    app: Flask, resident: Resident, survey_manager: Officer
) -> None:
    def rows() -> list[dict[str, str]]:
        answer = resident.client.get("/cohesion/data/what-we-did.csv")
        assert answer.status_code == 200
        return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))

    count(app, hate=14, asb=30, en=44, web=44)
    assert rows() == []
    publish(survey_manager)
    assert {(row["part"], row["item"]): (row["told"], row["value"]) for row in rows()} == {
        ("reports", "all"): ("exact", "132"),
        ("reports by kind", "hate"): ("exact", "42"),
        ("reports by kind", "asb"): ("exact", "90"),
        ("reports by language", "en"): ("exact", "132"),
        ("reports by source", "web"): ("exact", "132"),
    }
    assert {row["quarter"] for row in rows()} == {quarter().quarter}
    survey_manager.get(f"{HERE}?year={quarter().first.year}")
    survey_manager.post(f"/staff/figures/quarters/{quarter().quarter}/take-back")
    assert rows() == []
    resident.get("/cohesion/data")
    assert 'href="/cohesion/data/what-we-did.csv"' in resident.page


def test_a_deleted_report_changes_no_figure_that_was_public(
    app: Flask, resident: Resident, survey_manager: Officer
) -> None:
    """Neither a count of reports nor a promise, not even after taking the figures back and publishing them again."""
    count(app, asb=40, en=40, web=40)
    began = quarter().first
    with app.app_context(), transaction() as db:
        reports = [kept_report(number, began) for number in range(40)]
        db.execute(insert(Report), reports)
        waits = [1] * 34 + [9] * 6
        db.execute(
            insert(Clock),
            [
                clock(one, Promise.TELL, began, began + timedelta(days=5), began + timedelta(days=days))
                for one, days in zip(reports, waits, strict=True)
            ],
        )
    publish(survey_manager)
    before = resident.get("/cohesion").get_data(as_text=True)
    resident.see("We gave 85% of first answers in time.")
    with app.app_context(), transaction() as db:
        db.execute(delete(Report).where(Report.id.in_([one["id"] for one in reports[30:]])))
    survey_manager.get(f"{HERE}?year={quarter().first.year}")
    survey_manager.post(f"/staff/figures/quarters/{quarter().quarter}/take-back")
    assert "What we did" not in resident.get("/cohesion").get_data(as_text=True)
    publish(survey_manager)
    assert resident.get("/cohesion").get_data(as_text=True) == before


def test_language_and_way_of_a_report_are_counted_when_it_comes_apart_from_its_place(
    app: Flask, resident: Resident
) -> None:
    send_report(resident)
    with app.app_context():
        rows = session.execute(
            select(ReportCount.question, ReportCount.answer, ReportCount.place_group, ReportCount.times).where(
                ReportCount.question.in_(["language", "source"])
            )
        )
        assert sorted(map(tuple, rows)) == [("language", "en", "everywhere", 1), ("source", "web", "everywhere", 1)]


@pytest.mark.same_on_both
def test_one_small_language_is_not_told_by_subtracting_the_others(
    app: Flask, resident: Resident, survey_manager: Officer
) -> None:
    count(app, asb=60, en=45, pl=12, ur=3, web=60)
    publish(survey_manager)
    resident.get("/cohesion")
    said = resident.page.split("What we did")[-1]
    assert "Urdu" not in said
    assert not ("135" in said and "36" in said), "with both, 180 - 135 - 36 tells that nine wrote in Urdu"
    told = rows_of_year(survey_manager)
    shown = [int(value) for (period, part, _item), (how, value) in told.items()
             if period == quarter().quarter and part == "reports by language" and how == "exact"]  # fmt: skip
    assert sum(shown) != 171


Counts = list[dict[str, int]]
of_a_month = st.dictionaries(st.sampled_from(["en", "pl", "ur"]), st.integers(0, 25), min_size=1)


@given(st.lists(of_a_month, min_size=3, max_size=6))
def test_no_small_language_follows_from_the_total_whether_or_not_each_report_has_one(rows: Counts) -> None:
    """The reader knows that languages add up to all reports: a hidden one stays open by three numbers at least."""
    months = [month_after(date(2026, 1, 1), number) for number in range(len(rows))]
    by_month = dict(zip(months, rows, strict=True))
    whole = ShownCounts({month: {"all": sum(found.values())} for month, found in by_month.items()}, ["all"], months[-1])
    table = ShownCounts(by_month, ["en", "pl", "ur"], months[-1], (whole, "all"))
    for month in months:
        total = whole.over(month, month, "all")
        told = {code: table.over(month, month, code) for code in table.answers}
        hidden = [code for code, shown in told.items() if not shown.is_all]
        if not total.is_all:
            assert len(hidden) == len(told)
            continue
        left = total.number - sum(shown.number for shown in told.values() if shown.is_all)
        small = [code for code in hidden if by_month[month].get(code, 0) < 10]
        for code in small:
            assert len(hidden) > 1 or left == 0 == by_month[month].get(code, 0), (month, told)
            assert left >= 10 or left == 0, (month, told)


@given(st.integers(0, 400), st.data())
def test_a_share_kept_in_time_is_told_from_30_on_and_never_of_1_to_4_people(base: int, data: st.DataObject) -> None:
    missed = data.draw(st.integers(0, base))
    told = kept(base, missed, outside=True)
    if told:
        assert base >= 30
        assert all(side == 0 or side >= 5 for side in (missed, base - missed))
        assert told.base % 5 == 0
    else:
        assert base < 30 or missed in range(1, 5) or base - missed in range(1, 5)
    assert bool(waited({2: base}, outside=True)) == (base >= 30)


def test_events_and_findings_are_told_with_awareness_week_and_interpreting(
    app: Flask, resident: Resident, survey_manager: Officer
) -> None:
    day = quarter().last
    hold_event(app, day, languages=["en", "ur"])
    hold_event(app, day, access={"step_free": "yes", "sign_language": "yes"})
    hold_event(app, day)
    hold_event(app, day, EventState.CANCELLED)
    first = publish_finding(
        survey_manager, add_finding(survey_manager, done(found_on=quarter().last, answered_on=quarter().last))
    )
    assert first
    publish(survey_manager)
    resident.get("/cohesion")
    resident.see("3 of 4 planned events took place, in 0 of 48 parishes.")
    told = rows_of_year(survey_manager)
    assert told[quarter().quarter, "events", "interpreted_or_step_free"] == ("exact", "2")
    assert (quarter().quarter, "reports", "all") not in told
    week = (quarter().quarter, "events", "awareness_week")
    assert (week in told) == (quarter().last.month == 12), "a quarter without the week has no nought for it"


def test_hate_crime_awareness_week_runs_from_the_second_saturday_of_october_to_the_third() -> None:
    for first, last in ((date(2026, 10, 10), date(2026, 10, 17)), (date(2023, 10, 14), date(2023, 10, 21))):
        assert is_in_awareness_week(first)
        assert is_in_awareness_week(last)
        assert not is_in_awareness_week(first - timedelta(days=1))
        assert not is_in_awareness_week(last + timedelta(days=1))


def test_public_page_and_year_and_monthly_return_tell_the_same_number(
    app: Flask, resident: Resident, survey_manager: Officer, analyst: Officer
) -> None:
    count(app, hate=21, asb=33, en=54, web=54)
    publish(survey_manager)
    assert rows_of_year(survey_manager)[quarter().quarter, "reports by kind", "hate"] == ("exact", "63")
    answer = analyst.client.get("/staff/report-figures/hate-by-month.csv").get_data(as_text=True)
    rows = [row for row in csv.DictReader(io.StringIO(answer.lstrip("\ufeff"))) if row["counted"] == "all"]
    assert sum(int(row["reports"]) for row in rows if row["reports"] != "[c]") == 63
    assert "63" in resident.get("/cohesion").get_data(as_text=True)
    with app.app_context():
        acts = session.scalars(select(AuditEntry.action)).all()
    assert {Action.PUBLISHED_RELEASE, Action.EXPORTED_FIGURES} <= set(acts)


@pytest.mark.same_on_both
def test_an_empty_quarter_and_one_that_is_not_over_cannot_be_published(app: Flask, survey_manager: Officer) -> None:
    survey_manager.get(HERE)
    survey_manager.see("Nothing that may be shown was counted in this year.", "Nothing to show")
    for wrong in (quarter().quarter, "2999-1", "2026-9", "x", "²⁰²⁶-1"):
        survey_manager.get(f"{HERE}?year={quarter().first.year}")
        assert survey_manager.post(f"/staff/figures/quarters/{wrong}/publish").status_code == 404
    assert survey_manager.client.get(f"{HERE}/1999.csv").status_code == 404
    survey_manager.get(f"{HERE}?year=abc")
    survey_manager.see("A year in numbers")


@pytest.mark.same_on_both
def test_a_quarter_is_published_once_however_often_it_is_sent(app: Flask, survey_manager: Officer) -> None:
    count(app, asb=40, en=40, web=40)
    publish(survey_manager)
    publish(survey_manager)
    survey_manager.get(HERE)
    survey_manager.see("Public", f"Take Q{quarter().last.month // 3}")


LINES = {
    Role.OFFICER: (
        {"Reports that are overdue", "Closings that wait", "Reports received in"},
        {"No wave is open", "No event is in", "Event drafts", "You said, we did"},
    ),
    Role.SUPERVISOR: (
        {"Closings that wait"},
        {"Reports that are overdue", "Reports received in", "No wave is open", "No event is in", "Event drafts"},
    ),
    Role.ANALYST: (
        {"Reports received in", "No wave is open"},
        {"Reports that are overdue", "Closings that wait", "Event drafts", "Look at what was done"},
    ),
    Role.SURVEY_MANAGER: (
        {"No wave is open", "Look at what was done"},
        {"Reports that are overdue", "Reports received in", "Event drafts"},
    ),
    Role.CALENDAR_EDITOR: (
        {"Event drafts", "Events coming up"},
        {"Reports that are overdue", "Reports received in", "No wave is open"},
    ),
}


@pytest.mark.same_on_both
@pytest.mark.parametrize("role", LINES)
def test_at_a_glance_each_sees_the_lines_whose_pages_they_may_open(
    app: Flask, hire: Callable[..., Officer], role: Role
) -> None:
    count(app, asb=40, en=40, web=40)
    person = hire("sam", roles=(role,))
    person.sign_in()
    person.get(GLANCE)
    seen, unseen = LINES[role]
    main = person.page.split("<main")[-1].split("</main>")[0]
    for words in seen:
        assert words in main, words
    for words in unseen:
        assert words not in main, words
    for _words, address in links(main):
        assert person.client.get(address).status_code in (200, 303), address


def links(html: str) -> list[tuple[str, str]]:
    return [(words, address) for address, words in re.findall(r'<a href="(/staff/[^"#]*)[^"]*"[^>]*>([^<]*)', html)]


@pytest.mark.same_on_both
def test_what_needs_doing_first_stands_on_top_and_a_quiet_day_says_so(app: Flask, survey_manager: Officer) -> None:
    survey_manager.get(GLANCE)
    survey_manager.see("Nothing is late and nothing waits for you.", "No wave is open, and none waits for its figures.")
    late = planned(found_on=ago(3), due_on=ago(1))
    publish_finding(survey_manager, add_finding(survey_manager, late))
    survey_manager.get(GLANCE)
    page = survey_manager.page
    assert page.index(">Plans that are late<") < page.index("Places and groups to ask next")
    assert "Nothing is late" not in page


@pytest.mark.same_on_both
def test_waves_past_their_last_day_come_first_and_of_500_the_rest_stand_in_one_line(
    app: Flask, analyst: Officer, survey_file: Path
) -> None:
    wave_id = open_a_wave(app, read_definition(survey_file))
    answer(app, wave_id, times=3)
    with app.app_context(), transaction() as db:
        wave = db.get_one(Wave, wave_id)
        asked = db.scalars(select(WaveVersion).where(WaveVersion.wave_id == wave_id)).one()
        columns = {column.key: getattr(wave, column.key) for column in Wave.__table__.columns}
        rows = [columns | {"id": random_id(), "number": number} for number in range(2, 501)]
        rows[-1]["closes_on"] = today() - timedelta(days=2)
        db.execute(insert(Wave), rows)
        version = {column.key: getattr(asked, column.key) for column in WaveVersion.__table__.columns}
        db.execute(insert(WaveVersion), [version | {"wave_id": row["id"]} for row in rows])
    began = monotonic()
    analyst.get(GLANCE)
    assert monotonic() - began < 3
    analyst.see("wave 500: its last day is over, close it", "480 more open waves", "Fewer than 10 so far")
    page = analyst.page
    assert page.index("wave 500") < page.index("480 more open waves")
    assert page.index("wave 500") < page.index(">Waves<"), "it stands on top as well"


@pytest.mark.same_on_both
def test_a_wave_that_ended_waits_for_its_figures(app: Flask, survey_manager: Officer, survey_file: Path) -> None:
    wave_id = open_a_wave(app, read_definition(survey_file))
    close_a_wave(app, wave_id)
    survey_manager.get(GLANCE)
    survey_manager.see("Waves that ended without public figures 1")


def test_reports_that_are_still_there_are_counted_when_the_database_is_brought_up_to_date(app: Flask) -> None:
    """As an installation of before had them; only the counts of language and way are added."""
    engine = app.extensions["database"].engine
    with app.app_context(), transaction() as db:
        db.execute(insert(Report), [kept_report(number, ago(2) + timedelta(days=number)) for number in range(3)])
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE published_activity"))
    config = migrations._config(engine)
    command.stamp(config, "0029")
    command.upgrade(config, "0031")
    with app.app_context():
        found = session.scalars(select(ReportCount)).all()
        assert {(one.question, one.answer, one.month, one.place_group, one.times) for one in found} == {
            ("language", "en", ago(2), "everywhere", 3),
            ("source", "web", ago(2), "everywhere", 3),
        }


@pytest.mark.dear
@pytest.mark.same_on_both
@pytest.mark.parametrize("language", [pytest.param("", marks=pytest.mark.long), "/ur"])
def test_what_we_did_opens_without_script_fits_a_small_phone_and_breaks_no_rule_of_accessibility(
    app: Flask, browse: Browse, survey_manager: Officer, axe: Callable[[Page], list[str]], language: str
) -> None:
    count(app, hate=14, asb=30, en=44, web=44)
    publish(survey_manager)
    page = browse(f"{language}/cohesion", javascript=False, viewport={"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollHeight") < 4000
    page.locator("summary", has=page.locator("#what-we-did")).press("Enter")
    assert page.get_by_text("90", exact=True).first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page = browse(f"{language}/cohesion", viewport={"width": 320, "height": 640})
    page.locator("summary", has=page.locator("#what-we-did")).press("Enter")
    assert not axe(page)
    for path in (GLANCE, HERE):
        page = at_work(browse, survey_manager, f"{language}{path}", viewport={"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert not axe(page)
