"""Staff accounts: adding one, proving who someone is, and the session that follows."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from secrets import token_urlsafe

import pyotp
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal import audit, limits
from portal.audit import Action
from portal.config import Settings, secrets, settings
from portal.db import random_id, session, today, transaction, utcnow
from portal.flock import one_of
from portal.reporting.owning import release_all
from portal.staff import recovery_codes
from portal.staff.authenticator import matching_step
from portal.staff.colleagues import new_display_name, new_sign_in_name
from portal.staff.models import Role, StaffMember, StaffRole, StaffSession
from portal.text import normalised, spellings
from portal.vault import keyholders, receipts, sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

IDLE = timedelta(minutes=30)
# A session in use is written at most this often, so that reading pages does not wait for writers.
TOUCH_EVERY = timedelta(minutes=2)
MAX_TRIES_PER_HOUR = 10
# One address with many names: a whole office signs in from one, a guesser needs more.
MAX_TRIES_PER_HOUR_AND_ADDRESS = 60
# What short secrets of staff are locked for; the row is the session's and the person's.
SESSION, TOTP = "staff.session", "staff.totp"
NO_KEY = b""
# Whether someone, whose row is locked, shows a second factor of theirs.
SecondFactor = Callable[[Session, StaffMember], bool]


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
    name, display_name = new_sign_in_name(name), new_display_name(display_name)
    member = keyholders.add_member(db, passphrase, teams, held)
    staff_id = random_id()
    totp_secret = pyotp.random_base32()
    db.add(
        StaffMember(
            id=staff_id,
            name=name,
            display_name=display_name,
            roles=[StaffRole(role=role) for role in roles],
            password_hash=_hash(settings(), normalised(password)),
            totp_secret=_lock_totp(staff_id, totp_secret),
            member_id=member.id,
        )
    )
    audit.record(db, "command line", Action.ADDED_STAFF, name)
    return totp_secret


def set_sign_in(staff: StaffMember, password: str, totp_secret: str) -> None:
    """A new password and authenticator, inside the caller's transaction; codes of the old one end."""
    set_password(staff, password)
    set_authenticator(staff, totp_secret)


def set_password(staff: StaffMember, password: str) -> None:
    staff.password_hash = _hash(settings(), normalised(password))


def set_authenticator(staff: StaffMember, secret: str) -> None:
    staff.totp_secret = _lock_totp(staff.id, secret)
    staff.totp_step = 0


def password_holds(staff: StaffMember, password: str) -> bool:
    with _in_line():
        return any(sealing.verify_password(staff.password_hash, spelling) for spelling in spellings(password))


def use_code(db: Session, staff: StaffMember, code: str) -> bool:
    """Whether it is the authenticator's or a recovery code, and not used before. The caller has locked the row."""
    secret = _unlock_totp(staff.id, staff.totp_secret)
    used = matching_step(secret, code) if secret else None
    if used is not None and used > staff.totp_step:
        staff.totp_step = used
        return True
    return used is None and recovery_codes.use(db, staff, code)


def is_known(name: str) -> bool:
    return session.scalar(select(StaffMember.id).where(StaffMember.name == name.casefold())) is not None


def has_anyone(role: Role) -> bool:
    """Whether somebody who may sign in has this role."""
    theirs = select(StaffRole.staff_id).join(StaffMember, StaffMember.id == StaffRole.staff_id)
    return session.scalar(theirs.where(StaffRole.role == role, StaffMember.active).limit(1)) is not None


