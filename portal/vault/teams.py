"""Who is in which team: whose keys a member holds, who joins later, and who is taken out of the vault."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.vault.keyholders import Keyholder, Keyring, Member, Membership, Unlock, VaultError, hand_keys, lock_vault


def teams_of(db: Session, member_id: uuid.UUID) -> list[str]:
    """The teams whose keys this member holds, by their codes."""
    theirs = select(Keyholder.code, Keyholder.retired_from).join(Membership, Membership.keyholder_id == Keyholder.id)
    rows = db.execute(theirs.where(Membership.member_id == member_id))
    return sorted({retired_from or code for code, retired_from in rows})


def teams_by_member(db: Session) -> dict[uuid.UUID, list[str]]:
    """The same of everyone who is in a team."""
    held: dict[uuid.UUID, set[str]] = {}
    theirs = select(Membership.member_id, Keyholder.code, Keyholder.retired_from)
    for member_id, code, retired_from in db.execute(theirs.join(Keyholder, Keyholder.id == Membership.keyholder_id)):
        held.setdefault(member_id, set()).add(retired_from or code)
    return {member_id: sorted(codes) for member_id, codes in held.items()}


def members_of(db: Session, team: str) -> list[uuid.UUID]:
    """Who holds the team's key, the recovery key among them."""
    theirs = select(Membership.member_id).join(Keyholder, Keyholder.id == Membership.keyholder_id)
    return list(db.scalars(theirs.where(Keyholder.code == team)))


def delete_member(db: Session, member_id: uuid.UUID) -> None:
    """With all that they held, inside the caller's transaction."""
    db.execute(delete(Member).where(Member.id == member_id))


def add_to_team(db: Session, member_id: uuid.UUID, team: str, held: Keyring) -> None:
    """Hand a member the team's keys, which `held` must hold, inside the caller's transaction. Raises VaultError."""
    lock_vault(db)
    if team in teams_of(db, member_id):
        raise VaultError(f"They are in {team} already.")
    if db.scalar(select(Unlock.id).where(Unlock.member_id == member_id).limit(1)) is None:
        raise VaultError(
            "They were in no team and have no passphrase: give them one with `portal staff reset --passphrase`."
        )
    hand_keys(db, db.get_one(Member, member_id), team, held)
