"""Calendars that groups keep themselves: an editor lets one through, changes how it is read, and the group sees how that goes.

A calendar's address is often the only key to it, so it lies sealed as what groups propose does, with the group's name.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.config import secrets
from portal.db import existing, random_id, session, transaction, utcnow
from portal.events.proposal_contents import OpenProposal, opened_or_known
from portal.events.proposal_models import Proposal
from portal.events.proposals import SaidMessage, messages_of
from portal.events.services import ChangedMeanwhile
from portal.events.source_fetching import rules
from portal.events.source_models import Dates, EventSource, Rhythm, Skipped, SourceEntry, Trouble
from portal.vault import receipts, sealing
from portal.vault.drafts import Draft, Purpose, find_draft, new_draft
from portal.vault.keyholders import find_vault
from portal.vault.sealing import SealError

ABOUT, DATES = "event.source/1", "event.source.dates/1"
EVERY = {Rhythm.HOURLY: timedelta(hours=1), Rhythm.DAILY: timedelta(days=1), Rhythm.WEEKLY: timedelta(days=7)}
MOST_SHOWN = 100
# What the cookie of a group that opened its calendar's page calls the visit.
VISIT = "group_calendar"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an editor says of a calendar."""

    address: str
    group: str
    language: str
    rhythm: Rhythm
    is_trusted: bool = False
    is_stopped: bool = False


@dataclass(frozen=True, kw_only=True)
class OpenSource:
    """A calendar that has been opened, and how the reading of it goes."""

    id: uuid.UUID
    version: int
    settings: Settings
    let_in_by: str
    let_in_on: date
    read_at: datetime | None
    good_at: datetime | None
    trouble: Trouble | None
    trouble_since: datetime | None
    found: int
    skipped: dict[Skipped, int]
    waiting: int = 0


@dataclass(frozen=True)
class ShownEntry:
    """What became of one entry. `proposal` is the one that it waits for where it is here by another way."""

    proposal: OpenProposal
    is_here_already: bool
    said: SaidMessage | None
    """What the editors wrote about it last."""


def key_of(source_id: uuid.UUID) -> bytes:
    return sealing.derive(secrets().pepper, "event source", source_id.bytes)


def is_allowed(address: str) -> bool:
    """Whether an address may be read at all: https, a public name, and not the portal itself."""
    return rules().allow(address)


def code_of(once: uuid.UUID, wanted: Settings) -> str:
    """The digits for the group: the same page sent twice has one code, and nothing stores it."""
    drawn = sealing.derive(secrets().pepper, "source code", once.bytes, repr(wanted).encode())
    return receipts.digits_of(drawn)


def id_of(once: uuid.UUID, wanted: Settings) -> uuid.UUID:
    return uuid.uuid5(once, repr(wanted))


def lookup_of(digits: str) -> bytes:
    """Derived once for a proposal and for a calendar: one number is looked for in both."""
    return receipts.derive(digits, "proposal").lookup


def let_in(db: Session, once: uuid.UUID, wanted: Settings, lookup: bytes, by: str) -> bool:
    """It is read from now on; False, and nothing is stored, where the same page was sent before."""
    source_id = id_of(once, wanted)
    if db.get(EventSource, source_id) is not None:
        return False
    db.add(
        EventSource(
            id=source_id,
            lookup=lookup,
            sealed=_sealed(wanted, source_id),
            language=wanted.language,
            rhythm=wanted.rhythm,
            is_trusted=wanted.is_trusted,
            let_in_by=by,
            due_at=utcnow(),
        )
    )
    return True


def change_source(db: Session, source_id: uuid.UUID, seen: int | None, wanted: Settings) -> bool:
    """False where nothing differs. Raises ChangedMeanwhile."""
    row = existing(db, EventSource, source_id, with_for_update=True)
    if row.version != seen:
        raise ChangedMeanwhile
    before = _settings(row)
    if before == wanted:
        return False
    row.sealed, row.language, row.rhythm = _sealed(wanted, row.id), wanted.language, wanted.rhythm
    row.is_trusted, row.is_stopped = wanted.is_trusted, wanted.is_stopped
    row.version += 1
    # Read whole once: what is said of it, or who is trusted, may differ.
    row.etag = row.modified = ""
    row.due_at = utcnow()
    if (before.address, before.is_stopped) != (wanted.address, wanted.is_stopped):
        row.trouble = row.trouble_since = None
    return True


def read_soon(db: Session, source_id: uuid.UUID) -> None:
    """The worker reads it next."""
    row = existing(db, EventSource, source_id, with_for_update=True)
    row.due_at, row.etag, row.modified = utcnow(), "", ""


def delete_source(db: Session, source_id: uuid.UUID, seen: int | None) -> None:
    """Nothing is known of it any more; what came of its entries stays. Raises ChangedMeanwhile."""
    row = existing(db, EventSource, source_id, with_for_update=True)
    if row.version != seen:
        raise ChangedMeanwhile
    db.delete(row)


