"""When a backup was made and rehearsed last, on whichever machine: what the operator is told is late."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from portal import audit
from portal.audit import Action
from portal.config import settings
from portal.db import database, session, transaction
from portal.shared_signs import SharedSign, Sign, set_sign

# A live installation's operator is told when the last one is longer ago.
MADE_EVERY, REHEARSED_EVERY = timedelta(days=2), timedelta(days=35)
# How each is called in the file of a machine on SQLite, and in the audit log.
NAMES = {Sign.BACKED_UP: "made_at", Sign.REHEARSED: "rehearsed_at"}
ACTIONS = {Sign.BACKED_UP: Action.BACKED_UP, Sign.REHEARSED: Action.REHEARSED_RESTORE}


def note(done: Sign, moment: datetime) -> None:
    """Write down that a backup was made, or rehearsed."""
    if database().is_sqlite:
        known = {NAMES[each]: at.isoformat() for each in NAMES if (at := noted(each))}
        unfinished = _path().with_suffix(".new")
        unfinished.write_text(json.dumps(known | {NAMES[done]: moment.isoformat()}), encoding="ascii")
        unfinished.replace(_path())
    with transaction() as db:
        audit.record(db, "command line", ACTIONS[done])
        if not database().is_sqlite:
            set_sign(db, done, at=moment)


def noted(done: Sign) -> datetime | None:
    """When this was done last. The file is also read on PostgreSQL: before machines shared the moment it stood there."""
    if not database().is_sqlite and (at := session.scalar(select(SharedSign.at).where(SharedSign.name == done))):
        return at
    try:
        return datetime.fromisoformat(json.loads(_path().read_text(encoding="ascii"))[NAMES[done]])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def lateness(now: datetime) -> list[str]:
    """What a live installation's operator must know of its backups."""
    made, rehearsed = noted(Sign.BACKED_UP), noted(Sign.REHEARSED)
    found = []
    if made is None:
        found.append("No backup was ever made: see `portal backup`.")
    elif now - made > MADE_EVERY:
        found.append(f"The last backup is of {made:%d %B %Y}: one is due every day.")
    if rehearsed is None or now - rehearsed > REHEARSED_EVERY:
        when = f"since {rehearsed:%d %B %Y}" if rehearsed else "yet"
        found.append(f"Nobody has tried {when} whether a backup opens: run `portal backup --rehearse`.")
    return found


def _path() -> Path:
    path: Path = settings().data / "backups.json"
    return path
