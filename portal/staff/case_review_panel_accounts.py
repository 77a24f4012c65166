"""Who of those with an account can sit on a panel or answer for a recommendation, and what they are called there."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from portal.case_review.panel_members import Account
from portal.db import session
from portal.languages.i18n import current_language
from portal.partnership.file import current_partnership
from portal.staff.models import Role, StaffMember, StaffRole
from portal.vault.agencies import PREFIX
from portal.vault.teams import teams_by_member

SIT = (Role.OFFICER, Role.SUPERVISOR, Role.PARTNER_AGENCY)


@dataclass(frozen=True)
class PanelAccount:
    account: Account
    name: str
    agency: str
    """The code of the partner agency they are of; empty of those who work for the partnership."""


def panel_accounts() -> dict[uuid.UUID, PanelAccount]:
    """Those at work, by name."""
    may = select(StaffRole.staff_id).where(StaffRole.role.in_(SIT))
    columns = StaffMember.id, StaffMember.display_name, StaffMember.member_id
    rows = session.execute(select(*columns).where(StaffMember.active, StaffMember.id.in_(may))).all()
    teams = teams_by_member(session)
    found = {}
    for staff_id, name, member_id in sorted(rows, key=lambda row: (row[1].casefold(), row[0])):
        own = [team.removeprefix(PREFIX) for team in teams.get(member_id, ()) if team.startswith(PREFIX)]
        found[staff_id] = PanelAccount(Account(staff_id, member_id), name, own[0] if own else "")
    return found


def agency_of(chosen: PanelAccount) -> str:
    """In words: what a partner is called may change, and the record says who sat there then."""
    if not chosen.agency:
        return current_partnership().localised(current_language().code).name
    found = current_partnership().find_agency(chosen.agency)
    return found.name.in_(current_language().code) if found else chosen.agency
