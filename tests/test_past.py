"""Every report that is closed or taken back can be reached, however many there are: by its month, and list after list."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask

from portal.reporting import newest_first
from portal.reporting.models import State
from tests.support.flooding import store_many
from tests.support.people import Officer

CLOSED = "/staff/reports?view=closed"


@pytest.fixture(autouse=True)
def short_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with thousands of them."""
    monkeypatch.setattr("portal.reporting.queue_entries.MOST_PAST", 5)
    monkeypatch.setattr("portal.reporting.queue_entries.MOST_PAST_OPENED", 3)


def store(count: int, day: date, state: State = State.CLOSED) -> None:
    store_many(count, state=state, day=day, write_again=False)


def references(officer: Officer) -> list[str]:
    return re.findall(r"\d{3}-\d{4}-[A-Z](?= ·)", officer.text)


def follow(officer: Officer, words: str) -> None:
    found = re.search(rf'<a href="([^"]+)">{words}</a>', officer.page)
    assert found, officer.text
    officer.get(found[1].replace("&amp;", "&"))


def test_list_after_list_names_each_closed_report_once_to_the_very_oldest(app: Flask, officer: Officer) -> None:
    with app.app_context():
        store(7, date(2026, 3, 10))
        store(1, date(2026, 3, 9))
        store(4, date(2026, 2, 1))
        store(2, date(2026, 2, 2), State.WITHDRAWN)
    officer.get(CLOSED)
    officer.see("This list looks through 5 reports, back to 10 March 2026.")
    officer.not_see("Back to the newest")
    named = references(officer)
    follow(officer, "Look in older reports")
    officer.see("This list looks through 5 reports, back to 1 February 2026.", "Back to the newest")
    named += references(officer)
    follow(officer, "Look in older reports")
    officer.see("This list looks through 2 reports, back to 1 February 2026.")
    officer.not_see("Look in older reports")
    named += references(officer)
    assert len(named) == len(set(named)) == 12
    follow(officer, "Back to the newest")
    assert references(officer) == named[:5]
    officer.get("/staff/reports?view=withdrawn")
    assert len(references(officer)) == 2
    officer.not_see("This list looks through")


@pytest.mark.same_on_both
def test_a_month_is_looked_for_among_all_and_not_among_the_newest(app: Flask, officer: Officer) -> None:
    with app.app_context():
        store(8, date(2026, 10, 31))
        store(3, date(2026, 1, 31))
        store(2, date(2026, 1, 1))
        store(1, date(2025, 12, 31))
        store(1, date(2026, 2, 1))
    officer.get(f"{CLOSED}&month=2026-01")
    assert len(references(officer)) == 5
    officer.not_see("This list looks through", "Look in older reports")
    officer.get(f"{CLOSED}&month=2025-12")
    assert len(references(officer)) == 1
    # More in one month than one list holds.
    officer.get(f"{CLOSED}&month=2026-10")
    named = references(officer)
    follow(officer, "Look in older reports")
    assert len({*named, *references(officer)}) == 8
    officer.see("Received")


@pytest.mark.same_on_both
def test_where_a_choice_leaves_none_of_the_newest_the_older_ones_are_one_step_away(
    app: Flask, officer: Officer
) -> None:
    with app.app_context():
        store(9, date(2026, 10, 5))
    # Every third is a hate report: some lists of three hold none that was ticked so.
    officer.get(f"{CLOSED}&type=hate-damage")
    officer.see("None of these reports matches.", "This list looks through 3 reports")
    follow(officer, "Look in older reports")
    follow(officer, "Look in older reports")
    officer.see("None of these reports matches.", "Back to the newest")
    officer.not_see("Look in older reports")
    # Whoever takes the choice away begins with the newest again.
    assert 'href="/staff/reports?view=closed"' in officer.page
    # A list is saved without how far somebody had looked.
    officer.post(
        "/staff/saved-views",
        {"view": "closed", "after": re.findall(r"after=([^\"&]+)", officer.page)[0], "name": "Damage"},
    )
    officer.get("/staff/reports")
    assert re.findall(r'href="([^"]+)"><bdi>Damage', officer.page) == [f"{CLOSED}&amp;type=hate-damage"]


@pytest.mark.parametrize(
    "after",
    ["", "x", "2026-13-01.00", "2026-03-10.", "9" * 5000, "2026-03-10.{" + "0" * 32 + "}", "20260310." + "0" * 32],
)
@pytest.mark.same_on_both
def test_a_made_up_place_in_the_list_is_passed_over(app: Flask, officer: Officer, after: str) -> None:
    assert newest_first.read_mark(after) is None
    with app.app_context():
        store(2, date(2026, 3, 10))
    officer.client.get("/staff/reports", query_string={"view": "closed", "after": after})
    officer.get(CLOSED)
    assert len(references(officer)) == 2
