"""What stands in a group's calendar becomes proposals, and what changes there follows: at once where the group is trusted."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import audit
from portal.audit import Action
from portal.db import random_id, session, today, utcnow
from portal.events import source_dates
from portal.events.models import Event, EventState
from portal.events.proposal_contents import OPEN_TO_GROUP, Content, OpenProposal, opened_or_known, seal_content
from portal.events.proposal_decisions import GivesAway, NotWaiting, accept, call_off
from portal.events.proposal_models import Proposal, ProposalState
from portal.events.proposals import withdraw_proposal
from portal.events.services import IsCancelled, IsOver
from portal.events.source_content import Wanted, is_same_place
from portal.events.source_models import Dates, EventSource, SourceEntry
from portal.events.sources import key_of, new_lookup
from portal.events.twins import event_like, events_like, place_of, twin_of
from portal.vault import sealing

# In the audit log, for whoever reads calendars at night.
WORKER = "calendar reader"
DONE = {"added": Action.ADDED_EVENT, "changed": Action.CHANGED_EVENT, "published": Action.PUBLISHED_EVENT}


@dataclass
class Known:
    """What is there already by another way, by start and title: events, and proposals nobody has decided on."""

    events: dict[bytes, list[tuple[uuid.UUID, tuple[str, str]]]]
    proposals: dict[bytes, list[tuple[uuid.UUID, tuple[str, str]]]] = field(default_factory=dict)

    def event(self, twin: bytes, content: Content) -> uuid.UUID | None:
        return _same(self.events, twin, content)

    def proposal(self, twin: bytes, content: Content) -> uuid.UUID | None:
        return _same(self.proposals, twin, content)


def _same(
    found: dict[bytes, list[tuple[uuid.UUID, tuple[str, str]]]], twin: bytes, content: Content
) -> uuid.UUID | None:
    return next((one for one, place in found.get(twin, ()) if is_same_place(place, place_of(content))), None)


def entry_key(source_id: uuid.UUID, name: str) -> bytes:
    """By what an entry is known; its UID may be a mail address, so it is not stored as it is."""
    return sealing.derive(key_of(source_id), "entry", name.encode("utf-8", "surrogatepass"))[:16]


def begun(source_id: uuid.UUID) -> dict[bytes, date]:
    """Of every entry that is known, the day from which it is followed."""
    asked = select(SourceEntry.key, SourceEntry.begins_on).where(SourceEntry.source_id == source_id)
    return {bytes(key): day for key, day in session.execute(asked)}


def follow(db: Session, source: EventSource, wanted: Iterable[Wanted]) -> None:
    """Within the caller's transaction, with the source's row locked. What is not wanted any more is not there any more."""
    rows = {bytes(row.key): row for row in db.scalars(select(SourceEntry).where(SourceEntry.source_id == source.id))}
    by_key = {entry_key(source.id, one.key): one for one in wanted}
    changed = {key: one for key, one in by_key.items() if _is_news(rows.get(key), one)}
    known = _known(
        db, [one.content for key, one in changed.items() if key not in rows or rows[key].proposal_id is None]
    )
    for key, one in changed.items():
        row = rows.get(key)
        if row is None and one.is_cancelled:
            continue
        if row is None:
            row = SourceEntry(source_id=source.id, key=key, begins_on=today(), dates=Dates.NONE, is_gone=False)
            row.digest, row.twin, row.ends_at = b"", b"", one.content.facts.ends_at
            db.add(row)
        _take_up(db, source, row, one, known)
        row.digest = one.digest
        row.ends_at = source_dates.end_of(one.content)
    for key in rows.keys() - by_key.keys():
        _is_taken_out(db, rows[key])


def _is_news(row: SourceEntry | None, one: Wanted) -> bool:
    return row is None or row.is_pending or row.digest != one.digest or (row.is_gone and not one.is_cancelled)


def _known(db: Session, contents: list[Content]) -> Known:
    """What may be the same as one of these."""
    if not contents:
        return Known({})
    known = Known(events_like(db, contents))
    twins = {twin_of(content) for content in contents}
    from_calendars = select(SourceEntry.proposal_id).where(SourceEntry.proposal_id.is_not(None))
    by_hand = select(Proposal).where(
        Proposal.event_id.is_(None), Proposal.state.in_(OPEN_TO_GROUP), Proposal.id.not_in(from_calendars)
    )
    for row in db.scalars(by_hand):
        _note(known, row, twins)
    of_others = (
        select(Proposal)
        .join(SourceEntry, SourceEntry.proposal_id == Proposal.id)
        .where(Proposal.event_id.is_(None), Proposal.state.in_(OPEN_TO_GROUP), SourceEntry.twin.in_(list(twins)))
    )
    for row in db.scalars(of_others):
        _note(known, row, twins)
    return known


def _note(known: Known, row: Proposal, twins: set[bytes]) -> None:
    """One that cannot be opened is like none."""
    found = opened_or_known(row)
    if isinstance(found, OpenProposal) and (twin := twin_of(found.content)) in twins:
        known.proposals.setdefault(twin, []).append((row.id, place_of(found.content)))


def _take_up(db: Session, source: EventSource, row: SourceEntry, one: Wanted, known: Known) -> None:
    """It is new, or something about it is."""
    row.twin = twin_of(one.content)
    proposal = db.get(Proposal, row.proposal_id, with_for_update=True) if row.proposal_id else None
    if one.is_cancelled:
        row.is_gone = True
        if proposal is not None:
            _call_off(db, proposal, is_followed=source.is_trusted and not row.is_for_editors)
        return
    row.is_gone = False
    if proposal is None or (proposal.state not in OPEN_TO_GROUP and proposal.event_id and _is_off(db, proposal)):
        proposal = _begin(db, row, one, known)
        if proposal is None:
            return
    else:
        row.is_for_editors = row.is_for_editors or proposal.state is ProposalState.DECLINED
        _change(proposal, one.content)
    is_followed = source.is_trusted and not row.is_for_editors
    if source_dates.note(row, one.changes) and proposal.event_id and not is_followed:
        proposal.state = ProposalState.WAITING
        _wait(proposal)
    if is_followed and one.is_complete:
        _let_through(db, proposal, source.let_in_by)
        if proposal.event_id and row.dates is Dates.WAITING:
            row.dates = Dates.DUE
    source_dates.follow_due(db, row, proposal.event_id)


def _is_off(db: Session, proposal: Proposal) -> bool:
    """Whether its event was cancelled for good: what comes back then is another."""
    event = db.get(Event, proposal.event_id)
    return event is None or event.state is EventState.CANCELLED


def _begin(db: Session, row: SourceEntry, one: Wanted, known: Known) -> Proposal | None:
    """A proposal of its own; none where one that came another way says the same. An event that is there is linked."""
    row.same_as_id = known.proposal(row.twin, one.content)
    row.is_pending = row.same_as_id is not None
    if row.is_pending:
        row.proposal_id = None
        return None
    event_id = known.event(row.twin, one.content)
    row.is_for_editors = event_id is not None
    proposal_id = random_id()
    sealed = seal_content(one.content, proposal_id)
    proposal = Proposal(
        id=proposal_id,
        lookup=new_lookup(),
        state=ProposalState.ACCEPTED if event_id else ProposalState.WAITING,
        waits_for_editor=event_id is None,
        version=1,
        event_id=event_id,
        sealed=sealed,
        sealed_before=sealed if event_id else None,
    )
    db.add(proposal)
    row.proposal_id = proposal_id
    if event_id is None:
        known.proposals.setdefault(row.twin, []).append((proposal_id, place_of(one.content)))
    return proposal


def _change(proposal: Proposal, content: Content) -> None:
    found = opened_or_known(proposal)
    if not isinstance(found, OpenProposal):
        # What was stored of it is damaged; the calendar still says it.
        proposal.sealed, proposal.sealed_before, proposal.sealed_declined = (
            seal_content(content, proposal.id),
            None,
            None,
        )
        proposal.state = ProposalState.WAITING
        _wait(proposal)
        return
    is_back = proposal.state in {ProposalState.CALLED_OFF, ProposalState.WITHDRAWN}
    if is_back and proposal.event_id:
        proposal.state, proposal.waits_for_editor = ProposalState.ACCEPTED, False
        proposal.version += 1
    if found.content == content and not (is_back and proposal.event_id is None):
        return
    proposal.sealed = seal_content(content, proposal.id)
    if proposal.event_id and found.before == content:
        # It is again as the editor accepted it.
        proposal.state, proposal.waits_for_editor = ProposalState.ACCEPTED, False
        proposal.version += 1
        return
    proposal.state = ProposalState.WAITING
    _wait(proposal)


def _wait(proposal: Proposal) -> None:
    proposal.version += 1
    proposal.waits_for_editor, proposal.changed_on = True, today()


def _call_off(db: Session, proposal: Proposal, *, is_followed: bool) -> None:
    """It says itself that it is cancelled."""
    withdraw_proposal(db, proposal.id)
    if is_followed and proposal.state is ProposalState.CALLED_OFF:
        event_id, done = call_off(db, proposal.id, proposal.version)
        _record(db, Action.ENDED_PROPOSAL, proposal.id)
        if event_id and done:
            _record(db, Action.DELETED_DRAFT_EVENT if "deleted" in done else Action.CANCELLED_EVENT, event_id)


def _is_taken_out(db: Session, row: SourceEntry) -> None:
    """What is over is forgotten. What was to come may be missing by mistake, so an editor looks at that, of all groups."""
    if row.ends_at < utcnow():
        proposal = db.get(Proposal, row.proposal_id) if row.proposal_id else None
        if proposal is not None and proposal.event_id is None:
            withdraw_proposal(db, proposal.id)  # nobody has to decide on it any more
        db.delete(row)
    elif not row.is_gone:
        row.is_gone = True
        if row.proposal_id is None:
            db.delete(row)
        else:
            withdraw_proposal(db, row.proposal_id)


def _let_through(db: Session, proposal: Proposal, by: str) -> None:
    """As an editor would accept it; where that cannot be, it waits for one."""
    if not proposal.waits_for_editor or proposal.state is not ProposalState.WAITING:
        return
    db.flush()
    found = opened_or_known(proposal)
    if proposal.event_id is None and isinstance(found, OpenProposal) and event_like(db, found.content):
        return  # it would become an event that came another way
    try:
        event_id, done = accept(db, proposal.id, proposal.version, by, publish=proposal.event_id is None)
    except (GivesAway, IsOver, IsCancelled, NotWaiting):
        return
    _record(db, Action.ACCEPTED_PROPOSAL, proposal.id)
    for what, action in DONE.items():
        if what in done:
            _record(db, action, event_id)


def _record(db: Session, action: Action, subject: uuid.UUID) -> None:
    audit.record(db, WORKER, action, str(subject))
