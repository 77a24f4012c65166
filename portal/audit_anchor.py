"""The end of the log's chain, written each day to a file that leaves this host, and whether the log still is what it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from portal.audit import BEGINNING, AuditCheckpoint, AuditEntry, AuditHead, newest_checkpoint
from portal.db import session


def anchor_head(db: Session, path: Path, day: date) -> None:
    """Once a day, write the head to a file that leaves this host, so that a rewritten chain is found out."""
    head = db.get_one(AuditHead, 1, with_for_update=True)
    if head.anchored_on == day:
        return
    with path.open("a", encoding="ascii") as file:
        file.write(f"{day.isoformat()} {head.last_id} {head.hash.hex()}\n")
    head.anchored_on = day


def rewritten_links(path: Path) -> Iterator[int]:
    """The ids whose entry is not the one that was anchored: a chain can be sound and yet written anew.

    Raises OSError or ValueError where the anchored heads cannot be read.
    """
    if session.get_one(AuditHead, 1).anchored_on is None and not path.exists():
        return
    checkpoint = newest_checkpoint()
    for line in path.read_text(encoding="ascii").splitlines():
        _day, last_id, anchored = line.split()
        if checkpoint is not None and int(last_id) < checkpoint.last_id:
            continue  # it had its time
        entry: AuditEntry | AuditCheckpoint | None = session.get(AuditEntry, int(last_id))
        if checkpoint is not None and int(last_id) == checkpoint.last_id:
            entry = checkpoint
        if (entry.hash if entry else BEGINNING).hex() != anchored:
            yield int(last_id)
