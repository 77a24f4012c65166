"""Signing in with an account of the organisation: whose it is here, and the session that follows. It opens no key, ever."""

from __future__ import annotations

import enum
import uuid

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import audit, limits
from portal.audit import Action
from portal.config import secrets, settings
from portal.db import session, today, transaction
from portal.staff import accounts
from portal.staff.account_changes import COMMAND_LINE
from portal.staff.accounts import MAX_TRIES_PER_HOUR, TooManyTries
from portal.staff.models import StaffMember, StaffSession
from portal.staff.oidc_models import OrganisationAccount
from portal.staff.oidc_provider import Person, same_subject
from portal.vault import sealing
from portal.vault.keyholders import VaultError


class Outcome(enum.StrEnum):
    """What there is for someone whom the provider has named."""

    UNKNOWN = "unknown"
    CLOSED = "closed"
    NOT_JOINED = "not_joined"
    """They have not opened their invitation, or must open another after a lost phone."""


class AlreadyLinked(VaultError):
    """That account of the organisation signs in as somebody already."""


class NoSubject(VaultError):
    """What was given can be nobody's name at the provider."""


def sign_in(person: Person) -> str | uuid.UUID | Outcome:
    """A session's token where the provider asked for a second factor, else whose code is still to be asked for.

    Also where somebody else linked the account: until the code of this person's own was typed here once, nobody knows whose it is.
    """
    with transaction() as db:
        staff = _theirs(db, _hash(person.subject))
        if isinstance(staff, Outcome):
            audit.record(db, "unknown", Action.SIGN_IN_REFUSED)
            return staff
        is_theirs = db.get_one(OrganisationAccount, staff.id).is_theirs
        return _begin(db, staff) if person.has_second_factor and is_theirs else staff.id


def finish_with_code(staff_id: uuid.UUID, subject: str, code: str) -> str | None:
    """A session's token for whom the provider named before by this subject, and the right code. Raises TooManyTries."""
    named = session.get_one(StaffMember, staff_id)
    with transaction() as db:
        # The person's own count, wherever they sit: whoever got past the provider guesses no more than this. It keeps
        # nobody out who signs in with a password.
        if limits.count(db, "code after organisation", named.name) > MAX_TRIES_PER_HOUR:
            raise TooManyTries
    with transaction() as db:
        linked = db.get(OrganisationAccount, staff_id)
        # Another account may have been linked to them since.
        is_same = linked is not None and linked.subject_hash == _hash(subject)
        staff = _theirs(db, _hash(subject)) if is_same else Outcome.UNKNOWN
        if isinstance(staff, Outcome) or not accounts.use_code(db, staff, code):
            audit.record(db, named.name, Action.SIGN_IN_REFUSED)
            return None
        db.get_one(OrganisationAccount, staff.id).is_theirs = True
        return _begin(db, staff)


def _begin(db: Session, staff: StaffMember) -> str:
    token = accounts.begin_session(db, staff)
    audit.record(db, staff.name, Action.SIGNED_IN_ELSEWHERE)
    return token


def _theirs(db: Session, subject_hash: bytes) -> StaffMember | Outcome:
    """Their row, locked."""
    linked = db.scalar(
        select(OrganisationAccount).where(
            OrganisationAccount.subject_hash == subject_hash, OrganisationAccount.issuer == settings().oidc_issuer
        )
    )
    if linked is None:
        return Outcome.UNKNOWN
    staff = db.get_one(StaffMember, linked.staff_id, with_for_update=True, populate_existing=True)
    if not staff.active:
        return Outcome.CLOSED
    return staff if staff.password_hash else Outcome.NOT_JOINED


def find_link(staff_id: uuid.UUID) -> OrganisationAccount | None:
    """With which account of the provider that is set they may sign in."""
    found = session.get(OrganisationAccount, staff_id)
    return found if found is not None and found.issuer == settings().oidc_issuer else None


def link(name: str, subject: str, by: str = COMMAND_LINE, but: str | None = None) -> None:
    """Whoever signs in over there as `subject` is this person here; what was linked before is not any more.

    With that end their sessions, but the one with the token `but`: by the account from before somebody else may be in.
    Raises NoSubject, AlreadyLinked, VaultError.
    """
    if not (same := same_subject(subject)):
        raise NoSubject(
            "The subject that the provider gives someone has up to 255 letters, digits and signs, and no spaces."
        )
    try:
        with transaction() as db:
            staff = _find(db, name)
            if by == staff.name and not staff.password_hash:  # it was reset since they said who they are
                raise VaultError("Their sign-in was reset.")
            before = db.get(OrganisationAccount, staff.id)
            if before is not None:
                if before.subject_hash != _hash(same):
                    _end_sessions(db, staff, but)
                db.delete(before)
            db.flush()
            known = {"issuer": settings().oidc_issuer, "subject_hash": _hash(same), "is_theirs": by == staff.name}
            db.add(OrganisationAccount(staff_id=staff.id, linked_on=today(), **known))
            db.flush()
            audit.record(db, by, Action.LINKED_SIGN_IN, staff.name)
    except IntegrityError:
        raise AlreadyLinked("That account of the organisation is linked to somebody already.") from None


def unlink(name: str, by: str = COMMAND_LINE, but: str | None = None) -> None:
    """They sign in with their password and code again. Their sessions end, but the one with the token `but`.

    Raises VaultError.
    """
    with transaction() as db:
        staff = _find(db, name)
        db.execute(delete(OrganisationAccount).where(OrganisationAccount.staff_id == staff.id))
        _end_sessions(db, staff, but)
        audit.record(db, by, Action.UNLINKED_SIGN_IN, staff.name)


def _end_sessions(db: Session, staff: StaffMember, but: str | None) -> None:
    if but is None:
        db.execute(delete(StaffSession).where(StaffSession.staff_id == staff.id))
    else:
        accounts.others_end(db, staff.id, but)


def _find(db: Session, name: str) -> StaffMember:
    staff = db.scalar(
        select(StaffMember).where(StaffMember.name == name.casefold(), StaffMember.active).with_for_update()
    )
    if staff is None:
        raise VaultError(f"There is nobody called {name}, or their account was closed.")
    return staff


def _hash(subject: str) -> bytes:
    issuer = settings().oidc_issuer.encode()
    return sealing.derive(secrets().pepper, "organisation account", issuer, subject.encode())
