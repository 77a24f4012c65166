"""Who works here, and the sessions in which they do."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import UNORDERED, Base, Word, random_id, utcnow


class Role(enum.StrEnum):
    """What someone's work is; one person may have several. What they can open is decided by the vault, not by this."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    """Takes the second look at what officers close; holds their teams' keys."""
    REPORTING_CENTRE = "reporting_centre"
    SURVEY_MANAGER = "survey_manager"
    ANALYST = "analyst"
    CALENDAR_EDITOR = "calendar_editor"
    PARTNER_AGENCY = "partner_agency"
    """Of one partner agency: sees what was referred to it, the MARAC meetings at whose table it sits, and nothing else. Nobody has it beside another."""
    ADMINISTRATOR = "administrator"
    """Accounts and who may do what; never what residents wrote."""
    AUDITOR = "auditor"
    """Reads the log of what others did, and nothing else. Nobody has it beside another."""

    @property
    def stands_alone(self) -> bool:
        """Whether whoever has it may have no other."""
        return self in (Role.PARTNER_AGENCY, Role.AUDITOR)


class StaffMember(Base):
    """A person who may sign in. What they may read is decided by the vault, through `member_id`."""

    __tablename__ = "staff_member"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    display_name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(200))
    totp_secret: Mapped[bytes]
    """Locked under the installation's pepper, for this row."""
    totp_step: Mapped[int] = mapped_column(default=0)
    """The newest 30-second step whose code was used: no code is used twice."""
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("member.id"))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    signed_in_on: Mapped[date | None]
    """The day of their last sign-in; never the hour."""

    roles: Mapped[list[StaffRole]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    def has_role(self, *roles: Role) -> bool:
        """Whether it has any of these."""
        return any(held.role in roles for held in self.roles)


class StaffRole(Base):
    """One thing that a person may work on."""

    __tablename__ = "staff_role"

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[Role] = mapped_column(Word(Role), primary_key=True)


class StaffSession(Base):
    """One sign-in. The opened vault key lies in it, under a key that only the cookie gives."""

    __tablename__ = "staff_session"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), index=True)
    locked_key: Mapped[bytes | None]
    """Nothing inside while the vault key is put away; it opens for the session's newest token only."""
    ends_at: Mapped[datetime]
    began_at: Mapped[datetime | None]
    """To the hour: enough to know one's own session from a stranger's."""


class StaffInvitation(Base):
    """A link with which someone chooses how they sign in: their first time, or after a lost phone. One at most for each."""

    __tablename__ = "staff_invitation"

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """Stands in for the authenticator once. The code itself is stored nowhere."""

    __tablename__ = "staff_recovery_code"

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), index=True)


class TeamWait(Base):
    """Someone is to join a team: they wait until one of its members hands them the key."""

    __tablename__ = "staff_team_wait"

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True)
    team: Mapped[str] = mapped_column(String(40), primary_key=True)
