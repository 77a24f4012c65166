"""Events as they are stored: when, where and who may come in; the words apart, in the languages they were written in."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
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
    LIFT = "lift"
    PARKING = "parking"
    CAPTIONS = "captions"
    CRECHE = "creche"


class EventKind(enum.StrEnum):
    """What people do there."""

    SOCIAL = "social"
    ACTIVITY = "activity"
    DROP_IN = "drop_in"
    TALK = "talk"
    TRAINING = "training"
    MEETING = "meeting"
    """People are asked what they think: what the strategy calls public engagement."""
    CELEBRATION = "celebration"
    ACTION = "action"
    """A day of action: a litter pick, a patrol, a stall."""


class ForWhom(enum.StrEnum):
    """An event that names none is for everyone."""

    WOMEN = "women"
    """Women only."""
    CHILDREN = "children"
    YOUNG = "young"
    OLDER = "older"
    FAMILIES = "families"
    DISABLED = "disabled"
    LGBT = "lgbt"
    NEWCOMERS = "newcomers"


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
    kind: Mapped[EventKind | None] = mapped_column(Word(EventKind))
    for_whom: Mapped[list[str]] = mapped_column(Stored, default=list, server_default="[]")
    """ForWhom; none: everyone."""
    priorities: Mapped[list[str]] = mapped_column(Stored, default=list, server_default="[]")
    """Codes of the strategy's priorities that it serves; the partnership file names them."""
    awareness: Mapped[list[str]] = mapped_column(Stored, default=list, server_default="[]")
    """Codes of the awareness days and weeks that it belongs to."""
    booking: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """How to book; empty: people just come."""
    food: Mapped[str] = mapped_column(String(120), default="", server_default="")
    """Empty: not known."""
    is_online: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    online_link: Mapped[str] = mapped_column(String(400), default="", server_default="")
    """For those who ask: no public page, feed or file ever says it."""
    is_place_on_request: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Venue and address are for those who ask; the parish is public."""
    help_until: Mapped[int] = mapped_column(default=7, server_default="7")
    """Until how many days before it an interpreter or other help can be asked for."""
    access: Mapped[dict[str, Any]] = mapped_column(Stored)
    """Each access fact with "yes" or "no"; one that is missing is not known, and the page says so."""
    checked_on: Mapped[date | None]
    """When someone last made sure of the facts."""
    rule: Mapped[str] = mapped_column(String(80), default="", server_default="")
    """How it comes again: an RFC 5545 recurrence rule without its end; empty: it is once."""
    last_date: Mapped[date | None]
    """No occurrence starts after this day."""
    times: Mapped[int | None]
    """After how many times its rule ends, where that is how its editor said it; the last date is then the day of the last."""
    sequence: Mapped[int] = mapped_column(default=0)
    """RFC 5545: raised with each change of the facts, the original words or the state; an editor's save names the one
    it was made on."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)


class Occurrence(Base):
    """One time at which an event takes place, or would have; an event that is once has one."""

    __tablename__ = "event_occurrence"

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    planned_on: Mapped[date] = mapped_column(primary_key=True)
    """The day that the rule gave it, in its address for good; it may have been moved since."""
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime] = mapped_column(index=True)
    is_cancelled: Mapped[bool] = mapped_column(default=False)
    """This one alone; the event's state says where all are."""
    moved_from: Mapped[datetime | None]
    """When its rule would have it start, if it was moved to another time; calendars know it by this."""
    venue: Mapped[str] = mapped_column(String(120), default="", server_default="")
    """Empty: where the event is, and so is its address."""
    address: Mapped[str] = mapped_column(String(200), default="", server_default="")

    @property
    def planned_at(self) -> datetime:
        """When the rule has it start."""
        return self.moved_from or self.starts_at


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
    searched: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Title and description as a search reads them; empty where newer words took their place."""
    written_by: Mapped[str] = mapped_column(String(80))
    written_at: Mapped[datetime] = mapped_column(default=utcnow)
