"""The vault: teams that hold keys, the members who open them, and the grants that say which team opens what.

A keyholder (the hate team, the ASB team) is a key pair. Its private key is wrapped for each member, a member's private
key is wrapped by what only that member knows, and a content key is wrapped for each keyholder that may read it. While a
team's key is being changed it has two keyholders: the one with the team's code, and one retired from it (`portal.vault.rotation`).
"""

from __future__ import annotations

import base64
import enum
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import CheckConstraint, ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.config import settings
from portal.db import UNORDERED, Base, Word, random_id, session, utcnow
from portal.text import normalised, spellings
from portal.vault import sealing
from portal.vault.sealing import SealError

# What a member's private key is locked for; its row is the way of unlocking.
MEMBER_KEY = "member.private_key"


class Mode(enum.StrEnum):
    DEMONSTRATION = "demonstration"
    LIVE = "live"


class UnlockMethod(enum.StrEnum):
    PASSPHRASE = "passphrase"  # noqa: S105 (the name of a method)


class Vault(Base):
    """The one vault of this installation; its creation decides for good whether the installation is a demonstration."""

    __tablename__ = "vault"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mode: Mapped[Mode] = mapped_column(Word(Mode))
    receipt_salt: Mapped[bytes]
    recovery_member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Keyholder(Base):
    """A team to whom content is sealed."""

    __tablename__ = "keyholder"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    public_key: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    retired_from: Mapped[str | None] = mapped_column(String(40))
    """The team whose key this was, as long as anything is sealed to it; nothing new is."""
    exposed_at: Mapped[datetime | None]
    """When someone who may have kept the key was removed from the team: it is to be changed."""


class Member(Base):
    """Someone who can open a team's key."""

    __tablename__ = "member"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    public_key: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Unlock(Base):
    """One way in which a member opens their own private key."""

    __tablename__ = "unlock"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    method: Mapped[UnlockMethod] = mapped_column(Word(UnlockMethod))
    salt: Mapped[bytes]
    ops: Mapped[int]
    memory: Mapped[int]
    wrapped: Mapped[bytes]


class Membership(Base):
    """A team's private key, wrapped for one member."""

    __tablename__ = "membership"

    keyholder_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("keyholder.id"), primary_key=True)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    sealed_key: Mapped[bytes]


class Grant(Base):
    """A content key, wrapped for one team."""

    __tablename__ = "key_grant"
    __table_args__ = (UNORDERED,)

    content_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    keyholder_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("keyholder.id"), primary_key=True)
    sealed_key: Mapped[bytes]


class VaultError(Exception):
    """The vault cannot do what was asked; its text is one sentence for the person at the keyboard."""


@dataclass(frozen=True)
class Keyring:
    """The team keys that one unlocked member holds, by keyholder id. Lives for one request."""

    keys: dict[uuid.UUID, bytes]
    own: bytes = b""
    """The member's own private key."""


def find_vault() -> Vault | None:
    return session.get(Vault, 1)


def mode() -> Mode | None:
    """Whether this installation is live or a demonstration; None until it has a vault.

    A vault keeps the mode it was created in, so it is looked up once.
    """
    known: Mode | None = current_app.extensions.get("vault_mode")
    if known is None and (found := find_vault()):
        known = current_app.extensions["vault_mode"] = found.mode
    return known


def is_demonstration() -> bool:
    """Until a live vault is there."""
    return mode() is not Mode.LIVE


def new_recovery() -> tuple[bytes, str]:
    """A recovery key, as the vault takes it and as a person writes it down. It is stored nowhere."""
    private, _ = sealing.new_pair()
    return private, recovery_text(private)


def create_vault(db: Session, mode: Mode, teams: Iterable[str], recovery_key: bytes | None = None) -> str:
    """Create the vault inside the caller's transaction; returns the recovery key in words.

    Raises VaultError where there is one already: a demonstration never becomes live.
    """
    if db.get(Vault, 1) is not None:
        raise VaultError("This database has a vault already.")
    private = recovery_key or new_recovery()[0]
    recovery = Member(id=random_id(), public_key=sealing.public_of(private))
    db.add(recovery)
    for code in teams:
        _add_team(db, code, recovery)
    db.add(Vault(id=1, mode=mode, receipt_salt=sealing.random(sealing.SALT_SIZE), recovery_member_id=recovery.id))
    return recovery_text(private)


