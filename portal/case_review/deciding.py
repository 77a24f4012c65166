"""Staff work on applications: what is due, acknowledging, deciding on the threshold, and on an appeal by somebody else."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from portal.case_review import applicants, panel_members, panel_sealing, records
from portal.case_review.models import CaseReview, ReviewMessage, ReviewPart, ReviewState
from portal.case_review.panel_models import Panel
from portal.case_review.records import ReviewKeys
from portal.case_review.rules import find_rules, rules_on
from portal.db import existing, session, today
from portal.partnership.file import current_partnership
from portal.partnership.working_days import working_days_after
from portal.reporting.owning import who_worked_on

PER_PAGE = 50
DISCRETION = "discretion"
OPEN = (ReviewState.RECEIVED, ReviewState.ACKNOWLEDGED, ReviewState.ACCEPTED)
UNDECIDED = (ReviewState.RECEIVED, ReviewState.ACKNOWLEDGED)


class Verdict(enum.StrEnum):
    """What a person decides of the threshold; the advice of the check decides nothing."""

    MET = "met"
    DISCRETION = "discretion"
    """Not by the numbers, but for persistence, harm or what was done about it: s104(5)."""
    NOT_MET = "not_met"


class Obstacle(enum.StrEnum):
    DECIDED_ALREADY = "decided_already"
    DECIDED_BY_YOU = "decided_by_you"
    WITHDRAWN = "withdrawn"
    NO_REFUSAL = "no_refusal"
    NO_APPEAL = "no_appeal"
    OWN_REFUSAL = "own_refusal"
    NAMED = "named"
    """They are named in the case, or near to somebody who is."""
    OWN_REPORT = "own_report"
    """A report that the case is about is theirs to work on, or was."""


class CannotDecide(Exception):
    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle


@dataclass(frozen=True)
class Line:
    """A case review in the list: nothing that is sealed."""

    review: CaseReview
    has_new: bool
    held_on: date | None
    """When its panel met."""

    @property
    def due_on(self) -> date | None:
        return due_on(self.review, self.held_on)

    @property
    def is_late(self) -> bool:
        return self.due_on is not None and self.due_on < today()


@dataclass(frozen=True)
class Decision:
    """As it is written by whoever decides."""

    verdict: Verdict
    reasons: str
    language: str
    translation: str
    """In the applicant's language; empty where the reasons are, or nobody has translated them."""
    assessment: Mapping[str, str]
    """How persistence, harm and the response were judged, for staff."""

    def as_read(self, by: str) -> dict[str, str]:
        return {
            "verdict": self.verdict.value,
            "reasons": self.reasons,
            "language": self.language,
            "translation": self.translation,
            "by": by,
            "on": today().isoformat(),
        }


@dataclass(frozen=True)
class PanelDays:
    """How far the panel of a review is; None of each where it is not yet."""

    meets_on: date | None = None
    invited_on: date | None = None
    held_on: date | None = None
    told_on: date | None = None


def panel_days(review_id: uuid.UUID) -> PanelDays:
    columns = Panel.meets_on, Panel.invited_on, Panel.held_on, Panel.told_on
    row = session.execute(select(*columns).where(Panel.review_id == review_id)).one_or_none()
    return PanelDays(*row) if row else PanelDays()


def due_on(review: CaseReview, held_on: date | None) -> date | None:
    """The day by which staff do the next step; None where nothing of theirs is due. `held_on`: when its panel met."""
    if review.state is ReviewState.RECEIVED:
        return review.acknowledge_by
    if review.state is ReviewState.ACKNOWLEDGED:
        return review.decide_by
    rules = find_rules(review.rules_version) or rules_on(review.received_on)
    since: date | None = None
    days = rules.decide_working_days
    if review.state is ReviewState.THRESHOLD_NOT_MET:
        since = review.appealed_on
    elif review.state is ReviewState.ACCEPTED and held_on:
        since, days = held_on, rules.tell_working_days
    elif review.state is ReviewState.ACCEPTED:
        since, days = review.appeal_decided_on or review.decided_on, rules.review_working_days
    return working_days_after(since, days, current_partnership().bank_holidays) if since else None


def appeal_by(review: CaseReview) -> date | None:
    """Until when the applicant is told to appeal; later is not turned away."""
    if review.decided_on is None:
        return None
    rules = find_rules(review.rules_version) or rules_on(review.received_on)
    return working_days_after(review.decided_on, rules.appeal_working_days, current_partnership().bank_holidays)


