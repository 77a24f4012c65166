"""The same event by two ways: one that starts at the same moment, is called the same and is at the same place."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import secrets
from portal.db import session
from portal.events.models import Event, EventState, Occurrence
from portal.events.proposal_contents import OPEN_TO_GROUP, Content, OpenProposal, opened_or_known
from portal.events.proposal_models import Proposal
from portal.events.services import words_of
from portal.events.source_content import is_same_place, same_title
from portal.events.source_models import SourceEntry
from portal.vault import sealing

# Questions to the database hold no more of them at once.
AT_ONCE = 500


def twin_of(content: Content) -> bytes:
    """What two of the same start and title have alike, and from which nobody reads either."""
    return _key(content.facts.starts_at, content.written.title)


def place_of(content: Content) -> tuple[str, str]:
    return content.facts.venue, content.facts.address


def events_like(db: Session, contents: Iterable[Content]) -> dict[bytes, list[tuple[uuid.UUID, tuple[str, str]]]]:
    """Events that start and are called as one of these, by `twin_of`, each with its place."""
    wanted = {twin_of(content): content.facts.starts_at for content in contents}
    starts = sorted(set(wanted.values()))
    found: dict[bytes, list[tuple[uuid.UUID, tuple[str, str]]]] = {}
    for first in range(0, len(starts), AT_ONCE):
        asked = select(Event, Occurrence.starts_at).join(Occurrence)
        asked = asked.where(
            Event.state != EventState.CANCELLED, Occurrence.starts_at.in_(starts[first : first + AT_ONCE])
        )
        rows = [(event, at) for event, at in db.execute(asked)]
        words = words_of(event.id for event, _at in rows) if rows else {}
        for event, at in rows:
            for one in words[event.id].newest:
                key = _key(at, one.title)
                if key in wanted:
                    found.setdefault(key, []).append((event.id, (event.venue, event.address)))
    return found


def event_like(db: Session, content: Content) -> uuid.UUID | None:
    """The event that this would be a second time."""
    there = events_like(db, [content]).get(twin_of(content), [])
    return next((event_id for event_id, place in there if is_same_place(place, place_of(content))), None)


def find_event_like(content: Content) -> uuid.UUID | None:
    """The same, for a page."""
    return event_like(session, content)


def proposals_like(proposal: OpenProposal) -> list[OpenProposal]:
    """Others that say the same and are not decided either, from a group's calendar or by hand."""
    twin, place = twin_of(proposal.content), place_of(proposal.content)
    from_calendars = select(SourceEntry.proposal_id).where(SourceEntry.proposal_id.is_not(None))
    of_calendars = select(SourceEntry.proposal_id).where(SourceEntry.twin == twin, SourceEntry.proposal_id.is_not(None))
    asked = select(Proposal).where(
        Proposal.id != proposal.id,
        Proposal.event_id.is_(None),
        Proposal.state.in_(OPEN_TO_GROUP),
        Proposal.id.in_(of_calendars) | Proposal.id.not_in(from_calendars),
    )
    others = [one for row in session.scalars(asked) if isinstance(one := opened_or_known(row), OpenProposal)]
    return [one for one in others if twin_of(one.content) == twin and is_same_place(place_of(one.content), place)]


def _key(at: datetime, title: str) -> bytes:
    moment = at.astimezone(UTC).isoformat()
    return sealing.derive(secrets().pepper, "event twin", moment.encode(), same_title(title).encode())
