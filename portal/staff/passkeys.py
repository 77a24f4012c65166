"""Passkeys: a key in somebody's own device with which they sign in, alone or in place of the code; it never opens the vault."""

from __future__ import annotations

import ipaddress
import uuid
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_bytes
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from webauthn.helpers import options_to_json_dict, parse_authentication_credential_json
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal import audit, limits
from portal.audit import Action
from portal.config import settings
from portal.db import session, today, transaction, utcnow
from portal.partnership.file import current_partnership
from portal.staff import accounts
from portal.staff.accounts import MAX_TRIES_PER_HOUR, MAX_TRIES_PER_HOUR_AND_ADDRESS, SecondFactor, TooManyTries
from portal.staff.models import StaffMember
from portal.staff.passkey_models import Passkey, PasskeyChallenge, Purpose

# A person looks for the device and unlocks it.
LASTS = timedelta(minutes=5)
MOST = 10
# Letters of a device's answer: that of a key in a security module, with its certificates, has some five thousand.
MAX_ANSWER = 20_000
# Bytes of a passkey's number (Web Authentication, 7.1): what is much longer, an index of PostgreSQL does not hold.
MAX_NUMBER = 1023


class TooManyPasskeys(Exception):
    """They have as many as anyone may have."""


class LastSecondFactor(Exception):
    """Without this passkey they would have nothing beside the password."""


@dataclass(frozen=True)
class Site:
    """What passkeys are bound to: the host's name, and the whole address that a browser says it shows."""

    host: str
    origin: str


@dataclass(frozen=True)
class Asked:
    """What a device is asked: `number` finds it again, `options` are for the browser's `navigator.credentials`."""

    number: str
    options: dict[str, Any]


def site() -> Site | None:
    """None where the portal's address is one for which browsers make no passkeys."""
    return site_of(settings().public_url)


def site_of(address: str) -> Site | None:
    """Browsers want a name, not a number, and HTTPS but for the machine itself (Web Authentication, 5.1.2)."""
    parts = urlsplit(address)
    try:
        host = (parts.hostname or "").encode("idna").decode()
    except UnicodeError:
        return None
    if not host or _is_number(host) or (parts.scheme != "https" and host != "localhost"):
        return None
    usual = 443 if parts.scheme == "https" else 80
    port = f":{parts.port}" if parts.port not in (None, usual) else ""
    return Site(host, f"{parts.scheme}://{host}{port}")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def passkeys_of(staff_id: uuid.UUID) -> list[Passkey]:
    """The newest first."""
    theirs = select(Passkey).where(Passkey.staff_id == staff_id)
    return list(session.scalars(theirs.order_by(Passkey.added_on.desc(), Passkey.name, Passkey.id)))


def find_passkey(staff_id: uuid.UUID, passkey_id: uuid.UUID) -> Passkey | None:
    return session.scalar(select(Passkey).where(Passkey.id == passkey_id, Passkey.staff_id == staff_id))


def ask_for_new(staff_id: uuid.UUID, name: str) -> Asked:
    """For whoever has just proven who they are: their device may make a passkey of this name within minutes.

    Raises TooManyPasskeys.
    """
    there = _there()
    before = passkeys_of(staff_id)
    if len(before) >= MOST:
        raise TooManyPasskeys
    staff = session.get_one(StaffMember, staff_id)
    sign_in_name, display_name = staff.name, staff.display_name
    handle = before[0].user_handle if before else token_bytes(32)
    known = [PublicKeyCredentialDescriptor(id=each.credential_id) for each in before]
    asked = PasskeyChallenge(purpose=Purpose.NEW, staff_id=staff_id, user_handle=handle, name=name)
    with transaction() as db:
        _store(db, asked)
    options = webauthn.generate_registration_options(
        rp_id=there.host,
        rp_name=current_partnership().name,
        user_id=handle,
        user_name=sign_in_name,
        user_display_name=display_name,
        challenge=asked.challenge,
        timeout=_milliseconds(),
        # Found without a name typed in; and where a device can tell who holds it, it does.
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=known,
    )
    return Asked(str(asked.id), options_to_json_dict(options))


