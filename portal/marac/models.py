"""Tables of the MARAC: cases, meetings with their tables and agendas, what agencies know, minutes, actions, and figures."""

from __future__ import annotations

import enum
import uuid
from datetime import date

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base, Stored, Word, random_id


class CaseState(enum.StrEnum):
    WAITING = "waiting"
    """Referred, or to be looked at again; on no agenda."""
    ON_AGENDA = "on_agenda"
    HEARD = "heard"
    LEFT_OUT = "left_out"
    """The coordinator did not take it, and said why."""


class ActionState(enum.StrEnum):
    OPEN = "open"
    DONE = "done"
    NOT_DONE = "not_done"


class ChangeReason(enum.StrEnum):
    """Why a meeting is on another day, or not at all. Chosen and never typed: it lies in the clear, for the table to read."""

    CHAIR = "chair"
    TOO_FEW = "too_few"
    URGENT = "urgent"
    NO_CASES = "no_cases"
    OTHER_MEETING = "other_meeting"
    NO_ROOM = "no_room"
    WRONG_DAY = "wrong_day"


class MaracCase(Base):
    """A matter that was referred. Its words open for the coordinators, and for whoever is at a meeting that hears it."""

    __tablename__ = "marac_case"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    report_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("report.id", ondelete="SET NULL"), index=True)
    """None of a matter without a report, or whose report has ended."""
    state: Mapped[CaseState] = mapped_column(Word(CaseState), default=CaseState.WAITING)
    referred_on: Mapped[date]
    is_repeat: Mapped[bool]
    risk_before: Mapped[str] = mapped_column(String(40))
    review_on: Mapped[date | None]
    """The first meeting on or after this day hears it again."""
    sealed: Mapped[bytes]


class MaracMeeting(Base):
    """A meeting. Until its minutes are agreed it has a key of its own: see `portal.vault.meetings`."""

    __tablename__ = "marac_meeting"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    held_on: Mapped[date]
    begins: Mapped[str] = mapped_column(String(5))
    """As a clock shows it, 14:30."""
    chair_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id"))
    deputy_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    """Who agrees the minutes where the chair was not there."""
    coordinator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id"))
    agreed_on: Mapped[date | None]
    agreed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    cancelled_on: Mapped[date | None]

    @property
    def is_over(self) -> bool:
        """Its minutes are agreed, or it was cancelled: its key is deleted, and nothing of it is changed any more."""
        return self.agreed_on is not None or self.cancelled_on is not None


class MaracMeetingChange(Base):
    """That a meeting was moved to another day or, as the last change of a cancelled one, called off."""

    __tablename__ = "marac_meeting_change"

    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marac_meeting.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    was_on: Mapped[date]
    was_at: Mapped[str] = mapped_column(String(5))
    reason: Mapped[ChangeReason] = mapped_column(Word(ChangeReason))
    changed_on: Mapped[date]
    changed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id"))


class MaracQuarter(Base):
    """What may be told of a quarter, as it was counted once the quarter was over: small counts are not in it."""

    __tablename__ = "marac_quarter"

    first: Mapped[date] = mapped_column(primary_key=True)
    frozen_on: Mapped[date]
    told: Mapped[dict[str, list[int]]] = mapped_column(Stored)
    """By figure: the number that may be told, and 1 where that is all of it, 0 where it is so many or more."""


class MaracMember(Base):
    """Someone at the table of one meeting, for an agency; empty is the partnership itself."""

    __tablename__ = "marac_member"

    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marac_meeting.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id"), primary_key=True)
    agency: Mapped[str] = mapped_column(String(40))
    was_there: Mapped[bool]


class MaracItem(Base):
    """A case on the agenda of a meeting."""

    __tablename__ = "marac_item"
    __table_args__ = (UniqueConstraint("meeting_id", "case_id"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marac_meeting.id", ondelete="CASCADE"))
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marac_case.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    minutes: Mapped[int]
    """How long it is talked about."""
    is_heard: Mapped[bool]
    risk_before: Mapped[str] = mapped_column(String(40))
    risk_after: Mapped[str] = mapped_column(String(40))
    review_on: Mapped[date | None]


class MaracKnowledge(Base):
    """What one agency knows of a case, as it said for one meeting."""

    __tablename__ = "marac_knowledge"
    __table_args__ = (UniqueConstraint("item_id", "agency"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marac_item.id", ondelete="CASCADE"))
    agency: Mapped[str] = mapped_column(String(40))
    written_on: Mapped[date]
    sealed: Mapped[bytes]


class MaracMinutes(Base):
    """What was said of a case, in one version; those before the newest stay."""

    __tablename__ = "marac_minutes"
    __table_args__ = (UniqueConstraint("item_id", "number"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marac_item.id", ondelete="CASCADE"))
    number: Mapped[int]
    written_on: Mapped[date]
    sealed: Mapped[bytes]


class MaracAction(Base):
    """What somebody does about a case, and by when."""

    __tablename__ = "marac_action"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marac_item.id", ondelete="CASCADE"), index=True)
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id"), index=True)
    due_on: Mapped[date]
    state: Mapped[ActionState] = mapped_column(Word(ActionState), default=ActionState.OPEN)
    settled_on: Mapped[date | None]
    sealed: Mapped[bytes]
    for_owner: Mapped[bytes]
    """The action's key, wrapped for its owner alone: they read what they have to do after the meeting's key is gone."""