def lock_vault(db: Session) -> Vault:
    """Stand in line with whoever else changes who holds what. Raises VaultError where there is no vault."""
    vault = db.get(Vault, 1, with_for_update=True)
    if vault is None:
        raise VaultError("There is no vault yet.")
    return vault


def ensure_team(db: Session, code: str) -> None:
    """Add the team to a vault that was born before there was such work; the recovery key opens it. Raises VaultError."""
    vault = lock_vault(db)
    if db.scalar(select(Keyholder.id).where(Keyholder.code == code)) is None:
        _add_team(db, code, db.get_one(Member, vault.recovery_member_id))


def _add_team(db: Session, code: str, recovery: Member) -> None:
    private, public = sealing.new_pair()
    keyholder = Keyholder(id=random_id(), code=code, public_key=public)
    db.add(keyholder)
    db.flush()
    db.add(
        Membership(
            keyholder_id=keyholder.id, member_id=recovery.id, sealed_key=sealing.wrap(private, recovery.public_key)
        )
    )
    db.flush()


def recovery_text(private: bytes) -> str:
    """The recovery key as a person writes it down: thirteen groups of four letters and digits."""
    letters = base64.b32encode(private).decode().rstrip("=")
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def read_recovery_text(text: str) -> bytes:
    """Raises VaultError."""
    letters = "".join(c for c in text.upper() if c.isalnum()).replace("0", "O").replace("1", "I").replace("8", "B")
    try:
        private = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError:
        private = b""
    if len(private) != sealing.KEY_SIZE:
        raise VaultError("That is not a recovery key: it has 52 letters and digits.")
    return private


def open_recovery(text: str) -> Keyring:
    """The keys of every team, by the recovery key. Raises VaultError."""
    private = read_recovery_text(text)
    vault = find_vault()
    recovery = session.get(Member, vault.recovery_member_id) if vault else None
    if recovery is None or sealing.public_of(private) != recovery.public_key:
        raise VaultError("That recovery key does not open this vault.")
    return keyring(recovery.id, private)


def add_member(db: Session, passphrase: str, teams: Iterable[str], held: Keyring) -> Member:
    """A new member of these teams; `held` must hold the teams' keys. Raises VaultError."""
    lock_vault(db)
    private, public = sealing.new_pair()
    member = Member(id=random_id(), public_key=public)
    db.add(member)
    db.flush()
    set_passphrase(db, member, private, passphrase)
    for code in teams:
        hand_keys(db, member, code, held)
    return member


def hand_keys(db: Session, member: Member, team: str, held: Keyring) -> None:
    """The team's keys for a member, inside the caller's transaction. Raises VaultError where `held` has not all of them."""
    keyholders = keyholders_of(db, team)
    if not keyholders or not all(keyholder.id in held.keys for keyholder in keyholders):
        raise VaultError(f"There is no team {team} whose key you hold.")
    for keyholder in keyholders:
        sealed_key = sealing.wrap(held.keys[keyholder.id], member.public_key)
        db.add(Membership(keyholder_id=keyholder.id, member_id=member.id, sealed_key=sealed_key))


def keyholders_of(db: Session, team: str) -> list[Keyholder]:
    """The team's key, then those retired from it to which something is still sealed; none where there is no such team."""
    is_current = (Keyholder.code == team) & Keyholder.retired_from.is_(None)
    theirs = select(Keyholder).where(is_current | (Keyholder.retired_from == team))
    return sorted(db.scalars(theirs), key=lambda keyholder: keyholder.code != team)


