"""What was done in a quarter, as it was published: numbers that do not change when a report is deleted later."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, utcnow


class PublishedActivity(Base):
    """One quarter's figures, made once. Taken back, they stay: published again, they are the same."""

    __tablename__ = "published_activity"

    quarter: Mapped[str] = mapped_column(String(6), primary_key=True)
    """2026-3."""
    document: Mapped[str] = mapped_column(Text)
    """JSON, as `staff/activity_figures.py` makes it: nothing that may not be public."""
    published_at: Mapped[datetime] = mapped_column(default=utcnow)
    published_by: Mapped[str] = mapped_column(String(80))
    is_public: Mapped[bool] = mapped_column(default=True)
