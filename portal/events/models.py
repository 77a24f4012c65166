"""Events as they are stored: when, where and who may come in; the words apart, in the languages they were written in."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Stored, Word, random_id, utcnow


class EventState(enum.StrEnum):
    """A cancelled event stays to be seen: whoever has it in their calendar must learn of it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class AccessFact(enum.StrEnum):
    """What people ask before they come: "Can I get in?" """

    STEP_FREE = "step_free"
    TOILET = "toilet"
    HEARING_LOOP = "hearing_loop"
    SIGN_LANGUAGE = "sign_language"
    QUIET_SPACE = "quiet_space"
    NEAR_BUS = "near_bus"
    CHILDREN = "children"


class Event(Base):
    """One event. Its id is its UID in calendars, so it never changes."""

    __tablename__ = "event"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    state: Mapped[EventState] = mapped_column(Word(EventState))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    venue: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(200))
    place_geography: Mapped[str] = mapped_column(String(40))
    place_version: Mapped[str] = mapped_column(String(40))
    place_code: Mapped[str | None] = mapped_column(String(40))
    organiser: Mapped[str] = mapped_column(String(120))
    contact: Mapped[str] = mapped_column(String(200))
    web_address: Mapped[str] = mapped_column(String(400))
    cost: Mapped[str] = mapped_column(String(120))
    """Empty: free."""
    languages: Mapped[list[str]] = mapped_column(Stored)
    """Spoken or interpreted there; BCP 47."""
    access: Mapped[dict[str, Any]] = mapped_column(Stored)
    """Each access fact with "yes" or "no"; one that is missing is not known, and the page says so."""
    checked_on: Mapped[date | None]
    """When someone last made sure of the facts."""
    rule: Mapped[str] = mapped_column(String(80), default="", server_default="")
    """How it comes again: an RFC 5545 recurrence rule without its end; empty: it is once."""
    last_date: Mapped[date | None]
    """No occurrence starts after this day."""
    sequence: Mapped[int] = mapped_column(default=0)
    """RFC 5545: raised with each change of the facts, the original words or the state; an editor's save names the one
    it was made on."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)


class Occurrence(Base):
    """One time at which an event takes place, or would have; an event that is once has one."""

    __tablename__ = "event_occurrence"

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(index=True)
    is_cancelled: Mapped[bool] = mapped_column(default=False)
    """This one alone; the event's state says where all are."""


class EventWords(Base):
    """Title and description as one person wrote them in one language; a change is a new version, never an overwriting."""

    __tablename__ = "event_words"
    __table_args__ = (UniqueConstraint("event_id", "language", "version"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    language: Mapped[str] = mapped_column(String(12))
    version: Mapped[int]
    translates: Mapped[int | None]
    """The version of the original that this is a translation of; none: it is the original.

    Versions count through all languages of an event, because an original may turn out to be in another language.
    """
    title: Mapped[str] = mapped_column(String(160))
    description: Mapped[str] = mapped_column(Text)
    """HTML that bleach has cleaned."""
    typed: Mapped[str] = mapped_column(Text)
    """The description as it was typed, for the next change."""
    written_by: Mapped[str] = mapped_column(String(80))
    written_at: Mapped[datetime] = mapped_column(default=utcnow)
