"""Editors decide on what groups propose: they ask, accept, decline, and see what it clashes with and what was changed."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import existing, random_id, session, today
from portal.events.help_counts import has_people
from portal.events.kept_back import Place, gives_away, kept_back_of, places_of_dates, telling_translations
from portal.events.models import Event, EventState, Occurrence
from portal.events.proposal_contents import (
    OPEN_TO_GROUP,
    Content,
    KnownProposal,
    OpenProposal,
    opened,
    opened_or_known,
)
from portal.events.proposal_models import Proposal, ProposalState
from portal.events.proposal_pictures import accept_picture, drop_picture, is_telling
from portal.events.proposals import add_message
from portal.events.recurrence import moments
from portal.events.services import (
    ChangedMeanwhile,
    Facts,
    Written,
    add_event,
    cancel_event,
    change_event,
    drop_event,
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


def listed_proposals(view: str, *, skip: int = 0, most: int = 50) -> list[OpenProposal | KnownProposal]:
    """Those that wait longest first; what is decided, newest first."""
    order = Proposal.changed_on.desc() if view == "decided" else Proposal.changed_on
    rows = session.scalars(select(Proposal).where(_in_view(view)).order_by(order, Proposal.id).offset(skip).limit(most))
    return [opened_or_known(row) for row in rows]


class HasPeople(Exception):
    """People asked for help at the event, or were counted there: it is cancelled and not taken off."""


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
    """What the group changed since an editor answered last; none where it changed nothing, or nobody has answered.

    How editors reach the group is no part of an event, so it is compared with what the group said before.
    """
    before = proposal.before
    if before is None or before == proposal.content:
        return None
    event = session.get(Event, proposal.event_id) if proposal.event_id else None
    if event is None:
        return Change(before, proposal.content)
    old = replace(_as_it_is(event), reach=before.reach)
    return Change(old, replace(_with_changes(old, before, proposal.content), reach=proposal.content.reach))


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
        if gives_away(found.content.facts, found.content.written) or _picture_tells(row, found.content.facts):
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
        if (
            gives_away(change.facts, change.written, dates)
            or telling_translations(change.facts, words_of([event.id])[event.id], dates)
            or _picture_tells(row, change.facts, dates)
        ):
            raise GivesAway
        if change_event(db, event.id, event.sequence, change.facts, replace(change.written, by=by), checked=False):
            done.add("changed")
    if publish and publish_event(db, event.id, event.sequence):
        done.add("published")
    if accept_picture(db, row, event, by):
        done.add("changed")
    row.state, row.sealed_before, row.sealed_declined = ProposalState.ACCEPTED, row.sealed, None
    row.is_let_through = False
    _editor_acted(row)
    return event.id, done


def _picture_tells(row: Proposal, facts: Facts, dates: Iterable[Place] = ()) -> bool:
    return is_telling(row.id, kept_back_of(facts, dates))


def ask_group(db: Session, proposal_id: uuid.UUID, seen: int | None, question: str) -> None:
    """Raises ChangedMeanwhile, NotWaiting."""
    row = _locked(db, proposal_id, seen)
    add_message(db, row, question, random_id(), is_from_group=False)
    row.sealed_before = row.sealed_before if row.event_id else row.sealed
    row.state = ProposalState.ASKED
    _editor_acted(row)


def decline(db: Session, proposal_id: uuid.UUID, seen: int | None, reason: str) -> None:
    """A new one ends so; of one that is an event only the change does: the event stays, and the group keeps its change.

    Raises ChangedMeanwhile, NotWaiting.
    """
    row = _locked(db, proposal_id, seen)
    add_message(db, row, reason, random_id(), is_from_group=False)
    if row.event_id and row.sealed_before and row.sealed_before != row.sealed:
        row.sealed, row.sealed_declined = row.sealed_before, row.sealed
    row.state = ProposalState.ACCEPTED if row.event_id else ProposalState.DECLINED
    row.is_let_through = False
    drop_picture(db, row)
    _editor_acted(row)


def leave_public(db: Session, proposal_id: uuid.UUID, seen: int | None) -> None:
    """An editor looked at what was let through, and it stays. Raises ChangedMeanwhile, NotWaiting."""
    row = _locked(db, proposal_id, seen)
    if not row.is_let_through or row.state is not ProposalState.ACCEPTED:
        raise NotWaiting
    row.is_let_through = False
    _editor_acted(row)


def take_off(db: Session, proposal_id: uuid.UUID, seen: int | None) -> uuid.UUID:
    """What was let through leaves the calendar with every word, and waits for an editor like any other; gives the event.

    Nobody had checked it, so it does not stay to be seen as cancelled. Where people asked for help at it, or came to it, they
    would never hear of it: then an editor cancels it. Raises ChangedMeanwhile, NotWaiting, HasPeople.
    """
    row = _locked(db, proposal_id, seen)
    if not row.is_let_through or row.event_id is None:
        raise NotWaiting
    event_id = row.event_id
    if has_people(db, event_id):
        raise HasPeople
    row.event_id, row.sealed_before, row.is_let_through = None, None, False
    row.state, row.waits_for_editor, row.changed_on = ProposalState.WAITING, True, today()
    row.version += 1
    db.flush()
    drop_event(db, event_id)
    return event_id


def call_off(db: Session, proposal_id: uuid.UUID, seen: int | None) -> tuple[uuid.UUID | None, set[str]]:
    """The event that its group called off is cancelled; a draft, which nobody has seen, is deleted.

    Gives the event and what was done: "cancelled", "deleted". Raises ChangedMeanwhile, NotWaiting.
    """
    row = existing(db, Proposal, proposal_id, with_for_update=True)
    if row.state is not ProposalState.CALLED_OFF:
        raise NotWaiting
    if row.version != seen:
        raise ChangedMeanwhile
    event_id, done = row.event_id, set()
    event = db.get(Event, event_id, with_for_update=True) if event_id else None
    row.state, row.is_let_through = ProposalState.WITHDRAWN, False
    _editor_acted(row)
    if event is not None and event.state is EventState.DRAFT:
        row.event_id = None
        db.flush()
        drop_event(db, event.id)
        done.add("deleted")
    elif event is not None and cancel_event(db, event.id):
        done.add("cancelled")
    return event_id, done


def called_off(event_id: uuid.UUID) -> uuid.UUID | None:
    """The proposal whose group says that this event does not take place, while an editor has yet to act on it."""
    return session.scalar(
        select(Proposal.id).where(Proposal.event_id == event_id, Proposal.state == ProposalState.CALLED_OFF)
    )


def is_draft(event_id: uuid.UUID | None) -> bool:
    event = session.get(Event, event_id) if event_id else None
    return event is not None and event.state is EventState.DRAFT


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
