"""Single dates of a series in a group's calendar: those that do not take place, or at another time or place."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import session
from portal.events.models import Event, EventState
from portal.events.one_date import (
    CannotMove,
    IsBeforeTheFirst,
    IsInThePast,
    IsOnAnotherDate,
    IsToldToEveryone,
    Moved,
    cancel_occurrence,
    move_occurrence,
    move_occurrence_back,
)
from portal.events.proposal_models import Proposal
from portal.events.proposals import Content
from portal.events.recurrence import moments
from portal.events.services import ChangedMeanwhile, IsCancelled
from portal.events.source_entries import DateChange
from portal.events.source_models import Dates, SourceEntry
from portal.events.sources import DATES, key_of
from portal.vault import sealing

CANNOT_BE = (
    CannotMove,
    IsInThePast,
    IsBeforeTheFirst,
    IsOnAnotherDate,
    IsToldToEveryone,
    IsCancelled,
    ChangedMeanwhile,
)


def end_of(content: Content) -> datetime:
    """When the last of its dates is over."""
    facts = content.facts
    return moments(facts.rule, facts.last_date, facts.starts_at, facts.ends_at)[-1][1]


def note(row: SourceEntry, changes: tuple[DateChange, ...]) -> bool:
    """Keep what the calendar says now; whether there is something in it to be followed."""
    before = _opened(row)
    # What was moved, and is said no more, is when and where its series has it.
    days = {one.day for one in changes}
    back = [DateChange(day=one.day, is_back=True) for one in before if one.starts_at and one.day not in days]
    wanted = sorted([*changes, *back], key=lambda one: one.day)
    if wanted == before:
        return False
    stored = [{name: str(value) for name, value in vars(one).items() if value} for one in wanted]
    key, source_id = key_of(row.source_id), row.source_id
    row.sealed_dates = sealing.seal({"dates": stored}, key, source_id, DATES, source_id, 512) if wanted else None
    row.dates = Dates.WAITING if wanted else Dates.NONE
    return bool(wanted)


def _opened(row: SourceEntry) -> list[DateChange]:
    if row.sealed_dates is None:
        return []
    stored: list[dict[str, Any]] = sealing.unseal(row.sealed_dates, key_of(row.source_id), DATES, row.source_id)[
        "dates"
    ]
    return [
        DateChange(
            day=date.fromisoformat(one["day"]),
            starts_at=datetime.fromisoformat(one["starts_at"]) if "starts_at" in one else None,
            ends_at=datetime.fromisoformat(one["ends_at"]) if "ends_at" in one else None,
            venue=one.get("venue", ""),
            address=one.get("address", ""),
            is_back="is_back" in one,
        )
        for one in stored
    ]


def dates_of(proposal_id: uuid.UUID) -> list[DateChange]:
    """Those that wait for an editor, for the proposal's page."""
    waits = (SourceEntry.proposal_id == proposal_id) & (SourceEntry.dates == Dates.WAITING)
    row = session.scalar(select(SourceEntry).where(waits).limit(1))
    return _opened(row) if row else []


def follow_accepted(db: Session, proposal_id: uuid.UUID, event_id: uuid.UUID, *, is_its_own: bool) -> None:
    """An editor accepted the proposal: its single dates follow, at once or when the event becomes public.

    `is_its_own`: the event was made of it. Of one that was there another way, an editor decides on each change.
    """
    for row in db.scalars(select(SourceEntry).where(SourceEntry.proposal_id == proposal_id).with_for_update()):
        row.is_for_editors = row.is_for_editors or not is_its_own
        if row.dates is Dates.WAITING:
            row.dates = Dates.DUE
        follow_due(db, row, event_id)


def leave_as_they_are(db: Session, proposal_id: uuid.UUID) -> None:
    """An editor declined what changed: the dates wait no more."""
    for row in db.scalars(select(SourceEntry).where(SourceEntry.proposal_id == proposal_id).with_for_update()):
        if row.dates is Dates.WAITING:
            row.dates = Dates.DONE


def follow_due(db: Session, row: SourceEntry, event_id: uuid.UUID | None) -> None:
    event = db.get(Event, event_id, with_for_update=True) if event_id and row.dates is Dates.DUE else None
    if event is None or event.state is not EventState.PUBLISHED:
        return
    for one in _opened(row):
        try:
            _follow(db, event, one)
        except CANNOT_BE:
            continue  # it cannot be so in our calendar: the date stays as it is
    row.dates = Dates.DONE


def _follow(db: Session, event: Event, one: DateChange) -> None:
    if one.is_back:
        move_occurrence_back(db, event.id, event.sequence, one.day)
    elif one.starts_at is None or one.ends_at is None:
        cancel_occurrence(db, event.id, one.day)
    else:
        to = Moved(starts_at=one.starts_at, ends_at=one.ends_at, venue=one.venue, address=one.address)
        move_occurrence(db, event.id, event.sequence, one.day, to)


def follow_all_due(db: Session) -> None:
    """Events that became public after their dates were accepted."""
    asked = select(SourceEntry, Proposal.event_id).join(Proposal, Proposal.id == SourceEntry.proposal_id)
    for row, event_id in db.execute(asked.where(SourceEntry.dates == Dates.DUE)):
        follow_due(db, row, event_id)
