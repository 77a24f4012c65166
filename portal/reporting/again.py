"""It happened again: a reporter tells of one more time, under the receipt that they have."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from portal.db import today, transaction
from portal.reporting import clocks
from portal.reporting.closing import forget_ending
from portal.reporting.conversations import Conversation, OpenMessage, message_id, send_visit
from portal.reporting.deletions import lock_for_work
from portal.reporting.models import Promise, State
from portal.reporting.questions.again import HURT
from portal.reporting.series import add_to_series
from portal.vault.drafts import Purpose, find_draft


@dataclass(frozen=True)
class Happening:
    """One time: `when` as the question keeps it, with the day where it is known; `words` may be empty."""

    when: dict[str, Any]
    lasted: str | None = None
    harm: tuple[str, ...] = ()
    words: str = ""

    @classmethod
    def read(cls, message: OpenMessage) -> Happening | None:
        """The time that this message tells of; None where it is a message and no more."""
        kept = message.again
        if kept is None:
            return None
        return cls(kept["when"], kept["lasted"], tuple(kept["harm"]), message.text or "")

    @property
    def day(self) -> date | None:
        """The day on which it was, where it is known."""
        day = self.when.get("date") or self.when.get("to")
        return date.fromisoformat(day) if day else None

    def as_content(self) -> dict[str, Any]:
        return {"when": self.when, "lasted": self.lasted, "harm": list(self.harm)}


def on_calendar(when: dict[str, Any], told_on: date) -> dict[str, Any]:
    """With the day in place of "today" and "yesterday", which are other days tomorrow."""
    days_before = {"today": 0, "yesterday": 1}.get(when.get("when", ""))
    if days_before is None:
        return when
    return when | {"when": "exact", "date": (told_on - timedelta(days_before)).isoformat()}


def add_happening(token: str, conversation: Conversation, told: Happening, language: str, once: str | None) -> None:
    """Send what a visit holds as one more time, once however often the button was pressed; the files go with it.

    A report that was closed is open again, with a new day by which an officer reads it. Raises WorkHasStopped, NotThere.
    """
    told_on = today()
    told = replace(told, when=on_calendar(told.when, told_on))
    one = message_id(once, told.words + json.dumps(told.as_content()))
    with transaction() as db:
        visit = find_draft(token, Purpose.COME_BACK, lock=True)
        if visit is None:
            return
        report = lock_for_work(db, conversation.report_id)
        if send_visit(db, visit, conversation, told.words, language, one, again=told.as_content()):
            add_to_series(db, report, conversation.key, told.day or told_on, is_hurt=bool(HURT.intersection(told.harm)))
            if report.state is State.CLOSED:
                report.state = State.NEW
                report.due_on = clocks.due_after(told_on, Promise.READ, immediate_risk=report.immediate_risk)
                forget_ending(db, report)
                clocks.reopen(db, report, told_on)
                clocks.reporter_wrote(db, report, told_on, is_worked_on=True)
        visit.content["again"] = {}
        visit.save(db)


def count_happenings(messages: list[OpenMessage]) -> int:
    """How often a reporter has told of it: the report itself, and each further time."""
    return 1 + sum(message.again is not None for message in messages)
