"""A portal that has grown reads no more of its tables, and asks no more questions, than one page needs."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert, select

from portal.db import Base, database, random_id, session, transaction, utcnow
from portal.events import occurrences, outgoing
from portal.events.filters import Wanted
from portal.events.models import Event, EventState, EventWords, Occurrence
from portal.events.services import words_of
from portal.reporting import queue_entries, queue_search
from portal.reporting.models import State
from tests.bench import bare, growth
from tests.support.flooding import store_many
from tests.support.people import Officer, Resident
from tests.support.rotating import held_by

Asked = list[tuple[str, Any]]


@pytest.fixture
def asked(app: Flask) -> Iterator[Asked]:
    """Every question to the database, as its driver gets it."""
    found: Asked = []
    engine = app.extensions["database"].engine

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def plan_of(statement: str, parameters: Any) -> str:
    connection = session.connection()
    if database().is_sqlite:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        return "\n".join(row[3] for row in rows)
    # With a handful of rows PostgreSQL reads a whole table sooner than an index: it is asked which it could use.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    connection.exec_driver_sql("SET LOCAL enable_sort = off")
    rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all()
    return "\n".join(row[0] for row in rows)


def add_events(count: int) -> list[uuid.UUID]:
    """Public ones, a day apart from tomorrow on."""
    rows: dict[type[Base], list[dict[str, Any]]] = {Event: [], Occurrence: [], EventWords: []}
    for number in range(count):
        starts_at = utcnow() + timedelta(days=1 + number)
        times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
        facts = dict.fromkeys(("address", "contact", "web_address", "cost", "place_version"), "")
        facts |= {"venue": "The library", "organiser": "The library", "place_geography": "parishes"}
        event_id = random_id()
        lists = {"languages": ["en"], "access": {}, "for_whom": [], "priorities": [], "awareness": []}
        rows[Event].append({"id": event_id, "state": EventState.PUBLISHED, "sequence": 1} | times | facts | lists)
        rows[Occurrence].append({"event_id": event_id, "planned_on": starts_at.date()} | times)
        rows[EventWords].append(
            {"event_id": event_id, "language": "en", "version": 1, "title": f"Meeting {number}", "written_by": "t"}
            | {"description": "<p>Come.</p>", "typed": "Come.", "searched": f"meeting {number}\ncome."}
        )
    with transaction() as db:
        for model, added in rows.items():
            db.execute(insert(model), added)
    return [row["id"] for row in rows[Event]]


def test_a_search_takes_the_newest_reports_without_sorting_all(app: Flask, officer: Officer, asked: Asked) -> None:
    with app.app_context():
        store_many(30)
        held = held_by(officer.name, team=None)
        asked.clear()
        queue_search.search(held, "shop")
        newest = next(one for one in asked if "received_on" in one[0])
        plan = plan_of(*newest)
    assert "ix_report_newest" in plan
    assert not re.search(r"TEMP B-TREE FOR ORDER|^\s*Sort|SCAN key_grant|Seq Scan", plan), plan


def test_what_a_list_says_of_promises_and_messages_stands_in_an_index(
    app: Flask, officer: Officer, asked: Asked
) -> None:
    with app.app_context():
        store_many(30)
        store_many(5, state=State.CLOSED)
        held = held_by(officer.name, team=None)
        queue_entries.open_entries(held)
        asked.clear()
        queue_entries.open_entries(held)
        plans = [plan_of(*one) for one in list(asked) if re.search(r"FROM (clock|message)\b", one[0])]
    assert plans
    # Of a table itself nothing is read from end to end; an index that holds all that is asked may be.
    assert not [plan for plan in plans if re.search(r"SCAN (clock|message)(?! USING COVERING)|Seq Scan", plan)]


@pytest.mark.dear
def test_a_list_asks_as_many_questions_for_many_reports_as_for_few(app: Flask, officer: Officer, asked: Asked) -> None:
    def questions(address: str) -> int:
        officer.get(address)
        asked.clear()
        officer.get(address)
        return len(asked)

    addresses = ("/staff/reports", "/staff/reports?view=closed", "/staff/report-figures/now", "/staff/report-figures")
    officer.come_to_work()
    with app.app_context():
        store_many(60)
        store_many(60, state=State.CLOSED)
    few = {address: questions(address) for address in addresses}
    with app.app_context():
        store_many(240)
        store_many(240, state=State.CLOSED)
    assert {address: questions(address) for address in addresses} == few


@pytest.mark.parametrize(
    ("read", "most"),
    [
        (outgoing.embedded_events, outgoing.MAX_EMBEDDED),
        (lambda wanted, language: outgoing.times_in(wanted, language), outgoing.MAX_ON_PAPER),
    ],
    ids=["frame", "sheet"],
)
def test_of_many_events_only_those_given_out_are_read_whole(
    app: Flask, monkeypatch: pytest.MonkeyPatch, read: Callable[[Wanted, str], object], most: int
) -> None:
    whole: list[int] = []
    shown_events = outgoing.shown_events

    def shown(events: Any, language: str) -> Any:
        whole.append(len(events))
        return shown_events(events, language)

    monkeypatch.setattr(outgoing, "shown_events", shown)
    with app.app_context():
        add_events(most + 20)
        found = read(Wanted(), "en")
        filtered = read(Wanted(text="meeting"), "en")
    assert found.is_cut  # type: ignore[attr-defined]
    assert filtered.is_cut  # type: ignore[attr-defined]
    assert max(whole) <= most + 1


def test_a_frame_shows_the_next_first_and_a_series_by_its_next_date(app: Flask) -> None:
    with app.app_context():
        first, second, third = add_events(3)
        with transaction() as db:
            # The third began weeks ago and comes again today.
            db.get_one(Event, third).starts_at = utcnow() - timedelta(days=30)
            for days in (-30, 0):
                at = utcnow() + timedelta(days=days, hours=2)
                db.add(Occurrence(event_id=third, planned_on=at.date(), starts_at=at, ends_at=at + timedelta(hours=1)))
        shown = outgoing.embedded_events(Wanted(), "en").events
        assert [one.event.id for one in shown] == [third, first, second]
        assert [one.event.id for one in outgoing.kept_events(Wanted(), "en").events] == [third, first, second]


def test_more_events_are_searched_than_one_question_may_name(
    app: Flask, resident: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(occurrences, "AT_ONCE", 7)
    with app.app_context():
        ids = add_events(20)
        assert set(words_of(ids)) == set(ids)
        assert session.scalar(select(Event.id).limit(1)) is not None
    resident.get("/events?q=meeting+19")
    resident.see("Meeting 19")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ([0.01, 0.02, 0.04], "alike"),
        ([1.0, 1.1, 1.2], "alike"),
        ([0.1, 1.0, 10.0], "linear or better"),
        ([0.1, 1.0, 14.0], "WORSE than linear"),
        ([1.0], ""),
    ],
)
def test_the_bench_tells_what_grows_too_fast(seconds: list[float], said: str) -> None:
    assert growth.verdict(seconds) == said


@given(st.floats(0.1, 50), st.floats(0, 1))
def test_what_grows_with_its_rows_is_never_called_worse(row: float, page: float) -> None:
    assert growth.verdict([page + row * size for size in growth.SIZES]) != "WORSE than linear"


def test_the_bare_server_that_pages_are_held_against_begins_to_answer(app: Flask) -> None:
    bare.BareServer(bare.app, app.extensions["settings"], "").begin_answering()
