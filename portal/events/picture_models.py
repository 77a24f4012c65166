"""The picture of an event, as it is stored: in the database, so that it is saved with the event and gone with it."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Stored, random_id


class EventPicture(Base):
    """One picture, made anew from what was sent, and in words what is on it."""

    __tablename__ = "event_picture"

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(default=random_id)
    """In its address: one that takes its place has another, so no cache shows the old one."""
    width: Mapped[int]
    height: Mapped[int]
    said: Mapped[dict[str, str]] = mapped_column(Stored)
    """What is on it, by language, for whoever does not see it."""
    added_by: Mapped[str] = mapped_column(String(80))
    jpeg: Mapped[bytes] = mapped_column(deferred=True)
