"""What a panel recommends, to whom and by when; what the body said to it; and whether it was done."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.case_review import panel_sealing
from portal.case_review.models import CaseReview
from portal.case_review.panel_models import Acceptance, PolicingBodyLook, Progress, Recommendation
from portal.case_review.panel_records import AFTER, BEFORE, lock_panel
from portal.case_review.panel_rules import CannotDo, Obstacle
from portal.case_review.panel_sealing import LONG_PAD, TRANSLATED_PAD, PanelKeys
from portal.db import NotThere, session, today

LABEL, OWNER_LABEL = "recommendation", "recommendation_owner"
MOST = 50
MOST_LISTED = 500


@dataclass(frozen=True)
class Owner:
    """Who answers for it: an account here, or somebody outside by name."""

    staff_id: uuid.UUID | None
    name: str


@dataclass(frozen=True)
class OpenRecommendation:
    id: uuid.UUID
    number: int
    text: str | None
    """None where it is damaged."""
    translation: str
    """In the applicant's language; empty where nobody has translated it."""
    body: str
    due_on: date
    progress: Progress
    settled_on: date | None
    why: str
    """Why it was not done, or what was done."""
    why_translation: str
    acceptance: Acceptance
    acceptance_why: str
    acceptance_translation: str
    is_from_second_look: bool
    owner_id: uuid.UUID | None
    owner: str
    """By name, where they are outside or their name is known from then; empty for the applicant."""
    before: Sequence[str]
    """Who answered for it before."""

    @property
    def is_overdue(self) -> bool:
        return self.progress is Progress.OPEN and self.due_on < today()


@dataclass(frozen=True)
class OpenAnywhere:
    """One that is not settled, as the list of all reviews shows it."""

    id: uuid.UUID
    review_id: uuid.UUID
    reference: str
    due_on: date
    owner_id: uuid.UUID | None

    @property
    def is_overdue(self) -> bool:
        return self.due_on < today()


def add_recommendation(
    db: Session,
    review_id: uuid.UUID,
    keys: PanelKeys,
    *,
    text: str,
    body: str,
    owner: Owner,
    due_on: date,
    once: uuid.UUID,
    translation: str = "",
    is_from_second_look: bool = False,
) -> None:
    """The panel's own until the applicant is told, the second look's once it was asked for; inside the caller's transaction.

    Raises CannotDo, NotThere.
    """
    review, panel = lock_panel(db, review_id, BEFORE | AFTER)
    if db.get(Recommendation, once) is not None:  # sent again, perhaps after the outcome was told
        return
    if panel.held_on is None:
        raise CannotDo(Obstacle.NOT_HELD)
    if is_from_second_look and db.get(PolicingBodyLook, review_id) is None:
        raise CannotDo(Obstacle.NOT_ASKED)
    if is_from_second_look is not (review.state in AFTER):
        raise CannotDo(Obstacle.TOLD if review.state in AFTER else Obstacle.NOT_TOLD)
    last = db.scalar(select(func.max(Recommendation.position)).where(Recommendation.review_id == review_id)) or 0
    if last >= MOST:
        raise CannotDo(Obstacle.TOO_MUCH)
    row = Recommendation(
        id=once,
        review_id=review_id,
        position=last + 1,
        owner_id=owner.staff_id,
        due_on=due_on,
        progress=Progress.OPEN,
        acceptance=Acceptance.WAITING,
        is_from_second_look=is_from_second_look,
    )
    said = {"text": text, "translation": translation, "body": body, "why": "", "acceptance_why": ""}
    _seal(row, keys, said)
    _seal_owner(row, keys, owner.name, [])
    db.add(row)


def note_acceptance(
    db: Session,
    review_id: uuid.UUID,
    keys: PanelKeys,
    row_id: uuid.UUID,
    acceptance: Acceptance,
    why: str,
    translation: str = "",
) -> None:
    """What the body said, inside the caller's transaction. Raises CannotDo, NotThere."""
    row = _locked(db, review_id, row_id)
    row.acceptance = acceptance
    _change(row, keys, acceptance_why=why, acceptance_translation=translation)


def settle(
    db: Session,
    review_id: uuid.UUID,
    keys: PanelKeys,
    row_id: uuid.UUID,
    progress: Progress,
    why: str,
    translation: str = "",
    *,
    left: Collection[uuid.UUID] = (),
) -> None:
    """Done, not done, or open again; inside the caller's transaction.

    `left` are the accounts that are closed: what was theirs is given on first. Raises CannotDo, NotThere.
    """
    row = _locked(db, review_id, row_id)
    if row.owner_id in left:
        raise CannotDo(Obstacle.OWNER_LEFT)
    if progress is not row.progress:  # said again, it keeps the day on which it was said first
        row.progress, row.settled_on = progress, None if progress is Progress.OPEN else today()
    _change(row, keys, why=why, why_translation=translation)


