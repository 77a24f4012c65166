"""What is not finished when a report is closed: its open tasks end with it, each partner's part ends or goes on as was chosen."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from portal.reporting.referral_models import OPEN_REFERRALS, ReferralState
from portal.reporting.referral_records import end, rows_of
from portal.reporting.tasks import end_tasks, open_task_ids


class PartnerChoice(enum.StrEnum):
    """What becomes of a partner's part, as the officer who closes the report chooses."""

    GOES_ON = "goes_on"
    """The partner still works on it, and officers still watch for its answer."""
    ENDS = "ends"
    """The partner opens nothing of it any more, and reads why."""


def has_unseen_task(db: Session, report_id: uuid.UUID, seen: Collection[str]) -> bool:
    """Whether closing would end a task that is not among these, by their ids: one that was added meanwhile."""
    return bool({task_id.hex for task_id in open_task_ids(db, report_id)} - set(seen))


def has_undecided_partner(db: Session, report_id: uuid.UUID, partner_choices: Mapping[str, str]) -> bool:
    """Whether a partner has the report of which nobody has chosen what becomes of its part; `partner_choices` by the referral's id."""
    return any(row.state in OPEN_REFERRALS and row.id.hex not in partner_choices for row in rows_of(db, report_id))


def end_unfinished(db: Session, report_id: uuid.UUID, key: bytes, partner_choices: Mapping[str, str], by: str) -> None:
    """Inside the transaction that closes the report and has locked it; `key` is the report's own."""
    end_tasks(db, report_id, key, by)
    for row in rows_of(db, report_id, lock=True):
        if row.state in OPEN_REFERRALS and partner_choices.get(row.id.hex) == PartnerChoice.ENDS:
            end(db, row, ReferralState.CLOSED)