def add(staff_id: uuid.UUID, number: str, answer: str) -> bool:
    """Keep what the device has made; False where it is not what was asked for, comes too late or for the second time."""
    asked = _take(number, Purpose.NEW)
    if asked is None or asked.staff_id != staff_id or asked.user_handle is None:
        return False
    there = _there()
    try:
        made = webauthn.verify_registration_response(
            credential=answer[:MAX_ANSWER],
            expected_challenge=asked.challenge,
            expected_rp_id=there.host,
            expected_origin=there.origin,
        )
    except Exception:  # noqa: BLE001 (whatever was sent: reading it may fail anywhere, and all of it is no passkey)
        return False
    if len(made.credential_id) > MAX_NUMBER:
        return False
    try:
        with transaction() as db:
            staff = db.get_one(StaffMember, staff_id, with_for_update=True, populate_existing=True)
            if (db.scalar(select(func.count()).where(Passkey.staff_id == staff_id)) or 0) >= MOST:
                return False
            if not _may_sign_in(staff):
                return False
            passkey = Passkey(
                staff_id=staff_id,
                credential_id=made.credential_id,
                public_key=made.credential_public_key,
                user_handle=asked.user_handle,
                sign_count=made.sign_count,
                name=asked.name or "",
                added_on=today(),
            )
            db.add(passkey)
            db.flush()
            audit.record(db, staff.name, Action.ADDED_PASSKEY, str(passkey.id))
    except IntegrityError:  # somebody has it
        return False
    return True


def remove(staff_id: uuid.UUID, passkey_id: uuid.UUID) -> None:
    """It signs nobody in any more; one that is gone already stays so. Raises LastSecondFactor."""
    with transaction() as db:
        staff = db.get_one(StaffMember, staff_id, with_for_update=True, populate_existing=True)
        others = select(func.count()).where(Passkey.staff_id == staff_id, Passkey.id != passkey_id)
        if not staff.totp_secret and not db.scalar(others):
            raise LastSecondFactor
        gone = db.execute(delete(Passkey).where(Passkey.id == passkey_id, Passkey.staff_id == staff_id))
        if gone.rowcount:  # type: ignore[attr-defined]
            audit.record(db, staff.name, Action.REMOVED_PASSKEY, str(passkey_id))


def ask_to_sign_in(purpose: Purpose, address: str) -> Asked:
    """Of anyone who has a passkey here: which one, the answer tells. Raises TooManyTries."""
    there = _there()
    asked = PasskeyChallenge(purpose=purpose)
    with transaction() as db:
        tries = limits.count(db, "passkey asked", address)
        _store(db, asked)
        if tries > MAX_TRIES_PER_HOUR_AND_ADDRESS:
            raise TooManyTries
    is_alone = purpose is Purpose.ALONE
    options = webauthn.generate_authentication_options(
        rp_id=there.host,
        challenge=asked.challenge,
        timeout=_milliseconds(),
        user_verification=UserVerificationRequirement.REQUIRED
        if is_alone
        else UserVerificationRequirement.DISCOURAGED,  # the password was the other factor
    )
    return Asked(str(asked.id), options_to_json_dict(options))


