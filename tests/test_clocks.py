"""What reporters are promised, as clocks: begun, met, missed, paused while we wait for them, and never quietly forgotten."""

from __future__ import annotations

import re
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import ColumnElement, delete, func, select, update

from portal import db, outbox
from portal.db import session, transaction
from portal.outbox import Letter, OutboxMail
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after
from portal.reporting import case, clocks, deletions, promises
from portal.reporting.models import Clock, DeletionRequest, Message, Promise, Report, State
from portal.server import health
from portal.server.worker import Shift
from tests.support.closing import close_report
from tests.support.happening import come_back, report_address, tell_again
from tests.support.people import Officer, Resident
from tests.support.sending import send_report
from tests.test_db import in_threads
from tests.test_journeys import said_day

READ, TELL, WRITE_AGAIN, ANSWER, FORMATS, ACKNOWLEDGE = Promise
FRIDAY = date(2026, 11, 27)
OnDay = Callable[[date], None]


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> OnDay:
    """`on_day(day)`: for every part of the portal it is that day."""
    modules = [
        module
        for name, module in sys.modules.items()
        if name.partition(".")[0] == "portal" and getattr(module, "today", None) is db.today
    ]

    def on_day(day: date) -> None:
        for module in modules:
            monkeypatch.setattr(module, "today", lambda: day)

    on_day(FRIDAY)
    return on_day


@pytest.fixture
def digits(on_day: OnDay, resident: Resident) -> str:
    """The receipt of a report that was sent on a Friday; its reporter has it open."""
    digits = send_report(resident)
    come_back(resident, digits)
    return digits


@pytest.fixture
def at(digits: str, officer: Officer) -> str:
    """Its page, which an officer has opened."""
    address = report_address(officer)
    officer.get(address)
    return address


def after(app: Flask, day: date, n: int) -> date:
    return working_days_after(day, n, app.extensions["partnership"].bank_holidays)


def rows(app: Flask, promise: Promise) -> list[Clock]:
    with app.app_context():
        return list(session.scalars(select(Clock).where(Clock.promise == promise).order_by(Clock.started_on)))


def owed(app: Flask) -> dict[Promise, date]:
    with app.app_context():
        return {row.promise: row.due_on for row in session.scalars(select(Clock).where(clocks.is_owed()))}


def write(officer: Officer, at: str, message: str = "We are looking into it.", **more: Any) -> None:
    officer.get(at)
    officer.post(at, message=message, language="en", **more)
    assert officer.response is not None
    assert officer.response.status_code == 303


def reply(resident: Resident, message: str = "Thank you.") -> None:
    resident.get("/return/report")
    resident.post("/return/report", message=message)
    resident.follow()


def overdue_counts(*of: ColumnElement[bool]) -> dict[Promise, int]:
    """How many of each promise are overdue today, as the reminder and the list reckon it."""
    counted = (
        select(Clock.promise, func.count()).where(clocks.is_overdue(promises.today()), *of).group_by(Clock.promise)
    )
    return dict(session.execute(counted).all())


def test_opening_a_report_or_the_list_meets_nothing_and_the_press_does(
    app: Flask, resident: Resident, officer: Officer, at: str
) -> None:
    assert owed(app) == {READ: after(app, FRIDAY, 2), TELL: after(app, FRIDAY, 10)}
    resident.get("/return/report")
    resident.see("An officer has not read it yet.", f"By {said_day(after(app, FRIDAY, 2))} An officer reads it")
    officer.see(f"Read this by {said_day(after(app, FRIDAY, 2))}.")
    officer.post(f"{at}/read")
    officer.follow()
    officer.see("Done in time", f"Done on {said_day(FRIDAY)}.", "Being looked at", "Sam: read it")
    officer.not_see("I have read this")
    assert rows(app, READ)[0].met_on == FRIDAY
    resident.get("/return/report")
    resident.see("An officer has read your report")
    resident.not_see("An officer reads it")


def test_two_officers_who_press_at_once_read_it_once(app: Flask, at: str) -> None:
    report_id, pressed = uuid.UUID(at[-36:]), []

    def press() -> None:
        with transaction() as db:
            pressed.append(case.mark_read(db, report_id))

    in_threads(app, press, count=4)
    assert sorted(pressed) == [False, False, False, True]