def give_on(db: Session, review_id: uuid.UUID, keys: PanelKeys, row_id: uuid.UUID, owner: Owner, due_on: date) -> None:
    """Somebody else answers for it, by this day; inside the caller's transaction. Raises CannotDo, NotThere."""
    row = _locked(db, review_id, row_id)
    known = panel_sealing.opened(row.sealed_owner, keys.papers, OWNER_LABEL, row.id) or {"name": "", "before": []}
    if (row.owner_id, known["name"]) != (owner.staff_id, owner.name):
        row.owner_id = owner.staff_id
        _seal_owner(row, keys, owner.name, [*known["before"], *filter(None, [known["name"]])])
    row.due_on = due_on


def recommendations_of(review_id: uuid.UUID, keys: PanelKeys) -> list[OpenRecommendation]:
    """In their order."""
    rows = session.scalars(
        select(Recommendation).where(Recommendation.review_id == review_id).order_by(Recommendation.position)
    )
    return [_opened(row, keys) for row in rows]


def open_everywhere() -> list[OpenAnywhere]:
    """What is not settled of every review, the earliest day first; nothing that is sealed."""
    rows = session.execute(
        select(
            Recommendation.id,
            Recommendation.review_id,
            CaseReview.reference,
            Recommendation.due_on,
            Recommendation.owner_id,
        )
        .join(CaseReview, CaseReview.id == Recommendation.review_id)
        .where(Recommendation.progress == Progress.OPEN)
        .order_by(Recommendation.due_on, Recommendation.id)
        .limit(MOST_LISTED)
    )
    return [OpenAnywhere(*row) for row in rows]


def overdue_in(review_ids: Collection[uuid.UUID], left: Collection[uuid.UUID] = ()) -> dict[uuid.UUID, tuple[int, int]]:
    """By review, how many recommendations are late and how many open ones have no owner any more; those with neither left out."""
    still_open = select(Recommendation.review_id, Recommendation.due_on, Recommendation.owner_id).where(
        Recommendation.review_id.in_(list(review_ids)), Recommendation.progress == Progress.OPEN
    )
    counted: dict[uuid.UUID, tuple[int, int]] = {}
    for review_id, due_on, owner_id in session.execute(still_open):
        late, ownerless = due_on < today(), owner_id in left
        if late or ownerless:
            known = counted.get(review_id, (0, 0))
            counted[review_id] = known[0] + late, known[1] + ownerless
    return counted


def _locked(db: Session, review_id: uuid.UUID, row_id: uuid.UUID) -> Recommendation:
    """Raises CannotDo, NotThere."""
    lock_panel(db, review_id, BEFORE | AFTER)
    row = db.get(Recommendation, row_id, with_for_update=True)
    if row is None or row.review_id != review_id:
        raise NotThere(Recommendation.__tablename__)
    return row


def _change(row: Recommendation, keys: PanelKeys, **said: str) -> None:
    content = panel_sealing.opened(row.sealed, keys.shared, LABEL, row.id)
    if content is not None:  # of one that is damaged the state alone is kept
        _seal(row, keys, content | said)


def _seal(row: Recommendation, keys: PanelKeys, content: dict[str, Any]) -> None:
    row.sealed = panel_sealing.seal(content, keys.shared, LABEL, row.id, row.review_id, TRANSLATED_PAD)


def _seal_owner(row: Recommendation, keys: PanelKeys, name: str, before: Sequence[str]) -> None:
    content = {"name": name, "before": list(before)}
    row.sealed_owner = panel_sealing.seal(content, keys.papers, OWNER_LABEL, row.id, row.review_id, LONG_PAD)


def _opened(row: Recommendation, keys: PanelKeys) -> OpenRecommendation:
    said = panel_sealing.opened(row.sealed, keys.shared, LABEL, row.id)
    known = said or {"body": "", "why": "", "acceptance_why": ""}
    owner = panel_sealing.opened(row.sealed_owner, keys.papers, OWNER_LABEL, row.id) if keys.papers else None
    return OpenRecommendation(
        row.id,
        row.position,
        said["text"] if said else None,
        known.get("translation", ""),
        known["body"],
        row.due_on,
        row.progress,
        row.settled_on,
        known["why"],
        known.get("why_translation", ""),
        row.acceptance,
        known["acceptance_why"],
        known.get("acceptance_translation", ""),
        row.is_from_second_look,
        row.owner_id,
        owner["name"] if owner else "",
        owner["before"] if owner else (),
    )
