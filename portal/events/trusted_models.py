"""Groups that editors trust, as they are stored: why, by whom, until when, and what finds one by its number."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, random_id, today


class TrustedGroup(Base):
    """A group whose events are let through. Its number is stored nowhere; `lookup` finds the group by it."""

    __tablename__ = "trusted_group"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    lookup: Mapped[bytes] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(400))
    """Why it is trusted, as the editor wrote it who gave the trust or renewed it last."""
    given_by: Mapped[str] = mapped_column(String(80))
    given_on: Mapped[date] = mapped_column(default=today)
    until: Mapped[date]
    """The last day on which its number lets anything through."""
    number_on: Mapped[date] = mapped_column(default=today)
    """When it was given the number that it has now."""
    ended_on: Mapped[date | None]
    """When the trust was taken back before its last day."""
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def is_trusted(self) -> bool:
        return self.ended_on is None and self.until >= today()