@pytest.mark.same_on_both
def test_both_sides_read_the_same_days(app: Flask, resident: Resident, officer: Officer, at: str) -> None:
    write(officer, at)
    reply(resident)
    officer.get(at)
    resident.get("/return/report")
    assert set(owed(app)) == {WRITE_AGAIN, ANSWER}
    for reader in (officer, resident):
        reader.see(*map(said_day, owed(app).values()))


def test_the_first_message_meets_what_we_tell_and_each_one_promises_the_next(
    app: Flask, officer: Officer, at: str, on_day: OnDay
) -> None:
    write(officer, at)
    assert rows(app, TELL)[0].met_on == rows(app, READ)[0].met_on == FRIDAY
    assert owed(app) == {WRITE_AGAIN: after(app, FRIDAY, 10)}
    later = after(app, FRIDAY, 4)
    on_day(later)
    write(officer, at, "Still looking.")
    assert owed(app) == {WRITE_AGAIN: after(app, later, 10)}
    assert [row.met_on for row in rows(app, WRITE_AGAIN)] == [later, None]
    assert [row.due_on >= row.met_on for row in rows(app, WRITE_AGAIN) if row.met_on] == [True]


def test_the_same_message_sent_twice_is_one_promise(app: Flask, officer: Officer, at: str) -> None:
    officer.get(at)
    fields = officer._hidden(at) | {"message": "We are looking into it.", "language": "en"}
    for _ in range(3):
        officer.client.post(at, data=fields)
    assert len(rows(app, WRITE_AGAIN)) == 1


def test_a_message_is_answered_by_a_day_that_writing_again_does_not_put_off(
    app: Flask, resident: Resident, officer: Officer, at: str, on_day: OnDay
) -> None:
    write(officer, at)
    on_day(after(app, FRIDAY, 3))
    reply(resident)
    promised = after(app, FRIDAY, 10)  # we would have written by then anyway
    assert owed(app)[ANSWER] == promised
    resident.see(f"We answer it here by {said_day(promised)}.")
    on_day(after(app, FRIDAY, 11))
    reply(resident, "Is anybody there?")
    assert owed(app)[ANSWER] == promised
    resident.see(f"We should have answered by {said_day(promised)}. We are late. Our officers are reminded of it.")
    officer.get(at)
    officer.see(f"Late: answer their message. It was promised for {said_day(promised)}.")
    write(officer, at, "We are.")
    assert ANSWER not in owed(app)
    officer.get(at)
    officer.see("Done late")


def test_what_is_written_after_the_end_is_owed_a_reader(
    app: Flask, resident: Resident, officer: Officer, at: str, on_day: OnDay
) -> None:
    write(officer, at)
    close_report(officer, at)
    assert owed(app) == {}
    assert rows(app, WRITE_AGAIN)[0].met_on == FRIDAY  # by the message that closed it
    on_day(after(app, FRIDAY, 1))
    reply(resident)
    due_on = after(app, FRIDAY, 3)
    assert owed(app) == {READ: due_on}
    resident.see(f"An officer reads it by {said_day(due_on)}.")
    officer.get(at)
    officer.see(f"Read this by {said_day(due_on)}.")
    on_day(due_on + timedelta(1))
    resident.get("/return/report")
    resident.see(f"We should have read it by {said_day(due_on)}.")
    officer.post(f"{at}/read")
    resident.get("/return/report")
    resident.see("An officer has read it.", "We spoke to the people who did it")
    officer.get("/staff/reports")
    officer.see("No report waits.")


