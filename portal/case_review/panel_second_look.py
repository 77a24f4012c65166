"""The second look by the local policing body, where the partnership has switched it on: asked for, passed on, answered."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.case_review import panel_sealing
from portal.case_review.panel_models import PolicingBodyLook
from portal.case_review.panel_records import AFTER, OpenPanel, find_panel, lock_panel
from portal.case_review.panel_rules import CannotDo, Obstacle, last_day_to_ask
from portal.case_review.panel_sealing import LONG_PAD, TRANSLATED_PAD, PanelKeys
from portal.case_review.rules import rules_on
from portal.db import session, today
from portal.partnership.file import current_partnership

ASKED, ANSWERED = "second_look_asked", "second_look_answer"


@dataclass(frozen=True)
class Look:
    asked_on: date
    why: str | None
    """None where it is damaged."""
    by: str
    """Of staff who took the request down; empty where the applicant wrote it."""
    passed_on: date | None
    answered_on: date | None
    answer: str | None
    answer_translation: str
    """In the applicant's language; empty where nobody has translated it."""


def is_offered() -> bool:
    """Whether the partnership has switched it on."""
    return current_partnership().case_review.second_look.is_on


def last_day(panel: OpenPanel) -> date | None:
    """Until when it can be asked for; None before the outcome is told. As long as an appeal by the newest rule."""
    if panel.told_on is None:
        return None
    days = rules_on(panel.told_on).appeal_working_days
    return last_day_to_ask(panel.told_on, days, current_partnership().bank_holidays)


def may_ask(panel: OpenPanel, look: Look | None) -> bool:
    until = last_day(panel)
    return is_offered() and look is None and until is not None and today() <= until


def ask_for_look(db: Session, review_id: uuid.UUID, keys: PanelKeys, why: str, *, by: str = "") -> None:
    """Once, within the days of an appeal; staff write down a late one too, it is not theirs to refuse. The same again is one.

    Inside the caller's transaction. Raises CannotDo, NotThere.
    """
    lock_panel(db, review_id, AFTER)
    panel = find_panel(review_id, keys)
    until = last_day(panel) if panel else None
    if not is_offered():
        raise CannotDo(Obstacle.SWITCHED_OFF)
    if until is None:
        raise CannotDo(Obstacle.NOT_TOLD)
    if look := look_at(review_id, keys):
        if (look.why, look.by) != (why, by):
            raise CannotDo(Obstacle.ASKED)
        return
    if today() > until and not by:
        raise CannotDo(Obstacle.TOO_LATE)
    asked = panel_sealing.seal({"why": why, "by": by}, keys.shared, ASKED, review_id, review_id, LONG_PAD)
    db.add(PolicingBodyLook(review_id=review_id, asked_on=today(), sealed_request=asked))


def pass_on(db: Session, review_id: uuid.UUID) -> None:
    """Staff have sent it to the policing body; inside the caller's transaction. Raises CannotDo, NotThere."""
    look = _locked(db, review_id)
    look.passed_on = look.passed_on or today()


def record_answer(db: Session, review_id: uuid.UUID, keys: PanelKeys, text: str, translation: str = "") -> None:
    """What the policing body said, which the applicant reads; inside the caller's transaction. Raises CannotDo, NotThere."""
    look = _locked(db, review_id)
    look.passed_on = look.passed_on or today()
    look.answered_on = look.answered_on or today()
    said = {"text": text, "translation": translation}
    look.sealed_answer = panel_sealing.seal(said, keys.shared, ANSWERED, review_id, review_id, TRANSLATED_PAD)


def look_at(review_id: uuid.UUID, keys: PanelKeys) -> Look | None:
    """None where nobody asked."""
    row = session.get(PolicingBodyLook, review_id)
    if row is None:
        return None
    asked = panel_sealing.opened(row.sealed_request, keys.shared, ASKED, review_id)
    answer = panel_sealing.opened(row.sealed_answer, keys.shared, ANSWERED, review_id)
    return Look(
        row.asked_on,
        asked["why"] if asked else None,
        asked["by"] if asked else "",
        row.passed_on,
        row.answered_on,
        answer["text"] if answer else None,
        answer.get("translation", "") if answer else "",
    )


def _locked(db: Session, review_id: uuid.UUID) -> PolicingBodyLook:
    lock_panel(db, review_id, AFTER)
    look = db.get(PolicingBodyLook, review_id, with_for_update=True)
    if look is None:
        raise CannotDo(Obstacle.NOT_ASKED)
    return look
