"""Whether this machine's clock can be believed: what ends by it ends for ever, so by one that jumped nothing ends."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from portal import audit
from portal.audit import Action
from portal.config import settings
from portal.db import LOCAL_TIME, database, session, transaction, utcnow
from portal.shared_signs import SharedSign, Sign, set_sign

# The worker looks every minute. Where it finds that so much time has passed, the machine was off, or its clock is wrong:
# a person can tell which, and until one has, nothing is lost by waiting.
MOST_AT_ONCE = timedelta(days=3)
FILE = "clock-believed"


class ClockInDoubt(Exception):
    """Why nothing may end now: one sentence for the operator."""


def check() -> None:
    """Remember that the clock was believed at this moment. Raises ClockInDoubt where it is not."""
    if problem := doubt():
        raise ClockInDoubt(problem)
    last = believed_at()
    if last is None or last < utcnow():  # one that was set back ends nothing early, and may be set right again
        _believe()


def doubt() -> str | None:
    """The sentence where the clock is so far ahead of when it was last believed that somebody has to look at it."""
    last = believed_at()
    if last is None or utcnow() - last <= MOST_AT_ONCE:
        return None
    return (
        f"This machine's clock went from {_shown(last)} to {_shown(utcnow())} while nobody ended anything, so nothing ends now: "
        "set the clock right, or say that it is with `portal retention --clock-is-right`."
    )


def believed_at() -> datetime | None:
    """When what was over was last ended by it, here or on another machine; None where it never was."""
    if not database().is_sqlite:
        return session.scalar(select(SharedSign.at).where(SharedSign.name == Sign.BELIEVED))
    try:
        return datetime.fromtimestamp(_file().stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def vouch() -> None:
    """Believe the clock because somebody says that it is right."""
    with transaction() as db:
        audit.record(db, "command line", Action.VOUCHED_FOR_CLOCK)
    _believe()


def _believe() -> None:
    if not database().is_sqlite:
        with transaction() as db:
            set_sign(db, Sign.BELIEVED)
        return
    # On a full disk what is over must end all the same.
    with suppress(OSError):
        _file().touch(0o600)
        os.utime(_file(), (utcnow().timestamp(), utcnow().timestamp()))


def _file() -> Path:
    path: Path = settings().data / FILE
    return path


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL_TIME):%d %B %Y, %H:%M}"
