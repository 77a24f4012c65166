"""The keys of partner agencies: a keyholder for each, which opens what was referred to that agency and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from portal.db import session
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Grant, Keyholder, Keyring, Membership, Vault, VaultError
from portal.vault.meetings import PREFIX as MEETING

PREFIX = "agency:"
# While a team's key is changed its old keyholder bears nine letters more, and a code takes 40: see rotation.py.
MAX_CODE = 24


def team_of(agency: str) -> str:
    """The code of the agency's keyholder."""
    return f"{PREFIX}{agency}"


def open_agency(db: Session, agency: str) -> None:
    """Give the agency a key, inside the caller's transaction, unless it has one. Raises VaultError."""
    check_code(agency)
    keyholders.ensure_team(db, team_of(agency))


def check_code(agency: str) -> None:
    """Raises VaultError."""
    if len(agency) > MAX_CODE:
        raise VaultError(f"The code {agency} is too long for accounts: it must have {MAX_CODE} letters at most.")


def members_of(agency: str) -> list[uuid.UUID]:
    """Who holds the agency's key, without the recovery key; whether they may still sign in is for others to say."""
    recovery = select(Vault.recovery_member_id).scalar_subquery()
    theirs = select(Membership.member_id).join(Keyholder, Keyholder.id == Membership.keyholder_id)
    return list(session.scalars(theirs.where(Keyholder.code == team_of(agency), Membership.member_id != recovery)))


def agency_of(held: Keyring) -> str | None:
    """The one agency whose key this is; None of whoever holds another key as well, or none. A meeting's key is no team's."""
    rows = session.execute(select(Keyholder.code, Keyholder.retired_from).where(Keyholder.id.in_(list(held.keys))))
    teams = {team for code, retired_from in rows if not (team := retired_from or code).startswith(MEETING)}
    team = teams.pop() if len(teams) == 1 else ""
    return team.removeprefix(PREFIX) if team.startswith(PREFIX) else None


def contents_of(held: Keyring) -> list[uuid.UUID]:
    """The ids of all that this keyring may open."""
    return list(session.scalars(select(Grant.content_id).where(Grant.keyholder_id.in_(list(held.keys)))))


def end_access(db: Session, content_ids: Iterable[uuid.UUID]) -> None:
    """No agency opens these any more, inside the caller's transaction; the partnership's own teams do."""
    theirs = select(Keyholder.id).where(_is_an_agencys())
    db.execute(delete(Grant).where(Grant.content_id.in_(list(content_ids)), Grant.keyholder_id.in_(theirs)))


def are_open(content_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these that some agency still opens."""
    theirs = select(Grant.content_id).join(Keyholder, Keyholder.id == Grant.keyholder_id).where(_is_an_agencys())
    return set(session.scalars(theirs.where(Grant.content_id.in_(list(content_ids)))))


def holders_of(content_ids: Iterable[uuid.UUID]) -> set[str]:
    """The agencies that open any of these, by their codes."""
    holders = select(Keyholder.code, Keyholder.retired_from).join(Grant, Grant.keyholder_id == Keyholder.id)
    rows = session.execute(holders.where(Grant.content_id.in_(list(content_ids)), _is_an_agencys()).distinct())
    return {(retired_from or code).removeprefix(PREFIX) for code, retired_from in rows}


def grant_to(db: Session, content_id: uuid.UUID, key: bytes, agency: str) -> bool:
    """Let the agency open the content as well, inside the caller's transaction; False where it has no key."""
    wanted = select(Keyholder).where(Keyholder.code == team_of(agency)).with_for_update(read=True, key_share=True)
    # A key that is being retired in this moment is waited for on PostgreSQL and then left out: ask again.
    keyholder = db.scalar(wanted) or db.scalar(wanted)
    if keyholder is None:
        return False
    sealed_key = sealing.wrap(key, keyholder.public_key)
    db.add(Grant(content_id=content_id, keyholder_id=keyholder.id, sealed_key=sealed_key))
    return True


def _is_an_agencys() -> ColumnElement[bool]:
    return or_(Keyholder.code.startswith(PREFIX), Keyholder.retired_from.startswith(PREFIX))
