"""The questions about whoever has reported: counted once, kept nowhere, and shown only where many gave the same answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from portal.db import Base, session, today, transaction, upsert, utcnow
from portal.reporting import equality
from portal.reporting.count_models import EqualityCount
from portal.reporting.figures import last_month
from portal.reporting.models import Kind
from portal.small_counts import LEAST, ShownCounts, month_after, months_from
from portal.staff.models import Role
from portal.staff.spans import last_quarter
from portal.vault.drafts import Purpose, SealedDraft
from tests.support.people import Officer, Resident
from tests.support.sending import send_report
from tests.test_db import in_threads

ANSWERS = {"age": "25_34", "sex": "female", "ethnic_group": "white_roma", "main_language": "not_said"}


def counted(app: Flask) -> dict[tuple[str, str], int]:
    with app.app_context():
        rows = session.scalars(select(EqualityCount)).all()
        assert {(row.month, row.kind) for row in rows} <= {(today().replace(day=1), Kind.HATE)}
        return {(row.question, row.option): row.times for row in rows}


@pytest.fixture
def asked(resident: Resident) -> Resident:
    """Someone who has told of hate and looks at the questions about themselves."""
    send_report(resident, kind="hate")
    resident.follow()
    resident.see("A few questions about you")
    resident.get("/report/about-you")
    return resident


@pytest.fixture
def another(app: Flask) -> Resident:
    return Resident(app.test_client())


@pytest.mark.same_on_both
def test_answers_are_added_to_the_counts_once(app: Flask, asked: Resident) -> None:
    asked.post("/report/about-you", **ANSWERS)
    asked.follow()
    asked.see("These questions are closed", "they are counted, once")
    asked.get("/return")
    asked.post("/report/about-you", **ANSWERS)
    asked.see("These questions are closed")
    assert counted(app) == dict.fromkeys(ANSWERS.items(), 1)
    asked.get("/report/saved")
    asked.not_see("A few questions about you")


def test_sent_eight_times_in_the_same_moment_they_are_counted_once(app: Flask) -> None:
    with app.app_context(), transaction() as db:
        token = equality.give_right(db, Kind.HATE.value).token
    in_threads(app, lambda: equality.count_answers(token, ANSWERS))
    assert counted(app) == dict.fromkeys(ANSWERS.items(), 1)


@pytest.mark.same_on_both
def test_what_is_not_on_offer_and_what_is_not_asked_of_this_person_is_left_out(app: Flask, asked: Resident) -> None:
    asked.post("/report/about-you", age="under_16", orientation="straight", sex="<b>", health_limits="a_lot", name="me")
    assert counted(app) == {("age", "under_16"): 1}


@pytest.mark.same_on_both
def test_without_a_report_or_after_a_quarter_of_an_hour_nothing_is_counted(
    app: Flask, asked: Resident, another: Resident
) -> None:
    another.get("/return")
    another.post("/report/about-you", **ANSWERS)
    another.see("These questions are closed")
    with app.app_context(), transaction() as db:
        ends = db.scalars(select(SealedDraft.ends_at).where(SealedDraft.purpose == Purpose.EQUALITY)).one()
        assert ends <= utcnow() + equality.RIGHT_LASTS
        db.execute(update(SealedDraft).values(ends_at=utcnow() - timedelta(seconds=1)))
    asked.post("/report/about-you", **ANSWERS)
    asked.see("These questions are closed")
    assert counted(app) == {}


@pytest.mark.same_on_both
def test_changing_the_language_keeps_what_was_chosen_on_the_page_and_stores_nothing(
    app: Flask, asked: Resident
) -> None:
    before = stored(app)
    asked.post("/ur/report/about-you", switch="ur", **ANSWERS)
    assert 'lang="ur"' in asked.page
    assert 'value="white_roma" selected' in asked.page
    assert 'value="female" checked' in asked.page
    assert stored(app) == before


def stored(app: Flask) -> list[str]:
    with app.app_context():
        return [repr(session.execute(text(f"SELECT * FROM {table}")).all()) for table in sorted(Base.metadata.tables)]


def test_a_count_says_which_month_kind_question_and_option_and_nothing_else() -> None:
    assert set(Base.metadata.tables["equality_count"].columns.keys()) == {
        "month",
        "kind",
        "question",
        "option",
        "times",
    }


@pytest.mark.same_on_both
def test_the_right_to_answer_knows_the_kind_of_the_report_and_nothing_else_of_it(app: Flask, asked: Resident) -> None:
    with app.app_context(), asked.client.session_transaction() as cookie:
        right = equality.find_draft(cookie["equality"], Purpose.EQUALITY)
        assert right
        assert right.content == {"is": "draft.equality/1", "kind": "hate"}
    asked.client.post("/leave")
    with app.app_context():
        assert session.scalars(select(SealedDraft)).all() == []


def count(app: Flask, *rows: tuple[date, str, int]) -> None:
    with app.app_context(), transaction() as db:
        for month, option, times in rows:
            row = {"month": month, "kind": Kind.ASB, "question": "sex", "option": option}
            upsert(db, EqualityCount, row, {"times": times}, add={"times": 1})


@pytest.mark.same_on_both
def test_staff_see_a_quarter_once_it_is_over_and_a_count_from_ten_on(app: Flask, hire: Callable[..., Officer]) -> None:
    over = last_quarter(last_month())
    first, second, third = months_from(over.first, over.last)
    running = today().replace(day=1)
    count(
        app,
        (first, "female", 4), (second, "female", 5), (third, "female", 3),
        (second, "male", 9), (first, "not_said", 12), (third, "not_said", 2),
        (running, "female", 777),
    )  # fmt: skip
    analyst = hire("ola", teams=(), roles=(Role.ANALYST,))
    analyst.sign_in()
    for address in ("", f"?quarter={over.quarter}", f"?quarter={running:%Y}-9", "?month=2026-01-01"):
        analyst.get(f"/staff/equality{address}")
        analyst.see(f"Q{over.last.month // 3} {over.first.year}", "Female not shown 12 not shown")
        analyst.see("Not shown: Male", "Nothing is shown: too few answered.")
        # The 12 of the first month were shown before there were quarters: 14 would tell of the 2.
        analyst.see("Prefer not to say not shown 12 or more not shown")
        analyst.not_see("777")


@pytest.mark.same_on_both
def test_before_a_quarter_is_over_staff_see_no_count(app: Flask, asked: Resident, officer: Officer) -> None:
    asked.post("/report/about-you", **ANSWERS)
    officer.get("/staff/equality")
    officer.see("No quarter with answers is over yet.")


@given(st.lists(st.integers(0, 40), min_size=6, max_size=6))
def test_what_is_shown_of_a_quarter_never_gives_a_small_month_away(times: list[int]) -> None:
    """Whoever noted the months that were shown before subtracts them from the quarter and learns of no small count."""
    start = date(2026, 1, 1)
    months = list(months_from(start, date(2026, 6, 1)))
    table = ShownCounts({month: {"female": n} for month, n in zip(months, times, strict=True)}, ["female"], months[-1])
    for begin, quarter in ((months[0], times[:3]), (months[3], times[3:])):
        shown = table.over(begin, month_after(begin, 2), "female")
        noted = sum(n for n in quarter if n >= LEAST)
        left = shown.number - noted
        assert left == 0 or (left >= LEAST and noted == 0)
