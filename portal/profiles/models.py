"""A problem profile, written as a draft and then frozen with its figures; and what is planned because of one."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Stored, Word, random_id, utcnow


class About(enum.StrEnum):
    """Which reports are looked at; the last three are categories of the National Standard for Incident Recording."""

    ALL = "all"
    HATE = "hate"
    ASB = "asb"
    PERSONAL = "personal"
    NUISANCE = "nuisance"
    ENVIRONMENTAL = "environmental"


class ActivityState(enum.StrEnum):
    PLANNED = "planned"
    DONE = "done"
    NOT_DONE = "not_done"


class Direction(enum.StrEnum):
    """What an activity is meant to change in the number of reports: more are wanted where people tell too little."""

    FEWER = "fewer"
    MORE = "more"


class ProblemProfile(Base):
    """One version of a profile: a draft while `document` is empty, and never changed afterwards."""

    __tablename__ = "problem_profile"
    __table_args__ = (UniqueConstraint("profile_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    profile_id: Mapped[uuid.UUID]
    """The same for all versions."""
    number: Mapped[int]
    edition: Mapped[int] = mapped_column(default=0, server_default="0")
    """Raised with each change of the draft; a change names the one it was made on."""
    about: Mapped[About] = mapped_column(Word(About))
    place_group: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """Empty: the whole area of the partnership."""
    first: Mapped[date]
    last: Mapped[date]
    """Both the first day of a month."""
    written: Mapped[dict[str, Any]] = mapped_column(Stored)
    """What people wrote, fit to be published: see `profiles.services.Written`."""
    document: Mapped[str] = mapped_column(Text, default="", server_default="")
    """JSON, to the byte what `hash` (SHA-256) was made of."""
    hash: Mapped[str] = mapped_column(String(64), default="", server_default="")
    reason: Mapped[str] = mapped_column(String(400), default="", server_default="")
    """Why there is a version after the first."""
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)
    changed_by: Mapped[str] = mapped_column(String(80))
    frozen_at: Mapped[datetime | None]
    frozen_by: Mapped[str] = mapped_column(String(80), default="", server_default="")

    @property
    def is_frozen(self) -> bool:
        return self.frozen_at is not None


class PlannedActivity(Base):
    """Something that partners do on certain days, such as a patrol at Halloween, and what came of it."""

    __tablename__ = "planned_activity"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    profile_id: Mapped[uuid.UUID | None]
    """Which problem it answers."""
    title: Mapped[str] = mapped_column(String(200))
    first_on: Mapped[date] = mapped_column(index=True)
    last_on: Mapped[date]
    about: Mapped[About] = mapped_column(Word(About))
    place_group: Mapped[str] = mapped_column(String(40), default="", server_default="")
    direction: Mapped[Direction] = mapped_column(Word(Direction))
    agencies: Mapped[str] = mapped_column(String(400), default="", server_default="")
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id"))
    priority: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """The code of a priority of the partnership."""
    state: Mapped[ActivityState] = mapped_column(Word(ActivityState))
    said: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What was done, or why nothing was."""
    came: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What came of it, in words."""
    edition: Mapped[int] = mapped_column(default=0, server_default="0")
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)
    changed_by: Mapped[str] = mapped_column(String(80))
