"""How a reporter may be reached: sealed under a key of its own, gone before the report is, or as soon as they say so."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from portal.db import random_id, session, today, transaction
from portal.partnership.file import current_partnership
from portal.reporting import clocks
from portal.reporting.deleted_list import delete_each, list_deleted
from portal.reporting.held import is_held
from portal.reporting.models import Report, ReportContact, State
from portal.reporting.referral_models import Referral
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

LABEL = "report.contact/1"
# All that can be said takes less, in any script: its length tells not even whether there is an address.
PAD = 4 * 1024


@dataclass(frozen=True)
class Contact:
    """What an officer may know of it: how it is safe at once, the name and the numbers once they ask."""

    told: dict[str, Any] | None
    """By question; None where it is damaged."""


def seal_contact(db: Session, report: Report, told: dict[str, Any], teams: tuple[str, ...]) -> None:
    """Inside the caller's transaction. Its id is that of the content: the report's own key does not open it."""
    key = sealing.new_key()
    row = ReportContact(id=random_id(), report_id=report.id)
    row.sealed = sealing.seal({"told": told}, key, row.id, LABEL, row.id, PAD)
    db.add(row)
    keyholders.grant(db, row.id, key, teams)
    row.delete_on = end_of_contact(db, None, report)


def has_contact(report_id: uuid.UUID) -> bool:
    return bool(session.scalar(select(exists().where(ReportContact.report_id == report_id))))


def find_contact(report_id: uuid.UUID, held: Keyring) -> Contact | None:
    """None where there is none that this keyring opens."""
    row = session.scalar(select(ReportContact).where(ReportContact.report_id == report_id))
    key = keyholders.content_keys(held, [row.id]).get(row.id) if row else None
    if row is None or key is None:
        return None
    try:
        return Contact(sealing.unseal(row.sealed, key, LABEL, row.id)["told"])
    except SealError:
        # One damaged part must not hide the report.
        return Contact(None)


def drop_contact(db: Session, report_id: uuid.UUID) -> None:
    """With its key, inside the caller's transaction."""
    row = db.scalar(select(ReportContact).where(ReportContact.report_id == report_id))
    if row is not None:
        list_deleted(row.id)
        keyholders.drop_grants(db, (row.id,))
        db.delete(row)
        # Nor does a partner to whom it was given go on reading it here.
        db.execute(update(Referral).where(Referral.report_id == report_id).values(contact=None))


def drop_contact_of(report_id: uuid.UUID) -> bool:
    with transaction() as db:
        drop_contact(db, report_id)
    return True


def owners_of_listed_contacts(listed: list[uuid.UUID]) -> list[uuid.UUID]:
    """The reports whose contact was deleted and that an older database, which was put back, still holds."""
    gone = set(listed)
    held = session.execute(select(ReportContact.id, ReportContact.report_id)).all()
    return [report_id for contact_id, report_id in held if contact_id in gone]


def take_out_contact(report_id: uuid.UUID) -> None:
    """The reporter wants to be reached on the website only, from now on."""
    with transaction() as db:
        db.get(Report, report_id, with_for_update=True)
        drop_contact(db, report_id)


def follow_state(db: Session, report: Report) -> None:
    """A closed report's contact lives some months longer, an open one's as long as it is open."""
    row = db.scalar(select(ReportContact).where(ReportContact.report_id == report.id))
    if row is not None:
        row.delete_on = end_of_contact(db, row.delete_on, report)


def end_of_contact(db: Session, known: date | None, report: Report) -> date | None:
    """The day on which we forget how to reach a reporter: months after closing, counted from when it was closed first.

    None while it is in work, be it as a part of another that it was merged into.
    """
    if report.state is not State.CLOSED or clocks.is_in_work(db, report):
        return None
    return known or _months_after(today(), current_partnership().retention.contact_months)


def _months_after(day: date, months: int) -> date:
    """The same day of that month, at the latest its 28th: it may be too early, never too late."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, min(day.day, 28))


def delete_due_contacts() -> int:
    """Delete those whose report was closed long enough ago; returns how many. The worker does it.

    One that cannot be deleted is logged, waits for the next time and holds up no other.
    """
    due = session.scalars(select(ReportContact.report_id).where(ReportContact.delete_on <= today())).all()
    return delete_each(due, _delete_if_due)


def _delete_if_due(report_id: uuid.UUID) -> bool:
    with transaction() as db:
        db.get(Report, report_id, with_for_update=True)
        row = db.scalar(select(ReportContact).where(ReportContact.report_id == report_id))
        is_due = row is not None and row.delete_on is not None and row.delete_on <= today()
        is_due = is_due and not is_held(db, report_id)
        if is_due:
            drop_contact(db, report_id)
    return is_due
