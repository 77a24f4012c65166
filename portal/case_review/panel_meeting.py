"""The steps of a panel's meeting: its day, the invitation of the applicant, that it was held, and what they are told of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.case_review import panel_sealing
from portal.case_review.models import ReviewState
from portal.case_review.panel_models import Attendance, Panel, PanelMember, Recommendation, Standing
from portal.case_review.panel_records import (
    AFTER,
    ANSWER,
    BEFORE,
    MEETING,
    NOT_INVITED,
    OUTCOME,
    SUMMARY,
    lock_panel,
)
from portal.case_review.panel_rules import CannotDo, Obstacle, Seat, why_not_held
from portal.case_review.panel_sealing import LONG_PAD, SHORT_PAD, TRANSLATED_PAD, PanelKeys
from portal.db import today


def arrange(
    db: Session, review_id: uuid.UUID, keys: PanelKeys, *, on: date, time: str, is_online: bool, place: str
) -> None:
    """Inside the caller's transaction. On another day, hour or place, whoever was invited is to be invited again.

    Raises CannotDo, NotThere.
    """
    panel = _before_meeting(db, review_id)
    said = {"time": time, "online": is_online, "place": place}
    known = panel_sealing.opened(panel.sealed_meeting, keys.shared, MEETING, review_id) or {}
    if panel.meets_on == on and {name: known.get(name) for name in said} == said:
        return
    panel.meets_on, panel.invited_on = on, None
    panel.sealed_meeting = panel_sealing.seal(said, keys.shared, MEETING, review_id, review_id, SHORT_PAD)


def write_summary(db: Session, review_id: uuid.UUID, keys: PanelKeys, text: str) -> None:
    """What the panel is told of the case, until it has met; inside the caller's transaction. Raises CannotDo, NotThere."""
    panel = _before_meeting(db, review_id)
    panel.sealed_summary = panel_sealing.seal({"text": text}, keys.papers, SUMMARY, review_id, review_id, LONG_PAD)


def invite(db: Session, review_id: uuid.UUID) -> None:
    """The applicant reads day and place from now on, and says how they take part. Raises CannotDo, NotThere."""
    panel = _before_meeting(db, review_id)
    if panel.meets_on is None:
        raise CannotDo(Obstacle.NO_MEETING)
    panel.invited_on = panel.invited_on or today()
    panel.sealed_reason = None


def do_not_invite(db: Session, review_id: uuid.UUID, keys: PanelKeys, *, why: str, by: str) -> None:
    """Write down why the applicant is not invited; inside the caller's transaction. Raises CannotDo, NotThere."""
    panel = _before_meeting(db, review_id)
    panel.invited_on = None
    said = {"why": why, "by": by, "on": today().isoformat()}
    panel.sealed_reason = panel_sealing.seal(said, keys.papers, NOT_INVITED, review_id, review_id, SHORT_PAD)


def hold(db: Session, review_id: uuid.UUID, attended: Collection[uuid.UUID]) -> None:
    """The meeting was held, and these sat in it; inside the caller's transaction. Said twice is once. Raises CannotDo, NotThere."""
    _review, panel = lock_panel(db, review_id)
    rows = list(db.scalars(select(PanelMember).where(PanelMember.review_id == review_id).with_for_update()))
    if panel.held_on is not None:
        if {row.id for row in rows if row.attended} != set(attended):
            raise CannotDo(Obstacle.HELD)
        return
    seats = [Seat(row.id, row.standing is Standing.SITS, row.is_chair) for row in rows]
    is_invited = panel.invited_on is not None or panel.sealed_reason is not None
    obstacle = why_not_held(seats, attended, meets_on=panel.meets_on, is_invited=is_invited, on=today())
    if obstacle is not None:
        raise CannotDo(obstacle)
    for row in rows:
        row.attended = row.id in attended
    panel.held_on = panel.meets_on


def tell_outcome(
    db: Session, review_id: uuid.UUID, keys: PanelKeys, *, text: str, language: str, by: str, translation: str = ""
) -> None:
    """The applicant reads it from now on, with every recommendation: the review is done. The same words sent again are one.

    Inside the caller's transaction. Raises CannotDo, NotThere.
    """
    review, panel = lock_panel(db, review_id, BEFORE | AFTER)
    if panel.told_on is not None:
        known = panel_sealing.opened(panel.sealed_outcome, keys.shared, OUTCOME, review_id) or {}
        if (known.get("text"), known.get("translation", ""), known.get("by")) != (text, translation, by):
            raise CannotDo(Obstacle.TOLD)
        return
    if panel.held_on is None:
        raise CannotDo(Obstacle.NOT_HELD)
    said = {"text": text, "language": language, "by": by, "translation": translation}
    panel.sealed_outcome = panel_sealing.seal(said, keys.shared, OUTCOME, review_id, review_id, TRANSLATED_PAD)
    panel.told_on = today()
    review.state, review.ended_on = ReviewState.REVIEWED, today()
    review.has_recommendations = bool(db.scalar(select(exists().where(Recommendation.review_id == review_id))))


def answer_invitation(
    db: Session,
    review_id: uuid.UUID,
    keys: PanelKeys,
    way: Attendance,
    *,
    with_supporter: bool,
    needs: str,
    by: str = "",
) -> None:
    """How the applicant takes part; what they say last holds. `by` of staff who took it down. Raises CannotDo, NotThere."""
    panel = _before_meeting(db, review_id)
    if panel.invited_on is None:
        raise CannotDo(Obstacle.NOT_INVITED)
    said = {"way": way.value, "supporter": with_supporter, "needs": needs, "by": by}
    panel.sealed_answer = panel_sealing.seal(said, keys.shared, ANSWER, review_id, review_id, SHORT_PAD)
    panel.answered_on = today()


def _before_meeting(db: Session, review_id: uuid.UUID) -> Panel:
    """Raises CannotDo once it was held."""
    _review, panel = lock_panel(db, review_id)
    if panel.held_on is not None:
        raise CannotDo(Obstacle.HELD)
    return panel
