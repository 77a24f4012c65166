"""What orders and filters the officers' queue of each report, sealed for the team, so that a list need not open each summary.

A team's index lies in buckets by the first bits of a report's random id, each sealed under a key that comes from the team's
private key. Whoever lists opens what is missing and saves it; whatever is lost, damaged or out of date is made again.
Deleting a report takes its bucket away, for the worker that deletes cannot open it.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.db import UNORDERED, Base, session, transaction
from portal.reporting.models import Report
from portal.vault import sealing
from portal.vault.keyholders import Keyring
from portal.vault.sealing import SealError

INDEX = "queue.index/2"
BUCKETS = 64
# Of some fifty reports: the length tells how many a bucket holds no finer than that.
PAD = 4 * 1024
# Seconds that a list waits to save what it found out.
PATIENCE = 1.0
# Bytes of a report's id.
ID_SIZE = 16


class QueueIndex(Base):
    """One bucket of a team's index: a column a fact, for a list reads them all. It goes with the team's key."""

    __tablename__ = "queue_index"
    __table_args__ = (UNORDERED,)

    keyholder_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("keyholder.id", ondelete="CASCADE"), primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes]


class Facts(NamedTuple):
    """What the list has to know of one report's sealed parts.

    `told` says of which state of the report it is: how many messages its reporter had written. Another number, and what
    happened again may have changed.
    """

    told: int
    weight: int
    """What the risk questions say: see portal/reporting/questions/risk.py."""
    pressing_until: int
    """The first day, as an ordinal, on which what happened again does not press any more; 0 where it never did."""
    times: int
    """How often it has happened again."""
    ticked: int
    """A bit for each strand and type that was ticked: see portal/reporting/queue_facts.py."""


Found = dict[bytes, Facts]
# Without the length check of Facts._make, in C: of ten thousand reports it is the quicker by half.
_AS_FACTS: Callable[[tuple[int, ...]], Facts] = partial(tuple.__new__, Facts)


def bucket_of(report_id: bytes) -> int:
    return report_id[0] * BUCKETS // 256


def load(held: Keyring, edition: str) -> Found:
    """All that the teams of this keyring have saved under this edition, by the report's id."""
    found: Found = {}
    keys = {keyholder: _key(private) for keyholder, private in held.keys.items()}
    rows = select(QueueIndex.keyholder_id, QueueIndex.bucket, QueueIndex.sealed)
    for row in session.execute(rows.where(QueueIndex.keyholder_id.in_(list(keys)))):
        found |= _opened(row, keys[row.keyholder_id], edition)
    return found


def save(held: Keyring, edition: str, new: Mapping[uuid.UUID, Found], listed: Collection[bytes]) -> None:
    """Add what was found out, by the keyholder whose key opened it, to what others have saved meanwhile.

    Kept is what is still `listed`. Where two save at once one of them may come in vain: it is found out again.
    """
    changes: dict[tuple[uuid.UUID, int], Found] = defaultdict(dict)
    for keyholder_id, found in new.items():
        for report_id, facts in found.items():
            changes[keyholder_id, bucket_of(report_id)][report_id] = facts
    try:
        with transaction(durable=False, timeout=PATIENCE) as db:
            for (keyholder_id, bucket), found in sorted(changes.items()):
                _save(db, keyholder_id, bucket, _key(held.keys[keyholder_id]), edition, found, listed)
    except (IntegrityError, OperationalError, TimeoutError):
        return


def forget(db: Session, report_id: uuid.UUID) -> None:
    """Inside the transaction that deletes the report."""
    db.execute(delete(QueueIndex).where(QueueIndex.bucket == bucket_of(report_id.bytes)))


def _save(
    db: Session,
    keyholder_id: uuid.UUID,
    bucket: int,
    key: bytes,
    edition: str,
    found: Found,
    listed: Collection[bytes],
) -> None:
    row = db.get(QueueIndex, (keyholder_id, bucket), with_for_update=True, populate_existing=True)
    kept = {one: facts for one, facts in _opened(row, key, edition).items() if one in listed} if row else {}
    kept |= found
    # One that is just being deleted is locked: it must not come back here after its bucket was taken away.
    ids = [uuid.UUID(bytes=one) for one in kept]
    there = select(Report.id).where(Report.id.in_(ids)).with_for_update(read=True, key_share=True, skip_locked=True)
    reports = [one.bytes for one in db.scalars(there)]
    columns = {name: [getattr(kept[one], name) for one in reports] for name in Facts._fields}
    content = {"of": edition, "reports": b"".join(reports).hex(), **columns}
    sealed = sealing.seal(content, key, keyholder_id, INDEX, _place(keyholder_id, bucket), PAD)
    if row is None:
        db.add(QueueIndex(keyholder_id=keyholder_id, bucket=bucket, sealed=sealed))
    else:
        row.sealed = sealed


def _opened(row: Any, key: bytes, edition: str) -> Found:
    """Nothing where it is damaged, or was made under other risk questions."""
    try:
        content = sealing.unseal(row.sealed, key, INDEX, _place(row.keyholder_id, row.bucket))
    except SealError:
        return {}
    if content["of"] != edition:
        return {}
    ids = bytes.fromhex(content["reports"])
    reports = [ids[first : first + ID_SIZE] for first in range(0, len(ids), ID_SIZE)]
    columns = (content[name] for name in Facts._fields)
    return dict(zip(reports, map(_AS_FACTS, zip(*columns, strict=True)), strict=True))


def _key(private: bytes) -> bytes:
    return sealing.derive(private, "queue index")


def _place(keyholder_id: uuid.UUID, bucket: int) -> uuid.UUID:
    return uuid.uuid5(keyholder_id, str(bucket))
