"""Reports in numbers: months that are over, how long people waited, what is not told, and the files for other books."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.audit import Action, AuditEntry
from portal.db import random_id, session, today, transaction, upsert
from portal.partnership.working_days import working_days_after
from portal.reporting.count_models import ReportCount
from portal.reporting.durations import nearest_rank, working_days
from portal.reporting.models import Clock, Kind, Promise, Report, Source, State
from portal.reporting.references import check_letter
from portal.small_counts import month_after
from portal.staff.models import Role
from portal.staff.monthly_return import COLUMNS, MEANINGS
from portal.staff.spans import Span, asked_span, default_span, last_quarter, quarters
from portal.text import as_csv
from tests.support.browsers import Browse
from tests.support.line_breaks import broken_dates
from tests.support.people import Officer, Resident
from tests.support.sending import send_report

GROUP, OTHER = "g-centre", "g-north"
PAGES = ("/staff/report-figures", "/staff/report-figures/quarter")
FILES = tuple(COLUMNS)


def ago(months: int) -> date:
    return month_after(today().replace(day=1), -months)


def add(db: Session, month: date, question: str, answer: str, times: int, group: str = GROUP) -> None:
    key = {"month": month, "place_group": group, "question": question, "answer": answer}
    upsert(db, ReportCount, key, {"times": times}, add={"times": times})


def kept_report(number: int, day: date, state: State = State.LOOKED_AT) -> dict[str, object]:
    """The row of a report that came on that day."""
    return {
        "id": random_id(), "reference": f"{number:07d}{check_letter(str(number))}", "kind": Kind.ASB,
        "place_geography": "mk-places", "place_version": "2021-parishes", "place_code": None, "received_on": day,
        "state": state, "immediate_risk": False, "due_on": day, "language": "en", "source": Source.WEB,
        "told_if_it_helped": False, "submission_token": random_id(), "conversation_id": random_id(),
        "receipt_lookup": random_id().bytes, "conversation_key": b"",
    }  # fmt: skip


def clock(
    report: Mapping[str, object], promise: Promise, began: date, due: date, met: date | None
) -> dict[str, object]:
    return {
        "id": random_id(), "report_id": report["id"], "promise": promise, "started_on": began, "due_on": due, "met_on": met,
        "days_paused": 0,
    }  # fmt: skip


def address(first: date, last: date, path: str = PAGES[0]) -> str:
    return f"{path}?from={first:%Y-%m}&to={last:%Y-%m}"


def downloaded(person: Resident, path: str) -> list[dict[str, str]]:
    answer = person.client.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "text/csv; charset=utf-8"
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff"), "a spreadsheet must know that it is UTF-8"
    return list(csv.DictReader(io.StringIO(text[1:])))


@pytest.fixture
def analyst(hire: Callable[..., Officer]) -> Officer:
    person = hire("ada", roles=(Role.ANALYST,), teams=())
    person.sign_in()
    return person


@pytest.mark.same_on_both
def test_before_a_month_with_a_report_is_over_every_page_says_so(
    analyst: Officer, officer: Officer, resident: Resident
) -> None:
    for _look in range(2):
        analyst.get(PAGES[0])
        analyst.see("No month in which a report came is over yet")
        analyst.get(PAGES[1])
        analyst.see("No quarter in which a report came is over yet")
        assert [len(downloaded(analyst, f"{PAGES[0]}/{name}.csv")) for name in FILES[:2]] == [0, 0]
        officer.get(f"{PAGES[0]}/now")
        # What came this month is told to nobody but officers, who may look at the list of it.
        send_report(resident, kind="hate")
    officer.get(f"{PAGES[0]}/now")
    officer.see("2 not read yet", "0 overdue", "2 without an officer", "2 open", "2 reports this month.")


@pytest.mark.same_on_both
def test_a_small_number_stands_on_no_page_and_in_no_file_and_follows_from_none(app: Flask, analyst: Officer) -> None:
    month = ago(2)
    with app.app_context(), transaction() as db:
        for kind, group, times in (("hate", GROUP, 7), ("asb", GROUP, 28), ("asb", OTHER, 20), ("not_sure", GROUP, 4)):
            add(db, month, "kind", kind, times, group)
        add(db, month, "strand", "race", 6)
        add(db, month, "asb_type", "noise", 23)
        for group, category, times in (
            (GROUP, "personal", 3), (OTHER, "personal", 12), (GROUP, "nuisance", 13), (OTHER, "nuisance", 8)
        ):  # fmt: skip
            add(db, month, "asb_category", category, times, group)
    analyst.get(address(month, month))
    analyst.see(
        "Reports received 59", "Anti-social behaviour 48 not shown not shown", "Noise 23", "do not measure crime"
    )
    analyst.see("Too few reports to show any number of these: Hate: the five monitored strands")
    analyst.not_see("Hate incident 7", "Race, skin colour")
    rows = downloaded(analyst, f"{PAGES[0]}/asb-by-month.csv")
    found = {
        (row["counted"], row["code"], row["place_group"]): row["reports"]
        for row in rows
        if row["month"] == f"{month:%Y-%m}"
    }
    assert found["all", "asb", "all"] == "48"
    assert found["category", "personal", "all"] == "15"
    assert found["category", "nuisance", "all"] == "21"
    # Of 15 in two places, 3 and 12, neither is told: one would give the other.
    assert found["category", "personal", GROUP] == found["category", "personal", OTHER] == "[c]"
    assert found["type", "noise", "all"] == "23"
    assert {row["standard"] for row in rows if row["code"] == "noise"} == {"Noise"}
    assert {row["standard"] for row in rows if row["code"] == "graffiti"} == {""}
    hate = {
        row["code"]: row
        for row in downloaded(analyst, f"{PAGES[0]}/hate-by-month.csv")
        if row["month"] == f"{month:%Y-%m}"
    }
    assert hate["hate"]["reports"] == hate["race"]["reports"] == "[c]"
    assert (hate["race"]["monitored"], hate["age"]["monitored"]) == ("true", "false")


@pytest.mark.same_on_both
def test_a_period_is_held_against_the_one_before_and_the_same_a_year_ago_in_words(app: Flask, analyst: Officer) -> None:
    month = ago(1)
    with app.app_context(), transaction() as db:
        for back, times in ((1, 31), (2, 42), (13, 25)):
            add(db, ago(back), "kind", "asb", times)
    analyst.get(address(month, month))
    analyst.see("Reports received 31", "Fewer than before: 42 in as many months.", "In the same months a year ago: 25.")
    analyst.see("More reports can mean more trust")
    assert "app-late" not in analyst.page
    figures = downloaded(analyst, address(ago(2), month, f"{PAGES[0]}/figures.csv"))
    assert [row for row in figures if row["question"] == "received"] == [
        {"from": f"{ago(2):%Y-%m}", "to": f"{month:%Y-%m}", "question": "received", "answer": "all", "name": "",
         "told": "exact", "reports": "73"}
    ]  # fmt: skip
    analyst.get(address(ago(13), month))
    analyst.see("Reports received 98 or more")


@pytest.mark.same_on_both
@pytest.mark.parametrize(
    "query", ["from=2026-13&to=x", "from=&to=2026-01", "from=2999-01&to=2999-02", "from[]=1", "from=²⁰²⁶-01&to=2026-01"]
)
def test_an_address_that_names_no_months_shows_the_last_figures_and_says_what_to_do(
    app: Flask, analyst: Officer, query: str
) -> None:
    with app.app_context(), transaction() as db:
        for back in range(1, 8):
            add(db, ago(back), "kind", "asb", 20)
    analyst.get(f"{PAGES[0]}?{query}")
    analyst.see("Reports received 60")
    if "from[]" not in query:
        analyst.see("Choose two months from the list, the earlier one first.")
    analyst.get(address(ago(1), ago(3)))
    analyst.see("Choose two months from the list, the earlier one first.", "Reports received 60")


@pytest.mark.same_on_both
def test_waiting_is_told_in_working_days_with_how_many_waited_and_missed_promises_in_a_hundred(
    app: Flask, analyst: Officer, officer: Officer
) -> None:
    month = ago(1)
    began = working_days_after(month, 1, ())
    due = working_days_after(began, 2, ())
    with app.app_context(), transaction() as db:
        add(db, month, "kind", "asb", 20)
        reports = [kept_report(number, began) for number in range(20)]
        db.execute(insert(Report), reports)
        # Half are read the next day, and two of twenty late.
        waits = [1] * 10 + [2] * 8 + [5] * 2
        db.execute(
            insert(Clock),
            [
                clock(one, Promise.READ, began, due, working_days_after(began, days, ()))
                for one, days in zip(reports, waits, strict=True)
            ],
        )
        # Nobody has answered nine of ten messages, and their day is over.
        db.execute(
            insert(Clock),
            [clock(one, Promise.ANSWER, began, due, due if n == 0 else None) for n, one in enumerate(reports[:10])],
        )
    analyst.get(address(month, month))
    analyst.see("Until an officer had read it 1 2 20", "Until a message was answered fewer than 10: no figure")
    analyst.see(
        "An officer reads it 90% 10% 20", "A message is answered 10% 90% 10", "We tell what we do fewer than 10"
    )
    officer.get(f"{PAGES[0]}/now")
    officer.see("9 overdue")


@pytest.mark.same_on_both
def test_the_quarterly_report_says_how_many_of_when_and_what_it_does_not_know(app: Flask, analyst: Officer) -> None:
    span = last_quarter(ago(1))
    with app.app_context(), transaction() as db:
        for number, times in enumerate((4, 12, 16)):
            add(db, month_after(span.first, number), "kind", "asb", times)
        add(db, month_after(span.last, -12), "kind", "asb", 12)
    analyst.get(PAGES[1])
    title = f"Reports in Q{span.last.month // 3} {span.first.year}"
    analyst.see(title, "received 28 reports or more of hate or anti-social behaviour.", "by Ada from the counts")
    analyst.see("These numbers do not measure crime.", "What these numbers are not", "Nobody has proved what was told.")
    analyst.get(f"{PAGES[1]}?quarter={span.year_ago.quarter}")
    analyst.see(f"Reports in Q{span.last.month // 3} {span.first.year - 1}", "received 12 reports or more of hate")
    analyst.get(f"{PAGES[1]}?quarter=never")
    analyst.see(title)


@pytest.mark.same_on_both
def test_each_download_is_written_to_the_audit_log_and_another_name_is_no_file(app: Flask, analyst: Officer) -> None:
    for name in FILES:
        downloaded(analyst, f"{PAGES[0]}/{name}.csv")
    assert analyst.get(f"{PAGES[0]}/../secrets.csv").status_code == 404
    assert analyst.get(f"{PAGES[0]}/figures.csv.csv").status_code == 404
    with app.app_context():
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.EXPORTED_FIGURES)).all()
        assert {(entry.actor, entry.subject) for entry in entries} == {("ada", f"{name}.csv") for name in FILES}


def test_no_cell_of_a_file_is_a_formula_and_every_column_is_explained() -> None:
    assert as_csv([["=1+1", 5], ["@x", "-3"]]) == "\ufeff'=1+1,5\r\n'@x,'-3\r\n"
    assert {name: tuple(meanings) for name, meanings in MEANINGS.items()} == {
        name: columns for name, columns in COLUMNS.items() if name != "columns"
    }


@pytest.mark.same_on_both
def test_an_analyst_sees_numbers_and_no_report_and_others_see_none(
    analyst: Officer, hire: Callable[..., Officer]
) -> None:
    analyst.get(PAGES[0])
    assert "/staff/reports" not in analyst.page
    assert f"{PAGES[0]}/now" not in analyst.page
    assert analyst.get(f"{PAGES[0]}/now").status_code == 403
    for role in set(Role) - {Role.OFFICER, Role.ANALYST}:
        person = hire(f"other-{role}".replace("_", "-"), roles=(role,), teams=())
        person.sign_in()
        assert {person.get(page).status_code for page in PAGES} == {403}


@pytest.mark.dear
@pytest.mark.same_on_both
def test_ten_thousand_reports_are_counted_within_three_tenths_of_a_second(app: Flask, officer: Officer) -> None:
    first = ago(12)
    days = [first + timedelta(days=number % 330) for number in range(10_000)]
    with app.app_context(), transaction() as db:
        reports = [kept_report(number, day) for number, day in enumerate(days)]
        db.execute(insert(Report), reports)
        clocks = [
            clock(one, promise, day, day + timedelta(days=3), day + timedelta(days=number % 7))
            for number, (one, day) in enumerate(zip(reports, days, strict=True))
            for promise in (Promise.READ, Promise.TELL)
        ]
        db.execute(insert(Clock), clocks)
        for back in range(1, 13):
            for group in (GROUP, OTHER):
                for answer in ("hate", "asb", "not_sure"):
                    add(db, ago(back), "kind", answer, 140, group)
    officer.get(PAGES[0])
    for path in (PAGES[0], PAGES[1], f"{PAGES[0]}/now"):
        began = time.process_time()
        assert officer.get(path).status_code == 200
        assert time.process_time() - began < 0.3, path


@given(st.dictionaries(st.integers(0, 60), st.integers(1, 30), min_size=1), st.sampled_from([50, 90]))
def test_nine_in_ten_waited_at_most_what_is_said_and_it_is_the_least_of_which_that_is_true(
    days: dict[int, int], hundredths: int
) -> None:
    said, base = nearest_rank(days, hundredths), sum(days.values())
    at_most = sum(times for number, times in days.items() if number <= said)
    below = sum(times for number, times in days.items() if number < said)
    assert said in days
    assert 100 * at_most >= hundredths * base > 100 * below


@given(
    st.dates(date(2024, 12, 1), date(2027, 2, 1)),
    st.integers(-3, 400),
    st.sets(st.dates(date(2024, 12, 1), date(2027, 6, 1)), max_size=12),
)
def test_working_days_are_reckoned_as_they_are_counted(first: date, days: int, holidays: set[date]) -> None:
    between = working_days(holidays)
    passed = (first + timedelta(days=n) for n in range(1, days + 1))
    assert between(first, first + timedelta(days=days)) == sum(d.weekday() < 5 and d not in holidays for d in passed)


def test_months_of_an_address_are_whole_in_order_over_and_with_reports() -> None:
    first, last = date(2025, 3, 1), date(2026, 10, 1)
    assert asked_span({"from": "2026-01", "to": "2026-03"}, first, last) == Span(date(2026, 1, 1), date(2026, 3, 1))
    for wrong in (("2026-03", "2026-01"), ("2025-02", "2026-01"), ("2026-01", "2026-11"), ("2026-1", "2026-03")):
        assert asked_span(dict(zip(("from", "to"), wrong, strict=True)), first, last) is None
    assert asked_span({"from": "2026-01", "to": "2026-03"}, None, last) is None
    assert last_quarter(date(2026, 1, 1)) == Span(date(2025, 10, 1), date(2025, 12, 1))
    assert last_quarter(date(2026, 9, 1)) == Span(date(2026, 7, 1), date(2026, 9, 1))
    assert default_span(date(2026, 10, 1), last) == Span(last, last)
    assert [span.quarter for span in quarters(date(2026, 2, 1), last, 8)] == ["2026-3", "2026-2", "2026-1"]
    assert Span(date(2026, 1, 1), date(2026, 2, 1)).before == Span(date(2025, 11, 1), date(2025, 12, 1))


@pytest.mark.dear
@pytest.mark.parametrize("prefix", [pytest.param("", marks=pytest.mark.long), "/ur"])
def test_the_numbers_are_for_everyone_on_a_narrow_phone_and_on_paper(
    app: Flask, browse: Browse, hire: Callable[..., Officer], axe: Callable[[Page], list[str]], prefix: str
) -> None:
    with app.app_context(), transaction() as db:
        for back in range(1, 20):
            for kind, times in (("hate", 6), ("asb", 40)):
                add(db, ago(back), "kind", kind, times, GROUP if back % 2 else OTHER)
            add(db, ago(back), "asb_type", "noise", 12)
    ola = hire("ola", roles=(Role.OFFICER,))
    page = browse("/staff/sign-in", viewport={"width": 320, "height": 640})
    for name, value in (("name", ola.name), ("password", ola.password), ("code", ola.next_code())):
        page.locator(f"[name={name}]").fill(value)
    page.locator("main button").click()
    home, wrong = page.url.split("/staff")[0], []
    for path in (*PAGES, f"{PAGES[0]}/now"):
        page.goto(f"{home}{prefix}{path}")
        wrong += [f"{path}: {one}" for one in axe(page)]
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.emulate_media(media="print")
        assert not page.locator("header .app-bar__nav").is_visible()
        assert page.locator("table").first.is_visible()
        page.emulate_media(media="screen")
        # The words of these are longer; each has its turn in one of the two browsers.
        for other in ("/ro", "/large/pl") if prefix else ("/pl", "/large/ur"):
            page.goto(f"{home}{other}{path}")
            wrong += [f"{other}{path}: {one}" for one in broken_dates(page)]
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{other}{path}"
    assert not wrong, "\n".join(wrong)
