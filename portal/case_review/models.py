"""A case review as it is stored: state and days lie in the clear; who asks, about what and why it was decided are sealed."""

from __future__ import annotations

import enum
import uuid
from datetime import date

from sqlalchemy import Boolean, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base, Word, random_id


class ReviewState(enum.StrEnum):
    """How far an application is; the last three end it."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    THRESHOLD_NOT_MET = "threshold_not_met"
    """Refused, and open to an appeal."""
    ACCEPTED = "accepted"
    REVIEWED = "reviewed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class ReviewPart(enum.StrEnum):
    """What is sealed apart."""

    APPLICATION = "application"
    """What happened, each complaint with its days, what was agreed to: under the review's key."""
    CONTACT = "contact"
    """The names, and how it is safe to reach them: under the review's key."""
    LINKS = "links"
    """Which reports are the applicant's own, as their receipts showed: under the review's key."""
    ASSESSMENT = "assessment"
    """How persistence, harm and the response were judged, and by whom: under the review's key."""
    DECISION = "decision"
    """As the applicant reads it, under the conversation's key; as are the next two."""
    APPEAL = "appeal"
    APPEAL_DECISION = "appeal_decision"


class CaseReview(Base):
    """One application for a case review, and what became of it. The day it came, never the hour."""

    __tablename__ = "case_review"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    """Random, for staff and for whoever speaks with them."""
    state: Mapped[ReviewState] = mapped_column(Word(ReviewState), index=True)
    received_on: Mapped[date]
    rules_version: Mapped[str] = mapped_column(String(40))
    """The rule of the day on which it came: a later one does not judge it."""
    acknowledge_by: Mapped[date]
    acknowledged_on: Mapped[date | None]
    decide_by: Mapped[date]
    decided_on: Mapped[date | None]
    """When the threshold was first decided."""
    is_met: Mapped[bool | None]
    """As it was decided last, be it on appeal."""
    ways: Mapped[str] = mapped_column(String(80), default="", server_default="")
    """By what it was met, as codes with commas."""
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    """Whoever refused it does not decide on the appeal."""
    appealed_on: Mapped[date | None]
    appeal_decided_on: Mapped[date | None]
    has_recommendations: Mapped[bool | None]
    ended_on: Mapped[date | None]
    """From when it is kept for so many months more."""
    keep_until: Mapped[date | None]
    """Under a legal hold until somebody ends it; the day on which they look at it again."""
    kept_since: Mapped[date | None]
    """From when it is under that hold."""
    kept_by: Mapped[str] = mapped_column(String(80), default="", server_default="")
    """Who placed the hold, or looked at it last."""
    is_held: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """It came as one of many from one place: a person looks first; its clocks run all the same."""
    language: Mapped[str] = mapped_column(String(12))

    submission_token: Mapped[uuid.UUID] = mapped_column(unique=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    receipt_lookup: Mapped[bytes] = mapped_column(unique=True)
    conversation_key: Mapped[bytes]
    """The conversation's key, under the receipt's."""


class SealedReviewPart(Base):
    """One sealed part of an application."""

    __tablename__ = "case_review_part"
    __table_args__ = (UniqueConstraint("review_id", "part"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("case_review.id", ondelete="CASCADE"))
    part: Mapped[ReviewPart] = mapped_column(Word(ReviewPart))
    sealed: Mapped[bytes]


class ReviewMessage(Base):
    """One sealed message between the applicant and staff; `position` counts within its review."""

    __tablename__ = "case_review_message"
    __table_args__ = (UniqueConstraint("review_id", "position"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("case_review.id", ondelete="CASCADE"))
    position: Mapped[int]
    is_from_applicant: Mapped[bool]
    is_seen: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """By the other side."""
    sent_on: Mapped[date]
    sealed: Mapped[bytes]


class UsedReceipt(Base):
    """That a report's receipt was shown for an application. Only whoever holds the receipt can find its mark."""

    __tablename__ = "case_review_used_receipt"
    __table_args__ = (UNORDERED,)

    mark: Mapped[bytes] = mapped_column(primary_key=True)
    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("case_review.id", ondelete="CASCADE"), index=True)
