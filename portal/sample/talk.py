"""What invented reporters and officers write to each other: who when, and the messages, so that the promises can be read off them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import random_id, today
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after
from portal.reporting.again import Happening, on_calendar
from portal.reporting.conversations import seal_message
from portal.reporting.models import Author, Message, Report, State, Translation
from portal.reporting.series import add_to_series
from portal.reporting.translations import Original, seal_translation
from portal.sample.told import ANSWERS, MARK, REPLIES, UPDATES, WRITTEN_BACK, Told

# In working days: how long officers take, mostly within what is promised and sometimes not.
TELL_AFTER, UPDATE_AFTER, ANSWER_AFTER = (
    (2, 3, 4, 5, 6, 7, 8, 9, 10, 14),
    (7, 8, 9, 9, 10, 10, 10, 10, 10, 13),
    (1, 2, 3, 4, 5, 7, 9, 12),
)
# Of an immediate risk.
AT_ONCE = (0, 0, 1)
# Of a hundred, so many are told nothing before the end.
NEVER_TOLD = 3
# While it is open, it is forgotten no longer than this.
FORGOTTEN = timedelta(days=20)
WRITES_BACK = 0.3


@dataclass(frozen=True)
class Turn:
    """What one of them wrote."""

    day: date
    author: Author
    words: str
    is_again: bool = False
    """Whether it tells of one more time."""


def draw_turns(rng: random.Random, report: Report, told: Told, over: date | None) -> list[Turn]:
    """All that they wrote, oldest first; before `over`, or up to today where the report is open."""
    if report.state in (State.NEW, State.HELD):
        return []
    end = over or today() + timedelta(days=1)
    reporter = [
        Turn(report.received_on + timedelta(days=later), Author.REPORTER, "The motorbikes again.", is_again=True)
        for later in told.again
    ]
    is_forgotten = rng.randrange(100) < NEVER_TOLD
    if is_forgotten and (over or today() - report.received_on < FORGOTTEN):
        return [turn for turn in reporter if turn.day < end]
    first = told.reply or rng.choice(REPLIES[told.kind])
    told_after = rng.choice(AT_ONCE if report.immediate_risk else TELL_AFTER)
    officer = [Turn(_after(report.received_on, told_after), Author.OFFICER, first)]
    if told.language == "en" and not told.again and rng.random() < WRITES_BACK:
        back_on = officer[0].day + timedelta(days=rng.randrange(1, 12))
        reporter.append(Turn(back_on, Author.REPORTER, rng.choice(WRITTEN_BACK)))
    while (last := officer[-1].day) < end:
        update = Turn(_after(last, rng.choice(UPDATE_AFTER)), Author.OFFICER, rng.choice(UPDATES))
        asked_on = min((turn.day for turn in reporter if turn.day >= last), default=update.day)
        answer = Turn(_after(asked_on, rng.choice(ANSWER_AFTER)), Author.OFFICER, rng.choice(ANSWERS))
        officer.append(min(update, answer, key=lambda turn: turn.day))
    return sorted((turn for turn in [*officer, *reporter] if turn.day < end), key=lambda turn: turn.day)


def add_talk(db: Session, report: Report, key: bytes, told: Told, turns: Sequence[Turn], by: str) -> None:
    """`key` is the conversation's, `by` the officer who writes; what was translated is here too."""
    if told.english and report.state not in (State.NEW, State.HELD):
        first = db.scalars(select(Message).where(Message.report_id == report.id)).one()
        original = Original(report.id, first.id, Author.REPORTER, told.text, told.language, report.conversation_id, key)
        made_on = min(today(), report.received_on + timedelta(days=2))
        translation = Translation(id=random_id(), position=1, language="en", made_on=made_on)
        seal_translation(db, translation, original, f"{MARK} {told.english}", by)
    is_over = report.state in (State.CLOSED, State.WITHDRAWN)
    last_answer = max((turn.day for turn in turns if turn.author is Author.OFFICER), default=report.received_on)
    for position, turn in enumerate(turns, 2):
        message = Message(id=random_id(), report_id=report.id, position=position, author=turn.author)
        if turn.author is Author.OFFICER:
            message.seen = is_over or (today() - turn.day).days > 5
            seal_message(db, message, report.conversation_id, key, f"{MARK} {turn.words}", "en", turn.day, by)
            continue
        message.seen, again = is_over or turn.day < last_answer, None
        if turn.is_again:
            on = on_calendar({"when": "today", "time": "01:30"}, turn.day)
            again = Happening(on, "hours", ("unwell",)).as_content()
            add_to_series(db, report, key, turn.day, is_hurt=False)
        words = f"{MARK} {turn.words}"
        seal_message(db, message, report.conversation_id, key, words, told.language, turn.day, again=again)


def _after(day: date, working_days: int) -> date:
    return working_days_after(day, working_days, current_partnership().bank_holidays)
