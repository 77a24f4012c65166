"""A closing that waits for a second look, as it is stored."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base


class SecondLook(Base):
    """A closing that waits until a second person has agreed: in the clear lies only that one waits."""

    __tablename__ = "second_look"
    __table_args__ = (UNORDERED,)

    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes]
