"""What officers keep with a report for themselves: its record of notes and decisions, and what is still to be done."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base, random_id


class CaseNote(Base):
    """One entry of a report's record, sealed under the report's key: the receipt opens none.

    Whether it is a note, a hand-over, a state or a judgement is sealed too; in the clear lies how many there are.
    """

    __tablename__ = "case_note"
    __table_args__ = (UniqueConstraint("report_id", "position"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    position: Mapped[int]
    sealed: Mapped[bytes]


class CaseTask(Base):
    """One thing to do about a report. In the clear lies who is to do it, by when, and when it was done."""

    __tablename__ = "case_task"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), index=True)
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id"), index=True)
    due_on: Mapped[date]
    done_on: Mapped[date | None]
    sealed: Mapped[bytes]


class EarlierOwner(Base):
    """An account whose case a report was before; neither when nor in which order."""

    __tablename__ = "earlier_owner"
    __table_args__ = (UNORDERED,)

    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id"), primary_key=True)
