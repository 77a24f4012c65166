"""A team's key is changed for a new one, report by report, and every report opens at every moment of it.

Three steps, each a transaction or many: the new key is born and wrapped for every member, and from then on everything new
is sealed to it; what was sealed to the old key is sealed to the new one, a batch at a time; when nothing is left, the old
key is deleted. Members hold both keys meanwhile. Killed at any point, it goes on where it stopped when it is run again.

What removing a member protects against. At once: their passphrase and their sessions open nothing of the team any more.
Once the key is changed: a copy of the team's private key that they kept opens nothing that is in the database then, nor
anything that comes later.

What it cannot protect against. What they have seen, noted or printed, they keep. Whoever kept the private key *and* a copy
of the database, or a backup, from before the change can read all of that copy, for good: destroy old backups. They also
know the keys of the reports in that copy. Those keys are not changed, only wrapped anew; so with a second, later copy of the
database they could read what was added to the same reports, such as later messages, but no report that was new since.
Nor does it help against someone who can write into the database: they could put a public key of their own in a team's place.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.db import Base, random_id, session, transaction
from portal.vault import keyholders, sealing
from portal.vault.keyholders import Grant, Keyholder, Keyring, Member, Membership, VaultError
from portal.vault.sealing import SealError

# A transaction of this many takes some ten milliseconds, for which others who write wait.
BATCH = 200
MAX_BATCH_ATTEMPTS = 3
PROGRESS_EVERY = 10_000
# Seconds in which the pages that were asked for before the new key was there are done: they know the old one only.
SETTLE = 5.0


def rotate(team: str, recovery: str) -> Iterator[str]:
    """Change the team's key by the recovery key, or go on where that was broken off.

    Yields what is done, in sentences for the console. Raises VaultError.
    """
    is_due = True
    while is_due:
        with transaction() as db:
            began = _begin(db, team, recovery)
        yield f"{team} has a new key." if began else f"The change of {team}'s key goes on."
        time.sleep(SETTLE)
        held = keyholders.open_recovery(recovery)
        done = damaged = 0
        while not _end(team):
            for moved, unreadable in _reseal(team, held):
                if (done + moved) // PROGRESS_EVERY > done // PROGRESS_EVERY:
                    yield f"{done + moved} done."
                done, damaged = done + moved, damaged + unreadable
        yield f"{done} sealed keys were changed to it; the old key is deleted."
        if damaged:
            yield f"{damaged} of them were damaged before and open nothing, as before: a backup may have them whole."
        # Someone may have been removed meanwhile: they were still given the key that was new.
        is_due = keyholders.keyholders_of(session, team)[0].exposed_at is not None


def unfinished() -> Iterator[str]:
    """One sentence for each team whose key is to be changed."""
    for keyholder in session.scalars(select(Keyholder).order_by(Keyholder.code)):
        if keyholder.retired_from is not None:
            team = keyholder.retired_from
            yield f"The change of {team}'s key is not finished; if none is running, run `portal vault rotate {team}`."
        elif keyholder.exposed_at is not None:
            team = keyholder.code
            yield f"Someone who was removed from {team} may have kept its key: run `portal vault rotate {team}`."


def _begin(db: Session, team: str, recovery: str) -> bool:
    """Give the team a new key, unless a change that was broken off is to go on; whether it has one."""
    keyholders.lock_vault(db)
    its_keys = keyholders.keyholders_of(db, team)
    if not its_keys:
        raise VaultError(f"There is no team {team}.")
    held = keyholders.open_recovery(recovery)
    for keyholder in its_keys:
        private = held.keys.get(keyholder.id)
        if private is None or sealing.public_of(private) != keyholder.public_key:
            raise VaultError(f"The recovery key does not hold {team}'s key: nothing was changed.")
    old, *retired = its_keys
    if retired and old.exposed_at is None:
        return False
    old.code, old.retired_from = f"{team}~{old.id.hex[:8]}", team
    db.flush()
    private, public = sealing.new_pair()
    new = Keyholder(id=random_id(), code=team, public_key=public)
    db.add(new)
    db.flush()
    members = select(Member).join(Membership, Membership.member_id == Member.id)
    for member in db.scalars(members.where(Membership.keyholder_id == old.id)):
        sealed_key = sealing.wrap(private, member.public_key)
        db.add(Membership(keyholder_id=new.id, member_id=member.id, sealed_key=sealed_key))
    audit.record(db, "command line", Action.BEGAN_KEY_CHANGE, team)
    return True


def _reseal(team: str, held: Keyring) -> Iterator[tuple[int, int]]:
    """Seal to the team's key what is sealed to retired ones; yields for each batch how many, and how many are damaged."""
    new, *retired = keyholders.keyholders_of(session, team)
    last: uuid.UUID | None = None
    while batch := _batch_after(last, [keyholder.id for keyholder in retired]):
        last = batch[-1].content_id
        moves = [_move(row, held, new.public_key) for row in batch]
        _store(moves, new.id)
        yield len(moves), sum(move["sealed"] == move["was"] for move in moves)


