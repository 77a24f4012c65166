"""A release: the figures of a closed wave as the public sees them, computed once, published by a person."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Stored, Word, random_id, utcnow


class ReleaseState(enum.StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Reason(enum.StrEnum):
    """Why figures took the place of others of their wave; the public reads it."""

    CHOICE = "choice"
    """Which answers count was chosen anew."""
    MISTAKE = "mistake"
    METHOD = "method"
    WORDS = "words"
    """What people wrote was put in, or taken out."""


class Release(Base):
    """Nothing public is computed from answers but this: the document is the page, the feed and the data."""

    __tablename__ = "release"
    __table_args__ = (UniqueConstraint("wave_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id"))
    number: Mapped[int]
    state: Mapped[ReleaseState] = mapped_column(Word(ReleaseState), index=True)
    document: Mapped[str] = mapped_column(Text)
    """JSON, to the byte what `hash` (SHA-256) was made of, and what stands at its address while it is public."""
    hash: Mapped[str] = mapped_column(String(64))
    exact: Mapped[dict[str, Any]] = mapped_column(Stored)
    """The counts behind the figures, never shown: what another release of the same wave is held against."""
    drafted_at: Mapped[datetime] = mapped_column(default=utcnow)
    drafted_by: Mapped[str] = mapped_column(String(80))
    published_at: Mapped[datetime | None]
    published_by: Mapped[str] = mapped_column(String(80), default="")
    ended_at: Mapped[datetime | None]
    """When it left public view; None while it is public, and where it left before this was kept."""
    flagged: Mapped[dict[str, Any] | None] = mapped_column(Stored)
    """For staff: its figures with everybody and without whoever has a signal; None before this was kept."""
    modelled: Mapped[dict[str, Any] | None] = mapped_column(Stored)
    """For staff: what a model says of each group of parishes; None before this was kept."""
    takes_place_of: Mapped[int | None]
    """Number of the wave's release that was public until this one was; None too where all had been taken back."""
    reason: Mapped[Reason | None] = mapped_column(Word(Reason))
    note: Mapped[str] = mapped_column(Text, default="")
    """What staff wrote to each other when it was published in place of another, and when it was taken back."""
