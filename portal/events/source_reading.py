"""The worker reads groups' calendars when they are due: several at once, the network never within a transaction."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from portal.db import session, transaction, utcnow
from portal.events.source_content import Source, Understood, understand
from portal.events.source_dates import follow_all_due
from portal.events.source_entries import Damaged, NoCalendar, Read
from portal.events.source_fetching import Answer, CannotRead, Rules, rules
from portal.events.source_following import begun, entry_key, follow
from portal.events.source_ical import read_ical
from portal.events.source_models import EventSource, Rhythm, SourceEntry, Trouble
from portal.events.source_schema import read_page
from portal.events.sources import EVERY, OpenSource, open_source
from portal.languages.i18n import language_of
from portal.vault.keyholders import find_vault

AT_ONCE = 8
# No new ones are begun thereafter: the worker has other duties, and comes back in seconds.
BEGUN_WITHIN = 10.0
UNDERSTOOD_WITHIN = 5.0
"""Seconds in which one calendar's text is understood; people's calendars take a fraction of one."""
CLAIMED_FOR = timedelta(minutes=10)
AGAIN_AFTER = timedelta(hours=1)
"""When one in trouble is read again, if that is sooner than its turn."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """One calendar that this worker reads now."""

    source: OpenSource
    etag: str
    modified: str


@dataclass(frozen=True)
class Fetched:
    """What came of it: the trouble, or what stands there; `read` is None where nothing changed."""

    trouble: Trouble | None = None
    answer: Answer | None = None
    read: Read | None = None


def read_due_sources() -> int:
    """Read the calendars that are due; gives how many."""
    if find_vault() is None:
        return 0
    try:
        if session.scalar(select(SourceEntry.key).where(SourceEntry.dates == "due").limit(1)) is not None:
            with transaction() as db:
                follow_all_due(db)
    except Exception as problem:
        session.rollback()
        log.error("dates of calendars could not be followed", exc_info=problem)
    begins, times = time.monotonic(), 0
    allowed = rules()
    with ThreadPoolExecutor(AT_ONCE, "calendars") as pool:
        while time.monotonic() - begins < BEGUN_WITHIN and (claims := _claim()):
            for claim, fetched in zip(claims, pool.map(lambda one: fetch(one, allowed), claims), strict=True):
                _keep(claim, fetched)
                times += 1
    return times


def _claim() -> list[Claim]:
    """Those that are due, for this worker alone: another one leaves them, unless this one dies over it."""
    now = utcnow()
    is_due = (EventSource.due_at <= now) & ~EventSource.is_stopped
    if session.scalar(select(EventSource.id).where(is_due).limit(1)) is None:
        return []
    with transaction() as db:
        due = select(EventSource).where(is_due).order_by(EventSource.due_at, EventSource.id).limit(AT_ONCE)
        rows = list(db.scalars(due.with_for_update(skip_locked=True)))
        for row in rows:
            row.due_at = now + CLAIMED_FOR
        return [Claim(open_source(row), row.etag, row.modified) for row in rows]


def fetch(claim: Claim, allowed: Rules) -> Fetched:
    """In a thread of its own, without the database. Whatever stands there, this gives a trouble and never fails."""
    if not claim.source.settings.address:  # what is stored of it is damaged
        return Fetched(Trouble.DAMAGED)
    try:
        answer = allowed.read(claim.source.settings.address, claim.etag, claim.modified)
        if answer.text is None:
            return Fetched(answer=answer)
        until = time.monotonic() + UNDERSTOOD_WITHIN
        return Fetched(answer=answer, read=read_text(answer.text, until))
    except CannotRead as problem:
        return Fetched(problem.trouble)
    except NoCalendar:
        return Fetched(Trouble.NO_CALENDAR)
    except Damaged:
        return Fetched(Trouble.DAMAGED)
    except Exception as problem:
        log.error("a calendar could not be read", exc_info=problem)
        return Fetched(Trouble.DAMAGED)


def read_text(text: str, until: float) -> Read:
    """A file of iCalendar, or else a page. Raises NoCalendar, Damaged."""

    def is_late() -> bool:
        return time.monotonic() > until

    try:
        return read_ical(text, is_late)
    except NoCalendar:
        return read_page(text, is_late)


def _keep(claim: Claim, fetched: Fetched) -> None:
    """What was read becomes proposals, in one transaction of this calendar's own. What fails there is its trouble alone."""
    try:
        _store(claim, fetched)
    except Exception as problem:
        session.rollback()
        log.error("a calendar could not be followed", exc_info=problem)
        _store(claim, Fetched(Trouble.DAMAGED))


def _store(claim: Claim, fetched: Fetched) -> None:
    source_id = claim.source.id
    trouble = fetched.trouble
    found = None
    if fetched.read is not None:
        try:
            found = _understood(claim.source, fetched.read)
        except Damaged:
            trouble = Trouble.DAMAGED
    now = utcnow()
    with transaction() as db:
        row = db.get(EventSource, source_id, with_for_update=True)
        if row is None or row.version != claim.source.version:
            return  # it is due again at once, as an editor has it now
        row.read_at = now
        if trouble is not None:
            row.trouble_since = row.trouble_since if row.trouble else (row.good_at or now)
            row.trouble = trouble
            row.due_at = now + min(EVERY[Rhythm(row.rhythm)], AGAIN_AFTER)
            return
        row.good_at, row.trouble, row.trouble_since = now, None, None
        row.due_at = now + EVERY[Rhythm(row.rhythm)]
        if found is None or fetched.answer is None:
            return
        follow(db, row, found.wanted)
        db.flush()
        row.found = len(found.wanted)
        row.skipped = {why.value: times for why, times in found.skipped.items()}
        # One that waits for what becomes of another is looked at again, changed or not.
        waits = (SourceEntry.source_id == source_id) & SourceEntry.is_pending
        is_settled = db.scalar(select(SourceEntry.key).where(waits).limit(1)) is None
        row.etag, row.modified = (fetched.answer.etag, fetched.answer.modified) if is_settled else ("", "")


def _understood(source: OpenSource, read: Read) -> Understood:
    known = begun(source.id)
    language = language_of(source.settings.language)
    with force_locale(language.locale):
        about = Source(group=source.settings.group, language=language.code, ask=_("Ask the group"))
    until = time.monotonic() + UNDERSTOOD_WITHIN
    return understand(
        read,
        about,
        lambda uid: known.get(entry_key(source.id, f"{uid}\n")),
        utcnow(),
        lambda: time.monotonic() > until,
    )
