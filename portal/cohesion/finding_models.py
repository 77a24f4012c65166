"""You said, we did: what people said, what is done about it, by whom and by when; every word and change kept."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Stored, Word, random_id, utcnow


class FindingState(enum.StrEnum):
    """Whether the public sees it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class ActionState(enum.StrEnum):
    """What is done about it. Done and no action are answers; planned is a promise with a day."""

    PLANNED = "planned"
    DONE = "done"
    NO_ACTION = "no_action"


class FindingSource(enum.StrEnum):
    SURVEY = "survey"
    REPORTS = "reports"
    EVENT = "event"
    OFFICERS = "officers"


class FindingAct(enum.StrEnum):
    """What was done to a finding, as its history tells it."""

    ADDED = "added"
    CHANGED = "changed"
    TRANSLATED = "translated"
    PUBLISHED = "published"
    WITHDREW = "withdrew"


class Finding(Base):
    """What holds in every language. Staff write all of it and the public reads it: nothing in it is a resident's own."""

    __tablename__ = "finding"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    state: Mapped[FindingState] = mapped_column(Word(FindingState), index=True)
    source: Mapped[FindingSource] = mapped_column(Word(FindingSource))
    priority: Mapped[str] = mapped_column(String(40))
    """The code of one of the partnership's priorities; empty where it belongs to none."""
    action: Mapped[ActionState] = mapped_column(Word(ActionState))
    owner: Mapped[str] = mapped_column(String(120))
    """A team or an organisation."""
    found_on: Mapped[date]
    due_on: Mapped[date | None]
    answered_on: Mapped[date | None]
    """When it was done, or decided that nothing will be."""
    release_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("release.id"))
    indicator: Mapped[str] = mapped_column(String(60))
    """Of that release; the figure itself is read from its document, so that one taken back is shown nowhere."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Raised with each change; an editor's save names the one it was made on."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)


class FindingWords(Base):
    """Its plain texts as one person wrote them in one language; a change is a new version, never an overwriting."""

    __tablename__ = "finding_words"
    __table_args__ = (UniqueConstraint("finding_id", "version"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    finding_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("finding.id", ondelete="CASCADE"), index=True)
    language: Mapped[str] = mapped_column(String(12))
    version: Mapped[int]
    """Counts through all languages of a finding."""
    translates: Mapped[int | None]
    """The version of the original that this is a translation of; none: it is the original."""
    said: Mapped[str] = mapped_column(Text)
    did: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    """What changed, or why nothing is done."""
    is_checked: Mapped[bool] = mapped_column(Boolean)
    """Somebody who reads the language wrote or checked it."""
    written_by: Mapped[str] = mapped_column(String(80))
    written_at: Mapped[datetime] = mapped_column(default=utcnow)


class FindingChange(Base):
    """One entry of a finding's history."""

    __tablename__ = "finding_change"

    finding_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("finding.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(default=utcnow)
    by: Mapped[str] = mapped_column(String(80))
    act: Mapped[FindingAct] = mapped_column(Word(FindingAct))
    facts: Mapped[dict[str, Any]] = mapped_column(Stored)
    """By fact what it was and what it became, as text: {"due_on": ["2026-06-01", "2026-09-01"]}."""
    words_version: Mapped[int | None]
    """The version of the words that was written."""
    reason: Mapped[str] = mapped_column(Text)
    """Why it was taken back."""
