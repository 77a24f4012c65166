"""What a trusted group sends becomes public before an editor looks, as long as nothing about it asks for that look."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from portal import audit, limits
from portal.audit import Action
from portal.db import random_id, utcnow
from portal.events.kept_back import gives_away
from portal.events.proposal_contents import Content
from portal.events.proposal_models import Proposal, ProposalState
from portal.events.recurrence import moments
from portal.events.services import add_event, publish_event
from portal.events.trusted_models import TrustedGroup
from portal.events.twins import event_like

# Whoever found a group's number fills no calendar with it: what is beyond waits for an editor as all else does.
MAX_PER_HOUR = 5


def let_through(db: Session, row: Proposal, content: Content, group: TrustedGroup) -> bool:
    """Publish it, inside the caller's transaction; False, and it waits for an editor, where it is not let through."""
    facts = content.facts
    times = moments(facts.rule, facts.last_date, facts.starts_at, facts.ends_at)
    if event_like(db, content) is not None:
        return False
    if gives_away(facts, content.written) or max(ends for _starts, ends in times) < utcnow():
        return False
    if limits.count(db, "let_through", group.id.hex) > MAX_PER_HOUR:
        return False
    event_id = random_id()
    add_event(db, event_id, facts, replace(content.written, by=group.name), checked=False)
    publish_event(db, event_id, 0)
    row.event_id, row.state = event_id, ProposalState.ACCEPTED
    row.sealed_before, row.is_let_through = row.sealed, True
    for subject in (row.id, event_id):
        audit.record(db, audit.actor_of_group(group.name), Action.LET_THROUGH_EVENT, str(subject))
    return True
