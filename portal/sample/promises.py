"""How the demonstration's officers kept what reporters were promised: mostly in time, now and then late."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import random_id, today
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after, working_days_between
from portal.reporting import clocks
from portal.reporting.conversations import seal_message
from portal.reporting.models import Author, Message, Promise, Report, State

TOLD_AFTER, WRITTEN_EVERY, CLOSED_AFTER = 4, 9, timedelta(days=40)
# The words of an officer who writes again, first and later.
FIRST = "We have read what you told us. We are finding out who can help."
LATER = "There is nothing new yet. We have not forgotten what you told us."


def keep_promises(db: Session, report: Report, key: bytes, mark: str, *, asks: bool) -> None:
    """Let officers write as often as was promised, and set the clocks by it. `asks`: their last words are a question."""
    if report.state is State.NEW:
        return
    holidays = current_partnership().bank_holidays
    is_closed = report.state is State.CLOSED
    end = report.received_on + CLOSED_AFTER if is_closed else today()
    for number, day in enumerate(_days_of_writing(report.received_on, end)):
        message = Message(id=random_id(), report_id=report.id, position=100 + number, author=Author.OFFICER, seen=True)
        words = LATER if number else FIRST
        seal_message(db, message, report.conversation_id, key, f"{mark} {words}", "en", day, "Amina K.")
    db.flush()
    messages = _in_order(db, report)
    clocks.meet(db, report.id, min(today(), working_days_after(report.received_on, 1, holidays)), Promise.READ)
    written = [message for message in messages if message.position > 1]
    report.state, state = State.LOOKED_AT, report.state
    for message in written:
        if message.author is Author.OFFICER:
            waits = asks and not is_closed and message is written[-1]
            clocks.officer_wrote(db, report, message.sent_on, waits=waits)
        else:
            clocks.reporter_wrote(db, report, message.sent_on, is_worked_on=True)
    report.state = state
    if is_closed:
        clocks.end(db, report.id, end)


def _days_of_writing(received_on: date, end: date) -> list[date]:
    """One report in six has just been forgotten."""
    holidays = current_partnership().bank_holidays
    days, day = [], working_days_after(received_on, TOLD_AFTER, holidays)
    while day <= end:
        days.append(day)
        day = working_days_after(day, WRITTEN_EVERY, holidays)
    is_forgotten = received_on.toordinal() % 6 == 0 and len(days) > 1 and end == today()
    if is_forgotten and 2 <= working_days_between(days[-1], end, holidays) <= 4:
        days.pop()
    return days


def _in_order(db: Session, report: Report) -> list[Message]:
    """The messages, numbered anew by their days; what an officer wrote after is seen."""
    found = sorted(
        db.scalars(select(Message).where(Message.report_id == report.id)),
        key=lambda each: (each.sent_on, each.position),
    )
    for number, message in enumerate(found):
        message.position = 1000 + number
    db.flush()
    last = max(number for number, message in enumerate(found) if message.author is Author.OFFICER or number == 0)
    for number, message in enumerate(found, 1):
        message.position = number
        message.seen = message.seen or number <= last
    db.flush()
    return found
