"""Events that groups propose, as they are stored: sealed, because nobody has said yet that they become public."""

from __future__ import annotations

import enum
import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base, Word, random_id, today


class ProposalState(enum.StrEnum):
    """One that became an event is that event's: what then waits is a change to it."""

    WAITING = "waiting"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CALLED_OFF = "called_off"
    """The group says that an event which was accepted does not take place; an editor has yet to cancel it."""
    WITHDRAWN = "withdrawn"


class Proposal(Base):
    """What one group wants in the calendar. Only its code leads the group back to it."""

    __tablename__ = "event_proposal"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    lookup: Mapped[bytes] = mapped_column(unique=True)
    state: Mapped[ProposalState] = mapped_column(Word(ProposalState))
    waits_for_editor: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    """The group did something that no editor has answered."""
    is_held: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """It came as one of many from one place: it stands apart until an editor looks."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    """Raised by whatever either side does; whoever decides names the one that their page showed."""
    event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event.id", ondelete="SET NULL"))
    sealed: Mapped[bytes]
    sealed_before: Mapped[bytes | None]
    """As it was when an editor last answered: what differs is what the group changed since."""
    sealed_declined: Mapped[bytes | None]
    """A change that an editor declined, for its group to mend; gone with the next one."""
    group_id: Mapped[uuid.UUID | None]
    """The trusted group whose number it was sent with; that group may be gone by now."""
    is_let_through: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """It became public before an editor looked, and none has looked yet."""
    sent_on: Mapped[date] = mapped_column(default=today)
    changed_on: Mapped[date] = mapped_column(default=today, index=True)


class ProposalMessage(Base):
    """What one side wrote to the other, in order."""

    __tablename__ = "event_proposal_message"
    __table_args__ = (UniqueConstraint("proposal_id", "position"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event_proposal.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    is_from_group: Mapped[bool]
    sealed: Mapped[bytes]
    sent_on: Mapped[date] = mapped_column(default=today)


class ProposalPicture(Base):
    """The picture that a group would like beside its event, until an editor accepts it."""

    __tablename__ = "event_proposal_picture"
    __table_args__ = (UNORDERED,)

    proposal_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("event_proposal.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[uuid.UUID] = mapped_column(default=random_id)
    """Of this picture: one that takes its place is another."""
    sealed: Mapped[bytes]
