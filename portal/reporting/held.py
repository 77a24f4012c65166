"""Whether a report is under a legal hold: then nothing of it ends by itself."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import session, today
from portal.reporting.hold_models import LegalHold
from portal.reporting.models import Kind, Report


@dataclass(frozen=True)
class Hold:
    """A report that is kept for now; why, only its record says."""

    report_id: uuid.UUID
    reference: str
    kind: Kind
    since: date
    review_on: date
    placed_by: str

    @property
    def is_due(self) -> bool:
        """Whether somebody should have looked at it again by today."""
        return self.review_on <= today()


def hold_row(db: Session, report_id: uuid.UUID) -> LegalHold | None:
    return db.get(LegalHold, report_id, populate_existing=True)


def is_held(db: Session, report_id: uuid.UUID) -> bool:
    return hold_row(db, report_id) is not None


def find_hold(report_id: uuid.UUID) -> Hold | None:
    return next(iter(_holds(LegalHold.report_id == report_id)), None)


def all_holds() -> list[Hold]:
    """Those to be looked at first come first."""
    return _holds()


def count_due_holds() -> int:
    """Holds whose day of review has come."""
    return session.scalar(select(func.count()).select_from(LegalHold).where(LegalHold.review_on <= today())) or 0


def _holds(*which: object) -> list[Hold]:
    rows: Sequence[tuple[LegalHold, str, Kind]] = session.execute(
        select(LegalHold, Report.reference, Report.kind)
        .join(Report, Report.id == LegalHold.report_id)
        .where(*which)  # type: ignore[arg-type]
        .order_by(LegalHold.review_on, LegalHold.report_id)
    ).all()
    return [
        Hold(row.report_id, reference, kind, row.since, row.review_on, row.placed_by) for row, reference, kind in rows
    ]
