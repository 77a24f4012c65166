"""The link with which someone chooses how they sign in: their first time, or anew after a lost phone or password."""

from __future__ import annotations

import base64
import enum
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.config import secrets
from portal.db import random_id, session, transaction, utcnow
from portal.staff import accounts, recovery_codes
from portal.staff.colleagues import NameTaken, new_display_name, new_sign_in_name
from portal.staff.models import RecoveryCode, Role, StaffInvitation, StaffMember, StaffRole, StaffSession, TeamWait
from portal.staff.oidc_models import OrganisationAccount
from portal.staff.passkey_models import Passkey, PasskeyChallenge
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring, Member, Unlock, VaultError

LASTS = timedelta(hours=72)
# The name under which the secret stands in its link.
LINK = "link"
NO_PASSWORD = ""
# Whoever does one of these opens something that is sealed.
OPENS_SEALED = {Role.OFFICER, Role.SUPERVISOR, Role.ANALYST, Role.PARTNER_AGENCY}


class Refused(enum.StrEnum):
    """Why a link opens nothing."""

    UNKNOWN = "unknown"
    USED = "used"
    LATE = "late"


@dataclass(frozen=True)
class Invited:
    """Who opened a link that is good, and what they have to choose."""

    staff_id: uuid.UUID
    name: str
    display_name: str
    wants_passphrase: bool
    totp_secret: str


def invite(name: str, display_name: str, roles: Collection[Role], teams: Collection[str], by: str) -> str:
    """An account that nobody can sign in to yet; returns the secret of its link. Raises VaultError, NameTaken."""
    name, display_name = new_sign_in_name(name), new_display_name(display_name)
    try:
        with transaction() as db:
            keyholders.lock_vault(db)
            # Until they choose a passphrase there is no way to open this one's key, for anyone.
            member = Member(id=random_id(), public_key=sealing.new_pair()[1])
            db.add(member)
            db.flush()
            staff = StaffMember(
                id=random_id(),
                name=name,
                display_name=display_name,
                roles=[StaffRole(role=role) for role in sorted(set(roles))],
                password_hash=NO_PASSWORD,
                totp_secret=b"",
                member_id=member.id,
            )
            db.add(staff)
            db.flush()
            db.add_all(TeamWait(staff_id=staff.id, team=team) for team in sorted(set(teams)))
            secret = _draw(db, staff)
            audit.record(db, by, Action.INVITED_STAFF, name)
    except IntegrityError:
        raise NameTaken(f"There is someone called {name} already.") from None
    return secret


def reset(name: str, by: str) -> str:
    """After a lost phone or password: what they had is worth nothing, and a link as at their first time. The passphrase stays.

    Raises VaultError.
    """
    with transaction() as db:
        staff = db.scalar(
            select(StaffMember).where(StaffMember.name == name.casefold(), StaffMember.active).with_for_update()
        )
        if staff is None:
            raise VaultError(f"There is nobody called {name}, or their account was closed.")
        staff.password_hash, staff.totp_secret = NO_PASSWORD, b""
        db.execute(delete(StaffSession).where(StaffSession.staff_id == staff.id))
        db.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
        db.execute(delete(OrganisationAccount).where(OrganisationAccount.staff_id == staff.id))
        db.execute(delete(Passkey).where(Passkey.staff_id == staff.id))
        db.execute(delete(PasskeyChallenge).where(PasskeyChallenge.staff_id == staff.id))
        secret = _draw(db, staff)
        audit.record(db, by, Action.RESET_SIGN_IN, staff.name)
    return secret


def _draw(db: Session, staff: StaffMember) -> str:
    """A link from before opens nothing any more."""
    secret = token_urlsafe(32)
    db.execute(delete(StaffInvitation).where(StaffInvitation.staff_id == staff.id))
    db.add(StaffInvitation(staff_id=staff.id, secret_hash=_hash(secret), ends_at=utcnow() + LASTS))
    return secret


def find_invited(secret: str) -> Invited | Refused:
    """Whose link this is."""
    found = session.scalar(select(StaffInvitation).where(StaffInvitation.secret_hash == _hash(secret)))
    staff = session.get(StaffMember, found.staff_id) if found else None
    if found is None or staff is None or not staff.active:
        return Refused.UNKNOWN
    if found.used_at is not None:
        return Refused.USED
    if found.ends_at <= utcnow():
        return Refused.LATE
    waits = session.scalar(select(TeamWait.team).where(TeamWait.staff_id == staff.id).limit(1)) is not None
    opens = waits or staff.has_role(*OPENS_SEALED)
    wants_passphrase = opens and not has_passphrase(staff)
    return Invited(staff.id, staff.name, staff.display_name, wants_passphrase, _totp_secret(secret))


def has_passphrase(staff: StaffMember) -> bool:
    return session.scalar(select(Unlock.id).where(Unlock.member_id == staff.member_id).limit(1)) is not None


def accept(secret: str, password: str, passphrase: str) -> list[str] | Refused:
    """They sign in with this from now on; returns their recovery codes, to be shown once."""
    with transaction() as db:
        found = db.scalar(select(StaffInvitation).where(StaffInvitation.secret_hash == _hash(secret)).with_for_update())
        if found is None:
            return Refused.UNKNOWN
        if found.used_at is not None:
            return Refused.USED
        if found.ends_at <= utcnow():
            return Refused.LATE
        staff = db.get_one(StaffMember, found.staff_id, with_for_update=True, populate_existing=True)
        accounts.set_sign_in(staff, password, _totp_secret(secret))
        if passphrase:
            give_passphrase(db, staff, passphrase)
        found.used_at = utcnow()
        codes = recovery_codes.make(db, staff)
        audit.record(db, staff.name, Action.ACCEPTED_INVITATION)
    return codes


def give_passphrase(db: Session, staff: StaffMember, passphrase: str) -> None:
    """Their first one, inside the caller's transaction: a key pair of their own, in no team yet."""
    before = staff.member_id
    staff.member_id = keyholders.add_member(db, passphrase, (), Keyring({})).id
    db.flush()
    db.execute(delete(Member).where(Member.id == before))


def _hash(secret: str) -> bytes:
    return sealing.derive(secrets().pepper, "staff invitation", secret.encode())


def _totp_secret(secret: str) -> str:
    """The same on every page that the link opens, and stored nowhere until it is used."""
    return base64.b32encode(sealing.derive(secrets().pepper, "first authenticator", secret.encode())[:20]).decode()
