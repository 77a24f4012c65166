"""The coding of what people wrote, as it is stored: what the codes mean in the clear, who got which code sealed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Stored, random_id, utcnow


class CodingFrame(Base):
    """One version of the codes for the written answers of a closed wave to one question."""

    __tablename__ = "coding_frame"
    __table_args__ = (UniqueConstraint("wave_id", "question", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"))
    question: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]
    codes: Mapped[list[dict[str, str]]] = mapped_column(Stored)
    """Each with `code`, `label` and `about`; the fixed ones are not among them."""
    second_share: Mapped[int]
    """How many of a hundred answers the second coder codes."""
    counted: Mapped[dict[str, Any]] = mapped_column(Stored, default=dict)
    """What came of it, as `coding.count` has it; empty until then."""
    counted_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)


class CodingPart(Base):
    """Which codes one coder gave, or which were settled in the end: sealed as one to the survey team.

    No row belongs to a single written answer: whoever copies the database would else read its topic beside it.
    """

    __tablename__ = "coding_part"
    __table_args__ = (UniqueConstraint("frame_id", "coder"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    frame_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coding_frame.id", ondelete="CASCADE"))
    place: Mapped[int]
    """1 and 2 are the coders; 0 is what was settled."""
    coder: Mapped[str] = mapped_column(String(80))
    """Their name as staff; empty for what was settled."""
    sealed: Mapped[bytes]
    handed_in_at: Mapped[datetime | None]