def sign_in(name: str, password: str, code: str, address: str, instead: SecondFactor | None = None) -> str | None:
    """A session token for the right name, password and code, or what stands `instead` of it, else None. Raises TooManyTries.

    An unknown name costs the same work as a known one, so that the time taken tells nobody who works here.
    """
    name = name.casefold()
    with transaction() as db:
        tries = limits.count(db, "sign in", f"{name} {address}")
        tries_from_address = limits.count(db, "sign in from", address)
    if tries > MAX_TRIES_PER_HOUR or tries_from_address > MAX_TRIES_PER_HOUR_AND_ADDRESS:
        raise TooManyTries
    staff = session.scalar(select(StaffMember).where(StaffMember.name == name, StaffMember.active))
    strangers_hash = _stranger(settings())  # made for either, or the first stranger would wait longer
    with _in_line():
        known_hash = (staff and staff.password_hash) or strangers_hash  # who was invited has none yet
        password_holds = any(sealing.verify_password(known_hash, spelling) for spelling in spellings(password))
    staff_id = staff.id if staff else None
    with transaction() as db:
        if staff_id is not None:
            # Nothing of the row may be read before it is locked, or two could use one code.
            staff = db.get_one(StaffMember, staff_id, with_for_update=True, populate_existing=True)
            # Weighing takes a second, in which the account may be closed or reset, or get another password.
            password_holds = password_holds and staff.active and staff.password_hash == known_hash
        secret = _unlock_totp(staff.id, staff.totp_secret) if staff else pyotp.random_base32()
        used = matching_step(secret, code) if secret else None
        is_newer = staff is not None and used is not None and used > staff.totp_step
        shows = instead or (lambda db, staff: bool(secret) and (is_newer or recovery_codes.use(db, staff, code)))
        if not (staff and password_holds and shows(db, staff)):
            audit.record(db, staff.name if staff else "unknown", Action.SIGN_IN_REFUSED)
            return None
        staff.totp_step = max(staff.totp_step, used or 0)
        if secret:  # one from before secrets were bound to their row is bound now
            staff.totp_secret = _lock_totp(staff.id, secret)
        token = begin_session(db, staff)
        audit.record(db, staff.name, Action.SIGNED_IN)
    return token


def begin_session(db: Session, staff: StaffMember) -> str:
    """They are signed in from now on, their key still put away; gives the token, inside the caller's transaction."""
    token, now = f"{token_urlsafe(32)}.{token_urlsafe(32)}", utcnow()
    times = {"ends_at": now + IDLE, "began_at": now.replace(minute=0, second=0, microsecond=0)}
    db.add(StaffSession(id=_session_id(token), staff_id=staff.id, locked_key=_lock_key(token, NO_KEY), **times))
    staff.signed_in_on = today()
    return token


def _in_line() -> AbstractContextManager[None]:
    """Passwords and passphrases wait in the receipts' line, so that no crowd can fill this machine's memory."""
    return one_of([settings().data / f"derive-{n}.lock" for n in range(receipts.MAX_DERIVATIONS)])


def unlock(token: str, passphrase: str, address: str) -> str | None:
    """Open the member's key into the session: its new token, with which the old one ends; None where the passphrase is
    wrong or the session has ended. Raises TooManyTries.

    Whoever copied the cookie before holds no token of an unlocked session. The new one comes from the old and the
    member's key, so a button that was pressed twice gets the same one twice.
    """
    stored = _find_session(token)
    if stored is None:
        return None
    staff = session.get_one(StaffMember, stored.staff_id)
    with transaction() as db:
        if limits.count(db, "unlock", f"{staff.name} {address}") > MAX_TRIES_PER_HOUR:
            raise TooManyTries
    with _in_line():
        private = keyholders.open_member(staff.member_id, passphrase)
    with transaction() as db:
        row = _find_session(token, for_update=True)
        if private is not None:
            new_token = _next_token(token, private)
            if row is not None:
                row.locked_key = _lock_key(new_token, private)
                row.ends_at = utcnow() + IDLE
                audit.record(db, staff.name, Action.UNLOCKED)
                return new_token
            if _find_session(new_token) is not None:
                return new_token
        audit.record(db, staff.name, Action.UNLOCK_REFUSED)
    return None


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
    private = _unlock_key(token, stored)
    if private is None:  # unlocked in another tab, in this moment
        return None
    return Officer(staff, keyholders.keyring(staff.member_id, private) if private != NO_KEY else None)


