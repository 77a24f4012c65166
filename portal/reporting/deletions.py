"""How a report ends when its reporter wants it to: taken back at once, or deleted after fourteen days."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal import audit, outbox
from portal.db import existing, session, today, transaction
from portal.files import store, sweeping
from portal.marac.ending import end_unheard_cases
from portal.reporting import clocks
from portal.reporting.contacts import drop_contact, drop_contact_of, owners_of_listed_contacts
from portal.reporting.deleted_list import complete_list, delete_each, list_deleted, listed_as_deleted
from portal.reporting.hand_overs import stop_hand_overs
from portal.reporting.held import hold_row, is_held
from portal.reporting.hold_models import LegalHold
from portal.reporting.models import DeletedReport, DeletionRequest, Refusal, Report, State
from portal.reporting.nudges import drop_nudge, drop_nudge_of, mark_due, owners_of_listed_nudges
from portal.reporting.queue_index import forget
from portal.reporting.referral_records import (
    drop_referral_keys,
    end_listed_referrals_of,
    owners_of_listed_referrals,
    stop_referrals,
)
from portal.reporting.second_look_models import SecondLook
from portal.vault import keyholders

DELETED_AFTER = timedelta(days=14)


@dataclass(frozen=True)
class Deletion:
    """A reporter's wish to have their report deleted, and what came of it."""

    asked_on: date
    due_on: date
    refused_on: date | None
    refused_for: Refusal | None
    refused_by: str | None

    @property
    def is_standing(self) -> bool:
        """Whether the report will be deleted if nothing more happens."""
        return self.refused_on is None

    @property
    def can_be_changed(self) -> bool:
        """Not on its last day: the worker may be deleting it in this moment."""
        return self.is_standing and today() < self.due_on


class WorkHasStopped(Exception):
    """The reporter took the report back or wants it deleted: nobody writes to them or changes its state."""


class StillThere(Exception):
    """Something that was deleted is in the database again, and could not be deleted."""


class NothingToRefuse(Exception):
    """Nobody wants the report deleted any more, or it is too late."""


def lock_for_work(db: Session, report_id: uuid.UUID) -> Report:
    """The report, to be worked on inside the caller's transaction. Raises WorkHasStopped, NotThere."""
    report = existing(db, Report, report_id, with_for_update=True)
    if is_stopped(db, report):
        raise WorkHasStopped
    return report


def is_stopped(db: Session, report: Report) -> bool:
    """Whether its reporter took it back or wants it deleted."""
    return report.state is State.WITHDRAWN or _is_standing(db.get(DeletionRequest, report.id))


def has_stopped(report_id: uuid.UUID) -> bool:
    """The same of a report that others keep something of; False where it is gone."""
    report = session.get(Report, report_id)
    return report is not None and is_stopped(session, report)


def withdraw_report(report_id: uuid.UUID) -> None:
    """Stop all work and contact, and forget how to reach them. An alert about someone at risk goes on until an officer has seen it."""
    with transaction() as db:
        report = db.get(Report, report_id, with_for_update=True)
        if report is not None:
            stop_referrals(db, report)
            report.state = State.WITHDRAWN
            clocks.stop(db, report_id, today())
            stop_hand_overs(db, report_id)
            drop_contact(db, report_id)
            drop_nudge(db, report_id)
            db.execute(delete(SecondLook).where(SecondLook.report_id == report_id))


def find_deletion(report_id: uuid.UUID) -> Deletion | None:
    return _read(session.get(DeletionRequest, report_id))


def deletions_of(report_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Deletion]:
    """What is asked for of these reports, or was refused."""
    rows = session.scalars(select(DeletionRequest).where(DeletionRequest.report_id.in_(list(report_ids))))
    return {row.report_id: found for row in rows if (found := _read(row))}


def _read(row: DeletionRequest | None) -> Deletion | None:
    if row is None:
        return None
    return Deletion(row.asked_on, row.due_on, row.refused_on, row.refused_for, row.refused_by)


def ask_for_deletion(report_id: uuid.UUID) -> None:
    """Begin the fourteen days; asking twice does not begin them anew, asking after a refusal does."""
    with transaction() as db:
        report = db.get(Report, report_id, with_for_update=True)
        if report is None:
            return
        asked = db.get(DeletionRequest, report_id)
        if _is_standing(asked):
            return
        hold = hold_row(db, report_id)
        if asked is None:
            asked = DeletionRequest(report_id=report_id)
            db.add(asked)
        if hold is None:
            begin_deletion(db, report, asked)
            return
        # They are told at once, and the wish is there when the hold ends.
        asked.asked_on, asked.due_on = today(), today() + DELETED_AFTER
        asked.refused_on, asked.refused_for, asked.refused_by = today(), Refusal.LEGAL_HOLD, hold.placed_by


def begin_deletion(db: Session, report: Report, asked: DeletionRequest) -> None:
    """The fourteen days, in which nobody works on it, inside the caller's transaction."""
    asked.asked_on, asked.due_on = today(), today() + DELETED_AFTER
    asked.refused_on = asked.refused_for = asked.refused_by = None
    clocks.stop(db, report.id, today())
    stop_hand_overs(db, report.id)
    stop_referrals(db, report)


