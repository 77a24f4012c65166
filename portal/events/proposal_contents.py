"""What a group sends about its event, sealed and opened again; one that cannot be opened is known by what lies in the clear.

What a group typed lies sealed under a key of the installation's pepper until an editor accepts it: whoever steals the
database alone reads none of it. Editors hold no keys of their own, so it is sealed to no team.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from portal.config import secrets
from portal.db import session
from portal.events.models import EventKind
from portal.events.proposal_models import Proposal, ProposalState
from portal.events.services import Facts, Written
from portal.vault import receipts, sealing

CONTENT = "event.proposal/1"
# A long text and a short one are one length.
PAD = 4096
OPEN_TO_GROUP = (ProposalState.WAITING, ProposalState.ASKED, ProposalState.ACCEPTED)


@dataclass(frozen=True)
class Content:
    """What a group sends: the event, who they say they are, and how editors reach them."""

    facts: Facts
    written: Written
    reach: str = ""
    """For the editors alone: no event ever has it."""

    @property
    def group(self) -> str:
        return self.written.by

    def as_stored(self) -> dict[str, Any]:
        moments_as_text = {
            name: value.isoformat() if isinstance(value, date) else value for name, value in vars(self.facts).items()
        }
        return {"facts": moments_as_text, "written": vars(self.written), "reach": self.reach}


def read_content(stored: Mapping[str, Any]) -> Content:
    known = {one.name for one in fields(Facts)}
    facts = {name: value for name, value in stored["facts"].items() if name in known}
    for name in ("starts_at", "ends_at"):
        facts[name] = datetime.fromisoformat(facts[name])
    if facts.get("last_date"):
        facts["last_date"] = date.fromisoformat(facts["last_date"])
    if facts.get("kind"):
        facts["kind"] = EventKind(facts["kind"])
    return Content(Facts(**facts), Written(**stored["written"]), stored.get("reach", ""))


class CannotBeOpened(Exception):
    """What is stored of it is damaged, or was sealed by an installation with another key."""


@dataclass(frozen=True, kw_only=True)
class KnownProposal:
    """A proposal as far as it is known without opening it."""

    id: uuid.UUID
    state: ProposalState
    version: int
    waits_for_editor: bool
    event_id: uuid.UUID | None
    group_id: uuid.UUID | None
    is_let_through: bool
    sent_on: date
    changed_on: date
    is_damaged: bool = True

    @property
    def is_open_to_group(self) -> bool:
        return self.state in OPEN_TO_GROUP

    @property
    def is_change(self) -> bool:
        """What waits is a change to an event that is there already."""
        return self.event_id is not None and self.state in {ProposalState.WAITING, ProposalState.ASKED}


@dataclass(frozen=True, kw_only=True)
class OpenProposal(KnownProposal):
    """A proposal that has been opened."""

    content: Content
    before: Content | None
    declined: Content | None
    """A change that an editor declined, for the group to mend."""


def key_of(proposal_id: uuid.UUID) -> bytes:
    return sealing.derive(secrets().pepper, "proposal", proposal_id.bytes)


def seal_content(content: Content, proposal_id: uuid.UUID) -> bytes:
    return sealing.seal(content.as_stored(), key_of(proposal_id), proposal_id, CONTENT, proposal_id, PAD)


def unseal_content(sealed: bytes, proposal_id: uuid.UUID) -> Content:
    """Raises CannotBeOpened."""
    try:
        return read_content(sealing.unseal(sealed, key_of(proposal_id), CONTENT, proposal_id))
    except (sealing.SealError, LookupError, TypeError, ValueError):
        raise CannotBeOpened from None


def _in_the_clear(row: Proposal) -> dict[str, Any]:
    return {one.name: getattr(row, one.name) for one in fields(KnownProposal) if one.name != "is_damaged"}


def opened(row: Proposal) -> OpenProposal:
    """Raises CannotBeOpened."""
    return OpenProposal(
        **_in_the_clear(row),
        is_damaged=False,
        content=unseal_content(row.sealed, row.id),
        before=unseal_content(row.sealed_before, row.id) if row.sealed_before else None,
        declined=unseal_content(row.sealed_declined, row.id) if row.sealed_declined else None,
    )


def opened_or_known(row: Proposal) -> OpenProposal | KnownProposal:
    """One that cannot be opened keeps nobody from the others."""
    try:
        return opened(row)
    except CannotBeOpened:
        return KnownProposal(**_in_the_clear(row))


def find_proposal(proposal_id: uuid.UUID) -> OpenProposal | KnownProposal | None:
    row = session.get(Proposal, proposal_id)
    return opened_or_known(row) if row else None


def code_of(once: uuid.UUID, content: Content) -> str:
    """The digits that lead back to what this page sends: the same page sent twice has one code, and nothing stores it.

    Only the page itself knows `once`, so whoever reads all that is stored cannot work them out.
    """
    return receipts.digits_of(sealing.derive(secrets().pepper, "proposal code", once.bytes, _spelled(content)))


def id_of(once: uuid.UUID, content: Content) -> uuid.UUID:
    return uuid.uuid5(once, _spelled(content).decode())


def _spelled(content: Content) -> bytes:
    return json.dumps(content.as_stored(), sort_keys=True).encode()
