"""Editors decide on what groups propose: they ask, accept, decline, and see what it clashes with and what was changed."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import existing, random_id, session, today
from portal.events.kept_back import gives_away, places_of_dates, telling_translations
from portal.events.models import Event, EventState, Occurrence
from portal.events.proposal_models import Proposal, ProposalState
from portal.events.proposals import OPEN_TO_GROUP, Content, OpenProposal, add_message, opened
from portal.events.recurrence import moments
from portal.events.services import (
    ChangedMeanwhile,
    Facts,
    Written,
    add_event,
    cancel_event,
    change_event,
    publish_event,
    words_of,
)
from portal.events.times import local, midnight
from portal.events.twins import event_like

# Apart they may not hold: an end before its start, a rule that gives no day.
WHEN = {"starts_at", "ends_at", "rule", "last_date", "times"}
VIEWS = ("waiting", "held", "asked", "decided")
MAX_CLASHES = 20


def _in_view(view: str) -> Any:
    match view:
        case "waiting":
            return Proposal.waits_for_editor & ~Proposal.is_held
        case "held":
            return Proposal.waits_for_editor & Proposal.is_held
        case "asked":
            return ~Proposal.waits_for_editor & (Proposal.state == ProposalState.ASKED)
    return ~Proposal.waits_for_editor & (Proposal.state != ProposalState.ASKED)


def count_proposals(view: str) -> int:
    return session.scalar(select(func.count()).select_from(Proposal).where(_in_view(view))) or 0


def count_waiting_proposals() -> int:
    """All that wait for an editor, also those that stand apart."""
    return count_proposals("waiting") + count_proposals("held")


def listed_proposals(view: str, *, skip: int = 0, most: int = 50) -> list[OpenProposal]:
    """Those that wait longest first; what is decided, newest first."""
    order = Proposal.changed_on.desc() if view == "decided" else Proposal.changed_on
    rows = session.scalars(select(Proposal).where(_in_view(view)).order_by(order, Proposal.id).offset(skip).limit(most))
    return [opened(row) for row in rows]


class NotWaiting(Exception):
    """It was withdrawn, declined or called off: there is nothing to decide."""


class GivesAway(Exception):
    """Its words say a place or a link that only those who ask are told."""


class ClashKind(enum.StrEnum):
    PLACE = "place"
    AUDIENCE = "audience"


@dataclass(frozen=True)
class Clash:
    """Another event at the same place at overlapping hours, or for the same people on the same day."""

    kind: ClashKind
    event_id: uuid.UUID
    title: str
    language: str
    starts_at: datetime


def clashes_of(proposal: OpenProposal) -> list[Clash]:
    """Each other event once, drafts too, in the order of their days."""
    facts = proposal.content.facts
    times = moments(facts.rule, facts.last_date, facts.starts_at, facts.ends_at)
    first, last = local(times[0][0]).date(), local(max(ends for _starts, ends in times)).date()
    near = (
        select(Event, Occurrence)
        .join(Occurrence, Occurrence.event_id == Event.id)
        .where(
            Event.state != EventState.CANCELLED,
            ~Occurrence.is_cancelled,
            Occurrence.starts_at < midnight(last + timedelta(days=1)),
            Occurrence.ends_at > midnight(first),
        )
        .order_by(Occurrence.starts_at, Event.id)
    )
    found: dict[uuid.UUID, tuple[ClashKind, datetime]] = {}
    for event, one in session.execute(near):
        if event.id in found or event.id == proposal.event_id or len(found) == MAX_CLASHES:
            continue
        kind = _clash(facts, times, event, one)
        if kind:
            found[event.id] = kind, one.starts_at
    words = words_of(found)
    return [
        Clash(kind, event_id, words[event_id].original.title, words[event_id].original.language, starts_at)
        for event_id, (kind, starts_at) in found.items()
    ]


def _clash(facts: Facts, times: Sequence[tuple[datetime, datetime]], event: Event, one: Occurrence) -> ClashKind | None:
    is_same_venue = _plain(facts.venue) == _plain(event.venue)
    is_same_place = is_same_venue or (facts.place_code is not None and facts.place_code == event.place_code)
    if is_same_place and any(starts < one.ends_at and one.starts_at < ends for starts, ends in times):
        return ClashKind.PLACE
    day = local(one.starts_at).date()
    if set(facts.for_whom) & set(event.for_whom) and any(local(starts).date() == day for starts, _ends in times):
        return ClashKind.AUDIENCE
    return None


def _plain(venue: str) -> str:
    return " ".join(venue.casefold().split())


@dataclass(frozen=True)
class Change:
    """What accepting does to what is there: `old` as it is now, `new` as it would be."""

    old: Content
    new: Content


def change_of(proposal: OpenProposal) -> Change | None:
    """What the group changed since an editor answered last; none where it changed nothing, or nobody has answered."""
    before = proposal.before
    if before is None or before == proposal.content:
        return None
    event = session.get(Event, proposal.event_id) if proposal.event_id else None
    if event is None:
        return Change(before, proposal.content)
    old = _as_it_is(event)
    return Change(old, _with_changes(old, before, proposal.content))


def _as_it_is(event: Event) -> Content:
    original = words_of([event.id])[event.id].original
    facts = Facts(**{one.name: getattr(event, one.name) for one in fields(Facts)})
    return Content(
        facts, Written(language=original.language, title=original.title, typed=original.typed, by=original.written_by)
    )


def _with_changes(now: Content, before: Content, wanted: Content) -> Content:
    """What the group changed, and of all else what editors have made of it."""
    was, wants = vars(before.facts), vars(wanted.facts)
    changed = {name for name, value in wants.items() if value != was[name]}
    if changed & WHEN:
        changed |= WHEN
    facts = replace(now.facts, **{name: wants[name] for name in changed})
    new_words = {
        name: getattr(wanted.written, name)
        for name in ("language", "title", "typed")
        if getattr(wanted.written, name) != getattr(before.written, name)
    }
    return Content(facts, replace(now.written, **new_words))


def accept(
    db: Session, proposal_id: uuid.UUID, seen: int | None, by: str, *, publish: bool
) -> tuple[uuid.UUID, set[str]]:
    """It becomes an event, or its changes do; gives the event, and what was done: "added", "changed", "published".

    One that is in the calendar already, by another way, becomes that event's.

    `by` is the editor. Raises ChangedMeanwhile, GivesAway, IsOver, IsCancelled, NotWaiting.
    """
    row = _locked(db, proposal_id, seen)
    found = opened(row)
    event = db.get(Event, row.event_id, with_for_update=True) if row.event_id else None
    done = set()
    if event is None:
        if gives_away(found.content.facts, found.content.written):
            raise GivesAway
        event_id = event_like(db, found.content)
        if event_id is None:
            event_id = random_id()
            add_event(db, event_id, found.content.facts, replace(found.content.written, by=by), checked=False)
            done.add("added")
        event, row.event_id = db.get_one(Event, event_id, with_for_update=True), event_id
    else:
        change = _with_changes(_as_it_is(event), found.before or found.content, found.content)
        dates = places_of_dates(event.id)
        if gives_away(change.facts, change.written, dates) or telling_translations(
            change.facts, words_of([event.id])[event.id], dates
        ):
            raise GivesAway
        if change_event(db, event.id, event.sequence, change.facts, replace(change.written, by=by), checked=False):
            done.add("changed")
    if publish and publish_event(db, event.id, event.sequence):
        done.add("published")
    row.state, row.sealed_before = ProposalState.ACCEPTED, row.sealed
    _editor_acted(row)
    return event.id, done


def ask_group(db: Session, proposal_id: uuid.UUID, seen: int | None, question: str) -> None:
    """Raises ChangedMeanwhile, NotWaiting."""
    row = _locked(db, proposal_id, seen)
    add_message(db, row, question, random_id(), is_from_group=False)
    row.sealed_before = row.sealed_before if row.event_id else row.sealed
    row.state = ProposalState.ASKED
    _editor_acted(row)


def decline(db: Session, proposal_id: uuid.UUID, seen: int | None, reason: str) -> None:
    """A new one ends so; of one that is an event only the change does, and the event stays as it is.

    Raises ChangedMeanwhile, NotWaiting.
    """
    row = _locked(db, proposal_id, seen)
    add_message(db, row, reason, random_id(), is_from_group=False)
    if row.event_id:
        row.sealed = row.sealed_before or row.sealed
    row.state = ProposalState.ACCEPTED if row.event_id else ProposalState.DECLINED
    _editor_acted(row)


def call_off(db: Session, proposal_id: uuid.UUID, seen: int | None) -> uuid.UUID | None:
    """The event that its group called off is cancelled; gives it where it was public. Raises ChangedMeanwhile, NotWaiting."""
    row = existing(db, Proposal, proposal_id, with_for_update=True)
    if row.state is not ProposalState.CALLED_OFF:
        raise NotWaiting
    if row.version != seen:
        raise ChangedMeanwhile
    is_cancelled = row.event_id is not None and cancel_event(db, row.event_id)
    row.state = ProposalState.WITHDRAWN
    _editor_acted(row)
    return row.event_id if is_cancelled else None


def _locked(db: Session, proposal_id: uuid.UUID, seen: int | None) -> Proposal:
    row = existing(db, Proposal, proposal_id, with_for_update=True)
    if row.state not in OPEN_TO_GROUP:
        raise NotWaiting
    if row.version != seen:
        raise ChangedMeanwhile
    return row


def _editor_acted(row: Proposal) -> None:
    row.version += 1
    row.waits_for_editor, row.changed_on = False, today()
