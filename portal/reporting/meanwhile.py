"""What came to a report between the moment in which an officer saw its page and the moment in which they act on it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import existing, session
from portal.reporting.case_models import CaseNote
from portal.reporting.models import Message, Report, State


class ChangedMeanwhile(Exception):
    """Something came that the officer has not seen: they are told before anything is done."""


@dataclass(frozen=True)
class Standing:
    """How a report stands: what two officers could overwrite for each other, or should know of before they act."""

    state: str
    owner: str
    messages: int
    notes: int

    @classmethod
    def read(cls, token: str | None) -> Self | None:
        """As the page had it; None where that cannot be read, so that nothing is known to have changed."""
        try:
            state, owner, messages, notes = (token or "").split(".")
            return cls(State(state).value, owner, int(messages), int(notes))
        except ValueError:
            return None

    @property
    def token(self) -> str:
        return f"{self.state}.{self.owner}.{self.messages}.{self.notes}"

    @property
    def owner_id(self) -> uuid.UUID | None:
        try:
            return uuid.UUID(self.owner)
        except ValueError:
            return None


def standing_of(report_id: uuid.UUID, db: Session = session) -> Standing:
    """Raises NotThere."""
    report = existing(db, Report, report_id)
    counts = [
        db.scalar(select(func.count()).select_from(table).where(table.report_id == report_id)) or 0
        for table in (Message, CaseNote)
    ]
    return Standing(report.state.value, report.assignee_id.hex if report.assignee_id else "", *counts)


def check_unchanged(db: Session, report_id: uuid.UUID, token: str | None) -> None:
    """Inside the caller's transaction, before it changes anything. Raises ChangedMeanwhile, NotThere."""
    existing(db, Report, report_id, with_for_update=True)
    seen = Standing.read(token)
    if seen is not None and seen != standing_of(report_id, db):
        raise ChangedMeanwhile
