"""What people ask for so that they can take part in an event, as it is stored: sealed, and later only counted."""

from __future__ import annotations

import enum
import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base, Word, random_id, today


class Need(enum.StrEnum):
    """What somebody needs so that they can take part, or wants to be told."""

    INTERPRETER = "interpreter"
    SIGN_LANGUAGE = "sign_language"
    CAPTIONS = "captions"
    STEP_FREE = "step_free"
    QUIET_SPACE = "quiet_space"
    TRANSPORT = "transport"
    OTHER = "other"
    """In their own words, which no organiser reads."""
    PLACE = "place"
    """To be told where it is, of an event that says so only to those who ask."""
    LINK = "link"
    """To be told the link to take part online."""


class Outcome(enum.StrEnum):
    OPEN = "open"
    MET = "met"
    NOT_MET = "not_met"


class HelpState(enum.StrEnum):
    """Of all that one person asked for together."""

    OPEN = "open"
    DECIDED = "decided"
    """Editors have said of each need whether it is met."""
    WITHDRAWN = "withdrawn"


class HelpRequest(Base):
    """What one person asks for on one date of an event. Only its number leads that person back to it."""

    __tablename__ = "event_help_request"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    lookup: Mapped[bytes] = mapped_column(unique=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    planned_on: Mapped[date] = mapped_column(index=True)
    """The day that the event's rule gives the date it is for; it may be moved."""
    state: Mapped[HelpState] = mapped_column(Word(HelpState), default=HelpState.OPEN, server_default="open")
    waits_since: Mapped[date | None] = mapped_column(default=today)
    """When the person did something that no editor has answered."""
    is_held: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """It came as one of many from one place: it counts for nobody until an editor has answered it."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    """Raised by whatever either side does; whoever decides names the one that their page showed."""
    sealed: Mapped[bytes]
    changed_on: Mapped[date] = mapped_column(default=today)


class HelpMessage(Base):
    """What one side wrote to the other, in order."""

    __tablename__ = "event_help_message"
    __table_args__ = (UniqueConstraint("request_id", "position"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event_help_request.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    is_from_person: Mapped[bool]
    sealed: Mapped[bytes]
    sent_on: Mapped[date] = mapped_column(default=today)


class HelpCount(Base):
    """How often something was asked for on one date of an event, and met or not: what stays when the requests are gone."""

    __tablename__ = "event_help_count"
    __table_args__ = (UNORDERED,)

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    held_on: Mapped[date] = mapped_column(primary_key=True)
    need: Mapped[Need] = mapped_column(Word(Need), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    """Of an interpreter, BCP 47 or "other"; else empty."""
    outcome: Mapped[Outcome] = mapped_column(Word(Outcome), primary_key=True)
    """Met or not met."""
    times: Mapped[int]