def remove_member(db: Session, member_id: uuid.UUID, team: str) -> None:
    """Take the team's keys from a member, inside the caller's transaction. Raises VaultError where they have none.

    In no team any more, they lose their own key as well: their passphrase opens nothing. What this protects against, and
    what only a change of the team's key does, is said in `portal.vault.rotation`.
    """
    lock_vault(db)
    keyholders = keyholders_of(db, team)
    theirs = Membership.member_id == member_id
    gone = db.scalars(
        delete(Membership)
        .where(theirs, Membership.keyholder_id.in_([keyholder.id for keyholder in keyholders]))
        .returning(Membership.keyholder_id)
    ).all()
    if not gone:
        raise VaultError(f"They hold no key of a team {team}.")
    keyholders[0].exposed_at = utcnow()
    if db.scalar(select(Membership.member_id).where(theirs).limit(1)) is None:
        db.execute(delete(Unlock).where(Unlock.member_id == member_id))


def set_passphrase(db: Session, member: Member, private: bytes, passphrase: str) -> None:
    salt = sealing.random(sealing.SALT_SIZE)
    ops, memory = settings().password_ops, settings().password_memory
    way = Unlock(id=random_id(), member_id=member.id, method=UnlockMethod.PASSPHRASE, salt=salt, ops=ops, memory=memory)
    key = sealing.stretch(normalised(passphrase), salt, ops=ops, memory=memory)
    way.wrapped = sealing.lock(private, key, MEMBER_KEY, way.id.bytes)
    db.add(way)


def open_member(member_id: uuid.UUID, passphrase: str) -> bytes | None:
    """The member's private key, or None where the passphrase is wrong."""
    for way in session.scalars(select(Unlock).where(Unlock.member_id == member_id)):
        for spelling in spellings(passphrase):
            with suppress(SealError):
                key = sealing.stretch(spelling, way.salt, ops=way.ops, memory=way.memory)
                return sealing.unlock(way.wrapped, key, MEMBER_KEY, way.id.bytes)
    return None


def keyring(member_id: uuid.UUID, private: bytes) -> Keyring:
    """The keys of the member's teams."""
    rows = session.scalars(select(Membership).where(Membership.member_id == member_id))
    return Keyring({row.keyholder_id: sealing.unwrap(row.sealed_key, private) for row in rows}, private)


def grant(db: Session, content_id: uuid.UUID, key: bytes, teams: Iterable[str]) -> None:
    """Let these teams open the content. Raises VaultError where there is none to open it: it would be lost."""
    keyholders = _keyholders_now(db, set(teams))
    if not keyholders:
        raise VaultError("No team could open this.")
    for keyholder in keyholders:
        db.add(
            Grant(
                content_id=content_id,
                keyholder_id=keyholder.id,
                sealed_key=sealing.wrap(key, keyholder.public_key),
            )
        )


def drop_grants(db: Session, content_ids: Iterable[uuid.UUID]) -> None:
    """Take the contents' keys from everyone, inside the caller's transaction."""
    db.execute(delete(Grant).where(Grant.content_id.in_(list(content_ids))))


def _keyholders_now(db: Session, teams: set[str]) -> list[Keyholder]:
    """The teams' keys, held still until the transaction ends: none of them is retired before the grant is there.

    On PostgreSQL a row that is being retired just now is waited for and then left out, because its code is another; the
    new one is found by asking again.
    """
    wanted = select(Keyholder).where(Keyholder.code.in_(teams)).with_for_update(read=True, key_share=True)
    keyholders = list(db.scalars(wanted))
    return keyholders if len(keyholders) == len(teams) else list(db.scalars(wanted))


def content_keys(held: Keyring, content_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, bytes]:
    """The keys of those contents that the keyring may open."""
    columns = Grant.content_id, Grant.keyholder_id, Grant.sealed_key
    rows = session.execute(
        select(*columns).where(Grant.content_id.in_(list(content_ids)), Grant.keyholder_id.in_(list(held.keys)))
    )
    unwrap = {keyholder: sealing.unwrapper(key) for keyholder, key in held.keys.items()}
    found: dict[uuid.UUID, bytes] = {}
    for row in rows:
        if row.content_id not in found:
            # One damaged grant must not hide what the others open.
            with suppress(SealError):
                found[row.content_id] = unwrap[row.keyholder_id](row.sealed_key)
    return found
