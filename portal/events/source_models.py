"""Calendars that groups keep themselves, as they are stored: where each is read, how that went, and what stood in it."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Stored, Word, random_id, today


class Rhythm(enum.StrEnum):
    """How often a calendar is read."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


class Trouble(enum.StrEnum):
    """Why a calendar could not be read."""

    NO_ANSWER = "no_answer"
    TOO_SLOW = "too_slow"
    TOO_BIG = "too_big"
    NOT_THERE = "not_there"
    NOT_ALLOWED = "not_allowed"
    BROKEN = "broken"
    """Its server answers with a failure of its own."""
    LEADS_ELSEWHERE = "leads_elsewhere"
    CERTIFICATE = "certificate"
    NOT_PUBLIC = "not_public"
    """An address that only this house or this machine has, or the portal's own."""
    NO_CALENDAR = "no_calendar"
    DAMAGED = "damaged"


class Skipped(enum.StrEnum):
    """Why an entry of a calendar that was read is not taken up."""

    NO_DAY = "no_day"
    NO_TITLE = "no_title"
    ENDS_FIRST = "ends_first"
    TOO_LONG = "too_long"
    RULE = "rule"
    """It comes again by a rule that is not understood, or very often."""
    FAR = "far"
    TOO_MANY = "too_many"


class Dates(enum.StrEnum):
    """How far the dates are that stand otherwise than the others of their series."""

    NONE = "none"
    WAITING = "waiting"
    """For an editor."""
    DUE = "due"
    """To be followed as soon as the event is public."""
    DONE = "done"


class EventSource(Base):
    """One group's calendar that an editor has let through. Its address may be a secret of the group: it lies sealed."""

    __tablename__ = "event_source"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    lookup: Mapped[bytes] = mapped_column(unique=True)
    """Found by the number that the group was given."""
    sealed: Mapped[bytes]
    language: Mapped[str] = mapped_column(String(12))
    rhythm: Mapped[Rhythm] = mapped_column(Word(Rhythm))
    is_trusted: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    is_stopped: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    """Raised by each change an editor makes; what was read by an earlier one is thrown away."""
    let_in_by: Mapped[str] = mapped_column(String(80))
    let_in_on: Mapped[date] = mapped_column(default=today)
    due_at: Mapped[datetime] = mapped_column(index=True)
    etag: Mapped[str] = mapped_column(String(200), default="", server_default="")
    modified: Mapped[str] = mapped_column(String(80), default="", server_default="")
    read_at: Mapped[datetime | None]
    good_at: Mapped[datetime | None]
    trouble: Mapped[Trouble | None] = mapped_column(Word(Trouble))
    trouble_since: Mapped[datetime | None]
    found: Mapped[int] = mapped_column(default=0, server_default="0")
    """Entries to come that it had when it was read last."""
    skipped: Mapped[dict[str, Any]] = mapped_column(Stored, default=dict, server_default="{}")
    """How many entries were not taken up, by why."""


class SourceEntry(Base):
    """One entry of a calendar, by its UID: what became of it, and by what it is known when it comes again."""

    __tablename__ = "event_source_entry"

    source_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event_source.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[bytes] = mapped_column(primary_key=True)
    """Of its UID and, for one date of a series, of that date; nobody reads them out of it."""
    digest: Mapped[bytes]
    """Of all that it said when it was read last."""
    twin: Mapped[bytes] = mapped_column(index=True)
    """Of its start and title: what comes by two ways has the same."""
    proposal_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("event_proposal.id", ondelete="SET NULL"), index=True
    )
    same_as_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event_proposal.id", ondelete="SET NULL"))
    """A proposal that says the same and came another way: this one waits for what becomes of it."""
    is_pending: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    is_for_editors: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """An editor decides on what changes, also of a trusted calendar: it was declined, or the event was there another way."""
    is_gone: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Cancelled in the calendar, or taken out of it."""
    begins_on: Mapped[date]
    """The first day of a series that was still to come when it was found."""
    ends_at: Mapped[datetime]
    dates: Mapped[Dates] = mapped_column(Word(Dates), default=Dates.NONE, server_default=Dates.NONE.value)
    sealed_dates: Mapped[bytes | None]
    """Single dates of its series that do not take place, or elsewhere or at another time."""
