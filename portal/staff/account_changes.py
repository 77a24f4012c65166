"""Accounts over the years: who has one, a new name, other work, a lost phone, a lost passphrase, leaving."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.db import random_id, session, transaction, utcnow
from portal.reporting.owning import release_all, release_unreadable
from portal.staff.colleagues import new_display_name
from portal.staff.models import (
    RecoveryCode,
    Role,
    StaffInvitation,
    StaffMember,
    StaffRole,
    StaffSession,
    TeamWait,
)
from portal.staff.oidc_models import OrganisationAccount
from portal.staff.own_account import end_one_session
from portal.staff.passkey_models import Passkey, PasskeyChallenge
from portal.vault import keyholders, sealing, teams
from portal.vault.keyholders import Keyring, Member, VaultError

COMMAND_LINE = "command line"


@dataclass(frozen=True)
class Account:
    """Someone who works here, or did: what they may do, and the teams whose keys they hold."""

    name: str
    display_name: str
    is_open: bool
    roles: list[Role]
    teams: list[str]
    signed_in_on: date | None
    has_second_factor: bool


def all_accounts() -> list[Account]:
    """By name, those that were closed last."""
    found = session.scalars(select(StaffMember).order_by(StaffMember.active.desc(), StaffMember.name))
    held = teams.teams_by_member(session)
    return [
        Account(
            each.name,
            each.display_name,
            each.active,
            sorted(held.role for held in each.roles),
            held.get(each.member_id, []),
            each.signed_in_on,
            bool(each.totp_secret),
        )
        for each in found
    ]


def find_account(name: str) -> StaffMember | None:
    return session.scalar(select(StaffMember).where(StaffMember.name == name.casefold()))


def rename(name: str, display_name: str, by: str = COMMAND_LINE) -> None:
    """What colleagues see; the sign-in name stays, because the audit log knows people by it. Raises VaultError."""
    with transaction() as db:
        staff = _find(db, name)
        staff.display_name = new_display_name(display_name)
        audit.record(db, by, Action.RENAMED_STAFF, staff.name)


def set_roles(name: str, roles: Collection[Role], by: str = COMMAND_LINE) -> None:
    """Other work from now on; the keys they hold stay. Their sessions end. Raises VaultError."""
    with transaction() as db:
        if Role.ADMINISTRATOR not in roles:
            _keep_an_administrator(db, name, by)
        staff = _find(db, name)
        if (Role.PARTNER_AGENCY in roles) != staff.has_role(Role.PARTNER_AGENCY):
            raise VaultError("Someone of a partner agency stays that: close the account, and add another.")
        staff.roles = [StaffRole(role=role) for role in sorted(set(roles))]
        _end_sessions(db, staff)
        # The longest name with every role is longer than an entry may be; a role that fits no more shows at its account.
        audit.record(db, by, Action.CHANGED_ROLES, f"{staff.name} {' '.join(sorted(set(roles)))}"[:120])


def reset_passphrase(name: str, passphrase: str, held: Keyring) -> None:
    """A new passphrase, where the old one is lost: they get a key pair of their own again, and their teams' keys in it.

    `held` must hold those teams' keys. Raises VaultError.
    """
    with transaction() as db:
        staff = _find(db, name)
        before = staff.member_id
        staff.member_id = keyholders.add_member(db, passphrase, teams.teams_of(db, before), held).id
        db.flush()
        teams.delete_member(db, before)
        _end_sessions(db, staff)
        audit.record(db, COMMAND_LINE, Action.RESET_PASSPHRASE, staff.name)


class LastReader(VaultError):
    """Nobody else opens a team's key."""


def forget_passphrase(name: str, by: str) -> None:
    """Their passphrase is lost: what it locked is thrown away. They choose a new one, and wait for their teams' keys.

    Raises LastReader where no colleague could hand one on, VaultError.
    """
    with transaction() as db:
        keyholders.lock_vault(db)
        staff = _find(db, name)
        if staff.name == by or staff.has_role(Role.PARTNER_AGENCY):
            raise VaultError("The operator does this: `portal staff reset --passphrase`.")
        before = staff.member_id
        left = teams.teams_of(db, before)
        others = set(db.scalars(select(StaffMember.member_id).where(StaffMember.active, StaffMember.id != staff.id)))
        if any(not others & set(teams.members_of(db, team)) for team in left):
            raise LastReader("Nobody else opens one of their teams.")
        member = Member(id=random_id(), public_key=sealing.new_pair()[1])
        db.add(member)
        db.flush()
        staff.member_id = member.id
        db.flush()
        teams.delete_member(db, before)
        waits = set(db.scalars(select(TeamWait.team).where(TeamWait.staff_id == staff.id)))
        db.add_all(TeamWait(staff_id=staff.id, team=team) for team in left if team not in waits)
        _end_sessions(db, staff)
        audit.stand_in_line(db)
        release_unreadable(db, staff.id, member.id)
        audit.record(db, by, Action.FORGOT_PASSPHRASE, staff.name)


