"""The key of a meeting: it opens for the people at its table and, once its minutes are agreed, is deleted.

What was sealed to it is then sealed to the coordinators' team, for the record. Until then whoever joins is handed the key
by someone who has it, and when someone leaves the table the key is changed at once: a copy that they kept opens nothing.
The recovery key holds every meeting's key as it holds every team's, so nothing is lost where nobody at the table opens it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.db import random_id, session
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Grant, Keyholder, Keyring, Member, Membership, Unlock, Vault, VaultError

PREFIX = "marac:"
# Who coordinates: they read what is referred, and keep the record of what was agreed.
RECORD_TEAM = "marac_team"


def team_of(meeting_id: uuid.UUID) -> str:
    """The code of the meeting's keyholder; short, because one whose key is changed bears nine letters more."""
    return f"{PREFIX}{meeting_id.hex[:24]}"


def is_team(code: str) -> bool:
    """Whether this is the code of a meeting's keyholder."""
    return re.fullmatch(rf"{PREFIX}[0-9a-f]{{24}}", code, re.ASCII) is not None


def ensure_record_team(db: Session) -> None:
    """Add the coordinators' team to a vault that has none, inside the caller's transaction."""
    keyholders.ensure_team(db, RECORD_TEAM)


def has_record_team() -> bool:
    return session.scalar(select(Keyholder.id).where(Keyholder.code == RECORD_TEAM)) is not None


def coordinators() -> set[uuid.UUID]:
    """The members of the vault who coordinate, without the recovery key."""
    return _holders(RECORD_TEAM)


def opens_record(held: Keyring) -> bool:
    """Whether whoever holds these keys is a coordinator."""
    keyholder_id = session.scalar(select(Keyholder.id).where(Keyholder.code == RECORD_TEAM))
    return keyholder_id in held.keys


