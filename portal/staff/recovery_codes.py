"""Ten codes on paper, each good once where the authenticator is lost."""

from __future__ import annotations

import base64
from secrets import token_bytes

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.config import secrets
from portal.db import session
from portal.staff.models import RecoveryCode, StaffMember
from portal.vault import sealing

HOW_MANY = 10
# 120 bits: above the 112 below which ASVS 5.0, 6.5.2 wants a slow hash.
BYTES, LETTERS = 15, 24


def make(db: Session, staff: StaffMember) -> list[str]:
    """Ten new ones inside the caller's transaction, to be shown once; those from before are worth nothing."""
    db.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
    codes = [base64.b32encode(token_bytes(BYTES)).decode() for _ in range(HOW_MANY)]
    db.add_all(RecoveryCode(code_hash=_hash(staff, code), staff_id=staff.id) for code in codes)
    return ["-".join(code[at : at + 4] for at in range(0, LETTERS, 4)) for code in codes]


def use(db: Session, staff: StaffMember, typed: str) -> bool:
    """Whether this is one of theirs; it is none afterwards."""
    if len(typed) > 200:
        return False
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())
    letters = letters.replace("0", "O").replace("1", "I").replace("8", "B")
    if len(letters) != LETTERS or not letters.isascii():
        return False
    gone = db.execute(delete(RecoveryCode).where(RecoveryCode.code_hash == _hash(staff, letters)))
    if not gone.rowcount:  # type: ignore[attr-defined]
        return False
    audit.record(db, staff.name, Action.USED_RECOVERY_CODE)
    return True


def count_left(staff: StaffMember) -> int:
    return session.scalar(select(func.count()).where(RecoveryCode.staff_id == staff.id)) or 0


def _hash(staff: StaffMember, letters: str) -> bytes:
    return sealing.derive(secrets().pepper, "recovery code", staff.id.bytes, letters.encode())
