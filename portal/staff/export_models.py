"""Large exports, which the worker makes: what was asked for, how far it is, and for whom it is sealed."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base, Stored, Word, random_id, utcnow


class ExportState(enum.StrEnum):
    WAITING = "waiting"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


class ExportJob(Base):
    """One file. It lies under PORTAL_DATA/exports by its id, on PostgreSQL as rows, sealed to who asked for it, until `ends_at`."""

    __tablename__ = "export_job"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), index=True)
    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"), index=True)
    chosen: Mapped[dict[str, Any]] = mapped_column(Stored)
    """What is to be in it, as export_making.Order has it."""
    state: Mapped[ExportState] = mapped_column(Word(ExportState), default=ExportState.WAITING)
    percent: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)
    sealed_key: Mapped[bytes | None]
    """The file's key, wrapped for the member who asked."""
    asked_at: Mapped[datetime] = mapped_column(default=utcnow)
    begun_at: Mapped[datetime | None]
    ends_at: Mapped[datetime]


class ExportChunk(Base):
    """One sealed piece of a file that is ready: see portal/files/rows.py."""

    __tablename__ = "export_chunk"
    __table_args__ = (UNORDERED,)

    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("export_job.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes]