# Each pause: the day on which we asked, that on which they wrote, and how many working days lie between.
@pytest.mark.same_on_both
@pytest.mark.parametrize(
    ("asked", "wrote", "took"),
    [
        (date(2026, 12, 24), date(2026, 12, 29), 1),  # over Christmas
        (date(2026, 12, 30), date(2027, 1, 5), 3),  # over the year's end
        (date(2026, 10, 23), date(2026, 10, 27), 2),  # the clocks go back
        (date(2027, 3, 25), date(2027, 3, 31), 2),  # over Easter; the clocks go forward
        (date(2026, 11, 27), date(2026, 11, 28), 0),
    ],
)
def test_while_we_wait_for_the_reporter_the_clock_stands_still(
    app: Flask, resident: Resident, officer: Officer, on_day: OnDay, asked: date, wrote: date, took: int
) -> None:
    on_day(asked)
    come_back(resident, send_report(resident))
    at = report_address(officer)
    write(officer, at, "When was it?", waits="y")
    assert rows(app, WRITE_AGAIN)[0].paused_on == asked
    resident.get("/return/report")
    resident.see("We asked you something. We wait for your answer.", "If you do not answer, we write to you again here")
    officer.get(at)
    officer.see("We wait for the reporter.", "Waits for the reporter")
    on_day(wrote)
    reply(resident, "On Monday.")
    resident.not_see("We asked you something.")
    due_on = after(app, asked, 10 + took)
    assert owed(app) == {WRITE_AGAIN: due_on, ANSWER: min(due_on, after(app, wrote, 10))}
    assert rows(app, WRITE_AGAIN)[0].days_paused == took
    resident.see(f"By {said_day(due_on)} We write to you again here, even if there is nothing new.")


def test_a_pause_ends_by_itself_and_staff_are_told_once(
    app: Flask, resident: Resident, officer: Officer, at: str, on_day: OnDay
) -> None:
    write(officer, at, "When was it?", waits="y")
    longest = after(app, FRIDAY, 20)
    resident.get("/return/report")
    resident.see(f"By {said_day(after(app, FRIDAY, 30))} If you do not answer, we write to you again here")
    on_day(longest - timedelta(1))
    with app.app_context():
        assert clocks.end_long_waits() == 0
        assert session.scalar(select(OutboxMail)) is None
    on_day(longest + timedelta(14))  # the worker stood still
    with app.app_context():
        assert clocks.end_long_waits() == 1
        assert clocks.end_long_waits() == 0
        assert [mail.letter for mail in session.scalars(select(OutboxMail))] == [Letter.WAITED]
    assert owed(app) == {WRITE_AGAIN: after(app, FRIDAY, 30)}
    officer.get(at)
    officer.see("We waited for the reporter as long as we do. They did not write.", "It waited 20 working days")
    resident.get("/return/report")
    resident.not_see("We wait for your answer.")


def test_another_message_while_we_wait_meets_and_begins_again(
    app: Flask, officer: Officer, at: str, on_day: OnDay
) -> None:
    write(officer, at, "When was it?", waits="y")
    later = after(app, FRIDAY, 5)
    on_day(later)
    write(officer, at, "We found it out ourselves.")
    assert owed(app) == {WRITE_AGAIN: after(app, later, 10)}
    assert [(row.met_on, row.days_paused) for row in rows(app, WRITE_AGAIN)] == [(later, 5), (None, 0)]


def test_a_deletion_asked_for_while_we_wait_ends_it_and_keeping_it_runs_on(
    app: Flask, resident: Resident, officer: Officer, at: str, on_day: OnDay
) -> None:
    report_id = uuid.UUID(at[-36:])
    write(officer, at, "When was it?", waits="y")
    on_day(after(app, FRIDAY, 2))
    with app.app_context():
        deletions.ask_for_deletion(report_id)
    assert owed(app) == {}
    resident.get("/return/report")
    resident.not_see("We wait for your answer.")
    on_day(after(app, FRIDAY, 5))
    with app.app_context():
        deletions.keep_report(report_id)
    # Two days we waited for the reporter and three it was to be deleted.
    assert owed(app) == {WRITE_AGAIN: after(app, FRIDAY, 15)}
    assert rows(app, WRITE_AGAIN)[0].paused_on is None
    assert rows(app, WRITE_AGAIN)[0].days_paused == 2


@pytest.mark.parametrize("how", ["kept", "refused"])
def test_what_was_late_when_its_deletion_was_asked_for_is_late_again_when_it_stays(
    app: Flask, resident: Resident, officer: Officer, at: str, on_day: OnDay, how: str
) -> None:
    reply(resident, "Anyone there?")
    report_id, late = uuid.UUID(at[-36:]), after(app, FRIDAY, 11)
    on_day(late)
    with app.app_context():
        deletions.ask_for_deletion(report_id)
    assert set(owed(app)) == {READ}  # what they wrote is still read
    on_day(late + timedelta(3))
    if how == "kept":
        with app.app_context():
            deletions.keep_report(report_id)
    else:
        officer.get(at)
        officer.post(f"{at}/refuse-deletion", reason="at_risk")
    assert set(owed(app)) == {READ, TELL, ANSWER}
    with app.app_context():
        assert overdue_counts() == {READ: 1, TELL: 1, ANSWER: 1}


