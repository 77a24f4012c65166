"""A report as it is stored: the few facts that lie in the clear, the sealed parts, the sealed messages."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base, Word, random_id


class Kind(enum.StrEnum):
    """REQUEST asks for another format or an interpreter: it tells of no incident and is counted with none."""

    HATE = "hate"
    ASB = "asb"
    NOT_SURE = "not_sure"
    REQUEST = "request"


INCIDENTS = (Kind.HATE, Kind.ASB, Kind.NOT_SURE)


class State(enum.StrEnum):
    """HELD may come from a program, or from one visitor who writes much: a person looks first, its clocks run all the same.

    WITHDRAWN was taken back by its reporter, for good: no work and no contact, but it is still there to be read.
    """

    HELD = "held"
    NEW = "new"
    LOOKED_AT = "looked_at"
    REFERRED = "referred"
    ACTION = "action"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Refusal(enum.StrEnum):
    """Why an officer may keep a report that its reporter wants deleted; there is no other reason."""

    LEGAL_HOLD = "legal_hold"
    REFERRED = "referred"
    AT_RISK = "at_risk"


class RiskBand(enum.StrEnum):
    """Judged by an officer; never computed into the row."""

    STANDARD = "standard"
    MEDIUM = "medium"
    HIGH = "high"


class Source(enum.StrEnum):
    """How it came: written by its reporter; told to an officer; or told to a reporting centre, named under the seal."""

    WEB = "web"
    PHONE = "phone"
    IN_PERSON = "in_person"
    CENTRE = "centre"


class Part(enum.StrEnum):
    """What is sealed apart, so that a queue opens summaries only."""

    SUMMARY = "summary"
    NARRATIVE = "narrative"
    DETAILS = "details"
    JUDGEMENT = "judgement"
    SERIES = "series"
    """Under the conversation's key: whoever comes back with the receipt adds to it."""
    PARTNERS = "partners"
    """Under the conversation's key too."""
    OUTCOME = "outcome"
    """How it ended, as its reporter reads it: under the conversation's key."""
    DECISIONS = "decisions"
    """Who closed it, sent a closing back or opened it again, and why."""
    LINKS = "links"
    """Which other reports it belongs with, under the report's key: see portal/reporting/links.py."""


class Author(enum.StrEnum):
    REPORTER = "reporter"
    OFFICER = "officer"


class Promise(enum.StrEnum):
    """What the partnership promises whoever reports, each with its working days in the partnership file."""

    READ = "read"
    """An officer reads it and decides who can help."""
    TELL = "tell"
    """We tell the reporter what we are doing."""
    WRITE_AGAIN = "write_again"
    """Then we write again, even if there is nothing new."""
    ANSWER = "answer"
    """A message is answered."""
    FORMATS = "formats"
    """Another format or an interpreter that was asked for is there, or its day is told."""
    ACKNOWLEDGE = "acknowledge"
    """Of an immediate risk: an officer has said that they have seen it and will act."""


