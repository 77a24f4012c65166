"""That something waits for a partner agency: a mail with no word of what, at most one each working morning."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.db import session, today, transaction
from portal.outbox import OutboxMail, agency_subject, has_address, tell_agency
from portal.reporting.referral_models import Referral, is_late
from portal.vault import agencies


def tell_holders(db: Session, referral_ids: Iterable[uuid.UUID]) -> None:
    """Whichever agency opens these here hears of it, inside the caller's transaction; one that has them on paper does not."""
    db.flush()
    for agency in agencies.holders_of(referral_ids):
        tell_agency(db, agency)


def look(agency: str) -> None:
    """The agency looks at what was referred to it: what waits to be mailed is no news any more."""
    subject = agency_subject(agency)
    if session.get(OutboxMail, subject) is not None:
        with transaction() as db:
            db.execute(delete(OutboxMail).where(OutboxMail.id == subject))


def remind_of_late() -> None:
    """Each agency whose answer is late hears so each working morning until it answers. The worker does it."""
    late = agencies.holders_of(session.scalars(select(Referral.id).where(is_late(today()))).all())
    untold = [each for each in late if has_address(each) and session.get(OutboxMail, agency_subject(each)) is None]
    if untold:
        with transaction() as db:
            for agency in untold:
                tell_agency(db, agency)
