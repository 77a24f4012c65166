"""The views of the queue that an officer named to open again. Nobody else sees them, and a stolen database does not tell them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import secrets
from portal.db import Base, random_id, session, transaction
from portal.staff.models import StaffMember
from portal.vault import sealing
from portal.vault.sealing import SealError

LABEL = "staff.saved_view/1"
MAX_NAME = 40
MAX_VIEWS = 12
PAD = 1024


class SavedView(Base):
    """One view, sealed under the installation's pepper: its name, and the parts of its address."""

    __tablename__ = "saved_view"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), index=True)
    sealed: Mapped[bytes]


class TooMany(Exception):
    """They have as many as one may have."""


@dataclass(frozen=True)
class Saved:
    id: uuid.UUID
    name: str
    address: dict[str, str]


def saved_views(staff_id: uuid.UUID) -> list[Saved]:
    """By name; one that is damaged is left out."""
    found = []
    for row in session.scalars(select(SavedView).where(SavedView.staff_id == staff_id)):
        try:
            content = sealing.unseal(row.sealed, _key(staff_id), LABEL, row.id)
        except SealError:
            continue
        found.append(Saved(row.id, content["name"], content["address"]))
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))


def save_view(staff_id: uuid.UUID, name: str, address: dict[str, str]) -> None:
    """In the place of one with the same name. Raises TooMany."""
    with transaction() as db:
        db.get_one(StaffMember, staff_id, with_for_update=True)  # who presses twice saves one after the other
        before = saved_views(staff_id)
        same = [one.id for one in before if one.name.casefold() == name.casefold()]
        if not same and len(before) >= MAX_VIEWS:
            raise TooMany
        db.execute(delete(SavedView).where(SavedView.id.in_(same)))
        row = SavedView(id=random_id(), staff_id=staff_id)
        row.sealed = sealing.seal({"name": name, "address": address}, _key(staff_id), staff_id, LABEL, row.id, PAD)
        db.add(row)


def drop_view(staff_id: uuid.UUID, view_id: uuid.UUID) -> None:
    """Theirs only; one that is gone already stays gone."""
    with transaction() as db:
        db.execute(delete(SavedView).where(SavedView.id == view_id, SavedView.staff_id == staff_id))


def _key(staff_id: uuid.UUID) -> bytes:
    return sealing.derive(secrets().pepper, "saved view", staff_id.bytes)
