"""Sheets of paper as they are typed in: a batch in the clear, what stands on a sheet sealed until it is a response."""

from __future__ import annotations

import enum
import uuid

from sqlalchemy import Boolean, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base, Stored, random_id


class SheetState(enum.StrEnum):
    """Where a sheet is whose entries were compared. One that was not has no state."""

    TO_SETTLE = "to_settle"
    STORED = "stored"
    BLANK = "blank"
    """Nothing on it counts: no response came of it."""


class PaperBatch(Base):
    """Sheets of one version and one language that are typed in together, each known by its number in the pile."""

    __tablename__ = "paper_batch"
    __table_args__ = (UniqueConstraint("wave_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"))
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("survey_version.id"))
    number: Mapped[int]
    language: Mapped[str] = mapped_column(String(12))
    sheets: Mapped[int]
    is_single: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether a sheet that one person typed in is enough."""
    note: Mapped[str] = mapped_column(String(200), default="")
    """Why one person is enough, as a manager wrote it."""
    made_by: Mapped[str] = mapped_column(String(80))
    states: Mapped[dict[str, str]] = mapped_column(Stored, default=dict)
    """By the sheet's number, of those that were compared: a SheetState."""
    counted: Mapped[dict[str, int]] = mapped_column(Stored, default=dict)
    """Over the sheets that two people typed in: `fields`, how many of them were `different`, and in how many of those the
    `first` and the `second` entry were not what the sheet says.
    """
    unsettled: Mapped[int] = mapped_column(default=0)
    """How many sheets had been typed in and were not stored when the wave was closed."""


class PaperEntry(Base):
    """What one person typed in of one sheet, sealed to the survey team; gone once the sheet is stored."""

    __tablename__ = "paper_entry"
    __table_args__ = (UniqueConstraint("batch_id", "sheet", "place"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("paper_batch.id", ondelete="CASCADE"))
    sheet: Mapped[int]
    place: Mapped[int]
    """1 is the first entry, 2 the second."""
    entered_by: Mapped[str] = mapped_column(String(80))
    """The name of whoever typed it in, as staff."""
    sealed: Mapped[bytes]