def can_unlock(member_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of them who have chosen a passphrase: a key that is wrapped for another one opens for nobody."""
    return set(session.scalars(select(Unlock.member_id).where(Unlock.member_id.in_(list(member_ids)))))


def open_meeting(db: Session, meeting_id: uuid.UUID, member_ids: Collection[uuid.UUID]) -> None:
    """Give the meeting a key, inside the caller's transaction, and to those at its table a copy each. Raises VaultError."""
    vault = keyholders.lock_vault(db)
    private, public = sealing.new_pair()
    keyholder = Keyholder(id=random_id(), code=team_of(meeting_id), public_key=public)
    db.add(keyholder)
    db.flush()
    for member_id in {*member_ids, vault.recovery_member_id}:
        _wrap(db, keyholder.id, private, db.get_one(Member, member_id))
    db.flush()


def holders(meeting_id: uuid.UUID) -> set[uuid.UUID]:
    """The members of the vault who hold its key, without the recovery key; none once it is deleted."""
    return _holders(team_of(meeting_id))


def admit(db: Session, meeting_id: uuid.UUID, member_id: uuid.UUID, held: Keyring) -> None:
    """Hand someone the meeting's key, which `held` must hold, inside the caller's transaction. Raises VaultError."""
    keyholders.lock_vault(db)
    if member_id not in _holders(team_of(meeting_id)):
        _check_current(keyholders.keyholders_of(db, team_of(meeting_id)), held)
        keyholders.hand_keys(db, db.get_one(Member, member_id), team_of(meeting_id), held)
        db.flush()


def dismiss(db: Session, meeting_id: uuid.UUID, member_id: uuid.UUID, held: Keyring) -> None:
    """Take the key from someone and change it for all others, inside the caller's transaction. Raises VaultError.

    A meeting's key holds a few grants, so it is changed at once and not by the operator, as a team's is.
    """
    keyholders.lock_vault(db)
    code = team_of(meeting_id)
    theirs = keyholders.keyholders_of(db, code)
    if len(theirs) != 1 or theirs[0].id not in held.keys:
        raise VaultError(f"There is no team {code} whose key you hold.")
    keyholder = db.get_one(Keyholder, theirs[0].id, with_for_update=True, populate_existing=True)
    _check_current([keyholder], held)
    db.execute(delete(Membership).where(Membership.keyholder_id == keyholder.id, Membership.member_id == member_id))
    old, (private, public) = held.keys[keyholder.id], sealing.new_pair()
    for grant in db.scalars(select(Grant).where(Grant.keyholder_id == keyholder.id)):
        grant.sealed_key = sealing.wrap(sealing.unwrap(grant.sealed_key, old), public)
    for membership in db.scalars(select(Membership).where(Membership.keyholder_id == keyholder.id)):
        membership.sealed_key = sealing.wrap(private, db.get_one(Member, membership.member_id).public_key)
    keyholder.public_key, keyholder.exposed_at = public, None
    db.flush()


def _check_current(theirs: Collection[Keyholder], held: Keyring) -> None:
    """Raises VaultError where the key was changed after `held` was opened: a copy of the old one would open nothing."""
    if any(one.id in held.keys and sealing.public_of(held.keys[one.id]) != one.public_key for one in theirs):
        raise VaultError("The key of this meeting was changed just now.")


def share(db: Session, content_id: uuid.UUID, key: bytes, meeting_id: uuid.UUID) -> None:
    """Let the table open the content as well, inside the caller's transaction. Raises VaultError."""
    its_key = select(Keyholder.id).where(Keyholder.code == team_of(meeting_id)).scalar_subquery()
    opened = select(Grant.content_id).where(Grant.content_id == content_id, Grant.keyholder_id == its_key)
    if db.scalar(opened) is None:
        keyholders.grant(db, content_id, key, [team_of(meeting_id)])


def unshare(db: Session, content_id: uuid.UUID, meeting_id: uuid.UUID) -> None:
    """The table does not open it any more, inside the caller's transaction."""
    theirs = [keyholder.id for keyholder in keyholders.keyholders_of(db, team_of(meeting_id))]
    db.execute(delete(Grant).where(Grant.content_id == content_id, Grant.keyholder_id.in_(theirs)))


def end_meeting(db: Session, meeting_id: uuid.UUID, contents: Collection[uuid.UUID], held: Keyring) -> None:
    """Seal these contents to the coordinators' team and delete the meeting's key, inside the caller's transaction.

    `held` must open each of them: what nobody could open later must not be closed now. Raises VaultError.
    """
    keyholders.lock_vault(db)
    keys = keyholders.content_keys(held, contents)
    if keys.keys() != set(contents):
        raise VaultError("Some of what was written for this meeting cannot be opened.")
    record = select(Keyholder.id).where(Keyholder.code == RECORD_TEAM).scalar_subquery()
    kept = set(
        db.scalars(select(Grant.content_id).where(Grant.content_id.in_(list(contents)), Grant.keyholder_id == record))
    )
    for content_id, key in keys.items():
        if content_id not in kept:
            keyholders.grant(db, content_id, key, [RECORD_TEAM])
    db.flush()
    delete_key(db, meeting_id)


def delete_key(db: Session, meeting_id: uuid.UUID) -> None:
    """With every copy of it, inside the caller's transaction."""
    theirs = [keyholder.id for keyholder in keyholders.keyholders_of(db, team_of(meeting_id))]
    for table in (Grant, Membership):
        db.execute(delete(table).where(table.keyholder_id.in_(theirs)))
    db.execute(delete(Keyholder).where(Keyholder.id.in_(theirs)))


def wrap_for(db: Session, key: bytes, member_id: uuid.UUID) -> bytes:
    """A key for one person alone."""
    return sealing.wrap(key, db.get_one(Member, member_id).public_key)


def _wrap(db: Session, keyholder_id: uuid.UUID, private: bytes, member: Member) -> None:
    sealed_key = sealing.wrap(private, member.public_key)
    db.add(Membership(keyholder_id=keyholder_id, member_id=member.id, sealed_key=sealed_key))


def _holders(code: str) -> set[uuid.UUID]:
    recovery = select(Vault.recovery_member_id).scalar_subquery()
    theirs = select(Membership.member_id).join(Keyholder, Keyholder.id == Membership.keyholder_id)
    is_theirs = (Keyholder.code == code) | (Keyholder.retired_from == code)
    return set(session.scalars(theirs.where(is_theirs, Membership.member_id != recovery)))
