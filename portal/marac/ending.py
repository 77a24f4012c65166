"""How a case ends: with all that was said of it, and with its report where no meeting has heard it."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.marac.models import MaracAction, MaracCase, MaracItem
from portal.vault import keyholders


def end_case(db: Session, case_id: uuid.UUID) -> set[uuid.UUID]:
    """Delete it with its keys, inside the caller's transaction; the meetings on whose agenda it stood."""
    rows = db.execute(select(MaracItem.id, MaracItem.meeting_id).where(MaracItem.case_id == case_id)).all()
    items = [row.id for row in rows]
    actions = db.scalars(select(MaracAction.id).where(MaracAction.item_id.in_(items))).all()
    keyholders.drop_grants(db, [case_id, *items, *actions])
    db.execute(delete(MaracCase).where(MaracCase.id == case_id))
    return {row.meeting_id for row in rows}


def end_unheard_cases(db: Session, report_id: uuid.UUID) -> None:
    """The report is deleted: what no meeting has heard of it goes with it, inside the caller's transaction.

    One that was heard holds what agencies agreed to do about a danger: it stays for its own years, without its link.
    """
    cases = db.scalars(select(MaracCase.id).where(MaracCase.report_id == report_id).with_for_update()).all()
    # Held still, so that minutes which are being written just now are seen.
    items = select(MaracItem.case_id, MaracItem.is_heard).where(MaracItem.case_id.in_(cases)).with_for_update()
    heard = {row.case_id for row in db.execute(items) if row.is_heard}
    for case_id in cases:
        if case_id not in heard:
            end_case(db, case_id)
