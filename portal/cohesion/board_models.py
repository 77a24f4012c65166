"""What the partnership's board is told of a quarter: written as a draft, then frozen with its figures."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Stored, random_id, utcnow


class BoardReport(Base):
    """One version of a quarter's report: a draft while `document` is empty, and never changed afterwards."""

    __tablename__ = "board_report"
    __table_args__ = (UniqueConstraint("quarter", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    quarter: Mapped[str] = mapped_column(String(6))
    """2026-3."""
    number: Mapped[int]
    edition: Mapped[int] = mapped_column(default=0)
    """Raised with each change of the draft; a change names the one it was made on."""
    written: Mapped[dict[str, Any]] = mapped_column(Stored)
    """What people wrote: see `board_reports.Written`."""
    document: Mapped[str] = mapped_column(Text, default="")
    """JSON, to the byte what `hash` (SHA-256) was made of: every word and number that the board sees."""
    hash: Mapped[str] = mapped_column(String(64), default="")
    reason: Mapped[str] = mapped_column(String(400), default="")
    """Why there is a version after the first."""
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)
    changed_by: Mapped[str] = mapped_column(String(80))
    frozen_at: Mapped[datetime | None]
    frozen_by: Mapped[str] = mapped_column(String(80), default="")

    @property
    def is_frozen(self) -> bool:
        return self.frozen_at is not None