def session_end(token: str | None) -> datetime | None:
    """When this session ends if nobody works in it; None where it has. Asking for it is no work."""
    stored = _find_session(token) if token else None
    return stored.ends_at if stored is not None else None


def lock(token: str) -> None:
    """Put the key away and stay signed in."""
    with transaction() as db:
        stored = _find_session(token, for_update=True)
        if stored is not None:
            stored.locked_key = _lock_key(token, NO_KEY)
            audit.record(db, db.get_one(StaffMember, stored.staff_id).name, Action.LOCKED)


def sign_out(token: str) -> None:
    """End the session, by an earlier token of it too: of two tabs, one may unlock while the other signs out."""
    with transaction() as db:
        stored = db.get(StaffSession, _session_id(token), with_for_update=True)
        if stored is not None:
            audit.record(db, db.get_one(StaffMember, stored.staff_id).name, Action.SIGNED_OUT)
            db.delete(stored)


def others_end(db: Session, staff_id: uuid.UUID, token: str) -> None:
    db.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.id != _session_id(token)))


def is_session(token: str, stored: StaffSession) -> bool:
    """Whether whoever has this token is in this session."""
    return stored.id == _session_id(token)


def sweep_sessions(db: Session) -> None:
    db.execute(delete(StaffSession).where(StaffSession.ends_at < utcnow()))


def release_cases_of_closed_accounts(db: Session) -> None:
    """An account is closed in the database, so whoever tidies up finds it out."""
    closed = db.scalars(select(StaffMember.id).where(StaffMember.active.is_(False))).all()
    if closed:
        release_all(db, closed)


def _find_session(token: str, *, for_update: bool = False) -> StaffSession | None:
    """The session of which this is the token now."""
    # Everyone locks the session before the audit log, or two tabs could wait for each other.
    stored = session.get(StaffSession, _session_id(token), with_for_update=for_update or None)
    if stored is None or stored.ends_at <= utcnow():
        return None
    return stored if _unlock_key(token, stored) is not None else None


def _session_id(token: str) -> uuid.UUID:
    """Of the part of the token that stays as long as the session."""
    lasting = token.partition(".")[0]
    return uuid.UUID(bytes=sealing.derive(secrets().pepper, "staff session id", lasting.encode())[:16])


def _next_token(token: str, private: bytes) -> str:
    """Nobody can tell it who has not opened the member's key, not even with the old token and the pepper."""
    secret = sealing.derive(private, "staff session token", token.encode())
    return f"{token.partition('.')[0]}.{base64.urlsafe_b64encode(secret).decode()}"


def _session_key(token: str) -> bytes:
    return sealing.derive(secrets().pepper, "staff session key", token.encode())


def _lock_key(token: str, private: bytes) -> bytes:
    """What lies in the session: with NO_KEY it still proves which token is the session's."""
    return sealing.lock(private, _session_key(token), SESSION, _session_id(token).bytes)


def _unlock_key(token: str, stored: StaffSession) -> bytes | None:
    """The member's key, NO_KEY while it is put away; None where the token is not this session's any more."""
    try:
        return sealing.unlock(stored.locked_key or b"", _session_key(token), SESSION, stored.id.bytes)
    except SealError:
        return None


def _totp_key() -> bytes:
    return sealing.derive(secrets().pepper, "totp")


def _lock_totp(staff_id: uuid.UUID, secret: str) -> bytes:
    return sealing.lock(secret.encode(), _totp_key(), TOTP, staff_id.bytes)


def _unlock_totp(staff_id: uuid.UUID, locked: bytes) -> str | None:
    """None where it is damaged or another person's: no code is right then."""
    try:
        return sealing.unlock(locked, _totp_key(), TOTP, staff_id.bytes).decode()
    except SealError:
        return None


def _hash(settings: Settings, password: str) -> str:
    return sealing.hash_password(password, ops=settings.password_ops, memory=settings.password_memory)


@cache
def _stranger(settings: Settings) -> str:
    """The hash of a password nobody has, for names nobody has."""
    return _hash(settings, token_urlsafe())
