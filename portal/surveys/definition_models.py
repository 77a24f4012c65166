"""What survey managers keep of a survey beside its versions: definitions they uploaded, languages that were read, the archive."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Stored, random_id, today, utcnow


class SurveyDraft(Base):
    """A definition as it was uploaded, without mistakes at the time. A newer one of its survey does not replace its row."""

    __tablename__ = "survey_draft"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    survey_code: Mapped[str] = mapped_column(String(40), index=True)
    text: Mapped[str] = mapped_column(Text)
    """TOML, as it was uploaded but for a byte order mark."""
    uploaded_by: Mapped[str] = mapped_column(String(80))
    uploaded_at: Mapped[datetime] = mapped_column(default=utcnow)
    version_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("survey_version.id"))
    """What was published of it, once it was; then it is no draft any more, but where the version came from."""


class LanguageCheck(Base):
    """Someone who reads a language has read a survey's words in it."""

    __tablename__ = "language_check"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    survey_code: Mapped[str] = mapped_column(String(40), index=True)
    language: Mapped[str] = mapped_column(String(12))
    checked_by: Mapped[str] = mapped_column(String(80))
    """The person who read it, who need not work here."""
    checked_on: Mapped[date] = mapped_column(default=today)
    noted_by: Mapped[str] = mapped_column(String(80))
    noted_at: Mapped[datetime] = mapped_column(default=utcnow)
    sentences: Mapped[list[str]] = mapped_column(Stored)
    """A hash of each sentence that was read, with its English: a changed sentence is not among them."""


class ArchivedSurvey(Base):
    """A survey that is over and has left the lists."""

    __tablename__ = "archived_survey"

    survey_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    archived_by: Mapped[str] = mapped_column(String(80))
    archived_at: Mapped[datetime] = mapped_column(default=utcnow)
