"""A group without an account proposes an event: it sends, comes back by its code, writes, changes and withdraws."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import Session

from portal.db import existing, session, today, transaction
from portal.events.letting_through import let_through
from portal.events.listing import ShownEvent
from portal.events.models import Event, EventState, EventWords, Occurrence
from portal.events.proposal_contents import (
    OPEN_TO_GROUP,
    PAD,
    Content,
    KnownProposal,
    OpenProposal,
    code_of,
    find_proposal,
    id_of,
    key_of,
    seal_content,
    unseal_content,
)
from portal.events.proposal_models import Proposal, ProposalMessage, ProposalState
from portal.events.recurrence import moments
from portal.events.services import ChangedMeanwhile, places
from portal.events.times import local, midnight
from portal.events.trusted_models import TrustedGroup
from portal.partnership.file import current_partnership
from portal.text import rich
from portal.vault import receipts, sealing
from portal.vault.drafts import Draft, Purpose, drop_draft, find_draft, new_draft
from portal.vault.keyholders import find_vault

MESSAGE = "event.proposal.message/1"
MAX_MESSAGE = 2_000
MAX_MESSAGES = 40


class IsDecided(Exception):
    """It was declined or withdrawn: it is not changed any more."""


class TooManyMessages(Exception):
    """One side does not fill the other's page: the editors answer first."""


@dataclass(frozen=True)
class SaidMessage:
    is_from_group: bool
    text: str | None
    """None: it cannot be opened."""
    sent_on: date


def propose(once: uuid.UUID, content: Content, group: TrustedGroup | None = None, *, held: bool) -> str:
    """Store it where it is not there already; gives its code. `held`: it is one of very many.

    What came with the number of a trusted group is let through, where nothing about it asks for an editor's look.
    """
    digits = code_of(once, content)
    lookup = receipts.derive(digits, "proposal").lookup
    proposal_id = id_of(once, content)
    with transaction() as db:
        if db.get(Proposal, proposal_id) is None:
            row = Proposal(
                id=proposal_id,
                lookup=lookup,
                state=ProposalState.WAITING,
                is_held=held,
                is_let_through=False,
                sealed=seal_content(content, proposal_id),
            )
            db.add(row)
            if group is not None:
                row.group_id = group.id
                if not held:
                    let_through(db, row, content, group)
    return digits


def open_with_code(digits: str) -> Draft | None:
    """A visit for whoever holds these digits, or None where they open nothing."""
    if find_vault() is None:
        return None
    lookup = receipts.derive(digits, "proposal").lookup
    proposal_id = session.scalar(select(Proposal.id).where(Proposal.lookup == lookup))
    if proposal_id is None:
        return None
    visit = new_draft(Purpose.PROPOSAL, {"proposal": proposal_id.hex})
    with transaction() as db:
        visit.save(db)
    return visit


def find_visited(token: str | None) -> OpenProposal | KnownProposal | None:
    """The proposal that this visit opened, or None where the visit has ended."""
    visit = find_draft(token, Purpose.PROPOSAL)
    return find_proposal(uuid.UUID(visit.content["proposal"])) if visit else None


def end_visit(token: str) -> None:
    """Whoever kept a copy of the cookie opens nothing with it."""
    with transaction() as db:
        drop_draft(db, token)


def messages_of(proposal_id: uuid.UUID) -> list[SaidMessage]:
    rows = session.scalars(
        select(ProposalMessage).where(ProposalMessage.proposal_id == proposal_id).order_by(ProposalMessage.position)
    )
    key = key_of(proposal_id)
    return [SaidMessage(row.is_from_group, _text_of(row, key), row.sent_on) for row in rows]


def _text_of(row: ProposalMessage, key: bytes) -> str | None:
    try:
        text: str = sealing.unseal(row.sealed, key, MESSAGE, row.id)["text"]
    except (sealing.SealError, ValueError):
        return None
    return text


def change_proposal(db: Session, proposal_id: uuid.UUID, seen: int | None, content: Content) -> bool:
    """The group says it anew, and an editor looks again; False where nothing differs.

    Raises ChangedMeanwhile, IsDecided.
    """
    row = locked_for_group(db, proposal_id)
    if unseal_content(row.sealed, row.id) == content:
        return False  # the same page sent twice
    if row.version != seen:
        raise ChangedMeanwhile
    row.sealed, row.sealed_declined = seal_content(content, row.id), None
    group_acted(row)
    row.state = ProposalState.WAITING
    return True


def write_to_editors(db: Session, proposal_id: uuid.UUID, text: str, once: uuid.UUID) -> None:
    """The same `once` is stored once. Raises IsDecided, TooManyMessages."""
    row = locked_for_group(db, proposal_id)
    if add_message(db, row, text, once, is_from_group=True):
        group_acted(row)
        if row.state is ProposalState.ASKED:
            row.state = ProposalState.WAITING