def _batch_after(last: uuid.UUID | None, retired: list[uuid.UUID]) -> Sequence[Any]:
    """The next grants to retired keys. Their order is that of random ids, and tells nothing when it is seen in the file."""
    left = select(Grant.content_id, Grant.keyholder_id, Grant.sealed_key).where(Grant.keyholder_id.in_(retired))
    if last is not None:
        left = left.where(Grant.content_id > last)
    return session.execute(left.order_by(Grant.content_id).limit(BATCH)).all()


def _move(row: Any, held: Keyring, public_key: bytes) -> dict[str, Any]:
    """A damaged grant is passed on as it is: one must not keep the others from the new key."""
    move = {"content": row.content_id, "keyholder": row.keyholder_id, "was": row.sealed_key}
    try:
        key = sealing.unwrap(row.sealed_key, held.keys[row.keyholder_id])
    except SealError:
        return move | {"sealed": row.sealed_key}
    return move | {"sealed": sealing.wrap(key, public_key)}


def _store(moves: list[dict[str, Any]], new_id: uuid.UUID) -> None:
    for attempt in range(MAX_BATCH_ATTEMPTS):
        try:
            with transaction() as db:
                _exchange(db, moves, new_id)
            return
        except (IntegrityError, OperationalError, TimeoutError):
            # The nightly rewriting of the table or another writer was in the way: nothing was stored, so look again.
            if attempt == MAX_BATCH_ATTEMPTS - 1:
                raise


def _exchange(db: Session, moves: list[dict[str, Any]], new_id: uuid.UUID) -> None:
    """Sealing was done before, so the transaction is short. What was deleted meanwhile stays deleted."""
    grants = Base.metadata.tables[Grant.__tablename__]
    same = (
        grants.c.content_id == bindparam("content"),
        grants.c.keyholder_id == bindparam("keyholder"),
        grants.c.sealed_key == bindparam("was"),
    )
    contents = [move["content"] for move in moves]
    there = set(
        db.scalars(select(Grant.content_id).where(Grant.keyholder_id == new_id, Grant.content_id.in_(contents)))
    )
    once: list[dict[str, Any]] = []
    again: list[dict[str, Any]] = []  # granted to the team once more meanwhile: one of the two is enough
    for move in moves:
        (again if move["content"] in there else once).append(move)
        there.add(move["content"])
    if again:
        db.execute(delete(grants).where(*same), again)
    if once:
        db.execute(update(grants).where(*same).values(keyholder_id=new_id, sealed_key=bindparam("sealed")), once)


def _end(team: str) -> bool:
    """Delete the retired keys if nothing is sealed to them any more; whether that is so."""
    with transaction() as db:
        keyholders.lock_vault(db)
        retired = [keyholder.id for keyholder in keyholders.keyholders_of(db, team)[1:]]
        if db.scalar(select(Grant.content_id).where(Grant.keyholder_id.in_(retired)).limit(1)) is not None:
            return False
        if retired:  # none: another operator has just ended it
            db.execute(delete(Membership).where(Membership.keyholder_id.in_(retired)))
            db.execute(delete(Keyholder).where(Keyholder.id.in_(retired)))
            audit.record(db, "command line", Action.ENDED_KEY_CHANGE, team)
    return True
