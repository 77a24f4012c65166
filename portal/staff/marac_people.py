"""Who can sit at a table of the MARAC, for which agency; and who of them no longer works here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from portal.db import session
from portal.marac.actions import Action, table_of
from portal.marac.tables import Seat
from portal.staff.models import Role, StaffMember, StaffRole
from portal.vault import meetings, teams
from portal.vault.agencies import PREFIX


@dataclass(frozen=True)
class Person:
    """An account. `agency` is that of a partner's account, which speaks for no other."""

    id: uuid.UUID
    name: str
    member_id: uuid.UUID
    active: bool
    agency: str
    can_unlock: bool
    """Whether they have chosen a passphrase: nobody can be handed a key before."""

    def seat(self, agency: str) -> Seat:
        return Seat(self.id, self.member_id, self.agency or agency)

    @property
    def as_owner(self) -> tuple[uuid.UUID, uuid.UUID]:
        return self.id, self.member_id


def people_for_tables() -> dict[uuid.UUID, Person]:
    """By id, in the order of their names; those who left too, for what they had to do may still be theirs."""
    roles = (Role.OFFICER, Role.SUPERVISOR, Role.PARTNER_AGENCY)
    may = select(StaffRole.staff_id).where(StaffRole.role.in_(roles))
    rows = session.scalars(select(StaffMember).where(StaffMember.id.in_(may) | StaffMember.active.is_(False))).all()
    held = teams.teams_by_member(session)
    ready = meetings.can_unlock([row.member_id for row in rows])
    found = [
        Person(
            row.id, row.display_name, row.member_id, row.active,
            _agency(held.get(row.member_id, [])) if row.has_role(Role.PARTNER_AGENCY) else "",
            row.member_id in ready,
        )
        for row in rows
    ]  # fmt: skip
    return {one.id: one for one in sorted(found, key=lambda one: (one.name.casefold(), one.id))}


def may_do(action: Action, people: Mapping[uuid.UUID, Person]) -> list[Person]:
    """To whom it can be given: who sat at its table, colleagues at the agency of whoever has it, the coordinators.

    An action is not for everyone who has a passphrase. Coordinators open it anyway, and are there when all others left.
    """
    seated = table_of(action)
    owner = people.get(action.row.owner_id)
    agency = (owner.agency if owner else "") or seated.get(action.row.owner_id, "")
    coordinate = meetings.coordinators()
    ready = [one for one in people.values() if one.active and one.can_unlock]
    return [
        one for one in ready
        if one.id in seated or (agency and one.agency == agency) or one.member_id in coordinate
    ]  # fmt: skip


def at_work(people: Mapping[uuid.UUID, Person]) -> set[uuid.UUID]:
    """Without those who left; who has other work now is not among these people at all."""
    return {one.id for one in people.values() if one.active}


def _agency(codes: list[str]) -> str:
    return next((code.removeprefix(PREFIX) for code in codes if code.startswith(PREFIX)), "")
