"""A case review opened part by part, by whoever holds its keys: its teams hold both, its receipt gives that of the talk."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.case_review.models import CaseReview, ReviewMessage, ReviewPart, ReviewState, SealedReviewPart
from portal.case_review.rules import find_rules, rules_on
from portal.case_review.threshold import Complaint, Judgement, judge
from portal.db import session, today
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

# As pages know it.
Review = CaseReview

# The longest application or decision in any script takes less: its length tells not how much somebody wrote.
PAD = 64 * 1024
MESSAGE_PAD = 16 * 1024
MAX_MESSAGES = 200
MOST_HOLDS = 6
ENDED = (ReviewState.THRESHOLD_NOT_MET, ReviewState.REVIEWED, ReviewState.CLOSED, ReviewState.WITHDRAWN)
SHARED = frozenset({ReviewPart.DECISION, ReviewPart.APPEAL, ReviewPart.APPEAL_DECISION})
"""What the applicant reads too, under the key of the talk."""


class TooManyMessages(Exception):
    """So many were never written in earnest."""


@dataclass(frozen=True)
class ReviewKeys:
    talk: bytes
    own: bytes = b""
    """Nothing inside for the applicant: whoever finds their number reads no name."""


@dataclass(frozen=True)
class OpenedMessage:
    is_from_applicant: bool
    text: str | None
    """None where it is damaged."""
    language: str
    by: str
    sent_on: date
    is_new: bool


def keys_of_staff(review_id: uuid.UUID, held: Keyring) -> ReviewKeys | None:
    """None where there is no such review, or it is another team's."""
    review = session.get(CaseReview, review_id)
    if review is None:
        return None
    keys = keyholders.content_keys(held, (review.id, review.conversation_id))
    if len(keys) < 2:
        return None
    return ReviewKeys(keys[review.conversation_id], keys[review.id])


def seal_part(db: Session, review: CaseReview, keys: ReviewKeys, part: ReviewPart, content: Mapping[str, Any]) -> None:
    """Write it, or over it, inside the caller's transaction."""
    row = _row_of(db, review.id, part)
    if row is None:
        row = SealedReviewPart(id=uuid.uuid5(review.id, part), review_id=review.id, part=part)
        db.add(row)
    key = keys.talk if part in SHARED else keys.own
    row.sealed = sealing.seal(dict(content), key, review.id, f"case_review.{part}/1", row.id, PAD)


def open_part(review_id: uuid.UUID, keys: ReviewKeys, part: ReviewPart) -> dict[str, Any] | None:
    """None where there is none. Raises SealError where it is damaged."""
    row = _row_of(session, review_id, part)
    if row is None:
        return None
    key = keys.talk if part in SHARED else keys.own
    return sealing.unseal(row.sealed, key, f"case_review.{part}/1", row.id)


def readable_part(review_id: uuid.UUID, keys: ReviewKeys, part: ReviewPart) -> dict[str, Any] | None:
    """As open_part; a damaged one hides no other."""
    try:
        return open_part(review_id, keys, part)
    except SealError:
        return None


def note_for_staff(db: Session, review: CaseReview, keys: ReviewKeys, entry: Mapping[str, str]) -> None:
    """One entry more in what staff keep for themselves, inside the caller's transaction."""
    known = readable_part(review.id, keys, ReviewPart.ASSESSMENT) or {"entries": []}
    entries = [*known["entries"], dict(entry)]
    # Of holds the newest stay where somebody writes without end. How the threshold was judged stays, however much comes after.
    holds = [one for one in entries if "held" in one][-MOST_HOLDS:]
    kept = [one for one in entries if "held" not in one or one in holds]
    seal_part(db, review, keys, ReviewPart.ASSESSMENT, {"entries": kept})


def has_noted(review_id: uuid.UUID, keys: ReviewKeys, once: uuid.UUID) -> bool:
    """Whether the entry with this `once` is there."""
    known = readable_part(review_id, keys, ReviewPart.ASSESSMENT) or {"entries": []}
    return once.hex in {one.get("once") for one in known["entries"]}


def _row_of(db: Session, review_id: uuid.UUID, part: ReviewPart) -> SealedReviewPart | None:
    return db.get(SealedReviewPart, uuid.uuid5(review_id, part))


def add_message(
    db: Session,
    review: CaseReview,
    keys: ReviewKeys,
    text: str,
    language: str,
    once: uuid.UUID,
    *,
    is_from_applicant: bool,
    by: str = "",
) -> bool:
    """Inside the caller's transaction, with the review's row locked; False where it is there. Raises TooManyMessages."""
    if db.get(ReviewMessage, once) is not None:
        return False
    of_this = ReviewMessage.review_id == review.id
    last = db.scalar(select(func.max(ReviewMessage.position)).where(of_this)) or 0
    if last >= MAX_MESSAGES:
        raise TooManyMessages
    content = {"text": text, "language": language, "by": by}
    db.add(
        ReviewMessage(
            id=once,
            review_id=review.id,
            position=last + 1,
            is_from_applicant=is_from_applicant,
            sent_on=today(),
            sealed=sealing.seal(content, keys.talk, review.id, "case_review.message/1", once, MESSAGE_PAD),
        )
    )
    return True


def messages_of(review_id: uuid.UUID, keys: ReviewKeys, *, read_by_applicant: bool) -> list[OpenedMessage]:
    rows = session.scalars(
        select(ReviewMessage).where(ReviewMessage.review_id == review_id).order_by(ReviewMessage.position)
    )
    return [_opened(row, keys, read_by_applicant) for row in rows]


def _opened(row: ReviewMessage, keys: ReviewKeys, read_by_applicant: bool) -> OpenedMessage:
    is_new = not row.is_seen and row.is_from_applicant is not read_by_applicant
    try:
        said = sealing.unseal(row.sealed, keys.talk, "case_review.message/1", row.id)
    except SealError:
        said = {"text": None, "language": "en", "by": ""}
    return OpenedMessage(row.is_from_applicant, said["text"], said["language"], said["by"], row.sent_on, is_new)


def mark_seen(db: Session, review_id: uuid.UUID, *, read_by_applicant: bool) -> None:
    unseen = select(ReviewMessage).where(
        ReviewMessage.review_id == review_id,
        ReviewMessage.is_from_applicant.is_not(read_by_applicant),
        ReviewMessage.is_seen.is_(False),
    )
    for row in db.scalars(unseen):
        row.is_seen = True


def as_stored(complaint: Complaint) -> dict[str, Any]:
    happened = complaint.occurred_on.isoformat() if complaint.occurred_on else None
    return vars(complaint) | {"occurred_on": happened, "reported_on": complaint.reported_on.isoformat()}


def as_complaint(stored: Mapping[str, Any]) -> Complaint:
    happened = stored["occurred_on"]
    days = {
        "occurred_on": date.fromisoformat(happened) if happened else None,
        "reported_on": date.fromisoformat(stored["reported_on"]),
    }
    return Complaint(**(dict(stored) | days))


def judge_review(review: CaseReview, stored: Sequence[Mapping[str, Any]]) -> Judgement:
    """By the rule that the review keeps; where it was taken out of the partnership file, by that of its day."""
    rules = find_rules(review.rules_version) or rules_on(review.received_on)
    return judge([as_complaint(each) for each in stored], review.received_on, rules)
