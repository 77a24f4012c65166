"""What is kept of reports as counts alone, tied to no report: the only trace of an answer outside the seal."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base, Word
from portal.reporting.models import Kind


class ReportCount(Base):
    """How many reports of a month and a group of parishes gave an answer: the only trace of an answer outside the seal."""

    __tablename__ = "report_count"
    __table_args__ = (UNORDERED,)

    month: Mapped[date] = mapped_column(primary_key=True)
    place_group: Mapped[str] = mapped_column(String(40), primary_key=True)
    question: Mapped[str] = mapped_column(String(40), primary_key=True)
    answer: Mapped[str] = mapped_column(String(40), primary_key=True)
    times: Mapped[int]


class EqualityCount(Base):
    """How many reporters of a month and a kind of report gave an answer about themselves: the only trace of it there is."""

    __tablename__ = "equality_count"
    __table_args__ = (UNORDERED,)

    month: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[Kind] = mapped_column(Word(Kind), primary_key=True)
    question: Mapped[str] = mapped_column(String(40), primary_key=True)
    option: Mapped[str] = mapped_column(String(40), primary_key=True)
    times: Mapped[int]


class UnsafePlaceCount(Base):
    """How often a month's visitors ticked an answer about a place: the only trace of it there is.

    `set_aside` counts those that came too often from one visitor, or from a program; nothing of them is published.
    """

    __tablename__ = "unsafe_place_count"
    __table_args__ = (UNORDERED,)

    month: Mapped[date] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(String(40), primary_key=True)
    question: Mapped[str] = mapped_column(String(40), primary_key=True)
    answer: Mapped[str] = mapped_column(String(40), primary_key=True)
    times: Mapped[int]
    set_aside: Mapped[int]
