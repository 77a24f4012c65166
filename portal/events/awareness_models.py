"""The dates that editors confirmed for what no rule can tell: organisers announce them anew each year."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, utcnow


class AwarenessDate(Base):
    """When an awareness day or week is in one year, as its organiser announced it."""

    __tablename__ = "awareness_date"
    __table_args__ = (CheckConstraint("first <= last", "in_order"),)

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first: Mapped[date]
    last: Mapped[date]
    confirmed_by: Mapped[str] = mapped_column(String(80))
    confirmed_on: Mapped[date]
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    """RFC 5545: raised each time its dates change."""
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)
