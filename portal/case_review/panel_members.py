"""Who sits on a panel, who stepped aside from it, and who of them opens its papers."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from portal.case_review import panel_sealing
from portal.case_review.models import CaseReview, ReviewState
from portal.case_review.panel_models import Minutes, Panel, PanelMember, Standing
from portal.case_review.panel_records import AFTER, BEFORE, lock_panel
from portal.case_review.panel_rules import CannotDo, Obstacle, Seat
from portal.case_review.panel_sealing import PanelKeys
from portal.db import NotThere, existing, random_id, session, today
from portal.vault.keyholders import Keyring, Member
from portal.vault.sealing import SealError

LABEL = "panel_member"
MAX_MEMBERS = 40


@dataclass(frozen=True)
class Account:
    """Of somebody who works here: `member_id` is theirs in the vault."""

    staff_id: uuid.UUID
    member_id: uuid.UUID


@dataclass(frozen=True)
class Step:
    """That somebody stepped aside, or takes part again, and why."""

    aside: bool
    why: str
    by: str
    on: date


@dataclass(frozen=True)
class OpenMember:
    id: uuid.UUID
    staff_id: uuid.UUID | None
    name: str | None
    """None where it is damaged."""
    agency: str
    role: str
    standing: Standing
    is_chair: bool
    attended: bool
    steps: Sequence[Step]
    wrapped_for: uuid.UUID | None
    never_sat: bool
    """They stepped aside from the case, not from a seat."""

    @property
    def sits(self) -> bool:
        return self.standing is Standing.SITS

    @property
    def seat(self) -> Seat:
        return Seat(self.id, self.sits, self.is_chair)


@dataclass(frozen=True)
class OwnSeat:
    """A panel on which somebody with an account sits, as their list shows it."""

    review_id: uuid.UUID
    standing: Standing
    is_chair: bool
    has_papers: bool
    meets_on: date | None
    held_on: date | None


def members_of(review_id: uuid.UUID, keys: PanelKeys) -> list[OpenMember]:
    """The chair first, then by name; those who stepped aside last."""
    rows = session.scalars(select(PanelMember).where(PanelMember.review_id == review_id))
    return sorted(
        (_opened(row, keys) for row in rows),
        key=lambda one: (not one.sits, not one.is_chair, (one.name or "").casefold(), one.id),
    )


def add_member(
    db: Session,
    review_id: uuid.UUID,
    keys: PanelKeys,
    *,
    name: str,
    agency: str,
    role: str,
    account: Account | None,
    once: uuid.UUID,
) -> None:
    """Inside the caller's transaction; an account opens the papers from now on. Raises CannotDo, NotThere."""
    _review, panel = lock_panel(db, review_id)
    if db.get(PanelMember, once) is not None:
        return
    if panel.held_on is not None:
        raise CannotDo(Obstacle.HELD)
    there = list(db.scalars(select(PanelMember).where(PanelMember.review_id == review_id)))
    if account is not None and account.staff_id in {one.staff_id for one in there}:
        raise CannotDo(Obstacle.IS_MEMBER)
    if len(there) >= MAX_MEMBERS:
        raise CannotDo(Obstacle.TOO_MUCH)
    row = PanelMember(
        id=once, review_id=review_id, staff_id=account.staff_id if account else None, standing=Standing.SITS
    )
    _seal(row, keys, {"name": name, "agency": agency, "role": role, "steps": []})
    if account is not None:
        _hand_papers(db, row, keys, account.member_id)
    db.add(row)


def step_aside(db: Session, review_id: uuid.UUID, keys: PanelKeys, member_id: uuid.UUID, *, why: str, by: str) -> None:
    """They are named in the case, or near to it: not counted, no chair, and their papers close at once.

    Inside the caller's transaction, and also after the meeting and after the outcome was told: that they sat in it is then
    known, and what is still open to them closes. Raises CannotDo, NotThere.
    """
    row = _locked(db, review_id, member_id, BEFORE | AFTER)
    if row.standing is Standing.STEPPED_ASIDE:
        return
    row.standing, row.is_chair = Standing.STEPPED_ASIDE, False
    row.wrapped_for = row.sealed_keys = None
    _add_step(row, keys, Step(True, why, by, today()))


