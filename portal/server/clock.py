"""Whether this machine's clock can be believed: what ends by it ends for ever, so by one that jumped nothing ends."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from portal import audit
from portal.audit import Action
from portal.config import settings
from portal.db import LOCAL_TIME, database, session, transaction, utcnow
from portal.shared_signs import SharedSign, Sign, set_sign
from portal.staff.models import StaffMember

# The worker looks every minute. Where it finds that so much time has passed, the machine was off, or its clock is wrong:
# a person can tell which, and until one has, nothing is lost by waiting.
MOST_AT_ONCE = timedelta(days=3)
# A code of an authenticator is right for half a minute by the phone's own clock: see StaffMember.totp_step.
STEP_SECONDS = 30
FILE = "clock-believed"


class ClockInDoubt(Exception):
    """Why nothing may end now: one sentence for the operator."""


def check() -> None:
    """Remember that the clock was believed at this moment. Raises ClockInDoubt where it is not."""
    if problem := doubt():
        raise ClockInDoubt(problem)
    last, now = believed_at(), utcnow()
    # One that was set back ends nothing early, and may be set right again. What was believed comes down only where a phone
    # says the same as the clock does now: it was years ahead when the portal was started first.
    if last is None or last < now or (last - now > MOST_AT_ONCE and _phone_agrees(now)):
        _believe()


def doubt() -> str | None:
    """The sentence where the clock is so far ahead of when it was last believed that somebody has to look at it."""
    last, now = believed_at(), utcnow()
    if last is None or now - last <= MOST_AT_ONCE or _phone_agrees(now):
        return None
    return (
        f"This machine's clock went from {_shown(last)} to {_shown(now)} while nobody ended anything, so nothing ends now: "
        "set the clock right. If it is, somebody signs in with a code of their authenticator app, or say so with "
        "`portal retention --clock-is-right`."
    )


def _phone_agrees(now: datetime) -> bool:
    """Whether somebody of the staff signed in lately with a code: their phone showed the time that the clock shows.

    By a clock that is wrong no code is. So a machine that was off for weeks needs nobody but whoever comes to work.
    """
    newest = session.scalar(select(func.max(StaffMember.totp_step)).where(StaffMember.active))
    return newest is not None and abs(now - datetime.fromtimestamp(newest * STEP_SECONDS, UTC)) <= MOST_AT_ONCE


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
