"""A group without an account proposes an event: it sends, comes back by its code, writes, changes and withdraws.

What a group typed lies sealed under a key of the installation's pepper until an editor accepts it: whoever steals the
database alone reads none of it. Editors hold no keys of their own, so it is sealed to no team.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.config import secrets
from portal.db import existing, session, today, transaction
from portal.events.listing import ShownEvent
from portal.events.models import Event, EventKind, EventState, EventWords, Occurrence
from portal.events.proposal_models import Proposal, ProposalMessage, ProposalState
from portal.events.recurrence import moments
from portal.events.services import ChangedMeanwhile, Facts, Written, places
from portal.events.times import local
from portal.text import rich
from portal.vault import receipts, sealing
from portal.vault.drafts import Draft, Purpose, drop_draft, find_draft, new_draft
from portal.vault.keyholders import find_vault

CONTENT, MESSAGE = "event.proposal/1", "event.proposal.message/1"
# A long text and a short one are one length.
PAD = 4096
MAX_MESSAGE = 2_000
MAX_MESSAGES = 40
KEPT = timedelta(days=90)
OPEN_TO_GROUP = (ProposalState.WAITING, ProposalState.ASKED, ProposalState.ACCEPTED)


class IsDecided(Exception):
    """It was declined or withdrawn: it is not changed any more."""


class TooManyMessages(Exception):
    """One side does not fill the other's page: the editors answer first."""


@dataclass(frozen=True)
class Content:
    """What a group sends: the event, and who they say they are."""

    facts: Facts
    written: Written

    @property
    def group(self) -> str:
        return self.written.by

    def as_stored(self) -> dict[str, Any]:
        moments_as_text = {
            name: value.isoformat() if isinstance(value, date) else value for name, value in vars(self.facts).items()
        }
        return {"facts": moments_as_text, "written": vars(self.written)}


def read_content(stored: Mapping[str, Any]) -> Content:
    known = {one.name for one in fields(Facts)}
    facts = {name: value for name, value in stored["facts"].items() if name in known}
    for name in ("starts_at", "ends_at"):
        facts[name] = datetime.fromisoformat(facts[name])
    if facts.get("last_date"):
        facts["last_date"] = date.fromisoformat(facts["last_date"])
    if facts.get("kind"):
        facts["kind"] = EventKind(facts["kind"])
    return Content(Facts(**facts), Written(**stored["written"]))


@dataclass(frozen=True)
class OpenProposal:
    """A proposal that has been opened."""

    id: uuid.UUID
    state: ProposalState
    version: int
    waits_for_editor: bool
    event_id: uuid.UUID | None
    content: Content
    before: Content | None
    sent_on: date
    changed_on: date

    @property
    def is_open_to_group(self) -> bool:
        return self.state in OPEN_TO_GROUP

    @property
    def is_change(self) -> bool:
        """What waits is a change to an event that is there already."""
        return self.event_id is not None and self.state in {ProposalState.WAITING, ProposalState.ASKED}


@dataclass(frozen=True)
class SaidMessage:
    is_from_group: bool
    text: str
    sent_on: date


def _key(proposal_id: uuid.UUID) -> bytes:
    return sealing.derive(secrets().pepper, "proposal", proposal_id.bytes)


def seal_content(content: Content, proposal_id: uuid.UUID) -> bytes:
    return sealing.seal(content.as_stored(), _key(proposal_id), proposal_id, CONTENT, proposal_id, PAD)


def _unseal_content(sealed: bytes, proposal_id: uuid.UUID) -> Content:
    return read_content(sealing.unseal(sealed, _key(proposal_id), CONTENT, proposal_id))


def opened(row: Proposal) -> OpenProposal:
    return OpenProposal(
        id=row.id,
        state=row.state,
        version=row.version,
        waits_for_editor=row.waits_for_editor,
        event_id=row.event_id,
        content=_unseal_content(row.sealed, row.id),
        before=_unseal_content(row.sealed_before, row.id) if row.sealed_before else None,
        sent_on=row.sent_on,
        changed_on=row.changed_on,
    )


def code_of(once: uuid.UUID, content: Content) -> str:
    """The digits that lead back to what this page sends: the same page sent twice has one code, and nothing stores it.

    Only the page itself knows `once`, so whoever reads all that is stored cannot work them out.
    """
    drawn = sealing.derive(secrets().pepper, "proposal code", once.bytes, _spelled(content))
    return str(int.from_bytes(drawn) % 10**receipts.DIGITS).zfill(receipts.DIGITS)