def test_what_is_closed_when_it_is_kept_owes_nothing(app: Flask, officer: Officer, at: str) -> None:
    close_report(officer, at)
    with app.app_context():
        deletions.ask_for_deletion(uuid.UUID(at[-36:]))
        deletions.keep_report(uuid.UUID(at[-36:]))
    assert owed(app) == {}


def test_taken_back_only_an_immediate_risk_stays_to_be_acknowledged(
    app: Flask, resident: Resident, officer: Officer, on_day: OnDay
) -> None:
    come_back(resident, send_report(resident, risk="yes"))
    assert owed(app) == {READ: after(app, FRIDAY, 1), TELL: after(app, FRIDAY, 10), ACKNOWLEDGE: after(app, FRIDAY, 1)}
    at = report_address(officer)
    with app.app_context():
        deletions.withdraw_report(uuid.UUID(at[-36:]))
    assert set(owed(app)) == {ACKNOWLEDGE}
    officer.get(at)
    officer.post(f"{at}/alert")
    officer.follow()
    officer.see("Say that the immediate risk was seen", "Done in time")
    assert owed(app) == {}


@pytest.mark.same_on_both
def test_whoever_holds_the_receipt_does_not_read_that_a_risk_was_told(
    resident: Resident, officer: Officer, on_day: OnDay
) -> None:
    come_back(resident, send_report(resident, risk="yes"))
    at = report_address(officer)
    resident.not_see("risk", "badly hurt")
    officer.get(at)
    officer.post(f"{at}/alert")
    resident.get("/return/report")
    resident.not_see("risk", "badly hurt")


def test_an_alert_that_is_answered_is_no_report_that_is_read(
    app: Flask, resident: Resident, officer: Officer, on_day: OnDay
) -> None:
    send_report(resident, risk="yes")
    at = report_address(officer)
    officer.get(at)
    officer.post(f"{at}/alert")
    assert set(owed(app)) == {READ, TELL}
    officer.follow()
    officer.see("I have read this")


@pytest.mark.same_on_both
def test_a_held_report_is_said_to_be_from_a_person_by_whoever_has_read_it(
    app: Flask, resident: Resident, officer: Officer, at: str
) -> None:
    with app.app_context(), transaction() as db:
        db.execute(update(Report).values(state=State.HELD))
    officer.get(at)
    officer.see("It is held, because a program may have sent it.", "It is from a person, and I have read it")
    resident.get("/return/report")
    resident.see("An officer has not read it yet.")
    officer.post(f"{at}/read")
    officer.follow()
    officer.see("Being looked at")
    resident.get("/return/report")
    resident.see("An officer has read your report")


@pytest.mark.parametrize("by", ["reporter", "officer"])
def test_a_report_that_is_opened_again_is_promised_everything_anew(
    app: Flask, resident: Resident, officer: Officer, at: str, on_day: OnDay, by: str
) -> None:
    write(officer, at)
    officer.get(at)
    close_report(officer, at)
    later = after(app, FRIDAY, 40)
    on_day(later)
    if by == "reporter":
        resident.get("/return/report")
        tell_again(resident)
        assert owed(app) == {
            READ: after(app, later, 2), WRITE_AGAIN: after(app, later, 10), ANSWER: after(app, later, 10),
        }  # fmt: skip
    else:
        officer.get(at)
        officer.post(f"{at}/reopen", written_why="It goes on.")
        assert owed(app) == {WRITE_AGAIN: after(app, later, 10)}


def test_a_request_is_met_by_the_message_that_says_so_and_by_no_other(
    app: Flask, resident: Resident, officer: Officer, on_day: OnDay
) -> None:
    for path, fields in (("/ask", {}), ("/ask/1", {"formats": ["audio"]}), ("/ask/2", {})):
        resident.get(path)
        resident.post(path, fields)
    assert owed(app) == {READ: after(app, FRIDAY, 2), FORMATS: after(app, FRIDAY, 15)}
    at = report_address(officer)
    write(officer, at, "Which language?", waits="y")
    assert set(owed(app)) == {FORMATS, WRITE_AGAIN}
    officer.get(at)
    officer.see("What they asked for is ready, or this says when it will be")
    write(officer, at, "It is ready on Monday.", formats_told="y")
    assert set(owed(app)) == {WRITE_AGAIN}
    assert rows(app, FORMATS)[0].met_on == FRIDAY


