"""What stands in the way of a report's end, and what is left after it: legal holds, and counts of what has ended."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base


class LegalHold(Base):
    """A report that must be kept for now. Why is sealed, in the report's record; the row goes when the hold ends."""

    __tablename__ = "legal_hold"
    __table_args__ = (UNORDERED,)

    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[date]
    review_on: Mapped[date]
    """Somebody looks by then whether it must still be kept; it holds on after that day."""
    placed_by: Mapped[str] = mapped_column(String(80))


class EndedCount(Base):
    """How many reports of a month and kind have ended by the schedule: all that is left of them."""

    __tablename__ = "ended_count"
    __table_args__ = (UNORDERED,)

    month: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    times: Mapped[int]
