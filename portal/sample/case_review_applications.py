"""Three sample applications for a case review: one is late to be acknowledged, one has two receipts, one was refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.case_review import applying, records
from portal.case_review.applicants import store_appeal
from portal.case_review.applying import CONSENT_TEXT, MARK, USE, Application
from portal.case_review.deciding import Decision, Verdict, acknowledge, decide
from portal.case_review.models import CaseReview
from portal.case_review.records import ReviewKeys, as_stored
from portal.case_review.threshold import Complaint
from portal.db import random_id, today
from portal.reporting.shown_receipts import report_shown
from portal.sample.told import MARK as SAMPLE
from portal.staff.models import StaffMember
from portal.vault import receipts
from portal.vault.keyholders import Keyring

BY = "Dev R."


def add_applications(db: Session, held: Keyring, shown: list[str]) -> list[str]:
    """Inside the caller's transaction; `shown` are receipts of sample reports. The numbers of the three."""
    numbers = [receipts.draw() for _application in range(3)]
    _add(db, held, numbers[0], 12, (15, 30, 50), name="Halina N.", language="pl")
    linked, _keys = _add(db, held, numbers[1], 3, (10,), name="Imran S.", language="ur", reports=_shown(shown[:2]))
    acknowledge(db, linked.id)
    refused, keys = _add(db, held, numbers[2], 20, (25,), name="Carol P.", language="en")
    dev = db.scalars(select(StaffMember).where(StaffMember.name == "dev")).one()
    assessment = {
        "persistence": f"{SAMPLE} Once, a month ago.",
        "harm": f"{SAMPLE} None since.",
        "response": f"{SAMPLE} The landlord wrote to the neighbour at once.",
    }
    reasons = f"{SAMPLE} One complaint counts. The landlord acted at once, and it has stopped."
    decide(db, refused.id, keys, Decision(Verdict.NOT_MET, reasons, "en", "", assessment), by=BY, by_id=dev.id)
    store_appeal(db, refused, keys, f"{SAMPLE} It began again last night.", "en", by="")
    return numbers


def _add(
    db: Session,
    held: Keyring,
    digits: str,
    ago: int,
    told: tuple[int, ...],
    *,
    name: str,
    language: str,
    reports: list[dict[str, Any]] | None = None,
) -> tuple[CaseReview, ReviewKeys]:
    """One that came so many days ago."""
    complaints = [
        Complaint("", _ago(days + 2), _ago(days), is_asb=True, is_hate=False, told="council") for days in told
    ]
    contact = dict.fromkeys(("victim", "relation", "email", "address", "needs_more"), "") | {
        "name": f"{SAMPLE} {name}",
        "phone": "01632 960001",
        "safe": f"{SAMPLE} In the morning only.",
        "needs": ["interpreter"],
    }
    story = {
        "for_whom": "me",
        "agreed": "",
        "happened": f"{SAMPLE} Music and shouting below us, most nights until three.",
        "not_done": f"{SAMPLE} We were told to write it down. Nobody came.",
        "language": "en",
    }
    review = applying.store_application(
        db,
        Application(story, contact, complaints),
        reports or [],
        receipts.derive(digits, USE),
        language,
        _ago(ago),
        token=random_id(),
    )
    keys = records.keys_of_staff(review.id, held)
    if keys is None:
        raise LookupError("the recovery key holds every team's")
    return review, keys


def _shown(digits: list[str]) -> list[dict[str, Any]]:
    """As the page on which receipts are shown keeps them."""
    rows = []
    for one in digits:
        if report := report_shown(one):
            complaint = Complaint(
                f"report {report.id.hex}",
                report.received_on,
                report.received_on,
                report.is_asb,
                report.is_hate,
                told="here",
            )
            mark = receipts.derive(one, MARK).lookup.hex()
            rows.append(
                {"report": report.id.hex, "mark": mark, "complaint": as_stored(complaint), "agreed": CONSENT_TEXT}
            )
    return rows


def _ago(days: int) -> date:
    return today() - timedelta(days=days)
