"""What is not finished when a report is closed: its open tasks end with it, each partner's part ends or goes on as was chosen.

So do those of the reports that are merged into it: nobody works on them by themselves, and nobody would end them later.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import session
from portal.reporting.case_models import CaseTask
from portal.reporting.deletions import is_stopped, lock_for_work
from portal.reporting.links import links_in
from portal.reporting.models import Report, State
from portal.reporting.referral_models import OPEN_REFERRALS, Referral, ReferralState
from portal.reporting.referral_records import end, rows_of
from portal.reporting.tasks import end_tasks, open_task_ids
from portal.vault import keyholders
from portal.vault.keyholders import Keyring


class PartnerChoice(enum.StrEnum):
    """What becomes of a partner's part, as the officer who closes the report chooses."""

    GOES_ON = "goes_on"
    """The partner still works on it, and officers still watch for its answer."""
    ENDS = "ends"
    """The partner opens nothing of it any more, and reads why."""


# The report that is closed and those of the merged ones that something is unfinished of, each with its own key.
WithMerged = Mapping[uuid.UUID, bytes]


def unfinished_merged(held: Keyring, report_id: uuid.UUID, key: bytes) -> dict[uuid.UUID, bytes]:
    """The reports merged into this one, by their own account too, of which a task is open or a partner has its part.

    Each with its key. Not those that were opened again and are closed by themselves, nor whose reporter stopped the work.
    """
    leads = set(links_in(report_id, key).leads)
    if not leads:
        return {}
    task = select(CaseTask.report_id).where(CaseTask.done_on.is_(None))
    part = select(Referral.report_id).where(Referral.state.in_(OPEN_REFERRALS))
    unfinished = leads.intersection(session.scalars(task.union(part)))
    keys = keyholders.content_keys(held, unfinished)
    reports = session.scalars(select(Report).where(Report.id.in_(list(keys)), Report.state == State.CLOSED))
    merged = [each.id for each in reports if not is_stopped(session, each)]
    return {each: keys[each] for each in sorted(merged) if links_in(each, keys[each]).led_by == report_id}


def has_unfinished(report_id: uuid.UUID) -> bool:
    """Whether a task of this report is open or a partner has its part."""
    is_with_partner = any(row.state in OPEN_REFERRALS for row in rows_of(session, report_id))
    return is_with_partner or bool(open_task_ids(session, report_id))


def lock_for_ending(db: Session, held: Keyring, report_id: uuid.UUID, key: bytes) -> tuple[Report, WithMerged]:
    """The report, to be closed inside the caller's transaction, and what ends with it.

    Locked in the order of the ids, as wherever several are, so two officers never wait for each other. Raises
    WorkHasStopped, NotThere.
    """
    for each in sorted({report_id, *unfinished_merged(held, report_id, key)}):
        db.get(Report, each, with_for_update=True)
    report = lock_for_work(db, report_id)
    return report, {report_id: key} | unfinished_merged(held, report_id, key)


def has_unseen_task(db: Session, ending: WithMerged, seen: Collection[str]) -> bool:
    """Whether closing would end a task that is not among these, by their ids: one that was added meanwhile."""
    return any({task_id.hex for task_id in open_task_ids(db, each)} - set(seen) for each in ending)


def has_undecided_partner(db: Session, ending: WithMerged, partner_choices: Mapping[str, str]) -> bool:
    """Whether a partner has a report of which nobody has chosen what becomes of its part; `partner_choices` by the referral's id."""
    rows = (row for each in ending for row in rows_of(db, each))
    return any(row.state in OPEN_REFERRALS and row.id.hex not in partner_choices for row in rows)


def end_unfinished(db: Session, ending: WithMerged, partner_choices: Mapping[str, str], by: str) -> None:
    """Inside the transaction that closes the report and has locked what ends with it."""
    for report_id, key in ending.items():
        end_tasks(db, report_id, key, by)
        for row in rows_of(db, report_id, lock=True):
            if row.state in OPEN_REFERRALS and partner_choices.get(row.id.hex) == PartnerChoice.ENDS:
                end(db, row, ReferralState.CLOSED)
