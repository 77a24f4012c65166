"""Who can see to planned activity: colleagues who work with reports or figures, and have an account."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from portal.db import session
from portal.staff.models import Role, StaffMember, StaffRole

MAY_OWN = (Role.OFFICER, Role.SUPERVISOR, Role.ANALYST)


def possible_owners() -> dict[uuid.UUID, str]:
    """Display names by id, in order; those who have left are not among them."""
    works = select(StaffRole.staff_id).where(StaffRole.role.in_(MAY_OWN))
    rows = session.execute(
        select(StaffMember.id, StaffMember.display_name).where(StaffMember.active, StaffMember.id.in_(works))
    )
    return dict(sorted(((row.id, row.display_name) for row in rows), key=lambda one: (one[1].casefold(), one[0])))