def sign_in(number: str, answer: str, address: str) -> str | None:
    """A session token for whoever's passkey this is, if the device made sure that they hold it. Raises TooManyTries.

    Both factors in one: the device, and what opens it.
    """
    asked, given = _take(number, Purpose.ALONE), _read(answer)
    staff = _owner(given)
    staff_id, name = (staff.id, staff.name) if staff else (None, "unknown")
    with transaction() as db:
        tries = limits.count(db, "sign in", f"{name} {address}") if staff_id else 0
        tries_from_address = limits.count(db, "sign in from", address)
    if tries > MAX_TRIES_PER_HOUR or tries_from_address > MAX_TRIES_PER_HOUR_AND_ADDRESS:
        raise TooManyTries
    with transaction() as db:
        if staff_id is not None:
            staff = db.get_one(StaffMember, staff_id, with_for_update=True, populate_existing=True)
        if not (staff and _may_sign_in(staff) and asked and given and _signs(db, staff, asked, given, alone=True)):
            audit.record(db, name, Action.SIGN_IN_REFUSED)
            return None
        token = accounts.begin_session(db, staff)
        audit.record(db, staff.name, Action.SIGNED_IN)
    return token


def in_place_of_code(number: str | None, answer: str | None) -> SecondFactor | None:
    """What a device answered, to be shown where the code is asked for beside the password; None where it was not asked."""
    if not answer:
        return None
    asked, given = _take(number or "", Purpose.SECOND), _read(answer)

    def is_theirs(db: Session, staff: StaffMember) -> bool:
        return asked is not None and given is not None and _signs(db, staff, asked, given, alone=False)

    return is_theirs


def sweep_challenges(db: Session) -> None:
    db.execute(delete(PasskeyChallenge).where(PasskeyChallenge.ends_at < utcnow()))


def _may_sign_in(staff: StaffMember) -> bool:
    """Whether their account is open, and was not reset: then a link comes before anything else. The caller has locked the row."""
    return staff.active and bool(staff.password_hash)


def _signs(
    db: Session, staff: StaffMember, asked: PasskeyChallenge, given: AuthenticationCredential, *, alone: bool
) -> bool:
    """Whether this answer is of a passkey of theirs; then it is written down. The caller has locked their row."""
    theirs = select(Passkey).where(Passkey.credential_id == given.raw_id, Passkey.staff_id == staff.id)
    passkey = db.scalar(theirs.with_for_update().execution_options(populate_existing=True))
    handle = given.response.user_handle
    if passkey is None or (handle != passkey.user_handle and (alone or handle)):
        return False
    there = _there()
    try:
        signed = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=asked.challenge,
            expected_rp_id=there.host,
            expected_origin=there.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=alone,
        )
    except Exception:  # noqa: BLE001 (whatever was sent: reading it may fail anywhere, and all of it is no signature)
        return False
    passkey.sign_count, passkey.used_on = signed.new_sign_count, today()
    audit.record(db, staff.name, Action.USED_PASSKEY, str(passkey.id))
    return True


def _read(answer: str) -> AuthenticationCredential | None:
    try:
        return parse_authentication_credential_json(answer[:MAX_ANSWER])
    except Exception:  # noqa: BLE001 (whatever was sent)
        return None


def _owner(given: AuthenticationCredential | None) -> StaffMember | None:
    if given is None:
        return None
    owner = select(StaffMember).join(Passkey, Passkey.staff_id == StaffMember.id)
    return session.scalar(owner.where(Passkey.credential_id == given.raw_id))


def _store(db: Session, asked: PasskeyChallenge) -> None:
    asked.challenge, asked.ends_at = token_bytes(32), utcnow() + LASTS
    db.add(asked)
    db.flush()


def _take(number: str, purpose: Purpose) -> PasskeyChallenge | None:
    """What was asked, if in time; whatever comes of it, it is asked no more."""
    try:
        asked_id = uuid.UUID(number)
    except ValueError:
        return None
    with transaction() as db:
        asked = db.get(PasskeyChallenge, asked_id, with_for_update=True)
        if asked is None:
            return None
        db.delete(asked)
    return asked if asked.purpose is purpose and asked.ends_at > utcnow() else None


def _there() -> Site:
    found = site()
    assert found is not None, "no page offers passkeys where there can be none"
    return found


def _milliseconds() -> int:
    return int(LASTS.total_seconds() * 1000)
