"""The applicant comes back by their number: reads how far it is, writes, appeals against a refusal, takes it back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.case_review import records
from portal.case_review.applying import TALK_KEY, USE
from portal.case_review.models import CaseReview, ReviewMessage, ReviewPart, ReviewState, SealedReviewPart, UsedReceipt
from portal.case_review.panel_models import OF_THE_PANEL
from portal.case_review.records import ReviewKeys
from portal.db import existing, session, today, transaction
from portal.reporting.deleted_list import list_deleted
from portal.vault import keyholders, receipts, sealing
from portal.vault.drafts import Draft, Purpose, drop_draft, find_draft, new_draft
from portal.vault.keyholders import find_vault

CAN_BE_TAKEN_BACK = (
    ReviewState.RECEIVED,
    ReviewState.ACKNOWLEDGED,
    ReviewState.THRESHOLD_NOT_MET,
    ReviewState.ACCEPTED,
)


class IsEnded(Exception):
    """It was taken back, or decided meanwhile: this cannot be done any more."""


class MustBeKept(Exception):
    """It is under a legal hold."""


@dataclass(frozen=True)
class Visit:
    """A case review as the holder of its number may see it."""

    token: str
    review_id: uuid.UUID
    keys: ReviewKeys


def open_with_receipt(digits: str) -> Draft | None:
    """A visit for whoever holds these digits, or None where they open nothing. Raises SealError."""
    if find_vault() is None:
        return None
    lookup = receipts.derive(digits, USE)
    review = session.scalar(select(CaseReview).where(CaseReview.receipt_lookup == lookup.lookup))
    if review is None:
        return None
    talk = sealing.unlock(review.conversation_key, lookup.key, TALK_KEY, review.id.bytes)
    visit = new_draft(Purpose.CASE_REVIEW_VISIT, {"review": review.id.hex, "key": talk.hex()})
    with transaction() as db:
        visit.save(db)
    return visit


def find_visit(token: str | None) -> Visit | None:
    draft = find_draft(token, Purpose.CASE_REVIEW_VISIT)
    if draft is None:
        return None
    return Visit(draft.token, uuid.UUID(draft.content["review"]), ReviewKeys(bytes.fromhex(draft.content["key"])))


def end_visit(token: str) -> None:
    """Whoever kept a copy of the cookie opens nothing with it."""
    with transaction() as db:
        drop_draft(db, token)


def find_review(review_id: uuid.UUID) -> CaseReview | None:
    return session.get(CaseReview, review_id)


def visited(token: str | None) -> tuple[Visit, CaseReview] | None:
    """The visit and what it sees, as long as both are there."""
    visit = find_visit(token)
    review = find_review(visit.review_id) if visit else None
    return (visit, review) if visit and review else None


def write(visit: Visit, text: str, language: str, once: uuid.UUID) -> None:
    """The same `once` is stored once. Raises IsEnded, TooManyMessages."""
    with transaction() as db:
        review = existing(db, CaseReview, visit.review_id, with_for_update=True)
        if review.state is ReviewState.WITHDRAWN:
            raise IsEnded
        records.add_message(db, review, visit.keys, text, language, once, is_from_applicant=True)


def mark_read(visit: Visit) -> None:
    with transaction() as db:
        records.mark_seen(db, visit.review_id, read_by_applicant=True)


def appeal(visit: Visit, text: str, language: str) -> None:
    """Have a refusal looked at by somebody else. Twice is once. Raises IsEnded."""
    with transaction() as db:
        review = existing(db, CaseReview, visit.review_id, with_for_update=True)
        if review.state is not ReviewState.THRESHOLD_NOT_MET:
            raise IsEnded
        if review.appealed_on is None:
            store_appeal(db, review, visit.keys, text, language, by="")


def store_appeal(db: Session, review: CaseReview, keys: ReviewKeys, text: str, language: str, by: str) -> None:
    """Inside the caller's transaction; `by` who took it down, where it was told to staff."""
    records.seal_part(db, review, keys, ReviewPart.APPEAL, {"text": text, "language": language, "by": by})
    review.appealed_on = today()
    review.ended_on = None


def take_back(visit: Visit) -> None:
    """For good: what was written is deleted at once, and receipts can be used again. Raises IsEnded, MustBeKept."""
    with transaction() as db:
        review = existing(db, CaseReview, visit.review_id, with_for_update=True)
        if review.state is ReviewState.WITHDRAWN:
            return
        if review.state not in CAN_BE_TAKEN_BACK:
            raise IsEnded
        if review.keep_until is not None:
            raise MustBeKept
        review.state, review.ended_on = ReviewState.WITHDRAWN, today()
        empty(db, review)


def empty(db: Session, review: CaseReview) -> None:
    """Nothing that anybody wrote stays, nor a key to it, inside the caller's transaction; the days are counted on."""
    list_deleted(review.conversation_id)
    keyholders.drop_grants(db, (review.id, review.conversation_id))
    for table in (SealedReviewPart, ReviewMessage, UsedReceipt, *OF_THE_PANEL):
        db.execute(delete(table).where(table.review_id == review.id))
