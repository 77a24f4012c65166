"""Staff accounts: adding one, proving who someone is, and the session that follows."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from secrets import token_urlsafe

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal import audit, limits
from portal.audit import Action
from portal.config import Settings, secrets, settings
from portal.db import session, transaction, utcnow
from portal.flock import one_of
from portal.staff.models import Role, StaffMember, StaffRole, StaffSession
from portal.text import digits, normalised, spellings
from portal.vault import keyholders, receipts, sealing
from portal.vault.keyholders import Keyring, VaultError

IDLE = timedelta(minutes=30)
# A session in use is written at most this often, so that reading pages does not queue for the pen.
TOUCH_EVERY = timedelta(minutes=2)
TRIES_AN_HOUR = 10
# One address with many names: a whole office signs in from one, a guesser needs more.
TRIES_AN_HOUR_FROM_AN_ADDRESS = 60
TOTP_SECONDS = 30
LEAST_PASSWORD = 12


class TooManyTries(Exception):
    """This visitor has tried this name too often in this hour; others may still sign in to it."""


@dataclass(frozen=True)
class Officer:
    """Someone at work: who they are, and the team keys they hold while unlocked."""

    staff: StaffMember
    keyring: Keyring | None

    @property
    def display_name(self) -> str:
        return self.staff.display_name

    def may(self, *roles: Role) -> bool:
        """Whether any of these is their work."""
        return self.staff.has_role(*roles)


def add_staff(
    db: Session,
    name: str,
    display_name: str,
    roles: Iterable[Role],
    password: str,
    passphrase: str,
    teams: tuple[str, ...],
    held: Keyring,
) -> str:
    """A new account inside the caller's transaction; returns its TOTP secret, to be shown once. Raises VaultError."""
    member = keyholders.add_member(db, passphrase, teams, held)
    totp_secret = pyotp.random_base32()
    db.add(
        StaffMember(
            name=name.casefold(),
            display_name=display_name,
            roles=[StaffRole(role=role) for role in roles],
            password_hash=_hasher(settings()).hash(normalised(password)),
            totp_secret=sealing.lock(totp_secret.encode(), _totp_key()),
            member_id=member.id,
        )
    )
    audit.record(db, "command line", Action.ADDED_STAFF, name)
    return totp_secret


def remove_from_team(name: str, team: str) -> None:
    """Take a team's keys from someone, at once and from their open sessions too. Raises VaultError."""
    with transaction() as db:
        staff = db.scalar(select(StaffMember).where(StaffMember.name == name.casefold()))
        if staff is None:
            raise VaultError(f"There is nobody called {name}.")
        # What a session holds opens all of their teams: they unlock again what they still have.
        db.execute(update(StaffSession).where(StaffSession.staff_id == staff.id).values(locked_key=None))
        keyholders.remove_member(db, staff.member_id, team)
        audit.record(db, "command line", Action.REMOVED_FROM_TEAM, f"{staff.name} {team}")


def is_known(name: str) -> bool:
    return session.scalar(select(StaffMember.id).where(StaffMember.name == name.casefold())) is not None


def totp_address(name: str, secret: str) -> str:
    """What an authenticator app reads, as text or as a QR code."""
    issuer = settings().public_url.split("://")[1]
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def sign_in(name: str, password: str, code: str, address: str) -> str | None:
    """A session token for the right name, password and code, else None. Raises TooManyTries.

    An unknown name costs the same work as a known one, so that the time taken tells nobody who works here.
    """
    name = name.casefold()
    with transaction() as db:
        tries = limits.count(db, "sign in", f"{name} {address}")
        tries_from_address = limits.count(db, "sign in from", address)
    if tries > TRIES_AN_HOUR or tries_from_address > TRIES_AN_HOUR_FROM_AN_ADDRESS:
        raise TooManyTries
    staff = session.scalar(select(StaffMember).where(StaffMember.name == name, StaffMember.active))
    strangers_hash = _stranger(settings())  # made for either, or the first stranger would wait longer
    with _in_line():
        password_holds = _verify(staff.password_hash if staff else strangers_hash, password)
    secret = sealing.unlock(staff.totp_secret if staff else _strangers_totp(), _totp_key()).decode()
    used = _matching_step(secret, code)
    staff_id = staff.id if staff else None
    with transaction() as db:
        if staff_id is not None:
            # Nothing of the row may be read before it is locked, or two could use one code.
            staff = db.get_one(StaffMember, staff_id, with_for_update=True, populate_existing=True)
        if staff is None or not password_holds or used is None or used <= staff.totp_step:
            audit.record(db, staff.name if staff else "unknown", Action.SIGN_IN_REFUSED)
            return None
        staff.totp_step = used
        token = token_urlsafe(32)
        db.add(StaffSession(id=_session_id(token), staff_id=staff.id, locked_key=None, ends_at=utcnow() + IDLE))
        audit.record(db, staff.name, Action.SIGNED_IN)
    return token