def add_to_team(name: str, team: str, held: Keyring) -> None:
    """Hand someone a team's keys, which `held` must hold. Raises VaultError."""
    with transaction() as db:
        staff = _find(db, name)
        if staff.has_role(Role.PARTNER_AGENCY):
            raise VaultError("Someone of a partner agency holds its key and no other.")
        teams.add_to_team(db, staff.member_id, team, held)
        db.execute(delete(TeamWait).where(TeamWait.staff_id == staff.id, TeamWait.team == team))
        # What a session holds was opened before.
        _end_sessions(db, staff)
        audit.record(db, COMMAND_LINE, Action.ADDED_TO_TEAM, f"{staff.name} {team}")


def remove_from_team(name: str, team: str, by: str = COMMAND_LINE) -> None:
    """Take a team's keys from someone, at once, and end their sessions; cases they cannot open any more are nobody's.

    Raises VaultError.
    """
    with transaction() as db:
        staff = _find(db, name)
        # What a session holds opens all of their teams: they sign in and unlock again what they still have.
        _end_sessions(db, staff)
        keyholders.remove_member(db, staff.member_id, team)
        audit.stand_in_line(db)
        release_unreadable(db, staff.id, staff.member_id)
        audit.record(db, by, Action.REMOVED_FROM_TEAM, f"{staff.name} {team}")


def close_account(name: str, by: str = COMMAND_LINE) -> list[str]:
    """They never sign in again, open nothing, and their cases are nobody's. The teams whose keys they may have kept.

    Raises VaultError.
    """
    with transaction() as db:
        _keep_an_administrator(db, name, by)
        if name.casefold() == by:
            raise VaultError("Nobody closes their own account.")
        staff = _find(db, name)
        db.execute(delete(TeamWait).where(TeamWait.staff_id == staff.id))
        db.execute(delete(StaffInvitation).where(StaffInvitation.staff_id == staff.id))
        db.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
        db.execute(delete(OrganisationAccount).where(OrganisationAccount.staff_id == staff.id))
        db.execute(delete(Passkey).where(Passkey.staff_id == staff.id))
        db.execute(delete(PasskeyChallenge).where(PasskeyChallenge.staff_id == staff.id))
        left = teams.teams_of(db, staff.member_id)
        staff.active = False
        _end_sessions(db, staff)
        for team in left:
            keyholders.remove_member(db, staff.member_id, team)
        audit.stand_in_line(db)
        release_all(db, [staff.id])
        audit.record(db, by, Action.CLOSED_ACCOUNT, staff.name)
    return left


def without_reader(codes: Iterable[str]) -> list[str]:
    """Those that nobody opens any more but the recovery key."""
    open_members = set(session.scalars(select(StaffMember.member_id).where(StaffMember.active)))
    return [team for team in codes if not open_members & set(teams.members_of(session, team))]


def member_of(name: str) -> uuid.UUID | None:
    """Of an account that is open: as whom it stands in the vault."""
    return session.scalar(select(StaffMember.member_id).where(StaffMember.name == name.casefold(), StaffMember.active))


def end_sessions(name: str, by: str = COMMAND_LINE) -> None:
    """Wherever they are signed in, they are not any more. Raises VaultError."""
    with transaction() as db:
        staff = _find(db, name)
        _end_sessions(db, staff)
        audit.record(db, by, Action.ENDED_SESSIONS, staff.name)


def end_session(name: str, session_id: uuid.UUID, by: str) -> None:
    """There they are not signed in any more, and elsewhere they still are. Raises VaultError."""
    with transaction() as db:
        end_one_session(db, _find(db, name), session_id, by)


def sessions_of(staff_id: uuid.UUID) -> list[StaffSession]:
    """Those that go on, the newest first."""
    theirs = select(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.ends_at > utcnow())
    return sorted(session.scalars(theirs), key=lambda each: (each.began_at is not None, each.began_at), reverse=True)


def _keep_an_administrator(db: Session, name: str, by: str) -> None:
    """The operator may do without; two administrators may not put each other out at the same moment. Raises VaultError."""
    if by == COMMAND_LINE:
        return
    theirs = select(StaffRole).where(StaffRole.role == Role.ADMINISTRATOR).order_by(StaffRole.staff_id)
    held = [row.staff_id for row in db.scalars(theirs.with_for_update().execution_options(populate_existing=True))]
    names = set(db.scalars(select(StaffMember.name).where(StaffMember.id.in_(held), StaffMember.active)))
    if names == {name.casefold()}:
        raise VaultError("They are the last administrator.")


def _find(db: Session, name: str) -> StaffMember:
    staff = db.scalar(select(StaffMember).where(StaffMember.name == name.casefold()).with_for_update())
    if staff is None:
        raise VaultError(f"There is nobody called {name}.")
    if not staff.active:
        raise VaultError(f"The account of {name} was closed.")
    return staff


def _end_sessions(db: Session, staff: StaffMember) -> None:
    db.execute(delete(StaffSession).where(StaffSession.staff_id == staff.id))
