"""The panel of a case review as it is stored: in the clear lie states, days and which account; every word is sealed."""

from __future__ import annotations

import enum
import uuid
from datetime import date

from sqlalchemy import Boolean, ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base, Word, random_id


class Standing(enum.StrEnum):
    """Whether somebody of the panel takes part in it."""

    SITS = "sits"
    STEPPED_ASIDE = "stepped_aside"
    """Named in the case, or near to whoever is: neither counted nor shown the papers."""


class Attendance(enum.StrEnum):
    """How the applicant takes part, as they chose it."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    SUPPORTER = "supporter"
    """Somebody they trust goes in their place."""
    IN_WRITING = "in_writing"
    NOT_AT_ALL = "not_at_all"


class Progress(enum.StrEnum):
    """How far a recommendation is."""

    OPEN = "open"
    DONE = "done"
    NOT_DONE = "not_done"


class Acceptance(enum.StrEnum):
    """What the body to which a recommendation is made said to it."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    IN_PART = "in_part"
    NOT_ACCEPTED = "not_accepted"


class Panel(Base):
    """The one panel of a case review."""

    __tablename__ = "case_review_panel"
    __table_args__ = (UNORDERED,)

    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("case_review.id", ondelete="CASCADE"), primary_key=True)
    meets_on: Mapped[date | None]
    invited_on: Mapped[date | None]
    """When the applicant was invited for the day that stands in `meets_on`."""
    answered_on: Mapped[date | None]
    """When they said how they take part."""
    held_on: Mapped[date | None]
    told_on: Mapped[date | None]
    """When they were told the outcome: the review is done."""
    sealed_meeting: Mapped[bytes | None]
    """Time and place, as the applicant reads them too."""
    sealed_answer: Mapped[bytes | None]
    """How the applicant takes part, with whom, and what they need."""
    sealed_reason: Mapped[bytes | None]
    """Why the applicant was not invited; the panel's own."""
    sealed_outcome: Mapped[bytes | None]
    sealed_summary: Mapped[bytes | None]
    """What the panel is told of the case, without names that it need not know; the panel's own."""


class PanelMember(Base):
    """Somebody of the panel: an account here, or somebody from outside."""

    __tablename__ = "case_review_panel_member"
    __table_args__ = (UniqueConstraint("review_id", "staff_id"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("case_review.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    standing: Mapped[Standing] = mapped_column(Word(Standing))
    is_chair: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    attended: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    sealed: Mapped[bytes]
    """Name, agency, role, and why they stepped aside."""
    wrapped_for: Mapped[uuid.UUID | None]
    """Whose key in the vault opens `sealed_keys`; none where they hold no papers."""
    sealed_keys: Mapped[bytes | None]
    """The keys of this panel's papers and of no other, for this person alone."""


class PanelWords(Base):
    """What the applicant wants the panel to know, as they wrote it or as staff took it down."""

    __tablename__ = "case_review_panel_words"
    __table_args__ = (UniqueConstraint("review_id", "position"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("case_review.id", ondelete="CASCADE"))
    position: Mapped[int]
    sealed: Mapped[bytes]


class Recommendation(Base):
    """One thing that the panel, or later the policing body, recommends to a body."""

    __tablename__ = "case_review_recommendation"
    __table_args__ = (UniqueConstraint("review_id", "position"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("case_review.id", ondelete="CASCADE"))
    position: Mapped[int]
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    """The account that answers for it; none where somebody outside does."""
    due_on: Mapped[date]
    progress: Mapped[Progress] = mapped_column(Word(Progress))
    settled_on: Mapped[date | None]
    """When it was said to be done, or not to be done."""
    acceptance: Mapped[Acceptance] = mapped_column(Word(Acceptance))
    is_from_second_look: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    sealed: Mapped[bytes]
    """What is recommended, to which body, and the reasons given: the applicant reads it."""
    sealed_owner: Mapped[bytes]
    """Who outside answers for it, and who did before."""


class Minutes(Base):
    """One version of the panel's minutes. Once agreed it is never written again."""

    __tablename__ = "case_review_minutes"
    __table_args__ = (UniqueConstraint("review_id", "version"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("case_review.id", ondelete="CASCADE"))
    version: Mapped[int]
    agreed_on: Mapped[date | None]
    sealed: Mapped[bytes]


class PolicingBodyLook(Base):
    """The second look at a review by the local policing body."""

    __tablename__ = "case_review_policing_body_look"
    __table_args__ = (UNORDERED,)

    review_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("case_review.id", ondelete="CASCADE"), primary_key=True)
    asked_on: Mapped[date]
    passed_on: Mapped[date | None]
    """When staff passed the request on."""
    answered_on: Mapped[date | None]
    sealed_request: Mapped[bytes]
    """Why the applicant asks."""
    sealed_answer: Mapped[bytes | None]


# What goes with a review that is emptied.
OF_THE_PANEL = (Panel, PanelMember, PanelWords, Recommendation, Minutes, PolicingBodyLook)
