"""Some of the sample reports are with a partner: one in its own account, one that never answered, the others on paper."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import random_id, today
from portal.reporting import referrals
from portal.reporting.case import find_report
from portal.reporting.models import Report, State
from portal.reporting.referral_models import ReferralWay
from portal.reporting.referral_records import Sent
from portal.sample.reports import MARK
from portal.vault import agencies
from portal.vault.keyholders import Keyring

# The agency that has an account in the demonstration.
AGENCY = "landlord"
MOST = 6


def add_referrals(db: Session, held: Keyring) -> None:
    """Inside the caller's transaction."""
    looked_at = select(Report.id).where(Report.state == State.LOOKED_AT).order_by(Report.received_on.desc(), Report.id)
    made = 0
    for report_id in db.scalars(looked_at).all():
        if made == MOST:
            break
        found = find_report(report_id, held)
        agreed = [code for code, told in referrals.given_now(found).items() if told != "nothing"] if found else []
        if found is None or not agreed:
            continue
        agency = AGENCY if AGENCY in agreed else agreed[0]
        way = ReferralWay.PORTAL if agencies.has_account(agency) else ReferralWay.SHEET
        note = f"{MARK} Please visit, and tell us what you find."
        sent = Sent(agency, way, words=referrals.blank_out(found.narrative, ["Fishermead"]), note=note, by="Amina K.")
        row = referrals.refer(db, found, sent, (), "", "", random_id())
        if made == 1:  # it never answered
            row.made_on, row.answer_due_on = today() - timedelta(days=9), today() - timedelta(days=2)
        made += 1