def keep_report(report_id: uuid.UUID) -> None:
    """Take the wish for deletion back, until the day on which it is carried out."""
    with transaction() as db:
        request = _lock_open_request(db, report_id)
        if request is not None:
            clocks.take_up(db, existing(db, Report, report_id), request.asked_on, today())
            db.delete(request)


def refuse_deletion(db: Session, report_id: uuid.UUID, reason: Refusal, by: str) -> None:
    """Keep the report, inside the caller's transaction. Raises NothingToRefuse."""
    request = _lock_open_request(db, report_id)
    if request is None:
        raise NothingToRefuse
    request.refused_on, request.refused_for, request.refused_by = today(), reason, by
    clocks.take_up(db, existing(db, Report, report_id), request.asked_on, today())
    mark_due(db, report_id)


def _is_standing(row: DeletionRequest | None) -> bool:
    return row is not None and row.refused_on is None


def _lock_open_request(db: Session, report_id: uuid.UUID) -> DeletionRequest | None:
    """The request, while it can still be changed."""
    db.get(Report, report_id, with_for_update=True)
    row = db.get(DeletionRequest, report_id, populate_existing=True)
    found = _read(row)
    return row if found and found.can_be_changed else None


def delete_due_reports() -> int:
    """Delete what was asked for fourteen days ago; returns how many. The worker does it.

    One that cannot be deleted is logged, waits for the next time and holds up no other.
    """
    standing = DeletionRequest.refused_on.is_(None)
    due = session.scalars(select(DeletionRequest.report_id).where(DeletionRequest.due_on <= today(), standing)).all()
    return delete_each(due, lambda report_id: delete_report(report_id, is_asked_for))


def is_asked_for(db: Session, report: Report) -> bool:
    request = db.get(DeletionRequest, report.id)
    return request is not None and request.refused_on is None and request.due_on <= today()


def reapply_deletions() -> int:
    """Delete again what a restored database still holds; returns how many. Raises StillThere, once the others are gone.

    What is under a legal hold there stays until that ends, and `portal health` says so.
    """
    complete_list()
    listed = listed_as_deleted()
    delete_each(owners_of_listed_contacts(listed), drop_contact_of)
    delete_each(owners_of_listed_nudges(listed), drop_nudge_of)
    delete_each(owners_of_listed_referrals(listed), lambda report_id: end_listed_referrals_of(report_id, listed))
    gone = delete_each(_still_there(listed), delete_report)
    also = (owners_of_listed_contacts, owners_of_listed_nudges, owners_of_listed_referrals, _still_there)
    if any([*owners(listed)] for owners in also):
        raise StillThere
    return gone


def _still_there(report_ids: list[uuid.UUID], at_once: int = 500) -> Iterable[uuid.UUID]:
    free = Report.id.not_in(select(LegalHold.report_id))
    for first in range(0, len(report_ids), at_once):
        some = report_ids[first : first + at_once]
        yield from session.scalars(select(Report.id).where(Report.id.in_(some), free)).all()


def count_held_though_listed() -> int:
    """Reports under a legal hold that had been deleted before this database was put back."""
    kept = session.scalars(select(LegalHold.report_id)).all()
    listed = set(listed_as_deleted()) if kept else set()
    return sum(report_id in listed for report_id in kept)


def delete_report(
    report_id: uuid.UUID,
    is_due: Callable[[Session, Report], bool] | None = None,
    note: Callable[[Session, Report], None] | None = None,
) -> bool:
    """Delete the report and all that hangs on it, and keep its id; False where it is not due, or someone else has.

    Without `is_due` it was deleted before, and came back with an older database. `note` writes down that it ends.
    """
    files = store.names_of_report(report_id)
    with transaction() as db:
        if note is not None:
            audit.stand_in_line(db)
        report = db.get(Report, report_id, with_for_update=True)
        if report is None or is_held(db, report_id):
            return False
        # An alert: someone may be badly hurt, and no officer has looked. Whoever found the receipt must not silence that.
        if is_due is not None and (not is_due(db, report) or outbox.waiting_alert(report_id)):
            return False
        if note is not None:
            note(db, report)
        keyholders.drop_grants(db, (report_id, report.conversation_id))
        drop_referral_keys(db, report_id)
        drop_contact(db, report_id)
        forget(db, report_id)
        end_unheard_cases(db, report_id)
        outbox.acknowledge(db, report_id)
        db.execute(delete(Report).where(Report.id == report_id))
        if db.get(DeletedReport, report_id) is None:
            db.add(DeletedReport(report_id=report_id, deleted_on=today()))
    # Once it is gone and not before: what broke off in between would be deleted at the next start, whatever came of it
    # meanwhile. What a crash leaves out here, complete_list() finds in the row; the files, or what came meanwhile, are swept.
    if is_due is not None:
        list_deleted(report_id)
    sweeping.remove_orphans(files)
    return True
