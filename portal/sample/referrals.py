"""Some of the sample reports are with a partner: one in its own account, one that never answered, the others on paper."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from portal.db import random_id, today
from portal.reporting import referrals
from portal.reporting.case import find_report
from portal.reporting.models import State
from portal.reporting.redaction import blank_out
from portal.reporting.referral_models import ReferralWay
from portal.reporting.referral_records import Sent
from portal.sample.reports import Owners, store_sample
from portal.sample.told import CALM, IN_FULL, MARK
from portal.staff import colleagues
from portal.vault.keyholders import Keyring

# The agency that has an account in the demonstration.
AGENCY = "landlord"
# How many days ago those reports came that are referred.
AGES = (16, 13, 11, 9, 6, 5)


def add_referrals(db: Session, held: Keyring, owners: Owners) -> None:
    """Inside the caller's transaction, on reports of its own."""
    rng = random.Random("referrals")  # noqa: S311 (the same reports each time)
    agreed_to = [told for told in IN_FULL if "consent" in told.more]
    for number, age in enumerate(AGES):
        told, day = agreed_to[number % len(agreed_to)], today() - timedelta(days=age)
        calm = replace(told, more=told.more | CALM)
        report = store_sample(db, rng, calm, day, dict.fromkeys(owners, owners["hate"][:1]), held, State.LOOKED_AT)
        db.flush()
        found = find_report(report.id, held)
        agreed = [code for code, telling in referrals.given_now(found).items() if telling != "nothing"] if found else []
        if found is None or not agreed:
            continue
        agency = AGENCY if AGENCY in agreed else agreed[0]
        way = ReferralWay.PORTAL if colleagues.has_account(agency) else ReferralWay.SHEET
        note = f"{MARK} Please visit, and tell us what you find."
        sent = Sent(agency, way, words=blank_out(found.narrative, ["Fishermead"]), note=note, by="Amina K.")
        row = referrals.refer(db, found, sent, (), "", "", random_id())
        if number == 1:  # it never answered
            row.made_on, row.answer_due_on = today() - timedelta(days=9), today() - timedelta(days=2)