def withdraw_proposal(db: Session, proposal_id: uuid.UUID) -> None:
    """It is not wanted any more; where it is an event already, an editor has yet to cancel that. Twice is once."""
    row = existing(db, Proposal, proposal_id, with_for_update=True)
    if row.state not in OPEN_TO_GROUP:
        return
    group_acted(row)
    row.state = ProposalState.CALLED_OFF if row.event_id else ProposalState.WITHDRAWN
    row.waits_for_editor = row.event_id is not None


def add_message(db: Session, row: Proposal, text: str, once: uuid.UUID, *, is_from_group: bool) -> bool:
    """Inside the caller's transaction, with the proposal's row locked; False where it is there. Raises TooManyMessages."""
    if db.get(ProposalMessage, once) is not None:
        return False
    of_this = ProposalMessage.proposal_id == row.id
    own = of_this & (ProposalMessage.is_from_group == is_from_group)
    if is_from_group and (db.scalar(select(func.count()).select_from(ProposalMessage).where(own)) or 0) >= MAX_MESSAGES:
        raise TooManyMessages
    last = db.scalar(select(func.max(ProposalMessage.position)).where(of_this)) or 0
    sealed = sealing.seal({"text": text}, key_of(row.id), row.id, MESSAGE, once, PAD)
    message = ProposalMessage(id=once, proposal_id=row.id, position=last + 1, is_from_group=is_from_group)
    message.sealed = sealed
    db.add(message)
    return True


def sweep_proposals(db: Session) -> int:
    """Of what came to nothing its group has had time to read why; what became an event is of no use long after it.

    With a proposal go its key, its messages and its picture. One that an editor still owes an answer is kept. Gives how many.
    """
    return sum(
        len(db.scalars(delete(Proposal).where(each).returning(Proposal.id)).all()) for each in _over(today()).values()
    )


def count_over(db: Session, days: Sequence[date]) -> dict[str, list[int]]:
    """How many are deleted by each of these days, by the key of the schedule, if nobody says anything more."""
    by_day = [_over(day) for day in days]
    return {
        name: [db.scalar(select(func.count(Proposal.id)).where(over[name])) or 0 for over in by_day]
        for name in by_day[0]
    }


def _over(day: date) -> dict[str, ColumnElement[bool]]:
    """Which have had their time on that day, by the key of the schedule."""
    rules = current_partnership().retention
    came_to_nothing = Proposal.state.in_((ProposalState.DECLINED, ProposalState.WITHDRAWN)) | (
        # Its event was taken out of the database.
        (Proposal.state == ProposalState.ACCEPTED) & Proposal.event_id.is_(None)
    )
    quiet = day - timedelta(days=rules.proposal_days)
    is_recent = exists().where(Occurrence.event_id == Proposal.event_id, Occurrence.ends_at >= midnight(quiet))
    return {
        "refused_proposal_days": came_to_nothing
        & (Proposal.changed_on < day - timedelta(days=rules.refused_proposal_days)),
        # Nobody answers any more, or its event is long over.
        "proposal_days": ((Proposal.state == ProposalState.ASKED) & (Proposal.changed_on < quiet))
        | (Proposal.event_id.is_not(None) & ~is_recent),
    }


def locked_for_group(db: Session, proposal_id: uuid.UUID) -> Proposal:
    """Raises IsDecided."""
    row = existing(db, Proposal, proposal_id, with_for_update=True)
    if row.state not in OPEN_TO_GROUP:
        raise IsDecided
    return row


def group_acted(row: Proposal) -> None:
    row.version += 1
    row.waits_for_editor, row.changed_on = True, today()


def shown_as_event(content: Content, event_id: uuid.UUID | None = None) -> ShownEvent:
    """The event that it would be, as its page shows it; nothing of it is stored."""
    facts, written, here = content.facts, content.written, places()
    event = Event(
        id=event_id or uuid.UUID(int=0),
        state=EventState.DRAFT,
        place_geography=here.geography,
        place_version=here.version,
        sequence=0,
        **vars(facts),
    )
    words = EventWords(
        event_id=event.id,
        language=written.language,
        version=1,
        title=written.title,
        description=rich(written.typed),
        typed=written.typed,
    )
    times = [
        Occurrence(
            event_id=event.id, planned_on=local(starts).date(), starts_at=starts, ends_at=ends, is_cancelled=False
        )
        for starts, ends in moments(facts.rule, facts.last_date, facts.starts_at, facts.ends_at)
    ]
    return ShownEvent(event, words, words, False, times)
