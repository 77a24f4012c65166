"""People who are to join a team, until one of its members hands them the key: nobody else can."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action, AuditEntry
from portal.db import session, transaction, utcnow
from portal.staff.models import Role, StaffMember, StaffSession, TeamWait
from portal.vault import teams
from portal.vault.keyholders import Keyholder, Keyring, Unlock, VaultError

LATELY = timedelta(days=30)
# After these somebody else may sit there under this name: whoever did it could have kept the link for themselves.
NEW_SIGN_IN = (Action.RESET_SIGN_IN, Action.LINKED_SIGN_IN)
CHANGES = (Action.INVITED_STAFF, *NEW_SIGN_IN, Action.FORGOT_PASSPHRASE, Action.RESET_PASSPHRASE)


class NotTalked(VaultError):
    """They were given a new way to sign in lately, and nobody says to have talked with them since."""


@dataclass(frozen=True)
class Waiting:
    """Someone who waits for a team's key, and what others did to their account lately, the newest first."""

    staff: StaffMember
    team: str
    is_ready: bool
    """Whether they have chosen a passphrase, without which no key can be given."""
    changes: list[AuditEntry]

    @property
    def must_be_asked(self) -> bool:
        return any(each.action in NEW_SIGN_IN for each in self.changes)


def all_teams() -> list[str]:
    """The teams that anyone may be put into by this: partner agencies have people of their own."""
    codes = session.scalars(select(Keyholder.code).where(Keyholder.retired_from.is_(None)))
    return sorted(code for code in codes if code.endswith("_team"))


def ask_for_team(name: str, team: str, by: str) -> None:
    """They wait for this team's key from now on. Raises VaultError."""
    with transaction() as db:
        staff = db.scalar(select(StaffMember).where(StaffMember.name == name.casefold(), StaffMember.active))
        if staff is None or staff.has_role(Role.PARTNER_AGENCY):
            raise VaultError("Someone of a partner agency holds its key and no other.")
        if team in teams.teams_of(db, staff.member_id):
            raise VaultError(f"They are in {team} already.")
        if db.get(TeamWait, (staff.id, team)) is None:
            db.add(TeamWait(staff_id=staff.id, team=team))
            audit.record(db, by, Action.ASKED_FOR_TEAM, f"{staff.name} {team}")


def waits_of(staff_id: uuid.UUID) -> list[str]:
    return sorted(session.scalars(select(TeamWait.team).where(TeamWait.staff_id == staff_id)))


def waiting_for(codes: Collection[str]) -> list[Waiting]:
    """Who waits for the key of one of these teams."""
    has_way = select(Unlock.id).where(Unlock.member_id == StaffMember.member_id).exists()
    waiting = select(StaffMember, TeamWait.team, has_way).join(TeamWait, TeamWait.staff_id == StaffMember.id)
    rows = session.execute(
        waiting.where(TeamWait.team.in_(list(codes)), StaffMember.active).order_by(StaffMember.name, TeamWait.team)
    )
    return [Waiting(staff, team, ready, _changes_of(session, staff)) for staff, team, ready in rows]


def _changes_of(db: Session, staff: StaffMember) -> list[AuditEntry]:
    """What others did to it: the log knows by whom and when, and nobody can take that out of it unseen."""
    found = select(AuditEntry).where(
        AuditEntry.subject == staff.name,
        AuditEntry.actor != staff.name,
        AuditEntry.action.in_(CHANGES),
        AuditEntry.at > utcnow() - LATELY,
    )
    return list(db.scalars(found.order_by(AuditEntry.id.desc())))


def hand_on(staff_id: uuid.UUID, team: str, held: Keyring, by: str, *, has_talked: bool = False) -> None:
    """Their sessions end, because what those hold was opened before.

    `has_talked`: whoever hands it on says that they asked them in person. Raises NotTalked where that is needed, VaultError,
    also where they no longer wait.
    """
    with transaction() as db:
        wait = db.get(TeamWait, (staff_id, team), with_for_update=True)
        staff = db.get(StaffMember, staff_id)
        if wait is None or staff is None or not staff.active:
            raise VaultError("They do not wait any more.")
        if Waiting(staff, team, True, _changes_of(db, staff)).must_be_asked and not has_talked:
            raise NotTalked("They were given a new way to sign in lately.")
        teams.add_to_team(db, staff.member_id, team, held)
        _forget(db, staff_id, team)
        db.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))
        audit.record(db, by, Action.ADDED_TO_TEAM, f"{staff.name} {team}")


def _forget(db: Session, staff_id: uuid.UUID, team: str) -> None:
    db.execute(delete(TeamWait).where(TeamWait.staff_id == staff_id, TeamWait.team == team))