def renew_code(db: Session, source_id: uuid.UUID, seen: int | None, lookup: bytes) -> None:
    """The number that the group has opens nothing any more. Raises ChangedMeanwhile."""
    row = existing(db, EventSource, source_id, with_for_update=True)
    if row.version != seen:
        raise ChangedMeanwhile
    row.lookup = lookup
    row.version += 1


def _sealed(wanted: Settings, source_id: uuid.UUID) -> bytes:
    about = {"address": wanted.address, "group": wanted.group}
    return sealing.seal(about, key_of(source_id), source_id, ABOUT, source_id, 1024)


def _settings(row: EventSource) -> Settings:
    try:
        about: dict[str, Any] = sealing.unseal(row.sealed, key_of(row.id), ABOUT, row.id)
    except SealError:
        # An editor sees that it is there, and says anew what it was or deletes it; the others are read on.
        about = {"address": "", "group": ""}
    return Settings(
        address=about["address"],
        group=about["group"],
        language=row.language,
        rhythm=row.rhythm,
        is_trusted=row.is_trusted,
        is_stopped=row.is_stopped,
    )


def open_source(row: EventSource) -> OpenSource:
    return OpenSource(
        id=row.id,
        version=row.version,
        settings=_settings(row),
        let_in_by=row.let_in_by,
        let_in_on=row.let_in_on,
        read_at=row.read_at,
        good_at=row.good_at,
        trouble=row.trouble,
        trouble_since=row.trouble_since,
        found=row.found,
        skipped={Skipped(why): times for why, times in row.skipped.items()},
    )


def find_source(source_id: uuid.UUID) -> OpenSource | None:
    row = session.get(EventSource, source_id)
    return replace(open_source(row), waiting=_waiting().get(row.id, 0)) if row else None


def listed_sources() -> list[OpenSource]:
    """By the groups' names, with how many of each calendar's entries wait for an editor."""
    waiting = _waiting()
    found = [replace(open_source(row), waiting=waiting.get(row.id, 0)) for row in session.scalars(select(EventSource))]
    return sorted(found, key=lambda one: (one.settings.group.casefold(), one.id))


def count_sources_in_trouble() -> int:
    in_trouble = EventSource.trouble.is_not(None) & ~EventSource.is_stopped
    return session.scalar(select(func.count()).select_from(EventSource).where(in_trouble)) or 0


def _waiting() -> dict[uuid.UUID, int]:
    counted = (
        select(SourceEntry.source_id, func.count())
        .join(Proposal, Proposal.id == SourceEntry.proposal_id)
        .where(Proposal.waits_for_editor)
        .group_by(SourceEntry.source_id)
    )
    return {row[0]: row[1] for row in session.execute(counted)}


def source_of(proposal_id: uuid.UUID) -> OpenSource | None:
    """The calendar in which a proposal stands, if it came from one."""
    asked = select(EventSource).join(SourceEntry).where(SourceEntry.proposal_id == proposal_id)
    row = session.scalar(asked.limit(1))
    return open_source(row) if row else None


def entries_of(source_id: uuid.UUID) -> list[ShownEntry]:
    """What is not over, soonest first."""
    link = func.coalesce(SourceEntry.proposal_id, SourceEntry.same_as_id)
    asked = (
        select(SourceEntry, Proposal)
        .join(Proposal, Proposal.id == link)
        .where(SourceEntry.source_id == source_id, SourceEntry.ends_at >= utcnow())
        .order_by(SourceEntry.ends_at, SourceEntry.key)
        .limit(MOST_SHOWN)
    )
    return [
        ShownEntry(shown, entry.is_pending, _last_said(proposal.id) if not entry.is_pending else None)
        for entry, proposal in session.execute(asked)
        if isinstance(shown := opened_or_known(proposal), OpenProposal)
    ]


def _last_said(proposal_id: uuid.UUID) -> SaidMessage | None:
    said = [one for one in messages_of(proposal_id) if not one.is_from_group]
    return said[-1] if said else None


def dates_that_wait(proposal_id: uuid.UUID) -> bool:
    """Whether single dates of a series wait for an editor."""
    waits = (SourceEntry.proposal_id == proposal_id) & (SourceEntry.dates == Dates.WAITING)
    return session.scalar(select(SourceEntry.key).where(waits).limit(1)) is not None


def open_with_code(digits: str) -> Draft | None:
    """A visit of a group that has this number of its calendar, or None where it opens none."""
    if find_vault() is None:
        return None
    lookup = lookup_of(digits)
    source_id = session.scalar(select(EventSource.id).where(EventSource.lookup == lookup))
    if source_id is None:
        return None
    visit = new_draft(Purpose.PROPOSAL, {"source": source_id.hex})
    with transaction() as db:
        visit.save(db)
    return visit


def find_visited(token: str | None) -> OpenSource | None:
    """The calendar that this visit opened, or None where the visit has ended."""
    visit = find_draft(token, Purpose.PROPOSAL)
    return find_source(uuid.UUID(visit.content["source"])) if visit and "source" in visit.content else None


def new_lookup() -> bytes:
    """For what came from a calendar: no number opens it by itself, the calendar's does."""
    return sealing.derive(secrets().pepper, "entry without a number", random_id().bytes)