def sit_again(
    db: Session,
    review_id: uuid.UUID,
    keys: PanelKeys,
    member_id: uuid.UUID,
    *,
    why: str,
    by: str,
    account: Account | None,
) -> None:
    """It was found not to be so; both reasons stay. Inside the caller's transaction. Raises CannotDo, NotThere."""
    row = _locked(db, review_id, member_id)
    if row.standing is Standing.SITS:
        return
    row.standing = Standing.SITS
    if account is not None and account.staff_id == row.staff_id:
        _hand_papers(db, row, keys, account.member_id)
    _add_step(row, keys, Step(False, why, by, today()), never_sat=False)


def keep_out(
    db: Session,
    review_id: uuid.UUID,
    keys: PanelKeys,
    staff_id: uuid.UUID,
    *,
    name: str,
    agency: str,
    why: str,
    by: str,
) -> None:
    """This account is named in the case, or near to it: from now on it opens and decides nothing there. Twice is once.

    Inside the caller's transaction, whether there is a panel or not. Raises NotThere, also where it was taken back.
    """
    _lock_case(db, review_id)
    row = db.scalar(_seat(review_id, staff_id).with_for_update())
    if row is not None and row.standing is Standing.STEPPED_ASIDE:
        return
    if row is None:
        row = PanelMember(id=random_id(), review_id=review_id, staff_id=staff_id)
        _seal(row, keys, {"name": name, "agency": agency, "role": "", "steps": [], "never_sat": True})
        db.add(row)
    row.standing, row.is_chair = Standing.STEPPED_ASIDE, False
    row.wrapped_for = row.sealed_keys = None
    _add_step(row, keys, Step(True, why, by, today()))


def let_back(db: Session, review_id: uuid.UUID, keys: PanelKeys, member_id: uuid.UUID) -> OpenMember | None:
    """It was found not to be so: this account works on the case again, without a seat on its panel. None where it does already.

    What is given back is how it stood until now. Inside the caller's transaction. Raises NotThere.
    """
    _lock_case(db, review_id)
    row = db.get(PanelMember, member_id, with_for_update=True)
    if row is None:
        return None
    stood = _opened(row, keys)
    if row.review_id != review_id or stood.sits or not stood.never_sat:
        raise NotThere(PanelMember.__tablename__)
    db.delete(row)
    return stood


def _lock_case(db: Session, review_id: uuid.UUID) -> None:
    review = existing(db, CaseReview, review_id, with_for_update=True)
    if review.state is ReviewState.WITHDRAWN:
        raise NotThere(CaseReview.__tablename__)


def name_chair(db: Session, review_id: uuid.UUID, member_id: uuid.UUID) -> None:
    """They and nobody else, inside the caller's transaction. Raises CannotDo, NotThere."""
    row = _locked(db, review_id, member_id)
    if row.standing is not Standing.SITS:
        raise CannotDo(Obstacle.IN_CONFLICT)
    db.execute(update(PanelMember).where(PanelMember.review_id == review_id).values(is_chair=False))
    row.is_chair = True


def give_papers(
    db: Session, review_id: uuid.UUID, keys: PanelKeys, member_id: uuid.UUID, account: Account | None
) -> None:
    """Anew, where their own key was changed; inside the caller's transaction. Raises CannotDo, NotThere."""
    row = _locked(db, review_id, member_id)
    if row.standing is not Standing.SITS:
        raise CannotDo(Obstacle.IN_CONFLICT)
    if account is None or account.staff_id != row.staff_id:
        raise NotThere(PanelMember.__tablename__)
    _hand_papers(db, row, keys, account.member_id)


def close_papers(db: Session, review_id: uuid.UUID) -> None:
    """The panel's work is done: its members open nothing any more, inside the caller's transaction."""
    db.execute(update(PanelMember).where(PanelMember.review_id == review_id).values(wrapped_for=None, sealed_keys=None))


def seat_of(review_id: uuid.UUID, staff_id: uuid.UUID) -> PanelMember | None:
    """Theirs on this panel, whether they sit or stepped aside."""
    return session.scalar(_seat(review_id, staff_id))


def _seat(review_id: uuid.UUID, staff_id: uuid.UUID) -> Select[PanelMember]:
    return select(PanelMember).where(PanelMember.review_id == review_id, PanelMember.staff_id == staff_id)


