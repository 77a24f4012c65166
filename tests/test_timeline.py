"""A case's timeline: every entry once, by day and month, quick and readable however long it is."""

from __future__ import annotations

import re
import time
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from portal import audit
from portal.audit import Action
from portal.db import random_id, session, today, transaction
from portal.reporting import notes, tasks
from portal.reporting.case_models import CaseNote
from portal.reporting.conversations import Conversation, add_message, conversation_about
from portal.reporting.models import Author, Clock, Message, Promise, Report
from portal.reporting.notes import NoteKind
from portal.staff.models import StaffMember
from portal.staff.panels import timeline as panel
from portal.staff.panels.timeline_entry import MAX_QUOTE, TimelineEntry, beginning
from portal.vault import keyholders
from tests.support.people import Officer, Resident
from tests.support.sending import send_report

DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(days=st.lists(DAYS, min_size=1, max_size=80), newest_first=st.booleans())
def test_every_entry_stands_once_under_its_day_and_its_month(
    bare_app: Flask, days: list[date], *, newest_first: bool
) -> None:
    entries = [TimelineEntry(day, f"entry {number}") for number, day in enumerate(sorted(days))]
    with bare_app.test_request_context():
        months = panel.by_month(entries, newest_first=newest_first)
    lines = [entry for month in months for day in month["days"] for entry, _time in day["lines"]]
    assert lines == (entries[::-1] if newest_first else entries)
    assert sum(month["size"] for month in months) == len(entries)
    assert len({month["name"] for month in months}) == len(months)
    open_months = [month for month in months if not month["is_folded"]]
    assert len(open_months) == (1 if len(entries) > panel.MOST_OPEN else len(months))


@given(text=st.text())
def test_a_quote_is_one_line_with_an_end(text: str) -> None:
    quote = beginning(text)
    assert len(quote) <= MAX_QUOTE + 1
    assert len(quote.splitlines()) <= 1


@pytest.fixture
def at(app: Flask, resident: Resident) -> str:
    send_report(resident)
    with app.app_context():
        return f"/staff/reports/{session.scalars(select(Report.id)).one()}"


def keys(app: Flask, recovery_key: str) -> tuple[Report, bytes, Conversation]:
    """The one report, its key and its conversation, by the recovery key."""
    held = keyholders.open_recovery(recovery_key)
    report = session.scalars(select(Report)).one()
    found = keyholders.content_keys(held, [report.id, report.conversation_id])
    return report, found[report.id], conversation_about(report, found[report.conversation_id])


@pytest.fixture
def long_case(app: Flask, at: str, recovery_key: str, officer: Officer) -> str:
    """200 messages, 200 notes, 100 tasks and 200 acts, over twenty months."""
    with app.app_context():
        report, key, talk = keys(app, recovery_key)
        staff = session.scalars(select(StaffMember.id)).one()
        with transaction() as db:
            for number in range(200):
                author = Author.OFFICER if number % 2 else Author.REPORTER
                add_message(db, talk, author, f"Message number {number}.", "en", uuid.uuid4(), "Sam")
                notes.add_note(db, report.id, key, NoteKind.NOTE, f"Note number {number}.", "Sam")
                if number % 2:
                    due_on = today() + timedelta(number)
                    tasks.add_task(db, report.id, key, f"Task {number}", staff, due_on, "Sam", random_id())
                audit.record(db, "sam", Action.SHOWED_CONTACT, str(report.id))
            for message in db.scalars(select(Message)):
                message.sent_on = today() - timedelta(3 * message.position)
    return at


@pytest.mark.dear
@pytest.mark.same_on_both
def test_a_case_with_two_hundred_messages_and_five_hundred_entries_opens_quickly_and_is_folded(
    long_case: str, officer: Officer
) -> None:
    officer.get(long_case)
    began = time.perf_counter()
    officer.get(long_case)
    assert time.perf_counter() - began < 2, "measured 0.25 s on a quiet machine"
    size = re.search(r"(\d+) entries\. Newest first", officer.text)
    assert size
    assert int(size[1]) > 500
    folded = re.findall(r"\w+ 20\d\d: \d+ entr", officer.text)
    assert len(folded) > 15
    officer.see("170 earlier messages", "190 earlier notes")
    assert len(officer.page) < 1_500_000


@pytest.mark.dear
@pytest.mark.same_on_both
def test_a_long_case_prints_every_message(long_case: str, officer: Officer) -> None:
    officer.get(f"{long_case}/print")
    officer.see("Message number 0.", "Message number 199.")


@pytest.mark.same_on_both
def test_promises_that_were_kept_missed_and_put_off_stand_on_their_days(app: Flask, at: str, officer: Officer) -> None:
    day = today()
    with app.app_context(), transaction() as db:
        report = db.scalars(select(Report)).one()
        db.execute(delete(Clock))
        for promise, days in (
            (Promise.READ, {"due_on": day - timedelta(9), "met_on": day - timedelta(10)}),
            (Promise.TELL, {"due_on": day - timedelta(5), "met_on": day - timedelta(2)}),
            (Promise.WRITE_AGAIN, {"due_on": day - timedelta(1)}),
            (Promise.ANSWER, {"due_on": day + timedelta(1), "paused_on": day}),
        ):
            db.add(Clock(report_id=report.id, promise=promise, started_on=day - timedelta(12), **days))
    officer.get(at)
    officer.see(
        "Promise kept in time: Read what they told us",
        "Promise not kept by this day: Tell them what we do",
        "Promise kept late: Tell them what we do",
        "Promise not kept by this day: Write to them again",
        "The clock waits for the reporter: Answer their message",
        "Late: Write to them again, by",
    )


@pytest.mark.same_on_both
def test_the_hour_of_a_residents_act_is_on_no_timeline(app: Flask, at: str, officer: Officer) -> None:
    with app.app_context(), transaction() as db:
        db.execute(update(Report).values(received_on=today()))
    officer.get(at)
    officer.post(f"{at}/notes", note="A note")
    officer.follow()
    line = officer.page[officer.page.index("The report came in") - 60 : officer.page.index("The report came in")]
    assert not re.search(r"\d\d:\d\d", line)
    assert re.search(r"\d\d:\d\d\W*</span> <a href=\"#n-", officer.page)


def test_a_moment_is_put_under_the_day_of_the_partnerships_own_clock() -> None:
    entry = TimelineEntry.of_moment(datetime(2026, 7, 1, 23, 30, tzinfo=UTC), "late in the evening")
    assert entry.on == date(2026, 7, 2)


@pytest.mark.same_on_both
def test_a_timeline_of_a_report_with_a_damaged_note_has_all_else(app: Flask, at: str, officer: Officer) -> None:
    officer.get(at)
    for number in range(2):
        officer.post(f"{at}/notes", note=f"Note {number}")
        officer.follow()
    with app.app_context(), transaction() as db:
        db.execute(update(CaseNote).where(CaseNote.position == 1).values(sealed=b"x" * 100))
    officer.get(at)
    assert officer.text.count("Wrote a note") == 1
