"""Who works on reports here: for whom a report may be."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from portal.db import session
from portal.staff.models import Role, StaffMember, StaffRole


@dataclass(frozen=True)
class Colleague:
    """An officer: `member_id` is theirs in the vault, which decides what they open."""

    id: uuid.UUID
    name: str
    member_id: uuid.UUID
    active: bool


def officers() -> list[Colleague]:
    """By name, those whose account was closed too: what they had may still be theirs."""
    is_officer = select(StaffRole.staff_id).where(StaffRole.role == Role.OFFICER)
    columns = StaffMember.id, StaffMember.display_name, StaffMember.member_id, StaffMember.active
    rows = session.execute(select(*columns).where(StaffMember.id.in_(is_officer)))
    return sorted((Colleague(*row) for row in rows), key=lambda one: (one.name.casefold(), one.id))
