"""What came of a date of an event, as it is stored: how many came, and a sentence on it."""

from __future__ import annotations

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base, today


class EventOutcome(Base):
    """Of one date. What a group told of it lies sealed until an editor lets it through."""

    __tablename__ = "event_outcome"
    __table_args__ = (UNORDERED,)

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    planned_on: Mapped[date] = mapped_column(primary_key=True)
    """The date's own day, as in `event_occurrence`."""
    came: Mapped[int | None]
    """How many people; none where nobody has said."""
    is_about: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Nobody counted them one by one."""
    text: Mapped[str] = mapped_column(String(400), default="", server_default="")
    language: Mapped[str] = mapped_column(String(12), default="", server_default="")
    is_public: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    sealed: Mapped[bytes | None]
    """What the group told, where no editor has looked at it yet."""
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    """Raised by whatever either side does; whoever saves names the one that their page showed."""
    changed_on: Mapped[date] = mapped_column(default=today)
