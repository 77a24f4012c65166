"""What everyone changes about their own account: password, passphrase, authenticator, recovery codes, sessions."""

from __future__ import annotations

import uuid

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal import audit, limits
from portal.audit import Action
from portal.db import session, transaction
from portal.staff import accounts, joining, recovery_codes
from portal.staff.accounts import MAX_TRIES_PER_HOUR, SecondFactor, TooManyTries
from portal.staff.models import StaffMember, StaffSession
from portal.vault import keyholders
from portal.vault.keyholders import Member, Unlock


def is_theirs(staff_id: uuid.UUID, password: str, code: str, instead: SecondFactor | None = None) -> bool:
    """Whether whoever sits there knows the password and has the authenticator, a recovery code or what stands `instead`.

    Raises TooManyTries.
    """
    staff = session.get_one(StaffMember, staff_id)
    with transaction() as db:
        # The person's own count: whoever sits at an open screen guesses no more than this.
        if limits.count(db, "own account", staff.name) > MAX_TRIES_PER_HOUR:
            raise TooManyTries
    weighed = staff.password_hash
    if not accounts.password_holds(staff, password):
        return False
    with transaction() as db:
        staff = _locked(db, staff_id)
        if staff.password_hash != weighed:  # changed or reset meanwhile
            return False
        return instead(db, staff) if instead else accounts.use_code(db, staff, code)


def change_password(staff_id: uuid.UUID, password: str) -> None:
    """Every session ends, this one too."""
    with transaction() as db:
        staff = _locked(db, staff_id)
        accounts.set_password(staff, password)
        _end_sessions(db, staff_id)
        audit.record(db, staff.name, Action.CHANGED_PASSWORD)


def change_authenticator(staff_id: uuid.UUID, secret: str) -> None:
    with transaction() as db:
        staff = _locked(db, staff_id)
        accounts.set_authenticator(staff, secret)
        _end_sessions(db, staff_id)
        audit.record(db, staff.name, Action.CHANGED_AUTHENTICATOR)


def change_passphrase(staff_id: uuid.UUID, current: str, passphrase: str) -> bool:
    """False where the current one does not open their key. Who has none yet gets a first one, and a key with it."""
    staff = session.get_one(StaffMember, staff_id)
    has_one, member_id = joining.has_passphrase(staff), staff.member_id
    private = keyholders.open_member(member_id, current) if has_one else None
    if has_one and private is None:
        return False
    with transaction() as db:
        staff = _locked(db, staff_id)
        if private is None:
            joining.give_passphrase(db, staff, passphrase)
        else:
            db.execute(delete(Unlock).where(Unlock.member_id == member_id))
            keyholders.set_passphrase(db, db.get_one(Member, member_id), private, passphrase)
        _end_sessions(db, staff_id)
        audit.record(db, staff.name, Action.CHANGED_PASSPHRASE)
    return True


def new_codes(staff_id: uuid.UUID) -> list[str]:
    with transaction() as db:
        staff = _locked(db, staff_id)
        codes = recovery_codes.make(db, staff)
        audit.record(db, staff.name, Action.MADE_RECOVERY_CODES)
    return codes


def end_other_sessions(staff_id: uuid.UUID, token: str) -> None:
    with transaction() as db:
        staff = _locked(db, staff_id)
        accounts.others_end(db, staff_id, token)
        audit.record(db, staff.name, Action.ENDED_SESSIONS, staff.name)


def end_session(staff_id: uuid.UUID, session_id: uuid.UUID) -> None:
    with transaction() as db:
        staff = _locked(db, staff_id)
        end_one_session(db, staff, session_id, staff.name)


def end_one_session(db: Session, staff: StaffMember, session_id: uuid.UUID, by: str) -> None:
    """One of theirs, inside the caller's transaction; one that has ended already stays so."""
    gone = db.execute(delete(StaffSession).where(StaffSession.id == session_id, StaffSession.staff_id == staff.id))
    if gone.rowcount:  # type: ignore[attr-defined]
        audit.record(db, by, Action.ENDED_SESSION, staff.name)


def _locked(db: Session, staff_id: uuid.UUID) -> StaffMember:
    return db.get_one(StaffMember, staff_id, with_for_update=True, populate_existing=True)


def _end_sessions(db: Session, staff_id: uuid.UUID) -> None:
    db.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))
