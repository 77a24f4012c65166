"""Surveys as they are stored: a published version never changes, an answer belongs to a wave, long words are sealed apart."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base, Stored, Word, random_id, today, utcnow


class SampleType(enum.StrEnum):
    """How people come to answer: only INVITED is a random sample."""

    OPEN_LINK = "open_link"
    INVITED = "invited"
    ASSISTED = "assisted"


class Mode(enum.StrEnum):
    """How somebody's answers came in."""

    WEB = "web"
    KIOSK = "kiosk"
    OFFLINE = "offline"
    PAPER = "paper"


class WaveState(enum.StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Audience(enum.StrEnum):
    """Who gets the cards of one batch of invitations."""

    STREET = "street"
    GROUP = "group"
    LIST = "list"


class Phase(enum.StrEnum):
    """Where a wave is on a day. One that is over takes no answers, and stays so until a person closes it.

    CLOSING: a person has, nobody can answer any more, and the answers are being packed.
    """

    BEFORE = "before"
    RUNNING = "running"
    OVER = "over"
    CLOSING = "closing"
    CLOSED = "closed"


class Survey(Base):
    """A series of waves that ask the same things."""

    __tablename__ = "survey"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class SurveyVersion(Base):
    """The whole instrument, frozen: the words in every language, the options, the routing, the indicators, the places."""

    __tablename__ = "survey_version"
    __table_args__ = (
        UniqueConstraint("survey_id", "number"),
        UniqueConstraint("survey_id", "hash", name="uq_survey_version_hash"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    survey_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("survey.id"))
    number: Mapped[int]
    document: Mapped[str] = mapped_column(Text)
    """JSON, to the byte what `hash` (SHA-256) was made of."""
    hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime] = mapped_column(default=utcnow)
    published_by: Mapped[str] = mapped_column(String(80))
    safeguarding_lead: Mapped[str] = mapped_column(String(80), default="")
    """Who agreed to it, where children may answer; else empty."""
    partial: Mapped[list[str]] = mapped_column(Stored, default=list)
    """The languages with gaps that the publisher agreed to; English stands in their place."""


class Wave(Base):
    """A period of fieldwork. People begin to answer from `opens_on` to `closes_on`, both included, while it is open."""

    __tablename__ = "wave"
    __table_args__ = (UniqueConstraint("survey_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    survey_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("survey.id"))
    number: Mapped[int]
    state: Mapped[WaveState] = mapped_column(Word(WaveState), index=True)
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    sample_type: Mapped[SampleType] = mapped_column(Word(SampleType))
    population: Mapped[str] = mapped_column(String(40))
    """Code of the partnership's population that the answers are weighted to; empty: not weighted."""
    languages: Mapped[list[str]] = mapped_column(Stored)
    recipe: Mapped[dict[str, Any]] = mapped_column(Stored)
    """How the answers are weighted, with the population's figures as they were when the wave was opened."""
    targets: Mapped[dict[str, dict[str, int]]] = mapped_column(Stored, default=dict)
    """How many answers are wanted, by what they are counted by and by its answers; targets.py says how."""
    closed_at: Mapped[datetime | None]
    """When the last of its answers was packed: nothing is made of them before."""
    answered: Mapped[int | None]
    """How many answered; counted when it is closed."""
    words_ended_on: Mapped[date | None]
    """What people wrote was deleted by the schedule."""
    answers_ended_on: Mapped[date | None]
    """What people ticked was deleted by the schedule; how many answered stays, and every release."""
    tablet_parts_left_out: Mapped[int] = mapped_column(default=0)
    """Answers to single questions that tablets without a line sent and no page takes: the rest of each response counts."""

    @property
    def is_packed(self) -> bool:
        """Whether its answers can be read for good."""
        return self.closed_at is not None

    @property
    def is_closing(self) -> bool:
        return self.state is WaveState.CLOSED and not self.is_packed

    @property
    def phase(self) -> Phase:
        """Today's."""
        if self.state is WaveState.CLOSED:
            return Phase.CLOSING if self.is_closing else Phase.CLOSED
        if today() < self.opens_on:
            return Phase.BEFORE
        return Phase.OVER if today() > self.closes_on else Phase.RUNNING


class WaveVersion(Base):
    """A version that a wave asks; whoever began with an earlier one ends with it."""

    __tablename__ = "wave_version"

    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("survey_version.id"), primary_key=True)
    position: Mapped[int]


class SurveyResponse(Base):
    """What one person ticked. Not when, not from where, and not what they wrote."""

    __tablename__ = "survey_response"
    # As a closed wave is packed, a batch behind the other: see portal/surveys/packing.py.
    __table_args__ = (Index("ix_survey_response_wave_id_id", "wave_id", "id"), UNORDERED)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """Drawn when the answering began, so that sending twice stores once."""
    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id"))
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("survey_version.id"))
    language: Mapped[str] = mapped_column(String(12))
    flagged: Mapped[bool] = mapped_column(Boolean)
    """It came with many others from one visitor in one hour: a library, or one person over and over."""
    mode: Mapped[Mode] = mapped_column(Word(Mode), default=Mode.WEB)
    signals: Mapped[list[str]] = mapped_column(Stored, default=list)
    """What about it could be no person's own answers: `signals.STORED`."""
    answers: Mapped[dict[str, Any]] = mapped_column(Stored)


class WrittenAnswer(Base):
    """Words that someone wrote in a survey, sealed to the survey team. Nothing leads from them to what was ticked."""

    __tablename__ = "written_answer"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id"), index=True)
    question: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(12))
    sealed: Mapped[bytes]