def _is_open() -> object:
    waits = (CaseReview.state == ReviewState.THRESHOLD_NOT_MET) & CaseReview.appealed_on.is_not(None)
    return CaseReview.state.in_(OPEN) | waits


def count_reviews(*, is_open: bool) -> int:
    wanted = _is_open() if is_open else ~_is_open()  # type: ignore[operator]
    return session.scalar(select(func.count()).select_from(CaseReview).where(wanted)) or 0  # type: ignore[arg-type]


def list_reviews(page: int, *, is_open: bool) -> list[Line]:
    """Of open ones those first whose next day comes first; of others the newest."""
    first, last = (page - 1) * PER_PAGE, page * PER_PAGE
    found = _open_by_day(last)[first:] if is_open else _ended(first)
    unseen = select(ReviewMessage.review_id).where(
        ReviewMessage.review_id.in_([review.id for review, _held_on in found]),
        ReviewMessage.is_from_applicant,
        ReviewMessage.is_seen.is_(False),
    )
    new = set(session.scalars(unseen))
    return [Line(review, review.id in new, held_on) for review, held_on in found]


def _open_by_day(most: int) -> list[tuple[CaseReview, date | None]]:
    """The first of them. What nobody decided yet may be a flood, and its days are stored; people make the others."""
    undecided = CaseReview.state.in_(UNDECIDED)
    next_day = case((CaseReview.state == ReviewState.RECEIVED, CaseReview.acknowledge_by), else_=CaseReview.decide_by)
    found: list[tuple[CaseReview, date | None]] = [
        (review, None)
        for review in session.scalars(select(CaseReview).where(undecided).order_by(next_day, CaseReview.id).limit(most))
    ]
    decided = select(CaseReview, Panel.held_on).outerjoin(Panel, Panel.review_id == CaseReview.id)
    found += [(row[0], row[1]) for row in session.execute(decided.where(_is_open(), ~undecided))]  # type: ignore[arg-type]
    return sorted(found, key=lambda one: (due_on(*one) or date.max, one[0].id))[:most]


def _ended(first: int) -> list[tuple[CaseReview, date | None]]:
    order = CaseReview.received_on.desc(), CaseReview.id
    rows = session.scalars(select(CaseReview).where(~_is_open()).order_by(*order).limit(PER_PAGE).offset(first))  # type: ignore[operator]
    return [(review, None) for review in rows]


def acknowledge(db: Session, review_id: uuid.UUID) -> None:
    """Tell the applicant that it is here. Twice is once. Raises CannotDecide, NotThere."""
    review = _lock(db, review_id)
    if review.state is ReviewState.RECEIVED:
        review.state, review.acknowledged_on = ReviewState.ACKNOWLEDGED, today()


def decide(
    db: Session, review_id: uuid.UUID, keys: ReviewKeys, decision: Decision, *, by: str, by_id: uuid.UUID
) -> None:
    """Whether the threshold is met, inside the caller's transaction; who decides so at once has acknowledged it.

    The same decision sent again is one. Raises CannotDecide, NotThere.
    """
    review = _lock(db, review_id)
    if review.state not in UNDECIDED:
        is_own = review.decided_by_id == by_id
        _must_be_sent_again(review, keys, ReviewPart.DECISION, decision, by if is_own else None)
        return
    _must_be_free(review, keys, by_id)
    review.acknowledged_on = review.acknowledged_on or today()
    review.decided_on, review.decided_by_id = today(), by_id
    records.seal_part(db, review, keys, ReviewPart.DECISION, decision.as_read(by))
    records.note_for_staff(db, review, keys, {"on": today().isoformat(), "by": by, **decision.assessment})
    _settle(review, keys, decision.verdict, ended=ReviewState.THRESHOLD_NOT_MET)


def take_down_appeal(db: Session, review_id: uuid.UUID, keys: ReviewKeys, text: str, language: str, *, by: str) -> None:
    """An appeal that was told by phone or in a letter. Raises CannotDecide, NotThere."""
    review = _lock(db, review_id)
    if review.state is not ReviewState.THRESHOLD_NOT_MET:
        raise CannotDecide(Obstacle.NO_REFUSAL)
    if review.appealed_on is None:
        applicants.store_appeal(db, review, keys, text, language, by)


