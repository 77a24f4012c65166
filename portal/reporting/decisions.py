"""Who closed a report, sent a closing back or opened it again, when and why: sealed under the report's key, for officers alone."""

from __future__ import annotations

import enum
import uuid
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import random_id, session
from portal.reporting.models import Part, Report, ReportPart
from portal.vault import sealing
from portal.vault.sealing import SealError

DECISIONS = "report.decisions/1"
# What is usually kept takes less: how much was written to a decision shows in no length.
DECISIONS_PAD = 32 * 1024
KEPT = 12


class Step(enum.StrEnum):
    PROPOSED = "proposed"
    TAKEN_BACK = "taken_back"
    SENT_BACK = "sent_back"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True)
class Decision:
    """`why` is the reason, or the note with which a closing was sent back; `outcome` is a code, empty of a reopening."""

    step: Step
    by: str
    on: date
    outcome: str = ""
    why: str = ""
    second: str = ""
    """Who agreed to it, where a second look was needed."""
    message: str = ""
    """What was to be sent, of a closing that was sent back or taken back, as long as it is the newest decision."""
    language: str = ""
    partner_choices: dict[str, str] = field(default_factory=dict)
    """What was to become of each partner's part, by the referral's id: see unfinished.py."""

    @classmethod
    def read(cls, content: dict[str, Any]) -> Self:
        return cls(**content | {"step": Step(content["step"]), "on": date.fromisoformat(content["on"])})

    def as_content(self) -> dict[str, Any]:
        return asdict(self) | {"step": self.step.value, "on": self.on.isoformat()}


def decisions_of(report_id: uuid.UUID, key: bytes) -> list[Decision]:
    """The last ones, oldest first; none where they are damaged, which must not hide the report."""
    return _read(session.scalar(_part_of(report_id)), key)


def add_decision(db: Session, report: Report, key: bytes, decision: Decision) -> None:
    """Inside the caller's transaction, which has locked the report."""
    row = db.scalar(_part_of(report.id)) or ReportPart(id=random_id(), report_id=report.id, part=Part.DECISIONS)
    earlier = [replace(each, message="", language="") for each in _read(row, key)]
    content = {"decisions": [each.as_content() for each in [*earlier, decision][-KEPT:]]}
    row.sealed = sealing.seal(content, key, report.id, DECISIONS, row.id, DECISIONS_PAD)
    db.add(row)


def _part_of(report_id: uuid.UUID) -> Any:
    return select(ReportPart).where(ReportPart.report_id == report_id, ReportPart.part == Part.DECISIONS)


def _read(row: ReportPart | None, key: bytes) -> list[Decision]:
    if row is None or not row.sealed:
        return []
    try:
        content = sealing.unseal(row.sealed, key, DECISIONS, row.id)
    except SealError:
        return []
    return [Decision.read(each) for each in content["decisions"]]
