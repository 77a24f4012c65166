"""Somebody asks for a case review: begun, kept page by page, their own reports shown by receipt, and sent once.

What they wrote is sealed to the anti-social behaviour team, and to the hate team where a complaint or a report is of hate.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import disk, limits
from portal.case_review.models import CaseReview, ReviewPart, ReviewState, UsedReceipt
from portal.case_review.records import ReviewKeys, as_stored, seal_part
from portal.case_review.rules import rules_on
from portal.case_review.threshold import Complaint
from portal.db import random_id, session, today, transaction
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after
from portal.reporting.references import draw_reference
from portal.reporting.shown_receipts import report_shown
from portal.vault import keyholders, receipts, sealing
from portal.vault.drafts import Draft, Purpose, drop_draft, find_draft, new_draft

USE, MARK = "case review", "case review mark"
TALK_KEY = "case_review.talk_key"
ASB_TEAM, HATE_TEAM = "asb_team", "hate_team"
MAX_RECEIPTS = 12
# More from one address in an hour are marked for staff; none is refused.
MAX_PER_HOUR = 5
RECEIPT_SHOWN_FOR = timedelta(minutes=15)
CONSENT_TEXT = "2026-11"
"""The version of what the applicant agrees to."""


class UsedBefore(Exception):
    """This receipt was shown for another application, of this day."""

    def __init__(self, day: date) -> None:
        super().__init__(day.isoformat())
        self.day = day


class ShownAlready(Exception):
    """This receipt is in this application."""


class TooMany(Exception):
    """No more receipts fit into one application."""


@dataclass(frozen=True)
class Application:
    """What is sent: each part as it is sealed."""

    told: Mapping[str, Any]
    contact: Mapping[str, Any]
    complaints: Sequence[Complaint]


@dataclass(frozen=True)
class Sent:
    digits: str
    received_on: date
    acknowledge_by: date
    decide_by: date

    @property
    def groups(self) -> list[str]:
        return receipts.groups(self.digits)


def begin_application() -> Draft:
    """Its number is drawn now, so that sending twice cannot give two. Raises NoRoom."""
    disk.check_room_for_draft()
    content = {"token": random_id().hex, "receipt": receipts.draw(), "typed": {}, "reports": []}
    draft = new_draft(Purpose.CASE_REVIEW, content)
    with transaction(durable=False) as db:
        draft.save(db)
    return draft


def find_application(token: str | None) -> Draft | None:
    return find_draft(token, Purpose.CASE_REVIEW)


def keep_typed(token: str | None, step: str, typed: dict[str, list[str]]) -> Draft | None:
    """What one page holds; None where the draft has ended."""
    with transaction(durable=False) as db:
        draft = find_draft(token, Purpose.CASE_REVIEW, lock=True)
        if draft is not None and "sent" not in draft.content:
            draft.content["typed"][step] = typed
            draft.save(db)
    return draft


def show_receipt(token: str | None, digits: str, occurred_on: date | None) -> bool:
    """Take the report that it opens into the application; False where it opens none. The digits are not kept.

    Raises UsedBefore, ShownAlready, TooMany.
    """
    found = report_shown(digits)
    if found is None:
        return False
    mark = receipts.derive(digits, MARK).lookup
    if (used_on := _used_on(session, mark)) is not None:
        raise UsedBefore(used_on)
    with transaction(durable=False) as db:
        draft = find_draft(token, Purpose.CASE_REVIEW, lock=True)
        if draft is None or "sent" in draft.content:
            return True
        if any(one["report"] == found.id.hex for one in draft.content["reports"]):
            raise ShownAlready
        if len(draft.content["reports"]) >= MAX_RECEIPTS:
            raise TooMany
        complaint = Complaint(
            incident=f"report {found.id.hex}",
            occurred_on=occurred_on,
            reported_on=found.received_on,
            is_asb=found.is_asb,
            is_hate=found.is_hate,
            told="here",
        )
        draft.content["reports"].append(
            {"report": found.id.hex, "mark": mark.hex(), "complaint": as_stored(complaint), "agreed": CONSENT_TEXT}
        )
        draft.save(db)
    return True


def take_out_report(token: str | None, report: str) -> None:
    with transaction(durable=False) as db:
        draft = find_draft(token, Purpose.CASE_REVIEW, lock=True)
        if draft is not None and "sent" not in draft.content:
            draft.content["reports"] = [one for one in draft.content["reports"] if one["report"] != report]
            draft.save(db)


def _used_on(db: Session, mark: bytes) -> date | None:
    """The day of the application for which the receipt of this mark was shown."""
    asked = select(CaseReview.received_on).join(UsedReceipt, UsedReceipt.review_id == CaseReview.id)
    return db.scalar(asked.where(UsedReceipt.mark == mark))


def send_application(token: str, application: Application, language: str, visitor: str) -> Sent | None:
    """Seal and store it once, however often it is sent; None where the draft has ended. Raises UsedBefore."""
    draft = find_application(token)
    if draft is None or "sent" in draft.content:
        return sent_application(draft)
    keys = receipts.derive(draft.content["receipt"], USE)
    try:
        return _send(token, application, keys, language, visitor)
    except IntegrityError:  # sent twice in one moment, or a receipt shown for two: look again
        return _send(token, application, keys, language, visitor)


def _send(
    token: str, application: Application, lookup: receipts.ReceiptKeys, language: str, visitor: str
) -> Sent | None:
    with transaction() as db:
        draft = find_draft(token, Purpose.CASE_REVIEW, lock=True)
        if draft is None or "sent" in draft.content:
            return sent_application(draft)
        for one in draft.content["reports"]:
            if (used_on := _used_on(db, bytes.fromhex(one["mark"]))) is not None:
                raise UsedBefore(used_on)
        is_held = limits.count(db, "case_review", visitor) > MAX_PER_HOUR
        review = store_application(
            db,
            application,
            draft.content["reports"],
            lookup,
            language,
            today(),
            token=uuid.UUID(draft.content["token"]),
            is_held=is_held,
        )
        draft.content = {
            "sent": {
                "receipt": draft.content["receipt"],
                "received_on": review.received_on.isoformat(),
                "acknowledge_by": review.acknowledge_by.isoformat(),
                "decide_by": review.decide_by.isoformat(),
            }
        }
        draft.save(db, idle=RECEIPT_SHOWN_FOR)
    return sent_application(draft)


def store_application(
    db: Session,
    application: Application,
    reports: Sequence[Mapping[str, Any]],
    lookup: receipts.ReceiptKeys,
    language: str,
    received_on: date,
    *,
    token: uuid.UUID,
    is_held: bool = False,
) -> CaseReview:
    """Inside the caller's transaction. Which reports are meant lies under the seal; their own rows are not touched."""
    rules = rules_on(received_on)
    holidays = current_partnership().bank_holidays
    review_id = random_id()
    keys = ReviewKeys(talk=sealing.new_key(), own=sealing.new_key())
    review = CaseReview(
        id=review_id,
        reference=_free_reference(db),
        state=ReviewState.RECEIVED,
        received_on=received_on,
        rules_version=rules.version,
        acknowledge_by=working_days_after(received_on, rules.acknowledge_working_days, holidays),
        decide_by=working_days_after(received_on, rules.decide_working_days, holidays),
        is_held=is_held,
        language=language,
        submission_token=token,
        conversation_id=random_id(),
        receipt_lookup=lookup.lookup,
        conversation_key=sealing.lock(keys.talk, lookup.key, TALK_KEY, review_id.bytes),
    )
    db.add(review)
    db.flush()
    complaints = [*map(as_stored, application.complaints), *(one["complaint"] for one in reports)]
    teams = {ASB_TEAM} | ({HATE_TEAM} if any(one["is_hate"] for one in complaints) else set())
    keyholders.grant(db, review.id, keys.own, teams)
    keyholders.grant(db, review.conversation_id, keys.talk, teams)
    told = dict(application.told) | {"complaints": complaints, "consent": {"text": CONSENT_TEXT, "language": language}}
    seal_part(db, review, keys, ReviewPart.APPLICATION, told)
    seal_part(db, review, keys, ReviewPart.CONTACT, application.contact)
    # Also where there is none: that somebody showed receipts is told by the number of marks alone.
    seal_part(db, review, keys, ReviewPart.LINKS, {"reports": [one["report"] for one in reports]})
    for one in reports:
        db.add(UsedReceipt(mark=bytes.fromhex(one["mark"]), review_id=review.id))
    db.flush()
    return review


def _free_reference(db: Session) -> str:
    while True:
        reference = draw_reference()
        if db.scalar(select(CaseReview.id).where(CaseReview.reference == reference)) is None:
            return reference


def sent_application(draft: Draft | None) -> Sent | None:
    """The number of what was sent, as long as it may be shown."""
    if draft is None or "sent" not in draft.content:
        return None
    sent = draft.content["sent"]
    days = (date.fromisoformat(sent[name]) for name in ("received_on", "acknowledge_by", "decide_by"))
    return Sent(sent["receipt"], *days)


def forget_application(token: str) -> None:
    with transaction() as db:
        drop_draft(db, token)