class HandOverState(enum.StrEnum):
    """SENT was taken by the desk's system. GIVEN_UP waits for an officer. STOPPED will not go any more, or needs not."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"
    STOPPED = "stopped"


class HandOverProblem(enum.StrEnum):
    """Why a hand-over has not gone."""

    NOT_REACHED = "not_reached"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    NOT_SET_UP = "not_set_up"
    UNREADABLE = "unreadable"
    HELD_BACK = "held_back"


class Report(Base):
    """All that a stolen database tells of a report. The day it came, never the hour."""

    __tablename__ = "report"
    # As a search goes through them: see portal/reporting/newest_first.py.
    __table_args__ = (Index("ix_report_newest", text("received_on DESC"), "id"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    reference: Mapped[str] = mapped_column(String(12), index=True, unique=True)
    """Random, for staff: see portal/reporting/references.py. The reporter's receipt is another thing."""
    kind: Mapped[Kind] = mapped_column(Word(Kind))
    place_geography: Mapped[str] = mapped_column(String(40))
    place_version: Mapped[str] = mapped_column(String(40))
    place_code: Mapped[str | None] = mapped_column(String(40))
    received_on: Mapped[date]
    state: Mapped[State] = mapped_column(Word(State), index=True)
    risk_band: Mapped[RiskBand | None] = mapped_column(Word(RiskBand))
    immediate_risk: Mapped[bool] = mapped_column(Boolean)
    assignee_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_member.id"))
    due_on: Mapped[date]
    language: Mapped[str] = mapped_column(String(12))
    source: Mapped[Source] = mapped_column(Word(Source))
    told_if_it_helped: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether they were asked once; the answers are counted and not kept."""
    closed_on: Mapped[date | None]
    """None while it is open, and of those that were closed before the day was kept."""

    submission_token: Mapped[uuid.UUID] = mapped_column(unique=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    receipt_lookup: Mapped[bytes] = mapped_column(unique=True)
    conversation_key: Mapped[bytes]
    """The conversation's key, under the receipt's."""


class Clock(Base):
    """One promise about one report: days only. Met late is missed; a paused one waits for the reporter.

    Of one promise a report may have had several clocks, one after the other: at most one of them is running.
    """

    __tablename__ = "clock"
    # What is owed is read of all reports at once for each list: from the index alone, however many promises are over.
    __table_args__ = (Index("ix_clock_owed", "met_on", "ended_on", "report_id", "paused_on", "due_on"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), index=True)
    promise: Mapped[Promise] = mapped_column(Word(Promise))
    started_on: Mapped[date]
    due_on: Mapped[date] = mapped_column(index=True)
    """The last working day on which it is met in time; a pause that has ended has moved it."""
    met_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    """The day from which nothing was owed any more although it was not met: taken back, deleted, closed."""
    paused_on: Mapped[date | None]
    days_paused: Mapped[int] = mapped_column(default=0)
    """Working days of the pauses that have ended."""


class ReportPart(Base):
    """One sealed part of a report."""

    __tablename__ = "report_part"
    __table_args__ = (UniqueConstraint("report_id", "part"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    part: Mapped[Part] = mapped_column(Word(Part))
    sealed: Mapped[bytes]


class ReportContact(Base):
    """How a reporter may be reached, sealed under a key of its own. In the clear lies only that there is one."""

    __tablename__ = "report_contact"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), unique=True)
    sealed: Mapped[bytes]
    delete_on: Mapped[date | None]


class Nudge(Base):
    """Where to mail that there is something new, sealed for the worker alone.

    In the clear lies that there is an address, for as long as a mail waits when it is due, the day of the last one, and
    how many went since the reporter last looked.
    """

    __tablename__ = "nudge"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), unique=True)
    sealed: Mapped[bytes | None]
    """None once a mail server has refused the address for good: the reporter is told so. Empty, until the day ends, once
    it was taken out on a day on which it was mailed."""
    due_at: Mapped[datetime | None]
    sent_on: Mapped[date | None]
    sent_unread: Mapped[int] = mapped_column(default=0)
    refusals: Mapped[int] = mapped_column(default=0)
    """How often in a row a mail server said "not now"."""
    delete_on: Mapped[date | None]


class Message(Base):
    """One sealed message between the reporter and an officer; `position` counts within its report."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("report_id", "position"),
        Index("ix_message_report_id_author_seen", "report_id", "author", "seen"),
        UNORDERED,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    position: Mapped[int]
    author: Mapped[Author] = mapped_column(Word(Author))
    language: Mapped[str] = mapped_column(String(12))
    sent_on: Mapped[date]
    seen: Mapped[bool] = mapped_column(Boolean)
    """By the other side."""
    sealed: Mapped[bytes]


class Translation(Base):
    """What a person wrote of a message, or of a report's first words (no message), in another language.

    The original stays as it is; `position` counts within the report, for a later one may be better.
    """

    __tablename__ = "translation"
    __table_args__ = (UniqueConstraint("report_id", "position"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    message_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    position: Mapped[int]
    language: Mapped[str] = mapped_column(String(12))
    made_on: Mapped[date]
    sealed: Mapped[bytes]


class HandOver(Base):
    """What of a report goes to a desk's own system, because its reporter chose so.

    In the clear lies that there is one and how far it is: which desk, what is sent and what came back is sealed. `due_at`
    is on a timetable that all share, so it does not tell when the report came.
    """

    __tablename__ = "hand_over"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), index=True)
    state: Mapped[HandOverState] = mapped_column(Word(HandOverState))
    problem: Mapped[HandOverProblem | None] = mapped_column(Word(HandOverProblem))
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    locked_key: Mapped[bytes]
    """The hand-over's key, under the conversation's."""
    for_worker: Mapped[bytes | None]
    """The same key, with the reporter's own words where they go too: sealed for the worker, as long as it has to send this."""
    sealed: Mapped[bytes]


class DeletionRequest(Base):
    """A reporter wants their report deleted; the row goes with the report, or when they keep it after all."""

    __tablename__ = "deletion_request"
    __table_args__ = (UNORDERED,)

    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), primary_key=True)
    asked_on: Mapped[date]
    due_on: Mapped[date]
    refused_on: Mapped[date | None]
    refused_for: Mapped[Refusal | None] = mapped_column(Word(Refusal))
    refused_by: Mapped[str | None] = mapped_column(String(80))


class DeletedReport(Base):
    """A report that was deleted: its random id and the day. The same ids lie in a file, for older databases put back."""

    __tablename__ = "deleted_report"
    __table_args__ = (UNORDERED,)

    report_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    deleted_on: Mapped[date]