def _verify(password_hash: str, password: str) -> bool:
    for spelling in spellings(password):
        with suppress(VerificationError):
            return _hasher(settings()).verify(password_hash, spelling)
    return False


def _in_line() -> AbstractContextManager[None]:
    """Passwords and passphrases wait in the receipts' line, so that no crowd can fill this machine's memory."""
    return one_of([settings().data / f"derive-{n}.lock" for n in range(receipts.AT_ONCE)])


def _matching_step(secret: str, code: str) -> int | None:
    """The 30-second step that this code belongs to: now, or one before or after for a clock that is off (RFC 6238)."""
    now = int(time.time()) // TOTP_SECONDS
    totp = pyotp.TOTP(secret)
    typed = digits(code)
    matching = [step for step in (now - 1, now, now + 1) if pyotp.utils.strings_equal(totp.generate_otp(step), typed)]
    return matching[0] if matching else None


def unlock(token: str, passphrase: str, address: str) -> bool:
    """Open the member's key into the session; False where the passphrase is wrong. Raises TooManyTries."""
    stored = _find_session(token)
    if stored is None:
        return False
    staff = session.get_one(StaffMember, stored.staff_id)
    with transaction() as db:
        if limits.count(db, "unlock", f"{staff.name} {address}") > TRIES_AN_HOUR:
            raise TooManyTries
    with _in_line():
        private = keyholders.open_member(staff.member_id, passphrase)
    with transaction() as db:
        row = db.get(StaffSession, _session_id(token), with_for_update=True)
        if private is None or row is None:  # no row: signed out meanwhile
            audit.record(db, staff.name, Action.UNLOCK_REFUSED)
            return False
        row.locked_key = sealing.lock(private, _session_key(token))
        row.ends_at = utcnow() + IDLE
        audit.record(db, staff.name, Action.UNLOCKED)
    return True


def find_officer(token: str | None) -> Officer | None:
    """Who is at work in this session; None where it ended or the account was closed."""
    stored = _find_session(token) if token else None
    if stored is None or token is None:
        return None
    staff = session.get(StaffMember, stored.staff_id)
    if staff is None or not staff.active:
        return None
    if stored.ends_at - utcnow() < IDLE - TOUCH_EVERY:
        with transaction() as db:
            touched = db.get(StaffSession, _session_id(token), with_for_update=True)
            if touched is None:  # signed out in another tab
                return None
            touched.ends_at = utcnow() + IDLE
    if stored.locked_key is None:
        return Officer(staff, None)
    private = sealing.unlock(stored.locked_key, _session_key(token))
    return Officer(staff, keyholders.keyring(staff.member_id, private))


def lock(token: str) -> None:
    """Put the key away and stay signed in."""
    with transaction() as db:
        stored = _find_session(token, for_update=True)
        if stored is not None:
            stored.locked_key = None
            audit.record(db, db.get_one(StaffMember, stored.staff_id).name, Action.LOCKED)


def sign_out(token: str) -> None:
    with transaction() as db:
        stored = _find_session(token, for_update=True)
        if stored is not None:
            audit.record(db, db.get_one(StaffMember, stored.staff_id).name, Action.SIGNED_OUT)
            db.delete(stored)


def sweep_sessions(db: Session) -> None:
    db.execute(delete(StaffSession).where(StaffSession.ends_at < utcnow()))


def _find_session(token: str, *, for_update: bool = False) -> StaffSession | None:
    # Everyone locks the session before the audit log, or two tabs could wait for each other.
    stored = session.get(StaffSession, _session_id(token), with_for_update=for_update or None)
    return stored if stored is not None and stored.ends_at > utcnow() else None


def _session_id(token: str) -> uuid.UUID:
    return uuid.UUID(bytes=sealing.derive(secrets().pepper, "staff session id", token.encode())[:16])


def _session_key(token: str) -> bytes:
    return sealing.derive(secrets().pepper, "staff session key", token.encode())


def _totp_key() -> bytes:
    return sealing.derive(secrets().pepper, "totp")


def _hasher(settings: Settings) -> PasswordHasher:
    return PasswordHasher(settings.password_ops, settings.password_memory // 1024, parallelism=1)


@cache
def _stranger(settings: Settings) -> str:
    """The hash of a password nobody has, for names nobody has."""
    return _hasher(settings).hash(token_urlsafe())


def _strangers_totp() -> bytes:
    return sealing.lock(pyotp.random_base32().encode(), _totp_key())