def is_in_conflict(review_id: uuid.UUID, staff_id: uuid.UUID) -> bool:
    """Whether this account stepped aside from this case: its pages are closed to them, whichever key they hold."""
    seat = seat_of(review_id, staff_id)
    return seat is not None and seat.standing is Standing.STEPPED_ASIDE


def kept_out_of(review_ids: Collection[uuid.UUID]) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """Of these reviews, which account stepped aside from which: (review, account)."""
    wanted = select(PanelMember.review_id, PanelMember.staff_id).where(
        PanelMember.review_id.in_(list(review_ids)), PanelMember.standing == Standing.STEPPED_ASIDE
    )
    return {(review_id, staff_id) for review_id, staff_id in session.execute(wanted) if staff_id}


def keys_of_member(review_id: uuid.UUID, staff_id: uuid.UUID, held: Keyring) -> PanelKeys | None:
    """Of a panel on which they sit, by their own key; None where there is no such seat, or its papers are closed."""
    seat = seat_of(review_id, staff_id)
    if seat is None or seat.standing is not Standing.SITS or seat.sealed_keys is None:
        return None
    try:
        return panel_sealing.unwrap(seat.sealed_keys, held.own)
    except SealError:
        return None


def seats_of_account(staff_id: uuid.UUID) -> list[OwnSeat]:
    """The next meeting first, then those that are over."""
    wanted = (
        select(PanelMember, Panel.meets_on, Panel.held_on)
        .join(Panel, Panel.review_id == PanelMember.review_id)
        .where(PanelMember.staff_id == staff_id)
    )
    found = [
        OwnSeat(row.review_id, row.standing, row.is_chair, row.sealed_keys is not None, meets_on, held_on)
        for row, meets_on, held_on in session.execute(wanted)
    ]
    return sorted(found, key=lambda one: (one.held_on is not None, one.meets_on or date.max, one.review_id))


def _locked(
    db: Session, review_id: uuid.UUID, member_id: uuid.UUID, states: Collection[ReviewState] = BEFORE
) -> PanelMember:
    """Raises CannotDo, NotThere."""
    lock_panel(db, review_id, states)
    row = db.get(PanelMember, member_id, with_for_update=True)
    if row is None or row.review_id != review_id:
        raise NotThere(PanelMember.__tablename__)
    return row


def _hand_papers(db: Session, row: PanelMember, keys: PanelKeys, member_id: uuid.UUID) -> None:
    """Nothing of a panel whose minutes are agreed: its papers are closed."""
    agreed = select(Minutes.id).where(Minutes.review_id == row.review_id, Minutes.agreed_on.is_not(None)).limit(1)
    member = db.get(Member, member_id)
    if member is None or db.scalar(agreed) is not None:
        return
    row.wrapped_for, row.sealed_keys = member_id, panel_sealing.wrap(keys, member.public_key)


def _add_step(row: PanelMember, keys: PanelKeys, step: Step, **changed: bool) -> None:
    content = panel_sealing.opened(row.sealed, keys.papers, LABEL, row.id)
    if content is None:  # damaged: that they stepped aside must hold all the same
        content = {"name": "", "agency": "", "role": "", "steps": []}
    said = {"aside": step.aside, "why": step.why, "by": step.by, "on": step.on.isoformat()}
    _seal(row, keys, content | changed | {"steps": [*content["steps"], said]})


def _seal(row: PanelMember, keys: PanelKeys, content: dict[str, object]) -> None:
    row.sealed = panel_sealing.seal(content, keys.papers, LABEL, row.id, row.review_id, panel_sealing.LONG_PAD)


def _opened(row: PanelMember, keys: PanelKeys) -> OpenMember:
    said = panel_sealing.opened(row.sealed, keys.papers, LABEL, row.id)
    known = said or {"agency": "", "role": "", "steps": []}
    return OpenMember(
        row.id,
        row.staff_id,
        said["name"] if said else None,
        known["agency"],
        known["role"],
        row.standing,
        row.is_chair,
        row.attended,
        [Step(one["aside"], one["why"], one["by"], date.fromisoformat(one["on"])) for one in known["steps"]],
        row.wrapped_for,
        known.get("never_sat", False),
    )
