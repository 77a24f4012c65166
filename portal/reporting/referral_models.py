"""A referral as it is stored: how far it is, in days; to whom, what and why is sealed."""

from __future__ import annotations

import enum
import uuid
from datetime import date

from sqlalchemy import Boolean, ColumnElement, ForeignKey, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base, Word


class ReferralState(enum.StrEnum):
    """DECLINED, ENDED, TAKEN_BACK and CLOSED are ends: from then on the agency opens nothing of it."""

    SENT = "sent"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    DECLINED = "declined"
    ENDED = "ended"
    TAKEN_BACK = "taken_back"
    CLOSED = "closed"
    """Ended by the officer who closed the report."""


OPEN_REFERRALS = (ReferralState.SENT, ReferralState.ACCEPTED, ReferralState.ANSWERED)


class ReferralWay(enum.StrEnum):
    """How it went to the agency."""

    PORTAL = "portal"
    SHEET = "sheet"
    TELEPHONE = "telephone"
    THEIR_FORM = "their_form"


class ReferralPart(enum.StrEnum):
    """What of a report may go to an agency, as its reporter reads it."""

    FACTS = "facts"
    WORDS = "words"
    FILES = "files"
    CONTACT = "contact"


class Referral(Base):
    """What of a report went to one agency. The referral's own key (its id's content) opens `sealed`, `contact`, `came_back`."""

    __tablename__ = "referral"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), index=True)
    notice_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    """The content by which an agency knows that it once had this, also after its access has ended."""
    state: Mapped[ReferralState] = mapped_column(Word(ReferralState), index=True)
    made_on: Mapped[date]
    answer_due_on: Mapped[date]
    """The last working day on which the agency says in time whether it takes it."""
    answered_on: Mapped[date | None]
    """The day on which it took it, or said no."""
    ended_on: Mapped[date | None]
    is_news: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether something came that no officer has looked at."""
    sealed: Mapped[bytes]
    """What was sent."""
    contact: Mapped[bytes | None]
    """How to reach the reporter, empty under the seal where that was not sent; None once they took it out."""
    came_back: Mapped[bytes]
    notice: Mapped[bytes]
    own: Mapped[bytes]
    """For officers only, under the report's key: on which consent, or for which reason of law."""
    told_key: Mapped[bytes]
    """The key of `told`, under the conversation's; the agency's is in what was sent."""
    told: Mapped[bytes]
    """For the reporter: to whom, which parts, and whether it hangs on their consent."""


def is_late(day: date) -> ColumnElement[bool]:
    """Whether its agency should have said by this day if it takes it."""
    return and_(Referral.state == ReferralState.SENT, Referral.answer_due_on < day)


def is_waiting(day: date) -> ColumnElement[bool]:
    """Whether an officer should look at it: it is late, or something came of which nobody knows yet."""
    return or_(Referral.is_news, is_late(day))
