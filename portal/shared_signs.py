"""What several machines on one PostgreSQL tell each other: what was published last, who is the worker, whose secrets fit."""

from __future__ import annotations

import enum
import secrets as random
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.config import Secrets
from portal.db import Base, Word, utcnow


class Sign(enum.StrEnum):
    PUBLISHED = "published"
    WORKER = "worker"
    LOOKED = "looked"
    SECRETS = "secrets"
    BACKED_UP = "backed_up"
    REHEARSED = "rehearsed"
    BELIEVED = "believed"


class SharedSign(Base):
    """One thing that all machines must know; on SQLite there are none."""

    __tablename__ = "shared_sign"

    name: Mapped[Sign] = mapped_column(Word(Sign), primary_key=True)
    mark: Mapped[bytes]
    at: Mapped[datetime]


def set_sign(db: Session | Connection, name: Sign, mark: bytes | None = None, at: datetime | None = None) -> None:
    """Set it anew, with a random mark where it is only to be another one than before, and of now where no moment is given."""
    values = {"mark": mark or random.token_bytes(16), "at": at or utcnow()}
    new = insert(SharedSign).values(name=name, **values)
    db.execute(new.on_conflict_do_update(index_elements=["name"], set_=values))


def mark_of(engine: Engine, name: Sign) -> bytes | None:
    with engine.connect() as connection:
        return mark_over(connection, name)


def mark_over(connection: Connection, name: Sign) -> bytes | None:
    found = connection.scalar(select(SharedSign.mark).where(SharedSign.name == name))
    return bytes(found) if found is not None else None


def are_installations(engine: Engine, own: Secrets) -> bool:
    """Whether a machine's secrets are those of the first machine that served this database; from the mark none can be told."""
    mark = blake2b(b"the secrets of this installation", key=own.cookie + own.pepper, digest_size=16).digest()
    with engine.begin() as connection:
        new = insert(SharedSign).values(name=Sign.SECRETS, mark=mark, at=utcnow())
        connection.execute(new.on_conflict_do_nothing())
        found = connection.scalar(select(SharedSign.mark).where(SharedSign.name == Sign.SECRETS))
    return found is not None and bytes(found) == mark