class AnswerColumn(Base):
    """All answers of a closed wave to one question, packed; the n-th of every column are one person's."""

    __tablename__ = "answer_column"

    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    question: Mapped[str] = mapped_column(String(60), primary_key=True)
    packed: Mapped[bytes]


class WavePacking(Base):
    """How far the answers of a wave that was closed are packed; gone when all are."""

    __tablename__ = "wave_packing"

    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"), primary_key=True)
    done: Mapped[int] = mapped_column(default=0)
    last: Mapped[uuid.UUID | None]
    """The response up to which they are, in the order of the random ids."""


class PackedPart(Base):
    """A batch of one column of a wave that is being packed: joined to its `AnswerColumn` with the last one, and gone then."""

    __tablename__ = "packed_part"

    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"), primary_key=True)
    after: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """How many responses were packed before it, in the order of the random ids."""
    question: Mapped[str] = mapped_column(String(60), primary_key=True)
    packed: Mapped[bytes]


class SavedAnswers(Base):
    """What someone answered and has not sent, sealed under their code. Nothing in the clear says which survey it is of."""

    __tablename__ = "saved_answers"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """Derived from the code."""
    sealed: Mapped[bytes]
    last_day: Mapped[date] = mapped_column(index=True)
    """The last on which the code opens it."""


class InvitationBatch(Base):
    """Cards that were made together for those who are invited to a wave: for one street, group or list."""

    __tablename__ = "invitation_batch"
    __table_args__ = (UniqueConstraint("wave_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id"))
    number: Mapped[int]
    audience: Mapped[Audience] = mapped_column(Word(Audience))
    place: Mapped[str] = mapped_column(String(40))
    """Code of a place of the partnership; empty: the whole area."""
    made: Mapped[int]
    is_withdrawn: Mapped[bool] = mapped_column(Boolean, default=False)


class InvitationCode(Base):
    """The code of one card, as a keyed hash: whether it was used, and not when."""

    __tablename__ = "invitation_code"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """The hash."""
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invitation_batch.id"))
    is_used: Mapped[bool] = mapped_column(Boolean, default=False)


class InvitationCount(Base):
    """How many of a batch's cards were used, and how many of their answers were sent."""

    __tablename__ = "invitation_count"
    __table_args__ = (UNORDERED,)

    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invitation_batch.id"), primary_key=True)
    used: Mapped[int]
    sent: Mapped[int]


class OccasionCount(Base):
    """How many answers of a wave came by the code of one occasion. Nothing says which."""

    __tablename__ = "occasion_count"
    __table_args__ = (UNORDERED,)

    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"), primary_key=True)
    occasion: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    sent: Mapped[int]


class Counted(enum.StrEnum):
    """What is counted of how a survey is answered. LEFT is by page, MINUTES by how long it took whoever sent."""

    BEGUN = "begun"
    LEFT = "left"
    SENT = "sent"
    MINUTES = "minutes"


class WaveCount(Base):
    """How many began, left a page for the first time, sent, and took how long: sums, and nothing of any one person."""

    __tablename__ = "wave_count"
    __table_args__ = (UNORDERED,)

    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"), primary_key=True)
    what: Mapped[Counted] = mapped_column(Word(Counted), primary_key=True)
    of: Mapped[str] = mapped_column(String(40), primary_key=True)
    """A page's code, or a band of minutes; empty where there is one number only."""
    times: Mapped[int]


class WaveLook(Base):
    """What staff are shown of an open wave until 10 more have answered: rounded, so that two looks never show one person."""

    __tablename__ = "wave_look"
    __table_args__ = (UNORDERED,)

    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    size: Mapped[int]
    """How many there were when it was made."""
    shown: Mapped[dict[str, Any]] = mapped_column(Stored)


class Kiosk(Base):
    """A tablet on which people answer one wave, one after the other, until staff end it there or `ends_at` has passed."""

    __tablename__ = "kiosk"
    __table_args__ = (UniqueConstraint("wave_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """Derived from the token in the tablet's cookie."""
    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id"))
    number: Mapped[int]
    languages: Mapped[list[str]] = mapped_column(Stored)
    """In the order in which its first page offers them."""
    ends_at: Mapped[datetime]
    pin: Mapped[bytes]
    """A keyed hash of the digits that end it."""
    wrong_pins: Mapped[int] = mapped_column(default=0)
    ticket: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    """A keyed hash of what its sealed answers name; None where it was not prepared to work without a line."""


class OfflineKey(Base):
    """The pair of keys of a wave that is asked without a line: tablets seal to the public one. Closing the wave deletes it."""

    __tablename__ = "offline_key"

    wave_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    public: Mapped[bytes]
    sealed: Mapped[bytes]
    """The private one, under a key derived from the installation's pepper."""
