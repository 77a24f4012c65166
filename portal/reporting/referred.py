"""What a partner agency sees: what was referred to it, with the key that it was given, and nothing else of any report."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import existing, session
from portal.reporting.deletions import lock_for_work
from portal.reporting.models import Report
from portal.reporting.referral_models import OPEN_REFERRALS, Referral
from portal.reporting.referral_records import OpenReferral, Reply, notice_agency, opened
from portal.reporting.referrals import NotPossible, hear
from portal.vault import agencies, keyholders
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError


def referred_to(held: Keyring, agency: str) -> list[OpenReferral]:
    """All that was ever referred to this agency and is not deleted: what it still has first, the oldest on top."""
    ids = agencies.contents_of(held)
    rows = session.scalars(select(Referral).where(Referral.notice_id.in_(ids))).all()
    notices = keyholders.content_keys(held, [row.notice_id for row in rows])
    theirs = [row for row in rows if notice_agency(row, notices.get(row.notice_id, b"")) in (agency, "")]
    keys = keyholders.content_keys(held, [row.id for row in theirs])
    found = [opened(row, keys.get(row.id), agency=agency) for row in theirs]
    return sorted(found, key=lambda each: (not each.is_open, each.made_on, each.id))


def find_referred(referral_id: uuid.UUID, held: Keyring, agency: str) -> OpenReferral | None:
    """The one that is asked for, or None where there is none that was referred to this agency."""
    row = session.get(Referral, referral_id)
    if row is None:
        return None
    keys = keyholders.content_keys(held, [row.id, row.notice_id])
    if row.notice_id not in keys or notice_agency(row, keys[row.notice_id]) not in (agency, ""):
        return None
    return opened(row, keys.get(row.id) if row.state in OPEN_REFERRALS else None, agency=agency)


def answer(
    db: Session, referral_id: uuid.UUID, held: Keyring, said: Reply, reference: str, disposition: str
) -> uuid.UUID:
    """What the agency says of its referral, inside the caller's transaction; gives the report's id, for the audit log.

    Raises NotPossible where it is not theirs any more, WorkHasStopped, SealError, NotThere.
    """
    report_id = existing(db, Referral, referral_id).report_id
    existing(db, Report, report_id, with_for_update=True)
    row = existing(db, Referral, referral_id, with_for_update=True, populate_existing=True)
    key = keyholders.content_keys(held, [row.id]).get(row.id)
    if row.state not in OPEN_REFERRALS:
        raise NotPossible
    if key is None:
        raise SealError("no key opens it")
    lock_for_work(db, report_id)
    if hear(db, row, key, said, reference, disposition):
        row.is_news = True
    return report_id
