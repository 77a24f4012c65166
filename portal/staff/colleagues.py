"""Who works here and can open a report; and how staff are called by their sign-in names."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import exists, select

from portal.db import session
from portal.staff.models import Role, StaffMember, StaffRole
from portal.text import one_line
from portal.vault import agencies
from portal.vault.keyholders import Grant, Membership, VaultError

MAX_DISPLAY_NAME = 80
_SIGN_IN_NAME = re.compile(r"\w[\w.-]{0,39}")
# What the log calls those who are nobody in particular.
_TAKEN = {"unknown", "worker", "retention"}


class NameTaken(VaultError):
    """Someone has this sign-in name, or had it."""


@dataclass(frozen=True)
class Colleague:
    """An officer: `member_id` is theirs in the vault, which decides what they open."""

    id: uuid.UUID
    name: str
    member_id: uuid.UUID
    active: bool


def new_sign_in_name(typed: str) -> str:
    """As it is stored and stands in addresses and in the log, where it may be nobody else's. Raises VaultError, NameTaken."""
    name = one_line(typed).casefold()
    if not _SIGN_IN_NAME.fullmatch(name):
        raise VaultError(
            "A sign-in name has up to 40 letters, digits, dots and dashes, and no spaces. It begins with a letter or digit."
        )
    if name in _TAKEN:
        raise NameTaken(f"The log calls the portal itself, or a stranger, {name}: choose another name.")
    return name


def new_display_name(typed: str) -> str:
    """One line without anything unseen. Raises VaultError."""
    name = one_line(typed)
    if not name or len(name) > MAX_DISPLAY_NAME:
        raise VaultError(f"A name of up to {MAX_DISPLAY_NAME} letters is needed.")
    return name


def officers() -> list[Colleague]:
    """By name, those whose account was closed too: what they had may still be theirs."""
    is_officer = select(StaffRole.staff_id).where(StaffRole.role == Role.OFFICER)
    columns = StaffMember.id, StaffMember.display_name, StaffMember.member_id, StaffMember.active
    rows = session.execute(select(*columns).where(StaffMember.id.in_(is_officer)))
    return sorted((Colleague(*row) for row in rows), key=lambda one: (one.name.casefold(), one.id))


def who_can_open(*content_ids: uuid.UUID, roles: Collection[Role] = (Role.OFFICER,)) -> dict[uuid.UUID, str]:
    """The display names, in order, of the officers (or `roles`) at work whose teams hold a key to each of these."""
    can = select(StaffMember.id, StaffMember.display_name).where(StaffMember.active)
    can = can.join(StaffRole, StaffRole.staff_id == StaffMember.id).where(StaffRole.role.in_(roles))
    for content_id in content_ids:
        holds = select(Membership.member_id).join(Grant, Grant.keyholder_id == Membership.keyholder_id)
        can = can.where(StaffMember.member_id.in_(holds.where(Grant.content_id == content_id)))
    return {row.id: row.display_name for row in session.execute(can.order_by(StaffMember.display_name, StaffMember.id))}


def whose_work_is_free() -> dict[uuid.UUID, str]:
    """Those whose account is closed, by id: somebody else does what they had to do."""
    gone = select(StaffMember.id, StaffMember.display_name).where(StaffMember.active.is_(False))
    return {row.id: row.display_name for row in session.execute(gone)}


def has_account(agency: str) -> bool:
    """Whether somebody who may sign in can open what is referred to this partner agency."""
    theirs = StaffMember.active & StaffMember.member_id.in_(agencies.members_of(agency))
    return bool(session.scalar(select(exists().where(theirs))))


def names_of(staff_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Display names, of closed accounts too."""
    found = select(StaffMember.id, StaffMember.display_name).where(StaffMember.id.in_(set(staff_ids)))
    return {row.id: row.display_name for row in session.execute(found)}


def display_names(sign_in_names: Iterable[str]) -> dict[str, str]:
    """By the name that the record of staff's acts has."""
    found = select(StaffMember.name, StaffMember.display_name).where(StaffMember.name.in_(set(sign_in_names)))
    return {row.name: row.display_name for row in session.execute(found)}


def all_names() -> list[tuple[str, str]]:
    """(sign-in name, display name) of everyone who works here or did."""
    found = session.execute(select(StaffMember.name, StaffMember.display_name))
    return sorted(((row.name, row.display_name) for row in found), key=lambda one: (one[1].casefold(), one[0]))


def sign_in_name(typed: str) -> str:
    """Of whoever is called so, by either name; what was typed where nobody is."""
    named = {name for name, shown in all_names() if typed.casefold() in (name, shown.casefold())}
    return min(named) if len(named) == 1 else typed
