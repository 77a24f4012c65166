"""A review's panel, locked for a step or opened to be read: its meeting, the invitation, the outcome."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.case_review import panel_sealing
from portal.case_review.models import CaseReview, ReviewState
from portal.case_review.panel_models import Attendance, Panel
from portal.case_review.panel_rules import CannotDo, Obstacle
from portal.case_review.panel_sealing import PanelKeys
from portal.db import existing, session

MEETING, ANSWER, NOT_INVITED, OUTCOME, SUMMARY = (
    "panel_meeting", "panel_answer", "panel_not_invited", "panel_outcome", "panel_summary",
)  # fmt: skip
BEFORE = frozenset({ReviewState.ACCEPTED})
AFTER = frozenset({ReviewState.REVIEWED})


@dataclass(frozen=True)
class Meeting:
    on: date
    time: str
    is_online: bool
    place: str
    """A room and its address, or how to join."""


@dataclass(frozen=True)
class Answer:
    way: Attendance
    with_supporter: bool
    needs: str
    on: date
    by: str
    """Of staff who took it down; empty where the applicant wrote it."""


@dataclass(frozen=True)
class OpenPanel:
    """Of each part None where there is none, or it is damaged."""

    review_id: uuid.UUID
    state: ReviewState
    meeting: Meeting | None = None
    invited_on: date | None = None
    answer: Answer | None = None
    is_without_applicant: bool = False
    """It was written down that they are not invited."""
    not_invited: str | None = None
    held_on: date | None = None
    told_on: date | None = None
    outcome: str | None = None
    outcome_language: str = ""
    outcome_translation: str = ""
    """In the applicant's language; empty where the outcome is, or nobody has translated it."""
    summary: str | None = None
    language: str = ""
    """Which the applicant reads."""

    @property
    def is_open(self) -> bool:
        return self.state in BEFORE

    @property
    def has_begun(self) -> bool:
        """Whether there is, or was, a panel at all."""
        return self.state in BEFORE | AFTER


def lock_panel(db: Session, review_id: uuid.UUID, states: Collection[ReviewState] = BEFORE) -> tuple[CaseReview, Panel]:
    """The review's row first, as everywhere, then its panel, which is made where there is none yet.

    Raises CannotDo where the review is in none of these states, NotThere.
    """
    review = existing(db, CaseReview, review_id, with_for_update=True)
    if review.state not in states:
        raise CannotDo(Obstacle.TOLD if review.state in AFTER else Obstacle.NOT_ACCEPTED)
    panel = db.get(Panel, review_id)
    if panel is None:
        panel = Panel(review_id=review_id)
        db.add(panel)
        db.flush()
    return review, panel


def find_panel(review_id: uuid.UUID, keys: PanelKeys) -> OpenPanel | None:
    """As whoever holds these keys may read it; None where there is no such review."""
    review, row = session.get(CaseReview, review_id), session.get(Panel, review_id)
    if review is None:
        return None
    if row is None:
        return OpenPanel(review_id, review.state, language=review.language)
    outcome = panel_sealing.opened(row.sealed_outcome, keys.shared, OUTCOME, review_id) or {}
    summary = panel_sealing.opened(row.sealed_summary, keys.papers, SUMMARY, review_id) if keys.papers else None
    reason = panel_sealing.opened(row.sealed_reason, keys.papers, NOT_INVITED, review_id) if keys.papers else None
    return OpenPanel(
        review_id,
        review.state,
        _meeting(row, keys),
        row.invited_on,
        _answer(row, keys),
        row.sealed_reason is not None,
        reason["why"] if reason else None,
        row.held_on,
        row.told_on,
        outcome.get("text"),
        outcome.get("language", ""),
        outcome.get("translation", ""),
        summary["text"] if summary else None,
        review.language,
    )


def _meeting(row: Panel, keys: PanelKeys) -> Meeting | None:
    if row.meets_on is None:
        return None
    said = panel_sealing.opened(row.sealed_meeting, keys.shared, MEETING, row.review_id)
    if said is None:
        return Meeting(row.meets_on, "", is_online=False, place="")
    return Meeting(row.meets_on, said["time"], said["online"], said["place"])


def _answer(row: Panel, keys: PanelKeys) -> Answer | None:
    said = panel_sealing.opened(row.sealed_answer, keys.shared, ANSWER, row.review_id)
    if said is None or row.answered_on is None:
        return None
    return Answer(Attendance(said["way"]), said["supporter"], said["needs"], row.answered_on, said["by"])
