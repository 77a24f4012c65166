"""The four numbers of a reporting period as a person published them: they change no more, a correction is a version of its own."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Word, utcnow


class Correction(enum.StrEnum):
    """Why a period is published again."""

    ENTERED_LATE = "entered_late"
    MISTAKE = "mistake"


class PublishedPeriod(Base):
    """One version of one period: s104(10) of the Act wants these numbers as they are, and nothing else is in it."""

    __tablename__ = "case_review_period"

    code: Mapped[str] = mapped_column(String(21), primary_key=True)
    """2026-04-01-2027-03-31."""
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first: Mapped[date]
    last: Mapped[date]
    applications: Mapped[int]
    not_met: Mapped[int]
    reviews: Mapped[int]
    with_recommendations: Mapped[int]
    correction: Mapped[Correction | None] = mapped_column(Word(Correction))
    published_at: Mapped[datetime] = mapped_column(default=utcnow)
    published_by: Mapped[str] = mapped_column(String(80))