def decide_appeal(
    db: Session, review_id: uuid.UUID, keys: ReviewKeys, decision: Decision, *, by: str, by_id: uuid.UUID
) -> None:
    """By somebody else than who refused. The same decision sent again is one. Raises CannotDecide, NotThere."""
    review = _lock(db, review_id)
    if review.appeal_decided_on is not None:
        _must_be_sent_again(review, keys, ReviewPart.APPEAL_DECISION, decision, by)
        return
    if review.state is not ReviewState.THRESHOLD_NOT_MET or review.appealed_on is None:
        raise CannotDecide(Obstacle.NO_APPEAL)
    _must_be_free(review, keys, by_id)
    review.appeal_decided_on = today()
    records.seal_part(db, review, keys, ReviewPart.APPEAL_DECISION, decision.as_read(by))
    records.note_for_staff(db, review, keys, {"on": today().isoformat(), "by": by, **decision.assessment})
    _settle(review, keys, decision.verdict, ended=ReviewState.CLOSED)


def answer(
    db: Session, review_id: uuid.UUID, keys: ReviewKeys, text: str, language: str, once: uuid.UUID, *, by: str
) -> None:
    """Raises CannotDecide, NotThere, TooManyMessages."""
    review = _lock(db, review_id)
    records.mark_seen(db, review_id, read_by_applicant=False)
    records.add_message(db, review, keys, text, language, once, is_from_applicant=False, by=by)


def let_back(
    db: Session, review_id: uuid.UUID, keys: ReviewKeys, member_id: uuid.UUID, reason: str, *, by: str
) -> None:
    """Whoever was kept out was not named after all; both reasons stay with what staff keep for themselves.

    Raises CannotDecide, NotThere.
    """
    review = _lock(db, review_id)
    stood = panel_members.let_back(db, review_id, panel_sealing.of_staff(review_id, keys.own, keys.talk), member_id)
    if stood is None:
        return
    for step in stood.steps:
        said = {"on": step.on.isoformat(), "by": step.by, "who": stood.name or "", "aside": step.why}
        records.note_for_staff(db, review, keys, said)
    back = {"on": today().isoformat(), "by": by, "who": stood.name or "", "back": reason}
    records.note_for_staff(db, review, keys, back)


def why_not_free(review: CaseReview, keys: ReviewKeys, staff_id: uuid.UUID) -> Obstacle | None:
    """Why this account must leave the next decision to somebody else; None where it may decide."""
    if panel_members.is_in_conflict(review.id, staff_id):
        return Obstacle.NAMED
    if review.state is ReviewState.THRESHOLD_NOT_MET and review.decided_by_id == staff_id:
        return Obstacle.OWN_REFUSAL
    return Obstacle.OWN_REPORT if staff_id in who_worked_on_reports(review.id, keys) else None


def who_worked_on_reports(review_id: uuid.UUID, keys: ReviewKeys) -> set[uuid.UUID]:
    """The accounts that work, or worked, on the reports of which the applicant showed the receipts."""
    links = records.readable_part(review_id, keys, ReviewPart.LINKS) or {"reports": []}
    return who_worked_on([uuid.UUID(one) for one in links["reports"]])


def _must_be_free(review: CaseReview, keys: ReviewKeys, staff_id: uuid.UUID) -> None:
    if obstacle := why_not_free(review, keys, staff_id):
        raise CannotDecide(obstacle)


def _must_be_sent_again(
    review: CaseReview, keys: ReviewKeys, part: ReviewPart, decision: Decision, by: str | None
) -> None:
    """What is decided already is only sent once more by whoever decided it so. Raises CannotDecide."""
    stored = records.readable_part(review.id, keys, part) or {}
    if by is None or stored.get("by") != by:
        raise CannotDecide(Obstacle.DECIDED_ALREADY)
    said = decision.as_read(by) | {"on": stored["on"]}
    if {name: stored.get(name) for name in said} != said:
        raise CannotDecide(Obstacle.DECIDED_BY_YOU)


def _lock(db: Session, review_id: uuid.UUID) -> CaseReview:
    review = existing(db, CaseReview, review_id, with_for_update=True)
    if review.state is ReviewState.WITHDRAWN:
        raise CannotDecide(Obstacle.WITHDRAWN)
    return review


def _settle(review: CaseReview, keys: ReviewKeys, verdict: Verdict, ended: ReviewState) -> None:
    review.is_met = verdict is not Verdict.NOT_MET
    if verdict is Verdict.NOT_MET:
        review.state, review.ended_on = ended, today()
        return
    review.state, review.ended_on = ReviewState.ACCEPTED, None
    if verdict is Verdict.DISCRETION:
        review.ways = DISCRETION
        return
    told = records.readable_part(review.id, keys, ReviewPart.APPLICATION) or {"complaints": []}
    ways = records.judge_review(review, told["complaints"]).ways
    review.ways = ",".join(sorted(ways)) or DISCRETION
