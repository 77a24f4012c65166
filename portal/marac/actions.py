"""What people at a meeting have to do: each sealed for the table and for its owner, done, not done, or given on."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import existing, session, today
from portal.marac.models import ActionState, MaracAction, MaracItem, MaracMember
from portal.marac.tables import NotPossible, lock_open
from portal.vault import keyholders, meetings, sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

ACTION = "marac.action/1"
MAX_ACTION, MAX_WORDS = 600, 500
PAD = 8 * 1024


@dataclass(frozen=True)
class Action:
    """An action that has been opened; `text` is None where it is damaged."""

    row: MaracAction
    text: str | None
    history: list[dict[str, str]]
    """What was done with it, the oldest first: by whom, on which day, what, and their words."""
    key: bytes

    @property
    def is_overdue(self) -> bool:
        return self.row.state is ActionState.OPEN and self.row.due_on < today()


def add_action(
    db: Session,
    item: MaracItem,
    text: str,
    owner: tuple[uuid.UUID, uuid.UUID],
    due_on: date,
    by: str,
    once: uuid.UUID,
) -> None:
    """Inside the caller's transaction; `owner` is their account and what they open with. The same `once` is kept once.

    Raises Over, NotThere.
    """
    lock_open(db, item.meeting_id)
    if db.get(MaracAction, once) is not None:
        return
    key = sealing.new_key()
    row = MaracAction(id=once, item_id=item.id, owner_id=owner[0], due_on=due_on, state=ActionState.OPEN)
    row.for_owner = meetings.wrap_for(db, key, owner[1])
    _seal(row, key, text, [_step(by, "added", "")])
    db.add(row)
    keyholders.grant(db, once, key, [meetings.team_of(item.meeting_id)])


def settle(db: Session, action: Action, state: ActionState, words: str, by: str) -> None:
    """Done, not done, or open again after all, inside the caller's transaction. Raises NotPossible, NotThere.

    The same by the same person is done once.
    """
    row = existing(db, MaracAction, action.row.id, with_for_update=True)
    if row.state is state:
        history = _content(row, action.key).get("history") or [{}]
        if history[-1] != _step(by, state.value, words):
            raise NotPossible
        return
    row.state, row.settled_on = state, None if state is ActionState.OPEN else today()
    _note(row, action, by, state.value, words)


def give_on(db: Session, action: Action, owner: tuple[uuid.UUID, uuid.UUID], name: str, by: str) -> None:
    """Somebody else does it from now on; who had it before opens it no more. Raises NotPossible, NotThere.

    Given to the same one again, it opens for them with the key that they have now.
    """
    row = existing(db, MaracAction, action.row.id, with_for_update=True)
    if row.state is not ActionState.OPEN:
        raise NotPossible
    row.owner_id, row.for_owner = owner[0], meetings.wrap_for(db, action.key, owner[1])
    _note(row, action, by, "given_on", name)


def actions_of(item_id: uuid.UUID, held: Keyring) -> list[Action]:
    """Those of one case at one meeting, the earliest day first."""
    rows = session.scalars(select(MaracAction).where(MaracAction.item_id == item_id))
    return _open(sorted(rows, key=lambda row: (row.due_on, row.id)), held)


def my_actions(staff_id: uuid.UUID, held: Keyring) -> list[Action]:
    """What someone still has to do, the earliest day first; those whose key was lost with a passphrase are left out."""
    mine = select(MaracAction).where(MaracAction.owner_id == staff_id, MaracAction.state == ActionState.OPEN)
    return _open(list(session.scalars(mine.order_by(MaracAction.due_on, MaracAction.id))), held)


def count_closed(staff_id: uuid.UUID, held: Keyring) -> int:
    """How many someone has to do that do not open for them: the key was lost with a passphrase."""
    mine = select(func.count()).where(MaracAction.owner_id == staff_id, MaracAction.state == ActionState.OPEN)
    return (session.scalar(mine) or 0) - len(my_actions(staff_id, held))


def ownerless(working: Collection[uuid.UUID], held: Keyring) -> list[Action]:
    """Open ones of people who left, or do other work now: somebody else does them."""
    theirs = select(MaracAction).where(MaracAction.owner_id.not_in(working), MaracAction.state == ActionState.OPEN)
    return _open(list(session.scalars(theirs.order_by(MaracAction.due_on, MaracAction.id))), held)


def find_action(action_id: uuid.UUID, staff_id: uuid.UUID, held: Keyring) -> Action | None:
    """For its owner, and for whoever opens what was said of its case."""
    row = session.get(MaracAction, action_id)
    found = _open([row], held) if row is not None else []
    return next((one for one in found if one.row.owner_id == staff_id or _opens_item(one, held)), None)


def table_of(action: Action) -> dict[uuid.UUID, str]:
    """Who sat at the table that decided it, each with the agency they spoke for."""
    theirs = select(MaracMember.staff_id, MaracMember.agency).join(
        MaracItem, MaracItem.meeting_id == MaracMember.meeting_id
    )
    rows = session.execute(theirs.where(MaracItem.id == action.row.item_id))
    return {row.staff_id: row.agency for row in rows}


def _opens_item(action: Action, held: Keyring) -> bool:
    return bool(keyholders.content_keys(held, [action.row.item_id]))


def _open(rows: list[MaracAction], held: Keyring) -> list[Action]:
    keys = keyholders.content_keys(held, [row.id for row in rows])
    found = []
    for row in rows:
        key = keys.get(row.id) or _own_key(row, held)
        if key is not None:
            content = _content(row, key)
            found.append(Action(row, content.get("text"), content.get("history", []), key))
    return found


def _own_key(row: MaracAction, held: Keyring) -> bytes | None:
    try:
        return sealing.unwrap(row.for_owner, held.own)
    except SealError:
        return None


def _content(row: MaracAction, key: bytes) -> dict[str, Any]:
    try:
        return sealing.unseal(row.sealed, key, ACTION, row.id)
    except SealError:
        return {}


def _note(row: MaracAction, action: Action, by: str, what: str, words: str) -> None:
    """Beside what others have noted meanwhile. Raises NotPossible where it is damaged."""
    content = _content(row, action.key)
    if "text" not in content:
        raise NotPossible
    _seal(row, action.key, content["text"], [*content["history"], _step(by, what, words)])


def _step(by: str, what: str, words: str) -> dict[str, str]:
    return {"by": by, "on": today().isoformat(), "what": what, "words": words}


def _seal(row: MaracAction, key: bytes, text: str, history: list[dict[str, str]]) -> None:
    row.sealed = sealing.seal({"text": text, "history": history}, key, row.id, ACTION, row.id, PAD)
