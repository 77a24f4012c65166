"""What waits after events: dates that nobody has counted, and what groups told that no editor has looked at."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, func, or_, select

from portal.db import session, utcnow
from portal.events.afterwards_models import EventOutcome
from portal.events.held import took_place
from portal.events.models import Event, EventState, Occurrence
from portal.events.services import words_of

# Who has not counted by then does not remember.
ASKED_FOR = timedelta(days=60)
MOST = 100
Over = Select[uuid.UUID, str, date, datetime]
"""Event, organiser, the day that its rule gave it, and when it began."""


@dataclass(frozen=True)
class OverDate:
    """A date that is over, under the title of its event as it was written."""

    event_id: uuid.UUID
    planned_on: date
    starts_at: datetime
    title: str
    language: str
    organiser: str


def count_uncounted() -> int:
    return _count(_uncounted())


def uncounted_dates() -> list[OverDate]:
    """The newest first; no more than anyone works through."""
    return _listed(_uncounted())


def count_told() -> int:
    return _count(_told())


def told_dates() -> list[OverDate]:
    """Of which a group told, the newest first."""
    return _listed(_told())


def _uncounted() -> Over:
    now = utcnow()
    return _over().where(
        Occurrence.ends_at < now,
        Occurrence.ends_at >= now - ASKED_FOR,
        EventOutcome.came.is_(None),
        EventOutcome.sealed.is_(None),
    )


def _told() -> Over:
    return _over().where(EventOutcome.sealed.is_not(None))


def _over() -> Over:
    is_of_date = and_(EventOutcome.event_id == Occurrence.event_id, EventOutcome.planned_on == Occurrence.planned_on)
    return (
        select(Event.id, Event.organiser, Occurrence.planned_on, Occurrence.starts_at)
        .join(Occurrence, Occurrence.event_id == Event.id)
        .outerjoin(EventOutcome, is_of_date)
        .where(Event.state != EventState.DRAFT, or_(took_place(), EventOutcome.sealed.is_not(None)))
    )


def _count(asked: Over) -> int:
    return session.scalar(select(func.count()).select_from(asked.subquery())) or 0


def _listed(asked: Over) -> list[OverDate]:
    rows = session.execute(asked.order_by(Occurrence.starts_at.desc(), Event.id).limit(MOST)).all()
    words = words_of({row.id for row in rows})
    return [
        OverDate(
            row.id,
            row.planned_on,
            row.starts_at,
            words[row.id].original.title,
            words[row.id].original.language,
            row.organiser,
        )
        for row in rows
    ]