def mornings(app: Flask, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the worker mails at this moment."""
    sent: list[str] = []
    monkeypatch.setattr(outbox, "utcnow", lambda: moment)
    monkeypatch.setattr(outbox, "_send", lambda letter, _subject: sent.append(letter.value))
    with app.app_context():
        clocks.remind_of_overdue()
        outbox.send_due_mail()
    return sent


def at_hour(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


@pytest.mark.usefixtures("at")
def test_what_is_late_reminds_once_each_working_morning_until_nothing_is(
    app: Flask, officer: Officer, at: str, on_day: OnDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    thursday = after(app, FRIDAY, 4)
    assert thursday == date(2026, 12, 3)
    due_on = after(app, FRIDAY, 2)
    on_day(due_on)
    assert mornings(app, at_hour(due_on, 9), monkeypatch) == []
    on_day(thursday)
    assert mornings(app, at_hour(thursday, 0, 5), monkeypatch) == []
    assert mornings(app, at_hour(thursday, 8, 30), monkeypatch) == ["late"]
    assert mornings(app, at_hour(thursday, 9, 30), monkeypatch) == []
    friday, saturday, monday = (thursday + timedelta(days) for days in (1, 2, 4))
    on_day(friday)
    assert mornings(app, at_hour(friday, 10), monkeypatch) == ["late"]
    on_day(saturday)
    assert mornings(app, at_hour(saturday, 10), monkeypatch) == []
    on_day(monday)
    officer.get(at)
    officer.post(f"{at}/read")
    assert mornings(app, at_hour(monday, 10), monkeypatch) == []
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(OutboxMail)) == 0


@pytest.mark.same_on_both
def test_a_reminder_says_neither_what_is_late_nor_how_much(app: Flask) -> None:
    with app.app_context(), force_locale("en_GB"):
        for letter in (Letter.LATE, Letter.WAITED):
            subject, body = outbox._words(letter, "https://portal.example/staff/reports")
            words = f"{subject} {body}".replace("https://portal.example/staff/reports", "").lower()
            assert not re.search(r"\d|report|hate|reporter|risk|police", words)


def test_a_failing_reminder_is_no_failing_alert_and_the_operator_hears_of_it(
    app: Flask, at: str, on_day: OnDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_day(after(app, FRIDAY, 4))
    with app.app_context():
        monkeypatch.setattr(outbox, "utcnow", lambda: at_hour(after(app, FRIDAY, 4), 8))
        clocks.remind_of_overdue()
        monkeypatch.setattr(outbox, "utcnow", lambda: at_hour(after(app, FRIDAY, 4), 9))
        outbox.send_due_mail()
        assert outbox.failing_alerts() == []
        assert any("could not be mailed" in problem for problem in health.problems())


def test_the_operator_hears_of_what_has_been_late_for_more_than_five_working_days(
    app: Flask, at: str, on_day: OnDay
) -> None:
    said = "Something that reporters were promised has been late for more than 5 working days."
    for days, is_said in ((2, False), (7, False), (8, True)):
        on_day(after(app, FRIDAY, days))
        with app.app_context():
            assert (said in health.problems()) is is_said
            assert promises.longest_overdue() == max(0, days - 2)


def test_what_is_overdue_is_counted_by_promise_and_what_waits_is_not(
    app: Flask, resident: Resident, officer: Officer, at: str, on_day: OnDay
) -> None:
    report_id = uuid.UUID(at[-36:])
    send_report(resident, address="127.0.0.2")
    write(officer, at, "When was it?", waits="y")
    on_day(after(app, FRIDAY, 11))
    with app.app_context():
        assert overdue_counts() == {READ: 1, TELL: 1}
        assert overdue_counts(Clock.report_id == report_id) == {}
        running = promises.running_clocks(list(session.scalars(select(Report.id))))
        assert [[(clock.promise, clock.is_overdue, clock.is_paused) for clock in running[report_id]]] == [
            [(WRITE_AGAIN, False, True)]
        ]


def test_reports_from_before_there_were_clocks_get_theirs(
    app: Flask, resident: Resident, officer: Officer, at: str, on_day: OnDay
) -> None:
    """One that nobody read, one that was answered and written to since, one closed, one taken back with a message in it."""
    ids = {"new": uuid.UUID(at[-36:])}
    for number, what in enumerate(("answered", "closed", "deleted"), 2):
        digits = send_report(resident, address=f"127.0.0.{number}")
        with app.app_context():
            ids[what] = session.scalars(select(Report.id).where(Report.id.not_in(ids.values()))).one()
        come_back(resident, digits)
        if what == "answered":
            write(officer, f"/staff/reports/{ids[what]}")
        if what != "closed":
            reply(resident)
    with app.app_context():
        deletions.ask_for_deletion(ids["deleted"])
        with transaction() as db:
            db.execute(update(Report).where(Report.id == ids["closed"]).values(state=State.CLOSED))
            db.execute(delete(Clock))
        on_day(after(app, FRIDAY, 4))
        assert clocks.give_clocks() == 3
        assert clocks.give_clocks() == 0
        found = promises.running_clocks(list(ids.values()))
        assert {what: {c.promise: c.due_on for c in found.get(one, [])} for what, one in ids.items()} == {
            "new": {READ: after(app, FRIDAY, 2), TELL: after(app, FRIDAY, 10)},
            "answered": {ANSWER: after(app, FRIDAY, 10), WRITE_AGAIN: after(app, FRIDAY, 10)},
            "closed": {},
            "deleted": {READ: after(app, FRIDAY, 2)},
        }
        deletions.keep_report(ids["deleted"])
        assert {clock.promise for clock in promises.owed_to(ids["deleted"])} == {READ, TELL, ANSWER}


def test_the_worker_does_it_at_its_start(app: Flask, at: str) -> None:
    with app.app_context():
        with transaction() as db:
            db.execute(delete(Clock))
        Shift().look()
        assert session.scalar(select(func.count()).select_from(Clock)) == 2


def test_a_deleted_report_takes_its_clocks_with_it(app: Flask, at: str) -> None:
    with app.app_context():
        deletions.ask_for_deletion(uuid.UUID(at[-36:]))
        with transaction() as db:
            db.execute(update(DeletionRequest).values(due_on=FRIDAY))
        assert deletions.delete_due_reports() == 1
        assert session.scalar(select(func.count()).select_from(Clock)) == 0


def test_a_clock_tells_days_and_no_words(app: Flask) -> None:
    assert {column.name for column in Clock.__table__.columns} == {
        "id", "report_id", "promise", "started_on", "due_on", "met_on", "ended_on", "paused_on", "days_paused",
    }  # fmt: skip
    assert {column.type.python_type for column in Clock.__table__.columns if column.name.endswith("_on")} == {date}


@pytest.mark.same_on_both
def test_a_long_case_shows_what_is_owed_and_folds_the_rest(
    app: Flask, resident: Resident, officer: Officer, at: str
) -> None:
    with app.app_context(), transaction() as db:
        report_id = db.scalars(select(Report.id)).one()
        days = [FRIDAY - timedelta(number) for number in range(200)]
        db.add_all(
            Clock(report_id=report_id, promise=WRITE_AGAIN, started_on=day, due_on=day, met_on=day) for day in days
        )
    officer.get(at)
    officer.see("196 earlier promises")


@pytest.mark.same_on_both
def test_every_clock_of_the_file_is_promised_in_its_days(app: Flask) -> None:
    with app.app_context():
        days = current_partnership().clocks
        assert [clocks.days_of(promise) for promise in Promise] == [
            days.triage, days.tell_reporter, days.update, days.answer, days.formats_ready, days.acknowledge,
        ]  # fmt: skip
        assert clocks.days_of(READ, immediate_risk=True) == days.high_risk_contact


def test_two_who_write_at_once_begin_one_clock(app: Flask, at: str) -> None:
    report_id = uuid.UUID(at[-36:])

    def write_at_once() -> None:
        with transaction() as db:
            report = db.get(Report, report_id, with_for_update=True)
            assert report is not None
            clocks.reporter_wrote(db, report, FRIDAY, is_worked_on=True)

    in_threads(app, write_at_once, count=4)
    assert len(rows(app, ANSWER)) == 1
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Message)) == 0
