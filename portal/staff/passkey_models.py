"""The passkeys with which staff sign in, and what their devices are asked meanwhile."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import UNORDERED, Base, Word, random_id


class Purpose(enum.StrEnum):
    """What a device is asked for."""

    NEW = "new"
    ALONE = "alone"
    """To sign in with nothing else: the device itself makes sure who holds it."""
    SECOND = "second"
    """In place of the authenticator's code, beside the password."""


class Passkey(Base):
    """A key that never leaves somebody's device: here lies the public half, which opens nothing."""

    __tablename__ = "staff_passkey"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    user_handle: Mapped[bytes]
    """What the device calls its owner: random, and no name."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """How often the device says it signed, where it counts: a copy of it falls behind and is found out."""
    name: Mapped[str] = mapped_column(String(60))
    added_on: Mapped[date]
    used_on: Mapped[date | None]


class PasskeyChallenge(Base):
    """Random bytes that a device is to sign within minutes, once."""

    __tablename__ = "staff_passkey_challenge"
    __table_args__ = (UNORDERED,)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    challenge: Mapped[bytes]
    purpose: Mapped[Purpose] = mapped_column(Word(Purpose))
    ends_at: Mapped[datetime]
    staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"))
    """Whose new passkey it will be; of whoever signs in nobody knows yet."""
    user_handle: Mapped[bytes | None]
    name: Mapped[str | None] = mapped_column(String(60))