def _spelled(content: Content) -> bytes:
    return json.dumps(content.as_stored(), sort_keys=True).encode()


def id_of(once: uuid.UUID, content: Content) -> uuid.UUID:
    return uuid.uuid5(once, _spelled(content).decode())


def propose(once: uuid.UUID, content: Content, *, held: bool) -> str:
    """Store it where it is not there already; gives its code. `held`: it is one of very many."""
    digits = code_of(once, content)
    lookup = receipts.derive(digits, "proposal").lookup
    proposal_id = id_of(once, content)
    with transaction() as db:
        if db.get(Proposal, proposal_id) is None:
            db.add(
                Proposal(
                    id=proposal_id,
                    lookup=lookup,
                    state=ProposalState.WAITING,
                    is_held=held,
                    sealed=seal_content(content, proposal_id),
                )
            )
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


def find_visited(token: str | None) -> OpenProposal | None:
    """The proposal that this visit opened, or None where the visit has ended."""
    visit = find_draft(token, Purpose.PROPOSAL)
    return find_proposal(uuid.UUID(visit.content["proposal"])) if visit else None


def end_visit(token: str) -> None:
    """Whoever kept a copy of the cookie opens nothing with it."""
    with transaction() as db:
        drop_draft(db, token)


def find_proposal(proposal_id: uuid.UUID) -> OpenProposal | None:
    row = session.get(Proposal, proposal_id)
    return opened(row) if row else None


def messages_of(proposal_id: uuid.UUID) -> list[SaidMessage]:
    rows = session.scalars(
        select(ProposalMessage).where(ProposalMessage.proposal_id == proposal_id).order_by(ProposalMessage.position)
    )
    key = _key(proposal_id)
    return [
        SaidMessage(row.is_from_group, sealing.unseal(row.sealed, key, MESSAGE, row.id)["text"], row.sent_on)
        for row in rows
    ]


def change_proposal(db: Session, proposal_id: uuid.UUID, seen: int | None, content: Content) -> bool:
    """The group says it anew, and an editor looks again; False where nothing differs.

    Raises ChangedMeanwhile, IsDecided.
    """
    row = _locked_for_group(db, proposal_id)
    if _unseal_content(row.sealed, row.id) == content:
        return False  # the same page sent twice
    if row.version != seen:
        raise ChangedMeanwhile
    row.sealed = seal_content(content, row.id)
    _group_acted(row)
    row.state = ProposalState.WAITING
    return True


def write_to_editors(db: Session, proposal_id: uuid.UUID, text: str, once: uuid.UUID) -> None:
    """The same `once` is stored once. Raises IsDecided, TooManyMessages."""
    row = _locked_for_group(db, proposal_id)
    if add_message(db, row, text, once, is_from_group=True):
        _group_acted(row)
        if row.state is ProposalState.ASKED:
            row.state = ProposalState.WAITING


def withdraw_proposal(db: Session, proposal_id: uuid.UUID) -> None:
    """It is not wanted any more; where it is an event already, an editor has yet to cancel that. Twice is once."""
    row = existing(db, Proposal, proposal_id, with_for_update=True)
    if row.state not in OPEN_TO_GROUP:
        return
    _group_acted(row)
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
    sealed = sealing.seal({"text": text}, _key(row.id), row.id, MESSAGE, once, PAD)
    message = ProposalMessage(id=once, proposal_id=row.id, position=last + 1, is_from_group=is_from_group)
    message.sealed = sealed
    db.add(message)
    return True


def sweep_proposals(db: Session) -> None:
    """What came to nothing is not kept: the group has had time to read why."""
    ended = Proposal.state.in_((ProposalState.DECLINED, ProposalState.WITHDRAWN))
    db.execute(delete(Proposal).where(ended, Proposal.changed_on < today() - KEPT))


def _locked_for_group(db: Session, proposal_id: uuid.UUID) -> Proposal:
    row = existing(db, Proposal, proposal_id, with_for_update=True)
    if row.state not in OPEN_TO_GROUP:
        raise IsDecided
    return row


def _group_acted(row: Proposal) -> None:
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
